/**
 * The client library: what a source and a journalist do with a drop.
 *
 * A source: `parseContact`, `checkFingerprint`, `dropAt(contact.drop)`, then `send`, or `upload` and later `register`;
 * for answers `newWords` once, `openMailbox`, and `writerOf` the mailbox as the draft's `from`.
 * A journalist: `newIdentity`, `contactOf`, `rotate` now and then, and `watch`, or `collect` with one bookmark. The key
 * that `rotate` needs may be kept apart: `lockSigningKey`, `withoutSigningKey`, or later `detachSigningKey`; `revoke`.
 * Anybody: `audit` a drop that somebody else runs.
 * Whoever wants others not to stand out: `coverPerson`.
 * An answer is a draft with `from` and `answers`.
 *
 * Nothing here keeps state between calls, prints, or reads the environment.
 */
import './sodium/node-version.ts';

export {
  AUDIT_BATCHES,
  type AuditOptions,
  type AuditResult,
  audit,
  auditCost,
} from '../core/audit/audit.ts';
export { AUDIT_GROUPS, type AuditFinding, type AuditGroup, type AuditVerdict } from '../core/audit/check.ts';
export { type CanaryEvent, type CanaryOptions, canaries, LEAD_LOOKS } from '../core/canary/canaries.ts';
export type { CanaryEnd, CanaryOutcome, LateOutcome, SameOutage } from '../core/canary/outcome.ts';
export {
  type Counts,
  countCanary,
  type Lately,
  newTally,
  type Share,
  type Tally,
  type Verdict,
  verdictOf,
} from '../core/canary/tally.ts';
export { type CoverCost, coverCost, fetchSeconds } from '../core/cover/cost.ts';
export { CELLS_PER_TICK_MAX, type Cover, type CoverEvent } from '../core/cover/cover.ts';
export type { SendCover } from '../core/cover/letters.ts';
export { type Drop, type DropOptions, dropAt } from '../core/drop/drop.ts';
export { fetchContact } from '../core/drop/fetch-contact.ts';
export type { ListFault } from '../core/drop/list.ts';
export { NoDrop } from '../core/drop/no-drop.ts';
export { atOnce, type Pace, type PaceOptions, paceOver } from '../core/drop/pace.ts';
export {
  type AskedFor,
  type Asking,
  type FailedTry,
  PATIENCE,
  type Patience,
  Unreachable,
} from '../core/drop/retry.ts';
export type { Scheduler } from '../core/drop/scheduler.ts';
export {
  checkHost,
  checkOnion,
  checkOverTor,
  type DropAnswer,
  type DropRequest,
  isLoopback,
  isOnion,
  type Transport,
} from '../core/drop/transport.ts';
export { RefusedAddress, TransportFault, type Trouble } from '../core/drop/transport-fault.ts';
export type { Working } from '../core/drop/work.ts';
export { safeFileName, spelledOut } from '../core/inbox/file-name.ts';
export { type Inbox, type IncomingLetter, onlyFrom } from '../core/inbox/inbox.ts';
export { NoRoom } from '../core/inbox/no-room.ts';
export { type OpenedFile, type OpenedLetter, type OpenOptions, openLetter } from '../core/inbox/open-letter.ts';
export { fileIn, textInbox, textOf } from '../core/inbox/text-inbox.ts';
export { besideClock, dayOf, presentSeconds } from '../core/keys/day.ts';
export { type Epoch, keysName, type SealingKeys } from '../core/keys/epoch.ts';
export {
  checkFingerprint,
  fingerprintOf,
  fingerprintWords,
  formatFingerprint,
  parseFingerprint,
} from '../core/keys/fingerprint.ts';
export {
  checkContact,
  checkSignature,
  contactOf,
  EPOCH_DAYS,
  endOf,
  type Identity,
  type Member,
  newIdentity,
  rotate,
  type SigningKey,
  signingKeyOf,
  wipeIdentity,
  withoutPast,
} from '../core/keys/identity.ts';
export { mailboxAt, openMailbox } from '../core/keys/mailbox.ts';
export { checkRevocation, Revoked, readPublished, revoke } from '../core/keys/revocation.ts';
export { holdsWords, MAILBOX_WORDS, newWords, parseWords, spellWords, wordsIn } from '../core/keys/words.ts';
export { type Draft, FileFault, type OutgoingFile } from '../core/letter/body.ts';
export { type CellRole, openCell, sealCell } from '../core/letter/cell.ts';
export type { LetterContents, OpenProgress, Unopened } from '../core/letter/letter-contents.ts';
export { type Writer, writerOf } from '../core/letter/proof.ts';
export { openId, sealId } from '../core/letter/sealed-id.ts';
export type { KeyPair, Random, Sleep } from '../core/platform.ts';
export {
  type Bookmark,
  firstBookmark,
  forgetSettled,
  type KnownKeys,
  missingKeys,
  type PendingLetter,
  type PendingState,
  type SettledLetter,
} from '../core/read/bookmark.ts';
export { type CollectEvent, type CollectOptions, collect, letterName, type TryFailure } from '../core/read/collect.ts';
export { type CoverPersonOptions, coverPerson } from '../core/read/cover-person.ts';
export type { Loss, Losses, Lost } from '../core/read/losses.ts';
export { type GivenUp, TRIES } from '../core/read/luck.ts';
export { checkKeys, NoKeys } from '../core/read/poll.ts';
export { type FoundId, tryIds } from '../core/read/try-ids.ts';
export { type WatchOptions, watch } from '../core/read/watch.ts';
export {
  register,
  type SendOptions,
  type SentSoFar,
  send,
  TooLate,
  type Uploaded,
  type UploadOptions,
  type UploadProgress,
  upload,
} from '../core/send/send.ts';
export { type Contact, type ContactKind, formatContact, parseContact } from '../wire/contact.ts';
export { drawCells } from '../wire/drawn-cells.ts';
export { checkDropUrl, spellDropUrl } from '../wire/drop-url.ts';
export type { Answered, CellEntry } from '../wire/letter.ts';
export { formatRevocation, isRevocation, parseRevocation, type Revocation } from '../wire/revocation.ts';
export { formatSealedId, parseSealedId, readSealedId } from '../wire/sealed-id.ts';
export type { WorkProgress } from '../wire/solve.ts';
export { changeTally } from './canary/tally-file.ts';
export { fileAt } from './files/outgoing-file.ts';
export { withoutEnds } from './files/passphrase.ts';
export { replacePublicFile } from './files/public-file.ts';
export { createFile, createSecretFile, removeSecretFile } from './files/secret-file.ts';
export {
  type Conversation,
  type ListedLetter,
  listInbox,
  noteAnswer,
  removeFromLetter,
  removeLetter,
} from './inbox/conversations.ts';
export { folderInbox, intoFolder, readLetterFolder } from './inbox/folder-inbox.ts';
export { answeredOf, beginningOf, type LetterNote } from './inbox/letter-note.ts';
export { sealedInbox, withSealed } from './inbox/sealed-inbox.ts';
export {
  addMember,
  epochsAside,
  findMember,
  INVITATION_NAME,
  invitationFor,
  membersBehind,
  membersOf,
  newDesk,
  noteSent,
  openInvitation,
  openRenewal,
  removeMember,
  renewDesk,
} from './keys/desk.ts';
export { lockIdentity, relockIdentity, unlockIdentity } from './keys/identity-file.ts';
export { type IdentityStore, openIdentityStore } from './keys/identity-store.ts';
export { detachSigningKey, lockSigningKey, unlockSigningKey, withoutSigningKey } from './keys/signing-key.ts';
export { readBookmark, writeBookmark } from './read/bookmark-file.ts';
export {
  filesOf,
  newUnsentFile,
  openUnsentFile,
  type UnsentFile,
  type UnsentKind,
  type UnsentLetter,
  unsentKey,
  unsentKindOf,
  unsentOf,
} from './send/unsent-file.ts';
export { sleepFor } from './sleep.ts';
export { checkSocks, type SocksPort } from './transport/socks.ts';
export { overTor, parseSocksPort, TOR_PORTS } from './transport/tor.ts';
export { loopback, withoutTor } from './transport/transport.ts';

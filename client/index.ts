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

export { type Contact, type ContactKind, formatContact, parseContact } from '../wire/contact.ts';
export { drawCells } from '../wire/drawn-cells.ts';
export { checkDropUrl, spellDropUrl } from '../wire/drop-url.ts';
export type { Answered, CellEntry } from '../wire/letter.ts';
export { formatRevocation, isRevocation, parseRevocation, type Revocation } from '../wire/revocation.ts';
export { formatSealedId, parseSealedId, readSealedId } from '../wire/sealed-id.ts';
export type { WorkProgress } from '../wire/solve.ts';
export {
  AUDIT_BATCHES,
  type AuditOptions,
  type AuditResult,
  audit,
  auditCost,
} from './audit/audit.ts';
export { AUDIT_GROUPS, type AuditFinding, type AuditGroup, type AuditVerdict } from './audit/check.ts';
export { type CanaryEvent, type CanaryOptions, canaries, LEAD_LOOKS } from './canary/canaries.ts';
export type { CanaryEnd, CanaryOutcome, LateOutcome, SameOutage } from './canary/outcome.ts';
export {
  type Counts,
  countCanary,
  type Lately,
  newTally,
  type Share,
  type Tally,
  type Verdict,
  verdictOf,
} from './canary/tally.ts';
export { changeTally } from './canary/tally-file.ts';
export { type CoverCost, coverCost, fetchSeconds } from './cover/cost.ts';
export { CELLS_PER_TICK_MAX, type Cover, type CoverEvent } from './cover/cover.ts';
export type { SendCover } from './cover/letters.ts';
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
export { safeFileName, spelledOut } from './inbox/file-name.ts';
export { folderInbox, intoFolder, readLetterFolder } from './inbox/folder-inbox.ts';
export { type Inbox, type IncomingLetter, onlyFrom } from './inbox/inbox.ts';
export { answeredOf, beginningOf, type LetterNote } from './inbox/letter-note.ts';
export { type OpenedFile, type OpenedLetter, type OpenOptions, openLetter } from './inbox/open-letter.ts';
export { NoRoom } from './inbox/room.ts';
export { sealedInbox, withSealed } from './inbox/sealed-inbox.ts';
export { fileIn, textInbox, textOf } from './inbox/text-inbox.ts';
export { besideClock, dayOf, presentSeconds } from './keys/day.ts';
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
export { type Epoch, keysName, type SealingKeys } from './keys/epoch.ts';
export {
  checkFingerprint,
  fingerprintOf,
  fingerprintWords,
  formatFingerprint,
  parseFingerprint,
} from './keys/fingerprint.ts';
export {
  checkContact,
  checkSignature,
  contactOf,
  EPOCH_DAYS,
  endOf,
  type Identity,
  type KeyPair,
  type Member,
  newIdentity,
  rotate,
  type SigningKey,
  signingKeyOf,
  wipeIdentity,
  withoutPast,
} from './keys/identity.ts';
export { lockIdentity, relockIdentity, unlockIdentity } from './keys/identity-file.ts';
export { type HeldIdentity, holdIdentity } from './keys/identity-store.ts';
export { mailboxAt, openMailbox } from './keys/mailbox.ts';
export { checkRevocation, Revoked, readPublished, revoke } from './keys/revocation.ts';
export { detachSigningKey, lockSigningKey, unlockSigningKey, withoutSigningKey } from './keys/signing-key.ts';
export { holdsWords, MAILBOX_WORDS, newWords, parseWords, spellWords, wordsIn } from './keys/words.ts';
export { type Draft, FileFault, fileAt, type OutgoingFile } from './letter/body.ts';
export { type CellRole, openCell, sealCell } from './letter/cell.ts';
export type { LetterContents, OpenProgress, Unopened } from './letter/letter-contents.ts';
export { type Writer, writerOf } from './letter/proof.ts';
export { openId, sealId } from './letter/sealed-id.ts';
export {
  type Bookmark,
  firstBookmark,
  forgetSettled,
  type KnownKeys,
  missingKeys,
  type PendingLetter,
  type PendingState,
  type SettledLetter,
} from './read/bookmark.ts';
export { readBookmark, writeBookmark } from './read/bookmark-file.ts';
export { type CollectEvent, type CollectOptions, collect, letterName, type TryFailure } from './read/collect.ts';
export { type CoverPersonOptions, coverPerson } from './read/cover-person.ts';
export type { Loss, Losses, Lost } from './read/losses.ts';
export { type GivenUp, TRIES } from './read/luck.ts';
export { checkKeys, NoKeys } from './read/poll.ts';
export { type FoundId, type TryOptions, tryIds } from './read/try-ids.ts';
export { type WatchOptions, watch } from './read/watch.ts';
export { type Drop, type DropOptions, dropAt } from './road/drop.ts';
export { fetchContact } from './road/fetch-contact.ts';
export type { Gate } from './road/gate.ts';
export type { ListFault } from './road/list.ts';
export { NoDrop } from './road/list.ts';
export type { Random } from './road/moments.ts';
export { atOnce, type Pace, type PaceOptions, paceOver } from './road/pace.ts';
export { type Asking, type FailedTry, PATIENCE, type Patience, Unreachable } from './road/retry.ts';
export { RefusedAddress, RoadFault } from './road/road-fault.ts';
export { type Sleep, sleepFor } from './road/sleep.ts';
export { checkSocks, type SocksPort } from './road/socks.ts';
export { checkOverTor, overTor, parseSocksPort, TOR_PORTS } from './road/tor.ts';
export {
  checkHost,
  type DropAnswer,
  type DropRequest,
  isLoopback,
  loopback,
  type Transport,
  withoutTor,
} from './road/transport.ts';
export type { Working } from './road/work.ts';
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
} from './send/send.ts';
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

/**
 * The client library: what a source and a journalist do with a drop.
 *
 * A source: `parseContact`, `checkFingerprint`, `dropAt(contact.drop)`, then `send`, or `upload` and later `register`;
 * for answers `newWords` once, `openMailbox`, and `writerOf` the mailbox as the draft's `from`.
 * A journalist: `newIdentity`, `contactOf`, `rotate` now and then, and `watch`, or `collect` with one bookmark.
 * Anybody: `audit` a drop that somebody else runs.
 * Whoever wants others not to stand out: `coverPerson`.
 * An answer is a draft with `from` and `answers`.
 *
 * Nothing here keeps state between calls, prints, or reads the environment.
 */
export { type Contact, formatContact, parseContact } from '../wire/contact.ts';
export { drawCells } from '../wire/drawn-cells.ts';
export type { Answered, CellEntry } from '../wire/letter.ts';
export { formatSealedId, parseSealedId } from '../wire/sealed-id.ts';
export type { WorkProgress } from '../wire/solve.ts';
export {
  AUDIT_BATCHES,
  type AuditOptions,
  type AuditResult,
  audit,
  auditCost,
} from './audit/audit.ts';
export { AUDIT_GROUPS, type AuditFinding, type AuditGroup, type AuditVerdict } from './audit/check.ts';
export { type Draft, fileAt, type OutgoingFile } from './body.ts';
export { type Bookmark, firstBookmark, type PendingLetter, readBookmark, writeBookmark } from './bookmark.ts';
export { type CanaryEvent, type CanaryOptions, canaries, LEAD_LOOKS } from './canary/canaries.ts';
export type { CanaryEnd, CanaryOutcome, LateOutcome } from './canary/outcome.ts';
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
export { type CellRole, openCell, sealCell } from './cell.ts';
export { type CollectEvent, type CollectOptions, collect, letterName } from './collect.ts';
export { contactFromText } from './contact-text.ts';
export { type Conversation, type ListedLetter, listInbox, noteAnswer, removeLetter } from './conversations.ts';
export { type CoverCost, coverCost, fetchSeconds } from './cover/cost.ts';
export { CELLS_PER_TICK_MAX, type Cover, type CoverEvent } from './cover/cover.ts';
export type { SendCover } from './cover/letters.ts';
export { type CoverPersonOptions, coverPerson } from './cover/run.ts';
export {
  addMember,
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
} from './desk.ts';
export { type Drop, type DropOptions, dropAt } from './drop.ts';
export { type Epoch, keysName, type SealingKeys } from './epoch.ts';
export { fetchContact } from './fetch-contact.ts';
export {
  checkFingerprint,
  fingerprintOf,
  fingerprintWords,
  formatFingerprint,
  parseFingerprint,
} from './fingerprint.ts';
export { folderInbox, intoFolder, readLetterFolder } from './folder-inbox.ts';
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
  wipeIdentity,
  withoutPast,
} from './identity.ts';
export { lockIdentity, relockIdentity, unlockIdentity } from './identity-file.ts';
export { type HeldIdentity, holdIdentity } from './identity-store.ts';
export { type Inbox, type IncomingLetter, onlyFrom } from './inbox.ts';
export type { LetterContents, OpenProgress, Unopened } from './letter-contents.ts';
export { answeredOf, beginningOf, type LetterNote } from './letter-note.ts';
export { mailboxAt, openMailbox } from './mailbox.ts';
export type { Random } from './moments.ts';
export { type OpenedLetter, type OpenOptions, openLetter } from './open-letter.ts';
export { atOnce, type Pace, type PaceOptions, paceOver, type Sleep } from './pace.ts';
export { type Writer, writerOf } from './proof.ts';
export { PATIENCE, type Patience, Unreachable } from './retry.ts';
export { RefusedAddress, RoadFault } from './road-fault.ts';
export { NoRoom } from './room.ts';
export { openId, sealId } from './sealed-id.ts';
export { sealedInbox, withSealed } from './sealed-inbox.ts';
export { createSecretFile } from './secret-file.ts';
export {
  register,
  type SentSoFar,
  send,
  TooLate,
  type Uploaded,
  type UploadOptions,
  type UploadProgress,
  upload,
} from './send.ts';
export { checkSocks, type SocksPort } from './socks.ts';
export { fileIn, textInbox, textOf } from './text-inbox.ts';
export { checkOverTor, overTor, parseSocksPort, TOR_PORTS } from './tor.ts';
export { type DropAnswer, type DropRequest, isLoopback, loopback, type Transport, withoutTor } from './transport.ts';
export { type FoundId, type TryOptions, tryIds } from './try-ids.ts';
export {
  filesOf,
  newUnsentFile,
  openUnsentFile,
  type UnsentFile,
  type UnsentLetter,
  unsentOf,
} from './unsent-file.ts';
export { type WatchOptions, watch } from './watch.ts';
export { newWords, parseWords, spellWords } from './words.ts';
export type { Working } from './work.ts';

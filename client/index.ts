/**
 * The client library: what a source and a journalist do with a drop.
 *
 * A source: `parseContact`, `dropAt(contact.drop)`, then `send`, or `upload` and later `register`.
 * A journalist: `newIdentity`, `contactOf`, then `watch`, or `collect` now and then with one bookmark.
 *
 * Nothing here keeps state between calls, prints, or reads the environment.
 */
export { type Contact, formatContact, parseContact } from '../wire/contact.ts';
export { formatSealedId, parseSealedId } from '../wire/sealed-id.ts';
export { type Draft, fileAt, type OutgoingFile } from './body.ts';
export { type Bookmark, firstBookmark, type PendingLetter, readBookmark, writeBookmark } from './bookmark.ts';
export { type CellRole, openCell, sealCell } from './cell.ts';
export { type CollectEvent, type CollectOptions, collect, letterName } from './collect.ts';
export { type Drop, type DropOptions, dropAt } from './drop.ts';
export {
  checkContact,
  contactOf,
  type Identity,
  type KeyPair,
  newIdentity,
  type SealingKeys,
  wipeIdentity,
} from './identity.ts';
export { lockIdentity, unlockIdentity } from './identity-file.ts';
export type { Random } from './moments.ts';
export {
  clearUnfinished,
  isOpened,
  type OpenedLetter,
  type OpenProgress,
  openLetter,
  type Unopened,
} from './open-letter.ts';
export { atOnce, type Pace, type PaceOptions, paceOver, type Sleep } from './pace.ts';
export { PATIENCE, type Patience, Unreachable } from './retry.ts';
export { RefusedAddress, RoadFault } from './road-fault.ts';
export { NoRoom } from './room.ts';
export { openId, sealId } from './sealed-id.ts';
export { register, send, TooLate, type Uploaded, type UploadOptions, type UploadProgress, upload } from './send.ts';
export { checkSocks, type SocksPort } from './socks.ts';
export { overTor, parseSocksPort, TOR_PORTS } from './tor.ts';
export { type DropAnswer, type DropRequest, isLoopback, loopback, type Transport, withoutTor } from './transport.ts';
export { type FoundId, type TryOptions, tryIds } from './try-ids.ts';
export { type WatchOptions, watch } from './watch.ts';

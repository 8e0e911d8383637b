import { parseSlot } from '../../wire/slot.ts';
import { parseUploadId } from '../../wire/upload-id.ts';
import { LongLetter, openLetter } from '../inbox/open-letter.ts';
import { NoRoom } from '../inbox/room.ts';
import { type Epoch, keysName } from '../keys/epoch.ts';
import type { Identity } from '../keys/identity.ts';
import { Unreachable } from '../road/retry.ts';
import type { Bookmark, PendingLetter } from './bookmark.ts';
import type { CollectEvent, CollectOptions } from './collect.ts';

/** Tries of a letter that is missing or damaged, each after twice as many polls: about a day at a poll a slot. */
const TRIES = 9;

/** Polls between two tries, at most. */
const PAUSE_MAX = 64;

/** Polls between two tries of a letter that the drop could not give out: the road may be better soon. */
const OUTAGE_PAUSE = 3;

/** What the system says when no letter at all could be written. */
const INBOX_FAULTS = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOENT', 'ENOTDIR', 'EIO', 'ENOSPC', 'EMFILE']);

/** Missing or damaged letters kept for another try, at most: what a flooder names beyond them is given up. */
const AT_FAULT_MAX = 1000;

/**
 * Letters kept that wait for room on the disk, at most: half of what `collect` lets wait, so that those who claim sizes
 * that no disk has do not keep everybody else out. Each costs a flooder an upload.
 */
const FOR_ROOM_MAX = 5000;

/** Letters that failed before. */
export function triedBefore({ pending }: Bookmark): PendingLetter[] {
  return [...pending.values()].filter(({ fresh }) => !fresh);
}

/** Counts a poll towards the pauses of letters that failed before. @returns those whose pause was over */
export function countPoll({ pending }: Bookmark, tried: readonly PendingLetter[]): PendingLetter[] {
  const still = tried.filter(({ name }) => pending.has(name));
  for (const letter of still) {
    if (letter.pause > 0) pending.set(letter.name, { ...letter, pause: letter.pause - 1 });
  }
  return still.filter(({ pause }) => pause === 0);
}

/**
 * Opens a letter whose turn it is. A failure is reported when it is the first, or the letter's own first, and the letter
 * kept for another try. Only one that is missing or damaged is given up for want of a place, and one that needs most room
 * of too many that wait for room; so no outage, of the drop or of Tor, costs a letter, whatever else waits.
 *
 * @param takePlace - see `openLetter`
 * @throws LongLetter, the reason of an abort, and what concerns more than this letter, which then waits as before
 */
export async function tryLetter(
  options: CollectOptions,
  letter: PendingLetter,
  takePlace?: (cells: number) => boolean,
): Promise<void> {
  const { bookmark, identity, inbox, save, report } = options;
  const { pending, seen } = bookmark;
  const { name, slot, fresh, tries, needs } = letter;
  const reader = identity();
  const epoch = reader.epochs.find((each) => keysName(each) === letter.keys);
  if (epoch === undefined) return void pending.delete(name); // nobody can open it any more
  if (needs !== undefined && (await inbox.freeBytes()) < needs) return; // until after the next poll
  const failure = await open(options, letter, reader, epoch, takePlace);
  if (failure === undefined) {
    pending.delete(name);
    seen.set(name, slot);
  } else {
    const { next, ...event } = failure;
    const isFinal = event.why === 'unwanted'; // for what it is, whoever carries it
    const isItsFirst = tries === 0 && event.kind === 'skipped';
    if (isFinal || next.tries === TRIES) seen.set(name, slot);
    if (seen.has(name) || (isItsFirst && countAtFault(bookmark) >= AT_FAULT_MAX)) pending.delete(name);
    else pending.set(name, { ...letter, ...next, fresh: false });
    if (next.needs !== undefined) limitForRoom(bookmark);
    if (fresh || isItsFirst) report?.(event);
  }
  await save?.(bookmark);
}

function countAtFault({ pending }: Bookmark): number {
  return [...pending.values()].filter(({ tries }) => tries > 0).length;
}

/** Where too many wait for room, the one that needs most gives way. */
function limitForRoom({ pending }: Bookmark): void {
  const forRoom = [...pending.values()].filter(({ needs }) => needs !== undefined);
  if (forRoom.length <= FOR_ROOM_MAX) return;
  pending.delete(forRoom.reduce((most, letter) => (letter.needs! > most.needs! ? letter : most)).name);
}

/** Why a letter did not open: the event to report, and what changes for its next try. */
type Failure = Extract<CollectEvent, { kind: 'skipped' | 'postponed' }> & {
  readonly next: Pick<PendingLetter, 'tries' | 'pause' | 'needs'>;
};

/** Opens a letter into the inbox. @returns undefined when it stands there */
async function open(
  options: CollectOptions,
  letter: PendingLetter,
  reader: Identity,
  epoch: Epoch,
  takePlace?: (cells: number) => boolean,
): Promise<Failure | undefined> {
  const { drop, inbox, report, progress, gate } = options;
  const { name, slot, tries } = letter;
  const next = { tries: tries + 1, pause: Math.min(2 ** tries, PAUSE_MAX) - 1, needs: undefined };
  if (await inbox.has(name)) return undefined;
  const time = parseSlot(slot).getTime() / 1000;
  try {
    const opening = { time, progress, gate, takePlace };
    const opened = await openLetter(drop, reader, epoch, parseUploadId(letter.id), inbox, name, opening);
    if (typeof opened === 'string') return { kind: 'skipped', slot, what: 'letter', why: opened, next };
    report?.({ kind: 'letter', slot, letter: opened });
    return undefined;
  } catch (error) {
    drop.signal?.throwIfAborted();
    if (error instanceof LongLetter) throw error;
    const { message, code } = error as NodeJS.ErrnoException;
    const postponed = { kind: 'postponed', slot, what: 'letter' } as const;
    // Neither is the letter's doing, so that neither counts as a try.
    if (error instanceof NoRoom) return { ...postponed, why: message, next: { tries, pause: 0, needs: error.needs } };
    if (error instanceof Unreachable)
      return { ...postponed, why: message, next: { ...next, tries, pause: OUTAGE_PAUSE } };
    if (await inbox.has(name)) return undefined; // another process was first
    if (code === undefined) return { kind: 'skipped', slot, what: 'letter', why: 'damaged', next };
    if (INBOX_FAULTS.has(code)) throw error;
    return { ...postponed, why: `the file system does not take it (${code})`, next };
  }
}

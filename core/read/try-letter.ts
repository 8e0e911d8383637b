import { parseSlot } from '../../wire/slot.ts';
import { parseUploadId } from '../../wire/upload-id.ts';
import { Unreachable } from '../drop/retry.ts';
import type { Inbox } from '../inbox/inbox.ts';
import { NoRoom } from '../inbox/no-room.ts';
import { type OpenOptions, openLetter } from '../inbox/open-letter.ts';
import { type Epoch, keysName } from '../keys/epoch.ts';
import type { Identity } from '../keys/identity.ts';
import type { Unopened } from '../letter/letter-contents.ts';
import { type Bookmark, failuresOf, type PendingLetter, type PendingState } from './bookmark.ts';
import type { CollectEvent, CollectOptions, TryFailure } from './collect.ts';
import { noteLoss } from './losses.ts';
import { type GivenUp, TRIES } from './luck.ts';
import { isOwnFault } from './own-fault.ts';

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
  return [...pending.values()].filter(({ state }) => state.kind !== 'new');
}

/**
 * Opens a letter whose turn it is. A failure is reported when it is the first, or the letter's own first, and the letter
 * kept for another try. Only one that is missing or damaged is given up for want of a place, and one that needs most room
 * of too many that wait for room; so no outage, of the drop or of Tor, costs a letter, whatever else waits.
 *
 * @param place - see `openLetter`
 * @returns 'no place' where `takePlace` says so; the letter then waits as before
 * @throws the reason of an abort, and what concerns more than this letter, which then waits as before
 */
export async function tryLetter(
  options: CollectOptions,
  letter: PendingLetter,
  place: Pick<OpenOptions, 'takePlace' | 'root'> = {},
): Promise<'no place' | undefined> {
  const { bookmark, identity, inbox, save, report, tried } = options;
  const { pending, settled } = bookmark;
  const { name, slot, state } = letter;
  const reader = identity();
  const giveUp = (given: PendingLetter, why: GivenUp): undefined => {
    pending.delete(given.name);
    noteLoss(bookmark.losses, 'letter', 1, given.slot);
    report?.({ kind: 'given up', slot: given.slot, what: 'letter', why });
  };
  const epoch = reader.epochs.find((each) => keysName(each) === letter.keys);
  if (epoch === undefined) return giveUp(letter, 'no keys');
  if (state.kind === 'without room' && (await inbox.freeBytes()) < state.needs) return; // until after the next poll
  const failure = await open(options, letter, reader, epoch, place).catch((error) => {
    if (pending.has(name)) pending.set(name, letter);
    throw error;
  });
  if (failure === 'no place') return failure;
  const isOver = failure === undefined || failure.event.why === 'unwanted'; // for what it is, whoever carries it
  if (isOver || failure.next.tries === TRIES) settled.set(name, { slot, keys: letter.keys });
  if (isOver) pending.delete(name);
  if (failure !== undefined) {
    const { event, next } = failure;
    const isItsFirst = failuresOf(letter).tries === 0 && event.kind === 'skipped';
    if (state.kind === 'new' || isItsFirst) report?.(event);
    if (!isOver) {
      if (next.tries === TRIES) giveUp(letter, 'tried in vain');
      else if (isItsFirst && countAtFault(bookmark) >= AT_FAULT_MAX) giveUp(letter, 'crowded out');
      else pending.set(name, { ...letter, state: next });
      const greedy = next.kind === 'without room' ? mostForRoom(bookmark) : undefined;
      if (greedy) giveUp(greedy, 'crowded out');
    }
  }
  tried?.(name, failure?.why);
  await save?.(bookmark);
  return undefined;
}

function countAtFault({ pending }: Bookmark): number {
  return [...pending.values()].filter((letter) => failuresOf(letter).tries > 0).length;
}

/** Where too many wait for room, the one that needs most, which gives way. */
function mostForRoom({ pending }: Bookmark): PendingLetter | undefined {
  const forRoom = [...pending.values()].flatMap((letter) =>
    letter.state.kind === 'without room' ? [{ letter, needs: letter.state.needs }] : [],
  );
  if (forRoom.length <= FOR_ROOM_MAX) return undefined;
  return forRoom.reduce((most, each) => (each.needs > most.needs ? each : most)).letter;
}

/** Why a letter did not open, and what it waits for then. */
interface Failure {
  readonly why: TryFailure;
  readonly event: Extract<CollectEvent, { kind: 'skipped' | 'postponed' }>;
  readonly next: Exclude<PendingState, { kind: 'new' }>;
}

/** Opens a letter into the inbox. @returns undefined when it stands there, and was told of */
async function open(
  options: CollectOptions,
  letter: PendingLetter,
  reader: Identity,
  epoch: Epoch,
  place: Pick<OpenOptions, 'takePlace' | 'root'>,
): Promise<Failure | 'no place' | undefined> {
  const { drop, inbox, bookmark, save, report, progress, scheduler, now } = options;
  const { name, slot } = letter;
  const { tries, outages } = failuresOf(letter);
  const anotherTry: Failure['next'] = { kind: 'failed', tries: tries + 1, outages };
  const anotherOutage: Failure['next'] = { kind: 'failed', tries, outages: outages + 1 };
  const skipped = (why: Unopened): Failure => ({
    why,
    event: { kind: 'skipped', slot, what: 'letter', why },
    next: anotherTry,
  });
  const postponed = (why: TryFailure, words: string, next: Failure['next']): Failure => ({
    why,
    event: { kind: 'postponed', slot, what: 'letter', why: words },
    next,
  });
  if (await inbox.has(name)) {
    // A process that was killed had put it there, and may not have told.
    const kept = letter.isArriving ? await inbox.find(name) : undefined;
    if (kept) report?.({ kind: 'letter', slot, letter: kept });
    return undefined;
  }
  const time = parseSlot(slot).getTime() / 1000;
  let isSaving = false;
  const into: Inbox = {
    ...inbox,
    async take(incoming) {
      bookmark.pending.set(name, { ...letter, isArriving: true });
      isSaving = true;
      await save?.(bookmark);
      isSaving = false;
      return inbox.take(incoming);
    },
  };
  let opened: Awaited<ReturnType<typeof openLetter>>;
  try {
    const opening = { time, progress, scheduler, now, ...place };
    opened = await openLetter(drop, reader, epoch, parseUploadId(letter.id), into, name, opening);
  } catch (error) {
    drop.signal?.throwIfAborted();
    if (isSaving) throw error;
    const { message, code = '', errno } = error as NodeJS.ErrnoException;
    // Neither is the letter's doing, so that neither counts as a try.
    if (error instanceof NoRoom)
      return postponed('no room', message, { kind: 'without room', needs: error.needs, tries, outages });
    if (error instanceof Unreachable) return postponed(whyOf(error), message, anotherOutage);
    if (await inbox.has(name)) return undefined; // another process was first
    if (isOwnFault(error))
      return postponed('own fault', `a fault of dead-drop itself (${(error as Error).name})`, anotherOutage);
    if (typeof errno !== 'number') return skipped('damaged');
    if (INBOX_FAULTS.has(code)) throw error;
    return postponed('not written', `the file system does not take it (${code})`, anotherTry);
  }
  if (opened === 'no place') return opened;
  if (typeof opened === 'string') return skipped(opened);
  report?.({ kind: 'letter', slot, letter: opened });
  return undefined;
}

function whyOf({ kind }: Unreachable): TryFailure {
  if (kind === 'busy') return 'drop busy';
  return kind === 'fault' ? 'drop fault' : 'no answer';
}

import { randomInt } from '#platform';
import { concat } from '../../wire/bytes.ts';
import { DELETION_MARGIN_DAYS, RETENTION_DAYS, SEALED_ID_BYTES, SLOT_SECONDS } from '../../wire/sizes.ts';
import { slotAt, slotBefore } from '../../wire/slot.ts';
import { oneTry } from '../cover/cover.ts';
import type { Drop } from '../drop/drop.ts';
import { type ListedBatch, type ListFault, listBatches } from '../drop/list.ts';
import { type Epoch, keysName } from '../keys/epoch.ts';
import { endOf, type Identity } from '../keys/identity.ts';
import {
  catchUpAfter,
  forgetLetters,
  forgetOld,
  listAfter,
  noteKeys,
  noteSlot,
  presentSlot,
  type TriedKeys,
} from './bookmark.ts';
import { catchUp } from './catch-up.ts';
import type { CollectOptions } from './collect.ts';
import { findGaps } from './gaps.ts';
import { noteLoss } from './losses.ts';
import { type GivenUp, isTriedAgain, TRIES } from './luck.ts';
import { type Batch, readBatch, type Unread } from './read-batch.ts';
import { type FoundId, tryIds } from './try-ids.ts';

/** The slots that a drop keeps, and those that it may not have forgotten yet. */
const RETENTION_SLOTS = ((RETENTION_DAYS + DELETION_MARGIN_DAYS) * 86_400) / SLOT_SECONDS;

/** Longer than any drop keeps a batch. */
const AWAY_SLOTS = RETENTION_SLOTS + 86_400 / SLOT_SECONDS;

/** Batches in a row that cannot be fetched before the drop counts as down. */
const UNREACHABLE_BATCHES = 3;

/** Thrown when nothing can be read, because all keys are over, and before anything is asked for. */
export class NoKeys extends Error {
  constructor({ signing }: Pick<Identity, 'signing'>) {
    const how = signing.secretKey ? 'issue new ones with dead-drop rotate' : 'ask the maker of the desk for new ones';
    super(`all keys of this identity are over, so that nothing can be read: ${how}`);
  }
}

/** @throws NoKeys when an identity has none */
export function checkKeys(identity: Identity): void {
  if (identity.epochs.length === 0) throw new NoKeys(identity);
}

/** How a poll is made. */
export interface PollOptions {
  /**
   * Whether another batch is read in this poll, rather than left for a later one. @default - always: that fewer are read
   * than there are would show what was found
   */
  readonly hasRoom?: () => boolean;
  /**
   * Whether the last poll was a moment ago: then each new batch is read, one after another. @default false - all since the
   * beginning of a day is asked for, whatever was read of it, so that nothing finer shows of when that was
   */
  readonly isWatching?: boolean;
}

/**
 * Lists a drop's batches, reads those that are new and tries every line, then those again that failed before and whose
 * turn it is. Protocol step 10, and "Reading".
 *
 * The bookmark is left to be saved afterwards: between two requests, that would show in their distance. A poll that is
 * killed is only read again.
 *
 * @param take - is given the ids that a batch's lines opened to, if any, and awaited before the batch counts as read
 * @returns when it began, before the list was asked for: milliseconds since 1970
 * @throws NoKeys; Unreachable when the drop is; NoDrop when it is none. The bookmark holds what was read.
 */
export async function poll(
  options: CollectOptions,
  take: (slot: string, found: readonly FoundId[]) => void | Promise<void>,
  { hasRoom = () => true, isWatching = false }: PollOptions = {},
): Promise<number> {
  const { drop, identity, bookmark, report, random = randomInt, now = Date.now } = options;
  const { slots, unread } = bookmark;
  checkKeys(identity());
  const begun = now();
  const { epochs } = identity();
  const earlier = [...unread.keys()].sort();
  const before = [...slots, ...earlier];
  noteKeys(bookmark, epochs.map(triedKeys));
  const present = () => new Date(now());
  const listed = new Set<string>();

  /** Tries the lines of batches, in order, until there is no room for what they bring. */
  const tryAll = async (batches: readonly Batch[]) => {
    const found = await tryIds(concat(batches.map(({ ids }) => ids)), epochs);
    let first = 0;
    for (const { slot, ids, damaged } of batches) {
      if (!hasRoom()) return;
      for (let line = 0; line < damaged; line += 1) report?.({ kind: 'skipped', slot, what: 'line', why: 'damaged' });
      const lines = ids.length / SEALED_ID_BYTES;
      report?.({ kind: 'batch', slot, lines });
      const mine = found.filter(({ line }) => line >= first && line < first + lines);
      first += lines;
      if (mine.length > 0) await take(slot, mine);
      noteSlot(bookmark, slot, present());
    }
  };
  const giveUp = (slot: string, why: GivenUp) => {
    noteSlot(bookmark, slot, present());
    noteLoss(bookmark.losses, 'batch', 1, slot);
    report?.({ kind: 'given up', slot, what: 'batch', why });
  };
  /** Keeps one for another try. */
  const keep = ({ slot, isOutage, event }: Unread) => {
    const { tries, outages } = unread.get(slot) ?? { tries: 0, outages: 0 };
    const next = isOutage ? { tries, outages: outages + 1 } : { tries: tries + 1, outages };
    if (!unread.has(slot) || (tries === 0 && event.kind === 'skipped')) report?.(event);
    if (next.tries === TRIES) giveUp(slot, 'tried in vain');
    else unread.set(slot, next);
  };

  let outages = 0;
  const failed: string[] = [];
  const asked = new Set<string>();
  try {
    const read = isWatching ? eachNew : all;
    for await (const together of read(options, listed, hasRoom)) {
      if (!hasRoom()) break;
      const whole: Batch[] = [];
      for (const batch of together) {
        asked.add(batch.slot);
        if (slots.has(batch.slot)) continue; // read before: asked for as by everybody else
        if ('ids' in batch) {
          whole.push(batch);
          continue;
        }
        // One that failed before, and is asked for with all others, is no try: its turn comes when luck says so.
        if (unread.has(batch.slot)) continue;
        outages = batch.isOutage ? outages + 1 : 0;
        keep(batch);
        if (!batch.isOutage) failed.push(batch.slot);
        if (outages === UNREACHABLE_BATCHES) throw batch.error;
      }
      if (whole.length > 0) outages = 0;
      await tryAll(whole);
    }
  } finally {
    const gaps = findGaps(bookmark, before, listed);
    if (gaps) report?.({ kind: 'gone', from: gaps.first, to: gaps.last, batches: gaps.count });
  }
  const time = presentSlot(bookmark, present(), [...listed].sort().at(-1));
  /** Whether no drop can have it. */
  const isOver = (slot: string) => time !== undefined && slot < slotBefore(time, RETENTION_SLOTS);
  // They were listed: an exit may be at fault, or who answers it. Unless they were being deleted at that moment.
  for (const slot of failed) if (isOver(slot)) noteSlot(bookmark, slot, present());
  // Known to be bad: that says nothing of the drop, and is no reason to wait long.
  outages = 0;
  for (const slot of earlier) {
    if (!hasRoom() || outages === UNREACHABLE_BATCHES) break;
    if (!unread.has(slot)) continue;
    if (isOver(slot)) giveUp(slot, 'too old');
    else if (!asked.has(slot) && isTriedAgain(unread.get(slot)!, random)) {
      const batch = await readBatch(oneTry(drop), slot);
      outages = 'isOutage' in batch && batch.isOutage ? outages + 1 : 0;
      if ('ids' in batch) await tryAll([batch]);
      else keep(batch);
    }
  }
  const keys = new Set(identity().epochs.map(keysName));
  for (const letter of forgetLetters(bookmark, keys, present())) {
    const why = keys.has(letter.keys) ? 'too old' : 'no keys';
    noteLoss(bookmark.losses, 'letter', 1, letter.slot);
    report?.({ kind: 'given up', slot: letter.slot, what: 'letter', why });
  }
  forgetOld(bookmark, keys, present());
  return begun;
}

function triedKeys(epoch: Epoch): TriedKeys {
  const slot = (seconds: number) => slotAt(new Date(seconds * 1000));
  return {
    name: keysName(epoch),
    since: slot(epoch.validFrom),
    until: slot(epoch.validUntil),
    over: slot(endOf(epoch)),
  };
}

/** Each new batch, one after another, as the list goes on. @param listed - gets all slots that are listed */
async function* eachNew(
  options: CollectOptions,
  listed: Set<string>,
  hasRoom: () => boolean,
): AsyncGenerator<[Batch | Unread]> {
  const { drop, bookmark, now } = options;
  const after = listAfter(bookmark, now && new Date(now()));
  for await (const { slot } of list(options, after)) {
    listed.add(slot);
    if (bookmark.slots.has(slot) || bookmark.unread.has(slot)) continue;
    if (!hasRoom()) return;
    yield [await readBatch(drop, slot)];
  }
}

/** All batches since the beginning of a day. @param listed - gets all slots that are listed */
async function* all(
  options: CollectOptions,
  listed: Set<string>,
  hasRoom: () => boolean,
): AsyncGenerator<readonly (Batch | Unread)[]> {
  const { drop, bookmark, now = Date.now } = options;
  const after = catchUpAfter(bookmark, new Date(now()));
  const isLongAgo = after !== undefined && after < slotBefore(slotAt(new Date(now())), AWAY_SLOTS);
  let fault: unknown;
  async function* wanted(way: Drop): AsyncGenerator<ListedBatch> {
    let before: ListedBatch[] = []; // of use only where nothing has come since
    try {
      for await (const batch of list({ ...options, drop: way }, isLongAgo ? undefined : after)) {
        listed.add(batch.slot);
        if (after !== undefined && batch.slot <= after) before.push(batch);
        else {
          before = [];
          yield batch;
        }
      }
    } catch (error) {
      if (listed.size === 0 || way.signal?.aborted) throw error;
      fault = error; // what it named before is read all the same
    }
    yield* before;
  }
  if (!hasRoom()) {
    for await (const _ of wanted(drop));
    return;
  }
  yield* catchUp(drop, wanted);
  if (fault) throw fault;
}

/**
 * The list of a drop from behind a slot, or from its beginning where nothing is behind that. What is wrong with it is
 * reported when it is new.
 */
async function* list(
  { drop, bookmark, report, now }: CollectOptions,
  after: string | undefined,
): AsyncGenerator<ListedBatch> {
  const { slots, faults } = bookmark;
  const found = new Set<ListFault>();
  const tell = (fault: ListFault) => {
    found.add(fault);
    if (!faults.has(fault)) report?.({ kind: 'list', fault });
    faults.add(fault);
  };
  let isEmpty = true;
  for await (const batch of listBatches(drop, { after, now, tell })) {
    isEmpty = false;
    yield batch;
  }
  // The list begins an hour before the last slot read, or earlier. Where it is empty, that slot is gone: the drop has begun
  // anew, with an earlier clock perhaps, or nobody has read for longer than it keeps anything.
  if (isEmpty && found.size === 0 && after !== undefined) {
    slots.clear();
    yield* listBatches(drop, { now, tell });
  }
  for (const fault of faults) if (!found.has(fault)) faults.delete(fault);
}

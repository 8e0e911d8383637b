import { isRung, linesOf } from '../../wire/batch.ts';
import { parseSealedId } from '../../wire/sealed-id.ts';
import { DELETION_MARGIN_DAYS, LINE_BYTES, RETENTION_DAYS, SLOT_SECONDS } from '../../wire/sizes.ts';
import { slotAt, slotBefore } from '../../wire/slot.ts';
import { keysName } from '../keys/epoch.ts';
import type { Unopened } from '../letter/letter-contents.ts';
import { type Drop, getBatch, listSlots } from '../road/drop.ts';
import { Unreachable } from '../road/retry.ts';
import { type Bookmark, forgetLetters, listAfter, noteKeys, noteSlot } from './bookmark.ts';
import type { CollectOptions } from './collect.ts';
import { type FoundId, tryIds } from './try-ids.ts';

/** The slots that a drop keeps, and those that it may not have forgotten yet. */
const RETENTION_SLOTS = ((RETENTION_DAYS + DELETION_MARGIN_DAYS) * 86_400) / SLOT_SECONDS;

/** Batches in a row that cannot be fetched before the drop counts as down. */
const UNREACHABLE_BATCHES = 3;

/**
 * Lists a drop's batches, reads each new one and tries every line. Protocol step 10, and "Reading".
 *
 * The bookmark is left to be saved afterwards: between two requests, that would show in their distance. A poll that is
 * killed is only read again.
 *
 * @param take - is given the ids that a batch's lines opened to, if any, and awaited before the batch counts as read
 * @param hasRoom - whether another batch is read in this poll, rather than left for a later one. @default - always: that
 *   fewer are read than there are would show what was found
 * @throws Unreachable when the drop is. The bookmark holds what was read.
 */
export async function poll(
  options: CollectOptions,
  take: (slot: string, found: readonly FoundId[]) => void | Promise<void>,
  hasRoom: () => boolean = () => true,
): Promise<void> {
  const { drop, identity, bookmark, report } = options;
  const { epochs } = identity();
  const tried = epochs.map((epoch) => ({ name: keysName(epoch), since: slotAt(new Date(epoch.validFrom * 1000)) }));
  noteKeys(bookmark, tried);
  let unreachable = 0;
  for await (const slot of newSlots(drop, bookmark)) {
    if (!hasRoom()) break;
    let sealedIds: Uint8Array | undefined;
    try {
      sealedIds = await readBatch(options, slot);
      unreachable = 0;
    } catch (error) {
      drop.signal?.throwIfAborted();
      if (bookmark.unread.has(slot)) continue; // known to be bad: that says nothing of the drop
      bookmark.unread.add(slot);
      report?.({ kind: 'postponed', slot, what: 'batch', why: (error as Error).message });
      unreachable = error instanceof Unreachable ? unreachable + 1 : 0;
      if (unreachable === UNREACHABLE_BATCHES) throw error;
      continue;
    }
    if (sealedIds === undefined) {
      // It was listed: an exit may be at fault, or who answers it. So it is asked for again, until it must have expired.
      if (slot < slotBefore(slotAt(new Date()), RETENTION_SLOTS)) noteSlot(bookmark, slot);
      else bookmark.unread.add(slot);
      continue;
    }
    const found = await tryIds(sealedIds, epochs);
    if (found.length > 0) await take(slot, found);
    noteSlot(bookmark, slot);
  }
  forgetLetters(bookmark);
}

/** The slots to be read: those new in the list, in order, then those that could not be read before. */
async function* newSlots(drop: Drop, { slots, unread }: Bookmark): AsyncGenerator<string> {
  const earlier = [...unread].sort();
  const after = listAfter({ slots });
  let listed = false;
  for await (const slot of listSlots(drop, after)) {
    listed = true;
    if (!slots.has(slot) && !unread.has(slot)) yield slot;
  }
  // The list begins an hour before the last slot read. Where it is empty, that slot is gone: the drop has begun anew,
  // with an earlier clock perhaps, or nobody has read for longer than it keeps anything.
  if (!listed && after !== undefined) {
    slots.clear();
    for await (const slot of listSlots(drop)) if (!unread.has(slot)) yield slot;
  }
  yield* earlier;
}

/**
 * The sealed ids of a slot's batch, one after another; a line that is not one is reported and left out.
 *
 * @returns undefined when there is no batch, or it is none, which is reported the first time
 */
async function readBatch({ drop, bookmark, report }: CollectOptions, slot: string): Promise<Uint8Array | undefined> {
  const skip = (what: 'line' | 'batch', why: Unopened) => report?.({ kind: 'skipped', slot, what, why });
  const body = await getBatch(drop, slot);
  if (body === null || !isRung(body.length / LINE_BYTES)) {
    if (!bookmark.unread.has(slot)) skip('batch', body === null ? 'missing' : 'damaged');
    return undefined;
  }
  const sealedIds: Uint8Array[] = [];
  for (const line of linesOf(body)) {
    try {
      sealedIds.push(parseSealedId(line));
    } catch {
      skip('line', 'damaged');
    }
  }
  report?.({ kind: 'batch', slot, lines: sealedIds.length });
  return Buffer.concat(sealedIds);
}

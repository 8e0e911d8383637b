import { isRung, linesOf } from '../wire/batch.ts';
import { parseSealedId } from '../wire/sealed-id.ts';
import { LINE_BYTES } from '../wire/sizes.ts';
import { type Bookmark, forgetLetters, listAfter, noteSlot } from './bookmark.ts';
import type { CollectOptions } from './collect.ts';
import { type Drop, getBatch, listSlots } from './drop.ts';
import type { Unopened } from './open-letter.ts';
import { Unreachable } from './retry.ts';
import { type FoundId, tryIds } from './try-ids.ts';

/** Batches in a row that cannot be fetched before the drop counts as down. */
const UNREACHABLE_BATCHES = 3;

/** Batches without a letter in them after which the bookmark is kept all the same. */
const SAVE_EVERY = 100;

/**
 * Letters that wait for their first try, at most, before further batches are left for a later poll: so nobody who
 * registers without end fills the memory, and nothing is lost that the drop keeps. A week of fetching, one a minute.
 */
const FRESH_MAX = 10_000;

/**
 * Lists a drop's batches, reads each new one and tries every line. Protocol step 10, and "Reading".
 *
 * @param take - is given the ids that a batch's lines opened to, if any, and awaited before the batch counts as read
 * @throws Unreachable when the drop is. The bookmark holds what was read.
 */
export async function poll(
  options: CollectOptions,
  take: (slot: string, found: readonly FoundId[]) => void | Promise<void>,
): Promise<void> {
  const { drop, keys, bookmark, save, report } = options;
  let [unreachable, unsaved] = [0, 0];
  try {
    for await (const slot of newSlots(drop, bookmark)) {
      if (countFresh(bookmark) >= FRESH_MAX) break;
      let sealedIds: Uint8Array;
      try {
        sealedIds = await readBatch(options, slot);
        unreachable = 0;
      } catch (error) {
        drop.signal?.throwIfAborted();
        if (bookmark.unread.has(slot)) continue; // known to be bad: that says nothing of the drop
        bookmark.unread.add(slot);
        unsaved += 1;
        report?.({ kind: 'postponed', slot, what: 'batch', why: (error as Error).message });
        unreachable = error instanceof Unreachable ? unreachable + 1 : 0;
        if (unreachable === UNREACHABLE_BATCHES) throw error;
        continue;
      }
      const found = await tryIds(sealedIds, keys);
      unsaved += 1;
      if (found.length > 0) await take(slot, found);
      noteSlot(bookmark, slot);
      if (found.length > 0 || unsaved === SAVE_EVERY) {
        await save?.(bookmark);
        unsaved = 0;
      }
    }
    forgetLetters(bookmark);
  } finally {
    if (unsaved > 0) await save?.(bookmark);
  }
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

/** The sealed ids of a slot's batch, one after another; what is not one is reported and left out. */
async function readBatch({ drop, report }: CollectOptions, slot: string): Promise<Uint8Array> {
  const skip = (what: 'line' | 'batch', why: Unopened) => report?.({ kind: 'skipped', slot, what, why });
  const sealedIds: Uint8Array[] = [];
  const body = await getBatch(drop, slot);
  if (body === null) skip('batch', 'missing');
  else if (!isRung(body.length / LINE_BYTES)) skip('batch', 'damaged');
  else {
    for (const line of linesOf(body)) {
      try {
        sealedIds.push(parseSealedId(line));
      } catch {
        skip('line', 'damaged');
      }
    }
    report?.({ kind: 'batch', slot, lines: sealedIds.length });
  }
  return Buffer.concat(sealedIds);
}

function countFresh({ pending }: Bookmark): number {
  return [...pending.values()].filter(({ fresh }) => fresh).length;
}

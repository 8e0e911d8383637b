import { RETENTION_DAYS, SLOT_SECONDS } from '../../wire/sizes.ts';
import { parseSlot, slotBefore } from '../../wire/slot.ts';
import { type Bookmark, OVERLAP_SLOTS } from './bookmark.ts';
import { type Loss, noteLoss } from './losses.ts';

/** A drop keeps batches for so many slots: before, some may be deleted and others not yet. */
const KEPT_SLOTS = (RETENTION_DAYS * 86_400) / SLOT_SECONDS;

/**
 * Finds batches that are gone: between those that were read before and the oldest that is listed, or between two that are
 * listed. One that can still come, since a batch may be written late, is waited for. Each is found once.
 *
 * Whoever reads for the first time has missed what came before the oldest that is listed, and is not told.
 *
 * @param read - slots read or tried before this list
 * @param listed - slots that the drop lists, as far as the list was read
 * @returns undefined when none is gone
 */
export function findGaps(
  bookmark: Pick<Bookmark, 'checked' | 'losses'>,
  read: Iterable<string>,
  listed: Iterable<string>,
): Loss | undefined {
  const there = [...listed].sort();
  const newest = there.at(-1);
  if (newest === undefined) return undefined;
  // A drop that has begun anew, with an earlier clock, says nothing of the one before.
  const isAnew = bookmark.checked !== undefined && newest < bookmark.checked;
  let before = bookmark.checked;
  if (before === undefined || isAnew) {
    const kept = slotBefore(newest, KEPT_SLOTS);
    before = slotBefore(there[0]! > kept ? there[0]! : kept, 1);
  }
  const last = slotBefore(newest, OVERLAP_SLOTS);
  let gaps: Loss | undefined;
  for (const slot of [...new Set([...read, ...there])].sort()) {
    if (slot <= before || slot > newest) continue;
    const missing = slotsBetween(before, slot) - 1;
    const [first, end] = [slotBefore(before, -1), slotBefore(slot, 1)];
    if (missing > 0 && first > last) break;
    if (missing > 0) gaps = { count: (gaps?.count ?? 0) + missing, first: gaps?.first ?? first, last: end };
    before = slot;
  }
  bookmark.checked = before;
  if (gaps) noteLoss(bookmark.losses, 'gone', gaps.count, gaps.first, gaps.last);
  return gaps;
}

function slotsBetween(first: string, last: string): number {
  return (parseSlot(last).getTime() - parseSlot(first).getTime()) / (SLOT_SECONDS * 1000);
}

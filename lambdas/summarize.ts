import { LINE_BYTES, SUMMARY_LINES_MAX } from '../wire/sizes.ts';
import { slotBefore } from '../wire/slot.ts';
import {
  DAY_SLOTS,
  dayOf,
  formatSummary,
  HOUR_SLOTS,
  hourOf,
  idsOf,
  SUMMARY_AFTER_SLOTS,
  slotsOf,
} from '../wire/summary.ts';
import type { Batches } from './batches.ts';

/** Batches read at a time. */
const WIDTH = 16;

/**
 * Writes the summaries of the last hour and the last day that are over for a slot, unless they are there. What fails
 * now is tried again by each further run, for an hour or a day. Protocol, "Summary".
 *
 * @throws the first fault of S3
 */
export async function summarize(slot: string, batches: Batches): Promise<void> {
  const [hour, day] = [HOUR_SLOTS, DAY_SLOTS].map((slots) => slotBefore(slot, slots + SUMMARY_AFTER_SLOTS));
  const over = [hourOf(hour!), dayOf(day!)];
  const ends = await Promise.allSettled(over.map((period) => writeSummary(period, batches)));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}

/** Writes the summary of an hour or a day that has batches, and no more lines than a summary may have. */
async function writeSummary(period: string, batches: Batches): Promise<void> {
  if (await batches.hasSummary(period)) return;
  const slots = slotsOf(period);
  const sizes = await batches.sizes(slots[0]!, slots.at(-1)!);
  const waiting = slots.filter((slot) => sizes.has(slot));
  const bytes = waiting.reduce((sum, slot) => sum + sizes.get(slot)!, 0);
  if (bytes > SUMMARY_LINES_MAX * LINE_BYTES) return;
  const found = new Map<string, Uint8Array>();
  const readOn = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const body = await batches.read(next);
      const ids = body && wholeBatch(body);
      if (ids) found.set(next, ids);
    }
  };
  await Promise.all(Array.from({ length: WIDTH }, readOn));
  if (found.size > 0) await batches.writeSummary(period, formatSummary(period, found));
}

/** The sealed ids of a batch. What else lies under such a key is in no summary. */
function wholeBatch(body: Uint8Array): Uint8Array | undefined {
  try {
    return idsOf(body);
  } catch {
    return undefined;
  }
}

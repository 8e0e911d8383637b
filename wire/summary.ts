import { isRung, linesOf, writeLine } from './batch.ts';
import { concat, isSame } from './bytes.ts';
import { reader, writer } from './cursor.ts';
import { formatSealedId, parseSealedId } from './sealed-id.ts';
import { LINE_BYTES, SEALED_ID_BYTES, SLOT_SECONDS, SUMMARY_LINES_MAX } from './sizes.ts';
import { parseSlot, slotBefore } from './slot.ts';
import { checkVersion } from './version.ts';

/** Where summaries lie in the bucket. */
export const SUMMARIES_PREFIX = 'summaries/';

const VERSION = 1;

/** Version, beginning, number of slots. */
const HEAD_BYTES = 1 + 8 + 2;

const COUNT_BYTES = 4;

/** The slots of an hour, and of a day. */
export const HOUR_SLOTS = 3600 / SLOT_SECONDS;
export const DAY_SLOTS = 86_400 / SLOT_SECONDS;

/**
 * Slots after the end of an hour or a day, 20 minutes, from which on its summary is written: no batch of it is on its way
 * then. An event may be ten minutes late, this one as much early, a run takes three minutes, and what a dead one asked for
 * half a minute.
 */
export const SUMMARY_AFTER_SLOTS = 4;

/** The longest: that of a day. */
export const SUMMARY_MAX_BYTES = HEAD_BYTES + DAY_SLOTS * COUNT_BYTES + SUMMARY_LINES_MAX * SEALED_ID_BYTES;

/** The hour that a slot is in, `2026-11-22T11`. */
export const hourOf = (slot: string) => slot.slice(0, '2026-11-22T11'.length);

/** The day that a slot or an hour is in, `2026-11-22`. */
export const dayOf = (slot: string) => slot.slice(0, '2026-11-22'.length);

/** The slots of an hour or a day, in order: 12 or 288. @throws Error when it is neither */
export function slotsOf(period: string): string[] {
  const isDay = period === dayOf(period);
  const first = isDay ? `${period}T00:00:00Z` : `${period}:00:00Z`;
  if (period !== (isDay ? dayOf(first) : hourOf(first))) throw new Error('invalid period');
  parseSlot(first);
  return Array.from({ length: isDay ? DAY_SLOTS : HOUR_SLOTS }, (_, i) => slotBefore(first, -i));
}

/** Whether the summary of an hour or a day is there if it ever will be, where a batch of some slot is: that run has ended. */
export function isSummedUp(period: string, newest: string): boolean {
  return slotsOf(period).at(-1)! < slotBefore(newest, SUMMARY_AFTER_SLOTS + 1);
}

/** The object that holds the summary of an hour or a day, `summaries/<period>`. */
export function summaryKey(period: string): string {
  return `${SUMMARIES_PREFIX}${period}`;
}

/**
 * The sealed ids of a batch, 80 bytes each, one after another.
 *
 * @throws Error when it is no rung of lines, or one of them no sealed id in its one spelling
 */
export function idsOf(batch: Uint8Array): Uint8Array {
  const ids = new Uint8Array((batch.length / LINE_BYTES) * SEALED_ID_BYTES);
  let at = 0;
  for (const line of linesOf(batch)) {
    ids.set(parseSealedId(line), at);
    at += SEALED_ID_BYTES;
  }
  return ids;
}

/** The batch that has these sealed ids, 80 bytes each, in this order. */
export function batchOf(ids: Uint8Array): Uint8Array {
  const count = ids.length / SEALED_ID_BYTES;
  const batch = new Uint8Array(count * LINE_BYTES);
  for (let i = 0; i < count; i += 1) {
    writeLine(batch, i, formatSealedId(ids.subarray(i * SEALED_ID_BYTES, (i + 1) * SEALED_ID_BYTES)));
  }
  return batch;
}

/**
 * Writes the summary of an hour or a day. Protocol, "Summary".
 *
 * @param batches - by slot, the sealed ids of each, 80 bytes each; those of other periods are left out
 * @throws Error when there are no lines, more than a summary has, or not a rung of them in a slot
 */
export function formatSummary(period: string, batches: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const slots = slotsOf(period);
  const ids = slots.map((slot) => batches.get(slot) ?? new Uint8Array());
  const counts = ids.map(({ length }) => length / SEALED_ID_BYTES);
  checkCounts(counts);
  return concat([headOf(slots, counts), ...ids]);
}

function headOf(slots: readonly string[], counts: readonly number[]): Uint8Array {
  const head = new Uint8Array(HEAD_BYTES + slots.length * COUNT_BYTES);
  const write = writer(head);
  write.uint8(VERSION);
  write.uint64(parseSlot(slots[0]!).getTime() / 1000);
  write.uint16(slots.length);
  for (const count of counts) write.uint32(count);
  return head;
}

/**
 * Reads the summary of an hour or a day.
 *
 * @returns by slot, the sealed ids of each that has a batch, 80 bytes each
 * @throws NewerVersion; Error when it is not the one spelling of a summary of that period
 */
export function parseSummary(body: Uint8Array, period: string): Map<string, Uint8Array> {
  const slots = slotsOf(period);
  const headBytes = HEAD_BYTES + slots.length * COUNT_BYTES;
  if (body.length < 1) throw new Error('invalid summary');
  checkVersion(body[0]!, VERSION, 'summary');
  if (body.length < headBytes) throw new Error('invalid summary');
  const counts = slots.map(reader(body.subarray(HEAD_BYTES)).uint32);
  if (!isSame(headOf(slots, counts), body.subarray(0, headBytes))) throw new Error('invalid summary');
  const lines = checkCounts(counts);
  if (body.length !== headBytes + lines * SEALED_ID_BYTES) throw new Error('invalid summary');
  const batches = new Map<string, Uint8Array>();
  let at = headBytes;
  for (const [i, count] of counts.entries()) {
    const end = at + count * SEALED_ID_BYTES;
    if (count > 0) batches.set(slots[i]!, new Uint8Array(body.buffer, body.byteOffset + at, end - at));
    at = end;
  }
  return batches;
}

/** @returns how many lines there are @throws Error when they cannot be those of a summary */
function checkCounts(counts: readonly number[]): number {
  const lines = counts.reduce((sum, count) => sum + count, 0);
  const isSummary = lines > 0 && lines <= SUMMARY_LINES_MAX && counts.every((count) => count === 0 || isRung(count));
  if (!isSummary) throw new Error('invalid summary');
  return lines;
}

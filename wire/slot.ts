import { SLOT_SECONDS } from './sizes.ts';

/** Where batches lie in the bucket. */
export const IDS_PREFIX = 'ids/';

const SLOT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;

/** The slot that a moment falls into: the start of its five minutes, `2026-11-22T11:25:00Z`. */
export function slotAt(time: Date): string {
  const milliseconds = SLOT_SECONDS * 1000;
  const start = new Date(Math.floor(time.getTime() / milliseconds) * milliseconds);
  const slot = start.toISOString().replace('.000Z', 'Z');
  if (!SLOT.test(slot)) throw new Error('invalid slot'); // years beyond 9999 would not sort by time
  return slot;
}

/** Reads a slot. @throws Error unless it is a real moment, on a boundary of five minutes, in the one spelling. */
export function parseSlot(slot: string): Date {
  const time = new Date(SLOT.test(slot) ? slot : Number.NaN);
  if (Number.isNaN(time.getTime()) || slotAt(time) !== slot) throw new Error('invalid slot');
  return time;
}

/** The slot `count` batches before (or, negative, after) another. */
export function slotBefore(slot: string, count: number): string {
  return slotAt(new Date(parseSlot(slot).getTime() - count * SLOT_SECONDS * 1000));
}

/** The object that holds the batch of a slot, `ids/<slot>`. */
export function batchKey(slot: string): string {
  return `${IDS_PREFIX}${slot}`;
}

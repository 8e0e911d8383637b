import { isRung, linesOf } from '../wire/batch.ts';
import { parseSealedId } from '../wire/sealed-id.ts';
import { LINE_BYTES, SLOT_SECONDS } from '../wire/sizes.ts';
import { parseSlot } from '../wire/slot.ts';
import { idsOf, parseSummary } from '../wire/summary.ts';
import type { World } from './publisher-world.ts';

/** Slots within which no line is published again: an hour. */
export const HOUR_SLOTS = 12;

/**
 * What a world breaks of what is promised, in words; nothing when all of it holds.
 *
 * @param within - slots within which no line may be published again
 */
export function broken(world: World, read: ReadonlyMap<string, Uint8Array>, within = HOUR_SLOTS): string[] {
  const found = new Set<string>();
  const slots = new Map<string, string[]>();
  for (const [slot, body] of world.batches()) {
    parseSlot(slot);
    if (!Buffer.from(world.written.get(`ids/${slot}`)!).equals(body)) found.add('a batch was changed');
    if (!Buffer.from(read.get(slot) ?? []).equals(body)) found.add('a reader missed a batch');
    if (!isRung(body.length / LINE_BYTES)) {
      found.add('a batch has no rung of lines');
      continue;
    }
    for (const line of linesOf(body)) {
      if (!world.accepted.has(line) && !world.decoys.has(line)) found.add('a line came from nowhere');
      if (!isSealedId(line)) found.add('a line is no sealed id');
      const before = slots.get(line) ?? [];
      if (before.some((other) => distance(slot, other) <= within)) found.add('a line was published twice');
      slots.set(line, [...before, slot]);
    }
  }
  for (const [period, body] of world.summaries()) {
    if (!Buffer.from(world.written.get(`summaries/${period}`)!).equals(body)) found.add('a summary was changed');
    for (const [slot, ids] of parseSummary(body, period)) {
      const batch = world.batches().get(slot);
      if (!batch || !Buffer.from(idsOf(batch)).equals(ids)) found.add('a summary has what its batches have not');
    }
  }
  for (const line of world.accepted) if (!slots.has(line)) found.add('a sealed id was lost');
  return [...found].sort();
}

const distance = (one: string, other: string) =>
  Math.abs(parseSlot(one).getTime() - parseSlot(other).getTime()) / (SLOT_SECONDS * 1000);

function isSealedId(line: string): boolean {
  try {
    return parseSealedId(line).length > 0;
  } catch {
    return false;
  }
}

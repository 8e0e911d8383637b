import { openBoxes } from '#platform';
import { CURVE_KEY_BYTES, SEALED_ID_BYTES } from '../../wire/sizes.ts';
import type { Epoch, SealingKeys } from '../keys/epoch.ts';
import { isReduced } from '../keys/key-check.ts';
import type { Platform } from '../platform.ts';

/** A line that opened. */
export interface FoundId<Keys = Epoch> {
  readonly id: Uint8Array;
  /** Which one of those that were tried it is, from 0. */
  readonly line: number;
  /** What opened it. */
  readonly keys: Keys;
}

/**
 * Tries every sealed id (80 bytes each, one after another) with every set of keys. Protocol step 10.
 *
 * @returns those that opened, in order
 */
export async function tryIds<Keys extends SealingKeys>(
  sealedIds: Uint8Array,
  keys: readonly Keys[],
  open: Platform['openBoxes'] = openBoxes,
): Promise<FoundId<Keys>[]> {
  const pairs = keys.map(({ id }) => id); // a thread needs no more than these
  const opened = await open(sealedIds, SEALED_ID_BYTES, pairs);
  return opened.flatMap(({ content, box, keys: index }) => {
    const at = box * SEALED_ID_BYTES;
    // Looked at last: of a million lines hardly one opens.
    const isSpelled = isReduced(sealedIds.subarray(at, at + CURVE_KEY_BYTES));
    return isSpelled ? [{ id: content, line: box, keys: keys[index]! }] : [];
  });
}

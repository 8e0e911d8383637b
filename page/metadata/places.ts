import { type Budget, REST_BYTES, STEP_BYTES } from './budget.ts';

/** Somewhere that a mark stands in bytes. */
export interface Place {
  readonly from: number;
  /** Just behind the mark. */
  readonly to: number;
  /** What the groups of the mark took. */
  readonly groups: readonly (string | undefined)[];
}

/** No mark is longer, with what it looks ahead at. */
const MARK_MAX_BYTES = 64;

/** One character a byte, and ASCII as it is: marks are of nothing else. Many times as fast as what makes every byte its number. */
const WINDOW = new TextDecoder('windows-1252');

/** Every place of a mark of ASCII, in one pass. @param marks - global, with nothing in it that repeats without an end */
export async function* placesOf(bytes: Uint8Array, marks: RegExp, budget: Budget): AsyncGenerator<Place> {
  for (let start = 0; start < bytes.length; start += REST_BYTES) {
    await budget.step(Math.min(REST_BYTES, bytes.length - start));
    const window = WINDOW.decode(bytes.subarray(start, start + REST_BYTES + MARK_MAX_BYTES));
    for (const found of window.matchAll(marks)) {
      if (found.index >= REST_BYTES) break; // found again in the next window
      budget.spend(STEP_BYTES);
      const [mark, ...groups] = found;
      const from = start + found.index;
      yield { from, to: from + mark.length, groups };
    }
  }
}

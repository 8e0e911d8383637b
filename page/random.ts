import type { Random } from '../core/platform.ts';

/** What getRandomValues gives at a time. */
const PIECE_BYTES = 65_536;

/** Bytes from the system's generator. */
export function randomBytes(count: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(count);
  for (let at = 0; at < count; at += PIECE_BYTES) crypto.getRandomValues(bytes.subarray(at, at + PIECE_BYTES));
  return bytes;
}

/** 6 bytes hold so many numbers. */
const NUMBERS = 2 ** 48;

/**
 * A uniform integer in `[0, below)`, by drawing again where the numbers do not come out even.
 *
 * @param below - at most 2^48 - 1, as in Node
 * @throws TypeError for what is no whole number; RangeError for one that is too small or too large
 */
export const randomInt: Random = (below) => {
  if (!Number.isSafeInteger(below)) throw new TypeError('a bound is a whole number');
  if (below < 1 || below >= NUMBERS) throw new RangeError('a bound is 1 at least, and below 2^48');
  const even = NUMBERS - (NUMBERS % below);
  for (;;) {
    const drawn = new DataView(randomBytes(6).buffer);
    const number = drawn.getUint16(0) * 2 ** 32 + drawn.getUint32(2);
    if (number < even) return number % below;
  }
};

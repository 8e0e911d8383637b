import { createCipheriv } from 'node:crypto';

/** Random numbers that are the same in every run: the ChaCha20 key stream of a seed. */
export function seeded(seed: string) {
  const cipher = createCipheriv('chacha20', Buffer.alloc(32, seed), Buffer.alloc(16));
  let [pool, at] = [Buffer.alloc(0), 0];
  const bytes = (length: number): Buffer => {
    if (at + length > pool.length) [pool, at] = [cipher.update(Buffer.alloc(Math.max(2 ** 16, length))), 0];
    at += length;
    return pool.subarray(at - length, at);
  };
  /** Uniform in `[0, 1)`, 48 bits of it. */
  const uniform = () => bytes(6).readUIntBE(0, 6) / 2 ** 48;
  /** A uniform integer in `[0, below)`; its bias is below 2^-40 here. */
  const below = (limit: number) => Math.floor(uniform() * limit);
  return { bytes, uniform, below };
}

/** Pearson's statistic of counts against those expected. It is fair only where each expected count is 5 or more. */
export function chiSquare(observed: readonly number[], expected: readonly number[]): number {
  if (expected.some((count) => count < 5)) throw new Error('too few are expected in one of the classes');
  return expected.reduce((sum, count, i) => sum + (observed[i]! - count) ** 2 / count, 0);
}

/**
 * What chi-square exceeds with a probability of one in a million (Wilson and Hilferty, 1931), which is how often a
 * correct sampler with a new seed would be called broken.
 *
 * @param normalQuantile - of another probability, where there are more samples than one
 */
export function chiSquareLimit(classes: number, normalQuantile = 4.7534): number {
  const freedom = classes - 1;
  const part = 2 / (9 * freedom);
  return freedom * (1 - part + normalQuantile * Math.sqrt(part)) ** 3;
}

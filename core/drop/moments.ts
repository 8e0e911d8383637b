import type { Random } from '../platform.ts';

/**
 * Draws when each of some steps is taken: moments independent of each other and uniform over the time, then in order.
 * So any part of the time sees as many steps as any other of its length, and no step tells when the next one comes.
 *
 * @param overMilliseconds - a whole number
 * @returns milliseconds in `[0, overMilliseconds]`
 */
export function spreadMoments(steps: number, overMilliseconds: number, random: Random): number[] {
  return Array.from({ length: steps }, () => random(overMilliseconds + 1)).sort((a, b) => a - b);
}

/** A wait that is uniform between half and one and a half times the mean. */
export function jittered(mean: number, random: Random): number {
  return mean * (0.5 + uniform(random));
}

/**
 * The wait for the next moment of a Poisson process: exponentially distributed, of this mean.
 *
 * It has no memory. Drawn at any time, after whatever happened, it ends where a schedule would go on that was drawn
 * long before: what comes after it tells nothing of what it was drawn for.
 */
export function exponential(mean: number, random: Random): number {
  return -mean * Math.log(1 - uniform(random));
}

/** Uniform in `[0, 1)`. */
function uniform(random: Random): number {
  return random(2 ** 47) / 2 ** 47;
}

import type { Random } from '../platform.ts';

/** How often a letter or a batch was asked for in vain. */
export interface Failures {
  /** Tries that were answered with nothing, or with something else. */
  readonly tries: number;
  /** Tries that were not answered: the drop's doing or Tor's, so that they do not count as tries. */
  readonly outages: number;
}

/** Tries in all. */
export const TRIES = 5;

/** From so many outages on, no try is rarer for another one: whoever polls once a day would not live to see it. */
const OUTAGES_COUNTED = 2;

/**
 * Whether what has failed is tried again after this poll, of which luck alone decides: with a chance of 1/2 after the
 * first failure, then 1/8, 1/32, 1/128, so that five tries take some 170 polls; after outages of 1/2, then 1/8.
 *
 * It has no memory but the number of failures: that a try comes tells nothing of when the last one came, and a series of
 * tries is no mark by which somebody's polls could be known.
 */
export function isTriedAgain({ tries, outages }: Failures, random: Random): boolean {
  const failures = Math.max(tries, Math.min(outages, OUTAGES_COUNTED));
  return failures === 0 || random(2 ** (2 * failures - 1)) === 0;
}

/** Why something is not asked for again. */
export type GivenUp =
  /** It failed as often as may be. */
  | 'tried in vain'
  /** No drop can still have it. */
  | 'too old'
  /** The keys that open it are gone. */
  | 'no keys'
  /** Too many others wait for another try, or for room on the disk. */
  | 'crowded out';

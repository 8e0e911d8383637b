import type { WorkProgress } from '../../wire/solve.ts';

/** Work that is over sooner is not talked about. */
const SHORT_SECONDS = 2;

/** After so long it is known how fast this machine is. */
const KNOWN_SECONDS = 0.5;

/**
 * Tells how long the work takes that a drop asks for, as it goes on.
 *
 * @param now - milliseconds
 * @returns about so many seconds each time; undefined before that is known, and for work that is over soon
 */
export function timeWork(now = () => performance.now()): (progress: WorkProgress) => number | undefined {
  let begun = 0;
  return ({ tried, expected }) => {
    const time = now();
    if (tried === 0) begun = time;
    const seconds = (time - begun) / 1000;
    if (tried === 0 || seconds < KNOWN_SECONDS) return undefined;
    // Luck has no memory: however long it took so far, the average is still ahead.
    const average = (seconds / tried) * expected;
    return average < SHORT_SECONDS ? undefined : Math.ceil(average);
  };
}

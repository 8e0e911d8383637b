import type { Sleep } from '../platform.ts';

/** The longest wait that a timer takes, some 24 days: with more it ends at once. */
const TIMER_MAX_MILLISECONDS = 2 ** 31 - 1;

/** Sleeps for however long, by a timer that takes no more than that at a time. */
export function sleepBy(timer: Sleep): Sleep {
  return async (milliseconds, signal) => {
    for (let left = milliseconds; ; left -= TIMER_MAX_MILLISECONDS) {
      await timer(Math.min(left, TIMER_MAX_MILLISECONDS), signal);
      if (left <= TIMER_MAX_MILLISECONDS) return;
    }
  };
}

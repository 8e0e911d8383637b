import { setTimeout as setTimer } from 'node:timers/promises';
import type { Sleep } from '../core/platform.ts';

/** The longest wait that a timer takes, some 24 days: with more it ends at once. */
const TIMER_MAX_MILLISECONDS = 2 ** 31 - 1;

/** Sleeps by the machine's timer. */
export const sleepFor: Sleep = async (milliseconds, signal) => {
  try {
    for (let left = milliseconds; ; left -= TIMER_MAX_MILLISECONDS) {
      await setTimer(Math.min(left, TIMER_MAX_MILLISECONDS), undefined, { signal });
      if (left <= TIMER_MAX_MILLISECONDS) return;
    }
  } catch (error) {
    signal?.throwIfAborted(); // the timer's own error would hide the reason
    throw error;
  }
};

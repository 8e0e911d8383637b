import { setTimeout as setTimer } from 'node:timers/promises';
import { sleepBy } from '../core/drop/long-sleep.ts';

/** Sleeps by the machine's timer. */
export const sleepFor = sleepBy(async (milliseconds, signal) => {
  try {
    await setTimer(milliseconds, undefined, { signal });
  } catch (error) {
    signal?.throwIfAborted(); // the timer's own error would hide the reason
    throw error;
  }
});

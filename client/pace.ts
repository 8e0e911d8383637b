import { randomInt } from 'node:crypto';
import { setTimeout as setTimer } from 'node:timers/promises';
import { type Random, spreadMoments } from './moments.ts';

/** Awaited before each step of something long, which begins when it resolves. Steps count from 0. */
export type Pace = (step: number, steps: number) => Promise<void>;

/** Waits, and rejects with the signal's reason when that is aborted first. */
export type Sleep = (milliseconds: number, signal?: AbortSignal) => Promise<void>;

/** What pacing may be given. */
export interface PaceOptions {
  /** Ends a wait, and with it what is paced. */
  readonly signal?: AbortSignal | undefined;
  /** Told the moments of all steps, in order, when they are drawn: at the first step. */
  readonly plan?: (moments: readonly Date[]) => void;
  /** Told before each wait which step is waited for, and until when. */
  readonly next?: (step: number, at: Date) => void;
  /** @default - `randomInt` of node:crypto */
  readonly random?: Random;
  /** Milliseconds since 1970. @default Date.now */
  readonly now?: () => number;
  readonly sleep?: Sleep;
}

/** A timer stands still while a machine sleeps: none runs for longer without a look at the clock on the wall. */
const LOOK_MILLISECONDS = 60_000;

/**
 * Spreads the steps of a letter over a time, at uniformly random moments. The last of them comes before its end; what a
 * step itself takes may go beyond.
 *
 * A step whose moment has passed, because the one before took long or the machine was asleep, is taken at once.
 *
 * @param overMilliseconds - from the first time that a step is waited for; a whole number
 */
export function paceOver(overMilliseconds: number, options: PaceOptions = {}): Pace {
  const { signal, plan, next, random = randomInt, now = Date.now, sleep = sleepFor } = options;
  let moments: readonly Date[] = [];
  return async (step, steps) => {
    if (step === 0) {
      const start = now();
      moments = spreadMoments(steps, overMilliseconds, random).map((moment) => new Date(start + moment));
      plan?.(moments);
    }
    const at = moments[step]!;
    next?.(step, at);
    for (;;) {
      signal?.throwIfAborted();
      const left = at.getTime() - now();
      if (left <= 0) return;
      await sleep(Math.min(left, LOOK_MILLISECONDS), signal);
    }
  };
}

/** Sleeps by the machine's timer. */
export const sleepFor: Sleep = async (milliseconds, signal) => {
  try {
    await setTimer(milliseconds, undefined, { signal });
  } catch (error) {
    signal?.throwIfAborted(); // the timer's own error would hide the reason
    throw error;
  }
};

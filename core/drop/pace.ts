import { randomInt, sleepFor } from '#platform';
import type { Random, Sleep } from '../platform.ts';
import { spreadMoments } from './moments.ts';
import { Unreachable } from './retry.ts';

/**
 * Takes each step of something long when its time has come. Steps count from 0, and come in order.
 *
 * @param act - the step, which may be taken more than once
 * @returns what `act` returned
 */
export type Pace = <T>(step: number, steps: number, act: () => Promise<T>) => Promise<T>;

/** Takes each step at once, and only once. */
export const atOnce: Pace = (_step, _steps, act) => act();

/** What pacing may be given. */
export interface PaceOptions {
  /** When the time ends, where it began in an earlier process: milliseconds since 1970. @default - counted from now */
  readonly end?: number | undefined;
  /** Ends a wait, and with it what is paced. */
  readonly signal?: AbortSignal | undefined;
  /** Told the moments of the steps from `first` on, in order, when they are drawn: at the first step, and when late. */
  readonly plan?: (moments: readonly Date[], first: number) => void;
  /** Told before each wait which step is waited for, and until when. */
  readonly next?: (step: number, at: Date) => void;
  /** Told why a step failed that is then waited for once more. */
  readonly trouble?: (error: Unreachable) => void;
  /** @default - the system's */
  readonly random?: Random;
  /** Milliseconds since 1970. @default Date.now */
  readonly now?: () => number;
  readonly sleep?: Sleep;
}

/** A timer stands still while a machine sleeps: none runs for longer without a look at the clock on the wall. */
const LOOK_MILLISECONDS = 60_000;

/** What is later than this was held up: by a machine that slept, a drop that was away, or a step that took very long. */
const LATE_MILLISECONDS = 5 * 60_000;

/** What each late step is given on average where the plan's own time is over. */
const LATE_STEP_MILLISECONDS = 5 * 60_000;

/** A step that found the drop away is tried again after 5 to 15 minutes: a network takes a while to come back. */
const AGAIN_MILLISECONDS = { least: 5 * 60_000, most: 15 * 60_000 };

/**
 * Spreads the steps of a letter over a time, at uniformly random moments. The last of them comes before its end; what a
 * step itself takes may go beyond, and what holds it up.
 *
 * A step that finds the drop Unreachable, and not for good, is taken again after some minutes, without end: `act` has to throw something
 * else when it has been long enough. Where a step's moment has passed by more than some minutes, all moments from it on
 * are drawn anew, over the time that is left, or some minutes for each: missed steps that followed each other at once
 * would be seen to belong together.
 *
 * @param overMilliseconds - from the first time that a step is waited for; a whole number
 */
export function paceOver(overMilliseconds: number, options: PaceOptions = {}): Pace {
  const { signal, plan, next, trouble, random = randomInt, now = Date.now, sleep = sleepFor } = options;
  let end = 0;
  let last = Number.POSITIVE_INFINITY;
  const moments: number[] = [];
  /** Draws the moments of all steps from one on: over what is left of the time, or some minutes for each. */
  const draw = (first: number, steps: number) => {
    const start = now();
    const each = Math.min(LATE_STEP_MILLISECONDS, Math.floor(overMilliseconds / steps)); // a dense plan stays dense
    const over = Math.max(end - start, (steps - first) * each);
    const drawn = spreadMoments(steps - first, over, random).map((moment) => start + moment);
    for (const [index, moment] of drawn.entries()) moments[first + index] = moment;
    plan?.(
      drawn.map((moment) => new Date(moment)),
      first,
    );
  };
  const until = async (at: number) => {
    for (;;) {
      signal?.throwIfAborted();
      const left = at - now();
      if (left <= 0) return;
      await sleep(Math.min(left, LOOK_MILLISECONDS), signal);
    }
  };
  const isLate = (step: number) => now() - moments[step]! > LATE_MILLISECONDS;
  return async (step, steps, act) => {
    // Steps come in order: one that is not beyond the last begins a letter.
    if (step <= last) {
      end = options.end ?? now() + overMilliseconds;
      draw(step, steps);
    }
    last = step;
    for (;;) {
      if (isLate(step)) draw(step, steps);
      next?.(step, new Date(moments[step]!));
      await until(moments[step]!);
      if (isLate(step)) continue; // the machine was asleep
      try {
        return await act();
      } catch (error) {
        if (!(error instanceof Unreachable) || error.isFinal) throw error;
        const { least, most } = AGAIN_MILLISECONDS;
        moments[step] = now() + least + random(most - least + 1);
        trouble?.(error);
      }
    }
  };
}

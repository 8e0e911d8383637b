import { spreadMoments } from '../drop/moments.ts';
import { Unreachable } from '../drop/retry.ts';
import type { Scheduler } from '../drop/scheduler.ts';
import type { Random, Sleep } from '../platform.ts';

/** What the scheduler needs. */
export interface ExactSchedulerOptions {
  /** Requests in each tick. */
  readonly count: number;
  readonly tickMilliseconds: number;
  /** How often a request is made that meets no answer. Each time it waits for a moment. */
  readonly tries: number;
  /** Makes a request when nobody waits at a moment. It must not reject. */
  readonly cover: () => Promise<void>;
  /** Called at the beginning of each tick. @returns whether requests are made in it */
  readonly isTime: () => boolean;
  readonly random: Random;
  readonly sleep: Sleep;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly signal: AbortSignal;
}

/** A moment that comes later than this comes to a machine that was asleep: a timer stands still for as long. */
const ASLEEP_MILLISECONDS = 5 * 60_000;

/**
 * Lets exactly so many requests through in each tick, one at each of as many moments, which are drawn, uniformly, when
 * the tick begins. Luck says which of those that wait; where none does, cover takes the moment. What waits beyond that
 * waits for the next tick.
 *
 * A request is to make one try only: what fails comes back here, so that failures cost moments and not requests.
 *
 * A tick in which the machine was asleep ends when it wakes: what was so when the tick began may not be any more.
 *
 * Moments come whether earlier requests are over or not. So nothing that is seen of them depends on who makes them.
 */
export function exactScheduler(options: ExactSchedulerOptions): {
  readonly scheduler: Scheduler;
  run(): Promise<never>;
} {
  const { count, tickMilliseconds, tries, cover, isTime, random, sleep, now, signal } = options;
  const waiting: { enter(): void; refuse(reason: unknown): void }[] = [];
  const moment = () =>
    new Promise<void>((enter, refuse) => {
      if (signal.aborted) refuse(signal.reason);
      else waiting.push({ enter, refuse });
    });
  const scheduler: Scheduler = async (request) => {
    for (let tried = 1; ; tried += 1) {
      await moment();
      try {
        return await request();
      } catch (error) {
        if (!(error instanceof Unreachable) || error.isFinal || tried >= tries) throw error;
      }
    }
  };
  const underWay = new Set<Promise<void>>();
  const letThrough = () => {
    if (waiting.length > 0) return waiting.splice(random(waiting.length), 1)[0]!.enter();
    const request = cover();
    underWay.add(request);
    request.finally(() => underWay.delete(request));
  };
  const tick = async () => {
    const isOpen = isTime();
    const start = now();
    let time = 0;
    for (const next of [...spreadMoments(count, tickMilliseconds - 1, random), tickMilliseconds]) {
      await sleep(next - time, signal);
      time = next;
      if (now() - start - next > ASLEEP_MILLISECONDS) return;
      if (isOpen && next < tickMilliseconds) letThrough();
    }
  };
  const run = async (): Promise<never> => {
    try {
      for (;;) await tick();
    } finally {
      for (const { refuse } of waiting.splice(0)) refuse(signal.reason);
      await Promise.all(underWay);
    }
  };
  return { scheduler, run };
}

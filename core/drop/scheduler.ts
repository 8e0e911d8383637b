import type { Random } from '../platform.ts';

/** Makes a request when its turn comes. @returns its answer; rejects with what ended the waiting, or the request */
export type Scheduler = <T>(request: () => Promise<T>) => Promise<T>;

/** Lets every request through at once. */
export const unscheduled: Scheduler = (request) => request();

/**
 * Lets requests through one at a time, each at a moment of its own; luck alone says which of those that wait. So what is
 * seen of them is the moments, whether one letter makes the requests or many do.
 *
 * The wait for the next moment begins when the last request is over, whoever waits then. At a moment when nobody does,
 * nothing happens, and the next one to come waits anew: for moments without a memory, that is the same.
 *
 * @param nextMoment - resolves at the next moment; when it rejects, all that wait are rejected with its reason
 */
export function scheduler(nextMoment: () => Promise<void>, random: Random): Scheduler {
  const waiting: { enter(): Promise<void>; refuse(reason: unknown): void }[] = [];
  let isRunning = false;
  const run = async () => {
    isRunning = true;
    try {
      for (;;) {
        await nextMoment();
        if (waiting.length === 0) return;
        await waiting.splice(random(waiting.length), 1)[0]!.enter();
      }
    } catch (reason) {
      for (const { refuse } of waiting.splice(0)) refuse(reason);
    } finally {
      isRunning = false;
    }
  };
  return (request) =>
    new Promise((resolve, reject) => {
      waiting.push({ enter: () => request().then(resolve, reject), refuse: reject });
      if (!isRunning) void run();
    });
}

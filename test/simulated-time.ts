import { setImmediate } from 'node:timers/promises';
import type { Transport } from '../core/drop/transport.ts';
import type { Sleep } from '../core/platform.ts';

/** See simulatedTime. */
export type SimulatedTime = ReturnType<typeof simulatedTime>;

/**
 * A time that passes only while nothing is done: when everything waits, it jumps to where the first sleeper wakes. So
 * hours take moments, and how long anything takes on this machine makes no difference.
 */
export function simulatedTime(start = Date.parse('2026-11-22T11:25:00Z')) {
  let now = start;
  let busy = 0;
  const sleepers = new Set<{ readonly at: number; wake(): void }>();

  const sleep: Sleep = (milliseconds, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const leave = () => {
        sleepers.delete(sleeper);
        signal?.removeEventListener('abort', abort);
      };
      const abort = () => {
        leave();
        reject(signal!.reason);
      };
      const sleeper = {
        at: now + milliseconds,
        wake() {
          leave();
          resolve();
        },
      };
      sleepers.add(sleeper);
      signal?.addEventListener('abort', abort);
    });

  /** Waits until every request has its answer and every file operation its result, and what follows from them is done. */
  const stillness = async () => {
    do await setImmediate();
    while (busy > 0 || process.getActiveResourcesInfo().some((name) => /^FSReq|CloseReq$/.test(name)));
  };

  /** Lets time pass until something is so. */
  const passUntil = async (isSo: () => boolean) => {
    for (;;) {
      await stillness();
      if (isSo()) return;
      const [first] = [...sleepers].sort((a, b) => a.at - b.at);
      if (first === undefined) continue; // something waits for a timer of the machine
      now = first.at;
      first.wake();
    }
  };

  return {
    now: () => now,
    sleep,
    passUntil,
    /** Lets time pass until something is over. */
    async run<T>(work: Promise<T>): Promise<T> {
      let isOver = false;
      const end = () => {
        isOver = true;
      };
      work.then(end, end);
      await passUntil(() => isOver);
      return work;
    },
    /** A transport whose requests take no time. */
    standing(transport: Transport): Transport {
      return async (asked) => {
        busy += 1;
        try {
          return await transport(asked);
        } finally {
          busy -= 1;
        }
      };
    },
  };
}

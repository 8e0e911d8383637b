import { randomInt } from 'node:crypto';
import type { Bookmark } from './bookmark.ts';
import { type CollectOptions, noteFound } from './collect.ts';
import { gate } from './gate.ts';
import { letterFetcher } from './letter-fetcher.ts';
import { exponential, jittered, type Random } from './moments.ts';
import { type Sleep, sleepFor } from './pace.ts';
import { poll } from './poll.ts';

/** What watching needs. It goes on until the drop's signal is aborted. */
export interface WatchOptions extends Omit<CollectOptions, 'gate'> {
  /**
   * Seconds from the start of a poll to that of the next, on average: each time between half and one and a half of it.
   * After a poll that takes longer, the next comes at once.
   */
  readonly every: number;
  /** Seconds before each request for a cell, on average. @default - a fifth of `every`, at most 60 */
  readonly gap?: number | undefined;
  /** Told of a poll that failed, or of fetching that has to wait for the next. Watching goes on. */
  readonly trouble: (error: unknown) => void;
  /** @default - `randomInt` of node:crypto */
  readonly random?: Random;
  readonly sleep?: Sleep;
}

const GAP_MAX_SECONDS = 60;

/**
 * Reads a drop again and again, so that the moments of its requests do not show what was found. Protocol, "Reading".
 *
 * Polls only list, read batches and note letters. Fetching goes its own way beside them: requests for cells, of whatever
 * letters, go through one gate, one at a time and each at the next moment of a Poisson process. So neither a poll nor a
 * cell comes sooner or later for a find, and which of those that wait comes next is luck. That there are requests for
 * cells still shows that something was found, and their number how much.
 *
 * A poll that ends well lets what it found be fetched, and counts towards the pauses of letters that failed.
 *
 * @throws the reason of the drop's signal when it is aborted, with everything at rest and the bookmark saved
 */
export async function watch(options: WatchOptions): Promise<never> {
  const { drop, inbox, bookmark, every, trouble, random = randomInt, sleep = sleepFor } = options;
  const gap = options.gap ?? Math.min(every / 5, GAP_MAX_SECONDS);
  const end = new AbortController();
  const signal = AbortSignal.any([end.signal, ...(drop.signal ? [drop.signal] : [])]);
  const save = inTurn(options.save);
  const cells = gate(() => sleep(exponential(gap * 1000, random), signal), random);
  const reading: CollectOptions = { ...options, drop: { ...drop, signal }, save, gate: cells };
  const tell = (error: unknown) => {
    signal.throwIfAborted();
    trouble(error);
  };
  const fetcher = letterFetcher(reading, random, (error) => {
    try {
      tell(error);
    } catch (fault) {
      end.abort(fault); // an abort, which changes nothing, or a fault of whoever is told
    }
  });
  await inbox.clearUnfinished(); // only now: later, what is unfinished is our own
  try {
    for (;;) {
      signal.throwIfAborted();
      // Drawn and running before anything is known of what the poll finds.
      const wait = Promise.allSettled([sleep(jittered(every * 1000, random), signal)]);
      await poll(reading, (slot, found) => noteFound(reading, slot, found))
        .then(fetcher.afterPoll)
        .then(() => save(bookmark))
        .catch(tell);
      await wait;
    }
  } finally {
    end.abort();
    await fetcher.rest();
    await save(bookmark).catch(trouble);
  }
}

/** Saves one at a time, since a poll and letters may come to it together. */
function inTurn(save: CollectOptions['save']): (bookmark: Bookmark) => Promise<void> {
  let last: Promise<unknown> = Promise.resolve();
  return async (bookmark) => {
    const mine = last.then(() => save?.(bookmark));
    last = mine.catch(() => {}); // is told to whoever asked for it
    await mine;
  };
}

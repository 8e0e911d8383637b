import { randomInt, sleepFor } from '#platform';
import { type Cover, oneTry, underCover } from '../cover/cover.ts';
import { exponential, jittered } from '../drop/moments.ts';
import { scheduler } from '../drop/scheduler.ts';
import type { Sleep } from '../platform.ts';
import type { Bookmark } from './bookmark.ts';
import { type CollectEvent, type CollectOptions, noteFound } from './collect.ts';
import { letterFetcher } from './letter-fetcher.ts';
import { noteLoss } from './losses.ts';
import { NoKeys, poll } from './poll.ts';
import type { FoundId } from './try-ids.ts';
import { leaveOut, waitingMax } from './waiting.ts';

/** What watching needs. It goes on until the drop's signal is aborted. */
export interface WatchOptions extends Omit<CollectOptions, 'scheduler'> {
  /**
   * Seconds from the start of a poll to that of the next, on average: each time between half and one and a half of it.
   * After a poll that takes longer, the next comes at once.
   */
  readonly every: number;
  /** Seconds before each request for a cell, on average. @default - a fifth of `every`, at most 60 */
  readonly gap?: number | undefined;
  /** Fetches the same number of cells in each time of `every`, whether letters come or not; not with `gap`. @default - none */
  readonly cover?: Cover | undefined;
  /**
   * Told when a poll has ended well, before what it noted is saved: with the poll, not with a letter or an interruption.
   * It is given when the poll began: milliseconds since 1970.
   */
  readonly polled?: (begun: number) => void;
  /** Told of a poll that failed, or of fetching that has to wait for the next. Watching goes on. */
  readonly trouble: (error: unknown) => void;
  readonly sleep?: Sleep;
}

const GAP_MAX_SECONDS = 60;

/** After so long without a poll, a watch begins anew: its machine slept, or the drop was away. */
const ABSENCE_MILLISECONDS = 3_600_000;

/**
 * Reads a drop again and again, so that the moments of its requests do not show what was found. Protocol, "Reading".
 *
 * It begins by catching up, as whoever reads once, and then reads each new batch. Polls only list, read batches and note
 * letters: all batches, however many letters wait. Fetching goes its own way
 * beside them: requests for cells, of whatever letters, go through one scheduler, one at a time and each at the next moment of
 * a Poisson process. So neither a poll nor a cell comes sooner or later for a find, and which of those that wait comes
 * next is luck. That there are requests for cells still shows that something was found, and their number how much. With
 * `cover` even that does not show: cells are fetched all the time, and those of letters come in place of others.
 *
 * A poll that ends well lets what it found be fetched, and luck have letters tried again that failed. While there are no
 * keys to read with, no poll is made.
 *
 * @throws the reason of the drop's signal when it is aborted, with everything at rest and the bookmark saved
 */
export async function watch(options: WatchOptions): Promise<never> {
  const {
    drop,
    inbox,
    bookmark,
    every,
    cover,
    trouble,
    random = randomInt,
    sleep = sleepFor,
    now = Date.now,
  } = options;
  if (cover !== undefined && options.gap !== undefined) throw new Error('cover and gap contradict each other');
  const gap = options.gap ?? Math.min(every / 5, GAP_MAX_SECONDS);
  const end = new AbortController();
  const signal = AbortSignal.any([end.signal, ...(drop.signal ? [drop.signal] : [])]);
  const save = inTurn(options.save);
  const tell = (error: unknown) => {
    signal.throwIfAborted();
    trouble(error);
  };
  /** Tells of what nobody waits for. */
  const tellAside = (error: unknown) => {
    try {
      tell(error);
    } catch (fault) {
      end.abort(fault); // an abort, which changes nothing, or a fault of whoever is told
    }
  };
  await inbox.clearUnfinished((name) => bookmark.pending.has(name)); // only now: later, what is unfinished is our own
  const fault = (error: unknown) => end.abort(error);
  const surroundings = { drop, tickSeconds: every, trouble: tellAside, fault, random, sleep, now };
  const covered = cover && underCover(cover, surroundings, signal);
  const cells = covered?.scheduler ?? scheduler(() => sleep(exponential(gap * 1000, random), signal), random);
  let isNew = false;
  const report = (event: CollectEvent) => {
    isNew ||= event.kind === 'batch';
    options.report?.(event);
  };
  const reading: CollectOptions = {
    ...options,
    drop: { ...drop, signal },
    save,
    report,
    scheduler: cells,
    random,
    now,
  };
  const fetching = covered ? { ...reading, drop: oneTry(reading.drop) } : reading;
  const fetcher = letterFetcher(fetching, random, tellAside);
  const most = waitingMax(cover ? every / cover.cells : gap);
  const take = (slot: string, found: readonly FoundId[]) => {
    noteFound(reading, slot, found, random);
    const left = leaveOut(bookmark.pending, most, fetcher.isBegun);
    if (left === 0) return;
    noteLoss(bookmark.losses, 'letter', left, slot);
    report({ kind: 'crowded', slot, letters: left });
  };
  let isWithoutKeys = false;
  let last = Number.NEGATIVE_INFINITY;
  const look = async () => {
    const [before, reader] = [isWithoutKeys, options.identity()];
    isWithoutKeys = reader.epochs.length === 0;
    if (isWithoutKeys) return before ? undefined : tell(new NoKeys(reader));
    const isWatching = Math.abs(now() - last) < Math.max(ABSENCE_MILLISECONDS, 2000 * every);
    const begun = await poll(reading, take, { isWatching });
    last = begun;
    if (isNew) covered?.afterBatch();
    isNew = false;
    fetcher.afterPoll();
    options.polled?.(begun);
  };
  try {
    for (;;) {
      signal.throwIfAborted();
      // Drawn and running before anything is known of what the poll finds.
      const wait = Promise.allSettled([sleep(jittered(every * 1000, random), signal)]);
      await look()
        .then(() => save(bookmark)) // which may bring new keys
        .catch(tell);
      await wait;
    }
  } finally {
    end.abort();
    await Promise.all([fetcher.rest(), covered?.rest()]);
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

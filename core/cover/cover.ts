import type { Contact } from '../../wire/contact.ts';
import { DRAWN_CELLS_MEAN } from '../../wire/drawn-cells.ts';
import { type Drop, getUpload } from '../drop/drop.ts';
import { Unreachable } from '../drop/retry.ts';
import type { Scheduler } from '../drop/scheduler.ts';
import type { Random, Sleep } from '../platform.ts';
import { exactScheduler } from './exact-scheduler.ts';
import { type SendCover, sendCover, writeCover } from './letters.ts';
import { ownCover } from './own.ts';

/** How much cover a watching client has. */
export interface Cover {
  /** Cells fetched in each tick, exactly, and sent, on average. A whole number from 1 to 100. */
  readonly cells: number;
  /** Cover letters sent besides, a day on average: as a source's. @default 0 */
  readonly lettersPerDay?: number;
  /** To whom those go, each to one of them. @default - to nobody */
  readonly to?: readonly Contact[];
  /** Told what happened. */
  readonly report?: (event: CoverEvent) => void;
  /** @default sendCover */
  readonly send?: SendCover;
}

/** What happens under cover. It names nothing. */
export type CoverEvent =
  | { readonly kind: 'sent'; readonly cells: number; readonly to: 'nobody' | 'contact' }
  /** One cell of one's own was fetched, or not. */
  | { readonly kind: 'fetched'; readonly isThere: boolean }
  /** Whether there is enough cover from now on for anything to be fetched. */
  | { readonly kind: 'ready'; readonly isReady: boolean };

/** What cover needs of who watches. */
export interface CoverSurroundings {
  readonly drop: Drop;
  /** Length of a tick. */
  readonly tickSeconds: number;
  readonly trouble: (error: unknown) => void;
  /** Told of what ended it, which nothing but an abort should: whoever waits for cells would wait for ever. */
  readonly fault: (error: unknown) => void;
  readonly random: Random;
  readonly sleep: Sleep;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Watches over the requests for cells. */
export interface UnderCover {
  readonly scheduler: Scheduler;
  /** To be told of new batches, after the poll that read them. */
  afterBatch(): void;
  /** Resolves when everything is at rest, after the signal was aborted. */
  rest(): Promise<void>;
}

export const CELLS_PER_TICK_MAX = 100;

/** Own cover is fetched for so long: a drop keeps nothing for less than a day. */
const KEPT_SECONDS = 20 * 3600;

/**
 * Makes the requests of somebody who gets letters all the time: sends cover letters to nobody at Poisson times, and lets
 * through exactly so many requests for cells in each tick, letters' or for its own cover. Protocol, "Cover".
 *
 * Nothing is fetched while there is not as much cover as a tick takes: at the beginning, and when sending has failed for
 * most of a day.
 */
export function underCover(cover: Cover, surroundings: CoverSurroundings, signal: AbortSignal): UnderCover {
  const { cells, lettersPerDay = 0, to = [], report, send = sendCover } = cover;
  const { drop, tickSeconds, trouble, fault, random, sleep, now } = surroundings;
  checkCells(cells);
  const tickMilliseconds = tickSeconds * 1000;
  const own = ownCover(KEPT_SECONDS * 1000, tickMilliseconds, now);
  const { tries } = drop.patience;
  const once = oneTry({ ...drop, signal });
  const fetchOwn = async () => {
    const id = own.next()!;
    try {
      const cell = await getUpload(once, id);
      report?.({ kind: 'fetched', isThere: cell !== null });
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof Unreachable) own.again(id);
      report?.({ kind: 'fetched', isThere: false });
    }
  };
  let isReady = false;
  const isTime = () => {
    own.afterTick();
    const isEnough = own.size() >= cells;
    if (isEnough !== isReady) report?.({ kind: 'ready', isReady: isEnough });
    isReady = isEnough;
    return isEnough;
  };
  const { scheduler, run } = exactScheduler({
    count: cells,
    tickMilliseconds,
    tries,
    cover: () => fetchOwn().catch(fault),
    isTime,
    random,
    sleep,
    now,
    signal,
  });
  const sent = (ids: readonly Uint8Array[], contact: Contact | undefined, since: number) => {
    if (contact === undefined) own.add(ids, since); // others' are for them to fetch
    report?.({ kind: 'sent', cells: ids.length, to: contact === undefined ? 'nobody' : 'contact' });
  };
  // Nobody waits for cover: its work and the drop's being busy are not told.
  const quiet = { ...drop, signal, working: undefined, busy: undefined };
  const writing = { drop: quiet, sent, trouble, random, sleep, now, send };
  const recipient = () => {
    const valid = to.filter(({ validUntil }) => validUntil * 1000 > now());
    return valid.length === 0 ? undefined : valid[random(valid.length)];
  };
  const asJournalist = writeCover({ ...writing, everyMilliseconds: (tickMilliseconds * DRAWN_CELLS_MEAN) / cells });
  const asSource =
    lettersPerDay > 0 && writeCover({ ...writing, everyMilliseconds: 86_400_000 / lettersPerDay, to: recipient });
  const all = Promise.all([run(), asJournalist, asSource].map((part) => Promise.resolve(part).catch(fault)));
  return {
    scheduler,
    afterBatch: own.afterBatch,
    async rest() {
      await all;
    },
  };
}

/** The way to a drop on which nothing is tried again: that is for whoever counts the tries, or leaves them to luck. */
export function oneTry(drop: Drop): Drop {
  return { ...drop, patience: { ...drop.patience, tries: 1 } };
}

function checkCells(cells: number): void {
  if (Number.isInteger(cells) && cells >= 1 && cells <= CELLS_PER_TICK_MAX) return;
  throw new Error(`cover is a whole number of cells from 1 to ${CELLS_PER_TICK_MAX}, not ${cells}`);
}

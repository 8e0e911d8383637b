import type { CellEntry } from '../../wire/letter.ts';
import { SLOT_SECONDS } from '../../wire/sizes.ts';
import { parseSlot, slotAt, slotBefore } from '../../wire/slot.ts';
import { type Bookmark, failuresOf } from '../read/bookmark.ts';
import type { TryFailure } from '../read/collect.ts';
import type { CanaryOutcome } from './outcome.ts';

/** A canary that is on its way. */
export interface Flight {
  /** Under which a reader knows it. */
  readonly name: string;
  readonly body: Uint8Array;
  readonly cells: readonly CellEntry[];
  /** When the first of them was on its way: milliseconds since 1970. */
  readonly since: number;
  /** When the drop said that it was registered: milliseconds since 1970. */
  registered?: number;
  /** When it was opened, and was what had been sent. */
  intact?: number;
  /** What kept it from being opened when it was tried last. */
  failure?: TryFailure | undefined;
  /** The same of the last try that was answered with something else than it. */
  wrong?: 'missing' | 'damaged';
}

/** What a reader has seen of a drop. Times are milliseconds since 1970. */
export interface Seen {
  readonly bookmark: Pick<Bookmark, 'pending' | 'settled' | 'unread'>;
  /** Slots of the batches read. */
  readonly read: ReadonlySet<string>;
  /** Slots of the batches that the drop listed and never gave out as it should. */
  readonly bad: ReadonlySet<string>;
  /** When the last poll began of those that ended well. */
  readonly polled: number;
  /** Whether the last poll failed for what the drop said rather than for the transport. */
  readonly refused: boolean;
}

/** Tries of a cell or a batch, each on circuits of its own, before the drop is to blame. */
const TRIES = 3;

/** The same when it is kept in the air no longer. Luck decides when the next try comes: one alone accuses nobody. */
const TRIES_AT_END = 2;

/** How many times the wait a canary is kept in the air when its line is there, or nothing could be read. */
export const PATIENCE = 4;

/**
 * Judges what has become of a canary, after a poll or a try of it.
 *
 * @param wait - how long its line is waited for: milliseconds
 * @returns undefined while that is open
 */
export function judge(flight: Flight, seen: Seen, now: number, wait: number): CanaryOutcome | undefined {
  const { name, registered } = flight;
  if (registered === undefined) return undefined;
  const { bookmark } = seen;
  const slot = bookmark.pending.get(name)?.slot ?? bookmark.settled.get(name)?.slot;
  const isOver = now >= registered + PATIENCE * wait;
  if (slot === undefined) return judgeBatches(registered, seen, isOver, wait);
  return judgeCells(flight, registered, slot, seen, isOver);
}

/** Of one whose line was found. */
function judgeCells(
  { name, intact, failure, wrong = 'damaged', cells: { length: cells } }: Flight,
  registered: number,
  slot: string,
  { bookmark }: Seen,
  isOver: boolean,
): CanaryOutcome | undefined {
  if (intact !== undefined) {
    const seconds = Math.max(0, Math.round((intact - registered) / 1000)); // it may be there before the answer
    return { kind: 'back', slot, ticks: ticksBetween(slotAt(new Date(registered)), slot), seconds, cells };
  }
  const pending = bookmark.pending.get(name);
  if (isToBlame(pending ? failuresOf(pending).tries : TRIES, isOver)) return { kind: 'withheld', slot, why: wrong };
  if (!isOver) return undefined;
  // Polls do well, and its cells do not come. Where the drop itself says so, it is not the transport. Not with 429: anybody can
  // fill a throttle.
  if (failure === 'drop fault') return { kind: 'withheld', slot, why: 'not given out' };
  return { kind: 'unreachable', step: 'cells' };
}

function isToBlame(tries: number, isOver: boolean): boolean {
  return tries >= (isOver ? TRIES_AT_END : TRIES);
}

/** Of one whose line was not found yet. */
function judgeBatches(registered: number, seen: Seen, isOver: boolean, wait: number): CanaryOutcome | undefined {
  if (seen.polled < registered + wait) {
    if (!isOver) return undefined;
    return seen.refused ? gaps(0, wait) : { kind: 'unreachable', step: 'batches' };
  }
  const after = slotAt(new Date(registered));
  const covering = (slots: Iterable<string>) => [...slots].filter((slot) => slot > after);
  const waiting = new Map([...seen.bookmark.unread].filter(([, { tries }]) => !isToBlame(tries, isOver)));
  const [read, unread] = [covering(seen.read), covering(waiting.keys())];
  const last = [...read, ...covering(seen.bookmark.unread.keys()), ...covering(seen.bad)].sort().at(-1);
  // The last may be late, and a clock some minutes off: half of what the wait covers has to be there.
  if (last === undefined || read.length + unread.length < slotsIn(wait) / 2) return gaps(read.length, wait);
  const missing = slotsFrom(after, last).filter((slot) => !seen.read.has(slot));
  if (missing.some((slot) => !waiting.has(slot)))
    return { kind: 'gaps', missing: missing.length, of: ticksBetween(after, last) };
  if (missing.length > 0) return isOver ? { kind: 'unreachable', step: 'batches' } : undefined;
  return { kind: 'swallowed', ticks: read.length };
}

/** So many batches were there, and too few. */
function gaps(read: number, wait: number): CanaryOutcome {
  const of = Math.max(slotsIn(wait), read + 1);
  return { kind: 'gaps', missing: of - read, of };
}

function slotsIn(milliseconds: number): number {
  return Math.floor(milliseconds / (SLOT_SECONDS * 1000));
}

function ticksBetween(slot: string, later: string): number {
  return slotsIn(parseSlot(later).getTime() - parseSlot(slot).getTime());
}

/** The slots after one, up to another. */
function slotsFrom(after: string, last: string): string[] {
  return Array.from({ length: Math.max(0, ticksBetween(after, last)) }, (_, i) => slotBefore(after, -1 - i));
}

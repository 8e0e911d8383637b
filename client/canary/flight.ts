import { SLOT_SECONDS } from '../../wire/sizes.ts';
import { parseSlot, slotAt, slotBefore } from '../../wire/slot.ts';
import type { Bookmark } from '../bookmark.ts';
import type { CanaryOutcome } from './outcome.ts';

/** A canary that is on its way. */
export interface Flight {
  /** Under which a reader knows it. */
  readonly name: string;
  readonly body: Uint8Array;
  readonly cells: number;
  /** When the drop said that it was registered: milliseconds since 1970. */
  registered?: number;
  /** When it was opened, and was what had been sent. */
  intact?: number;
}

/** What a reader has seen of a drop. Times are milliseconds since 1970. */
export interface Seen {
  readonly bookmark: Pick<Bookmark, 'pending' | 'seen'>;
  /** Slots of the batches read. */
  readonly read: ReadonlySet<string>;
  /** Slots of the batches that the drop listed and did not give out as it should. */
  readonly bad: ReadonlySet<string>;
  /** Slots of the batches that the road did not bring. */
  readonly unread: ReadonlySet<string>;
  /** When batches were last listed, and the poll was over. */
  readonly polled: number;
  /** When the drop last answered a request for a cell, in whatever way. */
  readonly answered: number;
  /** Whether the last poll failed for what the drop said rather than for the road. */
  readonly refused: boolean;
  /** Why a letter in a slot's batch did not open. */
  readonly why: ReadonlyMap<string, 'missing' | 'damaged'>;
}

/** Tries of a cell, each on circuits of its own, before the drop is to blame. */
const TRIES = 3;

/** How many times the wait a canary is kept in the air when its line is there, or nothing could be read. */
const PATIENCE = 4;

/**
 * Judges what has become of a canary, after a poll or a try of it.
 *
 * @param wait - how long its line is waited for: milliseconds
 * @returns undefined while that is open
 */
export function judge(flight: Flight, seen: Seen, now: number, wait: number): CanaryOutcome | undefined {
  const { name, registered, intact, cells } = flight;
  if (registered === undefined) return undefined;
  const pending = seen.bookmark.pending.get(name);
  const slot = pending?.slot ?? seen.bookmark.seen.get(name);
  const isOver = now >= registered + PATIENCE * wait;
  if (slot !== undefined) {
    if (intact !== undefined) {
      const seconds = Math.max(0, Math.round((intact - registered) / 1000)); // it may be there before the answer
      return { kind: 'back', slot, ticks: ticksBetween(slotAt(new Date(registered)), slot), seconds, cells };
    }
    const tries = pending?.tries ?? TRIES;
    if (tries >= TRIES || (tries > 0 && isOver)) {
      return { kind: 'withheld', slot, why: seen.why.get(slot) ?? 'damaged' };
    }
    if (!isOver) return undefined;
    // Polls do well, and its cells do not come. Where the drop itself answers, it is not the road.
    if (seen.answered > registered) return { kind: 'withheld', slot, why: 'not given out' };
    return { kind: 'unreachable', step: 'cells' };
  }
  if (seen.polled < registered + wait) {
    if (!isOver) return undefined;
    return seen.refused ? gaps(registered, [], wait) : { kind: 'unreachable', step: 'batches' };
  }
  const after = slotAt(new Date(registered));
  const covering = [...seen.read].filter((each) => each > after).sort();
  const last = [...covering, ...seen.bad, ...seen.unread]
    .filter((each) => each > after)
    .sort()
    .at(-1);
  // A line may be a tick late, and a clock some minutes off: so half of what the wait covers has to be there.
  const few = covering.length + [...seen.unread].filter((each) => each > after).length < slotsIn(wait) / 2;
  if (few || last === undefined) return gaps(registered, covering, wait);
  const between = slotsFrom(after, last).filter((each) => !seen.read.has(each));
  if (between.some((each) => !seen.unread.has(each)))
    return { kind: 'gaps', missing: between.length, of: ticksBetween(after, last) };
  if (between.length > 0) return isOver ? { kind: 'unreachable', step: 'batches' } : undefined;
  return { kind: 'swallowed', ticks: covering.length };
}

function gaps(registered: number, covering: readonly string[], wait: number): CanaryOutcome {
  const last = slotAt(new Date(registered + wait));
  const of = Math.max(ticksBetween(slotAt(new Date(registered)), last), covering.length + 1);
  return { kind: 'gaps', missing: of - covering.length, of };
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

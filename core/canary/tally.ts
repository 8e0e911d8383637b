import { isAlarming, lossAtLeast, lossAtMost } from './confidence.ts';
import { CANARY_ENDS, type CanaryEnd, LOSSES, type SameOutage } from './outcome.ts';

/** How many canaries, and second fetches of them, ended in which way. */
export type Counts = Readonly<Record<CanaryEnd, number>>;

/** What is remembered of canaries: numbers and days, and nothing that belongs to one of them. */
export interface Tally {
  /** The first day of the round, `2026-11-25`. */
  readonly since: string;
  /** Of the round. */
  readonly now: Counts;
  /** Of the round before. */
  readonly before: Counts;
  /** The day on which an alarm was raised. It stays: a drop that swallowed letters once is not forgiven by itself. */
  readonly alarm?: string;
}

/**
 * Canaries of a round, without those that say nothing, and whatever second fetches come meanwhile. Each is tested anew, so
 * that a drop that goes bad after years is found out as soon as one that begins so.
 */
export const ROUND = 100;

const NONE = Object.fromEntries(CANARY_ENDS.map((end) => [end, 0])) as Counts;

/** Nothing yet. @param day - as in a slot, `2026-11-25` */
export function newTally(day: string): Tally {
  return { since: day, now: NONE, before: NONE };
}

/** Counts the end of a canary, or of a second fetch, and raises the alarm when it is time. An outage counts once. */
export function countCanary(tally: Tally, end: CanaryEnd | SameOutage['kind'], day: string): Tally {
  if (end === 'same outage') return tally;
  const isFull = trialsOf(tally.now).trials >= ROUND;
  const round = isFull ? { since: day, now: NONE, before: tally.now } : tally;
  const now = { ...round.now, [end]: round.now[end] + 1 };
  const counted = { ...tally, ...round, now };
  const isAlarm = [trialsOf(now), lateTrialsOf(now)].some(({ lost, trials }) => trials > 0 && isAlarming(lost, trials));
  return isAlarm && tally.alarm === undefined ? { ...counted, alarm: day } : counted;
}

/** What was tried, and how often in vain. */
interface Trials {
  readonly lost: number;
  readonly trials: number;
}

/** Losses of so many trials, and the loss rate that they leave possible, at most: of letters of up to 8 cells. */
export interface Share extends Trials {
  /** With 95 % confidence. @default - nothing was tried */
  readonly atMost?: number;
}

/** Losses of a round, and the least share that they are, with 99 % confidence however often one looks. */
export interface Lately extends Trials {
  readonly atLeast: number;
}

/** What a tally says. */
export interface Verdict {
  readonly canaries: number;
  /** How many of them say nothing, because the transport failed. */
  readonly unreachable: number;
  /** Of this round and the one before: losses of all kinds. */
  readonly all: Share;
  /** Registrations that led to no line, of those that the drop said it had taken and whose batches could be read. */
  readonly swallowed: Share;
  /** Letters whose cells were not given out as they were, of those whose line was there. */
  readonly withheld: Share;
  /** Cells that were not there any more, or other ones, of those that were fetched once more, days later. */
  readonly deleted: Share;
  /** Second fetches that say nothing, because they were not answered. */
  readonly unanswered: number;
  /** Of this round: losses of all kinds but the last, and of that one. */
  readonly round: Lately;
  readonly lateRound: Lately;
  /** The day of the alarm. */
  readonly alarm: string | undefined;
}

/** Draws the conclusions. */
export function verdictOf({ now, before, alarm }: Tally): Verdict {
  const all = Object.fromEntries(CANARY_ENDS.map((end) => [end, now[end] + before[end]])) as Counts;
  const { back, swallowed, withheld, unreachable, unanswered } = all;
  return {
    canaries: trialsOf(all).trials + unreachable,
    unreachable,
    all: share(trialsOf(all)),
    swallowed: share({ lost: swallowed, trials: back + withheld + swallowed }),
    withheld: share({ lost: withheld, trials: back + withheld }),
    deleted: share(lateTrialsOf(all)),
    unanswered,
    round: lately(trialsOf(now)),
    lateRound: lately(lateTrialsOf(now)),
    alarm,
  };
}

function share({ lost, trials }: Trials): Share {
  return trials === 0 ? { lost, trials } : { lost, trials, atMost: lossAtMost(lost, trials) };
}

function lately({ lost, trials }: Trials): Lately {
  return { lost, trials, atLeast: trials === 0 ? 0 : lossAtLeast(lost, trials) };
}

/** Of canaries: whether they came back. */
function trialsOf(counts: Counts): Trials {
  const lost = LOSSES.reduce((sum, end) => sum + counts[end], 0);
  return { lost, trials: lost + counts.back };
}

/** Of cells fetched once more: whether they were still there. Counted apart, lest the one share hides the other. */
function lateTrialsOf({ kept, deleted }: Counts): Trials {
  return { lost: deleted, trials: kept + deleted };
}

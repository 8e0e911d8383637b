import { isAlarming, lossAtLeast, lossAtMost } from './confidence.ts';
import { CANARY_ENDS, type CanaryEnd, isLost } from './outcome.ts';

/** How many canaries ended in which way. */
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
 * Canaries of a round, without those that say nothing. Each round is tested anew, so that a drop that goes bad after years
 * is found out as soon as one that begins so.
 */
export const ROUND = 100;

const NONE: Counts = { back: 0, refused: 0, swallowed: 0, withheld: 0, gaps: 0, unreachable: 0 };

/** Nothing yet. @param day - as in a slot, `2026-11-25` */
export function newTally(day: string): Tally {
  return { since: day, now: NONE, before: NONE };
}

/** Counts a canary, and raises the alarm when it is time. */
export function countCanary(tally: Tally, end: CanaryEnd, day: string): Tally {
  const isFull = trialsOf(tally.now) >= ROUND;
  const round = isFull ? { since: day, now: NONE, before: tally.now } : tally;
  const now = { ...round.now, [end]: round.now[end] + 1 };
  const counted = { ...tally, ...round, now };
  const isAlarm = trialsOf(now) > 0 && isAlarming(lostOf(now), trialsOf(now));
  return isAlarm && tally.alarm === undefined ? { ...counted, alarm: day } : counted;
}

/** Losses of so many trials, and the loss rate that they leave possible, at most. */
export interface Share {
  readonly lost: number;
  readonly trials: number;
  /** With 95 % confidence. @default - nothing was tried */
  readonly atMost?: number;
}

/** What a tally says. */
export interface Verdict {
  readonly canaries: number;
  /** How many of them say nothing, because the road failed. */
  readonly unreachable: number;
  /** Of this round and the one before: losses of all kinds. */
  readonly all: Share;
  /** Registrations that led to no line, of those that the drop said it had taken and whose batches could be read. */
  readonly swallowed: Share;
  /** Letters whose cells were not given out as they were, of those whose line was there. */
  readonly withheld: Share;
  /** Of this round: losses, and the least share that they are, with 99 % confidence however often one looks. */
  readonly round: { readonly lost: number; readonly trials: number; readonly atLeast: number };
  /** The day of the alarm. */
  readonly alarm: string | undefined;
}

/** Draws the conclusions. */
export function verdictOf({ now, before, alarm }: Tally): Verdict {
  const all = Object.fromEntries(CANARY_ENDS.map((end) => [end, now[end] + before[end]])) as Counts;
  const { back, swallowed, withheld, unreachable } = all;
  const [lost, trials] = [lostOf(now), trialsOf(now)];
  return {
    canaries: trialsOf(all) + unreachable,
    unreachable,
    all: share(lostOf(all), trialsOf(all)),
    swallowed: share(swallowed, back + withheld + swallowed),
    withheld: share(withheld, back + withheld),
    round: { lost, trials, atLeast: trials === 0 ? 0 : lossAtLeast(lost, trials) },
    alarm,
  };
}

function share(lost: number, trials: number): Share {
  return trials === 0 ? { lost, trials } : { lost, trials, atMost: lossAtMost(lost, trials) };
}

const sum = (counts: Counts, which: boolean) =>
  CANARY_ENDS.reduce((total, end) => total + (isLost(end) === which ? counts[end] : 0), 0);

function lostOf(counts: Counts): number {
  return sum(counts, true);
}

function trialsOf(counts: Counts): number {
  return sum(counts, true) + sum(counts, false);
}

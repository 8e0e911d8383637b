import { SLOT_SECONDS } from '../../wire/sizes.ts';
import { type Advantage, advantageOf } from './advantage.ts';
import { type CountLaw, countLaw } from './counts.ts';
import { learn } from './regression.ts';
import { count, type TickView } from './tick.ts';

/** Somebody who says of a tick how much it looks like one with a letter. */
export interface Distinguisher {
  readonly name: string;
  /** What he makes of a tick: all that he keeps of it. */
  read(view: TickView): number[];
  /** Measures him on what he made of ticks without a letter, and of ticks with one. */
  advantage(without: readonly number[][], withLetter: readonly number[][]): Advantage;
}

/** Counts registrations: whoever fills batches with lines of his own learns that number, and no more. */
export const flooder: Distinguisher = byScore('registrations', ({ registrations }) => sum(registrations));

/**
 * Those who read the account, each with all that it shows of a tick: one who knows the law of the decoys and takes the
 * likelihood ratio of five minutes' counts; one who takes it minute by minute; one who learns from examples, with how
 * close uploads follow each other besides.
 */
export function accountReaders(decoysPerMinute: number, cells: number): Distinguisher[] {
  const [tick, minute] = [countLaw((decoysPerMinute * SLOT_SECONDS) / 60), countLaw(decoysPerMinute)];
  return [
    byScore('counts', ({ uploads, registrations }) => likelihoodRatio(tick, cells, uploads.length, sum(registrations))),
    byScore('counts by minute', (view) => {
      const uploads = uploadsByMinute(view);
      return sum(view.registrations.map((count, i) => likelihoodRatio(minute, cells, uploads[i]!, count)));
    }),
    { name: 'learned', read: featuresOf, advantage: learned },
  ];
}

/** How much likelier these counts are with a letter of some cells than without. */
export function likelihoodRatio(law: CountLaw, cells: number, uploads: number, registrations: number): number {
  const [no, yes] = [law.of(uploads, registrations), law.of(uploads - cells, registrations - 1)];
  return no > 0 ? yes / no : Number(yes > 0) * 1e9;
}

function byScore(name: string, score: (view: TickView) => number): Distinguisher {
  return {
    name,
    read: (view) => [score(view)],
    advantage: (without, withLetter) => advantageOf(without.map(first), withLetter.map(first)),
  };
}

const first = (row: readonly number[]) => row[0]!;

/** Learns on one tenth of the ticks; the threshold is chosen on the tenth after that, with which the rest is measured. */
function learned(without: readonly number[][], withLetter: readonly number[][]): Advantage {
  const tenth = (rows: readonly number[][]) => rows.slice(0, Math.floor(rows.length / 10));
  const rest = (rows: readonly number[][]) => rows.slice(Math.floor(rows.length / 10));
  const score = learn(tenth(without), tenth(withLetter));
  return advantageOf(rest(without).map(score), rest(withLetter).map(score));
}

/**
 * Numbers, their products, how many uploads follow another closely, in how many seconds of a minute any came, and how
 * many upload URLs wait at the end of a minute to be used.
 */
function featuresOf(view: TickView): number[] {
  const { asked, uploads, registrations } = view;
  const [up, registered] = [uploads.length, sum(registrations)];
  const gaps = [0, 0, 0];
  const seconds = new Set<number>();
  for (const [i, time] of uploads.entries()) {
    seconds.add(Math.floor(time) % 60);
    const place = CLOSE_SECONDS.findIndex((most) => time - (uploads[i - 1] ?? -60) < most);
    if (place >= 0) gaps[place]! += 1;
  }
  const byMinute = uploadsByMinute(view);
  const perMinute = sum(registrations.map((count, i) => count * byMinute[i]!));
  const waiting = asked.map((count, i) => count - byMinute[i]!);
  const handedOn = sum(waiting.slice(1).map((count, i) => count * waiting[i]!));
  const unused = sum(waiting);
  const waits = [unused, unused ** 2, unused * up, sum(waiting.map((count) => count ** 2)), handedOn, ...waiting];
  return [up, registered, up * registered, up ** 2, perMinute, ...gaps, seconds.size, ...waits];
}

/** Classes of how close an upload follows another: below 1 s, 3 s, 10 s. */
const CLOSE_SECONDS = [1, 3, 10];

function uploadsByMinute({ uploads, registrations }: TickView): number[] {
  const counts: number[] = registrations.map(() => 0);
  for (const time of uploads) count(counts, time);
  return counts;
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0);

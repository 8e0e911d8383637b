import { type Advantage, advantageOf } from './advantage.ts';
import { type CountLaw, type Cover, countLaw, poissonNumbers, uploadsInMinute, urlsInMinute } from './counts.ts';
import { learn } from './regression.ts';
import { KNOWN_MINUTE, type Sent, type TickView, uploadsByMinute } from './tick.ts';

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
 * Those who read the account's metrics: upload URLs and registrations by the minute. One knows the law of the decoys and
 * takes the likelihood ratio of the minutes' counts; one does not believe that numbers are drawn anew each minute, and
 * reckons what to expect from the neighbours; one learns from examples.
 */
export function accountReaders(cover: Cover, sent: Sent): Distinguisher[] {
  const cells = sent.cells + Number(sent.isLost ?? false);
  return readersOf(
    ({ asked }) => asked,
    urlsInMinute(cover),
    cells,
    sent,
    () => [],
  );
}

/** Those who have the account's rights: the same with the second of each upload besides. */
export function seizers(cover: Cover, sent: Sent): Distinguisher[] {
  return readersOf(uploadsByMinute, uploadsInMinute(cover), sent.cells, sent, featuresOfUploads);
}

function readersOf(
  cellsOf: (view: TickView) => readonly number[],
  law: CountLaw,
  cells: number,
  { isMinuteKnown = false }: Sent,
  more: (view: TickView) => number[],
): Distinguisher[] {
  /** The ratios of the minutes in which the letter may be, each by a law. */
  const ratios = (view: TickView, lawOf: (minute: number) => CountLaw) => {
    const byMinute = cellsOf(view);
    const all = view.registrations.map((count, i) => likelihoodRatio(lawOf(i), cells, byMinute[i]!, count));
    return sum(isMinuteKnown ? [all[KNOWN_MINUTE]!] : all);
  };
  const known = (view: TickView) => ratios(view, () => law);
  return [
    byScore('law', known),
    byScore('neighbours', (view) => {
      const { registrations } = view;
      const total = sum(registrations);
      return ratios(view, (i) => poissonLaw((total - registrations[i]!) / (registrations.length - 1)));
    }),
    {
      name: 'learned',
      read: (view) => {
        const counts = featuresOfCounts(cellsOf(view), view.registrations, isMinuteKnown);
        return [Math.log(known(view) + 1e-3), ...counts, ...more(view)];
      },
      advantage: learned,
    },
  ];
}

/** Letters of a Poisson number of about some mean, and nothing else. */
function poissonLaw(mean: number): CountLaw {
  const whole = Math.max(1, Math.round(mean));
  const law = poissonLaws.get(whole) ?? countLaw(poissonNumbers(whole));
  poissonLaws.set(whole, law);
  return law;
}

const poissonLaws = new Map<number, CountLaw>();

/** Numbers of the tick and their products; of a known minute its own, and how far they are from the neighbours'. */
function featuresOfCounts(
  cells: readonly number[],
  registrations: readonly number[],
  isMinuteKnown: boolean,
): number[] {
  const [all, registered] = [sum(cells), sum(registrations)];
  const tick = [all, registered, all * registered, all ** 2, sum(registrations.map((count, i) => count * cells[i]!))];
  const squares = [sum(cells.map((count) => count ** 2)), sum(registrations.map((count) => count ** 2))];
  if (!isMinuteKnown) return [...tick, ...squares];
  const [up, count] = [cells[KNOWN_MINUTE]!, registrations[KNOWN_MINUTE]!];
  const others = registrations.length - 1;
  const [besideUp, beside] = [(all - up) / others, (registered - count) / others];
  return [...tick, up, count, up * count, count ** 2, (up - besideUp) ** 2, (count - beside) ** 2, count * beside];
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
 * How many uploads follow another closely, in how many seconds of a minute any came, and how many upload URLs wait at
 * the end of a minute to be used.
 */
function featuresOfUploads(view: TickView): number[] {
  const { asked, uploads } = view;
  const gaps = [0, 0, 0];
  const seconds = new Set<number>();
  for (const [i, time] of uploads.entries()) {
    seconds.add(Math.floor(time) % 60);
    const place = CLOSE_SECONDS.findIndex((most) => time - (uploads[i - 1] ?? -60) < most);
    if (place >= 0) gaps[place]! += 1;
  }
  const byMinute = uploadsByMinute(view);
  const waiting = asked.map((count, i) => count - byMinute[i]!);
  const handedOn = sum(waiting.slice(1).map((count, i) => count * waiting[i]!));
  const unused = sum(waiting);
  const waits = [unused, unused ** 2, unused * uploads.length, sum(waiting.map((count) => count ** 2)), handedOn];
  return [...gaps, seconds.size, ...waits, ...waiting];
}

/** Classes of how close an upload follows another: below 1 s, 3 s, 10 s. */
const CLOSE_SECONDS = [1, 3, 10];

const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0);

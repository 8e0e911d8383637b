import { SLOT_SECONDS } from '../../wire/sizes.ts';
import { type Advantage, advantageOf } from './advantage.ts';
import type { Cover } from './counts.ts';
import { learn } from './regression.ts';
import { drawTick, type TickLetter, type TickView, withLetter } from './tick.ts';

/** What an upload URL and a cell take, in seconds on average, with 1.2 s a circuit, 350 ms a round trip and 1.5 MB/s. */
const [URL_SECONDS, CELL_SECONDS] = [1.9, 2.6];

/** Seconds in which uploads are counted together. */
const WINDOWS = [1, 2, 3, 5, 8, 12, 20, 30];

/** How far around such seconds one looks for how many there are without a letter. */
const AROUND_SECONDS = 30;

type Random = (below: number) => number;

/**
 * Draws a letter that is sent at any moment of a tick, with so many of its further cells under way at a time: all of
 * these begin at once, and each asks for its next upload URL while a cell travels. The root comes last.
 */
export function drawInLanes(cells: number, lanes: number, random: Random): TickLetter {
  const lasting = (seconds: number) => seconds * (0.5 + random(2 ** 32) / 2 ** 32);
  const sent: { asked: number; uploaded: number }[] = [];
  // One lane is not one after another: that asks for no URL meanwhile.
  const ask = (asked: number) => ({ asked, there: asked + lasting(URL_SECONDS) });
  const free = Array.from({ length: Math.min(lanes, cells - 1) }, () => ask(0));
  let end = 0;
  while (sent.length < cells - 1) {
    const place = free.sort((a, b) => a.there - b.there).shift()!;
    const uploaded = place.there + lasting(CELL_SECONDS);
    sent.push({ asked: place.asked, uploaded });
    const next = ask(lanes === 1 ? uploaded : place.there);
    free.push({ asked: next.asked, there: Math.max(next.there, uploaded) });
    end = Math.max(end, uploaded);
  }
  const root = ask(end);
  sent.push({ asked: root.asked, uploaded: root.there + lasting(CELL_SECONDS) });
  end = sent.at(-1)!.uploaded;
  const begins = (random(2 ** 32) / 2 ** 32) * Math.max(0, SLOT_SECONDS - end);
  const at = (time: number) => begins + time;
  return {
    cells: sent.map(({ asked, uploaded }) => ({ asked: at(asked), uploaded: at(uploaded) })),
    registration: at(end),
  };
}

/** What of a tick tells of a burst: for each window, the most uploads in one, and how far they are from those around. */
function featuresOfBursts({ uploads, registrations }: TickView): number[] {
  const before = [0]; // uploads before each second
  const seconds: number[] = Array(SLOT_SECONDS).fill(0);
  for (const time of uploads) seconds[Math.floor(time)]! += 1;
  for (const count of seconds) before.push(before.at(-1)! + count);
  const within = (from: number, to: number) => before[to]! - before[from]!;
  const all = uploads.length;
  const features = [all, all ** 2, registrations.reduce((sum, count) => sum + count, 0)];
  for (const window of WINDOWS) {
    let [most, farthest, ratios] = [0, 0, 0];
    for (let from = 0; from + window <= SLOT_SECONDS; from += 1) {
      const count = within(from, from + window);
      const [first, last] = [
        Math.max(0, from - AROUND_SECONDS),
        Math.min(SLOT_SECONDS, from + window + AROUND_SECONDS),
      ];
      const around = (within(first, last) - count) / (last - first - window);
      const expected = window * ((around + all / SLOT_SECONDS) / 2);
      const far = Math.max(0, (count - expected) / Math.sqrt(expected + 0.5));
      most = Math.max(most, count);
      farthest = Math.max(farthest, far);
      ratios += Math.exp(Math.min(50, far ** 2 / 2));
    }
    features.push(most, most ** 2, farthest, farthest ** 2, Math.log(ratios));
  }
  return features;
}

/** The advantage, in a tick, of somebody who has the second of each upload and learns from examples how bursts look. */
export function advantageOfBursts(
  cover: Cover,
  cells: number,
  lanes: number,
  ticks: number,
  random: Random,
): Advantage {
  const [without, sent]: [number[][], number[][]] = [[], []];
  for (let tick = 0; tick < ticks; tick += 1) {
    const none = drawTick(cover, random);
    without.push(featuresOfBursts(none));
    sent.push(featuresOfBursts(withLetter(none, drawInLanes(cells, lanes, random))));
  }
  const third = Math.floor(ticks / 3);
  const score = learn(without.slice(0, third), sent.slice(0, third));
  return advantageOf(without.slice(third).map(score), sent.slice(third).map(score));
}

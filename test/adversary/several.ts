import { SLOT_SECONDS } from '../../wire/sizes.ts';
import { type Advantage, advantageOf } from './advantage.ts';
import { type CountLaw, type Cover, poissonNumbers, uploadsInMinute } from './counts.ts';
import { likelihoodRatio } from './distinguishers.ts';
import { STEP_SECONDS } from './measure.ts';
import { drawLetter, drawTick, uploadsByMinute, withLetter } from './tick.ts';

const MINUTES = SLOT_SECONDS / 60;

/**
 * The advantage of who has the account's rights and asks of several ticks that he has in mind whether a letter of one
 * cell was sent in each of them, or none in any. He adds up what each tick says.
 */
export function advantageOverTicks(
  cover: Cover,
  ticks: number,
  trials: number,
  random: (below: number) => number,
): Advantage {
  const law = uploadsInMinute(cover);
  const trial = (isSent: boolean) => {
    let score = 0;
    for (let tick = 0; tick < ticks; tick += 1) {
      const none = drawTick(cover, random);
      const view = isSent
        ? withLetter(none, drawLetter({ cells: 1, stepSeconds: STEP_SECONDS.likeDecoys }, random))
        : none;
      const uploads = uploadsByMinute(view);
      const ratios = view.registrations.map((count, i) => likelihoodRatio(law, 1, uploads[i]!, count));
      score += Math.log(Math.max(ratios.reduce((sum, ratio) => sum + ratio, 0) / MINUTES, 1e-9));
    }
    return score;
  };
  const trialsOf = (isSent: boolean) => Array.from({ length: trials }, () => trial(isSent));
  return advantageOf(trialsOf(false), trialsOf(true));
}

/**
 * The advantage of who has the account's rights and knows over which ticks a letter's cells were spread, but of none
 * when it left. Drawn from the exact law of a minute: a week of ticks many times over. The last cell's registration is
 * left out, which is one of thousands.
 */
export function advantageOverPeriod(
  cover: Cover,
  cells: number,
  ticks: number,
  trials: number,
  random: (below: number) => number,
): Advantage {
  const law = uploadsInMinute(cover);
  const minutes = ticks * MINUTES;
  const draw = sampler(law, random);
  const score = scoreOf(law, poissonNumbers(cells / minutes));
  const trial = (isSent: boolean) => {
    const added = new Uint16Array(minutes);
    if (isSent) for (let cell = 0; cell < cells; cell += 1) added[random(minutes)]! += 1;
    let sum = 0;
    for (const more of added) {
      const [uploads, registrations] = draw();
      sum += score(uploads + more, registrations);
    }
    return sum;
  };
  const trialsOf = (isSent: boolean) => Array.from({ length: trials }, () => trial(isSent));
  return advantageOf(trialsOf(false), trialsOf(true));
}

/** What a minute's numbers say for a letter that left so many of its cells in it. */
function scoreOf(law: CountLaw, cells: ArrayLike<number>) {
  const known = new Map<number, number>();
  return (uploads: number, registrations: number) => {
    const key = registrations * 2 ** 16 + uploads;
    const found = known.get(key);
    if (found !== undefined) return found;
    let sent = 0;
    for (let more = 0; more < cells.length; more += 1) sent += cells[more]! * law.of(uploads - more, registrations);
    const score = Math.log(Math.max(sent, 1e-30) / Math.max(law.of(uploads, registrations), 1e-30));
    known.set(key, score);
    return score;
  };
}

/** Draws pairs of numbers from a law. */
function sampler(law: CountLaw, random: (below: number) => number): () => readonly [number, number] {
  const [sums, pairs] = [[] as number[], [] as [number, number][]];
  let sum = 0;
  for (const [uploads, registrations, chance] of law.pairs()) {
    sum += chance;
    sums.push(sum);
    pairs.push([uploads, registrations]);
  }
  return () => {
    const at = (random(2 ** 32) / 2 ** 32) * sum;
    let [low, high] = [0, sums.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sums[middle]! < at) low = middle + 1;
      else high = middle;
    }
    return pairs[low]!;
  };
}

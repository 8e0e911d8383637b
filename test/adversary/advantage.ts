/** How much better than a coin somebody guesses: P(says yes | a letter) - P(says yes | none), and how sure that is. */
export interface Advantage {
  readonly value: number;
  /** Half the width of the 95 % confidence interval. */
  readonly error: number;
}

/** The standard normal distribution's 97.5 % quantile. */
const NORMAL_QUANTILE = 1.96;

/**
 * The advantage of whoever says "a letter" when a score is high: the threshold is chosen on the first tenth of both
 * samples, and what it achieves is measured on the rest.
 *
 * @param without - scores of ticks without a letter
 * @param withLetter - scores of ticks with one
 */
export function advantageOf(without: readonly number[], withLetter: readonly number[]): Advantage {
  const [trainNo, testNo] = split(without);
  const [trainYes, testYes] = split(withLetter);
  const threshold = bestThreshold(trainNo, trainYes);
  const says = (scores: readonly number[]) => scores.filter((score) => score >= threshold).length / scores.length;
  const [yes, no] = [says(testYes), says(testNo)];
  const variance = (yes * (1 - yes)) / testYes.length + (no * (1 - no)) / testNo.length;
  return { value: yes - no, error: NORMAL_QUANTILE * Math.sqrt(variance) };
}

/** The score from which on a letter is likelier than none, by these samples. */
function bestThreshold(no: readonly number[], yes: readonly number[]): number {
  const all = [...no.map((score) => [score, -1 / no.length]), ...yes.map((score) => [score, 1 / yes.length])];
  all.sort(([a], [b]) => b! - a!);
  let [sum, best, threshold] = [0, 0, Number.POSITIVE_INFINITY];
  for (const [i, [score, weight]] of (all as [number, number][]).entries()) {
    sum += weight;
    if (sum > best && all[i + 1]?.[0] !== score) [best, threshold] = [sum, score];
  }
  return threshold;
}

/** The first tenth of a sample, and the rest. */
function split<T>(sample: readonly T[]): [readonly T[], readonly T[]] {
  const end = Math.floor(sample.length / 10);
  return [sample.slice(0, end), sample.slice(end)];
}

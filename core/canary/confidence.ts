/**
 * The statistics of canaries: trials that are lost independently of each other, each with the same unknown probability.
 * Exact, by the binomial distribution; no approximation for large numbers.
 */

/** How sure a bound is of itself: what it says is wrong for one drop in twenty at most. */
export const BOUND_CONFIDENCE = 0.95;

/** How sure an alarm is: of a hundred honest drops, one raises one at most, however often it is looked at. */
export const ALARM_CONFIDENCE = 0.99;

/**
 * What share of letters is lost on an honest drop, at most: by a transport that damages a cell on three circuits, a publisher
 * that failed. What cannot be reached at all is no trial.
 */
export const HONEST_LOSS = 0.01;

/**
 * The largest loss rate that so few losses leave possible: Clopper and Pearson's one-sided upper bound (1934). Without a
 * loss it is 1 - (1 - confidence)^(1 / trials).
 */
export function lossAtMost(lost: number, trials: number, confidence = BOUND_CONFIDENCE): number {
  check(lost, trials);
  if (lost === trials) return 1;
  return bisect((rate) => atMostLost(lost, trials, rate) > 1 - confidence, lost / trials, 1)[1];
}

/**
 * The loss rate that is exceeded, with this confidence even when it is asked after each trial anew: the largest rate that
 * the losses are evidence enough against. A bound for one look, asked often enough, accuses everybody.
 */
export function lossAtLeast(lost: number, trials: number, confidence = ALARM_CONFIDENCE): number {
  check(lost, trials);
  if (lost === 0) return 0;
  const enough = -Math.log(1 - confidence);
  return bisect((rate) => rate === 0 || logEvidence(lost, trials, rate) >= enough, 0, lost / trials)[0];
}

/**
 * Whether honest faults explain the losses no longer: the same as a lower bound above `HONEST_LOSS`. May be asked after
 * each trial.
 */
export function isAlarming(lost: number, trials: number): boolean {
  check(lost, trials);
  return lost > HONEST_LOSS * trials && logEvidence(lost, trials, HONEST_LOSS) >= ALARM_EVIDENCE;
}

const ALARM_EVIDENCE = -Math.log(1 - ALARM_CONFIDENCE);

/**
 * How much better the losses are explained by a rate above `rate` than by `rate`: the logarithm of the likelihood, averaged
 * over all higher rates alike, by that at `rate`. Its exponential is a martingale at `rate` and a supermartingale below,
 * so it ever reaches x with a probability of 1 / x at most (Ville, 1939; Robbins, 1970):
 *
 *     1 / (1 - r) times the integral of p^k (1 - p)^(n - k) from r to 1, by r^k (1 - r)^(n - k)
 *       = P(at most k of n + 1 at r) / ((n + 1) (1 - r) P(k of n at r))
 */
export function logEvidence(lost: number, trials: number, rate: number): number {
  const explained = Math.log(atMostLost(lost, trials + 1, rate));
  return explained - Math.log((trials + 1) * (1 - rate)) - logExactly(lost, trials, rate);
}

/** The probability that of so many trials at most so many are lost. */
export function atMostLost(lost: number, trials: number, rate: number): number {
  if (rate <= 0) return 1;
  if (rate >= 1) return lost >= trials ? 1 : 0;
  let sum = 0;
  for (let k = 0; k <= Math.min(lost, trials); k += 1) sum += Math.exp(logExactly(k, trials, rate));
  return Math.min(sum, 1);
}

function logExactly(lost: number, trials: number, rate: number): number {
  let sum = lost * Math.log(rate) + (trials - lost) * Math.log1p(-rate);
  for (let k = 1; k <= lost; k += 1) sum += Math.log((trials - lost + k) / k);
  return sum;
}

/** Halves a range in which something holds below a place and not above it, until its ends are neighbours. */
function bisect(holds: (at: number) => boolean, least: number, most: number): [number, number] {
  let [below, above] = [least, most];
  for (let i = 0; i < 60; i += 1) {
    const middle = (below + above) / 2;
    if (holds(middle)) below = middle;
    else above = middle;
  }
  return [below, above];
}

function check(lost: number, trials: number): void {
  if (![lost, trials].every(Number.isSafeInteger) || trials < 1 || lost < 0 || lost > trials)
    throw new Error('invalid number of trials');
}

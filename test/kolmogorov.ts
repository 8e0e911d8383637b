/** The largest distance between a sample's distribution and another: Kolmogorov and Smirnov's statistic. */
export function distanceFrom(sample: readonly number[], distribution: (x: number) => number): number {
  const sorted = sample.toSorted((a, b) => a - b);
  const steps = sorted.map((x, i) => {
    const expected = distribution(x);
    return Math.max(expected - i / sorted.length, (i + 1) / sorted.length - expected);
  });
  return Math.max(...steps);
}

/** The largest distance between the distributions of two samples. */
export function distanceBetween(one: readonly number[], other: readonly number[]): number {
  const share = (sample: readonly number[], x: number) => sample.filter((y) => y <= x).length / sample.length;
  return Math.max(...[...one, ...other].map((x) => Math.abs(share(one, x) - share(other, x))));
}

/**
 * What a distance exceeds with a probability of at most one in a million when there is no difference, which is how often
 * a correct sampler with a new seed would be called broken: P(D > d) <= 2 exp(-2 n d^2) (Massart, 1990), and the same
 * for two samples of hundreds with n = one * other / (one + other) (Wei and Dudley, 2012).
 */
export function distanceLimit(one: number, other = Number.POSITIVE_INFINITY): number {
  const count = other === Number.POSITIVE_INFINITY ? one : (one * other) / (one + other);
  return Math.sqrt(Math.log(2 / 1e-6) / (2 * count));
}

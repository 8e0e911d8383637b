/**
 * Draws from a Poisson distribution by multiplying uniform numbers until they fall below e^-mean
 * (Knuth, The Art of Computer Programming, volume 2, section 3.4.1).
 *
 * @param mean - at most 100 here; beyond 700, e^-mean would round to zero
 * @param uniform - a uniform number in `[0, 1)`
 */
export function poisson(mean: number, uniform: () => number): number {
  const limit = Math.exp(-mean);
  let count = 0;
  for (let product = uniform(); product > limit; product *= uniform()) count += 1;
  return count;
}

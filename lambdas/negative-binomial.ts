/**
 * 3: of the negative binomial law of letters. What hides one letter more is how little the numbers of letters change
 * when one is added, relative to how far they spread. For a mean, shape 3 is near the best there is.
 */
export const SHAPE = 3;

/**
 * Draws from a negative binomial law of shape 3: a Poisson number whose mean is drawn anew each time from a Gamma law of
 * that shape (Greenwood and Yule, 1920). With a whole shape it is the sum of so many geometric numbers (Feller, An
 * Introduction to Probability Theory, volume 1, section VI.8), so that nothing but those is drawn.
 *
 * @param mean - of the numbers; 0 gives 0
 * @param random - a uniform integer in `[0, below)`
 */
export function negativeBinomial(mean: number, random: (below: number) => number): number {
  let sum = 0;
  for (let part = 0; part < SHAPE; part += 1) sum += geometric(mean / SHAPE, random);
  return sum;
}

/**
 * Draws a geometric number from 0 up by inversion (Devroye, Non-Uniform Random Variate Generation, 1986, section X.2).
 *
 * @param mean - of the numbers; 0 gives 0
 * @param random - a uniform integer in `[0, below)`
 */
export function geometric(mean: number, random: (below: number) => number): number {
  if (mean === 0) return 0;
  const uniform = (random(2 ** 47) + 1) / 2 ** 47;
  return Math.floor(Math.log(uniform) / Math.log(mean / (1 + mean)));
}

import { drawCells } from '../wire/drawn-cells.ts';
import { geometric, negativeBinomial } from './negative-binomial.ts';

/**
 * When the steps of a letter for nobody begin, in milliseconds from the beginning of the minute that it is drawn for. How
 * long the drop takes to answer comes on top.
 */
export interface DecoyLetter {
  readonly cells: readonly DecoyCell[];
  readonly registration: number;
}

export interface DecoyCell {
  /** Its upload URL is asked for. */
  readonly asked: number;
  /** Its upload URL is used. */
  readonly uploaded: number;
}

/**
 * From a request for an upload URL to the next step: about what Tor takes for the answer, new circuits and a mebibyte.
 * Upload URLs that are given out and not yet used can be counted, and would be somebody's on Tor if decoys used theirs
 * at once.
 */
export const WAIT_MILLISECONDS = { least: 1000, most: 5000 };

/** From an upload to the next step. */
export const GAP_MILLISECONDS = { least: 500, most: 2000 };

/**
 * Upload URLs that are asked for and not used, for each letter on average: Tor loses answers, and the difference stays.
 * As many as letters: they cost next to nothing.
 */
export const LOST_URLS_PER_LETTER = 1;

/**
 * Draws the letters for nobody that begin in a minute: their number by a negative binomial law, which hides one letter
 * more better than a Poisson number of twice the mean; each begins at a moment that nothing tells, whatever is known of
 * all others.
 *
 * @param mean - letters in a minute, on average
 * @param random - a uniform integer in `[0, below)`
 */
export function drawLetters(mean: number, random: (below: number) => number): DecoyLetter[] {
  return Array.from({ length: negativeBinomial(mean, random) }, () => drawLetter(random));
}

/**
 * Draws the loose cells of a minute: uploaded and never registered, as those of whoever registers another day. They are
 * asked for and uploaded as a letter's cell is. Their number is geometric, which spreads farther than a letter's.
 *
 * @param mean - cells in a minute, on average
 */
export function drawLooseCells(mean: number, random: (below: number) => number): DecoyCell[] {
  return Array.from({ length: geometric(mean, random) }, () => {
    const asked = random(60_000);
    return { asked, uploaded: asked + within(WAIT_MILLISECONDS, random) };
  });
}

/**
 * Draws when upload URLs are asked for in a minute that are never used. They belong to no letter: if some letters had
 * one, all others would stand out the more among the rest. Their number follows the law of letters for the same reason:
 * a source's lost answer is one more among them.
 *
 * @param mean - letters in a minute, on average
 */
export function drawLostUrls(mean: number, random: (below: number) => number): number[] {
  return Array.from({ length: negativeBinomial(mean * LOST_URLS_PER_LETTER, random) }, () => random(60_000));
}

interface Range {
  readonly least: number;
  readonly most: number;
}

const within = ({ least, most }: Range, random: (below: number) => number) => least + random(most - least);

function drawLetter(random: (below: number) => number): DecoyLetter {
  const count = drawCells(random);
  let time = random(60_000);
  const after = (range: Range) => {
    const begins = time;
    time += within(range, random);
    return begins;
  };
  const cells = Array.from({ length: count }, (): DecoyCell => {
    return { asked: after(WAIT_MILLISECONDS), uploaded: after(GAP_MILLISECONDS) };
  });
  return { cells, registration: time };
}

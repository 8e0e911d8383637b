import { drawCells } from '../wire/drawn-cells.ts';
import { poisson } from './poisson.ts';

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

/** For so many letters, one upload URL more is asked for and not used: Tor loses answers, and the difference stays. */
export const LETTERS_PER_LOST_URL = 2;

/**
 * Draws the letters for nobody that begin in a minute. Together the minutes make a Poisson process: its letters begin
 * at moments that nothing tells, whatever is known of all others.
 *
 * @param mean - letters in a minute, on average
 * @param random - a uniform integer in `[0, below)`
 */
export function drawLetters(mean: number, random: (below: number) => number): DecoyLetter[] {
  return Array.from({ length: poisson(mean, uniformBy(random)) }, () => drawLetter(random));
}

/**
 * Draws when upload URLs are asked for in a minute that are never used. They belong to no letter: if some letters had
 * one, all others would stand out the more among the rest.
 *
 * @param mean - letters in a minute, on average
 */
export function drawLostUrls(mean: number, random: (below: number) => number): number[] {
  return Array.from({ length: poisson(mean / LETTERS_PER_LOST_URL, uniformBy(random)) }, () => random(60_000));
}

const uniformBy = (random: (below: number) => number) => () => random(2 ** 47) / 2 ** 47;

function drawLetter(random: (below: number) => number): DecoyLetter {
  const count = drawCells(random);
  let time = random(60_000);
  const after = ({ least, most }: { least: number; most: number }) => {
    const begins = time;
    time += least + random(most - least);
    return begins;
  };
  const cells = Array.from({ length: count }, (): DecoyCell => {
    return { asked: after(WAIT_MILLISECONDS), uploaded: after(GAP_MILLISECONDS) };
  });
  return { cells, registration: time };
}

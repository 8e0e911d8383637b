import { drawCells } from '../wire/drawn-cells.ts';
import { poisson } from './poisson.ts';

/**
 * When the steps of a letter for nobody begin, in milliseconds from the beginning of the minute that it is drawn for. How
 * long the drop takes to answer comes on top.
 */
export interface DecoyLetter {
  /** Of each cell: its upload URL is asked for and used. */
  readonly cells: readonly number[];
  readonly registration: number;
}

/** Between two steps of a letter: about what Tor takes for a cell. */
export const STEP_MILLISECONDS = { least: 1000, most: 3000 };

/**
 * Draws the letters for nobody that begin in a minute. Together the minutes make a Poisson process: its letters begin
 * at moments that nothing tells, whatever is known of all others.
 *
 * @param mean - letters in a minute, on average
 * @param random - a uniform integer in `[0, below)`
 */
export function drawLetters(mean: number, random: (below: number) => number): DecoyLetter[] {
  const uniform = () => random(2 ** 47) / 2 ** 47;
  return Array.from({ length: poisson(mean, uniform) }, () => {
    const cells = drawCells(random);
    let time = random(60_000);
    const steps = Array.from({ length: cells + 1 }, () => {
      const begins = time;
      time += STEP_MILLISECONDS.least + random(STEP_MILLISECONDS.most - STEP_MILLISECONDS.least);
      return begins;
    });
    return { cells: steps.slice(0, -1), registration: steps.at(-1)! };
  });
}

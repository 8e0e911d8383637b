/**
 * How many cells a letter has that nobody wrote: a decoy, a cover letter, a canary. All are drawn alike, so that no kind
 * is known by its lengths.
 */

/** The most. Each further cell is half as likely as the one before. */
export const DRAWN_CELLS_MAX = 8;

/** 1.99: one cell, a second in half of the letters, a third in a quarter, ... an eighth in one of 128. */
export const DRAWN_CELLS_MEAN = 2 - 2 ** (1 - DRAWN_CELLS_MAX);

/**
 * Draws how many cells a letter has: from 1 to `DRAWN_CELLS_MAX`.
 *
 * @param random - a uniform integer in `[0, below)`
 */
export function drawCells(random: (below: number) => number): number {
  let cells = 1;
  while (cells < DRAWN_CELLS_MAX && random(2) === 1) cells += 1;
  return cells;
}

import { DRAWN_CELLS_MEAN } from '../../wire/drawn-cells.ts';
import { CELL_BYTES } from '../../wire/sizes.ts';

/** What cover costs a day, on average, without what Tor and TLS add, and without letters. */
export interface CoverCost {
  readonly mebibytesDown: number;
  readonly mebibytesUp: number;
  readonly requests: number;
}

const DAY_SECONDS = 86_400;
const MEBIBYTE = 2 ** 20;

/**
 * @param cells - fetched in each tick
 * @param tickSeconds - also the distance of the polls, each of which makes two requests: a list, and a batch
 * @param lettersPerDay - sent besides
 */
export function coverCost(cells: number, tickSeconds: number, lettersPerDay = 0): CoverCost {
  const ticks = DAY_SECONDS / tickSeconds;
  const down = cells * ticks;
  const letters = down / DRAWN_CELLS_MEAN + lettersPerDay;
  const up = letters * DRAWN_CELLS_MEAN;
  const mebibytes = (count: number) => (count * CELL_BYTES) / MEBIBYTE;
  return {
    mebibytesDown: mebibytes(down),
    mebibytesUp: mebibytes(up),
    requests: down + 2 * up + letters + 2 * ticks, // a cell sent is an upload URL and the cell
  };
}

/** How long a letter takes that has this many cells, when no other waits: seconds, on average. */
export function fetchSeconds(letterCells: number, cells: number, tickSeconds: number): number {
  return Math.max(1, letterCells / cells) * tickSeconds;
}

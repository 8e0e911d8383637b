import { DRAWN_CELLS_MAX } from '../../wire/drawn-cells.ts';
import { SLOT_SECONDS } from '../../wire/sizes.ts';

/** What a cell and a registration show in a tick of which nothing else is known, in standard deviations. */
export interface Deviations {
  readonly cell: number;
  readonly registration: number;
}

/** At a drop with the decoys that are the default, as `npm run adversary` computes it. */
export const USUAL: Deviations = { cell: 0.0389, registration: 0.061 };

/**
 * What a cell takes over Tor, in seconds: where the steps of a letter follow each other, and where its cells travel side by
 * side. The second is as much shorter as was measured with 1.2 s a circuit, 350 ms a round trip and 1.5 MB/s a circuit.
 */
export const CELL_SECONDS = { inTurn: 4, sideBySide: 0.6 };

/** How many ticks a letter takes that is sent at once. */
export const ticksAtOnce = (cells: number) =>
  ticksAt(cells, cells > DRAWN_CELLS_MAX ? CELL_SECONDS.sideBySide : CELL_SECONDS.inTurn);

/** How many ticks it takes over a time in milliseconds, which is not less than its steps take one after another. */
export const ticksOver = (cells: number, over: number) =>
  over === 0
    ? ticksAtOnce(cells)
    : Math.max(ticksAt(cells, CELL_SECONDS.inTurn), Math.ceil(over / 1000 / SLOT_SECONDS));

const ticksAt = (cells: number, seconds: number) => Math.ceil((cells * seconds) / SLOT_SECONDS);

/**
 * About the advantage over a letter whose cells leave in some ticks, of who knows in which ticks each left: he watched
 * the source's network, too. Where cells are many, it is a bound: numbers far from the mean show less than this.
 */
export function advantageByMoments({ cell, registration }: Deviations, cells: number, ticks: number): number {
  return normalAdvantage(registration ** 2 + (cell * cells) ** 2 / Math.min(cells, ticks));
}

/** The same of who knows over which ticks it was spread, and no more. */
export function advantageByPeriod({ cell, registration }: Deviations, cells: number, ticks: number): number {
  return normalAdvantage((registration ** 2 + (cell * cells) ** 2) / ticks);
}

/** The total variation distance of two normal laws whose means are so far apart, squared, in standard deviations. */
export function normalAdvantage(squaredDeviation: number): number {
  return erf(Math.sqrt(squaredDeviation / 8));
}

/** The error function, to 2e-7 (Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.26). */
function erf(x: number): number {
  const t = 1 / (1 + 0.3275911 * x);
  const sum = [1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592].reduce((all, a) => all * t + a, 0);
  return 1 - sum * t * Math.exp(-x * x);
}

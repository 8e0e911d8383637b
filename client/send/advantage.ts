import { SLOT_SECONDS } from '../../wire/sizes.ts';

/** What a cell and a registration show in a tick of which nothing else is known, in standard deviations. */
export interface Deviations {
  readonly cell: number;
  readonly registration: number;
}

/** At a drop with the decoys that are the default, as `npm run adversary` computes it. */
export const USUAL: Deviations = { cell: 0.0389, registration: 0.061 };

/** What a step over Tor takes, in seconds: a letter that is sent at once takes as many ticks as its cells do steps. */
const CELL_SECONDS = 4;

/** How many ticks a letter takes that is sent at once. */
export const ticksAtOnce = (cells: number) => Math.ceil((cells * CELL_SECONDS) / SLOT_SECONDS);

/** How many ticks it takes over a time in milliseconds, which is not less than it takes anyway. */
export const ticksOver = (cells: number, over: number) =>
  Math.max(ticksAtOnce(cells), Math.ceil(over / 1000 / SLOT_SECONDS));

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

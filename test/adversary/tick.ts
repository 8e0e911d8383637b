import { drawLetters } from '../../lambdas/decoy-letters.ts';
import { SLOT_SECONDS } from '../../wire/sizes.ts';

/** What the account shows of five minutes: each upload with its second, registrations by the minute. */
export interface TickView {
  /** Seconds from the tick's start, in order. */
  readonly uploads: readonly number[];
  readonly registrations: readonly number[];
}

/** A real letter in a tick: its cells and its registration, in seconds from the tick's start. */
export interface RealLetter {
  readonly cells: readonly number[];
  readonly registration: number;
}

/** Draws the decoy letters of one minute, as the decoy function does: milliseconds from the minute's start. */
export type DrawLetters = typeof drawLetters;

type Random = (below: number) => number;

const MINUTES = SLOT_SECONDS / 60;

/** Letters of a minute end at most this many minutes later. */
const SPILL_MINUTES = 2;

/** Draws what a tick shows, with the decoys that the decoy function would send and the letter that a source did. */
export function drawTick(
  decoysPerMinute: number,
  random: Random,
  letter?: RealLetter,
  draw: DrawLetters = drawLetters,
): TickView {
  const uploads: number[] = [...(letter?.cells ?? [])];
  const moments: number[] = letter === undefined ? [] : [letter.registration];
  for (let minute = -SPILL_MINUTES; minute < MINUTES; minute += 1) {
    for (const { cells, registration } of draw(decoysPerMinute, random)) {
      for (const time of cells) uploads.push(minute * 60 + time / 1000);
      moments.push(minute * 60 + registration / 1000);
    }
  }
  const isWithin = (time: number) => time >= 0 && time < SLOT_SECONDS;
  const registrations: number[] = Array(MINUTES).fill(0);
  for (const time of moments.filter(isWithin)) registrations[Math.floor(time / 60)]! += 1;
  return { uploads: uploads.filter(isWithin).sort((a, b) => a - b), registrations };
}

/**
 * Draws when a source sends a letter of some cells: at any moment of the tick, one step after another.
 *
 * @param stepSeconds - what a step takes over Tor, on average: each between half and one and a half of it
 */
export function drawLetter(cells: number, stepSeconds: number, random: Random): RealLetter {
  const uniform = () => random(2 ** 32) / 2 ** 32;
  const steps: number[] = [0];
  while (steps.length <= cells) steps.push(steps.at(-1)! + stepSeconds * (0.5 + uniform()));
  // All of it within the tick, where it shows most.
  const start = uniform() * Math.max(0, SLOT_SECONDS - steps.at(-1)!);
  return { cells: steps.slice(0, cells).map((time) => start + time), registration: start + steps.at(-1)! };
}

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

/** Draws what a tick shows of the decoys that the decoy function would send. */
export function drawTick(decoysPerMinute: number, random: Random, draw: DrawLetters = drawLetters): TickView {
  const uploads: number[] = [];
  const registrations: number[] = Array(MINUTES).fill(0);
  for (let minute = -SPILL_MINUTES; minute < MINUTES; minute += 1) {
    for (const { cells, registration } of draw(decoysPerMinute, random)) {
      for (const time of cells) uploads.push(minute * 60 + time / 1000);
      const at = minute + Math.floor(registration / 60_000);
      if (at >= 0 && at < MINUTES) registrations[at]! += 1;
    }
  }
  const isWithin = (time: number) => time >= 0 && time < SLOT_SECONDS;
  return { uploads: uploads.filter(isWithin).sort((a, b) => a - b), registrations };
}

/** What the tick shows when a letter is sent besides. */
export function withLetter({ uploads, registrations }: TickView, { cells, registration }: RealLetter): TickView {
  const minute = Math.min(Math.floor(registration / 60), MINUTES - 1);
  return {
    uploads: [...uploads, ...cells].sort((a, b) => a - b),
    registrations: registrations.map((count, i) => count + Number(i === minute)),
  };
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

import { type DecoyLetter, drawLetters, drawLostUrls } from '../../lambdas/decoy-letters.ts';
import { SLOT_SECONDS } from '../../wire/sizes.ts';

/** What the account shows of five minutes: each upload with its second, what the front's Lambdas did by the minute. */
export interface TickView {
  /** Upload URLs that were given out. */
  readonly asked: readonly number[];
  /** Seconds from the tick's start, in order. */
  readonly uploads: readonly number[];
  readonly registrations: readonly number[];
}

/** A letter in a tick: its cells and its registration, in seconds from the tick's start. */
export interface TickLetter extends DecoyLetter {
  /** When an upload URL was asked for, and the answer lost. */
  readonly lost?: number;
}

/** What it takes to send one. */
export interface Sent {
  readonly cells: number;
  /** What a step takes over Tor, in seconds on average: each between half and one and a half of it. */
  readonly stepSeconds: number;
  /** Whether Tor loses an answer, so that an upload URL is never used. */
  readonly isLost?: boolean;
}

/** Draws the decoy letters of one minute, as the decoy function does: milliseconds from the minute's start. */
export type DrawLetters = typeof drawLetters;

type Random = (below: number) => number;

const MINUTES = SLOT_SECONDS / 60;

/** Letters of a minute end at most this many minutes later. */
const SPILL_MINUTES = 3;

/** How decoys are drawn. @default - as the decoy function does */
export interface Draw {
  readonly draw?: DrawLetters | undefined;
  readonly drawLost?: typeof drawLostUrls | undefined;
}

/** Draws what a tick shows of the decoys that the decoy function would send. */
export function drawTick(
  decoysPerMinute: number,
  random: Random,
  { draw = drawLetters, drawLost = drawLostUrls }: Draw = {},
): TickView {
  const view = emptyView();
  for (let minute = -SPILL_MINUTES; minute < MINUTES; minute += 1) {
    for (const letter of draw(decoysPerMinute, random)) note(view, inSeconds(letter, minute));
    for (const time of drawLost(decoysPerMinute, random)) count(view.asked, minute * 60 + time / 1000);
  }
  view.uploads.sort((a, b) => a - b);
  return view;
}

/** A view that things can be added to. */
export interface OpenView extends TickView {
  readonly asked: number[];
  readonly uploads: number[];
  readonly registrations: number[];
}

export const emptyView = (): OpenView => ({
  asked: Array(MINUTES).fill(0),
  uploads: [],
  registrations: Array(MINUTES).fill(0),
});

/** A decoy letter of a minute of the tick, in seconds from the tick's start. */
export function inSeconds({ cells, registration }: DecoyLetter, minute: number): TickLetter {
  const seconds = (milliseconds: number) => minute * 60 + milliseconds / 1000;
  return {
    cells: cells.map(({ asked, uploaded }) => ({ asked: seconds(asked), uploaded: seconds(uploaded) })),
    registration: seconds(registration),
  };
}

/** Adds what a letter shows in the tick, its uploads at the end. */
export function note({ asked, uploads, registrations }: OpenView, { lost, cells, registration }: TickLetter): void {
  if (lost !== undefined) count(asked, lost);
  for (const cell of cells) {
    count(asked, cell.asked);
    if (cell.uploaded >= 0 && cell.uploaded < SLOT_SECONDS) uploads.push(cell.uploaded);
  }
  count(registrations, registration);
}

/** Adds one to its minute, when a time is in the tick. */
export function count(minutes: number[], time: number): void {
  const minute = Math.floor(time / 60);
  if (minute >= 0 && minute < MINUTES) minutes[minute]! += 1;
}

/** What the tick shows when a letter is sent besides. */
export function withLetter({ asked, uploads, registrations }: TickView, letter: TickLetter): TickView {
  const view = { asked: [...asked], uploads: [...uploads], registrations: [...registrations] };
  note(view, letter);
  view.uploads.sort((a, b) => a - b);
  return view;
}

/** The part of a step from the request for an upload URL to its use: about what it is of a decoy's. */
const WAIT_PART = 0.7;

/** Draws when a source sends a letter: at any moment of the tick, one step after another. */
export function drawLetter({ cells: length, stepSeconds, isLost = false }: Sent, random: Random): TickLetter {
  const uniform = () => random(2 ** 32) / 2 ** 32;
  const steps = Array.from({ length: length + Number(isLost) }, () => stepSeconds * (0.5 + uniform()));
  const total = steps.reduce((sum, step) => sum + step, 0);
  // All of it within the tick, where it shows most.
  let time = uniform() * Math.max(0, SLOT_SECONDS - total);
  const lost = isLost ? { lost: time } : {};
  if (isLost) time += steps.pop()!;
  const cells = steps.map((step) => {
    const asked = time;
    time += step;
    return { asked, uploaded: asked + WAIT_PART * step };
  });
  return { ...lost, cells, registration: time };
}

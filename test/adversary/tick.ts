import { CELL_SECONDS } from '../../core/send/advantage.ts';
import {
  type DecoyCell,
  type DecoyLetter,
  drawLetters,
  drawLooseCells,
  drawLostUrls,
} from '../../lambdas/decoy-letters.ts';
import { DRAWN_CELLS_MAX } from '../../wire/drawn-cells.ts';
import { SLOT_SECONDS } from '../../wire/sizes.ts';
import type { Cover } from './counts.ts';

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
  /** Whether its cells go up side by side. @default - those of a letter that is longer than a decoy */
  readonly isSideBySide?: boolean;
  /** Whether it is sent within KNOWN_MINUTE, which is known, and not at any moment of the tick. */
  readonly isMinuteKnown?: boolean;
}

/** Draws the decoy letters of one minute, as the decoy function does: milliseconds from the minute's start. */
export type DrawLetters = typeof drawLetters;

type Random = (below: number) => number;

const MINUTES = SLOT_SECONDS / 60;

/** The minute of the tick that somebody has in mind: it has neighbours on both sides. */
export const KNOWN_MINUTE = 2;

/** Letters of a minute end at most this many minutes later. */
const SPILL_MINUTES = 3;

/** How decoys are drawn. @default - as the decoy function does */
export interface Draw {
  readonly draw?: DrawLetters | undefined;
  readonly drawLoose?: typeof drawLooseCells | undefined;
  readonly drawLost?: typeof drawLostUrls | undefined;
}

/** Draws what a tick shows of the decoys that the decoy function would send. */
export function drawTick(
  { decoysPerMinute, looseCellsPerMinute }: Cover,
  random: Random,
  { draw = drawLetters, drawLoose = drawLooseCells, drawLost = drawLostUrls }: Draw = {},
): TickView {
  const view = emptyView();
  for (let minute = -SPILL_MINUTES; minute < MINUTES; minute += 1) {
    for (const letter of draw(decoysPerMinute, random)) note(view, inSeconds(letter, minute));
    for (const cell of drawLoose(looseCellsPerMinute, random)) noteCell(view, cellInSeconds(cell, minute));
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
  return {
    cells: cells.map((cell) => cellInSeconds(cell, minute)),
    registration: minute * 60 + registration / 1000,
  };
}

/** The same for one of its cells, or for a loose one. */
export function cellInSeconds({ asked, uploaded }: DecoyCell, minute: number): DecoyCell {
  return { asked: minute * 60 + asked / 1000, uploaded: minute * 60 + uploaded / 1000 };
}

/** Adds what a letter shows in the tick, its uploads at the end. */
export function note(view: OpenView, { lost, cells, registration }: TickLetter): void {
  if (lost !== undefined) count(view.asked, lost);
  for (const cell of cells) noteCell(view, cell);
  count(view.registrations, registration);
}

/** Adds what a cell shows in the tick. */
export function noteCell({ asked, uploads }: OpenView, cell: DecoyCell): void {
  count(asked, cell.asked);
  if (cell.uploaded >= 0 && cell.uploaded < SLOT_SECONDS) uploads.push(cell.uploaded);
}

/** Adds one to its minute, when a time is in the tick. */
export function count(minutes: number[], time: number): void {
  const minute = Math.floor(time / 60);
  if (minute >= 0 && minute < MINUTES) minutes[minute]! += 1;
}

/** How many uploads each minute of the tick has. */
export function uploadsByMinute({ uploads }: TickView): number[] {
  const counts: number[] = Array(MINUTES).fill(0);
  for (const time of uploads) count(counts, time);
  return counts;
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

/** Draws when a source sends a letter: at any moment of the tick, or of a minute, from there on. */
export function drawLetter(sent: Sent, random: Random): TickLetter {
  const { cells: length, stepSeconds, isLost = false, isMinuteKnown = false } = sent;
  const { isSideBySide = length > DRAWN_CELLS_MAX } = sent;
  const uniform = () => random(2 ** 32) / 2 ** 32;
  const steps = Array.from({ length: length + Number(isLost) }, () => stepSeconds * (0.5 + uniform()));
  // Side by side, the next begins when a part of a step is over; the root waits for all of them.
  const apart = isSideBySide ? CELL_SECONDS.sideBySide / CELL_SECONDS.inTurn : 1;
  const total = steps.reduce((sum, step) => sum + apart * step, 0) + (1 - apart) * 2 * stepSeconds;
  // All of it within the time, where it shows most.
  const room = isMinuteKnown ? 60 : SLOT_SECONDS;
  let time = (isMinuteKnown ? KNOWN_MINUTE * 60 : 0) + uniform() * Math.max(0, room - total);
  const lost = isLost ? { lost: time } : {};
  if (isLost) time += steps.pop()!;
  let end = time;
  const cells = steps.map((step, i) => {
    const isRoot = i === steps.length - 1;
    const asked = isRoot ? end : time;
    time = asked + (isRoot ? 1 : apart) * step;
    end = Math.max(end, asked + step);
    return { asked, uploaded: asked + WAIT_PART * step };
  });
  return { ...lost, cells, registration: end };
}

import type { AskedFor, Asking, FailedTry } from '../node/index.ts';
import { bottomColumns, canDraw, drawBottom } from './bottom.ts';
import { clock } from './plan.ts';
import { counted, say, span } from './terminal.ts';

/** What progress shows. */
export interface Progress {
  (done: number, total: number): void;
  stop(): void;
}

/** What progress tells besides how much there is. */
export interface ProgressOptions {
  /** What the last step is, where that is not one of the things that are counted: all is done when it is. */
  readonly last?: string | undefined;
  /** In what a rate is told, such as `MiB/s`. @default - none is */
  readonly rate?: string;
}

/** What stands in the last line besides what is waited for: the newest that began counts. */
const bars: ((room: number) => string)[] = [];

/** A request that is not answered yet. */
interface Wait {
  readonly what: string;
  readonly since: number;
  /** By the clock on the wall. */
  readonly begun: Date;
  failed?: FailedTry & { readonly at: number };
}

const waits = new Set<Wait>();
let timer: NodeJS.Timeout | undefined;

/** Milliseconds. Who waits for less wants to know of nothing. */
const SHORT_WAIT = 3000;
/** Nor does who sees that things go on: so long after the last that did, a request that is not answered is told of. */
const STANDSTILL = 10_000;
/** After so long, and then so long after the last, where no line can be drawn. Milliseconds. */
const LINE_AFTER = [10_000, 60_000, 300_000, 900_000];

let [saidAt, said] = [Number.NEGATIVE_INFINITY, 0];

/** When anything that is shown last went on. */
let lastMove = Number.NEGATIVE_INFINITY;

/** A rate is that of the last things, so many, which came in how long they took. */
const RATE_OVER = 16;
/** Of so many things, and not before, a first rate is told. */
const FIRST_THINGS = 5;
/** Milliseconds. What is over sooner than this is not foretold in a line. */
const WORTH_A_LINE = 10_000;

/**
 * Shows how far something long has come: a bar on a terminal, a line for every tenth otherwise. When it is done, the bar
 * is gone.
 *
 * @param thing - what is counted, when it is one
 * @param things - and when it is more. @default - with an s
 */
export function progressOf(
  what: string,
  thing: string,
  things?: string,
  { last, rate: unit }: ProgressOptions = {},
): Progress {
  let [done, total, first, tenth, isForetold] = [0, 0, -1, 0, false];
  /** When how much was done, as far back as a rate looks. */
  let marks: [number, number][] = [];
  const isLast = () => last !== undefined && done === total - 1;
  const all = () => total - Number(last !== undefined);
  const counts = () => `${done} of ${counted(all(), thing, things)}`;
  /** Things a second, as the last ones came, and what is left at that rate, in milliseconds. */
  const pace = () => {
    const [[start, before], [moved]] = [marks[0]!, marks.at(-1)!];
    if (done === before || moved <= start) return undefined;
    const each = (moved - start) / (done - before);
    return { rate: 1000 / each, left: each * (total - done) - (performance.now() - moved) };
  };
  const rateText = (rate: number) =>
    unit === undefined ? '' : `${rate < 10 ? rate.toPrecision(2) : Math.round(rate)} ${unit}`;
  const bar = (room: number) => {
    const [now, moved] = [performance.now(), marks.at(-1)![0]];
    const { rate = 0, left = 0 } = pace() ?? {};
    const note =
      now - moved > STANDSTILL && left < 1000
        ? `nothing came for ${since(moved)}`
        : left >= 1000 && !isLast()
          ? [rateText(rate), `${span(left)} left`].filter(Boolean).join(', ')
          : '';
    const count = isLast() ? `then ${last}` : counts();
    return barText(what, done / Math.max(total, 1), count, longest() === undefined ? note : '', room);
  };
  const stop = () => {
    if (bars.includes(bar)) bars.splice(bars.indexOf(bar), 1);
    [first, tenth] = [-1, 0];
    draw();
  };
  /** Says once how long it will take, when the first things have come. */
  const foretell = () => {
    const { rate = 0, left = 0 } = pace() ?? {};
    if (isForetold || unit === undefined || done - first < FIRST_THINGS) return;
    isForetold = true;
    if (left >= WORTH_A_LINE) say(`${what}: about ${span(left)} more at the rate of the first ones, ${rateText(rate)}`);
  };
  const show = (nowDone: number, nowTotal: number) => {
    const now = performance.now();
    if (first === -1) {
      if (nowDone >= nowTotal) return; // it was over at once
      [first, marks] = [nowDone, [[now, nowDone]]];
      if (canDraw()) bars.push(bar);
    }
    if (nowDone !== done) {
      marks = [...marks, [now, nowDone] as [number, number]].slice(-RATE_OVER - 1);
      lastMove = now;
    }
    [done, total] = [nowDone, nowTotal];
    if (done < total) foretell();
    if (!canDraw()) {
      const now = Math.floor((done / Math.max(total, 1)) * 10);
      if (now > tenth && all() > 1 && done <= all()) sayCount();
      tenth = now;
    } else if (done >= total) return stop();
    draw();
  };
  const sayCount = () => {
    const { rate = 0, left = 0 } = pace() ?? {};
    const note = unit !== undefined && left >= WORTH_A_LINE ? [rateText(rate), `${span(left)} left`] : [];
    isForetold ||= note.length > 0;
    say(`${what}: ${[counts(), ...note].join(', ')}`);
  };
  return Object.assign(show, { stop });
}

/** How often a status is said where there is no terminal. */
const STATUS_MILLISECONDS = 6 * 3_600_000;

/** Shows how things stand: in the last line, which changes, on a terminal; now and then a line otherwise. */
export function statusLine(): { show(words: string): void; stop(): void } {
  let [words, last] = ['', performance.now()];
  const line = () => words;
  return {
    show(now) {
      words = now;
      if (canDraw()) {
        if (!bars.includes(line)) bars.push(line);
        draw();
      } else if (performance.now() - last >= STATUS_MILLISECONDS) {
        last = performance.now();
        say(words);
      }
    },
    stop() {
      if (bars.includes(line)) bars.splice(bars.indexOf(line), 1);
      draw();
    },
  };
}

/** What is waited for when a drop is asked. */
const WORDS: Readonly<Record<AskedFor, string>> = {
  place: 'a place for a cell',
  upload: 'a cell to reach the drop',
  registration: 'the registration',
  list: 'the list of batches',
  batch: 'a batch',
  cell: 'a cell from the drop',
  contact: 'the contact',
  answer: 'an answer',
};

/** Shows how a request goes, when that takes long. */
export const tellAsking: Asking = (what) => tellWaiting(WORDS[what]);

/** Shows what is waited for, when that takes long: since when, which try it is, and why the last one failed. */
export function tellWaiting(what: string): ReturnType<Asking> {
  const wait: Wait = { what, since: performance.now(), begun: new Date() };
  waits.add(wait);
  draw();
  return (failed) => {
    if (failed === undefined) waits.delete(wait);
    else wait.failed = { ...failed, at: performance.now() };
    draw();
  };
}

/** The wait that began first of those that are worth a word: a try failed, or nothing goes on. */
function longest(): Wait | undefined {
  const now = performance.now();
  const isStill = bars.length === 0 || now - lastMove >= STANDSTILL;
  return [...waits].find(({ failed, since: begun }) => failed !== undefined || (isStill && now - begun >= SHORT_WAIT));
}

/** What there is to say of a wait: all of it, then less and less. */
function waitTexts({ what, since: start, begun, failed }: Wait): readonly [string, ...string[]] {
  const waiting = `waiting for ${since(start)}`;
  const long = performance.now() - start < 60_000 ? waiting : `${waiting} (since ${timeOf(begun)})`;
  if (failed === undefined) return [`${long}: ${what}`, `${waiting}: ${what}`, waiting];
  const left = (failed.at + failed.waitMilliseconds - performance.now()) / 1000;
  const next = left > 0 ? `next in ${span(left * 1000)}` : `now the next, for ${span(-left * 1000)}`;
  const tried = `try ${failed.tried} of ${failed.tries} failed`;
  return [
    `${long}: ${what}; ${tried} (${failed.why}), ${next}`,
    `${waiting}: ${what}; ${tried} (${failed.why}), ${next}`,
    `${tried} (${failed.why}), ${next}`,
    `${waiting}, ${tried}`,
    tried,
  ];
}

/** A moment of today by its time, any other with its day. */
function timeOf(moment: Date): string {
  const text = clock(moment).slice(0, 16);
  return text.startsWith(clock(new Date()).slice(0, 10)) ? text.slice(11) : text;
}

/** Draws the last line as it now is, and again each second as long as there is one. */
function draw(): void {
  if (bars.length === 0 && waits.size === 0) {
    clearInterval(timer);
    timer = undefined;
    if (canDraw()) drawBottom('');
    return;
  }
  timer ??= setInterval(draw, 1000).unref();
  const wait = longest();
  if (!canDraw()) {
    sayWait(wait);
    return;
  }
  const room = bottomColumns();
  const texts = wait === undefined ? [''] : waitTexts(wait);
  const most = bars.length > 0 ? room - BESIDE : room;
  const note = texts.find(({ length }) => length <= most) ?? texts.at(-1)!;
  // Of a narrow terminal, what is waited for takes what it needs.
  const bar = bars.at(-1)?.(note === '' ? room : room - note.length - 2) ?? '';
  drawBottom([bar, note].filter(Boolean).join('; '));
}

function sayWait(wait: Wait | undefined): void {
  if (wait === undefined) return;
  const now = performance.now();
  const after = LINE_AFTER[Math.min(said, LINE_AFTER.length - 1)]!;
  if (now - wait.since < LINE_AFTER[0]! || now - saidAt < after) return;
  [saidAt, said] = [now, said + 1];
  say(waitTexts(wait)[0]);
}

/** As much of a bar as there is room for: all of it, then less and less, what it counts last of all. */
function barText(what: string, part: number, count: string, note: string, room: number): string {
  const percent = `${Math.floor(part * 100)} %`;
  const texts = [[what, percent, count, note], [what, percent, note], [what, percent], [percent]].map((parts) =>
    parts.filter(Boolean).join(', '),
  );
  const text = texts.find(({ length }) => length <= room) ?? '';
  const width = Math.min(room - text.length - ' []'.length, BAR_MAX);
  if (width < BAR_MIN) return text;
  const full = Math.floor(part * width);
  return `${text} [${'#'.repeat(full)}${'.'.repeat(width - full)}]`;
}

const [BAR_MIN, BAR_MAX] = [6, 30];

/** What a note leaves of the line for how far things have come: `uploading, 57 %; `. */
const BESIDE = 17;

const since = (moment: number) => span(performance.now() - moment);

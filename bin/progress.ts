import type { Asking, FailedTry } from '../client/index.ts';
import { bottomColumns, canDraw, drawBottom } from './bottom.ts';
import { counted, say, span } from './terminal.ts';

/** What progress shows. */
export interface Progress {
  (done: number, total: number): void;
  stop(): void;
}

/** What stands in the last line besides what is waited for: the newest that began counts. */
const bars: ((room: number) => string)[] = [];

/** A request that is not answered yet. */
interface Wait {
  readonly what: string;
  readonly since: number;
  failed?: FailedTry & { readonly at: number };
}

const waits = new Set<Wait>();
let timer: NodeJS.Timeout | undefined;

/** Milliseconds. Who waits for less wants to know of nothing. */
const SHORT_WAIT = 3000;
/** After so long, and then so long after the last, where no line can be drawn. Milliseconds. */
const LINE_AFTER = [10_000, 60_000, 300_000, 900_000];

let [saidAt, said] = [Number.NEGATIVE_INFINITY, 0];

/**
 * Shows how far something long has come: a bar on a terminal, a line for every tenth otherwise. When it is done, the bar
 * is gone.
 *
 * @param thing - what is counted, when it is one
 * @param things - and when it is more. @default - with an s
 */
export function progressOf(what: string, thing: string, things?: string): Progress {
  let [done, total, first, begun, moved, tenth] = [0, 0, -1, 0, 0, 0];
  const bar = (room: number) => {
    const [now, seconds] = [performance.now(), (moved - begun) / 1000];
    const left = done > first ? (seconds / (done - first)) * (total - done) - (now - moved) / 1000 : 0;
    const note =
      now - moved > 10_000 && left < 1
        ? `nothing came for ${since(moved)}`
        : left >= 1
          ? `${span(left * 1000)} left`
          : '';
    const count = `${done} of ${counted(total, thing, things)}`;
    return barText(what, done / Math.max(total, 1), count, longest() === undefined ? note : '', room);
  };
  const stop = () => {
    if (bars.includes(bar)) bars.splice(bars.indexOf(bar), 1);
    [first, tenth] = [-1, 0];
    draw();
  };
  const show = (nowDone: number, nowTotal: number) => {
    if (first === -1) {
      if (nowDone >= nowTotal) return; // it was over at once
      [first, begun, moved] = [nowDone, performance.now(), performance.now()];
      if (canDraw()) bars.push(bar);
    }
    if (nowDone !== done) moved = performance.now();
    [done, total] = [nowDone, nowTotal];
    if (!canDraw()) {
      const now = Math.floor((done / Math.max(total, 1)) * 10);
      if (now > tenth && total > 1) say(`${what}: ${done} of ${counted(total, thing, things)}`);
      tenth = now;
    } else if (done >= total) return stop();
    draw();
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

/** Shows what is waited for, when that takes long: since when, which try it is, and why the last one failed. */
export const tellAsking: Asking = (what) => {
  const wait: Wait = { what, since: performance.now() };
  waits.add(wait);
  draw();
  return (failed) => {
    if (failed === undefined) waits.delete(wait);
    else wait.failed = { ...failed, at: performance.now() };
    draw();
  };
};

/** The wait that is the longest, and long enough to be talked about. */
function longest(): Wait | undefined {
  const [first] = waits; // in the order in which they began
  const isLong = first !== undefined && (first.failed !== undefined || performance.now() - first.since >= SHORT_WAIT);
  return isLong ? first : undefined;
}

/** What there is to say of a wait: all of it, then less and less. */
function waitTexts({ what, since: begun, failed }: Wait): readonly [string, ...string[]] {
  const waiting = `waiting for ${since(begun)}`;
  if (failed === undefined) return [`${waiting}: ${what}`, waiting];
  const left = (failed.at + failed.waitMilliseconds - performance.now()) / 1000;
  const next = left > 0 ? `next in ${span(left * 1000)}` : `now the next, for ${span(-left * 1000)}`;
  const tried = `try ${failed.tried} of ${failed.tries} failed`;
  return [
    `${waiting}: ${what}; ${tried} (${failed.why}), ${next}`,
    `${tried} (${failed.why}), ${next}`,
    `${waiting}, ${tried}`,
    tried,
  ];
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

import { stripVTControlCharacters } from 'node:util';

/**
 * The last line of the terminal. It belongs to this file: whoever writes anything else while it stands there does so with
 * `above`.
 */
let line = '';
let isPlain = false;

/** Nothing is drawn from now on that is drawn over later: for screen readers, and for terminals that know no escapes. */
export function drawNothing(): void {
  isPlain = true;
}

/** Whether there is a line that can be drawn anew: a terminal that is not `dumb`, and nobody who asked for plain lines. */
export function canDraw(): boolean {
  const { TERM, DEAD_DROP_PLAIN } = process.env;
  return Boolean(process.stderr.isTTY) && TERM !== 'dumb' && !DEAD_DROP_PLAIN && !isPlain;
}

/** The columns that the line may have. */
export function bottomColumns(): number {
  return Math.max((process.stderr.columns || 80) - 1, 1);
}

/** Draws the last line, cut to what the terminal holds. Nothing takes it away. */
export function drawBottom(words: string): void {
  const fitting = words.slice(0, bottomColumns());
  if (fitting === line) return;
  prepare();
  process.stderr.write(`${erasing()}${fitting}`);
  line = fitting;
}

/** Writes what stands above the last line, which is out of the way meanwhile. */
export function above(write: () => void): void {
  const kept = line;
  erase();
  write();
  if (kept !== '') drawBottom(kept);
}

function erase(): void {
  if (line !== '') process.stderr.write(erasing());
  line = '';
}

/** A terminal that became narrower has broken the line into several. */
function erasing(): string {
  if (line === '') return '';
  const rows = Math.ceil(stripVTControlCharacters(line).length / Math.max(process.stderr.columns || 80, 1));
  return '\r\x1b[K'.concat('\x1b[A\x1b[K'.repeat(Math.max(rows - 1, 0)));
}

let isPrepared = false;

/** Leaves no line behind: at the end, and when the process is stopped and the shell takes the terminal. */
function prepare(): void {
  if (isPrepared) return;
  isPrepared = true;
  process.on('exit', erase);
  process.on('SIGTSTP', () => {
    const kept = line;
    erase();
    process.once('SIGCONT', () => drawBottom(kept));
    process.kill(process.pid, 'SIGSTOP');
  });
}

import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { buffer } from 'node:stream/consumers';
import { getSystemErrorMessage } from 'node:util';
import password from '@inquirer/password';
import { SingleBar } from 'cli-progress';

/** Wrong usage: exit status 2, where other failures have 1. */
export class Usage extends Error {}

/** Says something to the person: on standard error, so that standard output holds data only. */
export function say(words: string): void {
  process.stderr.write(`${words}\n`);
}

/** Says something in the middle of what a bar may be drawing: in its place, and the bar goes on below. */
export function sayAlone(words: string): void {
  say(process.stderr.isTTY ? `\r\x1b[K${words}` : words);
}

/** Writes one piece of data: a JSON value on a line of its own, or the text. */
export function tell(json: boolean | undefined, value: object, text: string | undefined): void {
  if (json) process.stdout.write(`${JSON.stringify(value)}\n`);
  else if (text !== undefined) process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
}

/** One line about an error: our own words, or the system's without the path that it names. */
export function describe(error: unknown): string {
  const { message, code, errno } = error as NodeJS.ErrnoException;
  if (typeof errno === 'number') return `the system says: ${getSystemErrorMessage(errno)} (${code})`;
  return message || 'unknown fault';
}

/** A secret that a person is asked for, or that a script hands over on a file descriptor. */
export interface SecretPrompt {
  /** As the person knows it, like `Passphrase`. */
  readonly name: string;
  /** The option that names the descriptor. */
  readonly option: string;
  readonly fd: number | undefined;
  readonly signal: AbortSignal;
  /** Whether it is asked for twice. */
  readonly isNew?: boolean;
}

/**
 * A secret, from a file descriptor up to its end (one newline at its end does not count), or asked for on the terminal,
 * twice when it is new. To be wiped by the caller.
 *
 * @throws Usage when there is neither, Error when it is empty or was mistyped
 */
export async function secret({ name, option, fd, signal, isNew }: SecretPrompt): Promise<Uint8Array> {
  const empty = () => new Error(`nothing was given for: ${name.toLowerCase()}`);
  if (fd !== undefined) {
    const bytes = await buffer(createReadStream('', { fd, autoClose: false, signal })).catch(() => {
      signal.throwIfAborted();
      throw new Usage(`file descriptor ${fd} cannot be read: open it in the shell, as in ${fd}< secret.txt`);
    });
    const end = bytes.at(-1) === 0x0a ? bytes.length - 1 : bytes.length;
    if (end === 0) throw empty();
    return bytes.subarray(0, end);
  }
  if (!hasTerminal()) {
    throw new Usage(`there is no terminal to ask for the ${name.toLowerCase()}: give it with ${option}`);
  }
  const askFor = (message: string) =>
    password({ message, mask: true }, { output: process.stderr, clearPromptOnDone: true });
  const first = await askFor(name);
  if (first === '') throw empty();
  if (isNew && (await askFor('The same once more')) !== first) throw new Error('the two differ: nothing was made');
  return Buffer.from(first);
}

/**
 * Text that somebody else wrote, made safe for a terminal: nothing in it moves the cursor, changes colours, hides or turns
 * round what stands beside it.
 */
export function shown(text: string): string {
  return text.replace(/\r\n/g, '\n').replace(/[^\P{C}\n\t]|[\p{Zl}\p{Zp}]/gu, '\u{fffd}');
}

/** The same for what has to stay on its line: a name, the beginning of a text. */
export function shownLine(text: string): string {
  return shown(text).replace(/[\n\t]/g, '\u{fffd}');
}

/** Writes a text of somebody else's as data: as it is, or, on a terminal, made safe for it. */
export function tellText(text: Uint8Array): void {
  if (!process.stdout.isTTY) process.stdout.write(text);
  else {
    const safe = shown(Buffer.from(text).toString());
    process.stdout.write(safe.endsWith('\n') ? safe : `${safe}\n`);
  }
}

/** Asks for yes or no on the terminal. @returns false where there is none, or anything but yes was typed */
export async function confirm(question: string, signal: AbortSignal): Promise<boolean> {
  return hasTerminal() && /^y(es)?$/i.test(await ask(`${question} (yes or no) `, signal));
}

/** Whether there is somebody to be asked. */
export function hasTerminal(): boolean {
  return process.stdin.isTTY && process.stderr.isTTY;
}

/** Asks something on the terminal. @returns what was typed, without what stands around it */
export async function ask(question: string, signal: AbortSignal): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  terminal.on('SIGINT', () => process.emit('SIGINT'));
  try {
    return (await terminal.question(question, { signal })).trim();
  } finally {
    terminal.close();
  }
}

/** A number and what is counted, as `1 file` or `2 files`. */
export function counted(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? '' : 's'}`;
}

/** Shows how far something long has come: a bar on a terminal, a line for every tenth otherwise. */
export function progressOf(what: string, unit: string): { (done: number, total: number): void; stop(): void } {
  let bar: SingleBar | undefined;
  let tenth = 0;
  const show = (done: number, total: number) => {
    if (tenth === 0 && bar === undefined && done >= total) return; // it was over at once
    if (process.stderr.isTTY) {
      bar?.setTotal(total); // another letter may have come
      if (bar !== undefined) return bar.update(done);
      bar = new SingleBar({ ...BAR, format: `${what} ${BAR_FORMAT}` });
      bar.start(total, done, { unit });
      return;
    }
    const now = Math.floor((done / Math.max(total, 1)) * 10);
    if (now > tenth) say(`${what}: ${done} of ${total} ${unit}`);
    tenth = now;
  };
  const stop = () => {
    bar?.stop();
    bar = undefined;
    tenth = 0;
  };
  return Object.assign(show, { stop });
}

const BAR_FORMAT = '{bar} {percentage} % | {value} of {total} {unit} | {eta_formatted} left';
const BAR = { stream: process.stderr, hideCursor: true, clearOnComplete: true, etaBuffer: 50 };

/** How often a status is said where there is no terminal. */
const STATUS_MILLISECONDS = 6 * 3_600_000;

/** Shows how things stand: in one line that changes, on a terminal; now and then a line otherwise. */
export function statusLine(): { show(words: string): void; say(words: string): void; stop(): void } {
  const isTerminal = process.stderr.isTTY;
  let last = performance.now();
  const clear = () => {
    if (isTerminal) process.stderr.write('\r\x1b[2K');
  };
  return {
    show(words) {
      if (isTerminal) process.stderr.write(`\r\x1b[2K${words.slice(0, (process.stderr.columns ?? 80) - 1)}`);
      else if (performance.now() - last >= STATUS_MILLISECONDS) {
        last = performance.now();
        say(words);
      }
    },
    say(words) {
      clear();
      say(words);
    },
    stop: clear,
  };
}

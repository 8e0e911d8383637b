import { fstatSync } from 'node:fs';
import { getSystemErrorMessage } from 'node:util';
import { above } from './bottom.ts';

/** Wrong usage: exit status 2, where other failures have 1. */
export class Usage extends Error {}

/** Says something to the person: on standard error, so that standard output holds data only; whatever it quotes is harmless. */
export function say(words: string): void {
  above(() => process.stderr.write(`${shown(words)}\n`));
}

/** Writes one piece of data: a JSON value on a line of its own, or the text. */
export function tell(json: boolean | undefined, value: object, text: string | undefined): void {
  if (json) write(`${jsonLine(value)}\n`);
  else if (text !== undefined) write(text.endsWith('\n') ? text : `${text}\n`);
}

/**
 * A value as JSON in one line, whose strings say what could move a cursor or turn text round in escapes of JSON: the same
 * value for whoever parses it, and harmless for a terminal.
 */
export function jsonLine(value: object): string {
  return JSON.stringify(value).replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (character) =>
    character.replace(/./gs, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`),
  );
}

/** Writes data: on a terminal, above what is drawn there. */
export function write(data: string | Uint8Array): void {
  if (process.stdout.isTTY) above(() => process.stdout.write(data));
  else process.stdout.write(data);
}

/** Waits until what was printed has left this process, or cannot any more, which `interruption.ts` is told. */
export async function flushed(): Promise<void> {
  await new Promise<void>((resolve) => process.stdout.write('', () => resolve()));
}

/**
 * Refuses to print a secret into a file that others may read, as a shell makes one. Windows does not tell who may.
 *
 * @param instead - what to type instead
 * @throws Usage
 */
export function checkPrivate(instead?: string): void {
  const output = fstatSync(1);
  if (process.platform === 'win32' || !output.isFile() || (output.mode & 0o077) === 0) return;
  const how = instead === undefined ? '' : `${instead} makes one for you only; or `;
  throw new Usage(
    `others on this machine may read the file that this is printed to: ${how}umask 077 before it is made`,
  );
}

/** One line about an error: our own words, or the system's without the path that it names. */
export function describe(error: unknown): string {
  const { message, code, errno } = error as NodeJS.ErrnoException;
  if (typeof errno === 'number') return `the system says: ${getSystemErrorMessage(errno)} (${code})`;
  return message || 'unknown fault';
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
  const safe = process.stdout.isTTY ? shown(Buffer.from(text).toString()) : undefined;
  write(safe === undefined ? text : `${safe}${safe.endsWith('\n') ? '' : '\n'}`);
}

/** A number and what is counted, as `1 file` or `2 files`. @param things - more than one. @default - with an s */
export function counted(count: number, thing: string, things?: string): string {
  return `${count} ${named(count, thing, things)}`;
}

/** What a number counts. */
function named(count: number, thing: string, things = `${thing}s`): string {
  return count === 1 ? thing : things;
}

/** A duration, in its two largest units. */
export function span(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  const parts = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ] as const;
  const first = parts.findIndex(([number]) => number > 0);
  if (first < 0) return '0 s';
  return parts
    .slice(first, first + 2)
    .filter(([number]) => number > 0)
    .map(([number, unit]) => `${number} ${unit}`)
    .join(' ');
}

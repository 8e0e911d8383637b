import { openSync } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { basename, dirname, sep } from 'node:path';
import { FileFault, fileAt, type OutgoingFile } from '../node/index.ts';
import { confirm, hasTerminal } from './ask.ts';
import { signal } from './interruption.ts';
import { say, shownLine } from './terminal.ts';

/** A file that goes with a letter, and where it can be read. */
export interface LetterFile {
  readonly path: string;
  readonly file: OutgoingFile;
}

/**
 * Looks at the files that were named for a letter. Which of them cannot be sent is said by name on a terminal, where the
 * others may go without it, and by its place elsewhere: what stands there may be shown to others.
 *
 * @throws Error when one cannot be sent, and the letter is not to go without it
 */
export async function letterFiles(paths: readonly string[]): Promise<LetterFile[]> {
  const found: LetterFile[] = [];
  const faults: string[] = [];
  for (const [place, typed] of paths.entries()) {
    try {
      const { path, name } = await whereIs(typed);
      found.push({ path, file: await fileAt(path, name) });
    } catch (error) {
      const { message } = error as Error;
      if (hasTerminal()) say(`${shownLine(typed)}: ${message}`);
      faults.push(`${message}${placeOf(place, paths.length)}`);
    }
  }
  if (faults.length === 0) return found;
  if (found.length > 0 && (await confirm('Send the letter without that?', signal))) return found;
  throw new Error(
    `${faults[0]}${faults.length > 1 ? `, and ${faults.length - 1} more like it` : ''}: nothing was sent`,
  );
}

/** What went wrong with a file while a letter was sent, with the file. */
export function nameFault({ message, place }: FileFault, names: readonly string[]): Error {
  if (hasTerminal()) say(`${shownLine(names[place]!)}: ${message}`);
  return new Error(`${message}${placeOf(place, names.length)}`);
}

/** Says which file is meant by the system's own error about one that is read before it is sent. @throws Error */
export function throwNamed(files: readonly LetterFile[], error: NodeJS.ErrnoException): never {
  const place = files.findIndex(({ path }) => path === error.path);
  if (place === -1) throw error;
  const names = files.map(({ file }) => file.name);
  throw nameFault(new FileFault('a file to send cannot be read any more', place), names);
}

function placeOf(place: number, count: number): string {
  return count > 1 ? ` (file ${place + 1} of ${count})` : '';
}

/**
 * Finds a file as it was typed. A name that is not UTF-8 comes with marks in place of some of its bytes; the file that
 * looks like that is opened by its bytes, and goes under a name with `_` in their place.
 */
async function whereIs(typed: string): Promise<{ path: string; name: string }> {
  const name = basename(typed);
  if (!typed.includes(MARK) || (await lstat(typed).catch(() => undefined))) return { path: typed, name };
  const fd = openSync(await bytesOf(typed), 'r');
  return { path: `/proc/${process.pid}/fd/${fd}`, name: name.replaceAll(MARK, '_') };
}

const MARK = '\u{fffd}';

/** The bytes of a path that was typed, up to the root or a folder whose name is UTF-8. @throws Error unless one path looks like it */
async function bytesOf(typed: string): Promise<Buffer> {
  if (!typed.includes(MARK)) return Buffer.from(typed);
  const folder = await bytesOf(dirname(typed));
  const names = await readdir(folder, { encoding: 'buffer' }).catch(() => []);
  const alike = names.filter((name) => name.toString() === basename(typed));
  if (alike.length === 1) return Buffer.concat([folder, Buffer.from(sep), alike[0]!]);
  throw new Error(
    alike.length === 0
      ? 'a file to send does not exist'
      : 'more than one file has that name, as far as it is UTF-8: rename it to send it',
  );
}

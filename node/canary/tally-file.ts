import { mkdir, readFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { CANARY_ENDS } from '../../core/canary/outcome.ts';
import type { Counts, Tally } from '../../core/canary/tally.ts';
import { withFileLock } from '../files/file-lock.ts';
import { createSecretFile } from '../files/secret-file.ts';
import { clearUnfinished, intoPlace } from '../files/unfinished.ts';

/** Version 1 had no second fetches. */
const VERSION = 2;

/** A tally is some 400 bytes. */
const TALLY_MAX_CHARACTERS = 4096;

/**
 * Reads a tally, which is in the clear: it names no drop, no id, no time of day, so nothing in it belongs to anything that
 * somebody else could have seen.
 *
 * @returns undefined when there is no such file
 * @throws Error when it is something else
 */
export async function readTally(path: string): Promise<Tally | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  return parseTally(text);
}

/**
 * Changes the tally that is in a file, one process at a time, so that runs that share it count together.
 *
 * @param change - is given undefined when there is no such file: whoever removes it begins anew
 * @throws Error when the file is something else
 */
export async function changeTally(path: string, change: (tally: Tally | undefined) => Tally): Promise<Tally> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  return withFileLock(path, 'the state file', async () => {
    const tally = change(await readTally(path));
    await writeTally(path, tally);
    return tally;
  });
}

/** Writes a tally in one step, for its owner only: a crash leaves the old one or the new one. */
async function writeTally(path: string, tally: Tally): Promise<void> {
  await clearUnfinished(dirname(path));
  await intoPlace(dirname(path), basename(path), (unfinished) => createSecretFile(unfinished, formatTally(tally)));
}

/** A tally as text, on one line. */
export function formatTally({ since, now, before, alarm }: Tally): string {
  return `${JSON.stringify({ canaries: VERSION, since, now, before, alarm })}\n`;
}

/** Reads what it wrote. @throws Error when it is anything else */
export function parseTally(text: string): Tally {
  if (text.startsWith('{"canaries":1,'))
    throw new Error(
      'the state file is that of an earlier version: look at it for an alarm, and name a new one with --state',
    );
  try {
    if (text.length > TALLY_MAX_CHARACTERS) throw new Error('too long');
    const { canaries, since, now, before, alarm } = JSON.parse(text);
    if (canaries !== VERSION) throw new Error('another version');
    const tally: Tally = {
      since: dayOf(since),
      now: countsOf(now),
      before: countsOf(before),
      ...(alarm !== undefined && { alarm: dayOf(alarm) }),
    };
    if (formatTally(tally) !== text) throw new Error('another spelling');
    return tally;
  } catch {
    throw new Error('the state file is damaged, or something else: name another one with --state');
  }
}

function dayOf(value: unknown): string {
  if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\d$/.test(value) || Number.isNaN(Date.parse(value)))
    throw new Error('no day');
  return value;
}

function countsOf(value: Record<string, unknown>): Counts {
  const counts = CANARY_ENDS.map((end) => [end, value[end]] as const);
  if (!counts.every(([, number]) => Number.isSafeInteger(number) && Number(number) >= 0 && Number(number) <= 1e6))
    throw new Error('no counts');
  return Object.fromEntries(counts) as Counts;
}

import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { lockFile, withFileLock } from './file-lock.ts';

/** How names begin of what is not whole yet. @internal */
export const UNFINISHED = '.unfinished-';

/** Nothing else of that beginning is ours. Earlier versions had the number of a process in it. */
const OURS = /^(\.unfinished-(?:\d+-)?[0-9a-f]{16})(?:\.lock)?$/;

/**
 * Lets `write` make something hidden in a folder, a file or a folder, which gets its name when that went well, and is
 * gone when not.
 */
export async function intoPlace<T>(
  folder: string,
  name: string,
  write: (unfinished: string) => Promise<T>,
): Promise<T> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const unfinished = join(folder, UNFINISHED + randomBytes(8).toString('hex'));
  return withFileLock(unfinished, 'the folder', async () => {
    try {
      const result = await write(unfinished);
      await rename(unfinished, join(folder, name));
      await syncFolder(folder);
      return result;
    } finally {
      await rm(unfinished, { recursive: true, force: true });
    }
  });
}

/**
 * Removes what somebody who was killed left unfinished in a folder. What is being written stays, whoever writes it, and what
 * another user left is for them to remove.
 */
export async function clearUnfinished(folder: string): Promise<void> {
  const names = (await readdir(folder).catch(() => [])).flatMap((name) => OURS.exec(name)?.[1] ?? []);
  for (const name of new Set(names)) await clear(join(folder, name)).catch(() => {});
}

/** Removes something unfinished that nobody is at. @internal */
export async function clear(unfinished: string): Promise<void> {
  using lock = lockFile(unfinished, 'the folder');
  if (lock) await rm(unfinished, { recursive: true, force: true });
}

/** Makes a rename in a folder outlast a power cut, where the system lets a folder be opened for that. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  await handle?.sync().catch(() => {});
  await handle?.close();
}

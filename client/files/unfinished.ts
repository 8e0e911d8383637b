import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';

const UNFINISHED = '.unfinished-';

/** Nothing else of that beginning is ours. */
const OURS = /^\.unfinished-(\d+)-[0-9a-f]{16}$/;

/** Three hours without a sign of life: what is being written gives one every ten minutes, if only that it waits. */
const IDLE_MAX = 3 * 3_600_000;
const SIGN_OF_LIFE_MILLISECONDS = 10 * 60_000;

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
  const unfinished = join(folder, `${UNFINISHED}${process.pid}-${randomBytes(8).toString('hex')}`);
  const signs = setInterval(() => giveSign(unfinished), SIGN_OF_LIFE_MILLISECONDS).unref();
  try {
    const result = await write(unfinished);
    await rename(unfinished, join(folder, name));
    await syncFolder(folder);
    return result;
  } finally {
    clearInterval(signs);
    await rm(unfinished, { recursive: true, force: true });
  }
}

/** Shows that something is in use. */
function giveSign(path: string): void {
  const now = new Date();
  utimes(path, now, now).catch(() => {}); // if it is gone, writing to it says so
}

/** Removes what a killed process left unfinished in a folder; what a living one is writing stays. */
export async function clearUnfinished(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const [, pid] = OURS.exec(name) ?? [];
    if (pid === undefined) continue;
    const path = join(folder, name);
    // Another process may have been given the number of the dead one, but it does not write here.
    if (isAlive(Number(pid)) && (await idleMilliseconds(path)) < IDLE_MAX) continue;
    await rm(path, { recursive: true, force: true });
  }
}

/** How long nothing was written, and no sign given. */
async function idleMilliseconds(path: string): Promise<number> {
  const paths = [path, ...(await readdir(path).catch(() => [])).map((name) => join(path, name))];
  // What has gone meanwhile was in use.
  const times = await Promise.all(
    paths.map(async (each) => (await stat(each).catch(() => undefined))?.mtimeMs ?? Date.now()),
  );
  return Date.now() - Math.max(...times);
}

/** Makes a rename in a folder outlast a power cut, where the system lets a folder be opened for that. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  await handle?.sync().catch(() => {});
  await handle?.close();
}

/** Whether there is a process of this number. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

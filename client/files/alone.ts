import { link, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive } from './unfinished.ts';

/** How long another process may take to change a file. */
const WAIT_MILLISECONDS = 10_000;
const LOOK_MILLISECONDS = 50;

/** No change takes so long: whoever made a mark that is older was killed by a power cut. */
const LEFT_MILLISECONDS = 5 * 60_000;

/**
 * Does something while no other process does it to the same file. One that died meanwhile does not count.
 *
 * @param what - the file, in the words of an error: `the identity`
 * @throws Error when another takes too long
 */
export async function alone<T>(path: string, what: string, act: () => Promise<T>): Promise<T> {
  const mark = `${path}.lock`;
  const end = performance.now() + WAIT_MILLISECONDS;
  for (;;) {
    try {
      await using file = await open(mark, 'wx', 0o600);
      await file.writeFile(String(process.pid));
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      if (await isLeft(mark)) await setAside(mark);
      else if (performance.now() > end) throw new Error(`another command is changing ${what}: try again`);
      else await sleep(LOOK_MILLISECONDS);
    }
  }
  try {
    return await act();
  } finally {
    await rm(mark, { force: true });
  }
}

/** Whether whoever made a mark is dead. One without a number was left by somebody killed before writing it. */
async function isLeft(mark: string): Promise<boolean> {
  const [text, status] = await Promise.all([readFile(mark, 'utf8'), stat(mark)]).catch(
    () => ['gone', undefined] as const,
  );
  if (status === undefined) return false;
  const [owner, age] = [Number(text), Date.now() - status.mtimeMs];
  // After a while, a process of that number is another one.
  return owner > 0 ? !isAlive(owner) || age > LEFT_MILLISECONDS : age > WAIT_MILLISECONDS / 2;
}

/** Removes a mark that was left, and no other that somebody may have made meanwhile. */
async function setAside(mark: string): Promise<void> {
  const aside = `${mark}-${process.pid}`;
  await rename(mark, aside).catch(() => {}); // somebody else was first
  if (!(await isLeft(aside))) await link(aside, mark).catch(() => {});
  await rm(aside, { force: true });
}

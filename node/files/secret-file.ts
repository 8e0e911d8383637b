import { randomFillSync } from 'node:crypto';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { clearUnfinished, intoPlace } from './unfinished.ts';

/** Writes a new file for its owner only, never over another one. @throws the system's error, EEXIST when there is one */
export function createSecretFile(path: string, content: string | Uint8Array): Promise<void> {
  return createFile(path, content, 0o600);
}

/** The same for others, too: none is left when it could not be written. @param mode - who may read it */
export async function createFile(path: string, content: string | Uint8Array, mode = 0o644): Promise<void> {
  const file = await open(path, 'wx', mode);
  try {
    await file.writeFile(content);
    await file.sync();
  } catch (error) {
    await rm(path, { force: true }); // half a file is of no use, and in the way
    throw error;
  } finally {
    await file.close();
  }
}

/** Puts a new text in a file's place: a crash leaves the old one or the new one. Then overwrites the old one. */
export async function replaceSecretFile(path: string, text: string): Promise<void> {
  const [folder, name] = [dirname(path), basename(path)];
  await clearUnfinished(folder);
  await replacing(path, () => intoPlace(folder, name, (unfinished) => createSecretFile(unfinished, text)));
}

/** Overwrites a file when `replace` has put another one in its place. */
export async function replacing<T>(path: string, replace: () => Promise<T>): Promise<T> {
  await using before = await open(path, 'r+');
  const result = await replace();
  await overwrite(before);
  return result;
}

/** Overwrites a file, and removes it. */
export async function removeSecretFile(path: string): Promise<void> {
  await clearUnfinished(dirname(path));
  await using file = await open(path, 'r+');
  await overwrite(file);
  await rm(path);
}

/** How much of a file is overwritten at a time: it may be larger than the memory. */
const STEP_BYTES = 2 ** 20;

/** Overwrites a file where it lies, as far as its file system and disk do that. @internal */
export async function overwrite(file: Pick<FileHandle, 'stat' | 'write' | 'sync'>): Promise<void> {
  const { size } = await file.stat();
  const noise = new Uint8Array(Math.min(size, STEP_BYTES));
  for (let at = 0; at < size; ) {
    const { bytesWritten } = await file.write(randomFillSync(noise), 0, Math.min(size - at, noise.length), at);
    at += bytesWritten;
  }
  await file.sync();
}

import { randomBytes } from 'node:crypto';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { clearUnfinished, intoPlace } from './unfinished.ts';

/** Writes a new file for its owner only, never over another one. @throws the system's error, EEXIST when there is one */
export async function createSecretFile(path: string, content: string | Uint8Array): Promise<void> {
  const file = await open(path, 'wx', 0o600);
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
  await using before = await open(path, 'r+');
  await intoPlace(folder, name, (unfinished) => createSecretFile(unfinished, text));
  await overwrite(before);
}

/** Overwrites a file, and removes it. */
export async function removeSecretFile(path: string): Promise<void> {
  await clearUnfinished(dirname(path));
  await using file = await open(path, 'r+');
  await overwrite(file);
  await rm(path);
}

/** Overwrites a file where it lies, as far as its file system and disk do that. */
async function overwrite(file: FileHandle): Promise<void> {
  const { size } = await file.stat();
  await file.write(randomBytes(size), 0, size, 0);
  await file.sync();
}

import { stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { createFile } from './secret-file.ts';
import { clearUnfinished, intoPlace } from './unfinished.ts';

/**
 * Puts a text that everybody may read in a file's place, or into a new file: a crash or a full disk leaves the old one. Who
 * may read the old one may read the new one.
 */
export async function replacePublicFile(path: string, text: string): Promise<void> {
  const [folder, name] = [dirname(path), basename(path)];
  const { mode } = await stat(path).catch(() => ({ mode: 0o644 }));
  await clearUnfinished(folder);
  await intoPlace(folder, name, (unfinished) => createFile(unfinished, text, mode & 0o777));
}

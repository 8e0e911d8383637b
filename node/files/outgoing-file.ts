import type { BigIntStats } from 'node:fs';
import { access, constants, lstat, open, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { CHANGED, type OutgoingFile, UNREADABLE } from '../../core/letter/body.ts';
import { CELL_CONTENT_BYTES } from '../../wire/sizes.ts';

/**
 * A file on disk.
 *
 * @param name - under which it goes. @default - its own, without its folder
 * @throws Error when it cannot be read or is no regular file
 */
export async function fileAt(path: string, name = basename(path)): Promise<OutgoingFile> {
  // Looked at before it is opened: to open a named pipe is to wait for its other end.
  const status = await stat(path, { bigint: true }).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw new Error(UNREADABLE);
    const isLink = await lstat(path).catch(() => undefined);
    throw new Error(isLink ? 'a file to send is a link to nothing' : 'a file to send does not exist');
  });
  if (!status.isFile()) {
    const hint = status.isDirectory() ? 'pack a folder into an archive first' : 'no pipes, sockets or devices';
    throw new Error(`only regular files can be sent: ${hint}`);
  }
  await access(path, constants.R_OK).catch(() => {
    throw new Error(UNREADABLE);
  });
  const { size, mtimeNs } = status;
  return { name, bytes: Number(size), changed: String(mtimeNs), read: () => readFile(path, status) };
}

/**
 * Reads a file as it was when it was looked at. Hours may lie between its parts, and one that is written to meanwhile
 * would be sent half old, half new.
 */
async function* readFile(path: string, before: BigIntStats): AsyncGenerator<Uint8Array> {
  await using handle = await open(path, 'r');
  const checkUnchanged = async () => {
    const { size, mtimeNs } = await handle.stat({ bigint: true });
    // Not the inode's number: FAT, and so most USB sticks, may give a file another one each time it is opened.
    if (size !== before.size || mtimeNs !== before.mtimeNs) throw new Error(CHANGED);
  };
  await checkUnchanged();
  // One for all parts: new ones would fill the memory until they are collected.
  const part = new Uint8Array(CELL_CONTENT_BYTES);
  try {
    for (;;) {
      const { bytesRead } = await handle.read(part);
      if (bytesRead === 0) break;
      yield part.subarray(0, bytesRead);
    }
  } finally {
    part.fill(0);
  }
  await checkUnchanged();
}

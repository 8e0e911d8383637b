import { mkdir, open, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import sodium from 'libsodium-wrappers';
import { bodyBytes, type LetterHead } from '../../wire/letter.ts';
import { CELL_CONTENT_BYTES } from '../../wire/sizes.ts';
import { createSecretFile } from '../files/secret-file.ts';
import { clearUnfinished, intoPlace } from '../files/unfinished.ts';
import { slicer } from '../letter/body.ts';
import { bodyParts } from '../letter/letter-contents.ts';
import { safeFileName, untaken } from './file-name.ts';
import type { Inbox, IncomingLetter } from './inbox.ts';
import { noteOf, sealNote } from './letter-note.ts';
import type { OpenedLetter } from './open-letter.ts';
import { freeBytes, type Room, takeRoom } from './room.ts';

await sodium.ready;

/** The text of a letter, in its folder. */
export const TEXT_NAME = 'letter.txt';

/** What the inbox remembers of a letter, in its folder. No file of a letter can have this name. */
export const NOTE_NAME = '.letter';

/** What a file of any size may take besides its bytes. */
const BLOCK_BYTES = 4096;

/** How much of the text a note is made from. */
const BEGINNING_BYTES = 4096;

/** An inbox that gives each letter a folder of its own, with its files in the clear and a note beside them. */
export function folderInbox(folder: string, storageKey: Uint8Array): Inbox {
  return inboxOnDisk(folder, (letter) => intoFolder(folder, letter, storageKey));
}

/** An inbox in a folder, where letters may stand in either way. @param take - see Inbox */
export function inboxOnDisk(folder: string, take: Inbox['take']): Inbox {
  return {
    has: (name) => isKept(folder, name),
    take,
    freeBytes: () => freeBytes(folder),
    clearUnfinished: () => clearUnfinished(folder),
  };
}

/**
 * Writes a letter into a new folder in `into`.
 *
 * @param storageKey - of the inbox, for its note. Where it is absent, the folder is no part of an inbox and gets no note
 */
export async function intoFolder(into: string, letter: IncomingLetter, storageKey?: Uint8Array): Promise<OpenedLetter> {
  const { name, id, time, contents, progress } = letter;
  const { head } = contents;
  await mkdir(into, { recursive: true, mode: 0o700 });
  using room = await takeRoom(into, bodyBytes(head) + (head.files.length + 3) * BLOCK_BYTES);
  const files = await intoPlace(into, name, async (unfinished) => {
    await mkdir(unfinished, { mode: 0o700 });
    const { written, beginning } = await writeFiles(unfinished, room, head, bodyParts(contents, progress));
    if (storageKey) {
      const note = sealNote(noteOf(head, id, time, beginning), name, storageKey);
      await createSecretFile(join(unfinished, NOTE_NAME), note);
    }
    return written;
  });
  return { name, path: join(into, name), files, from: head.signed?.contact, answers: head.answers?.id };
}

/** Writes the body of a letter into the files of a folder, under safe names. */
async function writeFiles(folder: string, room: Room, head: LetterHead, parts: AsyncIterable<Uint8Array>) {
  const body = slicer(parts);
  const written: { name: string; bytes: number }[] = [];
  // Taken even where the letter has no text, so that no file of a stranger's poses as it.
  const taken = new Set([TEXT_NAME]);
  const buffer = new Uint8Array(CELL_CONTENT_BYTES);
  let beginning: Uint8Array = new Uint8Array();
  const write = async (name: string, bytes: number) => {
    await using file = await open(join(folder, name), 'wx', 0o600);
    for (let left = bytes; left > 0; left -= buffer.length) {
      const part = buffer.subarray(0, left);
      await body.fill(part);
      if (name === TEXT_NAME && left === bytes) beginning = part.slice(0, BEGINNING_BYTES);
      await file.writeFile(part);
      room.wrote(part.length);
    }
    await file.sync();
    if (name !== TEXT_NAME) written.push({ name, bytes });
  };
  if (head.textBytes > 0) await write(TEXT_NAME, head.textBytes);
  for (const { name, bytes } of head.files) await write(untaken(safeFileName(name), taken), bytes);
  await body.finish();
  sodium.memzero(buffer);
  return { written, beginning };
}

/** Reads what stands in a letter's folder: its text, and which files there are. */
export async function readLetterFolder(folder: string): Promise<{ files: OpenedLetter['files']; text: Uint8Array }> {
  const files = [];
  for (const name of (await readdir(folder)).sort()) {
    if (name === NOTE_NAME || name === TEXT_NAME) continue;
    files.push({ name, bytes: (await stat(join(folder, name))).size });
  }
  const text = await readFile(join(folder, TEXT_NAME)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return new Uint8Array();
    throw error;
  });
  return { files, text };
}

/** How the file of a letter ends that is kept encrypted. */
export const SEALED = '.sealed';

/** Whether a letter stands in an inbox, in its folder or encrypted. */
async function isKept(folder: string, name: string): Promise<boolean> {
  const there = await Promise.allSettled([stat(join(folder, name)), stat(join(folder, name + SEALED))]);
  return there.some(({ status }) => status === 'fulfilled');
}

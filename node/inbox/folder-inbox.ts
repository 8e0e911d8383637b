import { mkdir, open, readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import sodium from 'libsodium-wrappers';
import { safeFileName, untaken } from '../../core/inbox/file-name.ts';
import type { Inbox, IncomingLetter, ReadableLetter } from '../../core/inbox/inbox.ts';
import type { OpenedFile, OpenedLetter } from '../../core/inbox/open-letter.ts';
import { slicer } from '../../core/letter/body.ts';
import { bodyParts } from '../../core/letter/letter-contents.ts';
import { bodyBytes, type LetterHead } from '../../wire/letter.ts';
import { CELL_BYTES, CELL_CONTENT_BYTES } from '../../wire/sizes.ts';
import { createSecretFile } from '../files/secret-file.ts';
import { clearUnfinished, intoPlace } from '../files/unfinished.ts';
import { clearKept, keepCells, keptRoot } from './kept-cells.ts';
import {
  type LetterNote,
  noteOf,
  openNote,
  openStored,
  SEALED_NOTE_BYTES,
  sealNote,
  sealStored,
} from './letter-note.ts';
import { freeBytes, type Room, takeRoom } from './room.ts';

await sodium.ready;

/** The text of a letter, in its folder. */
export const TEXT_NAME = 'letter.txt';

/** What the inbox remembers of a letter, in its folder. No file of a letter can have this name. */
export const NOTE_NAME = '.letter';

/** The names that files had before they were changed, encrypted, in a folder that has such files. */
const NAMES_NAME = '.names';

/** What a file of any size may take besides its bytes. */
const BLOCK_BYTES = 4096;

/** How much of the text a note is made from. */
const BEGINNING_BYTES = 4096;

/** An inbox that gives each letter a folder of its own, with its files in the clear and a note beside them. */
export function folderInbox(folder: string, storageKey: Uint8Array): Inbox {
  return inboxOnDisk(folder, storageKey, {
    bytes: folderBytes,
    write: (letter, room) => writeFolder(folder, letter, room, storageKey),
  });
}

/** How letters stand in an inbox. @internal */
export interface Form {
  /** What one takes of the disk. */
  bytes(head: LetterHead): number;
  /** Writes one, whole or not at all. @throws NotOpened; the system's error */
  write(letter: ReadableLetter, room: Room): Promise<OpenedLetter>;
}

/** An inbox in a folder, where letters may stand in either form. @param form - of those that come @internal */
export function inboxOnDisk(folder: string, storageKey: Uint8Array, form: Form): Inbox {
  const begun = new Set<string>(); // those that were waited for
  return {
    has: (name) => isKept(folder, name),
    find: (name) => findKept(folder, name, storageKey).catch(() => undefined),
    async take(letter) {
      begun.add(letter.name);
      await mkdir(folder, { recursive: true, mode: 0o700 });
      return letter.contents.head.cells.length === 0
        ? takeAtOnce(folder, letter, form)
        : takeKept(folder, letter, form);
    },
    keptRoot: (name) => keptRoot(folder, name),
    freeBytes: () => freeBytes(folder),
    async clearUnfinished(waits) {
      await clearUnfinished(folder);
      await clearKept(folder, async (name) => {
        if (waits?.(name)) begun.add(name);
        if (waits && begun.has(name)) return !waits(name);
        return (await isKept(folder, name)) || undefined;
      });
    },
  };
}

async function takeAtOnce(folder: string, letter: IncomingLetter, { bytes, write }: Form): Promise<OpenedLetter> {
  using room = await takeRoom(folder, bytes(letter.contents.head));
  return await write(letter, room);
}

/** Keeps the cells of a letter until it is whole. While another process keeps them, this one does without. */
async function takeKept(folder: string, letter: IncomingLetter, form: Form): Promise<OpenedLetter> {
  const { name, contents, progress } = letter;
  const { head } = contents;
  using kept = await keepCells(folder, name);
  if (kept === undefined) return takeAtOnce(folder, letter, form);
  const missing = Math.max(0, 1 + head.cells.length - kept.count);
  using room = await takeRoom(folder, form.bytes(head) + missing * CELL_BYTES);
  const put = async (number: number, cell: Uint8Array) => {
    await kept.put(number, cell);
    room.wrote(cell.length);
  };
  await contents.fetchInto({ get: kept.get, put }, progress);
  const opened = await form.write({ ...letter, progress: undefined }, room);
  await kept.remove().catch(() => {}); // the letter stands: what is left of it goes another time
  return opened;
}

/**
 * Writes a letter into a new folder in `into`, which is no inbox.
 *
 * @throws NotOpened; NoRoom; the system's error
 */
export async function intoFolder(into: string, letter: ReadableLetter): Promise<OpenedLetter> {
  await mkdir(into, { recursive: true, mode: 0o700 });
  using room = await takeRoom(into, folderBytes(letter.contents.head));
  return await writeFolder(into, letter, room);
}

function folderBytes(head: LetterHead): number {
  return bodyBytes(head) + (2 * head.files.length + 4) * BLOCK_BYTES;
}

/** @param storageKey - of the inbox, for its note. Where it is absent, the folder is no part of an inbox and gets no note */
async function writeFolder(
  into: string,
  letter: ReadableLetter,
  room: Room,
  storageKey?: Uint8Array,
): Promise<OpenedLetter> {
  const { name, id, time, contents, progress } = letter;
  const { head } = contents;
  const files = await intoPlace(into, name, async (unfinished) => {
    await mkdir(unfinished, { mode: 0o700 });
    const { written, beginning } = await writeFiles(unfinished, room, head, bodyParts(contents, progress));
    if (storageKey) {
      const note = sealNote(noteOf(head, id, time, beginning), name, storageKey);
      await createSecretFile(join(unfinished, NOTE_NAME), note);
      await keepNames(unfinished, name, written, storageKey);
    }
    return written;
  });
  return { name, path: join(into, name), files, from: head.writer?.contact, answers: head.answers?.id };
}

/** Writes the body of a letter into the files of a folder, under safe names. */
async function writeFiles(folder: string, room: Room, head: LetterHead, parts: AsyncIterable<Uint8Array>) {
  const body = slicer(parts);
  const written: OpenedFile[] = [];
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
  };
  if (head.textBytes > 0) await write(TEXT_NAME, head.textBytes);
  for (const { name: named, bytes } of head.files) {
    const name = untaken(safeFileName(named), taken);
    await write(name, bytes);
    written.push(name === named ? { name, bytes } : { name, bytes, named });
  }
  await body.finish();
  sodium.memzero(buffer);
  return { written, beginning };
}

/** Keeps the names that were changed. */
async function keepNames(folder: string, letter: string, files: readonly OpenedFile[], storageKey: Uint8Array) {
  const changed = files.flatMap(({ name, named }) => (named === undefined ? [] : [[name, named]]));
  if (changed.length === 0) return;
  const sealed = sealStored(Buffer.from(JSON.stringify(changed)), placeOfNames(letter), storageKey);
  await createSecretFile(join(folder, NAMES_NAME), sealed);
}

/** The names that files of a letter had before they were changed, by those that they have. */
async function readNames(folder: string, storageKey: Uint8Array): Promise<ReadonlyMap<string, string>> {
  const sealed = await readFile(join(folder, NAMES_NAME)).catch(noneIfMissing);
  if (sealed === undefined) return new Map();
  return new Map(JSON.parse(Buffer.from(openStored(sealed, placeOfNames(basename(folder)), storageKey)).toString()));
}

/** Where the names of a letter belong, so that they open as no other letter's. */
function placeOfNames(letter: string): string {
  return `${letter} names`;
}

function noneIfMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}

/**
 * Reads what stands in a letter's folder: its text, and which files there are.
 *
 * @param storageKey - of the inbox. Where it is absent, nothing is said of names that were changed
 * @throws Error when the folder belongs to another identity, or is damaged
 */
export async function readLetterFolder(
  folder: string,
  storageKey?: Uint8Array,
): Promise<{ files: OpenedFile[]; text: Uint8Array }> {
  const names = storageKey && (await readNames(folder, storageKey));
  const files: OpenedFile[] = [];
  for (const name of (await readdir(folder)).sort()) {
    if (name === NOTE_NAME || name === NAMES_NAME || name === TEXT_NAME) continue;
    const { size: bytes } = await stat(join(folder, name));
    const named = names?.get(name);
    files.push(named === undefined ? { name, bytes } : { name, bytes, named });
  }
  const text = await readFile(join(folder, TEXT_NAME)).catch(noneIfMissing);
  return { files, text: text ?? new Uint8Array() };
}

/** How the file of a letter ends that is kept encrypted. */
export const SEALED = '.sealed';

/** A letter that stands in an inbox, by its note. That does not name the files of one that is encrypted. */
async function findKept(folder: string, name: string, storageKey: Uint8Array): Promise<OpenedLetter> {
  const path = join(folder, name);
  const isSealed = !(await isThere(path));
  const note = await readNote(isSealed ? path + SEALED : join(path, NOTE_NAME), name, storageKey);
  const { files } = isSealed ? { files: [] } : await readLetterFolder(path, storageKey);
  return { name, path: isSealed ? path + SEALED : path, files, from: note.from?.contact, answers: note.answers };
}

/** Reads the note with which a file begins. @throws Error when it was written for another letter or identity */
export async function readNote(path: string, name: string, storageKey: Uint8Array): Promise<LetterNote> {
  await using file = await open(path, 'r');
  const start = Buffer.alloc(SEALED_NOTE_BYTES);
  const { bytesRead } = await file.read(start, 0, start.length, 0);
  return openNote(start.subarray(0, bytesRead), name, storageKey);
}

/** Whether a letter stands in an inbox, in its folder or encrypted. */
async function isKept(folder: string, name: string): Promise<boolean> {
  return (await isThere(join(folder, name))) || (await isThere(join(folder, name + SEALED)));
}

function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

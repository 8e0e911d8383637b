import { open } from 'node:fs/promises';
import { join } from 'node:path';
import sodium from 'libsodium-wrappers';
import type { Inbox, ReadableLetter } from '../../core/inbox/inbox.ts';
import type { OpenedLetter } from '../../core/inbox/open-letter.ts';
import { smallFile } from '../../core/inbox/text-inbox.ts';
import { slicer } from '../../core/letter/body.ts';
import { bodyParts, type LetterContents, parseRoot } from '../../core/letter/letter-contents.ts';
import { release } from '../../core/letter/release.ts';
import { formatHead, furtherCells, type LetterHead } from '../../wire/letter.ts';
import { CELL_CONTENT_BYTES, NONCE_BYTES, TAG_BYTES } from '../../wire/sizes.ts';
import { replacing } from '../files/secret-file.ts';
import { intoPlace } from '../files/unfinished.ts';
import { inboxOnDisk, SEALED } from './folder-inbox.ts';
import { noteOf, openStored, SEALED_NOTE_BYTES, sealNote, sealStored } from './letter-note.ts';
import { type Room, takeRoom } from './room.ts';

await sodium.ready;

/** 1,047,448: the content of a cell, encrypted once more. */
const SEALED_CONTENT_BYTES = NONCE_BYTES + CELL_CONTENT_BYTES + TAG_BYTES;

/**
 * An inbox that keeps each letter in one file, encrypted: its note, then the contents of its cells. Sizes at rest are so
 * many cells, as on the drop; what is in them shows when one is opened.
 */
export function sealedInbox(folder: string, storageKey: Uint8Array): Inbox {
  return inboxOnDisk(folder, storageKey, {
    bytes: sealedBytes,
    write: (letter, room) => seal(folder, letter, room, storageKey),
  });
}

function sealedBytes(head: LetterHead): number {
  return SEALED_NOTE_BYTES + (head.cells.length + 1) * SEALED_CONTENT_BYTES;
}

async function seal(folder: string, letter: ReadableLetter, room: Room, storageKey: Uint8Array): Promise<OpenedLetter> {
  const { name, id, time, contents, progress } = letter;
  const { head } = contents;
  await intoPlace(folder, name + SEALED, async (unfinished) => {
    await using file = await open(unfinished, 'wx', 0o600);
    const write = async (content: Uint8Array, index: number) => {
      const sealed = sealStored(content, placeOf(name, index), storageKey);
      await file.write(sealed, 0, sealed.length, SEALED_NOTE_BYTES + index * SEALED_CONTENT_BYTES);
      room.wrote(sealed.length);
      release(sealed);
    };
    const body = slicer(bodyParts(contents, progress, write));
    const text = new Uint8Array(Math.min(head.textBytes, CELL_CONTENT_BYTES));
    await body.fill(text);
    const note = sealNote(noteOf(head, id, time, text), name, storageKey);
    sodium.memzero(text);
    await file.write(note, 0, note.length, 0);
    await body.finish();
    await file.sync();
  });
  const files = head.files.map((file) => ({ name: file.name, bytes: file.bytes }));
  return { name, path: join(folder, name + SEALED), files, from: head.writer?.contact, answers: head.answers?.id };
}

/**
 * Opens a letter that is kept encrypted, for as long as `use` takes.
 *
 * @throws Error when it was written for another identity, or is damaged
 */
export async function withSealed<T>(
  folder: string,
  name: string,
  storageKey: Uint8Array,
  use: (contents: LetterContents) => Promise<T>,
): Promise<T> {
  await using file = await open(join(folder, name + SEALED), 'r');
  const read = async (index: number) => {
    const sealed = Buffer.alloc(SEALED_CONTENT_BYTES);
    await file.read(sealed, 0, sealed.length, SEALED_NOTE_BYTES + index * SEALED_CONTENT_BYTES);
    return openStored(sealed, placeOf(name, index), storageKey);
  };
  async function* further(cells: number) {
    for (let index = 1; index <= cells; index += 1) yield await read(index);
  }
  const root = await read(0);
  try {
    return await use({ root, ...parseRoot(root), further });
  } finally {
    sodium.memzero(root);
  }
}

/** Seals a letter anew without one of its files, and overwrites what it was. @throws Error when it has no such file */
export async function sealWithout(
  folder: string,
  { name, id, time }: Pick<ReadableLetter, 'name' | 'id' | 'time'>,
  file: string,
  storageKey: Uint8Array,
): Promise<void> {
  await replacing(join(folder, name + SEALED), () =>
    withSealed(folder, name, storageKey, async (before) => {
      const contents = await contentsWithout(before, file);
      try {
        using room = await takeRoom(folder, sealedBytes(contents.head));
        await seal(folder, { name, id, time, contents }, room, storageKey);
      } finally {
        sodium.memzero(contents.root);
      }
    }),
  );
}

/** The contents of a letter as if it had been written without one of its files. */
async function contentsWithout(before: LetterContents, file: string): Promise<LetterContents> {
  const index = smallFile(before.head, file);
  const { textBytes, files } = before.head;
  if (index < 0) throw new Error('there is no such file in that letter');
  const at = files.slice(0, index).reduce((sum, { bytes }) => sum + bytes, textBytes);
  const body = slicer(cutOut(bodyParts(before), at, files[index]!.bytes));
  const parts = { textBytes, files: files.toSpliced(index, 1) };
  const head = { ...before.head, ...parts, cells: before.head.cells.slice(0, furtherCells(parts)) };
  const start = formatHead(head);
  const root = new Uint8Array(CELL_CONTENT_BYTES);
  root.set(start);
  await body.fill(root.subarray(start.length));
  async function* further(cells: number) {
    for (let index = 0; index < cells; index += 1) {
      const content = new Uint8Array(CELL_CONTENT_BYTES);
      await body.fill(content);
      yield content;
    }
  }
  return { root, head, bodyAt: start.length, further };
}

/** Leaves out some bytes of a stream of parts. */
async function* cutOut(parts: AsyncIterable<Uint8Array>, from: number, bytes: number): AsyncGenerator<Uint8Array> {
  let at = 0;
  for await (const part of parts) {
    const within = (place: number) => Math.min(Math.max(place - at, 0), part.length);
    yield part.subarray(0, within(from));
    yield part.subarray(within(from + bytes));
    at += part.length;
  }
}

/** Where the content of a cell belongs, so that none opens in another's place, or in another letter's. */
function placeOf(name: string, index: number): string {
  return `${name} ${index}`;
}

import { randomBytes } from 'node:crypto';
import { readdir, rmdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createSecretFile, removeSecretFile } from '../files/secret-file.ts';
import { intoPlace } from '../files/unfinished.ts';
import { NOTE_NAME, readLetterFolder, readNote, SEALED } from './folder-inbox.ts';
import { type LetterNote, sealNote } from './letter-note.ts';
import { sealWithout, withSealed } from './sealed-inbox.ts';

/** A letter of an inbox, or the note of an answer that was sent. */
export interface ListedLetter extends LetterNote {
  /** Of its folder or file, without an ending. */
  readonly name: string;
  readonly isSealed: boolean;
}

/** Letters that belong together, oldest first: those of one writer and the answers to them, or a single anonymous one. */
export type Conversation = readonly ListedLetter[];

const ANSWER = '.answer-';

/**
 * Reads what an inbox holds.
 *
 * @param damaged - told the names of what could not be read: of another identity's, or damaged
 * @returns conversations, the one with the latest letter last
 */
export async function listInbox(
  inbox: string,
  storageKey: Uint8Array,
  damaged: (name: string) => void,
): Promise<Conversation[]> {
  const names = (await readdir(inbox)).filter((name) => name.startsWith('letter-') || name.startsWith(ANSWER));
  const byWriter = new Map<string, ListedLetter[]>();
  for (const file of names) {
    const isSealed = file.endsWith(SEALED);
    const name = isSealed ? file.slice(0, -SEALED.length) : file;
    try {
      const path = isSealed || name.startsWith(ANSWER) ? join(inbox, file) : join(inbox, name, NOTE_NAME);
      const note = await readNote(path, name, storageKey);
      const writer = note.from ? Buffer.from(note.from.contact.identity).toString('hex') : name;
      byWriter.set(writer, [...(byWriter.get(writer) ?? []), { ...note, name, isSealed }]);
    } catch {
      damaged(name);
    }
  }
  const last = (letters: readonly ListedLetter[]) => letters.at(-1)!.time;
  return [...byWriter.values()]
    .map((letters) => letters.sort((a, b) => a.time - b.time || Number(a.isSent) - Number(b.isSent)))
    .sort((a, b) => last(a) - last(b));
}

/** Notes in an inbox that an answer was sent. Of what it says, nothing is kept. */
export async function noteAnswer(inbox: string, note: LetterNote, storageKey: Uint8Array): Promise<void> {
  const name = `${ANSWER}${randomBytes(16).toString('hex')}`;
  const sealed = sealNote(note, name, storageKey);
  await intoPlace(inbox, name, (unfinished) => createSecretFile(unfinished, sealed));
}

/** Overwrites and removes a letter of an inbox. */
export async function removeLetter(inbox: string, { name, isSealed }: ListedLetter): Promise<void> {
  if (isSealed) return removeSecretFile(join(inbox, name + SEALED));
  const folder = join(inbox, name);
  for (const file of await readdir(folder)) await removeSecretFile(join(folder, file));
  await rmdir(folder);
}

/**
 * Overwrites and removes one file of a letter, where it has that name. What else is in the letter stays; where there is
 * nothing else, all of it goes.
 *
 * @returns whether something of it is left
 */
export async function removeFromLetter(
  inbox: string,
  letter: ListedLetter,
  file: string,
  storageKey: Uint8Array,
): Promise<boolean> {
  const { name, isSealed } = letter;
  const folder = join(inbox, name);
  if (await hasNothingBut(inbox, letter, file, storageKey)) {
    await removeLetter(inbox, letter);
    return false;
  }
  if (isSealed) {
    await sealWithout(inbox, letter, file, storageKey);
    return true;
  }
  const { size } = await stat(join(folder, file));
  await removeSecretFile(join(folder, file));
  const note = sealNote({ ...letter, files: letter.files - 1, bytes: letter.bytes - size }, name, storageKey);
  await intoPlace(folder, NOTE_NAME, (unfinished) => createSecretFile(unfinished, note));
  return true;
}

async function hasNothingBut(
  inbox: string,
  { name, isSealed }: ListedLetter,
  file: string,
  storageKey: Uint8Array,
): Promise<boolean> {
  if (!isSealed) {
    const { files, text } = await readLetterFolder(join(inbox, name));
    return text.length === 0 && files.every((each) => each.name === file);
  }
  const { textBytes, files } = await withSealed(inbox, name, storageKey, async ({ head }) => head);
  return textBytes === 0 && files.length === 1 && files[0]!.name === file;
}

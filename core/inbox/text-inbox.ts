import { wipe } from '../../wire/bytes.ts';
import type { LetterParts } from '../../wire/letter.ts';
import { slicer } from '../letter/body.ts';
import { bodyParts, type LetterContents, upTo } from '../letter/letter-contents.ts';
import { type Inbox, onNoDisk } from './inbox.ts';
import type { OpenedLetter } from './open-letter.ts';

/**
 * An inbox on no disk: it hands on each letter's text, and of its files no more than names and sizes. The cells that hold
 * nothing but files are not fetched.
 *
 * @param show - is given a letter, its text (UTF-8), which is wiped when that is done, and its time
 */
export function textInbox(show: (letter: OpenedLetter, text: Uint8Array, time: number) => void | Promise<void>): Inbox {
  return onNoDisk(async ({ name, time, contents }) => {
    const { files, writer, answers } = contents.head;
    const letter = { name, path: '', files, from: writer?.contact, answers: answers?.id };
    const text = await textOf(contents);
    try {
      await show(letter, text, time);
    } finally {
      wipe(text);
    }
    return letter;
  });
}

/** The text of a letter, in UTF-8. @throws NotOpened */
export async function textOf(contents: LetterContents): Promise<Uint8Array<ArrayBuffer>> {
  const text = new Uint8Array(contents.head.textBytes);
  const body = slicer(bodyParts(upTo(text.length, contents)));
  try {
    await body.fill(text);
    return text;
  } finally {
    await body.stop();
  }
}

/** A small file of a letter, by its name as sent. @returns undefined when there is none @throws NotOpened */
export async function fileIn(contents: LetterContents, wanted: string): Promise<Uint8Array | undefined> {
  const { head } = contents;
  const index = smallFile(head, wanted);
  if (index < 0) return undefined;
  const before = [head.textBytes, ...head.files.slice(0, index).map((file) => file.bytes)];
  const end = before.reduce((sum, bytes) => sum + bytes, head.files[index]!.bytes);
  const body = slicer(bodyParts(upTo(end, contents)));
  try {
    for (const bytes of before) {
      for (let left = bytes; left > 0; left -= FILE_MAX_BYTES)
        await body.fill(new Uint8Array(Math.min(left, FILE_MAX_BYTES)));
    }
    const file = new Uint8Array(head.files[index]!.bytes);
    await body.fill(file);
    return file;
  } finally {
    await body.stop();
  }
}

/** Which of a letter's files is meant by a name: the first small one. @returns -1 when there is none */
export function smallFile({ files }: LetterParts, wanted: string): number {
  return files.findIndex(({ name, bytes }) => name === wanted && bytes <= FILE_MAX_BYTES);
}

/** What is held in memory of a letter at a time. */
const FILE_MAX_BYTES = 2 ** 20;

import { open } from 'node:fs/promises';
import { holdsWords } from '../node/index.ts';
import { armorBegin } from '../wire/armor.ts';
import { confirm } from './ask.ts';
import { signal } from './interruption.ts';
import { type LetterFile, throwNamed } from './letter-files.ts';
import { say, shownLine } from './terminal.ts';

/** The first lines of files that are for their owner only: `node/files/locked-file.ts`. */
const ARMORS = {
  IDENTITY: 'an identity, which is for its owner only',
  'SIGNING KEY': 'a signing key, which is for its owner only',
  'UNSENT LETTER': 'a letter that was not sent, which is for its writer only',
  'UNSENT UPLOAD': 'a letter that was not sent, which is for its writer only',
  'UNSENT ANSWER': 'an answer that was not sent, which is for its writer only',
  'UNSENT INVITATION': 'an invitation to a desk that was not sent, which is for its writer only',
  INVITATION: 'an invitation to a desk, which goes by desk invite',
} as const;

const WORDS = 'the twelve words of a mailbox: whoever has them reads all answers to it';

/** A larger file is no note of words. */
const NOTE_MAX_BYTES = 2 ** 20;

/**
 * Says where a letter holds what its writer is to keep, and asks whether it is to be sent.
 *
 * @param anyway - whether that was answered beforehand
 * @throws Error when it is not
 */
export async function warnOfSecrets(
  text: string,
  files: readonly LetterFile[],
  anyway: boolean | undefined,
): Promise<void> {
  let isTold = false;
  const tell = (where: string, secrets: readonly string[]) => {
    for (const secret of secrets) say(`${where} holds ${secret}`);
    isTold ||= secrets.length > 0;
  };
  tell('the text', secretsIn(Buffer.from(text)));
  for (const { path, file } of files) {
    const secrets = await secretsInFile(path, file.bytes).catch((error) => throwNamed(files, error));
    tell(shownLine(file.name), secrets);
  }
  if (!isTold || anyway) return;
  if (await confirm('Send the letter as it is?', signal)) return;
  throw new Error('nothing was sent: --anyway sends the letter as it is');
}

/** What some bytes hold that is for nobody else: texts in UTF-8 or UTF-16, as editors of Windows write them. */
export function secretsIn(bytes: Uint8Array): string[] {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const texts = [all.toString(), all.toString('utf16le'), all.subarray(1).toString('utf16le')];
  const armors = Object.entries(ARMORS).filter(([name]) => texts.some((text) => text.includes(armor(name))));
  return [...armors.map(([, what]) => what), ...(texts.some(holdsWords) ? [WORDS] : [])];
}

/** Of a large file only the first lines of other files are looked for, wherever in it they stand. */
async function secretsInFile(path: string, bytes: number): Promise<string[]> {
  await using file = await open(path);
  // One for all parts, each behind the end of the one before: new ones would fill the memory until they are collected.
  const part = Buffer.alloc(ARMOR_MAX_BYTES + NOTE_MAX_BYTES);
  const found = new Set<string>();
  for (;;) {
    signal.throwIfAborted();
    const { bytesRead } = await file.read(part, ARMOR_MAX_BYTES, NOTE_MAX_BYTES);
    const read = part.subarray(0, ARMOR_MAX_BYTES + bytesRead);
    if (bytes <= NOTE_MAX_BYTES) return secretsIn(read.subarray(ARMOR_MAX_BYTES));
    if (bytesRead === 0) return [...found];
    for (const [name, what] of Object.entries(ARMORS)) if (read.includes(armor(name))) found.add(what);
    part.copyWithin(0, bytesRead, ARMOR_MAX_BYTES + bytesRead);
  }
}

const armor = (name: string) => armorBegin(`DEAD DROP ${name}`);
const ARMOR_MAX_BYTES = 64;

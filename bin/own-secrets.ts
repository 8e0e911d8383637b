import { open } from 'node:fs/promises';
import { NOTE_MAX_BYTES, type OwnSecret, secretsInFile, secretsInText } from '../core/keys/own-secrets.ts';
import { confirm } from './ask.ts';
import { signal } from './interruption.ts';
import { type LetterFile, throwNamed } from './letter-files.ts';
import { say, shownLine } from './terminal.ts';

const WORDS: Readonly<Record<OwnSecret, string>> = {
  identity: 'an identity, which is for its owner only',
  'signing key': 'a signing key, which is for its owner only',
  invitation: 'an invitation to a desk, which goes by desk invite',
  'unsent letter': 'a letter that was not sent, which is for its writer only',
  'unsent upload': 'a letter that was not sent, which is for its writer only',
  'unsent answer': 'an answer that was not sent, which is for its writer only',
  'unsent invitation': 'an invitation to a desk that was not sent, which is for its writer only',
  words: 'the twelve words of a mailbox: anybody who has them can read all answers to it',
};

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
  const tell = (where: string, secrets: readonly OwnSecret[]) => {
    for (const secret of secrets) say(`${where} holds ${WORDS[secret]}`);
    isTold ||= secrets.length > 0;
  };
  tell('the text', secretsInText(text));
  for (const { path, file } of files) {
    const secrets = await secretsInFile(file.bytes, partsOf(path)).catch((error) => throwNamed(files, error));
    tell(shownLine(file.name), secrets);
  }
  if (!isTold || anyway) return;
  if (await confirm('Send the letter as it is?', signal)) return;
  throw new Error('nothing was sent: --anyway sends the letter as it is');
}

async function* partsOf(path: string): AsyncGenerator<Uint8Array> {
  await using file = await open(path);
  // One for all parts: new ones would fill the memory until they are collected.
  const part = Buffer.alloc(NOTE_MAX_BYTES);
  for (;;) {
    signal.throwIfAborted();
    const { bytesRead } = await file.read(part);
    if (bytesRead === 0) return;
    yield part.subarray(0, bytesRead);
  }
}

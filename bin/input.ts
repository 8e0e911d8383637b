import { readFile } from 'node:fs/promises';
import { addAbortSignal } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setImmediate } from 'node:timers/promises';
import {
  type Contact,
  checkFingerprint,
  checkSignature,
  contactFromText,
  fetchContact,
  parseSealedId,
} from '../client/index.ts';
import { signal } from './interruption.ts';
import { type RoadOptions, roadOptions } from './road.ts';
import { printOf } from './tell-letter.ts';
import { say, Usage } from './terminal.ts';

/** Reads a sealed id from standard input. */
export async function sealedIdFromInput(): Promise<Uint8Array> {
  const text = await readInput();
  try {
    return parseSealedId(text.toString().trim());
  } catch {
    throw new Usage('standard input is no sealed id: it has 108 characters and ends in =');
  }
}

/** All of standard input, or the end of it all when interrupted. */
async function readInput(): Promise<Buffer> {
  await setImmediate(); // a prompt that was answered just now still has standard input stopped, which would end us
  return buffer(addAbortSignal(signal, process.stdin));
}

/** The text of a letter: from a file, from standard input when that is `-` or nothing else is sent, or none. */
export async function letterText(textFile: string | undefined, hasFiles: boolean): Promise<string> {
  if (textFile === undefined && hasFiles) return '';
  if (process.stdin.isTTY && (textFile ?? '-') === '-')
    say('write your letter, and end it with Ctrl-D on a line of its own:');
  const bytes = (textFile ?? '-') === '-' ? await readInput() : await readGiven(textFile!, 'text file');
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Error('the text is not UTF-8: send it as a file');
  }
}

/** A file that was named on the command line. Its name stays out of the error, which may be shown to somebody. */
export function readGiven(path: string, what: string, hint = ''): Promise<Buffer> {
  return readFile(path, { signal }).catch(() => {
    signal.throwIfAborted();
    throw new Error(`the ${what} cannot be read${hint}`);
  });
}

/** Reads a contact: from a file, or from the web, over the same road as everything else. */
export async function readContact(place: string, road: RoadOptions): Promise<Contact> {
  if (/^https?:\/\//i.test(place)) return await fetchContact(place, await roadOptions(place, road));
  return contactFromText((await readGiven(place, 'contact file')).toString());
}

/**
 * The drop of a conversation, as a source names it: with the contact that was written to, or by its URL.
 *
 * @returns the contact, too, where one was given: its signature is right, its validity may be over
 * @throws Usage when neither was given
 */
export async function knownDrop(
  { from, drop: url }: { readonly from?: string; readonly drop?: string },
  road: RoadOptions,
): Promise<{ readonly drop: string; readonly contact?: Contact }> {
  if (url === undefined && from === undefined)
    throw new Usage('give the contact that you wrote to with --from, or the drop with --drop');
  if (from === undefined) return { drop: url! };
  const contact = await readContact(from, road);
  checkSignature(contact);
  return { drop: url ?? contact.drop, contact };
}

/** Checks a contact's identity against the fingerprint given, or says what it is, to be compared. */
export function identify({ identity }: Contact, fingerprint: Uint8Array | undefined): void {
  if (fingerprint) checkFingerprint(identity, fingerprint);
  else {
    say(`to the identity with the fingerprint ${printOf({ identity })}`);
    say('compare it with what was printed or read to you, or give that with --fingerprint');
  }
}

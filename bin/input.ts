import { open } from 'node:fs/promises';
import { addAbortSignal, type Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { isatty } from 'node:tty';
import {
  type Contact,
  checkFingerprint,
  checkSignature,
  fetchContact,
  Revoked,
  readPublished,
  readSealedId,
  spellDropUrl,
} from '../node/index.ts';
import { confirm, hasTerminal, isInputTaken, typedText } from './ask.ts';
import { signal } from './interruption.ts';
import { printOf } from './letter-report.ts';
import { describe, say, Usage } from './terminal.ts';
import { type TransportOptions, transportOptions } from './transport.ts';

/** Reads a sealed id from standard input. */
export async function sealedIdFromInput(): Promise<Uint8Array> {
  const text = await readInput();
  try {
    return readSealedId(Buffer.from(text).toString());
  } catch (error) {
    throw new Usage(`standard input is no sealed id: ${describe(error)}`);
  }
}

/** All of standard input, typed or not, or the end of it all when interrupted. @param heading - for who types it */
async function readInput(heading?: string): Promise<Uint8Array> {
  if (isInputTaken) throw new Usage('standard input was a secret already: give the rest as files');
  if (process.stdin.isTTY) return Buffer.from(await typedText(signal, heading));
  return buffer(addAbortSignal(signal, process.stdin));
}

/** Whether a path is standard input: `-`, or its name in the system. */
function isInput(path: string | undefined): boolean {
  return path !== undefined && ['-', '/dev/stdin', '/dev/fd/0', '/proc/self/fd/0'].includes(path);
}

const WRITE_NOW = 'write your letter, and end it with Ctrl-D on a line of its own:\r\n';

/** The text of a letter: from a file, from standard input when that is `-` or nothing else is sent, or none. */
export async function letterText(textFile: string | undefined, hasFiles: boolean): Promise<string> {
  if (textFile === undefined && hasFiles) return '';
  const isFromInput = textFile === undefined || isInput(textFile);
  const bytes = isFromInput ? await readInput(WRITE_NOW) : await readGiven(textFile, 'text file');
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Error('the text is not UTF-8: send it as a file');
  }
}

/** How long somebody who writes to standard input may take to begin, where nobody reads it. */
const BEGIN_MILLISECONDS = 2000;

/** What a letter takes, as far as standard input can be meant by it. */
export interface InputUse {
  readonly textFile?: string | undefined;
  readonly to?: string | undefined;
  readonly passphraseFd?: number | undefined;
  readonly wordsFd?: number | undefined;
}

/**
 * Refuses what stands on standard input, where nothing reads it: a text that somebody meant to send. It may also be empty,
 * or never end, as under cron and ssh. After a while without anything, that it is left out is said.
 *
 * @throws Usage
 */
export async function refuseUnread({ textFile, to, passphraseFd, wordsFd }: InputUse, wait = BEGIN_MILLISECONDS) {
  const { stdin } = process;
  if (stdin.isTTY || isInput(textFile) || isInput(to) || passphraseFd === 0 || wordsFd === 0) return;
  if (await isSilent(stdin, wait))
    say('standard input is open, and is not read: to send what comes from it, give --text-file -');
}

/** Looks for anything but blanks in a stream, and ends it. @returns whether it had neither that nor an end @throws Usage */
export async function isSilent(input: Readable, wait: number): Promise<boolean> {
  const over = AbortSignal.any([signal, AbortSignal.timeout(wait)]);
  try {
    for await (const part of addAbortSignal(over, input)) {
      if (/\S/.test(String(part)))
        throw new Usage(
          'there is something on standard input, and nothing was sent: give --text-file - to send it, or < /dev/null to leave it out',
        );
    }
    return false;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof Usage) throw error;
    return over.aborted; // what cannot be read, such as a folder, holds no text
  }
}

/** A file that was named on the command line. Its name stays out of the error, which may be shown to somebody. */
export async function readGiven(path: string, what: string, hint = ''): Promise<Buffer> {
  try {
    await using file = await open(path);
    // Its line editing cuts a long line, and nobody could tell what is missing.
    if (isatty(file.fd)) throw new Usage(`the ${what} is a terminal: give a file`);
    return await file.readFile({ signal });
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof Usage) throw error;
    throw new Error(`the ${what} cannot be read${hint}`);
  }
}

/**
 * Reads a contact: from a file, or from the web, over the same transport as everything else.
 *
 * @param fingerprint - of the identity that it has to be, where that is known
 * @throws Revoked when its owner has revoked the identity
 */
export async function readContact(
  place: string,
  transport: TransportOptions,
  fingerprint?: Uint8Array,
): Promise<Contact> {
  if (/^https?:\/\//i.test(place))
    return await fetchContact(place, await transportOptions(place, transport), fingerprint);
  return readPublished(await readGiven(place, 'contact file'), fingerprint);
}

/**
 * The drop of a conversation, as a source names it: with the contact that was written to, or by its URL.
 *
 * @returns the contact, too, where one was given: its signature is right, its validity may be over
 * @throws Usage when neither was given
 */
export async function knownDrop(
  { from, drop: url }: { readonly from?: string; readonly drop?: string },
  transport: TransportOptions,
): Promise<{ readonly drop: string; readonly contact?: Contact }> {
  if (url === undefined && from === undefined)
    throw new Usage('give the contact that you wrote to with --from, or the drop with --drop');
  if (from === undefined) return { drop: typedDrop(url!) };
  const contact = await readContact(from, transport).catch((error) => {
    if (error instanceof Revoked && url === undefined) say('the drop is no longer named there: give it with --drop');
    throw error;
  });
  checkSignature(contact);
  return { drop: url === undefined ? contact.drop : typedDrop(url), contact };
}

/** A drop's URL in its one spelling, however a person typed it; what is none is for others to refuse. */
export function typedDrop(url: string): string {
  return spellDropUrl(url) ?? url;
}

/** Checks a contact's identity against the fingerprint given, or says what it is, to be compared. */
export function checkIdentity({ identity }: Contact, fingerprint: Uint8Array | undefined): void {
  if (fingerprint) checkFingerprint(identity, fingerprint);
  else {
    say(`to the identity with the fingerprint ${printOf({ identity })}`);
    say('compare it with what was printed or read to you, or give that with --fingerprint');
  }
}

/** How a person makes sure whose contact it is. */
export interface Identifying {
  readonly fingerprint?: Uint8Array | undefined;
  /** Whether they do not. */
  readonly withoutFingerprint?: boolean | undefined;
}

/**
 * Makes sure whose contact it is before anything is written to it: by the fingerprint given, or by asking.
 *
 * @throws Error when it is another one; Usage when nobody can be asked
 */
export async function identify(contact: Contact, { fingerprint, withoutFingerprint }: Identifying): Promise<void> {
  checkIdentity(contact, fingerprint);
  if (fingerprint || withoutFingerprint) return;
  if (!hasTerminal())
    throw new Usage(
      'give that fingerprint with --fingerprint, or --without-fingerprint to write without knowing whose contact it is',
    );
  if (await confirm('Is it the same?', signal)) return;
  throw new Error('nothing was sent: the contact may be of somebody else than you think');
}

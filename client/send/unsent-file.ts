import { readFile } from 'node:fs/promises';
import sodium from 'libsodium-wrappers';
import { type Contact, formatContact, parseContact } from '../../wire/contact.ts';
import type { CellEntry } from '../../wire/letter.ts';
import { damaged, type Lock, newLock, type Stretching, unlock } from '../files/locked-file.ts';
import { createSecretFile, removeSecretFile, replaceSecretFile } from '../files/secret-file.ts';
import { type Draft, fileAt, type OutgoingFile } from '../letter/body.ts';
import type { SentSoFar } from './send.ts';

await sodium.ready;

/** A letter that is being sent, with all that another process needs to go on with it. */
export interface UnsentLetter {
  readonly contact: Contact;
  readonly text: string;
  /** Absolute paths. Files are not copied: they have to stay as they are. */
  readonly files: readonly { readonly path: string; readonly bytes: number; readonly changed: string }[];
  /** The mailbox that signs it, by its identity. Its words are not kept. */
  readonly signer?: Uint8Array | undefined;
  /** Over how long it is spread, and when that ends: milliseconds, and milliseconds since 1970. */
  readonly over?: number | undefined;
  readonly end?: number | undefined;
  readonly soFar?: SentSoFar | undefined;
}

/** A file that keeps a letter until it is sent. */
export interface UnsentFile {
  readonly letter: UnsentLetter;
  /** Notes how far it has come: a crash leaves the note before or this one. */
  keep(soFar: SentSoFar): Promise<void>;
  /** Overwrites and removes it: the letter is sent. */
  remove(): Promise<void>;
  /** Overwrites the key. */
  wipe(): void;
}

/** Begins a file for a letter, encrypted under a passphrase. @throws Error when there is a file of that name */
export async function newUnsentFile(
  path: string,
  passphrase: Uint8Array,
  letter: UnsentLetter,
  stretching?: Stretching,
): Promise<UnsentFile> {
  const lock = await newLock('unsent letter', passphrase, stretching); // takes long: nothing stands there meanwhile
  await createSecretFile(path, format(letter, lock)).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
    throw new Error('there is a file of that name: an unsent letter is kept in a new one');
  });
  return hold(path, lock, letter);
}

/** Reads such a file. @returns null when the passphrase is wrong @throws Error when it is none */
export async function openUnsentFile(path: string, passphrase: Uint8Array): Promise<UnsentFile | null> {
  const unlocked = await unlock('unsent letter', await readFile(path, 'utf8'), passphrase);
  if (unlocked === null) return null;
  const { secrets, lock } = unlocked;
  try {
    return hold(path, lock, parse(secrets));
  } catch {
    throw damaged('unsent letter');
  } finally {
    sodium.memzero(secrets);
  }
}

/** The letter's files, as they were. @throws Error when one has changed */
export async function filesOf({ files }: UnsentLetter): Promise<OutgoingFile[]> {
  return Promise.all(
    files.map(async ({ path, bytes, changed }) => {
      const file = await fileAt(path);
      if (file.bytes === bytes && file.changed === changed) return file;
      throw new Error('a file of the letter has changed since it was begun: begin the letter anew');
    }),
  );
}

/** A draft as it is kept. @param paths - of its files, absolute, in order */
export function unsentOf(
  { text = '', files = [], from }: Draft,
  paths: readonly string[],
): Pick<UnsentLetter, 'text' | 'files' | 'signer'> {
  return {
    text,
    files: files.map(({ bytes, changed = '' }, index) => ({ path: paths[index]!, bytes, changed })),
    signer: from?.contact.identity,
  };
}

function hold(path: string, lock: Lock, letter: UnsentLetter): UnsentFile {
  return {
    letter,
    keep: (soFar) => replaceSecretFile(path, format({ ...letter, soFar }, lock)),
    remove: () => removeSecretFile(path),
    wipe: lock.wipe,
  };
}

/** JSON: it is read by nobody but this program. */
function format({ contact, signer, soFar, ...rest }: UnsentLetter, lock: Lock): string {
  const cells = soFar?.cells.map(({ id, digest }) => [base64(id), base64(digest)]);
  const written = {
    ...rest,
    contact: formatContact(contact),
    signer: signer && base64(signer),
    since: soFar?.since,
    cells,
  };
  const secrets = Buffer.from(JSON.stringify(written));
  const text = lock.lock(secrets);
  secrets.fill(0);
  return text;
}

function parse(secrets: Uint8Array): UnsentLetter {
  // Zeros fill the file up.
  const { contact, signer, since, cells, ...rest } = JSON.parse(Buffer.from(secrets).toString().replace(/\0+$/, ''));
  const entry = ([id, digest]: [string, string]): CellEntry => ({ id: bytes(id), digest: bytes(digest) });
  return {
    ...rest,
    contact: parseContact(contact),
    signer: signer && bytes(signer),
    soFar: cells && { since, cells: cells.map(entry) },
  };
}

const base64 = (value: Uint8Array) => Buffer.from(value).toString('base64');
const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'base64'));

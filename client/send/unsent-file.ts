import { readFile, realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import sodium from 'libsodium-wrappers';
import { type Contact, formatContact, parseContact } from '../../wire/contact.ts';
import type { CellEntry } from '../../wire/letter.ts';
import { type FileLock, lockFile } from '../files/file-lock.ts';
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

/** A file that keeps a letter until it is sent, locked for whoever sends it: two would send it twice. */
export interface UnsentFile {
  readonly letter: UnsentLetter;
  /** Notes how far it has come: a crash leaves the note before or this one. */
  keep(soFar: SentSoFar): Promise<void>;
  /** Overwrites and removes it: the letter is sent. */
  remove(): Promise<void>;
  /** Overwrites the key, and unlocks the file. */
  wipe(): void;
}

/**
 * Begins a file for a letter, encrypted under a passphrase, and locks it.
 *
 * @throws Error when there is a file of that name, or another process begins one
 */
export async function newUnsentFile(
  path: string,
  passphrase: Uint8Array,
  letter: UnsentLetter,
  stretching?: Stretching,
): Promise<UnsentFile> {
  const lock = await newLock('unsent letter', passphrase, stretching); // takes long: nothing stands there meanwhile
  const place = join(await realpath(dirname(path)), basename(path));
  return lockedFor(place, async (held) => {
    await createSecretFile(place, format(letter, lock)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
      throw new Error('there is a file of that name: an unsent letter is kept in a new one');
    });
    return hold(place, lock, letter, held);
  });
}

/**
 * Reads such a file, and locks it.
 *
 * @returns null when the passphrase is wrong @throws Error when it is none, or another process sends it
 */
export async function openUnsentFile(path: string, passphrase: Uint8Array): Promise<UnsentFile | null> {
  const place = await realpath(path); // by whatever link
  return lockedFor(place, async (held) => {
    const unlocked = await unlock('unsent letter', await readFile(place), passphrase);
    if (unlocked === null) return null;
    const { secrets, lock } = unlocked;
    try {
      return hold(place, lock, parse(secrets), held);
    } catch {
      throw damaged('unsent letter');
    } finally {
      sodium.memzero(secrets);
    }
  });
}

/** Locks the file of a letter, and unlocks it when `use` gives nothing. @throws Error when another process has it */
async function lockedFor<T extends UnsentFile | null>(path: string, use: (held: FileLock) => Promise<T>): Promise<T> {
  const held = lockFile(path, 'the unsent letter');
  if (held === null) throw new Error('another command is sending that letter: wait until it ends');
  let file: T | undefined;
  try {
    file = await use(held);
    return file;
  } finally {
    if (!file) held[Symbol.dispose]();
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

function hold(path: string, lock: Lock, letter: UnsentLetter, held: FileLock): UnsentFile {
  return {
    letter,
    keep: (soFar) => replaceSecretFile(path, format({ ...letter, soFar }, lock)),
    remove: () => removeSecretFile(path),
    wipe() {
      lock.wipe();
      held[Symbol.dispose]();
    },
  };
}

/** JSON: it is read by nobody but this program. */
function format({ contact, signer, soFar, ...rest }: UnsentLetter, lock: Lock): string {
  const cells = soFar?.cells.map((cell) => (cell === undefined ? null : [base64(cell.id), base64(cell.digest)]));
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
  const entry = (cell: [string, string] | null): CellEntry | undefined =>
    cell === null ? undefined : { id: bytes(cell[0]), digest: bytes(cell[1]) };
  return {
    ...rest,
    contact: parseContact(contact),
    signer: signer && bytes(signer),
    soFar: cells && { since, cells: cells.map(entry) },
  };
}

const base64 = (value: Uint8Array) => Buffer.from(value).toString('base64');
const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'base64'));

import { readFile, realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import sodium from 'libsodium-wrappers';
import { derive } from '../../core/keys/derive.ts';
import type { Identity } from '../../core/keys/identity.ts';
import type { LockedKind } from '../../core/keys/own-secrets.ts';
import type { Draft, OutgoingFile } from '../../core/letter/body.ts';
import type { Stretching } from '../../core/platform.ts';
import type { SentSoFar } from '../../core/send/send.ts';
import { type Contact, formatContactBytes, parseContactBytes } from '../../wire/contact.ts';
import type { Answered, CellEntry } from '../../wire/letter.ts';
import { type FileLock, lockFile } from '../files/file-lock.ts';
import { damaged, isLocked, type Lock, newLock, unlock } from '../files/locked-file.ts';
import { fileAt } from '../files/outgoing-file.ts';
import { createSecretFile, removeSecretFile, replaceSecretFile } from '../files/secret-file.ts';

await sodium.ready;

/** What is kept until it is sent: a file says it in its first line, and opens as nothing else. */
export type UnsentKind = Extract<LockedKind, `unsent ${string}`>;

const KINDS = ['unsent letter', 'unsent upload', 'unsent answer', 'unsent invitation'] as const;

/** A letter that is being sent, with all that another process needs to go on with it. */
export interface UnsentLetter {
  readonly contact: Contact;
  readonly text: string;
  /** Absolute paths. Files are not copied: they have to stay as they are. */
  readonly files: readonly { readonly path: string; readonly bytes: number; readonly changed: string }[];
  /** Who signs it, by their identity. Neither words nor keys are kept. */
  readonly signer?: Uint8Array | undefined;
  /** The letter that it answers. */
  readonly answers?: Answered | undefined;
  /** Base URL of the drop that it goes to, where that is another than the contact's. */
  readonly drop?: string | undefined;
  /** In place of a text and files: a desk's invitation, which is locked itself, and the epoch of it that was issued last. */
  readonly invitation?: { readonly text: string; readonly issued: number } | undefined;
  /** Over how long it is spread, and when that ends: milliseconds, and milliseconds since 1970. */
  readonly over?: number | undefined;
  readonly end?: number | undefined;
  readonly soFar?: SentSoFar | undefined;
}

/** A file that keeps a letter until it is sent, locked for whoever sends it: two would send it twice. */
export interface UnsentFile {
  readonly kind: UnsentKind;
  readonly letter: UnsentLetter;
  /** Notes how far it has come: a crash leaves the note before or this one. */
  keep(soFar: SentSoFar): Promise<void>;
  /** Keeps another letter in its place, since this one is sent. */
  next(letter: UnsentLetter): Promise<UnsentFile>;
  /** Overwrites and removes it: the letter is sent. */
  remove(): Promise<void>;
  /** Overwrites the key, and unlocks the file. */
  wipe(): void;
}

/** What an answer and a desk's invitation are kept under: who has the keys is not asked for more. To be wiped. */
export function unsentKey({ storageKey }: Pick<Identity, 'storageKey'>): Uint8Array {
  return derive(storageKey, 'unsent letter');
}

/** As little as there is: nobody guesses a key. */
const UNSTRETCHED: Stretching = { memoryKibibytes: 8, passes: 1, lanes: 1 };

/**
 * Begins a file for a letter, encrypted, and locks it.
 *
 * @param secret - a passphrase; for an answer and an invitation, their `unsentKey`
 * @throws Error when there is a file of that name, or another process begins one
 */
export async function newUnsentFile(
  path: string,
  kind: UnsentKind,
  secret: Uint8Array,
  letter: UnsentLetter,
  stretching: Stretching | undefined = isUnderKey(kind) ? UNSTRETCHED : undefined,
): Promise<UnsentFile> {
  const lock = await newLock(kind, secret, stretching); // takes long: nothing stands there meanwhile
  const place = join(await realpath(dirname(path)), basename(path));
  return lockedFor(place, async (held) => {
    await createSecretFile(place, format(letter, lock)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
      throw new Error('there is a file of that name: an unsent letter is kept in a new one');
    });
    return hold(place, kind, lock, letter, held);
  });
}

/**
 * Reads such a file, and locks it.
 *
 * @returns null when the secret is wrong @throws Error when it is none, or another process sends it
 */
export async function openUnsentFile(path: string, kind: UnsentKind, secret: Uint8Array): Promise<UnsentFile | null> {
  const place = await realpath(path); // by whatever link
  return lockedFor(place, async (held) => {
    const unlocked = await unlock(kind, await readFile(place), secret);
    if (unlocked === null) return null;
    const { secrets, lock } = unlocked;
    try {
      return hold(place, kind, lock, parse(secrets), held);
    } catch {
      throw damaged(kind);
    } finally {
      sodium.memzero(secrets);
    }
  });
}

/** What a file keeps, as far as its first line says. @returns undefined when that is nothing unsent */
export async function unsentKindOf(path: string): Promise<UnsentKind | undefined> {
  const text = await readFile(path);
  return KINDS.find((kind) => isLocked(kind, text));
}

function isUnderKey(kind: UnsentKind): boolean {
  return kind === 'unsent answer' || kind === 'unsent invitation';
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
  { text = '', files = [], from, answers }: Draft,
  paths: readonly string[],
): Pick<UnsentLetter, 'text' | 'files' | 'signer' | 'answers'> {
  return {
    text,
    files: files.map(({ bytes, changed = '' }, index) => ({ path: paths[index]!, bytes, changed })),
    signer: from?.contact.identity,
    answers,
  };
}

function hold(path: string, kind: UnsentKind, lock: Lock, letter: UnsentLetter, held: FileLock): UnsentFile {
  const replace = (by: UnsentLetter) => replaceSecretFile(path, format(by, lock));
  return {
    kind,
    letter,
    keep: (soFar) => replace({ ...letter, soFar }),
    async next(another) {
      await replace(another);
      return hold(path, kind, lock, another, held);
    },
    remove: () => removeSecretFile(path),
    wipe() {
      lock.wipe();
      held[Symbol.dispose]();
    },
  };
}

/** JSON: it is read by nobody but this program. */
function format({ contact, signer, answers, soFar, ...rest }: UnsentLetter, lock: Lock): string {
  const cells = soFar?.cells.map((cell) => (cell === undefined ? null : [base64(cell.id), base64(cell.digest)]));
  const written = {
    ...rest,
    contact: base64(formatContactBytes(contact)),
    signer: signer && base64(signer),
    answers: answers && [base64(answers.id), base64(answers.ticket)],
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
  const written = JSON.parse(Buffer.from(secrets).toString().replace(/\0+$/, ''));
  const { contact, signer, answers, since, cells, ...rest } = written;
  const entry = (cell: [string, string] | null): CellEntry | undefined =>
    cell === null ? undefined : { id: bytes(cell[0]), digest: bytes(cell[1]) };
  return {
    ...rest,
    contact: parseContactBytes(bytes(contact)),
    signer: signer && bytes(signer),
    answers: answers && { id: bytes(answers[0]), ticket: bytes(answers[1]) },
    soFar: cells && { since, cells: cells.map(entry) },
  };
}

const base64 = (value: Uint8Array) => Buffer.from(value).toString('base64');
const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'base64'));

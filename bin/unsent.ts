import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Contact, type Draft, newUnsentFile, openUnsentFile, type UnsentFile, unsentOf } from '../client/index.ts';
import { secret } from './ask.ts';
import { signal } from './interruption.ts';

/** What keeping a letter until it is sent needs. */
export interface UnsentOptions {
  readonly state?: string;
  readonly passphraseFd?: number;
  /** Milliseconds. */
  readonly over?: number;
}

/**
 * Asks for the passphrase of --state, if there is one. Before anybody writes a text: standard input ends with that.
 *
 * @returns what then keeps a letter in that file
 * @throws Error when there is a file of that name
 */
export async function unsentKeeper({ state, passphraseFd, over }: UnsentOptions) {
  if (state === undefined) return undefined;
  if (existsSync(state)) throw new Error('there is a file of that name: an unsent letter is kept in a new one');
  const name = 'New passphrase for the unsent letter';
  const passphrase = await secret({ name, option: '--passphrase-fd', fd: passphraseFd, signal, isNew: true });
  return (contact: Contact, draft: Draft, paths: readonly string[]): Promise<UnsentFile> => {
    if (paths.some((path) => path.startsWith('/proc/')))
      throw new Error('a file whose name is not UTF-8 cannot be found again later: rename it');
    const absolute = paths.map((path) => resolve(path));
    const end = over === undefined ? undefined : Date.now() + over;
    const letter = { ...unsentOf(draft, absolute), contact, over, end };
    return newUnsentFile(state, passphrase, letter).finally(() => passphrase.fill(0));
  };
}

/** Opens the file of a letter that was interrupted. @throws Error when it is none, or the passphrase is wrong */
export async function openUnsent(path: string, { passphraseFd }: UnsentOptions): Promise<UnsentFile> {
  const name = 'Passphrase of the unsent letter';
  const passphrase = await secret({ name, option: '--passphrase-fd', fd: passphraseFd, signal });
  const unsent = await openUnsentFile(path, passphrase)
    .catch((error: NodeJS.ErrnoException) => {
      throw error.code === undefined ? error : new Error('the file of the unsent letter cannot be read');
    })
    .finally(() => passphrase.fill(0));
  if (unsent === null) throw new Error('wrong passphrase, or the file is damaged');
  return unsent;
}

import { readFile, realpath } from 'node:fs/promises';
import type { Command } from 'commander';
import {
  checkRevocation,
  checkSignature,
  type Identity,
  isRevocation,
  parseContact,
  parseRevocation,
  replacePublicFile,
} from '../node/index.ts';
import { describe, say, tell } from './terminal.ts';

/** What a command publishes, and where. */
export interface PublishOptions {
  readonly json?: boolean;
  readonly out?: string;
}

/** Gives a command the option that names the file which is published. */
export function publishOption(command: Command): Command {
  return command.option('--out <file>', 'put it into this file, in place of the contact there, instead of printing it');
}

/** What is known of the identity that publishes something: all of it, or whose it is. */
export type Publisher = Pick<Identity, 'signing'> & Partial<Pick<Identity, 'epochs' | 'issued'>>;

/**
 * Makes sure that a file is there for what an identity publishes: a new one, an empty one, or an earlier contact of its own.
 *
 * @throws Error also when the contact there shows that the identity's file is an older copy
 */
export async function checkPlace({ out: path }: PublishOptions, of: Publisher): Promise<void> {
  if (path === undefined) return;
  const text = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  });
  if (text.length === 0) return;
  const isOther = new Error('that file holds something else than a contact of this identity: it is not overwritten');
  const published = read(text);
  if (published === undefined || Buffer.compare(published.identity, of.signing.publicKey) !== 0) throw isOther;
  if (of.epochs === undefined) return;
  if (!('validFrom' in published)) throw new Error('this identity is revoked there: nothing was changed');
  const { epochs, issued = 0 } = of;
  const isKnown = epochs.some(({ id }) => Buffer.compare(id.publicKey, published.idKey) === 0);
  if (!isKnown && published.validFrom > (epochs[0]?.validFrom ?? issued))
    throw new Error(
      'the contact in that file has keys that this identity lacks: its file is an older copy, as of a backup, and letters to that contact would be lost; go on with the newer file. Nothing was changed',
    );
}

/** What is published in a file, when it is signed by whom it names. */
function read(text: Uint8Array) {
  try {
    if (isRevocation(text)) {
      const revocation = parseRevocation(text);
      checkRevocation(revocation);
      return revocation;
    }
    const contact = parseContact(text);
    checkSignature(contact);
    return contact;
  } catch {
    return undefined;
  }
}

/** Prints what is to be published, or puts it into the file that is published. */
export async function publish({ json, out: path }: PublishOptions, value: object, text: string): Promise<void> {
  if (path === undefined) return tell(json, value, text);
  const place = await realpath(path).catch(() => path); // a link stays one
  await replacePublicFile(place, text.endsWith('\n') ? text : `${text}\n`).catch((error) => {
    tell(json, value, text);
    throw new Error(`what was to be published is printed instead, and the file is as it was: ${describe(error)}`);
  });
  say('the file that is published has it now');
  tell(json, value, path);
}

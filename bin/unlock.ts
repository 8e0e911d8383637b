import { type Command, Option } from 'commander';
import { type Identity, type IdentityStore, openIdentityStore, openMailbox, wipeIdentity } from '../node/index.ts';
import { secret } from './ask.ts';
import { signal } from './interruption.ts';
import { printOf } from './letter-report.ts';
import { identityOption, passphraseOption, wordsOption } from './options.ts';
import { say, Usage } from './terminal.ts';

/** Nobody can tell one from the other. */
export const WRONG_PASSPHRASE =
  'wrong passphrase, or the file is damaged: when you are sure of the passphrase, try your backup';

/** Whose letters a command is about. */
export interface OwnerOptions {
  readonly identity: string;
  readonly passphraseFd?: number;
}

/** The same, where it may also be a mailbox. */
export interface ReaderOptions extends OwnerOptions {
  readonly mailbox?: boolean;
  readonly wordsFd?: number;
}

/** Gives a command the options that name an identity file. */
export function ownerCommand(command: Command): Command {
  return command.addOption(identityOption()).addOption(passphraseOption());
}

/** Gives a command the options that name an identity file, or say that it is about a mailbox. */
export function readerCommand(command: Command): Command {
  return ownerCommand(command)
    .addOption(new Option('--mailbox', 'it is the inbox of a mailbox: asks for its words').conflicts('passphraseFd'))
    .addOption(wordsOption());
}

/** Unlocks an identity file, and wipes it when `use` is done. */
export async function withIdentity<T>(
  { identity: path, passphraseFd }: OwnerOptions,
  use: (held: IdentityStore) => Promise<T>,
  asked = { name: 'Passphrase', option: '--passphrase-fd' },
): Promise<T> {
  const passphrase = await secret({ ...asked, fd: passphraseFd, signal });
  const held = await openIdentityStore(path, passphrase)
    .catch((error: NodeJS.ErrnoException) => {
      if (error.code === undefined) throw error;
      throw new Error('the identity file cannot be read: make one with dead-drop keygen, or name it with --identity');
    })
    .finally(() => passphrase.fill(0));
  if (held === null) throw new Error(WRONG_PASSPHRASE);
  try {
    return await use(held);
  } finally {
    held.wipe();
  }
}

/** Asks for the words of a mailbox, and wipes it when `use` is done. @param drop - where answers are expected, if anywhere */
export async function withMailbox<T>(
  { wordsFd }: { readonly wordsFd?: number },
  drop: string | undefined,
  use: (held: IdentityStore) => Promise<T>,
): Promise<T> {
  const words = await secret({ name: 'Words of the mailbox', option: '--words-fd', fd: wordsFd, signal });
  const identity = await openMailbox(words, drop).finally(() => words.fill(0));
  sayMailbox(identity);
  try {
    return await use({
      current: () => identity,
      refresh: async () => identity,
      update: async () => {
        throw new Error('a mailbox has no epochs: make a new one instead');
      },
      destroyPast: async () => {},
      wipe: () => {},
    });
  } finally {
    wipeIdentity(identity);
  }
}

/** Says which mailbox it is: words mistyped in a way that their checksum lets pass open another one. */
export function sayMailbox({ signing }: Identity): void {
  const print = printOf({ identity: signing.publicKey });
  say(`your mailbox: ${print.slice(0, '0000 0000'.length)} (the same each time; if not, a word is mistyped)`);
}

/** The one or the other. */
export function withReader<T>(options: ReaderOptions, use: (held: IdentityStore) => Promise<T>): Promise<T> {
  if (!options.mailbox && options.wordsFd !== undefined) throw new Usage('--words-fd goes with --mailbox');
  return options.mailbox ? withMailbox(options, undefined, use) : withIdentity(options, use);
}

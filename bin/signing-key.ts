import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import {
  detachSigningKey,
  formatRevocation,
  type Identity,
  type IdentityStore,
  revoke,
  type SigningKey,
  signingKeyOf,
  unlockSigningKey,
} from '../node/index.ts';
import { ask, hasTerminal, secret } from './ask.ts';
import { readGiven } from './input.ts';
import { signal } from './interruption.ts';
import { printOf } from './letter-report.ts';
import { SIGNING_KEY_FILE, signingKeyOptions } from './options.ts';
import { checkPlace, type PublishOptions, publish, publishOption } from './publish.ts';
import { say, tell, Usage } from './terminal.ts';
import { type OwnerOptions, ownerCommand, WRONG_PASSPHRASE, withIdentity } from './unlock.ts';

/** Where a signing key is, when it is in a file of its own. */
export interface SigningOptions {
  readonly signingKey?: string;
  readonly signingKeyPassphraseFd?: number;
}

const DETACH_HELP = `
Afterwards, rotate, revoke and the changes of a desk need --signing-key; everything else goes on without it. Keep its file
where you do not read letters: on a stick in a drawer. A thief of the other one can read and answer until its epochs are
over, but cannot publish a contact in your name. Older copies and backups of the identity still hold the key.`;

const REVOKE_HELP = `
A revocation is for ever, and takes the place of the contact wherever that is published: everybody who fetches it there writes to
nobody. A contact that somebody has already stays valid until its end, and letters that are on their way are still read.`;

/** What is typed to revoke an identity. Nobody has it in a history of commands. */
const WORDS = 'nobody is to write to me here again';

/** Gives `detach` what it does. */
export function detachCommand(command: Command): Command {
  return signingKeyOptions(ownerCommand(command), SIGNING_KEY_FILE)
    .addHelpText('after', DETACH_HELP)
    .action(async ({ json, ...options }) => {
      await withIdentity(options, async (held) => {
        // Before anything is asked for.
        if (held.current().signing.secretKey === undefined)
          throw new Error(
            'there is no signing key in this identity: it is in a file of its own already, or with the maker of the desk',
          );
        const passphrase = await newPassphrase(options);
        await detachSigningKey(held, options.signingKey, passphrase).finally(() => passphrase.fill(0));
      });
      say('the signing key is in a file of its own now: move it to where you do not read letters, and keep a copy');
      say('older copies and backups of the identity still hold it: replace them');
      tell(json, { signingKey: options.signingKey }, options.signingKey);
    });
}

/** Asks for the passphrase of a signing key that is to be made. Where a file is there already, it has to be that one's. */
export function newPassphrase({ signingKey, signingKeyPassphraseFd: fd }: SigningOptions): Promise<Uint8Array> {
  const isNew = !existsSync(signingKey!);
  const name = `${isNew ? 'New passphrase for' : 'Passphrase of'} the signing key`;
  return secret({ name, option: '--signing-key-passphrase-fd', fd, signal, isNew });
}

/**
 * The signing key that an option names, for as long as `use` takes.
 *
 * @returns what `use` gives, which has none where no option names one
 */
async function withSigningKey<T>(
  { signingKey: path, signingKeyPassphraseFd: fd }: SigningOptions,
  use: (key: SigningKey | undefined) => T | Promise<T>,
): Promise<T> {
  if (path === undefined && fd !== undefined) throw new Usage('--signing-key-passphrase-fd goes with --signing-key');
  if (path === undefined) return use(undefined);
  const text = await readGiven(path, 'file of the signing key');
  const asked = { name: 'Passphrase of the signing key', option: '--signing-key-passphrase-fd' };
  const passphrase = await secret({ ...asked, fd, signal });
  const key = await unlockSigningKey(text, passphrase).finally(() => passphrase.fill(0));
  if (key === null) throw new Error(WRONG_PASSPHRASE);
  try {
    return await use(key);
  } finally {
    key.secretKey.fill(0);
  }
}

/** Changes an identity in a way that takes its signing key. @throws Error that says where the key is, when it is not given */
export function changeSigned(
  held: IdentityStore,
  options: SigningOptions,
  change: (identity: Identity) => Identity,
): Promise<Identity> {
  return withSigningKey(options, (key) => {
    if (key === undefined) signingKeyOf(held.current());
    return held.update(change, key);
  });
}

/** Gives `revoke` what it does. */
export function revokeCommand(command: Command): Command {
  return publishOption(signingKeyOptions(ownerCommand(command)))
    .option('--yes', 'do not ask')
    .addHelpText('after', REVOKE_HELP)
    .action(async ({ yes, ...options }: OwnerOptions & SigningOptions & PublishOptions & { yes?: boolean }) => {
      if (!yes && !hasTerminal())
        throw new Usage('revoke asks for words on the terminal, and there is none: give --yes');
      const give = async (key: SigningKey) => {
        const fingerprint = printOf({ identity: key.publicKey });
        await checkPlace(options, { signing: key });
        say(`this says for ever, and cannot be taken back, that nobody is to write to ${fingerprint}`);
        if (!yes) await askForWords();
        const text = formatRevocation(revoke(key));
        say('publish this in place of the contact, wherever that is; letters that are on their way are still read');
        await publish(options, { revocation: text, fingerprint }, text);
      };
      await withSigningKey(options, (key) => {
        // Without its identity, too: that may have been stolen, or lost.
        if (key !== undefined) return give(key);
        return withIdentity(options, (held) => give(signingKeyOf(held.current())));
      });
    });
}

async function askForWords(): Promise<void> {
  const typed = await ask(`To go on, type "${WORDS}": `, signal);
  if (typed !== WORDS) throw new Error('those were not the words: nothing is revoked');
}

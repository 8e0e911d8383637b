import sodium from 'libsodium-wrappers';
import { stretch } from '../files/locked-file.ts';
import { guard } from '../sodium/secret.ts';
import { derive, epochKeys } from './epoch.ts';
import { type Identity, issue } from './identity.ts';
import { parseWords } from './words.ts';

await sodium.ready;

/** 16 bytes. Nobody who keeps nothing can keep a salt of their own; 128 bits of entropy do without. */
const SALT = Buffer.from('dead-drop 1 mail');

/** For how long a return contact can be answered: a conversation of weeks brings a new one with each letter. */
const RETURN_DAYS = 90;

const DAY_SECONDS = 86_400;

/**
 * The mailbox that twelve words give: an identity with one epoch, derived from the words alone. Protocol, "Mailbox".
 *
 * @param words - as they were typed, in UTF-8
 * @param drop - base URL of the drop where answers are expected
 * @param now - seconds since 1970; what its contact says of time is rounded to days
 * @throws Error in one line when the words are no mailbox's
 */
export async function openMailbox(words: Uint8Array, drop: string, now: number): Promise<Identity> {
  const entropy = parseWords(words);
  const secret = await stretch(entropy, SALT);
  sodium.memzero(entropy);
  const seed = derive(secret, 'mailbox identity');
  const { publicKey, privateKey } = sodium.crypto_sign_seed_keypair(seed);
  sodium.memzero(seed);
  const signing = { publicKey, secretKey: guard(privateKey) };
  const today = Math.floor(now / DAY_SECONDS) * DAY_SECONDS;
  const keys = epochKeys(derive(secret, 'mailbox keys'));
  // From yesterday on: the clock of whoever answers may be behind.
  const epoch = issue({ drop, signing }, keys, 1, today - DAY_SECONDS, today + RETURN_DAYS * DAY_SECONDS);
  const storageKey = guard(derive(secret, 'mailbox storage'));
  sodium.memzero(secret);
  return { drop, signing, storageKey, epochSeconds: RETURN_DAYS * DAY_SECONDS, issued: 1, epochs: [epoch] };
}

/** The same mailbox, with a return contact that names another drop. */
export function mailboxAt(mailbox: Identity, drop: string): Identity {
  const [epoch] = mailbox.epochs;
  const { number, validFrom, validUntil } = epoch!;
  const moved = { ...mailbox, drop };
  return { ...moved, epochs: [issue(moved, epoch!, number, validFrom, validUntil)] };
}

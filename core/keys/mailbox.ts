import { argon2id, guard } from '#platform';
import { utf8, wipe } from '../../wire/bytes.ts';
import { CURVE_KEY_BYTES, SIGNATURE_BYTES } from '../../wire/sizes.ts';
import { presentSeconds } from './day.ts';
import { derive } from './derive.ts';
import { type EpochKeys, epochKeys, publicPart } from './epoch.ts';
import type { Identity } from './identity.ts';
import { mailboxIdentity } from './mailbox-identity.ts';
import { STRETCHING } from './stretching.ts';
import { parseWords } from './words.ts';

/** 16 bytes. Nobody who keeps nothing can keep a salt of their own; 128 bits of entropy do without. */
const SALT = utf8('dead-drop 1 mail');

/** For how long a return contact can be answered: a conversation of weeks brings a new one with each letter. */
const RETURN_DAYS = 90;

const DAY_SECONDS = 86_400;

/** Where a mailbox expects answers that is only looked at: nowhere (RFC 6761, section 6.4). */
const NOWHERE = 'http://nowhere.invalid';

/**
 * The mailbox that twelve words give: an identity with one epoch, derived from the words alone, that signs nothing.
 * Protocol, "Mailbox".
 *
 * @param words - as they were typed, in UTF-8
 * @param drop - base URL of the drop where answers are expected. Undefined when nobody is to get its contact
 * @param nowSeconds - since 1970; what its contact says of time is rounded to days. @default - by the clock of this machine
 * @throws Error in one line when the words are no mailbox's
 */
export async function openMailbox(words: Uint8Array, drop?: string, nowSeconds = presentSeconds()): Promise<Identity> {
  const entropy = parseWords(words);
  const secret = guard(await argon2id(entropy, SALT, STRETCHING));
  wipe(entropy);
  const keys = unsigning(epochKeys(derive(secret, 'mailbox keys')));
  const storageKey = guard(derive(secret, 'mailbox storage'));
  wipe(secret);
  const today = Math.floor(nowSeconds / DAY_SECONDS) * DAY_SECONDS;
  // From yesterday on: the clock of whoever answers may be behind.
  const issued = today - DAY_SECONDS;
  const validity = { validFrom: issued, validUntil: today + RETURN_DAYS * DAY_SECONDS };
  return {
    kind: 'mailbox',
    drop: drop ?? NOWHERE,
    signing: { publicKey: mailboxIdentity(publicPart(keys)), secretKey: undefined },
    storageKey,
    epochSeconds: RETURN_DAYS * DAY_SECONDS,
    issued,
    epochs: [{ ...keys, ...validity, signature: new Uint8Array(SIGNATURE_BYTES) }],
  };
}

/** Keys without the one that signs letters: a mailbox signs nothing. */
function unsigning(keys: EpochKeys): EpochKeys {
  wipe(keys.letter.secretKey);
  const none = new Uint8Array(CURVE_KEY_BYTES);
  return { ...keys, letter: { publicKey: none, secretKey: none } };
}

/** The same mailbox, with a return contact that names another drop. */
export function mailboxAt(mailbox: Identity, drop: string): Identity {
  return { ...mailbox, drop };
}

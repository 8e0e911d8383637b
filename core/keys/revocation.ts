import { sign } from '#platform';
import { concat, isSame, utf8 } from '../../wire/bytes.ts';
import { type Contact, NoContact, parseContact } from '../../wire/contact.ts';
import { formatSignedRevocation, isRevocation, parseRevocation, type Revocation } from '../../wire/revocation.ts';
import { dayOf, presentSeconds } from './day.ts';
import { fingerprintOf, formatFingerprint } from './fingerprint.ts';
import type { SigningKey } from './identity.ts';
import { isCanonicalSigningKey, isSignature } from './key-check.ts';

/** Thrown where a contact should be, and its owner has revoked the identity. */
export class Revoked extends Error {
  readonly revocation: Revocation;
  constructor(revocation: Revocation) {
    const day = dayOf(revocation.when);
    const print = formatFingerprint(fingerprintOf(revocation.identity));
    super(
      `the owner of ${print} revoked this identity on ${day}: nothing was sent, and nobody is to write to it any more`,
    );
    this.revocation = revocation;
  }
}

/** Says for ever that nobody is to write to an identity any more. Protocol, "Revocation". @param nowSeconds - since 1970. @default - by the clock of this machine */
export function revoke({ publicKey, secretKey }: SigningKey, nowSeconds = presentSeconds()): Revocation {
  const said = { identity: publicKey, when: Math.floor(nowSeconds) };
  return { ...said, signature: sign(signedBytes(said), secretKey) };
}

/** Checks who signed a revocation, and its key. @throws Error when it is not its identity's */
export function checkRevocation(revocation: Revocation): void {
  const { identity, signature } = revocation;
  if (!isCanonicalSigningKey(identity))
    throw new Error('the revocation has a key that is not in its one spelling: it was damaged or forged');
  if (!isSignature(signature, signedBytes(revocation), identity))
    throw new Error('the revocation is not signed by its identity: it was damaged or forged');
}

/**
 * Reads what lies where a contact should be. Whether the contact can be trusted is for its signature to say.
 *
 * @param fingerprint - of the identity that it has to be, where that is known
 * @throws Revoked when a revocation lies there; Error when it is neither, or the revocation is another identity's, or
 *   forged
 */
export function readPublished(text: Uint8Array | string, fingerprint?: Uint8Array): Contact {
  if (!isRevocation(text)) return contactIn(text);
  const revocation = parseRevocation(text);
  checkRevocation(revocation);
  if (fingerprint && !isSame(fingerprintOf(revocation.identity), fingerprint))
    throw new Error('the revocation is of another identity than the fingerprint names: the contact is not there');
  throw new Revoked(revocation);
}

function contactIn(text: Uint8Array | string): Contact {
  try {
    return parseContact(text);
  } catch (error) {
    if (!(error instanceof NoContact)) throw error;
    throw new Error(
      'that is no whole contact: one is the text from its BEGIN line to its END line; get it anew where you found it',
    );
  }
}

function signedBytes(said: Omit<Revocation, 'signature'>): Uint8Array {
  return concat([utf8('dead-drop 1 revocation'), formatSignedRevocation(said)]);
}

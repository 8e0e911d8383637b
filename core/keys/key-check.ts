import { curveKeyOfSigningKey, curveShared, verify } from '#platform';
import { isSame } from '../../wire/bytes.ts';
import type { Contact } from '../../wire/contact.ts';
import { CURVE_KEY_BYTES, XWING_PUBLIC_KEY_BYTES } from '../../wire/sizes.ts';

/** What ML-KEM counts modulo (FIPS 203, section 2.3). */
const Q = 3329;

/** 1,152: three polynomials of ML-KEM-768, 256 coefficients of 12 bits each. 32 bytes follow that may be any. */
const POLYNOMIALS_BYTES = (3 * 256 * 12) / 8;

type ContactKeys = Pick<Contact, 'kind' | 'identity' | 'idKey' | 'cellKey' | 'letterKey'>;

/**
 * Makes sure that nobody can spell the keys of a contact in a second way, which an honest client never writes.
 *
 * @throws Error when one of them is so spelled, or is no key
 */
export function checkCanonicalKeys(contact: ContactKeys): void {
  const { kind, identity, idKey, cellKey, letterKey } = contact;
  const signing = kind === 'mailbox' ? [] : [identity, letterKey]; // a mailbox has none
  const isGood = signing.every(isCanonicalSigningKey) && isCanonicalCurveKey(idKey) && isCanonicalCellKey(cellKey);
  if (!isGood) throw new Error('the contact has a key that is not in its one spelling: do not write to it');
}

/**
 * Makes sure that no two keys of a contact are the same, which an honest client never draws: what is made for one purpose
 * could serve the other one.
 *
 * @throws Error when two are
 */
export function checkDifferentKeys(contact: ContactKeys): void {
  const { identity, idKey, cellKey, letterKey } = contact;
  if (isSame(identity, letterKey) || isSame(idKey, curveKeyOf(cellKey)))
    throw new Error('the contact has two keys that are the same: do not write to it');
}

/**
 * Whether 32 bytes are the one spelling of a number that X25519 counts with: below 2^255 - 19 (RFC 7748, section 4.1), and
 * so with the unused bit 0. Whether that is of low order is for libsodium to say, which refuses it wherever it multiplies.
 */
export function isReduced(key: Uint8Array): boolean {
  const [first, ...rest] = key;
  const last = rest.pop()!;
  if (key.length !== CURVE_KEY_BYTES || last > 0x7f) return false;
  return last < 0x7f || first! < 0xed || rest.some((byte) => byte !== 0xff);
}

/** Whether 32 bytes are an X25519 public key in its one spelling, and not of low order. */
export function isCanonicalCurveKey(key: Uint8Array): boolean {
  if (!isReduced(key)) return false;
  // Any scalar does: all are multiples of 8 (RFC 7748, section 5), and so lead from a point of low order to zero.
  return curveShared(new Uint8Array(CURVE_KEY_BYTES), key) !== null;
}

/**
 * Whether 32 bytes are an Ed25519 public key as RFC 8032 writes it, of a point of the prime order.
 *
 * No such point has a second spelling: x = 0 with a sign, or a y below 19 with p added, both name points of other orders
 * or none (`key-check.test.ts` looks at all of them).
 */
export function isCanonicalSigningKey(key: Uint8Array): boolean {
  if (key.length !== CURVE_KEY_BYTES) return false;
  // libsodium converts no point that is off the curve, of small order or outside of the group of prime order.
  return curveKeyOfSigningKey(key) !== null;
}

/** Whether 1,216 bytes are an X-Wing public key: ML-KEM-768 as FIPS 203, section 7.2 checks it, then X25519 as above. */
export function isCanonicalCellKey(key: Uint8Array): boolean {
  if (key.length !== XWING_PUBLIC_KEY_BYTES) return false;
  for (let at = 0; at < POLYNOMIALS_BYTES; at += 3) {
    const [a, b, c] = [key[at]!, key[at + 1]!, key[at + 2]!];
    if ((a | ((b & 0x0f) << 8)) >= Q || ((b >> 4) | (c << 4)) >= Q) return false;
  }
  return isCanonicalCurveKey(curveKeyOf(key));
}

/** The X25519 key at the end of an X-Wing key. */
function curveKeyOf(cellKey: Uint8Array): Uint8Array {
  return cellKey.subarray(-CURVE_KEY_BYTES);
}

/**
 * Whether a signature of Ed25519 is good. It is checked without the cofactor, RFC 8032 leaves open how; with R in the
 * group of prime order, as a key has to be that is checked besides, both are the same, and there is one signature where
 * somebody could make eight. That S is below the group's order is looked at there, too.
 *
 * @param key - for which `isCanonicalSigningKey` is true, or asked afterwards
 */
export function isSignature(signature: Uint8Array, message: Uint8Array, key: Uint8Array): boolean {
  const isGood = verify(signature, message, key);
  return isGood && isCanonicalSigningKey(signature.subarray(0, CURVE_KEY_BYTES));
}

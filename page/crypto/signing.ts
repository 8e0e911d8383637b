import { ed25519 } from '@noble/curves/ed25519.js';
import type { KeyPair } from '../../core/platform.ts';
import { concat } from '../../wire/bytes.ts';
import { CURVE_KEY_BYTES, SIGNATURE_BYTES } from '../../wire/sizes.ts';
import { randomBytes } from '../random.ts';
import { checkLength, orNull } from './check-length.ts';

const SEED_BYTES = 32;

/** A key pair of Ed25519: the secret key is the seed, then the public key. */
export function signingKeyPair(seed: Uint8Array = randomBytes(SEED_BYTES)): KeyPair {
  checkLength(seed, SEED_BYTES);
  const publicKey = ed25519.getPublicKey(seed);
  return { publicKey, secretKey: concat([seed, publicKey]) };
}

/** Signs. The public key is taken from the seed again: a signature under another one would tell the secret. */
export function sign(message: Uint8Array, secretKey: Uint8Array): Uint8Array {
  checkLength(secretKey, SEED_BYTES + CURVE_KEY_BYTES);
  return ed25519.sign(message, secretKey.subarray(0, SEED_BYTES));
}

/**
 * Whether libsodium would take a signature: S below the group's order, the key in its one spelling, neither it nor R of
 * small order, and the equation with the cofactor. R may have a second spelling.
 */
export function verify(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean {
  checkLength(signature, SIGNATURE_BYTES);
  checkLength(publicKey, CURVE_KEY_BYTES);
  const [key, r] = [pointOf(publicKey, 'its one spelling'), pointOf(signature.subarray(0, CURVE_KEY_BYTES))];
  if (key === null || key.isSmallOrder() || r === null || r.isSmallOrder()) return false;
  return ed25519.verify(signature, message, publicKey, { zip215: true });
}

/** @returns null for a key off the curve, of small order or outside of the group of prime order */
export function curveKeyOfSigningKey(publicKey: Uint8Array): Uint8Array | null {
  checkLength(publicKey, CURVE_KEY_BYTES);
  const point = pointOf(publicKey, 'its one spelling');
  if (point === null || point.isSmallOrder() || !point.isTorsionFree()) return null;
  return ed25519.utils.toMontgomery(publicKey);
}

/** The field of the curve has this many elements. */
const { ORDER } = ed25519.Point.Fp;

/** Reads a point. @returns null for bytes that are none */
function pointOf(bytes: Uint8Array, spelling: 'any spelling' | 'its one spelling' = 'any spelling') {
  // ZIP 215 reads any y as a number modulo p, as libsodium does where it does not look at the spelling.
  const point = orNull(() => ed25519.Point.fromBytes(bytes, true));
  return spelling === 'its one spelling' && point !== null && point.y >= ORDER ? null : point;
}

import { ed25519 } from '@noble/curves/ed25519.js';
import { bytesToNumberLE } from '@noble/curves/utils.js';
import { sha512 } from '@noble/hashes/sha2.js';
import type { KeyPair } from '../../core/platform.ts';
import { concat, isSame } from '../../wire/bytes.ts';
import { CURVE_KEY_BYTES, SIGNATURE_BYTES } from '../../wire/sizes.ts';
import { randomBytes } from '../random.ts';
import { checkLength, orNull } from './check-length.ts';

const SEED_BYTES = 32;

const { Point } = ed25519;

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
 * Whether libsodium takes a signature: S below the group's order, the key in its one spelling, neither it nor R of small
 * order, and R what comes out, byte by byte: without the cofactor, as noble does not.
 */
export function verify(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean {
  checkLength(signature, SIGNATURE_BYTES);
  checkLength(publicKey, CURVE_KEY_BYTES);
  const [r, s] = [signature.subarray(0, CURVE_KEY_BYTES), bytesToNumberLE(signature.subarray(CURVE_KEY_BYTES))];
  const key = pointOf(publicKey);
  if (key === null || key.isSmallOrder() || s >= Point.Fn.ORDER) return false;
  const hash = sha512.create().update(r).update(publicKey).update(message).digest();
  const bound = key.multiplyUnsafe(Point.Fn.create(bytesToNumberLE(hash)));
  const expected = Point.BASE.multiplyUnsafe(s).subtract(bound);
  return isSame(expected.toBytes(), r) && !expected.isSmallOrder();
}

/** @returns null for a key off the curve, of small order or outside of the group of prime order */
export function curveKeyOfSigningKey(publicKey: Uint8Array): Uint8Array | null {
  checkLength(publicKey, CURVE_KEY_BYTES);
  const point = pointOf(publicKey);
  if (point === null || point.isSmallOrder() || !point.isTorsionFree()) return null;
  return ed25519.utils.toMontgomery(publicKey);
}

/** Reads a point in its one spelling. @returns null for bytes that are none */
function pointOf(bytes: Uint8Array) {
  // As ZIP 215, which takes every spelling: noble refuses others by errors of several kinds.
  const point = orNull(() => Point.fromBytes(bytes, true));
  return point !== null && isSame(point.toBytes(), bytes) ? point : null;
}

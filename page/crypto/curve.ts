import { x25519 } from '@noble/curves/ed25519.js';
import type { KeyPair } from '../../core/platform.ts';
import { CURVE_KEY_BYTES } from '../../wire/sizes.ts';
import { randomBytes } from '../random.ts';
import { checkLength, orNull } from './check-length.ts';

/** A random key pair of X25519. */
export function curveKeyPair(): KeyPair {
  const secretKey = randomBytes(CURVE_KEY_BYTES);
  return { publicKey: x25519.getPublicKey(secretKey), secretKey };
}

export function curvePublicKey(secretKey: Uint8Array): Uint8Array {
  checkLength(secretKey, CURVE_KEY_BYTES);
  return x25519.getPublicKey(secretKey);
}

/** @returns null for a point of low order. Of a point the highest bit does not count (RFC 7748, section 5) */
export function curveShared(secretKey: Uint8Array, publicKey: Uint8Array): Uint8Array | null {
  checkLength(secretKey, CURVE_KEY_BYTES);
  checkLength(publicKey, CURVE_KEY_BYTES);
  return orNull(() => x25519.getSharedSecret(secretKey, publicKey));
}

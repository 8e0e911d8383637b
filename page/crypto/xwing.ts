import { ml_kem768_x25519 as xwing } from '@noble/post-quantum/hybrid.js';
import type { KeyPair } from '../../core/platform.ts';
import { XWING_CIPHERTEXT_BYTES, XWING_PUBLIC_KEY_BYTES } from '../../wire/sizes.ts';
import { randomBytes } from '../random.ts';
import { checkLength, orNull } from './check-length.ts';

const SEED_BYTES = 32;

/** A key pair of X-Wing: the secret key is a copy of the seed. */
export function xwingKeyPair(seed: Uint8Array = randomBytes(SEED_BYTES)): KeyPair {
  checkLength(seed, SEED_BYTES);
  return { publicKey: xwing.getPublicKey(seed), secretKey: Uint8Array.from(seed) };
}

/** @throws Error for a key that no honest client makes: a number of ML-KEM's too large, or an X25519 point of low order */
export function encapsulate(publicKey: Uint8Array): { ciphertext: Uint8Array; sharedSecret: Uint8Array } {
  checkLength(publicKey, XWING_PUBLIC_KEY_BYTES);
  const made = orNull(() => xwing.encapsulate(publicKey));
  if (made === null) throw new Error('the key is none: nothing is sealed for it');
  return { ciphertext: made.cipherText, sharedSecret: made.sharedSecret };
}

/** @returns null where the X25519 part is a point of low order */
export function decapsulate(ciphertext: Uint8Array, secretKey: Uint8Array): Uint8Array | null {
  checkLength(ciphertext, XWING_CIPHERTEXT_BYTES);
  checkLength(secretKey, SEED_BYTES);
  return orNull(() => xwing.decapsulate(ciphertext, secretKey));
}

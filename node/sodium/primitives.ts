import sodium from 'libsodium-wrappers';
import type { KeyPair } from '../../core/platform.ts';

await sodium.ready;

/** BLAKE2b of so many bytes. */
export function blake2b(length: number, message: Uint8Array, key?: Uint8Array): Uint8Array {
  return sodium.crypto_generichash(length, message, key ?? null);
}

/** A random X25519 key pair. */
export function curveKeyPair(): KeyPair {
  return named(sodium.crypto_box_keypair());
}

/** The public key of an X25519 secret key. */
export function curvePublicKey(secretKey: Uint8Array): Uint8Array {
  return sodium.crypto_scalarmult_base(secretKey);
}

/** X25519. @returns null for a point of low order */
export function curveShared(secretKey: Uint8Array, publicKey: Uint8Array): Uint8Array | null {
  return unlessRefused(() => sodium.crypto_scalarmult(secretKey, publicKey));
}

/** Seals for an X25519 key: 48 bytes more. */
export function sealBox(content: Uint8Array, publicKey: Uint8Array): Uint8Array {
  return sodium.crypto_box_seal(content, publicKey);
}

/** Ed25519: a secret key is the seed (32 bytes), then the public key. */
export function signingKeyPair(seed?: Uint8Array): KeyPair {
  return named(seed ? sodium.crypto_sign_seed_keypair(seed) : sodium.crypto_sign_keypair());
}

/** An Ed25519 signature, 64 bytes. */
export function sign(message: Uint8Array, secretKey: Uint8Array): Uint8Array {
  return sodium.crypto_sign_detached(message, secretKey);
}

/** Whether an Ed25519 signature is good: without the cofactor, S below the group's order. */
export function verify(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean {
  return sodium.crypto_sign_verify_detached(signature, message, publicKey);
}

/** The X25519 key of an Ed25519 key. @returns null for one off the curve, of small order or outside of the prime group */
export function curveKeyOfSigningKey(publicKey: Uint8Array): Uint8Array | null {
  return unlessRefused(() => sodium.crypto_sign_ed25519_pk_to_curve25519(publicKey));
}

/** X-Wing: a secret key is its seed (32 bytes). */
export function xwingKeyPair(seed?: Uint8Array): KeyPair {
  return named(seed ? sodium.crypto_kem_xwing_seed_keypair(seed) : sodium.crypto_kem_xwing_keypair());
}

/** A secret of 32 bytes, and its encapsulation. */
export function encapsulate(publicKey: Uint8Array): { ciphertext: Uint8Array; sharedSecret: Uint8Array } {
  return sodium.crypto_kem_xwing_enc(publicKey);
}

/** Opens an encapsulation. @returns null where its X25519 part is a point of low order */
export function decapsulate(ciphertext: Uint8Array, secretKey: Uint8Array): Uint8Array | null {
  return unlessRefused(() => sodium.crypto_kem_xwing_dec(ciphertext, secretKey));
}

/** Whether secrets of the same length are the same, in a time that says nothing of them. */
export function equalSecrets(one: Uint8Array, other: Uint8Array): boolean {
  return sodium.memcmp(one, other);
}

/** The wrapper throws TypeError for wrong lengths, which no caller may pass, and Error for what libsodium refuses. */
export function unlessRefused<T>(use: () => T): T | null {
  try {
    return use();
  } catch (error) {
    if (error instanceof TypeError) throw error;
    return null;
  }
}

function named({ publicKey, privateKey }: { publicKey: Uint8Array; privateKey: Uint8Array }): KeyPair {
  return { publicKey, secretKey: privateKey };
}

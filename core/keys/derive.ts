import sodium from 'libsodium-wrappers';

await sodium.ready;

const DERIVED_BYTES = 32;

/** A key of its own for each purpose: BLAKE2b-256 of what it is for, keyed with a secret. Protocol, "Derived keys". */
export function derive(secret: Uint8Array, purpose: string): Uint8Array {
  return sodium.crypto_generichash(DERIVED_BYTES, `dead-drop 1 ${purpose}`, secret);
}

import { createHash, hash } from 'node:crypto';
import sodium from 'libsodium-wrappers';
import { expect } from 'vitest';
import { CELL_CONTENT_BYTES, NONCE_BYTES, XWING_CIPHERTEXT_BYTES } from '../wire/sizes.ts';
import { bytes, hex, type Vector } from './vectors.ts';

await sodium.ready;

const ML_KEM_PUBLIC_KEY_BYTES = 1184;
const ML_KEM_CIPHERTEXT_BYTES = XWING_CIPHERTEXT_BYTES - 32;

/** Builds the cell of a vector from docs/protocol.md and libsodium alone, and checks what is derived on the way. */
export function cellOf(vector: Vector): { cell: Uint8Array; content: Uint8Array } {
  const { role, identity, id } = vector;
  const { publicKey } = sodium.crypto_kem_xwing_seed_keypair(bytes(vector.recipientSeed));
  const { ciphertext, shared } = encapsulationOf(vector, publicKey);
  const label = Buffer.from(`dead-drop 1 ${role} cell`);
  const secret = sodium.crypto_generichash(32, Buffer.concat([label, bytes(identity), publicKey, bytes(id)]), shared);
  const derived = (what: string) => sodium.crypto_generichash(32, `dead-drop 1 content ${what}`, secret);
  const [key, nonce, commitment] = [derived('key'), derived('nonce').subarray(0, NONCE_BYTES), derived('commitment')];
  const { secret: said, key: saidKey, nonce: saidNonce, commitment: saidCommitment } = vector;
  expect([secret, key, nonce, commitment].map(hex)).toEqual([said, saidKey, saidNonce, saidCommitment]);
  const content = new Uint8Array(CELL_CONTENT_BYTES).map((_, i) => i % 251);
  if (vector.solved) content.set(bytes(vector.solved[1]), vector.solved[0]);
  if (vector.content) expect(hex(hash('sha256', content, 'buffer'))).toBe(vector.content);
  const sealed = sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(content, null, null, nonce, key);
  if (vector.otherKey) expectOpensOtherwise(sealed, vector);
  return { cell: Buffer.concat([ciphertext, commitment, sealed]), content };
}

/** X-Wing's encapsulation; where its X25519 part is another one, as by an X25519 that takes anything. */
function encapsulationOf({ encapsulationSeed, ephemeral, recipientSeed }: Vector, publicKey: Uint8Array) {
  const seed = bytes(encapsulationSeed);
  const made = sodium.crypto_kem_xwing_enc_deterministic(publicKey, seed);
  if (!ephemeral) return { ciphertext: made.ciphertext, shared: made.sharedSecret };
  const mlKemKey = publicKey.subarray(0, ML_KEM_PUBLIC_KEY_BYTES);
  const { sharedSecret } = sodium.crypto_kem_mlkem768_enc_deterministic(mlKemKey, seed.subarray(0, 32));
  const expanded = createHash('shake256', { outputLength: 96 }).update(bytes(recipientSeed)).digest();
  const parts = [sharedSecret, lenient(expanded.subarray(64), bytes(ephemeral)), bytes(ephemeral)];
  const combined = Buffer.concat([...parts, publicKey.subarray(ML_KEM_PUBLIC_KEY_BYTES), Buffer.from('\\.//^\\')]);
  const ciphertext = Buffer.concat([made.ciphertext.subarray(0, ML_KEM_CIPHERTEXT_BYTES), bytes(ephemeral)]);
  return { ciphertext, shared: new Uint8Array(hash('sha3-256', combined, 'buffer')) };
}

/** X25519 of any point: what is of low order leads to zeros, which libsodium does not give. */
function lenient(secretKey: Uint8Array, point: Uint8Array): Uint8Array {
  try {
    return sodium.crypto_scalarmult(secretKey, point);
  } catch {
    return new Uint8Array(32);
  }
}

/** A salamander: what stands behind the commitment is genuine under another key, too. */
function expectOpensOtherwise(sealed: Uint8Array, { otherKey, otherNonce, otherContent }: Vector): void {
  const opened = sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(
    null,
    sealed,
    null,
    bytes(otherNonce),
    bytes(otherKey),
  );
  expect(hex(hash('sha256', opened, 'buffer'))).toBe(otherContent);
}

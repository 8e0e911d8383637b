import { randomBytes } from 'node:crypto';
import sodium from 'libsodium-wrappers';
import { CELL_BYTES, CELL_CONTENT_BYTES, COMMITMENT_BYTES, NONCE_BYTES, UPLOAD_ID_BYTES } from '../wire/sizes.ts';

await sodium.ready;

/**
 * A genuine sealed box of a random id to a key that is thrown away: 80 bytes that nobody can open.
 *
 * Random bytes would not do: 96.9 % of them fail the curve, twist or subgroup test that every real box passes.
 */
export function sealDecoy(): Uint8Array {
  const { publicKey, privateKey } = sodium.crypto_box_keypair();
  sodium.memzero(privateKey);
  return sodium.crypto_box_seal(randomBytes(UPLOAD_ID_BYTES), publicKey);
}

/**
 * A cell that nobody can open: a genuine X-Wing encapsulation to a key that is thrown away, random bytes in the place of a
 * commitment, which is the output of a hash under a secret, then a genuine XChaCha20-Poly1305 ciphertext.
 *
 * Random bytes would not do for the first: one ML-KEM ciphertext is told from them with some 96 % accuracy.
 */
export function sealDecoyCell(): Uint8Array {
  const { publicKey, privateKey } = sodium.crypto_kem_xwing_keypair();
  sodium.memzero(privateKey);
  const { ciphertext: encapsulated, sharedSecret } = sodium.crypto_kem_xwing_enc(publicKey);
  const content = new Uint8Array(CELL_CONTENT_BYTES);
  const nonce = new Uint8Array(NONCE_BYTES); // the key is of this cell alone
  const sealed = sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(content, null, null, nonce, sharedSecret);
  sodium.memzero(sharedSecret);
  const cell = new Uint8Array(CELL_BYTES);
  cell.set(encapsulated);
  cell.set(randomBytes(COMMITMENT_BYTES), encapsulated.length);
  cell.set(sealed, encapsulated.length + COMMITMENT_BYTES);
  return cell;
}

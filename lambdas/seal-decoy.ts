import { randomBytes } from 'node:crypto';
import sodium from 'libsodium-wrappers';
import { UPLOAD_ID_BYTES } from '../wire/sizes.ts';

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

import { curveKeyPair, engine, randomBytes, sealBox } from '#platform';
import { wipe } from '../../wire/bytes.ts';
import { CURVE_KEY_BYTES, SEALED_ID_BYTES, UPLOAD_ID_BYTES } from '../../wire/sizes.ts';
import { isReduced } from '../keys/key-check.ts';
import type { Engine, KeyPair } from '../platform.ts';

/** Seals an upload id (32 bytes) to an X25519 key: 80 bytes. Protocol step 5. @throws Error for another size. */
export function sealId(id: Uint8Array, idKey: Uint8Array): Uint8Array {
  if (id.length !== UPLOAD_ID_BYTES) throw new Error('invalid upload id');
  return sealBox(id, idKey);
}

/**
 * Opens a sealed id (80 bytes). Protocol step 10.
 *
 * @returns the upload id, or null when it is not for this key, or its ephemeral key has another spelling than the one
 */
export function openId(sealed: Uint8Array, keys: KeyPair, by: Engine = engine): Uint8Array | null {
  if (sealed.length !== SEALED_ID_BYTES) throw new Error('invalid sealed id');
  const id = by.openBox(sealed, keys);
  // Looked at last: of a million lines hardly one opens.
  return id !== null && isReduced(sealed.subarray(0, CURVE_KEY_BYTES)) ? id : null;
}

/** A sealed id for nobody: a random id, sealed to a key that is thrown away. What cover and audits register. */
export function sealForNobody(): Uint8Array {
  const { publicKey, secretKey } = curveKeyPair();
  wipe(secretKey);
  return sealId(randomBytes(UPLOAD_ID_BYTES), publicKey);
}

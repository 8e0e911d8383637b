import sodium from 'libsodium-wrappers';
import { CELL_BYTES, CELL_CONTENT_BYTES, CELL_DIGEST_BYTES, XWING_CIPHERTEXT_BYTES } from '../../wire/sizes.ts';
import type { KeyPair } from '../keys/identity.ts';
import { type Engine, engine } from '../sodium/engine.ts';

await sodium.ready;

/** What a cell is for: its key depends on it, so that one never opens in place of the other. */
export type CellRole = 'root' | 'further';

/**
 * Seals the content of a cell to an X-Wing key, for one upload id and one role. Protocol, "Cell".
 *
 * @param content - exactly 1,047,416 bytes
 * @returns 1,048,576 bytes, of which no two cells share any
 */
export function sealCell(
  content: Uint8Array,
  role: CellRole,
  cellKey: Uint8Array,
  id: Uint8Array,
  by: Engine = engine,
): Uint8Array {
  if (content.length !== CELL_CONTENT_BYTES) throw new Error('invalid cell content');
  const { ciphertext: encapsulated, sharedSecret } = sodium.crypto_kem_xwing_enc(cellKey);
  const key = deriveKey(sharedSecret, role, cellKey, id);
  const cell = new Uint8Array(CELL_BYTES);
  cell.set(encapsulated);
  by.encrypt(content, key, cell.subarray(XWING_CIPHERTEXT_BYTES));
  sodium.memzero(key);
  return cell;
}

/** A cell for nobody, made as any other and sealed to a key that is thrown away: what cover uploads. */
export function sealCoverCell(id: Uint8Array, by: Engine = engine): Uint8Array {
  const { publicKey, privateKey } = sodium.crypto_kem_xwing_keypair();
  sodium.memzero(privateKey);
  return sealCell(new Uint8Array(CELL_CONTENT_BYTES), 'root', publicKey, id, by);
}

/** Opens a cell. @returns its content, 1,047,416 bytes, or null when it is not for these keys, this role and this id */
export function openCell(
  cell: Uint8Array,
  role: CellRole,
  keys: KeyPair,
  id: Uint8Array,
  by: Engine = engine,
): Uint8Array | null {
  if (cell.length !== CELL_BYTES) return null;
  const sharedSecret = decapsulate(cell.subarray(0, XWING_CIPHERTEXT_BYTES), keys.secretKey);
  if (sharedSecret === null) return null;
  const key = deriveKey(sharedSecret, role, keys.publicKey, id);
  const content = by.decrypt(cell.subarray(XWING_CIPHERTEXT_BYTES), key);
  sodium.memzero(key);
  return content;
}

/** BLAKE2b-256 of a whole cell: how a root cell names it. WebAssembly is no slower at it than sodium-native. */
export function cellDigest(cell: Uint8Array): Uint8Array {
  return sodium.crypto_generichash(CELL_DIGEST_BYTES, cell, null);
}

/** Opens an encapsulation. libsodium refuses, by throwing, one whose X25519 part is a point of low order. */
function decapsulate(encapsulated: Uint8Array, secretKey: Uint8Array): Uint8Array | null {
  try {
    return sodium.crypto_kem_xwing_dec(encapsulated, secretKey);
  } catch (error) {
    if (error instanceof TypeError) throw error;
    return null;
  }
}

/** The key of a cell, bound to protocol version, role, recipient and upload id. Wipes the shared secret. */
function deriveKey(sharedSecret: Uint8Array, role: CellRole, cellKey: Uint8Array, id: Uint8Array): Uint8Array {
  const bound = Buffer.concat([Buffer.from(`dead-drop 1 ${role} cell`), cellKey, id]);
  const key = sodium.crypto_generichash(sodium.crypto_aead_xchacha20poly1305_ietf_KEYBYTES, bound, sharedSecret);
  sodium.memzero(sharedSecret);
  return key;
}

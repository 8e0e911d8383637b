import {
  blake2b,
  decapsulate,
  encapsulate,
  engine,
  equalSecrets,
  randomBytes,
  sha256Aside,
  sha256Large,
  xwingKeyPair,
} from '#platform';
import { concat, utf8, wipe } from '../../wire/bytes.ts';
import type { Contact } from '../../wire/contact.ts';
import {
  CELL_BYTES,
  CELL_CONTENT_BYTES,
  COMMITMENT_BYTES,
  CURVE_KEY_BYTES,
  NONCE_BYTES,
  XWING_CIPHERTEXT_BYTES,
} from '../../wire/sizes.ts';
import { derive } from '../keys/derive.ts';
import { isReduced } from '../keys/key-check.ts';
import type { Cipher, KeyPair } from '../platform.ts';

/** 1,152: where the encrypted content begins, behind the X-Wing ciphertext and the commitment. */
const SEALED_AT = XWING_CIPHERTEXT_BYTES + COMMITMENT_BYTES;

/** What is hashed before a cell. */
const DIGEST_LABEL = utf8('dead-drop 1 cell digest');

/** What a cell is for: its key depends on it, so that one never opens in place of the other. */
export type CellRole = 'root' | 'further';

/** For whom a cell is: somebody who gives out another one's key as their own gets nothing that the other could open. */
export type CellRecipient = Pick<Contact, 'identity' | 'cellKey'>;

/**
 * Seals the content of a cell for somebody, for one upload id and one role. Protocol, "Cell".
 *
 * @param content - exactly 1,047,408 bytes
 * @returns 1,048,576 bytes, of which no two cells share any
 */
export function sealCell(
  content: Uint8Array,
  role: CellRole,
  to: CellRecipient,
  id: Uint8Array,
  by: Cipher = engine,
): Uint8Array {
  const cell = new Uint8Array(CELL_BYTES);
  sealInto(cell, content, role, to, id, by);
  return cell;
}

/** A cell that was sealed, and the digest by which a root names it. */
export interface DigestedCell {
  readonly cell: Uint8Array;
  /** Is computed on another thread, beside whatever the caller does next. */
  readonly digest: Promise<Uint8Array>;
}

/** What a cell takes that is digested: it stands behind what is hashed before it. */
export const DIGESTED_CELL_BYTES = DIGEST_LABEL.length + CELL_BYTES;

/**
 * Seals a cell, as sealCell does, and computes its digest.
 *
 * @param labelled - where it is written to, DIGESTED_CELL_BYTES: not to be used again before the digest is there
 */
export function sealDigestedCell(
  content: Uint8Array,
  role: CellRole,
  to: CellRecipient,
  id: Uint8Array,
  by: Cipher = engine,
  labelled: Uint8Array<ArrayBuffer> = new Uint8Array(DIGESTED_CELL_BYTES),
): DigestedCell {
  labelled.set(DIGEST_LABEL);
  const cell = labelled.subarray(DIGEST_LABEL.length);
  sealInto(cell, content, role, to, id, by);
  return { cell, digest: sha256Aside(labelled) };
}

function sealInto(
  cell: Uint8Array,
  content: Uint8Array,
  role: CellRole,
  to: CellRecipient,
  id: Uint8Array,
  by: Cipher,
): void {
  if (content.length !== CELL_CONTENT_BYTES) throw new Error('invalid cell content');
  const { ciphertext: encapsulated, sharedSecret } = encapsulate(to.cellKey);
  const { key, nonce, commitment } = cellSecrets(sharedSecret, role, to, id);
  cell.set(encapsulated);
  cell.set(commitment, XWING_CIPHERTEXT_BYTES);
  by.encrypt(content, key, nonce, cell.subarray(SEALED_AT));
  wipe(key);
}

/** A cell for nobody, made as any other and sealed to a key that is thrown away: what cover uploads. */
export function sealCoverCell(id: Uint8Array, by: Cipher = engine): Uint8Array {
  const { publicKey, secretKey } = xwingKeyPair();
  wipe(secretKey);
  const nobody = { identity: randomBytes(CURVE_KEY_BYTES), cellKey: publicKey };
  return sealCell(new Uint8Array(CELL_CONTENT_BYTES), 'root', nobody, id, by);
}

/**
 * Opens a cell. Protocol, "Cell".
 *
 * @param identity - whose keys they are
 * @returns its content, 1,047,408 bytes, or null when it is not for this identity, these keys, this role and this id
 */
export function openCell(
  cell: Uint8Array,
  role: CellRole,
  identity: Uint8Array,
  keys: KeyPair,
  id: Uint8Array,
  by: Cipher = engine,
): Uint8Array | null {
  if (cell.length !== CELL_BYTES) return null;
  const encapsulated = cell.subarray(0, XWING_CIPHERTEXT_BYTES);
  if (!isReduced(encapsulated.subarray(-CURVE_KEY_BYTES))) return null;
  const sharedSecret = decapsulate(encapsulated, keys.secretKey);
  if (sharedSecret === null) return null;
  const { key, nonce, commitment } = cellSecrets(sharedSecret, role, { identity, cellKey: keys.publicKey }, id);
  const isCommitted = equalSecrets(commitment, cell.subarray(XWING_CIPHERTEXT_BYTES, SEALED_AT));
  const content = isCommitted ? by.decrypt(cell.subarray(SEALED_AT), key, nonce) : null;
  wipe(key);
  return content;
}

/** SHA-256 of a label and a whole cell: how a root cell names it. */
export function cellDigest(cell: Uint8Array): Promise<Uint8Array> {
  return sha256Large(DIGEST_LABEL, cell);
}

/**
 * What a cell is encrypted with, and what commits it to that: bound to protocol version, role, recipient and upload id.
 * Poly1305 alone binds nobody who knows the key: one cell could open under two. Wipes the shared secret.
 */
function cellSecrets(sharedSecret: Uint8Array, role: CellRole, to: CellRecipient, id: Uint8Array) {
  const bound = concat([utf8(`dead-drop 1 ${role} cell`), to.identity, to.cellKey, id]);
  const secret = blake2b(32, bound, sharedSecret);
  wipe(sharedSecret);
  const [key, nonce] = [derive(secret, 'content key'), derive(secret, 'content nonce').subarray(0, NONCE_BYTES)];
  const commitment = derive(secret, 'content commitment');
  wipe(secret);
  return { key, nonce, commitment };
}

import { CONTACT_BYTES } from './contact.ts';
import { reader, writer } from './cursor.ts';
import {
  CELL_CONTENT_BYTES,
  CELL_DIGEST_BYTES,
  CURVE_KEY_BYTES,
  FILE_NAME_MAX_BYTES,
  FILES_MAX,
  SIGNATURE_BYTES,
  TEXT_MAX_BYTES,
  UPLOAD_ID_BYTES,
} from './sizes.ts';

const LETTER_VERSION = 1;
const FLAGS = { answers: 1, signed: 2, returnContact: 4 } as const;

/** 142: version, flags, letter answered, signer, signature, then the counts of files, text bytes and further cells. */
export const HEAD_FIXED_BYTES = 1 + 1 + UPLOAD_ID_BYTES + CURVE_KEY_BYTES + SIGNATURE_BYTES + 4 + 4 + 4;

/** 64: how the root cell names a further cell. */
export const CELL_ENTRY_BYTES = UPLOAD_ID_BYTES + CELL_DIGEST_BYTES;

/** Thrown for a letter of a version that is not known here. */
export class NewerVersion extends Error {}

/** A further cell of a letter, in the order of its content. */
export interface CellEntry {
  readonly id: Uint8Array;
  /** BLAKE2b-256 of the whole cell as uploaded. */
  readonly digest: Uint8Array;
}

/** A file of a letter: any name, which the reader sanitises, and its size in bytes. */
export interface FileEntry {
  readonly name: string;
  readonly bytes: number;
}

/** What a letter's body is made of, in this order: text, return contact, files. */
export interface LetterParts {
  readonly textBytes: number;
  readonly hasReturnContact: boolean;
  readonly files: readonly FileEntry[];
}

/** What a root cell begins with. */
export interface LetterHead extends LetterParts {
  /** Id of the letter that this one answers. */
  readonly answers?: Uint8Array | undefined;
  /** Ed25519 identity of who signed, and their signature. */
  readonly signed?: { readonly identity: Uint8Array; readonly signature: Uint8Array } | undefined;
  readonly cells: readonly CellEntry[];
}

/** The size of a letter's body in bytes. */
export function bodyBytes(parts: LetterParts): number {
  return parts.files.reduce(
    (sum, file) => sum + file.bytes,
    parts.textBytes + (parts.hasReturnContact ? CONTACT_BYTES : 0),
  );
}

/** The size of a head that names `cells` further cells. */
export function headBytes(parts: LetterParts, cells: number): number {
  const names = parts.files.reduce((sum, file) => sum + 8 + 1 + Buffer.byteLength(file.name), 0);
  return HEAD_FIXED_BYTES + cells * CELL_ENTRY_BYTES + names;
}

/**
 * How many cells a letter needs besides its root: each holds 1,047,416 bytes, and takes 64 from the root for its entry.
 *
 * @throws Error when the list of them would not fit into the root (beyond 15.9 GiB)
 */
export function furtherCells(parts: LetterParts): number {
  const overflow = bodyBytes(parts) - (CELL_CONTENT_BYTES - headBytes(parts, 0));
  const cells = Math.max(0, Math.ceil(overflow / (CELL_CONTENT_BYTES - CELL_ENTRY_BYTES)));
  if (headBytes(parts, cells) > CELL_CONTENT_BYTES) throw new Error('the letter is larger than one letter can be');
  return cells;
}

/** Writes the head of a letter. @throws Error when a part breaks a limit of the protocol. */
export function formatHead(head: LetterHead): Uint8Array {
  if (head.textBytes > TEXT_MAX_BYTES)
    throw new Error(`the text is longer than ${TEXT_MAX_BYTES} bytes; send it as a file`);
  if (head.files.length > FILES_MAX) throw new Error(`a letter carries at most ${FILES_MAX} files`);
  if (head.cells.length !== furtherCells(head)) throw new Error('invalid letter');
  const bytes = new Uint8Array(headBytes(head, head.cells.length));
  const out = writer(bytes);
  out.uint8(LETTER_VERSION);
  out.uint8(
    (head.answers ? FLAGS.answers : 0) |
      (head.signed ? FLAGS.signed : 0) |
      (head.hasReturnContact ? FLAGS.returnContact : 0),
  );
  out.bytes(head.answers ?? new Uint8Array(UPLOAD_ID_BYTES));
  out.bytes(head.signed?.identity ?? new Uint8Array(CURVE_KEY_BYTES));
  out.bytes(head.signed?.signature ?? new Uint8Array(SIGNATURE_BYTES));
  out.uint32(head.files.length);
  out.uint32(head.textBytes);
  out.uint32(head.cells.length);
  for (const { id, digest } of head.cells) {
    out.bytes(id);
    out.bytes(digest);
  }
  for (const file of head.files) {
    const name = Buffer.from(file.name);
    if (name.length < 1 || name.length > FILE_NAME_MAX_BYTES) {
      throw new Error(`a file name has 1 to ${FILE_NAME_MAX_BYTES} bytes`);
    }
    out.uint64(file.bytes);
    out.uint8(name.length);
    out.bytes(name);
  }
  return bytes;
}

/**
 * Reads the head of a letter from the content of its root cell.
 *
 * @returns the head, and where the body begins
 * @throws Error when it is not in the one spelling, or names a cell twice
 */
export function parseHead(content: Uint8Array): { head: LetterHead; bodyAt: number } {
  const next = reader(content);
  if (next.uint8() !== LETTER_VERSION) throw new NewerVersion('this letter needs a newer version of dead-drop');
  const flags = next.uint8();
  const answers = next.bytes(UPLOAD_ID_BYTES);
  const identity = next.bytes(CURVE_KEY_BYTES);
  const signature = next.bytes(SIGNATURE_BYTES);
  const [fileCount, textBytes, cellCount] = [next.uint32(), next.uint32(), next.uint32()];
  if (fileCount > FILES_MAX || cellCount > CELL_CONTENT_BYTES / CELL_ENTRY_BYTES) throw new Error('invalid letter');
  const cells = Array.from({ length: cellCount }, () => ({
    id: next.bytes(UPLOAD_ID_BYTES),
    digest: next.bytes(CELL_DIGEST_BYTES),
  }));
  const files = Array.from({ length: fileCount }, () => {
    const bytes = next.uint64();
    return { bytes, name: Buffer.from(next.bytes(next.uint8())).toString() };
  });
  const head: LetterHead = {
    textBytes,
    hasReturnContact: (flags & FLAGS.returnContact) !== 0,
    files,
    answers: flags & FLAGS.answers ? answers : undefined,
    signed: flags & FLAGS.signed ? { identity, signature } : undefined,
    cells,
  };
  const bodyAt = next.position();
  const spelled = Buffer.from(formatHead(head));
  if (!spelled.equals(content.subarray(0, bodyAt))) throw new Error('invalid letter');
  const ids = new Set(cells.map((cell) => Buffer.from(cell.id).toString('latin1')));
  if (ids.size !== cells.length) throw new Error('invalid letter');
  return { head, bodyAt };
}

import { fromUtf8, isSame, toHex, utf8 } from './bytes.ts';
import { CONTACT_BYTES, type Contact, formatContactBytes, parseContactBytes } from './contact.ts';
import { reader, writer } from './cursor.ts';
import {
  CELL_CONTENT_BYTES,
  CELL_DIGEST_BYTES,
  FILE_NAME_MAX_BYTES,
  FILES_MAX,
  PROOF_BYTES,
  TEXT_MAX_BYTES,
  TICKET_BYTES,
  UPLOAD_ID_BYTES,
} from './sizes.ts';
import { checkVersion } from './version.ts';

const LETTER_VERSION = 1;
const FLAGS = { answers: 1, writer: 2 } as const;
const ALL_FLAGS = FLAGS.answers | FLAGS.writer;

/** Where the proof begins, 1,748: behind version, flags, the letter answered and its ticket, return contact, ticket. */
export const PROOF_AT = 1 + 1 + UPLOAD_ID_BYTES + TICKET_BYTES + CONTACT_BYTES + TICKET_BYTES;

/** 1,824: up to the proof's end, then the counts of files, text bytes and further cells. */
export const HEAD_FIXED_BYTES = PROOF_AT + PROOF_BYTES + 4 + 4 + 4;

/** 64: how the root cell names a further cell. */
export const CELL_ENTRY_BYTES = UPLOAD_ID_BYTES + CELL_DIGEST_BYTES;

/** A further cell of a letter, in the order of its content. */
export interface CellEntry {
  readonly id: Uint8Array;
  /** SHA-256 of a label and the whole cell as uploaded. */
  readonly digest: Uint8Array;
}

/** A file of a letter: any name, which the reader sanitises, and its size in bytes. */
export interface FileEntry {
  readonly name: string;
  readonly bytes: number;
}

/** What a letter's body is made of, in this order: text, files. */
export interface LetterParts {
  readonly textBytes: number;
  readonly files: readonly FileEntry[];
}

/** How a letter names the one that it answers. */
export interface Answered {
  /** Letter id. */
  readonly id: Uint8Array;
  /** What stood in that letter for this: only whoever could read it has it. */
  readonly ticket: Uint8Array;
}

/** Who a letter says that it is from. */
export interface LetterWriter {
  /** Where answers go; its keys made the proof. */
  readonly contact: Contact;
  /** What an answer has to show. */
  readonly ticket: Uint8Array;
  /** A mailbox's is a MAC, all others are signatures. */
  readonly proof: Uint8Array;
}

/** What a root cell begins with. A letter that answers another has a writer. */
export interface LetterHead extends LetterParts {
  readonly answers?: Answered | undefined;
  readonly writer?: LetterWriter | undefined;
  readonly cells: readonly CellEntry[];
}

/** The size of a letter's body in bytes. */
export function bodyBytes(parts: LetterParts): number {
  return parts.files.reduce((sum, file) => sum + file.bytes, parts.textBytes);
}

/** The size of a head that names `cells` further cells. */
export function headBytes(parts: LetterParts, cells: number): number {
  const names = parts.files.reduce((sum, file) => sum + 8 + 1 + utf8(file.name).length, 0);
  return HEAD_FIXED_BYTES + cells * CELL_ENTRY_BYTES + names;
}

/**
 * How many cells a letter needs besides its root: each holds 1,047,408 bytes, and takes 64 from the root for its entry.
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
  if (head.answers && !head.writer) throw new Error('invalid letter');
  const bytes = new Uint8Array(headBytes(head, head.cells.length));
  const out = writer(bytes);
  out.uint8(LETTER_VERSION);
  out.uint8((head.answers ? FLAGS.answers : 0) | (head.writer ? FLAGS.writer : 0));
  out.bytes(head.answers?.id ?? new Uint8Array(UPLOAD_ID_BYTES));
  out.bytes(head.answers?.ticket ?? new Uint8Array(TICKET_BYTES));
  out.bytes(head.writer ? formatContactBytes(head.writer.contact) : new Uint8Array(CONTACT_BYTES));
  out.bytes(head.writer?.ticket ?? new Uint8Array(TICKET_BYTES));
  out.bytes(head.writer?.proof ?? new Uint8Array(PROOF_BYTES));
  out.uint32(head.files.length);
  out.uint32(head.textBytes);
  out.uint32(head.cells.length);
  for (const { id, digest } of head.cells) {
    out.bytes(id);
    out.bytes(digest);
  }
  for (const file of head.files) {
    const name = utf8(file.name);
    if (name.length < 1 || name.length > FILE_NAME_MAX_BYTES) {
      throw new Error(`a file name has 1 to ${FILE_NAME_MAX_BYTES} bytes`);
    }
    if (!file.name.isWellFormed()) throw new Error('a file name is not Unicode');
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
 * @throws NewerVersion when it, or the contact in it, says that it is of a later version, whatever else is wrong with it;
 *   Error when it is not in the one spelling, or names a cell twice
 */
export function parseHead(content: Uint8Array): { head: LetterHead; bodyAt: number } {
  const next = reader(content);
  checkVersion(next.uint8(), LETTER_VERSION, 'letter');
  const flags = next.uint8();
  const answers = { id: next.bytes(UPLOAD_ID_BYTES), ticket: next.bytes(TICKET_BYTES) };
  const contactBytes = next.bytes(CONTACT_BYTES);
  const contact = flags & FLAGS.writer ? parseContactBytes(contactBytes) : undefined;
  const rest = { ticket: next.bytes(TICKET_BYTES), proof: next.bytes(PROOF_BYTES) };
  const [fileCount, textBytes, cellCount] = [next.uint32(), next.uint32(), next.uint32()];
  if (flags > ALL_FLAGS || fileCount > FILES_MAX || cellCount > CELL_CONTENT_BYTES / CELL_ENTRY_BYTES)
    throw new Error('invalid letter');
  const cells = Array.from({ length: cellCount }, () => ({
    id: next.bytes(UPLOAD_ID_BYTES),
    digest: next.bytes(CELL_DIGEST_BYTES),
  }));
  const files = Array.from({ length: fileCount }, () => {
    const bytes = next.uint64();
    return { bytes, name: fromUtf8(next.bytes(next.uint8())) };
  });
  const head: LetterHead = {
    textBytes,
    files,
    answers: flags & FLAGS.answers ? answers : undefined,
    writer: contact && { contact, ...rest },
    cells,
  };
  const bodyAt = next.position();
  if (!isSame(formatHead(head), content.subarray(0, bodyAt))) throw new Error('invalid letter');
  const ids = new Set(cells.map((cell) => toHex(cell.id)));
  if (ids.size !== cells.length) throw new Error('invalid letter');
  return { head, bodyAt };
}

import { randomBytes } from 'node:crypto';
import sodium from 'libsodium-wrappers';
import { derive } from '../../core/keys/derive.ts';
import { CONTACT_BYTES, type Contact, formatContactBytes, parseContactBytes } from '../../wire/contact.ts';
import { reader, writer } from '../../wire/cursor.ts';
import { type Answered, bodyBytes, type LetterHead } from '../../wire/letter.ts';
import { NONCE_BYTES, TAG_BYTES, TICKET_BYTES, UPLOAD_ID_BYTES } from '../../wire/sizes.ts';
import { engine } from '../sodium/engine.ts';

await sodium.ready;

/** What an inbox remembers of a letter besides its content: enough to list it, and to answer it. */
export interface LetterNote {
  readonly id: Uint8Array;
  /** Seconds since 1970: the slot that named it, or when it was opened or sent. */
  readonly time: number;
  /** Whether it is one that was sent, as an answer: of those only this note is kept. */
  readonly isSent: boolean;
  /** The letter that it answers. */
  readonly answers?: Uint8Array | undefined;
  /** Who wrote it, and what an answer has to show; of a letter that was sent, to whom. */
  readonly from?: { readonly contact: Contact; readonly ticket: Uint8Array } | undefined;
  readonly files: number;
  readonly bytes: number;
  /** How the text begins: at most 200 bytes of UTF-8. */
  readonly beginning: string;
}

const VERSION = 1;
const FLAGS = { answers: 1, from: 2, sent: 4 } as const;
const BEGINNING_MAX_BYTES = 200;

/** 1,969 of 2,048: the rest is zeros. */
const NOTE_BYTES = 2048;

/** 2,088: a note, encrypted. */
export const SEALED_NOTE_BYTES = NONCE_BYTES + NOTE_BYTES + TAG_BYTES;

/** The note of a letter that came. @param text - its text, or the beginning of it */
export function noteOf(head: LetterHead, id: Uint8Array, time: number, text: Uint8Array): LetterNote {
  const { answers, writer, files } = head;
  const from = writer && { contact: writer.contact, ticket: writer.ticket };
  return {
    id,
    time,
    isSent: false,
    answers: answers?.id,
    from,
    files: files.length,
    bytes: bodyBytes(head),
    beginning: beginningOf(text),
  };
}

/** How an answer names a letter. @returns undefined when it is from nobody who could be answered */
export function answeredOf({ id, from }: LetterNote): Answered | undefined {
  return from && { id, ticket: from.ticket };
}

/** The first line of a text that says something, as far as it fits. */
export function beginningOf(text: Uint8Array): string {
  const start = new TextDecoder().decode(text.subarray(0, 4 * BEGINNING_MAX_BYTES));
  const line = start.trim().split(/[\r\n]/)[0]!;
  let fits = '';
  for (const character of line) {
    if (Buffer.byteLength(fits + character) > BEGINNING_MAX_BYTES) break;
    fits += character;
  }
  return fits;
}

/** Encrypts a note, always 2,088 bytes. @param name - of the letter in the inbox, to which the note then belongs */
export function sealNote(note: LetterNote, name: string, storageKey: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(NOTE_BYTES);
  const out = writer(bytes);
  const beginning = Buffer.from(note.beginning);
  out.uint8(VERSION);
  out.uint8((note.answers ? FLAGS.answers : 0) | (note.from ? FLAGS.from : 0) | (note.isSent ? FLAGS.sent : 0));
  out.bytes(note.id);
  out.uint64(note.time);
  out.bytes(note.answers ?? new Uint8Array(UPLOAD_ID_BYTES));
  out.bytes(note.from ? formatContactBytes(note.from.contact) : new Uint8Array(CONTACT_BYTES));
  out.bytes(note.from?.ticket ?? new Uint8Array(TICKET_BYTES));
  out.uint32(note.files);
  out.uint64(note.bytes);
  out.uint8(beginning.length);
  out.bytes(beginning);
  const sealed = sealStored(bytes, name, storageKey);
  sodium.memzero(bytes);
  return sealed;
}

/** Reads what sealNote wrote. @throws Error when it was written for another letter or identity, or is damaged */
export function openNote(sealed: Uint8Array, name: string, storageKey: Uint8Array): LetterNote {
  const bytes = openStored(sealed, name, storageKey);
  const next = reader(bytes);
  if (next.uint8() !== VERSION) throw new Error('a letter in the inbox needs a newer version of dead-drop');
  const flags = next.uint8();
  const [id, time] = [next.bytes(UPLOAD_ID_BYTES), next.uint64()];
  const answers = next.bytes(UPLOAD_ID_BYTES);
  const [contact, ticket] = [next.bytes(CONTACT_BYTES), next.bytes(TICKET_BYTES)];
  const [files, size] = [next.uint32(), next.uint64()];
  const beginning = Buffer.from(next.bytes(next.uint8())).toString();
  sodium.memzero(bytes);
  return {
    id,
    time,
    isSent: (flags & FLAGS.sent) !== 0,
    answers: flags & FLAGS.answers ? answers : undefined,
    from: flags & FLAGS.from ? { contact: parseContactBytes(contact), ticket } : undefined,
    files,
    bytes: size,
    beginning,
  };
}

/** Encrypts something for this inbox. @param place - what it is; it opens as nothing else */
export function sealStored(bytes: Uint8Array, place: string, storageKey: Uint8Array): Uint8Array {
  const key = derive(storageKey, 'inbox');
  const sealed = new Uint8Array(NONCE_BYTES + bytes.length + TAG_BYTES);
  const nonce = randomBytes(NONCE_BYTES);
  sealed.set(nonce);
  engine.encrypt(bytes, key, nonce, sealed.subarray(NONCE_BYTES), Buffer.from(place));
  sodium.memzero(key);
  return sealed;
}

/** Reads what sealStored wrote. @throws Error when it was written for another place or identity, or is damaged */
export function openStored(sealed: Uint8Array, place: string, storageKey: Uint8Array): Uint8Array {
  const key = derive(storageKey, 'inbox');
  const [nonce, locked] = [sealed.subarray(0, NONCE_BYTES), sealed.subarray(NONCE_BYTES)];
  const bytes = nonce.length === NONCE_BYTES ? engine.decrypt(locked, key, nonce, Buffer.from(place)) : null;
  sodium.memzero(key);
  if (bytes === null) throw new Error('something in the inbox belongs to another identity, or is damaged');
  return bytes;
}

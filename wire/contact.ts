import { formatArmor, parseArmor } from './armor.ts';
import { reader, writer } from './cursor.ts';
import { CURVE_KEY_BYTES, DROP_URL_MAX_BYTES, SIGNATURE_BYTES, XWING_PUBLIC_KEY_BYTES } from './sizes.ts';
import { checkVersion } from './version.ts';

const CONTACT_VERSION = 1;
const LABEL = 'DEAD DROP CONTACT';

/** What of a contact is signed: version, identity, the epoch's three keys, validity, the drop's URL behind its length. */
export const CONTACT_SIGNED_BYTES =
  1 + CURVE_KEY_BYTES + CURVE_KEY_BYTES + XWING_PUBLIC_KEY_BYTES + CURVE_KEY_BYTES + 8 + 8 + 1 + DROP_URL_MAX_BYTES;

/** 1,649: every contact, whatever its URL. */
export const CONTACT_BYTES = CONTACT_SIGNED_BYTES + SIGNATURE_BYTES;

/** What a journalist publishes, so that sources can write to them; what a source puts into a letter for answers. */
export interface Contact {
  /** Ed25519 public key that signs this contact. It lasts; the other keys change from epoch to epoch. */
  readonly identity: Uint8Array;
  /** X25519 public key for upload ids. */
  readonly idKey: Uint8Array;
  /** X-Wing public key for cells. */
  readonly cellKey: Uint8Array;
  /** Ed25519 public key that signs the letters of whoever's contact this is. */
  readonly letterKey: Uint8Array;
  /** Seconds since 1970, first and last moment at which a letter may be sealed to these keys. */
  readonly validFrom: number;
  readonly validUntil: number;
  /** Base URL of the drop, without a slash at its end. */
  readonly drop: string;
  /** Ed25519 signature over everything above. */
  readonly signature: Uint8Array;
}

/** @throws Error when a drop's URL is longer than 255 bytes */
export function checkDropUrl(drop: string): void {
  if (Buffer.byteLength(drop) <= DROP_URL_MAX_BYTES) return;
  throw new Error(`the drop's URL is longer than ${DROP_URL_MAX_BYTES} bytes`);
}

/** Writes the signed part of a contact. @throws Error when the drop's URL is longer than 255 bytes. */
export function formatSignedPart(contact: Omit<Contact, 'signature'>): Uint8Array {
  checkDropUrl(contact.drop);
  const bytes = new Uint8Array(CONTACT_SIGNED_BYTES);
  const out = writer(bytes);
  out.uint8(CONTACT_VERSION);
  out.bytes(contact.identity);
  out.bytes(contact.idKey);
  out.bytes(contact.cellKey);
  out.bytes(contact.letterKey);
  out.uint64(contact.validFrom);
  out.uint64(contact.validUntil);
  out.text(contact.drop, DROP_URL_MAX_BYTES);
  return bytes;
}

/** Writes a contact, 1,649 bytes. */
export function formatContactBytes(contact: Contact): Uint8Array {
  return Buffer.concat([formatSignedPart(contact), contact.signature]);
}

/** Reads a contact's bytes. Whether it can be trusted is for its signature to say. @throws Error on another spelling. */
export function parseContactBytes(bytes: Uint8Array): Contact {
  if (bytes.length !== CONTACT_BYTES) throw new Error('invalid contact');
  const next = reader(bytes);
  checkVersion(next.uint8(), CONTACT_VERSION, 'contact');
  const identity = next.bytes(CURVE_KEY_BYTES);
  const idKey = next.bytes(CURVE_KEY_BYTES);
  const cellKey = next.bytes(XWING_PUBLIC_KEY_BYTES);
  const letterKey = next.bytes(CURVE_KEY_BYTES);
  const [validFrom, validUntil] = readTimes(next);
  const drop = next.text(DROP_URL_MAX_BYTES);
  const signature = next.bytes(SIGNATURE_BYTES);
  const contact = { identity, idKey, cellKey, letterKey, validFrom, validUntil, drop, signature };
  if (!Buffer.from(formatContactBytes(contact)).equals(bytes)) throw new Error('invalid contact');
  return contact;
}

function readTimes(next: ReturnType<typeof reader>): [number, number] {
  try {
    return [next.uint64(), next.uint64()];
  } catch {
    throw new Error('invalid contact'); // beyond 2^53
  }
}

/** Writes a contact as text, about 2 KB. */
export function formatContact(contact: Contact): string {
  return formatArmor(LABEL, formatContactBytes(contact));
}

/** Reads a contact from text, in its one spelling. @throws Error when it is anything else. */
export function parseContact(text: string): Contact {
  return parseContactBytes(parseArmor(LABEL, text));
}

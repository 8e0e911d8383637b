import { formatArmor, parseArmor } from './armor.ts';
import { concat, isSame } from './bytes.ts';
import { reader, writer } from './cursor.ts';
import { checkDropUrl } from './drop-url.ts';
import { CURVE_KEY_BYTES, DROP_URL_MAX_BYTES, SIGNATURE_BYTES, XWING_PUBLIC_KEY_BYTES } from './sizes.ts';
import { BeforeVersion1, checkVersion } from './version.ts';

const CONTACT_VERSION = 1;
const LABEL = 'DEAD DROP CONTACT';

/**
 * Whose a contact is. A mailbox signs nothing: it proves its letters to their reader only, and its identity is the hash of
 * its keys. Everybody else signs contacts and letters.
 */
export type ContactKind = 'identity' | 'mailbox';

const KINDS: Readonly<Record<ContactKind, number>> = { identity: 1, mailbox: 2 };

/** 1,586, what of a contact is signed: version, kind, identity, the epoch's three keys, validity, URL behind its length. */
export const CONTACT_SIGNED_BYTES =
  1 + 1 + CURVE_KEY_BYTES + CURVE_KEY_BYTES + XWING_PUBLIC_KEY_BYTES + CURVE_KEY_BYTES + 8 + 8 + 1 + DROP_URL_MAX_BYTES;

/** 1,650: every contact, whatever its URL. */
export const CONTACT_BYTES = CONTACT_SIGNED_BYTES + SIGNATURE_BYTES;

/** 1,649: a contact of before version 1, which had no kind. */
const OLD_CONTACT_BYTES = CONTACT_BYTES - 1;

/** What an epoch begins with: its number is the minute, counted from 1970. */
export const MINUTE_SECONDS = 60;

/** What a journalist publishes, so that sources can write to them; what a source puts into a letter for answers. */
export interface Contact {
  /** An identity's (a desk's, too), or a mailbox's. */
  readonly kind: ContactKind;
  /** Ed25519 public key that signs this contact, and lasts, where the other keys change from epoch to epoch. */
  readonly identity: Uint8Array;
  /** X25519 public key for upload ids. */
  readonly idKey: Uint8Array;
  /** X-Wing public key for cells. */
  readonly cellKey: Uint8Array;
  /** Ed25519 public key that signs the letters of whoever's contact this is; zeros in a mailbox's. */
  readonly letterKey: Uint8Array;
  /** Seconds since 1970, first and last moment at which a letter may be sealed to these keys. The first begins a minute. */
  readonly validFrom: number;
  readonly validUntil: number;
  /** Base URL of the drop, in its one spelling. */
  readonly drop: string;
  /** Ed25519 signature over everything above; zeros in a mailbox's. */
  readonly signature: Uint8Array;
}

/**
 * Writes the signed part of a contact.
 *
 * @throws Error when the drop's URL is not in its one spelling, or the times are not those of an epoch
 */
export function formatSignedPart(contact: Omit<Contact, 'signature'>): Uint8Array {
  const { kind, validFrom, validUntil, drop } = contact;
  checkDropUrl(drop);
  if (validFrom % MINUTE_SECONDS !== 0 || validUntil <= validFrom) throw new Error('invalid validity');
  const bytes = new Uint8Array(CONTACT_SIGNED_BYTES);
  const out = writer(bytes);
  out.uint8(CONTACT_VERSION);
  out.uint8(KINDS[kind]);
  out.bytes(contact.identity);
  out.bytes(contact.idKey);
  out.bytes(contact.cellKey);
  out.bytes(contact.letterKey);
  out.uint64(validFrom);
  out.uint64(validUntil);
  out.text(drop, DROP_URL_MAX_BYTES);
  return bytes;
}

/** Writes a contact, 1,650 bytes. @throws as formatSignedPart does */
export function formatContactBytes(contact: Contact): Uint8Array {
  return concat([formatSignedPart(contact), contact.signature]);
}

/** Thrown for what is no contact, or none in its one spelling. */
export class NoContact extends Error {}

/** Reads a contact's bytes. Whether it can be trusted is for its signature to say. @throws NoContact on another spelling. */
export function parseContactBytes(bytes: Uint8Array): Contact {
  if (bytes.length === OLD_CONTACT_BYTES) throw new BeforeVersion1('contact', ': ask for a newer one');
  if (bytes.length !== CONTACT_BYTES) throw new NoContact('invalid contact');
  const next = reader(bytes);
  checkVersion(next.uint8(), CONTACT_VERSION, 'contact');
  try {
    const contact = parseFields(next);
    if (isSame(formatContactBytes(contact), bytes) && signsAsItsKind(contact)) return contact;
  } catch {
    // another spelling of a URL, times that no epoch has, numbers beyond 2^53
  }
  throw new NoContact('invalid contact');
}

/** A mailbox's letter key and signature are zeros. */
function signsAsItsKind({ kind, letterKey, signature }: Contact): boolean {
  return kind !== 'mailbox' || [letterKey, signature].every((bytes) => bytes.every((byte) => byte === 0));
}

function parseFields(next: ReturnType<typeof reader>): Contact {
  return {
    kind: next.uint8() === KINDS.mailbox ? 'mailbox' : 'identity',
    identity: next.bytes(CURVE_KEY_BYTES),
    idKey: next.bytes(CURVE_KEY_BYTES),
    cellKey: next.bytes(XWING_PUBLIC_KEY_BYTES),
    letterKey: next.bytes(CURVE_KEY_BYTES),
    validFrom: next.uint64(),
    validUntil: next.uint64(),
    drop: next.text(DROP_URL_MAX_BYTES),
    signature: next.bytes(SIGNATURE_BYTES),
  };
}

/** Writes a contact as text, about 2 KB. */
export function formatContact(contact: Contact): string {
  return formatArmor(LABEL, formatContactBytes(contact));
}

/** Reads a contact from text, or from the bytes of its file. @throws NoContact when it is none; Error when it is a mailbox's */
export function parseContact(text: Uint8Array | string): Contact {
  const contact = parseContactBytes(bytesIn(text));
  // Nobody has signed it: whoever hands it out could have changed its drop.
  if (contact.kind === 'mailbox') throw new Error('that is the return contact of a mailbox: it is for answers only');
  return contact;
}

function bytesIn(text: Uint8Array | string): Uint8Array {
  try {
    return parseArmor(LABEL, text);
  } catch (error) {
    throw new NoContact((error as Error).message);
  }
}

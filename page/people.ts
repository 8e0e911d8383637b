import { fingerprintOf, fingerprintWords, formatFingerprint } from '../core/keys/fingerprint.ts';
import { checkSignature, mistimingOf } from '../core/keys/identity.ts';
import { readPublished } from '../core/keys/revocation.ts';
import type { Contact } from '../wire/contact.ts';
import type { Fault } from './fault.ts';

/** Somebody to whom one can write here. */
export interface Person {
  /** What whoever made the page calls them, or the beginning of the fingerprint where they are called nothing. */
  readonly name: string;
  readonly contact: Contact;
  /** Of the identity, for print and for reading aloud. */
  readonly fingerprint: string;
  readonly words: string;
}

/** How much of a fingerprint is shown in place of a name: its first two groups. */
export const SHOWN_CHARACTERS = '0000 0000'.length;

/**
 * Reads to whom this page is: JSON, a list of `{ name, contact }`.
 *
 * @throws Revoked where a revocation stands in a contact's place; Error when it is none, or one of the contacts is damaged
 *   or forged
 */
export function readPeople(json: string): Person[] {
  const list: unknown = JSON.parse(json);
  if (!Array.isArray(list) || list.length === 0) throw new Error('there is nobody to write to');
  return list.map(({ name, contact: text }) => {
    const contact = readPublished(String(text));
    checkSignature(contact);
    const fingerprint = fingerprintOf(contact.identity);
    const print = formatFingerprint(fingerprint);
    return {
      name: String(name) || print.slice(0, SHOWN_CHARACTERS),
      contact,
      fingerprint: print,
      words: fingerprintWords(fingerprint),
    };
  });
}

/** Whether people have different drops, so that a letter to one of them never arrives when another one's registers it. */
export function areApart(people: readonly Person[]): boolean {
  return new Set(people.map(({ contact }) => contact.drop)).size > 1;
}

/** Why nobody may write to a contact now, if so. @param now - seconds since 1970 */
export function untimely(contact: Contact, now: number): Fault | undefined {
  switch (mistimingOf(contact, now)) {
    case 'over':
      return { kind: 'contactOver', when: contact.validUntil, now };
    case 'early':
      return { kind: 'contactEarly', when: contact.validFrom, now };
    default:
      return undefined;
  }
}

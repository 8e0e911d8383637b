import { blake2b } from '#platform';
import { concat, utf8 } from '../../wire/bytes.ts';
import type { Contact } from '../../wire/contact.ts';
import { CURVE_KEY_BYTES } from '../../wire/sizes.ts';

/**
 * The identity of a mailbox: BLAKE2b-256 of a label and of the keys to which answers are sealed. A mailbox signs nothing,
 * its contact neither, so that nothing of its can be shown to anybody. Protocol, "Contact".
 */
export function mailboxIdentity({ idKey, cellKey }: Pick<Contact, 'idKey' | 'cellKey'>): Uint8Array {
  const label = utf8('dead-drop 1 mailbox identity');
  return blake2b(CURVE_KEY_BYTES, concat([label, idKey, cellKey]));
}

import sodium from 'libsodium-wrappers';
import type { Contact } from '../../wire/contact.ts';
import { CURVE_KEY_BYTES } from '../../wire/sizes.ts';

await sodium.ready;

/**
 * The identity of a mailbox: BLAKE2b-256 of a label and of the keys to which answers are sealed. A mailbox signs nothing,
 * its contact neither, so that nothing of its can be shown to anybody. Protocol, "Contact".
 */
export function mailboxIdentity({ idKey, cellKey }: Pick<Contact, 'idKey' | 'cellKey'>): Uint8Array {
  const label = Buffer.from('dead-drop 1 mailbox identity');
  return sodium.crypto_generichash(CURVE_KEY_BYTES, Buffer.concat([label, idKey, cellKey]), null);
}

import sodium from 'libsodium-wrappers';
import type { Contact } from '../../wire/contact.ts';
import { formatHead, type LetterHead, SIGNATURE_AT, type Signed } from '../../wire/letter.ts';
import { SIGNATURE_BYTES, TICKET_BYTES } from '../../wire/sizes.ts';
import { type Epoch, publicPart, ticketOf } from '../keys/epoch.ts';
import { checkSignature, contactOf, endOf, type Identity } from '../keys/identity.ts';

await sodium.ready;

/** Who signs a letter: an epoch, and the contact under which its keys are known. */
export interface Writer {
  readonly contact: Contact;
  readonly epoch: Pick<Epoch, 'seed' | 'letter'>;
}

/** An identity as a writer, with its newest epoch. @throws Error when all epochs are over */
export function writerOf(identity: Identity): Writer {
  return { contact: contactOf(identity), epoch: identity.epochs.at(-1)! };
}

/** What a letter's signature is made of besides its content: for whom it is, and under which id. */
type Recipient = Pick<Contact, 'identity' | 'idKey' | 'cellKey'>;

/** What a head says of its writer before the letter's id is known: as long as what it will say then. */
export function unsigned({ contact }: Writer): Signed {
  return { contact, ticket: new Uint8Array(TICKET_BYTES), signature: new Uint8Array(SIGNATURE_BYTES) };
}

/**
 * Writes a letter's head into the content of its root, and signs it where it has a writer. Protocol, "Signature".
 *
 * @param root - the body's first part stands in it already
 * @param head - with `unsigned` where it has a writer
 */
export function writeHead(
  root: Uint8Array,
  head: LetterHead,
  writer: Writer | undefined,
  to: Recipient,
  id: Uint8Array,
): void {
  if (writer === undefined) {
    root.set(formatHead(head));
    return;
  }
  const { epoch } = writer;
  root.set(formatHead({ ...head, signed: { ...unsigned(writer), ticket: ticketOf(epoch, id, to.identity) } }));
  root.set(sodium.crypto_sign_detached(signedBytes(root, to, id), epoch.letter.secretKey), SIGNATURE_AT);
}

/** Why a letter that says from whom it is cannot be believed. */
export type Disbelief = 'forged' | 'expired' | 'stray';

/**
 * Checks what a letter says of who wrote it, and which letter it answers. Protocol, "Signature".
 *
 * @param root - content of its root cell
 * @param now - seconds since 1970
 * @returns 'forged' when contact or signature are wrong, 'expired' when the contact is over, 'stray' when it answers a
 *   letter that was not written with these keys to whoever signed; undefined when it can be believed, or says nothing
 */
export function checkProof(
  root: Uint8Array,
  { signed, answers }: LetterHead,
  reader: Identity,
  epoch: Epoch,
  id: Uint8Array,
  now: number,
): Disbelief | undefined {
  if (signed === undefined) return undefined;
  const { contact, signature } = signed;
  const to = { identity: reader.signing.publicKey, ...publicPart(epoch) };
  try {
    checkSignature(contact);
  } catch {
    return 'forged';
  }
  const bare = new Uint8Array(root); // `slice` of a Buffer is no copy
  bare.fill(0, SIGNATURE_AT, SIGNATURE_AT + SIGNATURE_BYTES);
  const isGenuine = sodium.crypto_sign_verify_detached(signature, signedBytes(bare, to, id), contact.letterKey);
  sodium.memzero(bare);
  if (!isGenuine) return 'forged';
  if (answers !== undefined) {
    const own = (each: Epoch) => sodium.memcmp(ticketOf(each, answers.id, contact.identity), answers.ticket);
    if (!reader.epochs.some(own)) return 'stray';
  }
  return endOf(contact) < now ? 'expired' : undefined;
}

/** What is signed: a label, for whom the letter is, its id, and BLAKE2b-256 of the root's content without a signature. */
function signedBytes(root: Uint8Array, to: Recipient, id: Uint8Array): Uint8Array {
  const label = Buffer.from('dead-drop 1 letter');
  return Buffer.concat([label, to.identity, to.idKey, to.cellKey, id, sodium.crypto_generichash(32, root, null)]);
}

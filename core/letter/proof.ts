import { blake2b, curveShared, equalSecrets, sha256, sign } from '#platform';
import { concat, utf8, wipe } from '../../wire/bytes.ts';
import type { Contact } from '../../wire/contact.ts';
import { formatHead, type LetterHead, type LetterWriter, PROOF_AT } from '../../wire/letter.ts';
import { PROOF_BYTES, TICKET_BYTES } from '../../wire/sizes.ts';
import { type Epoch, publicPart, ticketOf } from '../keys/epoch.ts';
import { checkSignature, contactOf, endOf, type Identity } from '../keys/identity.ts';
import { isSignature } from '../keys/key-check.ts';

/** Who writes a letter: an epoch, and the contact under which its keys are known. */
export interface Writer {
  readonly contact: Contact;
  readonly epoch: Pick<Epoch, 'seed' | 'id' | 'letter'>;
}

/** An identity as a writer, with its newest epoch. @throws Error when all epochs are over */
export function writerOf(identity: Identity): Writer {
  return { contact: contactOf(identity), epoch: identity.epochs.at(-1)! };
}

/** What a proof is made of besides the letter's content: for whom it is, and under which id. */
type Recipient = Pick<Contact, 'identity' | 'idKey' | 'cellKey'>;

/** What a head says of its writer before the letter's id is known: as long as what it will say then. */
export function unproven({ contact }: Writer): LetterWriter {
  return { contact, ticket: new Uint8Array(TICKET_BYTES), proof: new Uint8Array(PROOF_BYTES) };
}

/**
 * Writes a letter's head into the content of its root, and the proof where it has a writer. Protocol, "Proof".
 *
 * @param root - the body's first part stands in it already
 * @param head - with `unproven` where it has a writer
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
  const { contact, epoch } = writer;
  root.set(formatHead({ ...head, writer: { ...unproven(writer), ticket: ticketOf(epoch, to.identity) } }));
  const claim = claimOf(root, to, id);
  const proof =
    contact.kind === 'mailbox'
      ? macOf(claim, epoch.id.secretKey, to.idKey, contact, to)
      : sign(signedBytes(claim), epoch.letter.secretKey);
  root.set(proof, PROOF_AT);
}

/** Why a letter that says from whom it is cannot be believed. */
export type Disbelief = 'forged' | 'expired' | 'stray';

/**
 * Checks what a letter says of who wrote it, and which letter it answers. Protocol, "A reader's checks", 6 to 9.
 *
 * @param root - content of its root cell
 * @param now - seconds since 1970
 * @returns 'forged' when contact or proof are wrong, 'stray' when it answers a letter that was not written with these
 *   keys to whoever wrote it, 'expired' when the contact is over and the reader a mailbox, whose own keys never end; undefined when it can be believed, or says nothing
 */
export function checkProof(
  root: Uint8Array,
  { writer, answers }: LetterHead,
  reader: Identity,
  epoch: Epoch,
  id: Uint8Array,
  now: number,
): Disbelief | undefined {
  if (writer === undefined) return undefined;
  const { contact } = writer;
  try {
    checkSignature(contact);
  } catch {
    return 'forged';
  }
  if (!isProven(root, writer, reader, epoch, id)) return 'forged';
  if (answers !== undefined) {
    const own = (each: Epoch) => equalSecrets(ticketOf(each, contact.identity), answers.ticket);
    if (!reader.epochs.some(own)) return 'stray';
  }
  return reader.kind === 'mailbox' && endOf(contact) < now ? 'expired' : undefined;
}

/** Whether a letter's proof is good: which of the two it has to be, its writer's contact says. */
function isProven(
  root: Uint8Array,
  { contact, proof }: LetterWriter,
  reader: Identity,
  epoch: Epoch,
  id: Uint8Array,
): boolean {
  const to = { identity: reader.signing.publicKey, ...publicPart(epoch) };
  const bare = new Uint8Array(root); // `slice` of Node's Buffer is no copy
  bare.fill(0, PROOF_AT, PROOF_AT + PROOF_BYTES);
  const claim = claimOf(bare, to, id);
  wipe(bare);
  if (contact.kind !== 'mailbox') return isSignature(proof, signedBytes(claim), contact.letterKey);
  return equalSecrets(macOf(claim, epoch.id.secretKey, contact.idKey, contact, to), proof);
}

/** For whom a letter is, its id, and SHA-256 of a label and the root's content without a proof. */
function claimOf(root: Uint8Array, to: Recipient, id: Uint8Array): Uint8Array {
  const content = sha256(utf8('dead-drop 1 letter content'), root);
  return concat([to.identity, to.idKey, to.cellKey, id, content]);
}

function signedBytes(claim: Uint8Array): Uint8Array {
  return concat([utf8('dead-drop 1 letter'), claim]);
}

/**
 * What shows a letter's reader that a mailbox wrote it, and shows it to nobody else: a MAC that both of them can make.
 *
 * @param own - X25519 secret key of the one of the two who makes it
 * @param other - X25519 public key of the other one
 */
function macOf(
  claim: Uint8Array,
  own: Uint8Array,
  other: Uint8Array,
  from: Pick<Contact, 'identity' | 'idKey'>,
  to: Pick<Contact, 'identity' | 'idKey'>,
): Uint8Array {
  const people = [from.identity, from.idKey, to.identity, to.idKey];
  const shared = curveShared(own, other);
  if (shared === null) throw new Error('a key of low order'); // and so for zeros
  const key = blake2b(32, concat([utf8('dead-drop 1 proof key'), ...people]), shared);
  const message = concat([utf8('dead-drop 1 letter proof'), claim]);
  const mac = blake2b(PROOF_BYTES, message, key);
  for (const secret of [shared, key]) wipe(secret);
  return mac;
}

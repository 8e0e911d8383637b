import { randomBytes } from 'node:crypto';
import sodium from 'libsodium-wrappers';
import { type Contact, formatSignedPart } from '../../wire/contact.ts';
import { DELETION_MARGIN_DAYS, LETTER_MAX_DAYS, RETENTION_DAYS } from '../../wire/sizes.ts';
import { guard } from '../sodium/secret.ts';
import { type Epoch, epochKeys, publicPart, SEED_BYTES, wipeEpoch } from './epoch.ts';
import { checkCanonicalKeys } from './key-check.ts';

await sodium.ready;

/** A public key and its secret half, as libsodium gives them. */
export interface KeyPair {
  readonly publicKey: Uint8Array;
  readonly secretKey: Uint8Array;
}

/** Who a journalist is: the key that signs contacts, the drop that is polled, and the keys that open and answer. */
export interface Identity {
  /** Base URL of the drop, without a slash at its end. */
  readonly drop: string;
  /** Ed25519. Those who joined a desk have no secret half: they cannot issue contacts. */
  readonly signing: { readonly publicKey: Uint8Array; readonly secretKey: Uint8Array | undefined };
  /** What the files of an inbox are encrypted under. It stays on this machine. */
  readonly storageKey: Uint8Array;
  /** How long an epoch lasts, in seconds. */
  readonly epochSeconds: number;
  /** How many epochs were issued, those that are over included. */
  readonly issued: number;
  /** Those that are not over, oldest first. */
  readonly epochs: readonly Epoch[];
  /** Who shares it, when it is a desk's. */
  readonly members?: readonly Member[] | undefined;
}

/** Somebody who shares a desk. */
export interface Member {
  /** What the others call them: 1 to 64 bytes of UTF-8. */
  readonly name: string;
  /** Their own contact, to which keys are sent. */
  readonly contact: Contact;
  /** The newest epoch that was sent to them; 0 when none was yet. */
  readonly epoch: number;
  /**
   * What the epoch after that will be locked under: known to them and to whoever made the desk. Each goes before the next
   * comes into use, so that nothing locked under it can be opened any more.
   */
  readonly secret?: Uint8Array | undefined;
}

/** How long an epoch lasts unless its owner chose otherwise. */
export const EPOCH_DAYS = 30;

/** 25: how long after the end of its validity something that was sealed to a contact can be on a drop. */
const AFTER_DAYS = LETTER_MAX_DAYS + RETENTION_DAYS + DELETION_MARGIN_DAYS;

/** Makes an identity with its first epoch. Protocol step 1. @param now - seconds since 1970 */
export function newIdentity(drop: string, now: number, epochSeconds = EPOCH_DAYS * 86_400): Identity {
  const { publicKey, privateKey } = sodium.crypto_sign_keypair();
  const signing = { publicKey, secretKey: guard(privateKey) };
  const identity = { drop, signing, storageKey: guard(randomBytes(SEED_BYTES)), epochSeconds, issued: 0, epochs: [] };
  return rotate(identity, now);
}

/**
 * The identity with one more epoch, which begins now. Protocol, "Epoch".
 *
 * @throws Error when this is a desk's identity on a member's machine
 */
export function rotate(identity: Identity, now: number): Identity {
  const number = identity.issued + 1;
  const epoch = issue(identity, epochKeys(randomBytes(SEED_BYTES)), number, now, now + identity.epochSeconds);
  return { ...identity, issued: number, epochs: [...identity.epochs, epoch] };
}

/** Has an identity sign the contact of an epoch. */
export function issue(
  { drop, signing }: Pick<Identity, 'drop' | 'signing'>,
  keys: ReturnType<typeof epochKeys>,
  number: number,
  validFrom: number,
  validUntil: number,
): Epoch {
  if (signing.secretKey === undefined) throw new Error('only whoever made the desk can issue keys for it');
  const contact = { identity: signing.publicKey, ...publicPart(keys), validFrom, validUntil, drop };
  const signature = sodium.crypto_sign_detached(signedBytes(contact), signing.secretKey);
  return { ...keys, number, validFrom, validUntil, signature };
}

/** When nothing that was sealed to an epoch can be on a drop any more: seconds since 1970. */
export function endOf({ validUntil }: Pick<Epoch, 'validUntil'>): number {
  return validUntil + AFTER_DAYS * 86_400;
}

/**
 * The identity without the epochs that are over, whose keys are for the caller to wipe when that is written down.
 *
 * @param now - seconds since 1970
 * @returns the same identity when nothing is over
 */
export function withoutPast(identity: Identity, now: number): Identity {
  const epochs = identity.epochs.filter((epoch) => endOf(epoch) >= now);
  return epochs.length === identity.epochs.length ? identity : { ...identity, epochs };
}

/** The contact of an epoch, the newest unless another is given. @throws Error when all epochs are over */
export function contactOf(
  { drop, signing, epochs }: Pick<Identity, 'drop' | 'signing' | 'epochs'>,
  epoch = epochs.at(-1),
): Contact {
  if (epoch === undefined) throw new Error('this identity has no keys left, all are over: issue new ones with rotate');
  const { validFrom, validUntil, signature } = epoch;
  return { identity: signing.publicKey, ...publicPart(epoch), validFrom, validUntil, drop, signature };
}

/** Checks who signed a contact, and its keys. @throws Error that says what is wrong with it */
export function checkSignature(contact: Contact): void {
  if (!sodium.crypto_sign_verify_detached(contact.signature, signedBytes(contact), contact.identity)) {
    throw new Error('the contact is not signed by its identity: it was damaged or forged, ask for it again');
  }
  checkCanonicalKeys(contact);
}

/** Checks a contact before anything is sealed to it. Protocol step 2. @throws Error that says what is wrong with it */
export function checkContact(contact: Contact, now: Date): void {
  checkSignature(contact);
  const seconds = now.getTime() / 1000;
  if (seconds < contact.validFrom) throw new Error('the contact is not valid yet: check the clock of this machine');
  if (seconds > contact.validUntil) throw new Error('the contact is no longer valid: ask for a newer one');
}

/** Overwrites the secret keys of an identity, as far as the language allows. */
export function wipeIdentity({ signing, storageKey, epochs, members = [] }: Identity): void {
  const secrets = [signing.secretKey, storageKey, ...members.map(({ secret }) => secret)];
  for (const secret of secrets) if (secret) sodium.memzero(secret);
  epochs.forEach(wipeEpoch);
}

function signedBytes(contact: Omit<Contact, 'signature'>): Uint8Array {
  return Buffer.concat([Buffer.from('dead-drop 1 contact'), formatSignedPart(contact)]);
}

import sodium from 'libsodium-wrappers';
import type { Contact } from '../wire/contact.ts';
import { formatSignedPart } from '../wire/contact.ts';

await sodium.ready;

/** A public key and its secret half, as libsodium gives them. */
export interface KeyPair {
  readonly publicKey: Uint8Array;
  readonly secretKey: Uint8Array;
}

/** What opens a letter. */
export interface SealingKeys {
  /** X25519, for upload ids. */
  readonly id: KeyPair;
  /** X-Wing, for cells. */
  readonly cell: KeyPair;
  /** Seconds since 1970 between which letters may be sealed to them. */
  readonly validFrom: number;
  readonly validUntil: number;
}

/** Who a journalist is: the key that signs, the drop that is polled, and the keys that open. */
export interface Identity {
  /** Base URL of the drop, without a slash at its end. */
  readonly drop: string;
  /** Ed25519. */
  readonly signing: KeyPair;
  readonly sealing: readonly SealingKeys[];
}

/** Makes an identity with one set of sealing keys. Protocol step 1. */
export function newIdentity(drop: string, validFrom: number, validUntil: number): Identity {
  const sealing = { id: sodium.crypto_box_keypair(), cell: sodium.crypto_kem_xwing_keypair(), validFrom, validUntil };
  return {
    drop,
    signing: pair(sodium.crypto_sign_keypair()),
    sealing: [{ ...sealing, id: pair(sealing.id), cell: pair(sealing.cell) }],
  };
}

/** The contact of an identity: its newest sealing keys, signed. */
export function contactOf(identity: Identity): Contact {
  const { id, cell, validFrom, validUntil } = identity.sealing.at(-1)!;
  const contact = {
    identity: identity.signing.publicKey,
    idKey: id.publicKey,
    cellKey: cell.publicKey,
    validFrom,
    validUntil,
    drop: identity.drop,
  };
  return { ...contact, signature: sodium.crypto_sign_detached(signedBytes(contact), identity.signing.secretKey) };
}

/** Checks a contact before anything is sealed to it. Protocol step 2. @throws Error that says what is wrong with it */
export function checkContact(contact: Contact, now: Date): void {
  if (!sodium.crypto_sign_verify_detached(contact.signature, signedBytes(contact), contact.identity)) {
    throw new Error('the contact is not signed by its identity: it was damaged, ask for it again');
  }
  const seconds = now.getTime() / 1000;
  if (seconds < contact.validFrom) throw new Error('the contact is not valid yet: check the clock of this machine');
  if (seconds > contact.validUntil) throw new Error('the contact is no longer valid: ask for a newer one');
}

/** Overwrites the secret keys of an identity, as far as the language allows. */
export function wipeIdentity(identity: Identity): void {
  sodium.memzero(identity.signing.secretKey);
  for (const { id, cell } of identity.sealing) {
    sodium.memzero(id.secretKey);
    sodium.memzero(cell.secretKey);
  }
}

function pair({ publicKey, privateKey }: { publicKey: Uint8Array; privateKey: Uint8Array }): KeyPair {
  return { publicKey, secretKey: privateKey };
}

function signedBytes(contact: Omit<Contact, 'signature'>): Uint8Array {
  return Buffer.concat([Buffer.from('dead-drop 1 contact'), formatSignedPart(contact)]);
}

import { blake2b, curvePublicKey, guard, signingKeyPair, xwingKeyPair } from '#platform';
import { concat, toHex, utf8, wipe } from '../../wire/bytes.ts';
import type { Contact } from '../../wire/contact.ts';
import { TICKET_BYTES } from '../../wire/sizes.ts';
import type { KeyPair } from '../platform.ts';
import { derive } from './derive.ts';

/** What the keys of an epoch are derived from. */
export const SEED_BYTES = 32;

/** What opens a letter. */
export interface SealingKeys {
  /** X25519, for upload ids. */
  readonly id: KeyPair;
  /** X-Wing, for cells. */
  readonly cell: KeyPair;
}

/** The keys of an epoch: all of them go with its seed. Protocol, "Epoch". */
export interface Epoch extends SealingKeys {
  /** Seconds since 1970 between which letters may be sealed to its keys. The first begins a minute, which no other has. */
  readonly validFrom: number;
  readonly validUntil: number;
  readonly seed: Uint8Array;
  /** Ed25519, signs letters. */
  readonly letter: KeyPair;
  /** The identity's, over the epoch's contact. */
  readonly signature: Uint8Array;
}

/** The keys that a seed gives. */
export type EpochKeys = Pick<Epoch, 'seed' | 'id' | 'cell' | 'letter'>;

/** Derives the keys of an epoch from its seed (32 bytes), which it takes over. */
export function epochKeys(given: Uint8Array): EpochKeys {
  const seed = guard(given);
  const id = guard(derive(seed, 'id key'));
  const cell = guard(derive(seed, 'cell key'));
  const letter = derive(seed, 'letter key');
  const signing = signingKeyPair(letter);
  wipe(letter);
  return {
    seed,
    id: { publicKey: curvePublicKey(id), secretKey: id },
    cell: { publicKey: xwingKeyPair(cell).publicKey, secretKey: cell },
    letter: { publicKey: signing.publicKey, secretKey: guard(signing.secretKey) },
  };
}

/**
 * The ticket of letters: what an answer to one has to show. It says that they were written with this epoch's keys, and to
 * whom, so that nothing needs to be kept of them. It is the same in all of them. Protocol, "Proof".
 *
 * @param recipient - identity to which they are written, and which alone may answer
 */
export function ticketOf({ seed }: Pick<Epoch, 'seed'>, recipient: Uint8Array): Uint8Array {
  const key = derive(seed, 'ticket key');
  const message = concat([utf8('dead-drop 1 letter ticket'), recipient]);
  const ticket = blake2b(TICKET_BYTES, message, key);
  wipe(key);
  return ticket;
}

/** A name for keys that stays theirs when others come and go: their X25519 public key in hexadecimal. */
export function keysName({ id }: SealingKeys): string {
  return toHex(id.publicKey);
}

/** What a contact says of an epoch's keys. */
export function publicPart({ id, cell, letter }: EpochKeys): Pick<Contact, 'idKey' | 'cellKey' | 'letterKey'> {
  return { idKey: id.publicKey, cellKey: cell.publicKey, letterKey: letter.publicKey };
}

/** Overwrites the secrets of an epoch, as far as the language allows. */
export function wipeEpoch({ seed, id, cell, letter }: EpochKeys): void {
  for (const secret of [seed, id.secretKey, cell.secretKey, letter.secretKey]) wipe(secret);
}

import { guard, randomBytes, sign, signingKeyPair } from '#platform';
import { concat, isSame, utf8, wipe } from '../../wire/bytes.ts';
import { type Contact, type ContactKind, formatSignedPart, MINUTE_SECONDS } from '../../wire/contact.ts';
import { checkDropUrl } from '../../wire/drop-url.ts';
import { DELETION_MARGIN_DAYS, LETTER_MAX_DAYS, RETENTION_DAYS } from '../../wire/sizes.ts';
import { besideClock, presentSeconds } from './day.ts';
import { type Epoch, epochKeys, publicPart, SEED_BYTES, wipeEpoch } from './epoch.ts';
import { checkFingerprint } from './fingerprint.ts';
import { checkCanonicalKeys, checkDifferentKeys, isCanonicalSigningKey, isSignature } from './key-check.ts';
import { mailboxIdentity } from './mailbox-identity.ts';

/** The key that signs contacts and revocations. */
export interface SigningKey {
  readonly publicKey: Uint8Array;
  /** Seed, then public key, as libsodium has it. */
  readonly secretKey: Uint8Array;
}

/** The same, where its secret half may be somewhere else. */
export type Signing = Pick<SigningKey, 'publicKey'> & { readonly secretKey: Uint8Array | undefined };

/** Who a journalist is: the key that signs contacts, the drop that is polled, and the keys that open and answer. */
export interface Identity {
  /** What its contacts say that they are. */
  readonly kind: ContactKind;
  /** Base URL of the drop, in its one spelling. */
  readonly drop: string;
  /**
   * Ed25519. Those who joined a desk have no secret half, and neither has an identity whose signing key is in a file of its
   * own: they cannot issue contacts.
   */
  readonly signing: Signing;
  /** What the files of an inbox are encrypted under. It stays on this machine. */
  readonly storageKey: Uint8Array;
  /** How long an epoch lasts, in seconds. */
  readonly epochSeconds: number;
  /** When the newest epoch that was issued begins, also when it is over: seconds since 1970. */
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
  /** When the newest epoch begins that was sent to them: seconds since 1970, 0 when none was yet. */
  readonly epoch: number;
  /**
   * What the number after that one's would be locked under, from which all later ones follow: known to them and to whoever made the desk. Each goes before the next
   * comes into use, so that nothing locked under it can be opened any more.
   */
  readonly secret?: Uint8Array | undefined;
}

/** How long an epoch lasts unless its owner chose otherwise. */
export const EPOCH_DAYS = 30;

/** 25: how long after the end of its validity something that was sealed to a contact can be on a drop. */
const AFTER_DAYS = LETTER_MAX_DAYS + RETENTION_DAYS + DELETION_MARGIN_DAYS;

/**
 * Makes an identity with its first epoch. Protocol step 1.
 *
 * @param nowSeconds - since 1970. @default - by the clock of this machine
 * @throws Error that says how the drop's URL is spelled, when it is given in another way
 */
export function newIdentity(drop: string, nowSeconds = presentSeconds(), epochSeconds = EPOCH_DAYS * 86_400): Identity {
  checkDropUrl(drop);
  const { publicKey, secretKey } = signingKeyPair();
  const signing = { publicKey, secretKey: guard(secretKey) };
  const storageKey = guard(randomBytes(SEED_BYTES));
  return rotate({ kind: 'identity', drop, signing, storageKey, epochSeconds, issued: 0, epochs: [] }, nowSeconds);
}

/**
 * The identity with one more epoch, which begins now, or a minute after the newest one where a clock was wrong. Protocol,
 * "Epoch".
 *
 * @param nowSeconds - since 1970. @default - by the clock of this machine
 * @throws Error when its signing key is somewhere else
 */
export function rotate(identity: Identity, nowSeconds = presentSeconds()): Identity {
  const begins = Math.max(minuteOf(nowSeconds), identity.issued + MINUTE_SECONDS);
  const epoch = issue(identity, epochKeys(randomBytes(SEED_BYTES)), begins, begins + identity.epochSeconds);
  return { ...identity, issued: begins, epochs: [...identity.epochs, epoch] };
}

/** When a minute began: seconds since 1970. */
export function minuteOf(now: number): number {
  return Math.floor(now / MINUTE_SECONDS) * MINUTE_SECONDS;
}

/** Has an identity sign the contact of an epoch. @param validFrom - a whole minute */
export function issue(
  identity: Pick<Identity, 'kind' | 'drop' | 'signing' | 'members'>,
  keys: ReturnType<typeof epochKeys>,
  validFrom: number,
  validUntil: number,
): Epoch {
  const { kind, drop } = identity;
  const { publicKey, secretKey } = signingKeyOf(identity);
  const contact = { kind, identity: publicKey, ...publicPart(keys), validFrom, validUntil, drop };
  const signature = sign(signedBytes(contact), secretKey);
  return { ...keys, validFrom, validUntil, signature };
}

/** The key with which an identity signs. @throws Error that says where it is, when it is not here */
export function signingKeyOf({ signing, members }: Pick<Identity, 'signing' | 'members'>): SigningKey {
  const { publicKey, secretKey } = signing;
  if (secretKey !== undefined) return { publicKey, secretKey };
  if (isMembers({ signing, members })) throw new Error('only the maker of the desk can issue keys for it');
  const apart = 'the signing key of this identity is in a file of its own: name it with --signing-key';
  // One member's copy of a desk of two looks like its maker's.
  throw new Error(members?.length === 1 ? `${apart}, if you have made the desk` : apart);
}

/** Whether this is a desk as a member has it: of the members' secrets only one is known. */
function isMembers({ signing, members = [] }: Pick<Identity, 'signing' | 'members'>): boolean {
  return signing.secretKey === undefined && members.some(({ secret }) => secret === undefined);
}

/** When nothing that was sealed to an epoch can be on a drop any more: seconds since 1970. */
export function endOf({ validUntil }: Pick<Epoch, 'validUntil'>): number {
  return validUntil + AFTER_DAYS * 86_400;
}

/**
 * The identity without the epochs that are over, whose keys are for the caller to wipe when that is written down.
 *
 * @param nowSeconds - since 1970. @default - by the clock of this machine
 * @returns the same identity when nothing is over
 */
export function withoutPast(identity: Identity, nowSeconds = presentSeconds()): Identity {
  const epochs = identity.epochs.filter((epoch) => endOf(epoch) >= nowSeconds);
  return epochs.length === identity.epochs.length ? identity : { ...identity, epochs };
}

/** The contact of an epoch, the newest unless another is given. @throws Error when all epochs are over */
export function contactOf(
  { kind, drop, signing, epochs }: Pick<Identity, 'kind' | 'drop' | 'signing' | 'epochs'>,
  epoch = epochs.at(-1),
): Contact {
  if (epoch === undefined) throw new Error('this identity has no keys left, all are over: issue new ones with rotate');
  const { validFrom, validUntil, signature } = epoch;
  return { kind, identity: signing.publicKey, ...publicPart(epoch), validFrom, validUntil, drop, signature };
}

/** Checks whose a contact is, and its keys. @throws Error that says what is wrong with it */
export function checkSignature(contact: Contact): void {
  // What is no key signs nothing: that is what is wrong then.
  const isKey = contact.kind === 'mailbox' || isCanonicalSigningKey(contact.identity);
  if (isKey && !isOwners(contact))
    throw new Error('the contact is not signed by its identity: it was damaged or forged, ask for it again');
  checkCanonicalKeys(contact);
  checkDifferentKeys(contact);
}

/** Whether a contact's identity vouches for it: by a signature, or, as a mailbox's, by being the hash of its keys. */
function isOwners(contact: Contact): boolean {
  const { kind, identity, signature } = contact;
  if (kind === 'mailbox') return isSame(mailboxIdentity(contact), identity);
  return isSignature(signature, signedBytes(contact), identity);
}

/** How far the clock of whoever made a contact may be ahead of this machine's. */
const CLOCKS_SECONDS = 86_400;

/** Whether a contact is not valid yet, or no longer: nothing is sealed to it then. @param now - seconds since 1970 */
export function mistimingOf(
  { validFrom, validUntil }: Pick<Contact, 'validFrom' | 'validUntil'>,
  now: number,
): 'early' | 'over' | undefined {
  if (now < validFrom - CLOCKS_SECONDS) return 'early';
  return now > validUntil ? 'over' : undefined;
}

/**
 * Checks a contact before anything is sealed to it. Protocol step 2, and "Contact".
 *
 * @param nowSeconds - since 1970. @default - by the clock of this machine
 * @param fingerprint - of the identity that it has to be, where that is known
 * @throws Error that says what is wrong with it
 */
export function checkContact(contact: Contact, nowSeconds = presentSeconds(), fingerprint?: Uint8Array): void {
  checkSignature(contact);
  if (fingerprint) checkFingerprint(contact.identity, fingerprint);
  const mistimed = mistimingOf(contact, nowSeconds);
  if (mistimed === 'early')
    throw new Error(
      `the contact is not valid yet: it begins on ${besideClock(contact.validFrom, nowSeconds)}, the clock of the contact's maker is ahead`,
    );
  // Never to ask for one: that would show who writes.
  if (mistimed === 'over')
    throw new Error(
      `the contact is no longer valid: it ended on ${besideClock(contact.validUntil, nowSeconds)}, look for a newer contact where you found this one`,
    );
}

/** Overwrites the secret keys of an identity, as far as the language allows. */
export function wipeIdentity({ signing, storageKey, epochs, members = [] }: Identity): void {
  const secrets = [signing.secretKey, storageKey, ...members.map(({ secret }) => secret)];
  for (const secret of secrets) if (secret) wipe(secret);
  epochs.forEach(wipeEpoch);
}

function signedBytes(contact: Omit<Contact, 'signature'>): Uint8Array {
  return concat([utf8('dead-drop 1 contact'), formatSignedPart(contact)]);
}

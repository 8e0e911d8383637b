import sodium from 'libsodium-wrappers';
import { type Epoch, epochKeys, SEED_BYTES } from '../../core/keys/epoch.ts';
import { checkSignature, contactOf, type Identity, type Member, wipeIdentity } from '../../core/keys/identity.ts';
import type { Stretching } from '../../core/platform.ts';
import { CONTACT_BYTES, formatContactBytes, parseContactBytes } from '../../wire/contact.ts';
import { reader, writer } from '../../wire/cursor.ts';
import { checkDropUrl } from '../../wire/drop-url.ts';
import { CURVE_KEY_BYTES, DROP_URL_MAX_BYTES, SIGNATURE_BYTES } from '../../wire/sizes.ts';
import { damaged, type Lock, newLock, paddedBytes, unlock } from '../files/locked-file.ts';
import { guard } from '../sodium/secret.ts';
import { keyOfSeed } from './signing-key.ts';

await sodium.ready;

/** 112: validity, seed and signature of an epoch. */
const EPOCH_BYTES = 8 + 8 + SEED_BYTES + SIGNATURE_BYTES;

/** The longest name of a member, in bytes of UTF-8. */
export const MEMBER_NAME_MAX_BYTES = 64;

/** 1,755: name behind its length, contact, secret of a member, and when the newest epoch begins that they were sent. */
const MEMBER_BYTES = 1 + MEMBER_NAME_MAX_BYTES + CONTACT_BYTES + SEED_BYTES + 8;

/**
 * 369 before the epochs: identity, its seed, the storage key, seconds of an epoch, when the newest one begins that was
 * issued, length of the URL, URL, numbers of epochs and members, whether it is a desk's.
 */
const FIXED_BYTES = CURVE_KEY_BYTES + SEED_BYTES + SEED_BYTES + 4 + 8 + 1 + DROP_URL_MAX_BYTES + 2 + 2 + 1;

/** An identity that was unlocked, and what locks it again under the same passphrase. */
export interface UnlockedIdentity {
  readonly identity: Identity;
  readonly lock: Lock;
}

/** Writes an identity as text, encrypted under a passphrase (UTF-8, as it was typed). docs/operating.md has its byte table. */
export async function lockIdentity(
  identity: Identity,
  passphrase: Uint8Array,
  stretching?: Stretching,
): Promise<string> {
  const lock = await newLock('identity', passphrase, stretching);
  try {
    return relockIdentity(identity, lock);
  } finally {
    lock.wipe();
  }
}

/** Writes an identity that was unlocked before, with its passphrase as it was. */
export function relockIdentity(identity: Identity, lock: Lock): string {
  const secrets = formatIdentity(identity);
  const text = lock.lock(secrets);
  sodium.memzero(secrets);
  return text;
}

/**
 * Reads an identity file.
 *
 * @param text - or the bytes of the file
 * @returns null when the passphrase is wrong
 * @throws Error when it is no identity file, or damaged
 */
export async function unlockIdentity(
  text: Uint8Array | string,
  passphrase: Uint8Array,
): Promise<UnlockedIdentity | null> {
  const unlocked = await unlock('identity', text, passphrase);
  if (unlocked === null) return null;
  const { secrets, lock } = unlocked;
  try {
    return { identity: parseSecrets(secrets), lock };
  } catch (error) {
    lock.wipe();
    throw error;
  }
}

/** Reads an identity file that `relockIdentity` wrote with the same lock. @throws Error when it is anything else */
export function openIdentity(text: Uint8Array | string, lock: Lock): Identity {
  return parseSecrets(lock.open(text));
}

function parseSecrets(secrets: Uint8Array): Identity {
  try {
    return parseIdentity(secrets);
  } catch {
    throw damaged('identity');
  } finally {
    sodium.memzero(secrets);
  }
}

/** Writes an identity in its byte table. What is returned holds all of its secrets. @throws Error for a URL too long */
export function formatIdentity(identity: Identity): Uint8Array {
  const { drop, signing, storageKey, epochSeconds, issued, epochs, members } = identity;
  checkDropUrl(drop);
  const bytes = new Uint8Array(FIXED_BYTES + epochs.length * EPOCH_BYTES + (members?.length ?? 0) * MEMBER_BYTES);
  const out = writer(bytes);
  out.bytes(signing.publicKey);
  // libsodium's secret key is the seed, then the public key.
  out.bytes(signing.secretKey?.subarray(0, SEED_BYTES) ?? new Uint8Array(SEED_BYTES));
  out.bytes(storageKey);
  out.uint32(epochSeconds);
  out.uint64(issued);
  out.text(drop, DROP_URL_MAX_BYTES);
  out.uint16(epochs.length);
  out.uint16(members?.length ?? 0);
  out.uint8(members === undefined ? 0 : 1);
  for (const { validFrom, validUntil, seed, signature } of epochs) {
    out.uint64(validFrom);
    out.uint64(validUntil);
    out.bytes(seed);
    out.bytes(signature);
  }
  for (const { name, contact, secret, epoch } of members ?? []) {
    out.text(name, MEMBER_NAME_MAX_BYTES);
    out.bytes(formatContactBytes(contact));
    out.bytes(secret ?? new Uint8Array(SEED_BYTES));
    out.uint64(epoch);
  }
  return bytes;
}

/** Reads what formatIdentity wrote, with the zeros of a locked file behind it. @throws Error when it is anything else, or does not fit together */
export function parseIdentity(bytes: Uint8Array): Identity {
  const identity = parseFields(bytes);
  const spelled = formatIdentity(identity);
  const isSame =
    Buffer.compare(spelled, bytes.subarray(0, spelled.length)) === 0 &&
    isZero(bytes.subarray(spelled.length)) &&
    bytes.length === paddedBytes(spelled.length);
  sodium.memzero(spelled);
  try {
    if (!isSame) throw new Error('invalid identity');
    checkFits(identity);
    return identity;
  } catch (error) {
    wipeIdentity(identity);
    throw error;
  }
}

function parseFields(bytes: Uint8Array): Identity {
  const next = reader(bytes);
  const publicKey = next.bytes(CURVE_KEY_BYTES);
  const seed = next.bytes(SEED_BYTES);
  const secretKey = isZero(seed) ? undefined : keyOfSeed(seed).secretKey;
  const storageKey = guard(next.bytes(SEED_BYTES));
  const [epochSeconds, issued] = [next.uint32(), next.uint64()];
  const drop = next.text(DROP_URL_MAX_BYTES);
  const [epochCount, memberCount, isDesk] = [next.uint16(), next.uint16(), next.uint8() === 1];
  const epochs = Array.from({ length: epochCount }, (): Epoch => {
    const [validFrom, validUntil] = [next.uint64(), next.uint64()];
    return { ...epochKeys(next.bytes(SEED_BYTES)), validFrom, validUntil, signature: next.bytes(SIGNATURE_BYTES) };
  });
  const members = Array.from({ length: memberCount }, (): Member => {
    const name = next.text(MEMBER_NAME_MAX_BYTES);
    const contact = parseContactBytes(next.bytes(CONTACT_BYTES));
    const secret = next.bytes(SEED_BYTES);
    return { name, contact, secret: isZero(secret) ? undefined : guard(secret), epoch: next.uint64() };
  });
  return {
    kind: 'identity',
    drop,
    signing: { publicKey, secretKey },
    storageKey,
    epochSeconds,
    issued,
    epochs,
    members: isDesk ? members : undefined,
  };
}

/** @throws Error when something in an identity does not fit. docs/operating.md, "Locked files" */
function checkFits(identity: Identity): void {
  const { signing, issued, epochs, members = [] } = identity;
  const { publicKey, secretKey } = signing;
  if (secretKey && Buffer.compare(secretKey.subarray(SEED_BYTES), publicKey) !== 0) throw new Error('another seed');
  for (const [index, epoch] of epochs.entries()) {
    if (epoch.validFrom <= (epochs[index - 1]?.validFrom ?? -1) || epoch.validFrom > issued) throw new Error('order');
    checkSignature(contactOf(identity, epoch));
  }
  for (const { name, contact } of members) {
    checkMemberName(name);
    if (contact.kind !== 'identity') throw new Error('a member that is a mailbox');
    checkSignature(contact);
  }
  const identities = members.map(({ contact }) => Buffer.from(contact.identity).toString('hex'));
  for (const values of [identities, members.map(({ name }) => name)])
    if (new Set(values).size !== values.length) throw new Error('a member twice');
}

/** @throws Error unless it is 1 to 64 bytes that can be seen */
export function checkMemberName(name: string): void {
  const bytes = Buffer.byteLength(name);
  if (bytes < 1 || bytes > MEMBER_NAME_MAX_BYTES || /[\p{C}\p{Z}]/u.test(name.replaceAll(' ', '')))
    throw new Error(`a member's name has 1 to ${MEMBER_NAME_MAX_BYTES} bytes, all of them visible`);
}

function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}

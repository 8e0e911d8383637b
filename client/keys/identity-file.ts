import sodium from 'libsodium-wrappers';
import { CONTACT_BYTES, checkDropUrl, formatContactBytes, parseContactBytes } from '../../wire/contact.ts';
import { reader, writer } from '../../wire/cursor.ts';
import { CURVE_KEY_BYTES, DROP_URL_MAX_BYTES, SIGNATURE_BYTES } from '../../wire/sizes.ts';
import { damaged, type Lock, newLock, type Stretching, unlock } from '../files/locked-file.ts';
import { guard } from '../sodium/secret.ts';
import { type Epoch, epochKeys, SEED_BYTES, wipeEpoch } from './epoch.ts';
import type { Identity, Member } from './identity.ts';

await sodium.ready;

/** 116: number, validity, seed and signature of an epoch. */
const EPOCH_BYTES = 4 + 8 + 8 + SEED_BYTES + SIGNATURE_BYTES;

/** The longest name of a member, in bytes of UTF-8. */
export const MEMBER_NAME_MAX_BYTES = 64;

/** 1,750: name behind its length, contact, secret, newest epoch of a member. */
const MEMBER_BYTES = 1 + MEMBER_NAME_MAX_BYTES + CONTACT_BYTES + SEED_BYTES + 4;

/**
 * 365 before the epochs: identity, its seed, the storage key, seconds of an epoch, how many were issued, length of the
 * URL, URL, numbers of epochs and members, whether it is a desk's.
 */
const FIXED_BYTES = CURVE_KEY_BYTES + SEED_BYTES + SEED_BYTES + 4 + 4 + 1 + DROP_URL_MAX_BYTES + 2 + 2 + 1;

/** An identity that was unlocked, and what locks it again under the same passphrase. */
export interface UnlockedIdentity {
  readonly identity: Identity;
  readonly lock: Lock;
}

/** Writes an identity as text, encrypted under a passphrase (bytes of UTF-8). docs/operating.md has its byte table. */
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

/** Reads an identity file. @returns null when the passphrase is wrong @throws Error when it is no identity file */
export async function unlockIdentity(text: string, passphrase: Uint8Array): Promise<UnlockedIdentity | null> {
  const unlocked = await unlock('identity', text, passphrase);
  if (unlocked === null) return null;
  return { identity: parseSecrets(unlocked.secrets), lock: unlocked.lock };
}

/** Reads an identity file that `relockIdentity` wrote with the same lock. @throws Error when it is anything else */
export function openIdentity(text: string, lock: Lock): Identity {
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
  out.uint32(issued);
  out.text(drop, DROP_URL_MAX_BYTES);
  out.uint16(epochs.length);
  out.uint16(members?.length ?? 0);
  out.uint8(members === undefined ? 0 : 1);
  for (const { number, validFrom, validUntil, seed, signature } of epochs) {
    out.uint32(number);
    out.uint64(validFrom);
    out.uint64(validUntil);
    out.bytes(seed);
    out.bytes(signature);
  }
  for (const { name, contact, secret, epoch } of members ?? []) {
    out.text(name, MEMBER_NAME_MAX_BYTES);
    out.bytes(formatContactBytes(contact));
    out.bytes(secret ?? new Uint8Array(SEED_BYTES));
    out.uint32(epoch);
  }
  return bytes;
}

/** Reads what formatIdentity wrote, with zeros behind it. @throws Error when it is anything else */
export function parseIdentity(bytes: Uint8Array): Identity {
  const next = reader(bytes);
  const publicKey = next.bytes(CURVE_KEY_BYTES);
  const seed = next.bytes(SEED_BYTES);
  const signing = { publicKey, secretKey: isZero(seed) ? undefined : secretKeyOf(seed) };
  const storageKey = guard(next.bytes(SEED_BYTES));
  const [epochSeconds, issued] = [next.uint32(), next.uint32()];
  const drop = next.text(DROP_URL_MAX_BYTES);
  const [epochCount, memberCount, isDesk] = [next.uint16(), next.uint16(), next.uint8() === 1];
  const epochs = Array.from({ length: epochCount }, (): Epoch => {
    const [number, validFrom, validUntil] = [next.uint32(), next.uint64(), next.uint64()];
    return {
      ...epochKeys(next.bytes(SEED_BYTES)),
      number,
      validFrom,
      validUntil,
      signature: next.bytes(SIGNATURE_BYTES),
    };
  });
  const members = Array.from({ length: memberCount }, (): Member => {
    const name = next.text(MEMBER_NAME_MAX_BYTES);
    const contact = parseContactBytes(next.bytes(CONTACT_BYTES));
    const secret = next.bytes(SEED_BYTES);
    return { name, contact, secret: isZero(secret) ? undefined : guard(secret), epoch: next.uint32() };
  });
  const identity = {
    drop,
    signing,
    storageKey,
    epochSeconds,
    issued,
    epochs,
    members: isDesk ? members : undefined,
  };
  const spelled = formatIdentity(identity);
  const isSame =
    Buffer.compare(spelled, bytes.subarray(0, spelled.length)) === 0 && isZero(bytes.subarray(spelled.length));
  sodium.memzero(spelled);
  if (!isSame) {
    epochs.forEach(wipeEpoch);
    throw new Error('invalid identity');
  }
  return identity;
}

function secretKeyOf(seed: Uint8Array): Uint8Array {
  const { privateKey } = sodium.crypto_sign_seed_keypair(seed);
  sodium.memzero(seed);
  return guard(privateKey);
}

function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}

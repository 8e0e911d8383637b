import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import sodium from 'libsodium-wrappers';
import { SEED_BYTES } from '../../core/keys/epoch.ts';
import { type Identity, type SigningKey, signingKeyOf } from '../../core/keys/identity.ts';
import type { Stretching } from '../../core/platform.ts';
import { reader, writer } from '../../wire/cursor.ts';
import { CURVE_KEY_BYTES } from '../../wire/sizes.ts';
import { damaged, newLock, paddedBytes, unlock } from '../files/locked-file.ts';
import { createSecretFile, removeSecretFile } from '../files/secret-file.ts';
import { syncFolder } from '../files/unfinished.ts';
import { guard } from '../sodium/secret.ts';
import type { IdentityStore } from './identity-store.ts';

await sodium.ready;

/** 64: identity, its seed. */
const SIGNING_KEY_BYTES = CURVE_KEY_BYTES + SEED_BYTES;

/** Writes a signing key as text, encrypted under a passphrase. docs/operating.md has its byte table. */
export async function lockSigningKey(
  { publicKey, secretKey }: SigningKey,
  passphrase: Uint8Array,
  stretching?: Stretching,
): Promise<string> {
  const lock = await newLock('signing key', passphrase, stretching);
  const secrets = new Uint8Array(SIGNING_KEY_BYTES);
  const out = writer(secrets);
  out.bytes(publicKey);
  out.bytes(secretKey.subarray(0, SEED_BYTES));
  try {
    return lock.lock(secrets);
  } finally {
    lock.wipe();
    sodium.memzero(secrets);
  }
}

/** Reads a signing key. @returns null when the passphrase is wrong @throws Error when it is none, or damaged */
export async function unlockSigningKey(text: Uint8Array | string, passphrase: Uint8Array): Promise<SigningKey | null> {
  const unlocked = await unlock('signing key', text, passphrase);
  if (unlocked === null) return null;
  unlocked.lock.wipe();
  const { secrets } = unlocked;
  try {
    const next = reader(secrets);
    const identity = next.bytes(CURVE_KEY_BYTES);
    const key = keyOfSeed(next.bytes(SEED_BYTES));
    const isPadded = secrets.length === paddedBytes(SIGNING_KEY_BYTES);
    const isWhole = isPadded && secrets.subarray(SIGNING_KEY_BYTES).every((byte) => byte === 0);
    if (isWhole && Buffer.compare(identity, key.publicKey) === 0) return key;
    sodium.memzero(key.secretKey);
    throw damaged('signing key');
  } finally {
    sodium.memzero(secrets);
  }
}

/** The key that a seed gives, which it takes over. */
export function keyOfSeed(seed: Uint8Array): SigningKey {
  const { publicKey, privateKey } = sodium.crypto_sign_seed_keypair(seed);
  sodium.memzero(seed);
  return { publicKey, secretKey: guard(privateKey) };
}

/** The identity as it is kept when its signing key is in a file of its own. The key is for the caller to wipe. */
export function withoutSigningKey(identity: Identity): Identity {
  return { ...identity, signing: { publicKey: identity.signing.publicKey, secretKey: undefined } };
}

/**
 * Moves the signing key of an identity into a file of its own, which is written and read back before anything is taken
 * away. Killed between the two, it is called again with the same file.
 *
 * @param passphrase - of the new file, or of one that has this key already
 * @throws Error when there is no key to be moved, or a file of that name that has another one
 */
export async function detachSigningKey(
  held: IdentityStore,
  path: string,
  passphrase: Uint8Array,
  stretching?: Stretching,
): Promise<void> {
  const signing = signingKeyOf(held.current());
  let isNew = true;
  await createSecretFile(path, await lockSigningKey(signing, passphrase, stretching)).catch((error) => {
    if (error.code !== 'EEXIST') throw error;
    isNew = false;
  });
  await syncFolder(dirname(path)); // a power cut must not take both
  const kept = await unlockSigningKey(await readFile(path), passphrase);
  if (kept === null) throw new Error('there is a file of that name, with another passphrase: nothing was changed');
  sodium.memzero(kept.secretKey);
  if (Buffer.compare(kept.publicKey, signing.publicKey) !== 0)
    throw new Error('there is a signing key of another identity in that file: nothing was changed');
  await held.update(withoutSigningKey).catch(async (error) => {
    const after = await held.refresh();
    if (isNew && after.signing.secretKey !== undefined) await removeSecretFile(path); // it never moved
    throw error;
  });
}

import { randomBytes } from 'node:crypto';
import sodium from 'libsodium-wrappers';
import { derive } from '../../core/keys/derive.ts';
import { type LockedKind, labelOf } from '../../core/keys/own-secrets.ts';
import { STRETCHING } from '../../core/keys/stretching.ts';
import type { Stretching } from '../../core/platform.ts';
import { formatArmor, isArmor, parseArmor } from '../../wire/armor.ts';
import { reader, writer } from '../../wire/cursor.ts';
import { COMMITMENT_BYTES, NONCE_BYTES, TAG_BYTES } from '../../wire/sizes.ts';
import { BeforeVersion1, checkVersion } from '../../wire/version.ts';
import { argon2id } from '../platform.ts';
import { guard } from '../sodium/secret.ts';
import { preparePassphrase } from './passphrase.ts';

await sodium.ready;

/** What is locked under random bytes, which are taken as they are, or words that are spelled in one way already. */
const UNDER_KEYS: ReadonlySet<LockedKind> = new Set(['invitation', 'unsent answer', 'unsent invitation']);

const VERSION = 1;

/** What is accepted from a file, so that a strange one cannot take all of the memory or run for hours. */
const STRETCHING_MAX = { memoryKibibytes: 2 ** 20, passes: 16, lanes: 16 } as const;

const SALT_BYTES = 16;

/** 85: version, memory, passes, lanes, salt, nonce, commitment. All in the clear, all authenticated. */
const PREFIX_BYTES = 1 + 4 + 4 + 4 + SALT_BYTES + NONCE_BYTES + COMMITMENT_BYTES;

/** What is locked is padded with zeros to a multiple of this, so that its size tells little. */
const PAD_BYTES = 4096;

/** 69: what a file of before version 1 had more than a multiple of 4,096, since it had no commitment. */
const OLD_EXTRA_BYTES = PREFIX_BYTES - COMMITMENT_BYTES + TAG_BYTES;

/** How many bytes some secrets have with the zeros behind them, which a reader makes sure of. */
export function paddedBytes(secrets: number): number {
  return Math.ceil(Math.max(secrets, 1) / PAD_BYTES) * PAD_BYTES;
}

/** A passphrase, stretched once for any number of files that take each other's place. */
export interface Lock {
  /** Writes secrets as text, encrypted. They are not wiped. */
  lock(secrets: Uint8Array): string;
  /** Reads what it wrote. @throws Error when it is anything else */
  open(text: Uint8Array | string): Uint8Array;
  /** Overwrites the key. */
  wipe(): void;
}

/** Stretches a passphrase with a new salt. @throws Error for a passphrase that will not do */
export async function newLock(
  kind: LockedKind,
  passphrase: Uint8Array,
  stretching: Stretching = STRETCHING,
): Promise<Lock> {
  const salt = randomBytes(SALT_BYTES);
  return lockWith(kind, stretching, salt, await keysFor(kind, passphrase, salt, stretching));
}

/**
 * Reads a locked file. docs/operating.md has its byte table.
 *
 * @param text - or the bytes of the file
 * @returns what was locked, with zeros behind it, and a lock for writing it anew under the same passphrase; or null when
 *   the passphrase is wrong
 * @throws Error when it is no such file, or damaged, or for a passphrase that will not do
 */
export async function unlock(
  kind: LockedKind,
  text: Uint8Array | string,
  passphrase: Uint8Array,
): Promise<{ secrets: Uint8Array; lock: Lock } | null> {
  const locked = parseLocked(kind, text);
  const { stretching, salt } = locked;
  const keys = await keysFor(kind, passphrase, salt, stretching);
  try {
    const secrets = decrypt(kind, locked, keys);
    if (secrets === null) sodium.memzero(keys.key);
    return secrets && { secrets, lock: lockWith(kind, stretching, salt, keys) };
  } catch (error) {
    sodium.memzero(keys.key);
    throw error;
  }
}

interface Keys {
  readonly key: Uint8Array;
  /** What shows that this is the key, so that nobody makes a file that opens with two. */
  readonly commitment: Uint8Array;
}

/** @returns null when it is locked under another key @throws Error when it is damaged */
function decrypt(
  kind: LockedKind,
  { nonce, commitment, prefix, locked }: ReturnType<typeof parseLocked>,
  keys: Keys,
): Uint8Array | null {
  if (!sodium.memcmp(commitment, keys.commitment)) return null;
  try {
    const additional = additionalOf(kind, prefix);
    return sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(null, locked, additional, nonce, keys.key);
  } catch {
    throw damaged(kind);
  }
}

/** Reads what stands in the clear. @throws Error when it is no such file */
function parseLocked(kind: LockedKind, text: Uint8Array | string) {
  const bytes = parseArmor(labelOf(kind), text);
  if (bytes.length % PAD_BYTES === OLD_EXTRA_BYTES) throw new BeforeVersion1(kind);
  if (bytes.length < PREFIX_BYTES) throw damaged(kind);
  const next = reader(bytes);
  const version = next.uint8();
  if (version < VERSION) throw damaged(kind);
  checkVersion(version, VERSION, kind);
  const stretching = { memoryKibibytes: next.uint32(), passes: next.uint32(), lanes: next.uint32() };
  // An invitation may come from anybody: it costs no more than what everybody makes.
  const most = kind === 'invitation' ? STRETCHING : STRETCHING_MAX;
  for (const field of ['memoryKibibytes', 'passes', 'lanes'] as const) {
    if (stretching[field] < 1 || stretching[field] > most[field]) throw damaged(kind);
  }
  // RFC 9106, section 3.1: eight blocks of 1 KiB for each lane, at least.
  if (stretching.memoryKibibytes < 8 * stretching.lanes) throw damaged(kind);
  const salt = next.bytes(SALT_BYTES);
  const nonce = next.bytes(NONCE_BYTES);
  const commitment = next.bytes(COMMITMENT_BYTES);
  const [prefix, locked] = [bytes.subarray(0, PREFIX_BYTES), bytes.subarray(PREFIX_BYTES)];
  if (locked.length <= TAG_BYTES || (locked.length - TAG_BYTES) % PAD_BYTES !== 0) throw damaged(kind);
  return { stretching, salt, nonce, commitment, prefix, locked };
}

/** The error for a locked file whose content is not what it should be. */
export function damaged(kind: LockedKind): Error {
  return new Error(`the ${kind} is damaged`);
}

async function keysFor(
  kind: LockedKind,
  passphrase: Uint8Array,
  salt: Uint8Array,
  stretching: Stretching,
): Promise<Keys> {
  const prepared = UNDER_KEYS.has(kind) ? Uint8Array.from(passphrase) : preparePassphrase(passphrase);
  const stretched = await argon2id(prepared, salt, stretching).finally(() => sodium.memzero(prepared));
  const keys = { key: guard(derive(stretched, 'file key')), commitment: derive(stretched, 'file commitment') };
  sodium.memzero(stretched);
  return keys;
}

function lockWith(kind: LockedKind, stretching: Stretching, salt: Uint8Array, keys: Keys): Lock {
  return {
    lock(secrets) {
      const prefix = new Uint8Array(PREFIX_BYTES);
      const nonce = randomBytes(NONCE_BYTES);
      const out = writer(prefix);
      out.uint8(VERSION);
      out.uint32(stretching.memoryKibibytes);
      out.uint32(stretching.passes);
      out.uint32(stretching.lanes);
      out.bytes(salt);
      out.bytes(nonce);
      out.bytes(keys.commitment);
      const padded = new Uint8Array(paddedBytes(secrets.length));
      padded.set(secrets);
      const additional = additionalOf(kind, prefix);
      const locked = sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(padded, additional, null, nonce, keys.key);
      sodium.memzero(padded);
      return formatArmor(labelOf(kind), Buffer.concat([prefix, locked]));
    },
    open(text) {
      const secrets = decrypt(kind, parseLocked(kind, text), keys);
      if (secrets === null) throw new Error(`the ${kind} is locked under another passphrase by now`);
      return secrets;
    },
    wipe: () => sodium.memzero(keys.key),
  };
}

/** What is authenticated besides, so that no file opens as one of another kind. */
function additionalOf(kind: LockedKind, prefix: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from(`dead-drop 1 ${kind}`), prefix]);
}

/** Whether a file begins as one of this kind does. */
export function isLocked(kind: LockedKind, text: Uint8Array | string): boolean {
  return isArmor(labelOf(kind), text);
}

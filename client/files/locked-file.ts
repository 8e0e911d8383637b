import { argon2, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import sodium from 'libsodium-wrappers';
import { formatArmor, parseArmor } from '../../wire/armor.ts';
import { reader, writer } from '../../wire/cursor.ts';
import { NONCE_BYTES, TAG_BYTES } from '../../wire/sizes.ts';
import { checkVersion } from '../../wire/version.ts';
import { guard } from '../sodium/secret.ts';

await sodium.ready;

/** What a locked file is: it stands in its first line, and words about it are made from it. */
export type LockedKind = 'identity' | 'invitation' | 'unsent letter';

const VERSION = 1;

/** Argon2id as RFC 9106 recommends where memory is limited: 64 MiB, three passes, four lanes. */
export const STRETCHING = { memoryKibibytes: 64 * 1024, passes: 3, lanes: 4 } as const;

/** What is accepted from a file, so that a strange one cannot take all of the memory or run for hours. */
const STRETCHING_MAX = { memoryKibibytes: 2 ** 20, passes: 16, lanes: 16 } as const;

export type Stretching = { readonly [field in keyof typeof STRETCHING]: number };

const SALT_BYTES = 16;

/** 53: version, memory, passes, lanes, salt, nonce. All in the clear, all authenticated. */
const PREFIX_BYTES = 1 + 4 + 4 + 4 + SALT_BYTES + NONCE_BYTES;

/** What is locked is padded with zeros to a multiple of this, so that its size tells little. */
const PAD_BYTES = 4096;

/** A passphrase, stretched once for any number of files that take each other's place. */
export interface Lock {
  /** Writes secrets as text, encrypted. They are not wiped. */
  lock(secrets: Uint8Array): string;
  /** Reads what it wrote. @throws Error when it is anything else */
  open(text: string): Uint8Array;
  /** Overwrites the key. */
  wipe(): void;
}

/** Stretches a passphrase with a new salt. */
export async function newLock(
  kind: LockedKind,
  passphrase: Uint8Array,
  stretching: Stretching = STRETCHING,
): Promise<Lock> {
  const salt = randomBytes(SALT_BYTES);
  return lockWith(kind, stretching, salt, await stretch(passphrase, salt, stretching));
}

/**
 * Reads a locked file. docs/operating.md has its byte table.
 *
 * @returns what was locked, with zeros behind it, and a lock for writing it anew under the same passphrase; or null when
 *   the passphrase is wrong
 * @throws Error when it is no such file, or damaged
 */
export async function unlock(
  kind: LockedKind,
  text: string,
  passphrase: Uint8Array,
): Promise<{ secrets: Uint8Array; lock: Lock } | null> {
  const locked = parseLocked(kind, text);
  const { stretching, salt } = locked;
  const key = await stretch(passphrase, salt, stretching);
  try {
    return { secrets: decrypt(locked, key), lock: lockWith(kind, stretching, salt, key) };
  } catch {
    sodium.memzero(key);
    return null;
  }
}

function decrypt({ nonce, prefix, locked }: ReturnType<typeof parseLocked>, key: Uint8Array): Uint8Array {
  return sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(null, locked, prefix, nonce, key);
}

/** Reads what stands in the clear. @throws Error when it is no such file */
function parseLocked(kind: LockedKind, text: string) {
  const bytes = parseArmor(labelOf(kind), text);
  if (bytes.length < PREFIX_BYTES) throw damaged(kind);
  const next = reader(bytes);
  checkVersion(next.uint8(), VERSION, kind);
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
  const [prefix, locked] = [bytes.subarray(0, PREFIX_BYTES), bytes.subarray(PREFIX_BYTES)];
  if (locked.length <= TAG_BYTES || (locked.length - TAG_BYTES) % PAD_BYTES !== 0) throw damaged(kind);
  return { stretching, salt, nonce, prefix, locked };
}

/** The error for a locked file whose content is not what it should be. */
export function damaged(kind: LockedKind): Error {
  return new Error(`the ${kind} is damaged`);
}

/** Stretches a passphrase to 32 bytes with Argon2id. @param salt - 16 bytes */
export async function stretch(
  passphrase: Uint8Array,
  salt: Uint8Array,
  stretching: Stretching = STRETCHING,
): Promise<Uint8Array> {
  const key = await promisify(argon2)('argon2id', {
    message: passphrase,
    nonce: salt,
    memory: stretching.memoryKibibytes,
    passes: stretching.passes,
    parallelism: stretching.lanes,
    tagLength: sodium.crypto_aead_xchacha20poly1305_ietf_KEYBYTES,
  });
  return guard(key);
}

function lockWith(kind: LockedKind, stretching: Stretching, salt: Uint8Array, key: Uint8Array): Lock {
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
      const padded = new Uint8Array(Math.ceil(Math.max(secrets.length, 1) / PAD_BYTES) * PAD_BYTES);
      padded.set(secrets);
      const locked = sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(padded, prefix, null, nonce, key);
      sodium.memzero(padded);
      return formatArmor(labelOf(kind), Buffer.concat([prefix, locked]));
    },
    open: (text) => decrypt(parseLocked(kind, text), key),
    wipe: () => sodium.memzero(key),
  };
}

function labelOf(kind: LockedKind): string {
  return `DEAD DROP ${kind.toUpperCase()}`;
}

import { argon2, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import sodium from 'libsodium-wrappers';
import { formatArmor, parseArmor } from '../wire/armor.ts';
import { reader, writer } from '../wire/cursor.ts';
import { CURVE_KEY_BYTES, DROP_URL_MAX_BYTES, NONCE_BYTES } from '../wire/sizes.ts';
import type { Identity, SealingKeys } from './identity.ts';

await sodium.ready;

const LABEL = 'DEAD DROP IDENTITY';
const VERSION = 1;

/** Argon2id as RFC 9106 recommends where memory is limited: 64 MiB, three passes, four lanes. */
export const STRETCHING = { memoryKibibytes: 64 * 1024, passes: 3, lanes: 4 } as const;

/** What is accepted from a file, so that a strange one cannot take all of the memory or run for hours. */
const STRETCHING_MAX = { memoryKibibytes: 2 ** 20, passes: 16, lanes: 16 } as const;

const SALT_BYTES = 16;
const XWING_SECRET_KEY_BYTES = 32;

/** 58: version, memory, passes, lanes, salt, nonce. All in the clear, all authenticated. */
const PREFIX_BYTES = 1 + 4 + 4 + 4 + SALT_BYTES + NONCE_BYTES;

/** 80: one set of sealing keys. */
const SEALING_BYTES = 8 + 8 + CURVE_KEY_BYTES + XWING_SECRET_KEY_BYTES;

/** 290 before the sets of sealing keys: Ed25519 seed, length of the URL, URL, number of sets. */
const FIXED_BYTES = CURVE_KEY_BYTES + 1 + DROP_URL_MAX_BYTES + 2;

type Stretching = { readonly [field in keyof typeof STRETCHING]: number };

/** Writes an identity as text, encrypted under a passphrase (bytes of UTF-8). docs/operating.md has its byte table. */
export async function lockIdentity(
  identity: Identity,
  passphrase: Uint8Array,
  stretching: Stretching = STRETCHING,
): Promise<string> {
  const prefix = new Uint8Array(PREFIX_BYTES);
  const salt = randomBytes(SALT_BYTES);
  const nonce = randomBytes(NONCE_BYTES);
  const out = writer(prefix);
  out.uint8(VERSION);
  out.uint32(stretching.memoryKibibytes);
  out.uint32(stretching.passes);
  out.uint32(stretching.lanes);
  out.bytes(salt);
  out.bytes(nonce);
  const key = await stretch(passphrase, salt, stretching);
  const secrets = formatSecrets(identity);
  const locked = sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(secrets, prefix, null, nonce, key);
  sodium.memzero(key);
  sodium.memzero(secrets);
  return formatArmor(LABEL, Buffer.concat([prefix, locked]));
}

/** Reads an identity file. @returns null when the passphrase is wrong @throws Error when it is no identity file */
export async function unlockIdentity(text: string, passphrase: Uint8Array): Promise<Identity | null> {
  const bytes = parseArmor(LABEL, text);
  const next = reader(bytes);
  if (next.uint8() !== VERSION) throw new Error('this identity needs a newer version of dead-drop');
  const stretching = { memoryKibibytes: next.uint32(), passes: next.uint32(), lanes: next.uint32() };
  for (const field of ['memoryKibibytes', 'passes', 'lanes'] as const) {
    if (stretching[field] < 1 || stretching[field] > STRETCHING_MAX[field]) throw new Error('damaged identity');
  }
  // RFC 9106, section 3.1: eight blocks of 1 KiB for each lane, at least.
  if (stretching.memoryKibibytes < 8 * stretching.lanes) throw new Error('damaged identity');
  const salt = next.bytes(SALT_BYTES);
  const nonce = next.bytes(NONCE_BYTES);
  const key = await stretch(passphrase, salt, stretching);
  const [prefix, locked] = [bytes.subarray(0, PREFIX_BYTES), bytes.subarray(PREFIX_BYTES)];
  let secrets: Uint8Array;
  try {
    secrets = sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(null, locked, prefix, nonce, key);
  } catch {
    return null;
  } finally {
    sodium.memzero(key);
  }
  const identity = parseSecrets(secrets);
  sodium.memzero(secrets);
  return identity;
}

function formatSecrets({ drop, signing, sealing }: Identity): Uint8Array {
  const url = Buffer.from(drop);
  if (url.length > DROP_URL_MAX_BYTES) throw new Error(`the drop's URL is longer than ${DROP_URL_MAX_BYTES} bytes`);
  const bytes = new Uint8Array(FIXED_BYTES + sealing.length * SEALING_BYTES);
  const out = writer(bytes);
  out.bytes(signing.secretKey.subarray(0, CURVE_KEY_BYTES)); // libsodium's secret key is the seed, then the public key
  out.uint8(url.length);
  out.bytes(url);
  out.skip(DROP_URL_MAX_BYTES - url.length);
  out.uint16(sealing.length);
  for (const keys of sealing) {
    out.uint64(keys.validFrom);
    out.uint64(keys.validUntil);
    out.bytes(keys.id.secretKey);
    out.bytes(keys.cell.secretKey);
  }
  return bytes;
}

function parseSecrets(bytes: Uint8Array): Identity {
  const next = reader(bytes);
  const seed = next.bytes(CURVE_KEY_BYTES);
  const signing = sodium.crypto_sign_seed_keypair(seed);
  sodium.memzero(seed);
  const length = next.uint8();
  const drop = Buffer.from(next.bytes(DROP_URL_MAX_BYTES)).toString('utf8', 0, length);
  const sealing = Array.from({ length: next.uint16() }, (): SealingKeys => {
    const [validFrom, validUntil] = [next.uint64(), next.uint64()];
    const id = next.bytes(CURVE_KEY_BYTES);
    const cell = next.bytes(XWING_SECRET_KEY_BYTES);
    return {
      id: { publicKey: sodium.crypto_scalarmult_base(id), secretKey: id },
      cell: { publicKey: sodium.crypto_kem_xwing_seed_keypair(cell).publicKey, secretKey: cell },
      validFrom,
      validUntil,
    };
  });
  return { drop, signing: { publicKey: signing.publicKey, secretKey: signing.privateKey }, sealing };
}

async function stretch(passphrase: Uint8Array, salt: Uint8Array, stretching: Stretching): Promise<Uint8Array> {
  return promisify(argon2)('argon2id', {
    message: passphrase,
    nonce: salt,
    memory: stretching.memoryKibibytes,
    passes: stretching.passes,
    parallelism: stretching.lanes,
    tagLength: sodium.crypto_aead_xchacha20poly1305_ietf_KEYBYTES,
  });
}

import { argon2idAsync } from '@noble/hashes/argon2.js';
import { blake2b as nobleBlake2b } from '@noble/hashes/blake2.js';
import { md5 as nobleMd5 } from '@noble/hashes/legacy.js';
import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js';
import type { Stretching } from '../../core/platform.ts';
import { concat, toHex } from '../../wire/bytes.ts';
import { pause } from '../time.ts';

export function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  const hash = nobleSha256.create();
  for (const part of parts) hash.update(part);
  return hash.digest();
}

/** The first 32 bits of SHA-256, as a number. */
export function sha256Word(bytes: Uint8Array): number {
  return new DataView(nobleSha256(bytes).buffer).getUint32(0);
}

/** SHA-256 on another thread; on this one where the browser has no WebCrypto for the page. */
export async function sha256Aside(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  if (crypto.subtle === undefined) return sha256(bytes);
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
}

export function md5(bytes: Uint8Array): string {
  return toHex(nobleMd5(bytes));
}

export function sha256Large(...parts: readonly Uint8Array[]): Promise<Uint8Array> {
  return sha256Aside(concat(parts));
}

/** The longest hash of BLAKE2b, and the longest key. */
const BLAKE2B_MAX_BYTES = 64;

export function blake2b(length: number, message: Uint8Array, key?: Uint8Array): Uint8Array {
  for (const bytes of key === undefined ? [length] : [length, key.length]) {
    if (!(bytes >= 1 && bytes <= BLAKE2B_MAX_BYTES)) throw new TypeError(`BLAKE2b takes no ${bytes} bytes`);
  }
  return nobleBlake2b(message, { dkLen: length, ...(key && { key }) });
}

const STRETCHED_BYTES = 32;

/** RFC 9106, section 3.1, and its least salt. */
const [LANE_MIN_KIBIBYTES, SALT_MIN_BYTES] = [8, 8];

/** How long Argon2id holds the page at a time: browsers that hide how time passes count in steps of this. */
const SLICE_MILLISECONDS = 100;

export async function argon2id(secret: Uint8Array, salt: Uint8Array, stretching: Stretching): Promise<Uint8Array> {
  const { memoryKibibytes: m, passes: t, lanes: p } = stretching;
  if (![m, t, p].every((count) => Number.isSafeInteger(count) && count >= 1) || m < LANE_MIN_KIBIBYTES * p)
    throw new TypeError('Argon2id takes no such stretching');
  if (salt.length < SALT_MIN_BYTES) throw new TypeError(`Argon2id takes no salt of ${salt.length} bytes`);
  giveWayByMessages();
  return argon2idAsync(secret, salt, { m, t, p, dkLen: STRETCHED_BYTES, asyncTick: SLICE_MILLISECONDS });
}

/** noble gives way by `scheduler.yield`. Where that is missing it takes timers, which cost a second each in a hidden tab. */
function giveWayByMessages(): void {
  const place = globalThis as { scheduler?: { yield?: () => Promise<void> } };
  if (place.scheduler?.yield === undefined) place.scheduler = { ...place.scheduler, yield: pause };
}

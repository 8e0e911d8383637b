import { createCipheriv, createDecipheriv, getCipherInfo } from 'node:crypto';
import { release } from '../../core/letter/release.ts';
import type { Cipher } from '../../core/platform.ts';
import { NONCE_BYTES, TAG_BYTES } from '../../wire/sizes.ts';

const STREAM = 'chacha20';
const AEAD = 'chacha20-poly1305';

const OPTIONS = { authTagLength: TAG_BYTES };

/** The part of a nonce that goes into the subkey. The other 8 bytes are the nonce under it. */
const HASHED_NONCE_BYTES = 16;

const BLOCK_BYTES = 64;

/** The first words of every ChaCha20 state. */
const CONSTANTS = Buffer.from('expand 32-byte k');

/** Node hands out each ciphertext in memory of its own. In steps of 64 KiB it is still cached when it is copied. */
const STEP_BYTES = 2 ** 16;

/**
 * Of OpenSSL's ChaCha20 and ChaCha20-Poly1305, in machine code: four times as fast as libsodium in WebAssembly.
 * draft-irtf-cfrg-xchacha-03: it is ChaCha20-Poly1305 under a subkey. Undefined in a Node that lacks either, such as one
 * that is built with BoringSSL.
 */
export const openssl: Cipher | undefined = getCipherInfo(STREAM, { ivLength: 16 }) &&
  getCipherInfo(AEAD, { ivLength: 12 }) && { encrypt, decrypt };

function encrypt(
  content: Uint8Array,
  key: Uint8Array,
  nonce: Uint8Array,
  out: Uint8Array,
  additional?: Uint8Array,
): void {
  if (out.length !== content.length + TAG_BYTES) throw new TypeError('invalid output length');
  const subkey = subkeyOf(key, nonce);
  const cipher = createCipheriv(AEAD, subkey, nonceUnder(nonce), OPTIONS);
  subkey.fill(0);
  if (additional) cipher.setAAD(additional, { plaintextLength: content.length });
  for (let at = 0; at < content.length; at += STEP_BYTES) {
    const step = cipher.update(content.subarray(at, at + STEP_BYTES));
    out.set(step, at);
    release(step);
  }
  cipher.final();
  out.set(cipher.getAuthTag(), content.length);
}

function decrypt(sealed: Uint8Array, key: Uint8Array, nonce: Uint8Array, additional?: Uint8Array): Uint8Array | null {
  if (sealed.length < TAG_BYTES) return null;
  const subkey = subkeyOf(key, nonce);
  const decipher = createDecipheriv(AEAD, subkey, nonceUnder(nonce), OPTIONS);
  subkey.fill(0);
  if (additional) decipher.setAAD(additional, { plaintextLength: sealed.length - TAG_BYTES });
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  // In one step, in memory that nobody else has: it is returned as it is.
  const content = decipher.update(sealed.subarray(0, -TAG_BYTES));
  try {
    decipher.final();
    return new Uint8Array(content.buffer, content.byteOffset, content.length);
  } catch {
    content.fill(0); // nobody reads what nobody vouches for
    return null;
  }
}

function subkeyOf(key: Uint8Array, nonce: Uint8Array): Uint8Array {
  if (nonce.length !== NONCE_BYTES) throw new TypeError('invalid nonce length');
  return hchacha20(key, nonce.subarray(0, HASHED_NONCE_BYTES));
}

/** 12 bytes, as RFC 8439 has it: four zeros, then what is not hashed. */
function nonceUnder(nonce: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.alloc(4), nonce.subarray(HASHED_NONCE_BYTES)]);
}

/**
 * HChaCha20, section 2.2 of the draft: the first and last four words of a ChaCha20 state after its rounds. A block is
 * the whole state after its rounds plus the one before them, word by word modulo 2^32: so it is subtracted again.
 *
 * @param key - 32 bytes
 * @param input - 16 bytes, where ChaCha20 has its counter and nonce
 * @returns 32 bytes
 */
export function hchacha20(key: Uint8Array, input: Uint8Array): Uint8Array {
  const block = createCipheriv(STREAM, key, input).update(new Uint8Array(BLOCK_BYTES));
  const kept = Buffer.concat([block.subarray(0, CONSTANTS.length), block.subarray(-input.length)]);
  const before = Buffer.concat([CONSTANTS, input]);
  for (let at = 0; at < kept.length; at += 4) {
    kept.writeUInt32LE((kept.readUInt32LE(at) - before.readUInt32LE(at)) >>> 0, at);
  }
  block.fill(0);
  return kept;
}

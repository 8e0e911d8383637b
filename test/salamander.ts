import { createCipheriv } from 'node:crypto';
import { TAG_BYTES } from '../wire/sizes.ts';

/** What Poly1305 counts modulo (RFC 8439, section 2.5). */
const P = 2n ** 130n - 5n;
const BLOCK_BYTES = 16;

/** A key and nonce of XChaCha20-Poly1305. */
export interface Under {
  readonly key: Uint8Array;
  readonly nonce: Uint8Array;
}

/**
 * Changes one block of a ciphertext so that one tag is right under two keys, which somebody can who knows both: the
 * equation for the block is linear modulo 2^130 - 5 (Dodis, Grubbs, Ristenpart and Woodage, 2018).
 *
 * @param ciphertext - a multiple of 16 bytes, without its tag; it is changed
 * @param block - which one may be changed
 * @returns the tag
 */
export function solveTag(ciphertext: Uint8Array, block: number, one: Under, other: Under): Uint8Array {
  const blocks = ciphertext.length / BLOCK_BYTES;
  const keys = [oneTimeKey(one), oneTimeKey(other)] as const;
  ciphertext.fill(0, block * BLOCK_BYTES, (block + 1) * BLOCK_BYTES);
  const [first, second] = keys.map((key) => sumOf(ciphertext, key.r)) as [bigint, bigint];
  // The block is multiplied by r once for itself, for each block behind it, and for the one of lengths.
  const [p1, p2] = keys.map(({ r }) => power(r, BigInt(blocks - block + 1))) as [bigint, bigint];
  const factor = inverse(mod(p1 - p2));
  // Both sums are taken modulo 2^130 - 5 and then modulo 2^128, so that they may differ by a few times 2^128.
  for (let times = -4n; times <= 4n; times += 1n) {
    const x = mod((second - first + keys[1].s - keys[0].s + times * 2n ** 128n) * factor);
    if (x >= 2n ** 128n) continue;
    const tags = [mod(first + x * p1) + keys[0].s, mod(second + x * p2) + keys[1].s].map((sum) => sum % 2n ** 128n);
    if (tags[0] !== tags[1]) continue;
    ciphertext.set(littleEndian(x), block * BLOCK_BYTES);
    return littleEndian(tags[0]!);
  }
  throw new Error('no solution for this block: take another ciphertext');
}

/** The one-time key of Poly1305: the first block of the key stream. */
function oneTimeKey({ key, nonce }: Under): { r: bigint; s: bigint } {
  // Encrypting zeros gives the key stream from the second block on; the first one comes from ChaCha20 itself.
  const subkey = hChaCha20(key, nonce.subarray(0, 16));
  const start = Buffer.concat([Buffer.alloc(8), nonce.subarray(16, 24)]);
  const stream = createCipheriv('chacha20', subkey, start).update(Buffer.alloc(32));
  const r = fromLittleEndian(stream.subarray(0, 16)) & 0x0ffffffc0ffffffc0ffffffc0fffffffn;
  return { r, s: fromLittleEndian(stream.subarray(16)) };
}

/** HChaCha20 is a block of ChaCha20 less its first state, in the first and last four words. */
function hChaCha20(key: Uint8Array, input: Uint8Array): Buffer {
  const block = createCipheriv('chacha20', key, input).update(Buffer.alloc(64));
  const state = Buffer.concat([Buffer.from('expand 32-byte k'), key, input]);
  const out = Buffer.alloc(32);
  for (const [to, from] of [0, 1, 2, 3, 12, 13, 14, 15].entries()) {
    out.writeUInt32LE((block.readUInt32LE(from * 4) - state.readUInt32LE(from * 4)) >>> 0, to * 4);
  }
  return out;
}

/** Poly1305's sum over a ciphertext and the block of lengths, without s. */
function sumOf(ciphertext: Uint8Array, r: bigint): bigint {
  const lengths = Buffer.alloc(BLOCK_BYTES);
  lengths.writeBigUInt64LE(BigInt(ciphertext.length), 8);
  let sum = 0n;
  for (let at = 0; at < ciphertext.length; at += BLOCK_BYTES) {
    sum = mod((sum + fromLittleEndian(ciphertext.subarray(at, at + BLOCK_BYTES)) + 2n ** 128n) * r);
  }
  return mod((sum + fromLittleEndian(lengths) + 2n ** 128n) * r);
}

function power(base: bigint, exponent: bigint): bigint {
  let [result, square] = [1n, base];
  for (let left = exponent; left > 0n; left >>= 1n) {
    if (left & 1n) result = mod(result * square);
    square = mod(square * square);
  }
  return result;
}

const inverse = (value: bigint) => power(value, P - 2n);

function mod(value: bigint): bigint {
  const rest = value % P;
  return rest < 0n ? rest + P : rest;
}

function fromLittleEndian(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`);
}

function littleEndian(value: bigint): Uint8Array {
  return Buffer.from(value.toString(16).padStart(TAG_BYTES * 2, '0'), 'hex').reverse();
}

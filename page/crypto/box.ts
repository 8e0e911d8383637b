import { hsalsa, xsalsa20poly1305 } from '@noble/ciphers/salsa.js';
import { u8, u32 } from '@noble/ciphers/utils.js';
import { blake2b } from '@noble/hashes/blake2.js';
import type { Engine, KeyPair, OpenedBox } from '../../core/platform.ts';
import { concat, utf8, wipe } from '../../wire/bytes.ts';
import { CURVE_KEY_BYTES, NONCE_BYTES, SEAL_OVERHEAD_BYTES } from '../../wire/sizes.ts';
import { pause } from '../time.ts';
import { checkLength, orNull } from './check-length.ts';
import { curveKeyPair, curveShared } from './curve.ts';
import { subtleCurve } from './subtle-curve.ts';

/** A sealed box of libsodium: an X25519 key made for it, then XSalsa20-Poly1305. @throws Error for a key of low order */
export function sealBox(content: Uint8Array, publicKey: Uint8Array): Uint8Array {
  checkLength(publicKey, CURVE_KEY_BYTES);
  const ephemeral = curveKeyPair();
  const shared = curveShared(ephemeral.secretKey, publicKey);
  wipe(ephemeral.secretKey);
  if (shared === null) throw new Error('the key is none: nothing is sealed for it');
  return concat([ephemeral.publicKey, boxOf(shared, ephemeral.publicKey, publicKey).encrypt(content)]);
}

export const openBox: Engine['openBox'] = (sealed, { publicKey, secretKey }) => {
  checkBox(sealed.length);
  checkLength(publicKey, CURVE_KEY_BYTES);
  const shared = curveShared(secretKey, sealed.subarray(0, CURVE_KEY_BYTES));
  return shared && openShared(sealed, shared, publicKey);
};

/** How many boxes WebCrypto is given at a time. */
const AT_ONCE = 64;

/** Tries boxes of one length with every key pair: WebCrypto on threads of its own, where it knows the curve. */
export async function openBoxes(sealed: Uint8Array, length: number, keys: readonly KeyPair[]): Promise<OpenedBox[]> {
  checkBox(length);
  if (sealed.length % length !== 0)
    throw new TypeError(`expected boxes of ${length} bytes, got ${sealed.length} bytes`);
  for (const half of keys.flatMap(({ publicKey, secretKey }) => [publicKey, secretKey]))
    checkLength(half, CURVE_KEY_BYTES);
  const curve = await subtleCurve(keys.map(({ secretKey }) => secretKey));
  const tryBox = async (box: number): Promise<OpenedBox[]> => {
    const bytes = sealed.subarray(box * length, (box + 1) * length);
    const point = bytes.slice(0, CURVE_KEY_BYTES);
    // What WebCrypto refuses is tried again here, which knows why.
    const all = (await curve?.(point)) ?? keys.map(() => null);
    return keys.flatMap(({ publicKey, secretKey }, i) => {
      const shared = all[i] ?? curveShared(secretKey, point);
      const content = shared && openShared(bytes, shared, publicKey);
      return content === null ? [] : [{ content, box, keys: i }];
    });
  };
  const opened: OpenedBox[] = [];
  const [count, step] = [sealed.length / length, curve === undefined ? 1 : AT_ONCE];
  for (let first = 0; first < count; first += step) {
    const boxes = Array.from({ length: Math.min(step, count - first) }, (_, i) => first + i);
    opened.push(...(await Promise.all(boxes.map(tryBox))).flat());
    await pause();
  }
  return opened;
}

function checkBox(length: number): void {
  if (!(length >= SEAL_OVERHEAD_BYTES)) throw new TypeError(`a box has ${SEAL_OVERHEAD_BYTES} bytes at least`);
}

function openShared(sealed: Uint8Array, shared: Uint8Array, publicKey: Uint8Array): Uint8Array | null {
  const box = boxOf(shared, sealed.subarray(0, CURVE_KEY_BYTES), publicKey);
  return orNull(() => box.decrypt(sealed.subarray(CURVE_KEY_BYTES)).slice());
}

/** The first words of every Salsa20 state. */
const CONSTANTS = u32(utf8('expand 32-byte k'));

/** The cipher of a box. Wipes what both halves of a key share. */
function boxOf(shared: Uint8Array, ephemeralKey: Uint8Array, publicKey: Uint8Array) {
  const key = new Uint32Array(CURVE_KEY_BYTES / 4);
  hsalsa(CONSTANTS, u32(shared), new Uint32Array(4), key);
  wipe(shared);
  const nonce = blake2b(concat([ephemeralKey, publicKey]), { dkLen: NONCE_BYTES });
  return xsalsa20poly1305(u8(key), nonce);
}

import { equalBytes } from '@noble/ciphers/utils.js';
import type { Engine } from '../core/platform.ts';
import { openBox } from './crypto/box.ts';
import { checkLength } from './crypto/check-length.ts';
import { cipher } from './crypto/cipher.ts';

/*
 * What the core needs, in a browser, and without WebAssembly: noble, and WebCrypto where it is there. Each thing does as
 * core/platform.ts says, and gives the bytes of node/platform.ts.
 */
export { openBoxes, sealBox } from './crypto/box.ts';
export { curveKeyPair, curvePublicKey, curveShared } from './crypto/curve.ts';
export { argon2id, blake2b, md5, sha256, sha256Aside, sha256Large, sha256Word } from './crypto/hashes.ts';
export { curveKeyOfSigningKey, sign, signingKeyPair, verify } from './crypto/signing.ts';
export { decapsulate, encapsulate, xwingKeyPair } from './crypto/xwing.ts';
export { randomBytes, randomInt } from './random.ts';
export { pause, sleepFor } from './time.ts';
export { transportTo } from './transport.ts';

export const engine: Engine = { ...cipher, openBox };

export function equalSecrets(one: Uint8Array, other: Uint8Array): boolean {
  checkLength(other, one.length);
  return equalBytes(one, other);
}

/** A browser has no memory that is better kept. */
export function guard(secret: Uint8Array): Uint8Array {
  return secret;
}

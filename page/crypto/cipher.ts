import { xchacha20poly1305 } from '@noble/ciphers/chacha.js';
import type { Cipher } from '../../core/platform.ts';
import { NONCE_BYTES, TAG_BYTES } from '../../wire/sizes.ts';
import { checkLength, orNull } from './check-length.ts';

const KEY_BYTES = 32;

export const cipher: Cipher = {
  encrypt(content, key, nonce, out, additional) {
    checkLength(out, content.length + TAG_BYTES);
    const by = cipherOf(key, nonce, additional);
    // noble works on words where it can, and on bytes, in four times as long, where memory does not begin at one.
    if (out.byteOffset % 4 === 0) by.encrypt(content, out);
    else out.set(by.encrypt(content));
  },
  decrypt(sealed, key, nonce, additional) {
    const by = cipherOf(key, nonce, additional);
    return sealed.length < TAG_BYTES ? null : orNull(() => by.decrypt(sealed));
  },
};

function cipherOf(key: Uint8Array, nonce: Uint8Array, additional: Uint8Array | undefined) {
  checkLength(key, KEY_BYTES);
  checkLength(nonce, NONCE_BYTES);
  return xchacha20poly1305(key, nonce, additional);
}

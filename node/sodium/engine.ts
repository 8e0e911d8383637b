import sodium from 'libsodium-wrappers';
import type { Engine } from '../../core/platform.ts';
import { SEAL_OVERHEAD_BYTES, TAG_BYTES } from '../../wire/sizes.ts';
import { unlessRefused } from './primitives.ts';
import { openssl } from './xchacha.ts';

await sodium.ready;

/** libsodium compiled to WebAssembly: always there. */
export const wasm: Engine = {
  openBox(sealed, { publicKey, secretKey }) {
    return unlessRefused(() => sodium.crypto_box_seal_open(sealed, publicKey, secretKey));
  },
  encrypt(content, key, nonce, out, additional) {
    out.set(sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(content, additional ?? null, null, nonce, key));
  },
  decrypt(sealed, key, nonce, additional) {
    if (sealed.length < TAG_BYTES) return null;
    return unlessRefused(() =>
      sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(null, sealed, additional ?? null, nonce, key),
    );
  },
};

/** libsodium as machine code, two to four times as fast: there when `sodium-native` is installed. */
export const native: NativeEngine | undefined = await loadNative();

/** The fastest that there is: libsodium's sealed boxes, and OpenSSL's cipher where Node has it. */
export const engine: Engine = { ...(native ?? wasm), ...openssl };

interface NativeEngine extends Engine {
  /** Memory that is not swapped, between guard pages; see `guard` in secret.ts. */
  malloc(bytes: number): Uint8Array;
}

async function loadNative(): Promise<NativeEngine | undefined> {
  const { default: addon } = await import('sodium-native').catch(() => ({ default: undefined }));
  if (!addon) return undefined;
  return {
    malloc: (bytes) => addon.sodium_malloc(bytes),
    openBox(sealed, { publicKey, secretKey }) {
      const id = Buffer.alloc(sealed.length - SEAL_OVERHEAD_BYTES);
      return addon.crypto_box_seal_open(id, buffer(sealed), buffer(publicKey), buffer(secretKey)) ? id : null;
    },
    encrypt(content, key, nonce, out, additional) {
      const [plain, nonceBuffer, keyBuffer] = [buffer(content), buffer(nonce), buffer(key)];
      const besides = additional ? buffer(additional) : null;
      addon.crypto_aead_xchacha20poly1305_ietf_encrypt(buffer(out), plain, besides, null, nonceBuffer, keyBuffer);
    },
    decrypt(sealed, key, nonce, additional) {
      if (sealed.length < TAG_BYTES) return null;
      const content = new Uint8Array(sealed.length - TAG_BYTES);
      const [ciphertext, nonceBuffer, keyBuffer] = [buffer(sealed), buffer(nonce), buffer(key)];
      const besides = additional ? buffer(additional) : null;
      try {
        addon.crypto_aead_xchacha20poly1305_ietf_decrypt(
          buffer(content),
          null,
          ciphertext,
          besides,
          nonceBuffer,
          keyBuffer,
        );
        return content;
      } catch {
        return null;
      }
    },
  };
}

/** The same bytes as a Buffer, which the addon insists on. */
function buffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

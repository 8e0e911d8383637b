import sodium from 'libsodium-wrappers';
import { SEAL_OVERHEAD_BYTES, TAG_BYTES } from '../../wire/sizes.ts';
import { type Cipher, openssl } from './xchacha.ts';

await sodium.ready;

/** The primitives that gain most from machine code. All engines give the same bytes. */
export interface Engine extends Cipher {
  /** Opens a sealed box, or returns null when it is not for these keys. */
  sealOpen(sealed: Uint8Array, publicKey: Uint8Array, secretKey: Uint8Array): Uint8Array | null;
}

/** libsodium compiled to WebAssembly: always there. */
export const wasm: Engine = {
  sealOpen(sealed, publicKey, secretKey) {
    // The wrapper throws TypeError for wrong lengths, which no caller may pass, and Error for a box of somebody else's.
    try {
      return sodium.crypto_box_seal_open(sealed, publicKey, secretKey);
    } catch (error) {
      if (error instanceof TypeError) throw error;
      return null;
    }
  },
  encrypt(content, key, nonce, out, additional) {
    out.set(sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(content, additional ?? null, null, nonce, key));
  },
  decrypt(sealed, key, nonce, additional) {
    if (sealed.length < TAG_BYTES) return null;
    try {
      return sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(null, sealed, additional ?? null, nonce, key);
    } catch (error) {
      if (error instanceof TypeError) throw error;
      return null;
    }
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
    sealOpen(sealed, publicKey, secretKey) {
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

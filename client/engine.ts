import sodium from 'libsodium-wrappers';
import { NONCE_BYTES, SEAL_OVERHEAD_BYTES, TAG_BYTES } from '../wire/sizes.ts';

await sodium.ready;

/** The four primitives that take nearly all of the time. libsodium twice over: both engines give the same bytes. */
export interface Engine {
  /** Opens a sealed box, or returns null when it is not for these keys. */
  sealOpen(sealed: Uint8Array, publicKey: Uint8Array, secretKey: Uint8Array): Uint8Array | null;
  /** XChaCha20-Poly1305 without additional data. The nonce is drawn here, so that no caller can repeat one. */
  encrypt(content: Uint8Array, key: Uint8Array): { nonce: Uint8Array; ciphertext: Uint8Array };
  /** Returns null when the tag does not match. */
  decrypt(ciphertext: Uint8Array, nonce: Uint8Array, key: Uint8Array): Uint8Array | null;
  /** BLAKE2b, unkeyed. */
  digest(bytes: Uint8Array, length: number): Uint8Array;
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
  encrypt(content, key) {
    const nonce = sodium.randombytes_buf(NONCE_BYTES);
    return { nonce, ciphertext: sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(content, null, null, nonce, key) };
  },
  decrypt(ciphertext, nonce, key) {
    try {
      return sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(null, ciphertext, null, nonce, key);
    } catch (error) {
      if (error instanceof TypeError) throw error;
      return null;
    }
  },
  digest: (bytes, length) => sodium.crypto_generichash(length, bytes, null),
};

/** libsodium as machine code, two to four times as fast: there when `sodium-native` is installed. */
export const native: Engine | undefined = await loadNative();

/** The faster engine that is installed. */
export const engine: Engine = native ?? wasm;

async function loadNative(): Promise<Engine | undefined> {
  const { default: addon } = await import('sodium-native').catch(() => ({ default: undefined }));
  if (!addon) return undefined;
  return {
    sealOpen(sealed, publicKey, secretKey) {
      const id = Buffer.alloc(sealed.length - SEAL_OVERHEAD_BYTES);
      return addon.crypto_box_seal_open(id, buffer(sealed), buffer(publicKey), buffer(secretKey)) ? id : null;
    },
    encrypt(content, key) {
      const nonce = Buffer.alloc(NONCE_BYTES);
      addon.randombytes_buf(nonce);
      const ciphertext = Buffer.allocUnsafeSlow(content.length + TAG_BYTES);
      addon.crypto_aead_xchacha20poly1305_ietf_encrypt(ciphertext, buffer(content), null, null, nonce, buffer(key));
      return { nonce, ciphertext };
    },
    decrypt(ciphertext, nonce, key) {
      const content = Buffer.allocUnsafeSlow(ciphertext.length - TAG_BYTES);
      try {
        addon.crypto_aead_xchacha20poly1305_ietf_decrypt(
          content,
          null,
          buffer(ciphertext),
          null,
          buffer(nonce),
          buffer(key),
        );
        return content;
      } catch {
        return null;
      }
    },
    digest(bytes, length) {
      const digest = Buffer.alloc(length);
      addon.crypto_generichash(digest, buffer(bytes));
      return digest;
    },
  };
}

/** The same bytes as a Buffer, which the addon insists on. */
function buffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

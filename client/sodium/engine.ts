import sodium from 'libsodium-wrappers';
import { SEAL_OVERHEAD_BYTES, TAG_BYTES } from '../../wire/sizes.ts';

await sodium.ready;

/** The three primitives that gain most from machine code. libsodium twice over: both engines give the same bytes. */
export interface Engine {
  /** Opens a sealed box, or returns null when it is not for these keys. */
  sealOpen(sealed: Uint8Array, publicKey: Uint8Array, secretKey: Uint8Array): Uint8Array | null;
  /** XChaCha20-Poly1305 without additional data: fills `out` with ciphertext and tag. */
  encrypt(content: Uint8Array, key: Uint8Array, nonce: Uint8Array, out: Uint8Array): void;
  /** Reads what `encrypt` wrote, or returns null when the tag does not match. */
  decrypt(sealed: Uint8Array, key: Uint8Array, nonce: Uint8Array): Uint8Array | null;
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
  encrypt(content, key, nonce, out) {
    out.set(sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(content, null, null, nonce, key));
  },
  decrypt(sealed, key, nonce) {
    try {
      return sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(null, sealed, null, nonce, key);
    } catch (error) {
      if (error instanceof TypeError) throw error;
      return null;
    }
  },
};

/** libsodium as machine code, two to four times as fast: there when `sodium-native` is installed. */
export const native: NativeEngine | undefined = await loadNative();

/** The faster engine that is installed. */
export const engine: Engine = native ?? wasm;

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
    encrypt(content, key, nonce, out) {
      const [plain, nonceBuffer, keyBuffer] = [buffer(content), buffer(nonce), buffer(key)];
      addon.crypto_aead_xchacha20poly1305_ietf_encrypt(buffer(out), plain, null, null, nonceBuffer, keyBuffer);
    },
    decrypt(sealed, key, nonce) {
      const content = Buffer.allocUnsafeSlow(sealed.length - TAG_BYTES);
      const [ciphertext, nonceBuffer, keyBuffer] = [buffer(sealed), buffer(nonce), buffer(key)];
      try {
        addon.crypto_aead_xchacha20poly1305_ietf_decrypt(content, null, ciphertext, null, nonceBuffer, keyBuffer);
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

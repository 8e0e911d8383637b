import sodium from 'libsodium-wrappers';
import { NONCE_BYTES, SEAL_OVERHEAD_BYTES, TAG_BYTES } from '../../wire/sizes.ts';

await sodium.ready;

/** The three primitives that gain most from machine code. libsodium twice over: both engines give the same bytes. */
export interface Engine {
  /** Opens a sealed box, or returns null when it is not for these keys. */
  sealOpen(sealed: Uint8Array, publicKey: Uint8Array, secretKey: Uint8Array): Uint8Array | null;
  /**
   * XChaCha20-Poly1305 without additional data: fills `out` with nonce, ciphertext and tag. The nonce is drawn here, so
   * that no caller can repeat one.
   */
  encrypt(content: Uint8Array, key: Uint8Array, out: Uint8Array): void;
  /** Reads what `encrypt` wrote, or returns null when the tag does not match. */
  decrypt(sealed: Uint8Array, key: Uint8Array): Uint8Array | null;
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
  encrypt(content, key, out) {
    const nonce = sodium.randombytes_buf(NONCE_BYTES);
    out.set(nonce);
    out.set(sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(content, null, null, nonce, key), NONCE_BYTES);
  },
  decrypt(sealed, key) {
    const [nonce, ciphertext] = [sealed.subarray(0, NONCE_BYTES), sealed.subarray(NONCE_BYTES)];
    try {
      return sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(null, ciphertext, null, nonce, key);
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
    encrypt(content, key, out) {
      const nonce = buffer(out.subarray(0, NONCE_BYTES));
      const ciphertext = buffer(out.subarray(NONCE_BYTES));
      addon.randombytes_buf(nonce);
      addon.crypto_aead_xchacha20poly1305_ietf_encrypt(ciphertext, buffer(content), null, null, nonce, buffer(key));
    },
    decrypt(sealed, key) {
      const nonce = buffer(sealed.subarray(0, NONCE_BYTES));
      const ciphertext = buffer(sealed.subarray(NONCE_BYTES));
      const content = Buffer.allocUnsafeSlow(ciphertext.length - TAG_BYTES);
      try {
        addon.crypto_aead_xchacha20poly1305_ietf_decrypt(content, null, ciphertext, null, nonce, buffer(key));
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

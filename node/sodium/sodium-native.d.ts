/** The part of sodium-native that engine.ts calls; the package brings no types. Outputs are written in place. */
declare module 'sodium-native' {
  interface Addon {
    sodium_malloc(bytes: number): Buffer;
    crypto_box_seal_open(message: Buffer, sealed: Buffer, publicKey: Buffer, secretKey: Buffer): boolean;
    crypto_aead_xchacha20poly1305_ietf_encrypt(
      ciphertext: Buffer,
      message: Buffer,
      additional: Buffer | null,
      reserved: null,
      nonce: Buffer,
      key: Buffer,
    ): number;
    crypto_aead_xchacha20poly1305_ietf_decrypt(
      message: Buffer,
      reserved: null,
      ciphertext: Buffer,
      additional: Buffer | null,
      nonce: Buffer,
      key: Buffer,
    ): number;
  }
  const addon: Addon;
  export default addon;
}

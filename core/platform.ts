import type { Transport } from './drop/transport.ts';

/** A public key and its secret half. */
export interface KeyPair {
  readonly publicKey: Uint8Array;
  readonly secretKey: Uint8Array;
}

/** A uniform integer in `[0, below)`; `below` is at most 2^48 - 1. */
export type Random = (below: number) => number;

/** Waits, and rejects with the signal's reason when that is aborted first. */
export type Sleep = (milliseconds: number, signal?: AbortSignal) => Promise<void>;

/** XChaCha20-Poly1305. Keys are 32 bytes, nonces 24, tags 16. */
export interface Cipher {
  /** Fills `out` with the ciphertext of `content`, then the tag. @param additional - is authenticated besides */
  encrypt(content: Uint8Array, key: Uint8Array, nonce: Uint8Array, out: Uint8Array, additional?: Uint8Array): void;
  /** Reads what `encrypt` wrote: no Buffer, whose slices share memory. Null when the tag does not match or is missing. */
  decrypt(sealed: Uint8Array, key: Uint8Array, nonce: Uint8Array, additional?: Uint8Array): Uint8Array | null;
}

/** What is done for every line and every cell. All engines give the same bytes. */
export interface Engine extends Cipher {
  /** Opens a sealed box of libsodium, or returns null when it is not for these keys. */
  openBox(sealed: Uint8Array, keys: KeyPair): Uint8Array | null;
}

/** What Argon2id takes. */
export interface Stretching {
  readonly memoryKibibytes: number;
  readonly passes: number;
  readonly lanes: number;
}

/** A sealed box that opened. */
export interface OpenedBox {
  /** What was in it. */
  readonly content: Uint8Array;
  /** Which box, and which of the keys, from 0. */
  readonly box: number;
  readonly keys: number;
}

/**
 * What the core needs of the place where it runs. Modules import it as `#platform`: `node/platform.ts`, or
 * `page/platform.ts` under the condition `page` (`imports` in package.json). Lengths are the protocol's; others are faults of
 * this program, for which each of these throws TypeError.
 */
export interface Platform {
  /** From the system's generator. */
  randomBytes(count: number): Uint8Array;
  randomInt: Random;
  sleepFor: Sleep;
  /** Lets everything else go on that waits. */
  pause(): Promise<void>;

  sha256(...parts: readonly Uint8Array[]): Uint8Array;
  /** The first 32 bits of SHA-256, as a number: for millions of hashes. */
  sha256Word(bytes: Uint8Array): number;
  /** SHA-256 of what is large, in whatever way takes the caller the least time. */
  sha256Large(...parts: readonly Uint8Array[]): Promise<Uint8Array>;
  /** SHA-256 beside whatever the caller does next. */
  sha256Aside(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array>;
  /** In hexadecimal: what S3 says of an object, and nothing that anybody relies on. */
  md5(bytes: Uint8Array): string;
  /** BLAKE2b of so many bytes. */
  blake2b(length: number, message: Uint8Array, key?: Uint8Array): Uint8Array;
  argon2id(secret: Uint8Array, salt: Uint8Array, stretching: Stretching): Promise<Uint8Array>;
  engine: Engine;

  /** X25519. A key pair is random. */
  curveKeyPair(): KeyPair;
  curvePublicKey(secretKey: Uint8Array): Uint8Array;
  /** @returns null for a point of low order */
  curveShared(secretKey: Uint8Array, publicKey: Uint8Array): Uint8Array | null;
  /** Seals for an X25519 key, as `crypto_box_seal` of libsodium does: 48 bytes more. */
  sealBox(content: Uint8Array, publicKey: Uint8Array): Uint8Array;
  /** Tries boxes of the same length, one after another, with every key pair. @returns those that opened, in order */
  openBoxes(sealed: Uint8Array, length: number, keys: readonly KeyPair[]): Promise<OpenedBox[]>;

  /** Ed25519: a secret key is the seed (32 bytes), then the public key. A key pair without a seed is random. */
  signingKeyPair(seed?: Uint8Array): KeyPair;
  sign(message: Uint8Array, secretKey: Uint8Array): Uint8Array;
  verify(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean;
  /** The X25519 key of an Ed25519 key. @returns null for one off the curve, of small order or outside of the prime group */
  curveKeyOfSigningKey(publicKey: Uint8Array): Uint8Array | null;

  /** X-Wing: a secret key is its seed (32 bytes). A key pair without a seed is random. */
  xwingKeyPair(seed?: Uint8Array): KeyPair;
  encapsulate(publicKey: Uint8Array): { ciphertext: Uint8Array; sharedSecret: Uint8Array };
  /** @returns null where the X25519 part is a point of low order */
  decapsulate(ciphertext: Uint8Array, secretKey: Uint8Array): Uint8Array | null;

  /** Whether secrets are the same, in a time that says nothing of them. */
  equalSecrets(one: Uint8Array, other: Uint8Array): boolean;
  /** Moves a secret into memory that is better kept, where there is such memory. @returns the same bytes; the given may be wiped */
  guard(secret: Uint8Array): Uint8Array;

  /** The way to a drop, where nobody chose another. @throws RefusedAddress when there is none from here */
  transportTo(url: URL): Transport;
}

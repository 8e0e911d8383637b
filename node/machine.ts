import { createHash, hash, randomBytes as systemBytes } from 'node:crypto';

/** From the system's generator. */
export function randomBytes(count: number): Uint8Array {
  return new Uint8Array(systemBytes(count));
}

/** Lets everything else go on that waits. */
export function pause(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** SHA-256 of bytes, one part after another: 32 bytes. */
export function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  const digest = createHash('sha256');
  for (const part of parts) digest.update(part);
  return new Uint8Array(digest.digest());
}

/** The first 32 bits of a SHA-256, as a number. */
export function sha256Word(bytes: Uint8Array): number {
  // As text of one character a byte: a string costs Node half of what a Buffer does.
  const digest = hash('sha256', bytes, 'binary');
  const first = digest.charCodeAt(0) * 2 ** 24 + (digest.charCodeAt(1) << 16);
  return first + (digest.charCodeAt(2) << 8) + digest.charCodeAt(3);
}

/** Base64 with its padding (RFC 4648, section 4), or base64url without (section 5). */
export function toBase64(bytes: Uint8Array, alphabet: 'base64' | 'base64url'): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString(alphabet);
}

/** Reads both. More spellings than one are taken: what has to have one is written again. @returns null when it is none */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> | null {
  return new Uint8Array(Buffer.from(text, 'base64'));
}

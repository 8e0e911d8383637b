import { SEALED_ID_BYTES } from './sizes.ts';

/**
 * Writes a sealed id as padded base64url, 108 characters: RFC 4648 section 5 with its padding.
 *
 * @throws Error unless it has 80 bytes.
 */
export function formatSealedId(sealed: Uint8Array): string {
  if (sealed.length !== SEALED_ID_BYTES) throw new Error('invalid sealed id');
  // 80 bytes leave 2 after 26 groups of 3, so exactly one character of padding.
  return `${Buffer.from(sealed).toString('base64url')}=`;
}

/** Reads a sealed id from padded base64url (108 characters). @throws Error when any other spelling is given. */
export function parseSealedId(text: string): Uint8Array {
  const bytes = Buffer.from(text, 'base64url');
  // Buffer skips what it does not know, so only text that encodes back to itself counts.
  if (bytes.length !== SEALED_ID_BYTES || formatSealedId(bytes) !== text) throw new Error('invalid sealed id');
  return new Uint8Array(bytes);
}

import { base32crockford } from '@scure/base';
import sodium from 'libsodium-wrappers';
import { CURVE_KEY_BYTES } from '../../wire/sizes.ts';
import { spell, split, unspell } from './words.ts';

await sodium.ready;

/** 160 bits: far more than anybody can find a second identity for. */
export const FINGERPRINT_BYTES = 20;

/** 32: 160 bits at 5 bits a character. */
const CHARACTERS = (FINGERPRINT_BYTES * 8) / 5;

/** 15: 160 bits and 5 of checksum, at 11 bits a word. */
const WORDS = (FINGERPRINT_BYTES * 8 + 5) / 11;

/** The fingerprint of an identity (Ed25519 public key): 20 bytes, BLAKE2b-160 of a label and the key. */
export function fingerprintOf(identity: Uint8Array): Uint8Array {
  if (identity.length !== CURVE_KEY_BYTES) throw new Error('invalid identity');
  return sodium.crypto_generichash(
    FINGERPRINT_BYTES,
    Buffer.concat([Buffer.from('dead-drop 1 fingerprint'), identity]),
    null,
  );
}

/** Writes a fingerprint for print: Crockford's base32, 8 groups of 4 characters, with single blanks. */
export function formatFingerprint(fingerprint: Uint8Array): string {
  if (fingerprint.length !== FINGERPRINT_BYTES) throw new Error('invalid fingerprint');
  return base32crockford.encode(fingerprint).replace(/.{4}(?=.)/g, '$& ');
}

/** Writes a fingerprint for reading aloud: 15 English words of BIP-39, with single blanks. */
export function fingerprintWords(fingerprint: Uint8Array): string {
  if (fingerprint.length !== FINGERPRINT_BYTES) throw new Error('invalid fingerprint');
  return spell(fingerprint);
}

/**
 * Reads a fingerprint in either of its spellings, as people type and copy it: in any case, with any blanks and line
 * breaks; the characters also with hyphens, or none of it, and with those that look alike (O for 0, I and L for 1).
 *
 * @throws Error that says what is wrong with it
 */
export function parseFingerprint(text: string): Uint8Array {
  const characters = text
    .replace(/[\s\p{Dash_Punctuation}]/gu, '')
    .toUpperCase()
    .replaceAll('O', '0')
    .replace(/[IL]/g, '1');
  // 15 words are longer, each of them having three letters at least.
  if (characters.length === CHARACTERS && /^[0-9A-HJKMNP-TV-Z]*$/.test(characters))
    return base32crockford.decode(characters);
  const words = split(text);
  if (words.length !== WORDS) throw new Error(`a fingerprint has ${CHARACTERS} letters and digits, or ${WORDS} words`);
  return unspell(words, 'one of the words is mistyped: the fifteen do not fit together');
}

/** Compares an identity with a fingerprint that somebody got another way. @throws Error when they differ */
export function checkFingerprint(identity: Uint8Array, fingerprint: Uint8Array): void {
  if (Buffer.compare(fingerprintOf(identity), fingerprint) === 0) return;
  throw new Error('the contact is of another identity than the fingerprint names: do not write to it');
}

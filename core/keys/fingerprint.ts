import { base32crockford } from '@scure/base';
import { blake2b } from '#platform';
import { concat, isSame, utf8 } from '../../wire/bytes.ts';
import { CURVE_KEY_BYTES } from '../../wire/sizes.ts';
import { isListed, spell, unspell, wordsIn } from './words.ts';

/** 160 bits: far more than anybody can find a second identity for. */
export const FINGERPRINT_BYTES = 20;

/** 32: 160 bits at 5 bits a character. */
const CHARACTERS = (FINGERPRINT_BYTES * 8) / 5;

/** 15: 160 bits and 5 of checksum, at 11 bits a word. */
const WORDS = (FINGERPRINT_BYTES * 8 + 5) / 11;

/** The fingerprint of an identity (Ed25519 public key): 20 bytes, BLAKE2b-160 of a label and the key. */
export function fingerprintOf(identity: Uint8Array): Uint8Array {
  if (identity.length !== CURVE_KEY_BYTES) throw new Error('invalid identity');
  return blake2b(FINGERPRINT_BYTES, concat([utf8('dead-drop 1 fingerprint'), identity]));
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
 * Reads a fingerprint in either of its spellings, as people type and copy it: what is printed with any case, width, blanks,
 * dashes, quotes and stops, and with those that look alike (O for 0, I and L for 1); words as `wordsIn` reads them. What
 * `contact` says in front of them may stay.
 *
 * @throws Error that says what is wrong with it, and none of what was typed
 */
export function parseFingerprint(text: string): Uint8Array {
  const bare = text.replace(LABEL, '');
  const words = wordsIn(bare);
  const characters = bare
    .normalize('NFKC')
    .replace(/[\s\p{C}\p{Pd}\p{Pc}\p{Ps}\p{Pe}\p{Pi}\p{Pf}"'`´.,:;/|*]/gu, '')
    .toUpperCase()
    .replaceAll('O', '0')
    .replace(/[IL]/g, '1');
  const listed = words.filter(isListed).length;
  // 14 words are longer than print, each of them having three letters at least.
  const isWords = listed > words.length / 2 || characters.length >= 3 * (WORDS - 1);
  if (!isWords) return parseCharacters(characters);
  if (words.length !== WORDS) throw new Error(`it takes ${WORDS} words, and these are ${words.length}`);
  return unspell(words, 'one of the words is another one: the fifteen do not fit together');
}

const LABEL = /^\s*(fingerprint|in words)\s*:/i;

function parseCharacters(characters: string): Uint8Array {
  const length = [...characters].length;
  if (length !== CHARACTERS) throw new Error(`it takes ${CHARACTERS} characters, and these are ${length}`);
  if (!/^[0-9A-HJKMNP-TV-Z]*$/.test(characters))
    throw new Error("a character is none of a fingerprint's: see whether it is mistyped");
  return base32crockford.decode(characters);
}

/** Compares an identity with a fingerprint that somebody got another way. @throws Error when they differ */
export function checkFingerprint(identity: Uint8Array, fingerprint: Uint8Array): void {
  if (isSame(fingerprintOf(identity), fingerprint)) return;
  throw new Error('the contact is of another identity than the fingerprint names: do not write to it');
}

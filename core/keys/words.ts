import { entropyToMnemonic, mnemonicToEntropy, validateMnemonic } from '@scure/bip39';
import { wordlist } from '@scure/bip39/wordlists/english.js';
import { randomBytes } from '#platform';
import { fromUtf8, utf8 } from '../../wire/bytes.ts';

/** 128 bits, which nobody guesses. */
export const WORDS_ENTROPY_BYTES = 16;

/** 12: 128 bits and 4 of checksum, at 11 bits a word. */
export const MAILBOX_WORDS = (WORDS_ENTROPY_BYTES * 8 + 4) / 11;

/** Draws the words of a new mailbox: 12 English ones of BIP-39, with single blanks. */
export function newWords(): string {
  return spell(randomBytes(WORDS_ENTROPY_BYTES));
}

/**
 * Reads the words of a mailbox as people type and copy them: see `wordsIn`.
 *
 * @returns their 128 bits, 16 bytes
 * @throws Error that says which word is wrong, where that can be told, and none of what was typed
 */
export function parseWords(text: Uint8Array | string): Uint8Array {
  const words = wordsIn(typeof text === 'string' ? text : fromUtf8(text));
  if (words.length !== MAILBOX_WORDS) throw new Error(`it takes ${MAILBOX_WORDS} words, and these are ${words.length}`);
  return unspell(words, 'one of the words is another one: the twelve do not fit together');
}

/** Twelve words as they are spelled, however they were typed: in UTF-8. @throws as parseWords does */
export function spellWords(text: Uint8Array): Uint8Array {
  return utf8(spell(parseWords(text)));
}

/** Writes 16, 20, ... 32 bytes as 12, 15, ... 24 words (BIP-39, English). */
export function spell(entropy: Uint8Array): string {
  return entropyToMnemonic(entropy, wordlist);
}

/** Whether the words of a mailbox stand in a text, one after another, whatever stands between them but other words. */
export function holdsWords(text: string): boolean {
  // Of what is no text, almost nothing is long enough to be looked through.
  return plainOf(text)
    .split(OTHERS)
    .some((part) => part.length >= SHORTEST_CHARACTERS && holdsRun(wordsOf(part)));
}

/** Letters that no word of the list has, and bytes that are no text: none of them stands among such words. */
const OTHERS = /(?:(?![a-z])[\p{L}\ufffd])+/u;

/** 47: twelve words of three letters, with blanks between them. */
const SHORTEST_CHARACTERS = MAILBOX_WORDS * 4 - 1;

function holdsRun(words: readonly string[]): boolean {
  let run: string[] = [];
  for (const word of words) {
    run = isListed(word) ? [...run.slice(1 - MAILBOX_WORDS), word] : [];
    if (run.length === MAILBOX_WORDS && validateMnemonic(run.join(' '), wordlist)) return true;
  }
  return false;
}

/**
 * The words of a text, in lower case and each in full where it is on the list. Case, accents, width and whatever is neither
 * letter nor digit do not count, nor do numbers: those before words, on lines of their own or not. Four letters or more of
 * a word will do, since no two words share their first four.
 */
export function wordsIn(text: string): string[] {
  return wordsOf(plainOf(text));
}

/** A text without what does not count in words. */
function plainOf(text: string): string {
  return text.normalize('NFKD').replace(INVISIBLE, '').toLowerCase();
}

function wordsOf(plain: string): string[] {
  const found: string[] = [];
  for (const [part] of plain.matchAll(PART)) {
    const [, number, rest] = /^(\d*)(.*)$/su.exec(part) as unknown as [string, string, string];
    if (rest === '' || ORDINAL.test(part)) continue;
    // A number in front of a word without a blank is its place, or else a mistake that has to be told.
    found.push(whole(Number(number) === found.length + 1 ? rest : part));
  }
  return found;
}

/** Whether this is a word of the list, in full. */
export function isListed(word: string): boolean {
  return LISTED.has(word);
}

const LISTED = new Set(wordlist);

/** No two words have the same first four letters. A letter of a million is looked through for them. */
const BY_FOUR = new Map(wordlist.map((word) => [word.slice(0, 4), word]));

/** Accents, marks of direction, soft hyphens; not the zero-width blanks, which part words. */
const INVISIBLE = /(?![\u200b\ufeff])[\p{M}\p{Cf}]/gu;

/** What is not between words; bytes that are no text count as a word that is wrong. */
const PART = /[\p{L}\p{N}\ufffd]+/gu;

const ORDINAL = /^\d+(st|nd|rd|th)$/;

/** Reads what `spell` wrote. @throws Error with the place of a word that is none; with `misfit` for a wrong checksum */
export function unspell(words: readonly string[], misfit: string): Uint8Array {
  const wrong = words.findIndex((word) => !isListed(word));
  if (wrong !== -1) throw new Error(`word ${wrong + 1} is not one of the list's: see whether it is mistyped`);
  try {
    return mnemonicToEntropy(words.join(' '), wordlist);
  } catch {
    throw new Error(misfit);
  }
}

/** The one word that begins with these letters, four at least, or what was given. */
function whole(word: string): string {
  if (word.length < 4 || isListed(word)) return word;
  const listed = BY_FOUR.get(word.slice(0, 4));
  return listed?.startsWith(word) ? listed : word;
}

import { randomBytes } from 'node:crypto';
import { entropyToMnemonic, mnemonicToEntropy } from '@scure/bip39';
import { wordlist } from '@scure/bip39/wordlists/english.js';

/** 128 bits, which nobody guesses. */
export const WORDS_ENTROPY_BYTES = 16;

/** 12: 128 bits and 4 of checksum, at 11 bits a word. */
const MAILBOX_WORDS = (WORDS_ENTROPY_BYTES * 8 + 4) / 11;

/** Draws the words of a new mailbox: 12 English ones of BIP-39, with single blanks. */
export function newWords(): string {
  return spell(randomBytes(WORDS_ENTROPY_BYTES));
}

/**
 * Reads the words of a mailbox, in any case, with any blanks and line breaks between them. The first four letters of a
 * word will do, since no two words share them.
 *
 * @returns their 128 bits, 16 bytes
 * @throws Error that says which word is wrong, where that can be told, and none of what was typed
 */
export function parseWords(text: Uint8Array | string): Uint8Array {
  const words = split(typeof text === 'string' ? text : Buffer.from(text).toString()).map(whole);
  if (words.length !== MAILBOX_WORDS) throw new Error(`it takes ${MAILBOX_WORDS} words, and these are ${words.length}`);
  return unspell(words, 'one of the words is another one: the twelve do not fit together');
}

/** Twelve words as they are spelled, however they were typed: in UTF-8. @throws as parseWords does */
export function spellWords(text: Uint8Array): Uint8Array {
  return Buffer.from(spell(parseWords(text)));
}

/** Writes 16, 20, ... 32 bytes as 12, 15, ... 24 words (BIP-39, English). */
export function spell(entropy: Uint8Array): string {
  return entropyToMnemonic(entropy, wordlist);
}

/** What stands between blanks, in lower case. */
export function split(text: string): string[] {
  return text.toLowerCase().match(/\S+/g) ?? [];
}

/** Reads what `spell` wrote. @throws Error with the place of a word that is none; with `misfit` for a wrong checksum */
export function unspell(words: readonly string[], misfit: string): Uint8Array {
  const wrong = words.findIndex((word) => !wordlist.includes(word));
  if (wrong !== -1) throw new Error(`word ${wrong + 1} is not one of the list's: see whether it is mistyped`);
  try {
    return mnemonicToEntropy(words.join(' '), wordlist);
  } catch {
    throw new Error(misfit);
  }
}

/** The word that begins with these four letters, or what was given. */
function whole(word: string): string {
  return (word.length === 4 && wordlist.find((each) => each.startsWith(word))) || word;
}

import { createHash } from 'node:crypto';
import { wordlist } from '@scure/bip39/wordlists/english.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { newWords, parseWords, spell } from '../core/keys/words.ts';

const entropies = fc.uint8Array({ minLength: 16, maxLength: 16 });
const wide = (text: string) =>
  text.replace(/[!-~]/g, (one) => String.fromCharCode(one.charCodeAt(0) + 0xfee0)).replaceAll(' ', '\u3000');
const numbered = (words: string, number: (place: number) => string, between = ' ') =>
  words
    .split(/\s/u)
    .map((word, i) => number(i + 1) + word)
    .join(between);
const refusalOf = (text: string | Uint8Array): string => {
  try {
    parseWords(text);
  } catch (error) {
    return (error as Error).message;
  }
  return 'not refused';
};

test('the list is the one of BIP-39: 2,048 words that differ in their first four letters', () => {
  // Of english.txt, where each word ends with a newline.
  const digest = createHash('sha256')
    .update(`${wordlist.join('\n')}\n`)
    .digest('hex');
  expect(digest).toBe('2f5eed53a4727b4bf8880d8f3f199efc90e58503646d9ff8eff3a2ed3b24dbda');
  expect(new Set(wordlist.map((word) => word.slice(0, 4))).size).toBe(2048);
});

describe('the words of a mailbox', () => {
  test('are twelve, and other ones each time', () => {
    const made = Array.from({ length: 1000 }, newWords);
    for (const words of made) {
      expect(words).toMatch(/^(?:[a-z]{3,8} ){11}[a-z]{3,8}$/);
      expect(spell(parseWords(words))).toBe(words);
    }
    expect(new Set(made).size).toBe(1000);
    // Each of 128 bits is set 500 times of 1,000 on average, beyond 6.5 standard deviations once in 50 million tests.
    const entropy = made.map(parseWords);
    for (let bit = 0; bit < 128; bit += 1) {
      const set = entropy.filter((bytes) => (bytes[bit >> 3]! >> (bit & 7)) & 1).length;
      expect(Math.abs(set - 500)).toBeLessThan(6.5 * Math.sqrt(250));
    }
  });

  test('survive writing and reading', () => {
    fc.assert(
      fc.property(entropies, (entropy) => {
        expect(parseWords(spell(entropy))).toEqual(entropy);
      }),
    );
  });

  test.each<[string, (words: string) => string | Uint8Array]>([
    ['as bytes', (words) => Buffer.from(words)],
    ['in any case', (words) => words.replace(/\b[a-z]|[aeiou]/g, (letter) => letter.toUpperCase())],
    ['on lines of their own, indented', (words) => `\r\n\t${words.replaceAll(' ', '\r\n  ')}\n`],
    ['with all blanks that copying may bring', (words) => `\ufeff${words.replaceAll(' ', ' \u00a0')}`],
    ['by their first four letters', (words) => words.replace(/\b(\w{4})\w*/g, '$1')],
    ['some by their first four letters', (words) => words.replace(/\b(\w{4})\w*/, '$1')],
    ['by four letters or more', (words) => words.replace(/\b(\w{5})\w*/g, '$1')],
    ['with commas', (words) => `${words.replaceAll(' ', ', ')}.`],
    ['with hyphens', (words) => words.replaceAll(' ', '-')],
    ['with dashes', (words) => words.replaceAll(' ', ' \u2013 ')],
    ['with slashes', (words) => words.replaceAll(' ', '/')],
    ['as JSON', (words) => JSON.stringify(words.split(' '))],
    ['in quotes of a word processor', (words) => `\u201c${words}\u201d`],
    ['with numbers and stops', (words) => numbered(words, (n) => `${n}. `)],
    ['with numbers and brackets, on lines', (words) => numbered(words, (n) => `(${n})\t`, '\r\n')],
    ['with numbers that touch them', (words) => numbered(words, (n) => `${n}.`, ',')],
    ['with numbers and nothing between', (words) => numbered(words, (n) => `0${n}`)],
    ['with ordinals', (words) => numbered(words, (n) => `${n}${['', 'st', 'nd', 'rd'][n] ?? 'th'} `)],
    ['with numbers in circles', (words) => numbered(words, (n) => String.fromCodePoint(0x245f + n))],
    ['in wide letters', wide],
    [
      'in wide capitals with wide blanks and numbers',
      (words) => numbered(wide(words.toUpperCase()), (n) => wide(`${n}.`)),
    ],
    ['with an accent that a keyboard adds', (words) => words.replaceAll('e', '\u00e9').replaceAll('i', 'i\u0308')],
    ['with the capital I of Turkish', (words) => words.replaceAll('i', '\u0130')],
    ['with soft hyphens and marks of direction', (words) => `\u202a${words.replaceAll('a', 'a\u00ad\u200e')}\u202c`],
    ['with blanks of no width', (words) => words.replaceAll(' ', '\u200b')],
  ])('are read %s', (_, change) => {
    fc.assert(
      fc.property(entropies, (entropy) => {
        expect(parseWords(change(spell(entropy)))).toEqual(entropy);
      }),
    );
  });
});

describe('words that are not those of a mailbox', () => {
  const words = 'ozone drill grab fiber curtain grace pudding thank cruise elder eight picnic'.split(' ');

  test.each([0, 1, 11, 13, 15, 24])('refuses %i words', (count) => {
    const text = Array(count).fill('abandon').join(' ');
    expect(refusalOf(text)).toBe(`it takes 12 words, and these are ${count}`);
  });

  test('refuses a word that is not on the list, and says which one', () => {
    for (const [at, word] of words.entries()) {
      for (const other of [`${word}s`, `${word}0`, word.slice(0, 3), `${word.slice(0, 4)}x`, 'ärger', '0ne', '5pace']) {
        if (other === 'gra') expect(wordlist).not.toContain(other);
        const text = words.with(at, other).join(' ');
        expect(refusalOf(text)).toBe(`word ${at + 1} is not one of the list's: see whether it is mistyped`);
      }
    }
    expect(refusalOf(Buffer.from([...Buffer.from(words.slice(1).join(' ')), 0x20, 0xff]))).toMatch(/^word 12 /);
  });

  test('counts words, and neither numbers nor marks, when they are too many or too few', () => {
    const count = (text: string) => refusalOf(text).replace('it takes 12 words, and these are ', '');
    expect(count('1. ozone, 2. drill')).toBe('2');
    expect(count(`${words.join('-')}-zoo!`)).toBe('13');
    expect(count(words.with(3, '4').join(' '))).toBe('11');
    expect(count('1 2 3 4 5 6 7 8 9 10 11 12')).toBe('0');
    expect(refusalOf(numbered(words.with(6, 'puding').join(' '), (n) => `${n}) `))).toMatch(/^word 7 /);
  });

  test('refuses exchanged words', () => {
    const text = [words[1], words[0], ...words.slice(2)].join(' ');
    expect(refusalOf(text)).toBe('one of the words is another one: the twelve do not fit together');
  });

  test('refuses 15 in 16 of wrong words from the list, and reads the others as other mailboxes', () => {
    const entropy = parseWords(words.join(' '));
    let passed = 0;
    for (const word of wordlist) {
      const text = words.with(5, word).join(' ');
      const refusal = refusalOf(text);
      if (refusal !== 'not refused') {
        expect(refusal).toBe('one of the words is another one: the twelve do not fit together');
        continue;
      }
      passed += 1;
      if (word !== words[5]) expect(parseWords(text)).not.toEqual(entropy);
    }
    expect(Math.abs(passed - 2048 / 16)).toBeLessThan(50); // always the same number: nothing is drawn
  });

  test('refuses in one line that repeats nothing of what was typed', () => {
    const secret = 'correcthorse';
    for (let at = 0; at < 12; at += 1) {
      for (const text of [words.with(at, secret), words.with(at, 'zoo'), words.slice(at), [...words, secret]]) {
        const refusal = refusalOf(text.join(' '));
        if (refusal === 'not refused') continue;
        expect(refusal).not.toContain('\n');
        expect(refusal).not.toContain(secret);
        for (const word of words) expect(refusal.split(/\W/)).not.toContain(word);
      }
    }
  });
});

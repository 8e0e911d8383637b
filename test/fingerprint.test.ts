import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  checkFingerprint,
  fingerprintOf,
  fingerprintWords,
  formatFingerprint,
  parseFingerprint,
} from '../core/keys/fingerprint.ts';

const fingerprints = fc.uint8Array({ minLength: 20, maxLength: 20 });
const NONE = "a character is none of a fingerprint's: see whether it is mistyped";
const length = (characters: number) => `it takes 32 characters, and these are ${characters}`;
const count = (words: number) => `it takes 15 words, and these are ${words}`;
const refusalOf = (text: string): string => {
  try {
    parseFingerprint(text);
  } catch (error) {
    return (error as Error).message;
  }
  return 'not refused';
};

/** The key of RFC 8032, section 7.1, test 1. */
const identity = Buffer.from('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a', 'hex');
const fingerprint = fingerprintOf(identity);

describe('a fingerprint', () => {
  test('has 32 characters in 8 groups of 4 for print, and 15 words for reading aloud', () => {
    fc.assert(
      fc.property(fingerprints, (any) => {
        expect(formatFingerprint(any)).toMatch(/^(?:[0-9A-HJKMNP-TV-Z]{4} ){7}[0-9A-HJKMNP-TV-Z]{4}$/);
        expect(fingerprintWords(any)).toMatch(/^(?:[a-z]{3,8} ){14}[a-z]{3,8}$/);
      }),
    );
  });

  test('survives writing and reading, either way', () => {
    fc.assert(
      fc.property(fingerprints, (any) => {
        expect(parseFingerprint(formatFingerprint(any))).toEqual(any);
        expect(parseFingerprint(fingerprintWords(any))).toEqual(any);
      }),
    );
  });

  test.each<[string, (print: string) => string]>([
    ['in lower case', (print) => print.toLowerCase()],
    ['without blanks', (print) => print.replaceAll(' ', '')],
    ['with hyphens', (print) => print.replaceAll(' ', '-')],
    [
      'with dashes, as a word processor makes them',
      (print) => print.replaceAll(' ', '\u2011').replace('\u2011', ' – '),
    ],
    ['on two lines, indented', (print) => `\n  ${print.slice(0, 19)}\r\n\t${print.slice(20)}\n`],
    ['with letters for the digits that look like them', (print) => print.replaceAll('0', 'O').replaceAll('1', 'l')],
    ['with other letters for them', (print) => print.replaceAll('0', 'o').replaceAll('1', 'I')],
    ['in wide letters', (print) => print.replace(/\w/g, (one) => String.fromCharCode(one.charCodeAt(0) + 0xfee0))],
    ['with commas', (print) => print.replaceAll(' ', ', ')],
    ['with colons', (print) => print.replaceAll(' ', ':')],
    ['in quotes, with a stop', (print) => `\u201e${print}\u201c.`],
    ['as the command says it', (print) => `fingerprint: ${print}\n`],
    ['character by character', (print) => print.replaceAll(' ', '').split('').join(' ')],
    ['with marks of direction and soft hyphens', (print) => `\u202a${print.replaceAll(' ', '\u00ad')}\u202c`],
  ])('is read from print %s', (_, change) => {
    fc.assert(
      fc.property(fingerprints, (any) => {
        expect(parseFingerprint(change(formatFingerprint(any)))).toEqual(any);
      }),
    );
  });

  test.each<[string, (words: string) => string]>([
    ['in upper case', (words) => words.toUpperCase()],
    ['on many lines, indented', (words) => `\r\n ${words.replaceAll(' ', ' \r\n\t ')}\n`],
    ['with hyphens', (words) => words.replaceAll(' ', '-')],
    ['with commas', (words) => `${words.replaceAll(' ', ', ')}.`],
    ['by their first four letters', (words) => words.replace(/\b(\w{4})\w*/g, '$1')],
    ['by their first four letters, in capitals', (words) => words.replace(/\b(\w{4})\w*/g, '$1').toUpperCase()],
    [
      'with numbers',
      (words) =>
        words
          .split(' ')
          .map((word, i) => `${i + 1}. ${word}`)
          .join('\n'),
    ],
    ['as the command says it', (words) => `in words:    ${words}\n`],
    ['in wide letters', (words) => words.replace(/\w/g, (one) => String.fromCharCode(one.charCodeAt(0) + 0xfee0))],
  ])('is read from words %s', (_, change) => {
    fc.assert(
      fc.property(fingerprints, (any) => {
        expect(parseFingerprint(change(fingerprintWords(any)))).toEqual(any);
      }),
    );
  });

  test('is another one for every other identity', () => {
    const others = Array.from({ length: 256 }, (_, bit) => {
      const other = Uint8Array.from(identity);
      other[bit >> 3]! ^= 1 << (bit & 7);
      return formatFingerprint(fingerprintOf(other));
    });
    expect(new Set([...others, formatFingerprint(fingerprint)]).size).toBe(257);
  });
});

describe('a fingerprint is not read', () => {
  const print = formatFingerprint(fingerprint);
  const words = fingerprintWords(fingerprint).split(' ');
  const withWord = (at: number, word: string) => words.with(at, word).join(' ');

  test.each([
    ['refuses nothing', '', length(0)],
    ['refuses a character less', print.slice(1), length(31)],
    ['refuses a character more', `${print}0`, length(33)],
    ['refuses a letter that the alphabet leaves out', `U${print.slice(1)}`, NONE],
    ['refuses another sign', `!${print.slice(1)}`, NONE],
    ['refuses a letter that only looks like one, from another script', `А${print.slice(1)}`, NONE],
    ['refuses 14 words', words.slice(1).join(' '), count(14)],
    ['refuses 16 words', [...words, words[0]].join(' '), count(16)],
    ['refuses 14 words with hyphens', words.slice(1).join('-'), count(14)],
    ['refuses one word', 'speak', count(1)],
    [
      'refuses eight words by their first four letters',
      words
        .slice(0, 8)
        .map((word) => word.slice(0, 4))
        .join(' '),
      count(8),
    ],
  ])('%s', (_, text, message) => expect(refusalOf(text)).toBe(message));

  test('refuses a word that is not on the list, and says which, and not what was typed', () => {
    const message = (at: number) => `word ${at} is not one of the list's: see whether it is mistyped`;
    expect(refusalOf(withWord(6, 'zebraa'))).toBe(message(7));
    expect(refusalOf(withWord(14, 'abandons'))).toBe(message(15));
    expect(refusalOf(withWord(0, words[0]!.slice(0, 3)))).toBe(message(1));
  });

  test('refuses 31 in 32 of wrong words from the list by the checksum, and reads the others as other fingerprints', () => {
    const samples = fc.sample(fc.tuple(fingerprints, fingerprints, fc.nat(14)), 4000).map(([one, other, at]) => {
      const [right, wrong] = [fingerprintWords(one).split(' '), fingerprintWords(other).split(' ')[at]!];
      return { one, at, right, wrong };
    });
    const changed = samples.filter(({ right, wrong, at }) => right[at] !== wrong);
    const refused = changed.filter(({ one, right, wrong, at }) => {
      const text = right.with(at, wrong).join(' ');
      const refusal = refusalOf(text);
      if (refusal === 'not refused') expect(parseFingerprint(text)).not.toEqual(one);
      else expect(refusal).toBe('one of the words is another one: the fifteen do not fit together');
      return refusal !== 'not refused';
    });
    // Of 4,000, 125 pass on average, and more than 200 or fewer than 60 of a binomial once in a thousand million.
    const passed = changed.length - refused.length;
    expect(changed.length).toBeGreaterThan(3900);
    expect(passed).toBeGreaterThan(60);
    expect(passed).toBeLessThan(200);
  });
});

describe('a contact is compared with a fingerprint that came another way', () => {
  test('and passes when it is of that identity', () => {
    checkFingerprint(identity, parseFingerprint(formatFingerprint(fingerprint)));
    checkFingerprint(identity, parseFingerprint(fingerprintWords(fingerprint)));
  });

  test('refuses a fingerprint with any bit changed, or of another size', () => {
    const words = 'the contact is of another identity than the fingerprint names: do not write to it';
    for (let bit = 0; bit < 160; bit += 1) {
      const other = Uint8Array.from(fingerprint);
      other[bit >> 3]! ^= 1 << (bit & 7);
      expect(() => checkFingerprint(identity, other)).toThrow(words);
    }
    for (const length of [0, 4, 19])
      expect(() => checkFingerprint(identity, fingerprint.slice(0, length))).toThrow(words);
  });
});

test('refuses bytes of another size', () => {
  for (const length of [0, 31, 33]) expect(() => fingerprintOf(new Uint8Array(length))).toThrow('invalid identity');
  for (const length of [0, 16, 19, 21, 24, 32]) {
    expect(() => formatFingerprint(new Uint8Array(length))).toThrow('invalid fingerprint');
    expect(() => fingerprintWords(new Uint8Array(length))).toThrow('invalid fingerprint');
  }
});

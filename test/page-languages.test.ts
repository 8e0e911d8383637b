import { describe, expect, test } from 'vitest';
import { countingIn } from '../page/languages/counting.ts';
import { en } from '../page/languages/en.ts';
import { LANGUAGES } from '../page/languages/languages.ts';

/** A sentence, or what makes one of what it is given. */
type Sentence = string | ((...values: unknown[]) => string);

/** All sentences of a catalog, by their path. */
function sentencesOf(catalog: object, path = ''): Map<string, Sentence> {
  const found = Object.entries(catalog).flatMap(([name, value]): [string, Sentence][] =>
    typeof value === 'object' ? [...sentencesOf(value, `${path}${name}.`)] : [[`${path}${name}`, value]],
  );
  return new Map(found);
}

const english = sentencesOf(en);

/** What is told apart as a count, a size, a moment and a name. */
const [ONE, OTHER] = [3, 7_000_000];

const said = (sentence: Sentence) =>
  typeof sentence === 'string' ? sentence : sentence(...Array.from({ length: sentence.length }, () => ONE));

test('there are sentences, and the first language is English', () => {
  expect(english.size).toBeGreaterThan(150);
  expect(LANGUAGES[0]).toMatchObject({ code: 'en', catalog: en });
  expect(new Set(LANGUAGES.map(({ code }) => code)).size).toBe(LANGUAGES.length);
});

describe.each(LANGUAGES)('$name', ({ code, direction, catalog }) => {
  const sentences = sentencesOf(catalog);

  test('has every sentence, and no other', () => {
    expect([...sentences.keys()].sort()).toEqual([...english.keys()].sort());
    for (const [path, sentence] of sentences) {
      if (path !== 'unreviewed') expect(said(sentence).trim(), path).not.toBe('');
      expect(said(sentence), path).not.toMatch(/undefined|NaN|\bnull\b|Infinity/);
    }
  });

  test('says all that it is given', () => {
    let given = 0;
    for (const [path, sentence] of sentences) {
      const like = english.get(path)!;
      expect(typeof sentence, path).toBe(typeof like);
      if (typeof sentence !== 'function' || typeof like !== 'function') continue;
      expect(sentence.length, path).toBe(like.length);
      for (let place = 0; place < sentence.length; place += 1) {
        const values = Array.from({ length: sentence.length }, () => ONE);
        expect(sentence(...values.with(place, OTHER)), `${path} ${place}`).not.toBe(sentence(...values));
        given += 1;
      }
    }
    expect(given).toBeGreaterThan(30);
  });

  test('has the right form for every count', () => {
    for (const [path, sentence] of sentences) {
      if (typeof sentence !== 'function') continue;
      for (const count of [0, 1, 2, 3, 5, 11, 21, 100]) {
        const text = sentence(...Array.from({ length: sentence.length }, () => count));
        expect(text, path).not.toMatch(/undefined|NaN/);
      }
    }
  });

  test('is written in its direction, and says whether anybody has read it who speaks it', () => {
    expect(direction).toBe(/^(ar|fa|he|ur)/.test(code) ? 'rtl' : 'ltr');
    if (code === 'en') expect(catalog.unreviewed).toBe('');
    else expect(catalog.unreviewed).not.toBe('');
  });

  test.skipIf(code === 'en')('has nothing left in English but words that are the same', () => {
    for (const [path, sentence] of sentences) {
      if (said(sentence) === said(english.get(path)!)) expect(said(sentence), path).toMatch(/^\S*$/);
    }
  });
});

test('counts, sizes and moments are written as each language does', () => {
  const english = countingIn('en');
  expect([0, 1, 999, 1000, 99_999, 100_000, 1_234_567, 9_999_999, 123_456_789].map(english.size)).toEqual([
    '0 bytes',
    '1 byte',
    '999 bytes',
    '1 kB',
    '100 kB',
    '0.1 MB',
    '1.2 MB',
    '10 MB',
    '123 MB',
  ]);
  expect(english.of(1, { one: 'file', other: 'files' })).toBe('file');
  expect(english.moment(0)).toBe('January 1, 1970 at 12:00 AM');
  expect(english.day(2 ** 63)).toContain('275760'); // the last that a date has
  expect(countingIn('ru').of(3, { one: 'файл', few: 'файла', other: 'файлов' })).toBe('файла');
  expect(countingIn('de').number(1234567)).toBe('1.234.567');
});

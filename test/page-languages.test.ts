import { describe, expect, test } from 'vitest';
import { type Counting, countingIn } from '../page/languages/counting.ts';
import { type Catalog, en } from '../page/languages/en.ts';
import { isolated } from '../page/languages/isolated.ts';
import { LANGUAGES } from '../page/languages/languages.ts';

type Sentence = string | ((...values: never[]) => string);
interface Sentences {
  readonly [key: string]: Sentence | Sentences;
}

/** A catalog's sentences, by their path. */
function sentencesOf(catalog: Sentences, before = ''): Map<string, Sentence> {
  const found = Object.entries(catalog).flatMap(([key, value]) => {
    const path = `${before}${key}`;
    return typeof value === 'object' ? [...sentencesOf(value, `${path}.`)] : [[path, value] as const];
  });
  return new Map(found);
}

/** What stands in a sentence: each kind is written in its own way. */
type Kind = 'name' | 'print' | 'words' | 'count' | 'bytes' | 'moment' | 'day';

/** The values of each sentence that has some. */
const VALUES: Readonly<Record<string, readonly Kind[]>> = {
  'plain.standsOut': ['count'],
  'refused.revoked': ['print', 'day'],
  'person.title': ['name'],
  'write.title': ['name'],
  'write.answerTitle': ['name'],
  'write.remove': ['name'],
  'write.total': ['count', 'bytes'],
  'write.added': ['count'],
  'write.removed': ['name'],
  'write.answerSame': ['print'],
  'ask.word': ['count'],
  'ask.wrong': ['count'],
  'confirm.text': ['count'],
  'confirm.wanted': ['print'],
  'confirm.parts': ['count'],
  'confirm.roughly': ['count', 'count'],
  'sending.parts': ['count', 'count'],
  'sending.rate': ['bytes'],
  'sending.left': ['count'],
  'sending.work': ['count'],
  'waits.since': ['words', 'moment'],
  'sent.lead': ['name'],
  'sent.what': ['count'],
  'sent.mailbox': ['print'],
  'uploaded.to': ['name'],
  'failed.some': ['count', 'count'],
  'read.title': ['name'],
  'extent.lead': ['bytes'],
  'extent.mailbox': ['print'],
  'reading.batches': ['count', 'count'],
  'reading.found': ['count'],
  'answers.title': ['count'],
  'answers.older': ['count'],
  'answers.more': ['count'],
  'answers.upTo': ['moment'],
  'answers.heading': ['count', 'moment'],
  'answers.signed': ['name'],
  'answers.files': ['count', 'bytes'],
  'answers.fetch': ['bytes'],
  'answers.fetching': ['bytes', 'bytes'],
  'answers.save': ['name'],
  'answers.renamed': ['name'],
  'answers.unfetched': ['count'],
  'answers.leftOut': ['count'],
  'answers.gone': ['count'],
  'register.onlyTo': ['name'],
  'faults.contactOver': ['day', 'day'],
  'faults.contactEarly': ['day', 'day'],
  'faults.wordCount': ['count'],
  'faults.word': ['count'],
  'faults.fileCount': ['count'],
  'faults.fileName': ['name'],
  'faults.file': ['name'],
};

/** What is given for a value, and how it reads in a language. The second of a kind is another than the first. */
function sampleOf(kind: Kind, place: number, counting: Counting, t: Catalog): readonly [string | number, string] {
  switch (kind) {
    case 'name':
      return ['سارة.pdf', 'سارة.pdf'];
    case 'print':
      return ['1f3a 9c04', '1f3a 9c04'];
    case 'words':
      return [t.waits.place, t.waits.place];
    case 'count':
      return [12_345 + place, counting.number(12_345 + place)];
    case 'bytes':
      return [3_400_000 + place * 45e6, counting.size(3_400_000 + place * 45e6)];
    case 'moment':
      return [1_700_000_000, counting.moment(1_700_000_000)];
    case 'day':
      return [1_700_000_000 + place * 864e3, counting.day(1_700_000_000 + place * 864e3)];
  }
}

const english = sentencesOf(en);

/** A catalog's sentences as they are shown, with samples in them, and those samples as they read. */
function shownIn(code: string, catalog: Catalog) {
  const counting = countingIn(code);
  return [...sentencesOf(catalog)].map(([path, sentence]) => {
    if (typeof sentence === 'string') return { path, text: sentence, values: [] };
    const samples = VALUES[path]!.map((kind, place) => sampleOf(kind, place, counting, catalog));
    const text = sentence(...(samples.map(([given]) => given) as never[]));
    return { path, text, values: samples.map(([, value]) => value) };
  });
}

const translations = LANGUAGES.filter(({ code }) => code !== 'en');
const shownInEnglish = new Map(shownIn('en', en).map(({ path, text }) => [path, text]));

/** Sentences that read in a language as they do in English, since the word is the same there. */
const SAME: Readonly<Record<string, readonly string[]>> = {
  de: ['write.text'],
  es: ['write.answerNo'],
};

/** Words that no other of the languages has, and hardly an English sentence does without. */
const ENGLISH_ONLY = /\b(the|you|your|this|that|with|from|of)\b/i;

/** Letters of the languages that are not written in Latin ones. */
const SCRIPT: Readonly<Record<string, RegExp>> = {
  ar: /\p{Script=Arabic}/u,
  ru: /\p{Script=Cyrillic}/u,
  'zh-Hans': /\p{Script=Han}/u,
};

test('the languages stand in their order, each by its own name, and only Arabic is read from the right', () => {
  expect(LANGUAGES.map(({ name }) => name)).toEqual([
    'English',
    'Deutsch',
    'Français',
    'Español',
    'العربية',
    'Русский',
    '中文',
  ]);
  expect(LANGUAGES.filter(({ direction }) => direction === 'rtl').map(({ code }) => code)).toEqual(['ar']);
  for (const { code } of LANGUAGES) expect(Intl.getCanonicalLocales(code)).toEqual([code]);
});

test('every sentence with values has samples here', () => {
  const withValues = [...english].flatMap(([path, sentence]) => (typeof sentence === 'string' ? [] : [path]));
  expect(withValues.length).toBeGreaterThan(40);
  expect(new Set(withValues)).toEqual(new Set(Object.keys(VALUES)));
});

describe.each(LANGUAGES)('in $name', ({ code, catalog }) => {
  const sentences = sentencesOf(catalog);
  const shown = shownIn(code, catalog);

  test('there is every sentence, with the same values', () => {
    const formOf = (sentence: Sentence) => (typeof sentence === 'string' ? 'text' : sentence.length);
    const forms = (of: Map<string, Sentence>) => Object.fromEntries([...of].map(([path, it]) => [path, formOf(it)]));
    expect(sentences.size).toBeGreaterThan(200);
    expect(forms(sentences)).toEqual(forms(english));
  });

  test('no sentence is empty, and each value can be read in it', () => {
    const empty = shown.filter(({ text }) => text.trim() === '').map(({ path }) => path);
    expect(empty).toEqual(code === 'en' ? ['unreviewed'] : []);
    const missing = shown.filter(({ text, values }) => !values.every((value) => text.includes(value)));
    expect(missing.map(({ path }) => path)).toEqual([]);
  });

  test('there is a form for every count', () => {
    const counting = countingIn(code);
    for (const [path, sentence] of sentences) {
      if (typeof sentence === 'string' || !VALUES[path]!.includes('count')) continue;
      for (const count of [0, 1, 2, 3, 5, 11, 21, 100, 1_000_000]) {
        const given = VALUES[path]!.map((kind) => (kind === 'count' ? count : sampleOf(kind, 0, counting, catalog)[0]));
        expect(sentence(...(given as never[])), path).not.toMatch(/undefined|NaN|^\s*$/);
      }
    }
  });

  test('a name, a file, a fingerprint that runs the other way moves nothing around it', () => {
    const own = Object.entries(VALUES).filter(([, kinds]) => kinds.some((kind) => kind === 'name' || kind === 'print'));
    expect(own.length).toBeGreaterThan(15);
    const texts = new Map(shown.map(({ path, text, values }) => [path, { text, value: values[0]! }]));
    const open = own.filter(([path]) => {
      const { text, value } = texts.get(path)!;
      return !text.includes(isolated(value));
    });
    expect(open).toEqual([]);
  });

  test('no sentence is markup, or has a blank or a full stop too many', () => {
    const wrong = shown.filter(({ text }) => /[<>&]|undefined|NaN|\[object|^\s|\s$| {2}|\.\./.test(text));
    expect(wrong).toEqual([]);
    expect(catalog.noScript).not.toMatch(/[<>&"']/); // it is put into the file as it is
  });
});

describe.each(translations)('in $name', ({ code, catalog }) => {
  const shown = shownIn(code, catalog);

  test('no sentence is left in English', () => {
    const same = shown.filter(({ path, text }) => text === shownInEnglish.get(path)).map(({ path }) => path);
    expect(same).toEqual(SAME[code] ?? []);
    expect(shown.filter(({ text }) => ENGLISH_ONLY.test(text))).toEqual([]);
    const letters = SCRIPT[code] ?? /\p{Script=Latin}/u;
    // What is named stands in its own letters: without it, there are still letters of the language.
    const bare = shown.filter(({ text }) => !letters.test(text.replace(/\u2068.*?\u2069/g, '')));
    expect(bare).toEqual([]);
  });

  test('it is said that nobody who speaks it has read the translation', () => {
    expect(catalog.unreviewed.length).toBeGreaterThan(10);
  });
});

test('numbers, sizes and days are written as each language does', () => {
  const written = LANGUAGES.map(({ code, catalog }) => {
    const { number, size, day } = countingIn(code);
    const texts = [number(12_345), size(3_400_000), size(345), day(1_700_000_000), catalog.ask.word(3)];
    return texts.map((text) => text.replace(/\s/g, ' ')); // of which blank it is, versions of Unicode's data differ
  });
  expect(written).toEqual([
    ['12,345', '3.4 MB', '345 bytes', 'November 14, 2023', 'Word 3'],
    ['12.345', '3,4 MB', '345 Byte', '14. November 2023', 'Wort 3'],
    ['12 345', '3,4 Mo', '345 octets', '14 novembre 2023', 'Mot 3'],
    ['12.345', '3,4 MB', '345 bytes', '14 de noviembre de 2023', 'Palabra 3'],
    ['12,345', '3.4 م.ب', '345 بايت', '14 نوفمبر 2023', 'الكلمة 3'],
    ['12 345', '3,4 МБ', '345 байт', '14 ноября 2023 г.', 'Слово 3'],
    ['12,345', '3.4 MB', '345字节', '2023年11月14日', '第 3 个单词'],
  ]);
});

test('sizes have as many digits as somebody can use, and a day that no date has is the last', () => {
  const { size, day } = countingIn('en');
  expect([0, 1, 999, 1000, 99_999, 100_000, 1_234_567, 9_999_999, 123_456_789].map(size)).toEqual([
    ...['0 bytes', '1 byte', '999 bytes', '1 kB', '100 kB'],
    ...['0.1 MB', '1.2 MB', '10 MB', '123 MB'],
  ]);
  expect(day(2 ** 63)).toContain('275760');
});

test('one and several are told apart by the rules of each language', () => {
  const found = (code: string, ...counts: number[]) => {
    const { catalog } = LANGUAGES.find((language) => language.code === code)!;
    return counts.map((count) => catalog.reading.found(count));
  };
  expect(found('en', 0, 1, 2)).toEqual(['0 answers found', '1 answer found', '2 answers found']);
  expect(found('de', 0, 1, 2)).toEqual(['0 Antworten gefunden', '1 Antwort gefunden', '2 Antworten gefunden']);
  expect(found('fr', 0, 1, 2)).toEqual(['0 réponse trouvée', '1 réponse trouvée', '2 réponses trouvées']);
  expect(found('es', 0, 1, 2)).toEqual([
    '0 respuestas encontradas',
    '1 respuesta encontrada',
    '2 respuestas encontradas',
  ]);
  expect(found('ru', 1, 2, 5, 21, 22, 25)).toEqual(
    ['1 ответ', '2 ответа', '5 ответов', '21 ответ', '22 ответа', '25 ответов'].map((count) => `Найдено: ${count}`),
  );
  expect(found('ar', 0, 1, 2, 3, 11, 100)).toEqual(
    ['لا ردود', 'رد واحد', 'ردان', '3 ردود', '11 ردًا', '100 رد'].map((count) => `عُثر على: ${count}`),
  );
  expect(found('zh-Hans', 0, 1, 2)).toEqual(['找到 0 条回复', '找到 1 条回复', '找到 2 条回复']);
});

/** Where the twelve words are shown, or asked for. */
const ASKED = ['words.lead', 'ask.lead', 'read.wordsHint', 'write.answerNew', 'person.inWords'];

test('every translation says that the words are English ones', () => {
  const ENGLISH: Readonly<Record<string, string>> = {
    ...{ de: 'nglisch', fr: 'anglais', es: 'ingl', ar: 'إنجليزية', ru: 'английски', 'zh-Hans': '英文' },
  };
  for (const { code, catalog } of translations) {
    const sentences = sentencesOf(catalog);
    for (const path of ASKED) expect(sentences.get(path), `${code} ${path}`).toContain(ENGLISH[code]);
  }
});

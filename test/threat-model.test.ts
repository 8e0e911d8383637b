import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { costOf } from './adversary/cost.ts';
import { countLaw } from './adversary/counts.ts';

const root = join(import.meta.dirname, '..');
const text = readFileSync(join(root, 'docs/threat-model.md'), 'utf8');
const tests = new Map(
  ['test', 'test/tor', 'test/s3'].flatMap((folder) =>
    names(folder).map((name) => [name, readFileSync(join(root, folder, name), 'utf8')] as const),
  ),
);

function names(folder: string): string[] {
  return readdirSync(join(root, folder)).filter((name) => name.endsWith('.test.ts'));
}

/** The parts of a document under its headings of the second level. */
const parts = new Map(
  text
    .split(/^## /m)
    .slice(1)
    .map((part) => [part.slice(0, part.indexOf('\n')), part.slice(part.indexOf('\n') + 1)] as const),
);

/** The items of a list that follows a word on a line of its own. */
function itemsUnder(part: string, word: string): string[] {
  const [, after = ''] = part.split(new RegExp(`^\\*${word}\\*$`, 'm'));
  const list = after.split(/^(?!- |\n|$)/m)[0]!;
  return list.split(/^- /m).slice(1);
}

const promises = [...parts].flatMap(([who, part]) => itemsUnder(part, 'Cannot').map((item) => ({ who, item })));
const testsIn = (item: string) => [...item.matchAll(/`([\w-]+\.test\.ts)`/g)].map(([, name]) => name!);

describe('the threat model', () => {
  test.each([
    'A reader of `ids/`',
    'A flooder',
    'An account reader',
    'The operator',
    'The host, AWS',
    'A network observer beside a source',
    'A network observer beside a journalist',
    'A Tor exit, and whoever stands between it and the drop',
    "A thief of a journalist's disk",
  ])('says of this vantage point what it can and what it cannot: %s', (who) => {
    const part = parts.get(who)!;
    expect(itemsUnder(part, 'Can').length).toBeGreaterThan(0);
    expect(itemsUnder(part, 'Cannot').length).toBeGreaterThan(0);
  });

  test('names a test for each promise, or says that there is none', () => {
    expect(promises.length).toBeGreaterThan(50);
    expect(promises.filter(({ item }) => testsIn(item).length === 0 && !item.includes('*not tested*'))).toEqual([]);
  });

  test('names only tests that exist, each with something to check', () => {
    const named = new Set(testsIn(text));
    expect(named.size).toBeGreaterThan(40);
    for (const name of named) expect(tests.get(name) ?? `${name} is missing`).toMatch(/\bexpect\(/);
  });

  test("answers each of SecureDrop's four requirements with a paragraph and its tests", () => {
    const paragraphs = parts
      .get("SecureDrop's four requirements")!
      .split(/^\d\. /m)
      .slice(1);
    expect(paragraphs).toHaveLength(4);
    for (const paragraph of paragraphs) {
      expect(paragraph).toMatch(/^\*\*[^*]*\b(met|bounded)\b[^*]*\*\*/);
      expect(testsIn(paragraph).length).toBeGreaterThan(0);
    }
  });

  test('would be caught without a test for a promise, or with one that is missing', () => {
    const broken =
      '\n*Can*\n\n- watch.\n\n*Cannot*\n\n- read (`no-such.test.ts`).\n- write.\n\nAnd so on.\n- not this\n';
    const items = itemsUnder(broken, 'Cannot');
    expect(items.map(testsIn)).toEqual([['no-such.test.ts'], []]);
    expect(tests.has('no-such.test.ts')).toBe(false);
  });
});

describe('the figures of the threat model', () => {
  const percent = (value: number) => `${(value * 100).toFixed(1)} %`;
  const row = (name: string) => {
    const line = text.split('\n').find((each) => each.startsWith(`| ${name} |`))!;
    return line
      .split('|')
      .slice(2, -1)
      .map((cell) => cell.trim());
  };
  const laws = [30, 10, 2].map((decoysPerMinute) => countLaw(decoysPerMinute * 5));

  test('of the flooder are those of the exact law', () => {
    expect(row('a flooder')).toEqual(laws.map((law) => percent(law.registrationsAdvantage())));
  });

  test.each([
    ['an account reader, letter of 1 cell', 1],
    ['of 2 cells', 2],
    ['of 3 cells', 3],
    ['of 4 cells', 4],
    ['of 8 cells', 8],
  ])('in its row are those of the exact law: %s', (name, cells) => {
    expect(row(name)).toEqual(laws.map((law) => percent(law.advantage(cells))));
  });

  test.each([
    ['an account reader who knows the minute, 1 cell', 1],
    ['who knows it, 3 cells', 3],
  ])('of a minute are those of the exact law: %s', (name, cells) => {
    expect(row(name)).toEqual(
      [30, 10, 2].map((decoysPerMinute) => percent(countLaw(decoysPerMinute).advantage(cells))),
    );
  });

  test('of cover beside a source are those of the exact law', () => {
    const cover = countLaw(288 / 1.9921875 + 6);
    expect([1, 2, 3].map((cells) => Math.round(cover.advantage(cells) * 100))).toEqual([4, 3, 4]);
    expect(Math.round(countLaw(6).advantage(1) * 100)).toBe(20);
    expect(text).toContain('is told with 3 to 4 %; with six a day and nothing else it is 20 %');
  });

  test('of the cost are those of the prices', () => {
    const { dollarsPerMonth, uploadedMegabytesPerDay, batchMegabytesPerDay } = costOf(30, 256);
    expect(text).toContain(`about ${dollarsPerMonth.toFixed(0)} dollars a month`);
    expect(text).toContain(`of which ${costOf(0, 256).dollarsPerMonth.toFixed(0)} are there without a decoy`);
    expect(Math.round(uploadedMegabytesPerDay / 1000)).toBe(90);
    expect(text).toContain(`${batchMegabytesPerDay.toFixed(1)} MB of batches a day`);
  });
});

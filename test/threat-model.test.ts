import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { advantageByMoments, advantageByPeriod, CELL_SECONDS, ticksAtOnce } from '../core/send/advantage.ts';
import { SLOT_SECONDS } from '../wire/sizes.ts';
import { advantageOfLetters, deviationsOf } from './adversary/budget.ts';
import { costOf } from './adversary/cost.ts';
import {
  advantageOfOneMore,
  countLaw,
  linesInTick,
  poissonNumbers,
  uploadsInMinute,
  urlsInMinute,
} from './adversary/counts.ts';

const root = join(import.meta.dirname, '..');
const text = readFileSync(join(root, 'docs/threat-model.md'), 'utf8');
const tests = new Map(
  ['test', 'test/page', 'test/release', 'test/tor', 'test/s3'].flatMap((folder) =>
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
    'A Tor exit, or anybody between it and the drop',
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
  const coverOf = (decoysPerMinute: number) => ({ decoysPerMinute, looseCellsPerMinute: 1.5 * decoysPerMinute });
  const covers = [16, 12, 8, 2].map(coverOf);
  const deviations = deviationsOf(coverOf(16));

  test('of the flooder are those of the exact law', () => {
    expect(row('a flooder, any letter')).toEqual(
      covers.map((cover) => percent(advantageOfOneMore(linesInTick(cover)))),
    );
  });

  test.each([1, 2, 3, 4, 8])(
    'of a letter of %d cells are those of the exact law: two views, a known minute and a tick',
    (cells) => {
      const name = `${cells} ${cells === 1 ? 'cell' : 'cells'}`;
      for (const [view, lawOf] of [
        ['an account reader', urlsInMinute],
        ['a seizure', uploadsInMinute],
      ] as const) {
        const laws = covers.map(lawOf);
        expect(row(`${view}, ${name}, known minute`)).toEqual(laws.map((law) => percent(law.advantage(cells))));
        expect(row(`${view}, ${name}, tick`)).toEqual(laws.map((law) => percent(law.advantageInOneOf(5, cells))));
      }
    },
  );

  test.each([1, 10, 100, 1000])('of the budget of a letter of %d cells are those of the formula', (cells) => {
    expect(row(`${cells.toLocaleString('en-US')} cells`.replace(/^1 cells$/, '1 cell'))).toEqual(
      [ticksAtOnce(cells), 72, 288, 2016].map((ticks) => {
        const [moments, period] = [advantageByMoments, advantageByPeriod].map((by) => by(deviations, cells, ticks));
        return `${percent(moments!)}, ${percent(period!)}`;
      }),
    );
  });

  test('of letters that are longer than decoys are those of the formula, and of the exact law of a minute', () => {
    const law = uploadsInMinute(coverOf(16));
    for (const [name, seconds] of [
      ['one cell after another', CELL_SECONDS.inTurn],
      ['side by side', CELL_SECONDS.sideBySide],
    ] as const) {
      const ticks = (cells: number) => Math.ceil((cells * seconds) / SLOT_SECONDS);
      expect(row(`${name}, known ticks`)).toEqual(
        [9, 20, 50, 100].map((cells) => percent(advantageByMoments(deviations, cells, ticks(cells)))),
      );
      const inMinute = Math.floor(60 / seconds);
      expect(row(`${name}, known minute`)).toEqual(
        [9, 20, 50, 100].map((cells) => percent(law.advantage(Math.min(cells, inMinute), 0))),
      );
    }
  });

  test('of several letters are those of the formula', () => {
    expect(row('letters of one cell')).toEqual(
      [1, 8, 32, 128].map((letters) => percent(advantageOfLetters(deviations, letters))),
    );
  });

  test('of the formula are those of the exact law', () => {
    expect(text).toContain(
      `a cell ${deviations.cell.toFixed(3)}, a registration ${deviations.registration.toFixed(3)}`,
    );
  });

  test('of cover beside a source are those of the exact law', () => {
    const cover = countLaw(poissonNumbers(288 / 1.9921875 + 6));
    expect([1, 2, 3].map((cells) => Math.round(cover.advantage(cells) * 100))).toEqual([4, 3, 4]);
    expect(Math.round(countLaw(poissonNumbers(6)).advantage(1) * 100)).toBe(20);
    expect(text).toContain('is told with 3 to 4 %; with six a day and nothing else it is 20 %');
  });

  test('of the cost are those of the prices, and within their aims', () => {
    const [costs, cheaper] = [coverOf(16), coverOf(12)].map((cover) => costOf(cover, 128));
    const { dollarsPerMonth, uploadedMegabytesPerDay, batchMegabytesPerDay } = costs!;
    expect(dollarsPerMonth).toBeLessThan(55);
    expect(cheaper!.dollarsPerMonth).toBeLessThan(42);
    expect(costOf(coverOf(0), 128).dollarsPerMonth).toBeLessThan(10);
    expect(text).toContain(`about ${dollarsPerMonth.toFixed(0)} dollars a month`);
    expect(text).toContain(`of which ${costOf(coverOf(0), 128).dollarsPerMonth.toFixed(0)} are there without a decoy`);
    expect(text).toContain(`12 letters cost ${cheaper!.dollarsPerMonth.toFixed(0)} dollars`);
    expect(Math.round(uploadedMegabytesPerDay / 1000)).toBe(84);
    expect(text).toContain(`${batchMegabytesPerDay.toFixed(1)} MB of batches a day`);
  });
});

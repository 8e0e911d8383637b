import { describe, expect, test } from 'vitest';
import { type DecoyLetter, drawLetters } from '../lambdas/decoy-letters.ts';
import { poisson } from '../lambdas/poisson.ts';
import { rungFor } from '../wire/batch.ts';
import { LINE_BYTES, LINES_MAX } from '../wire/sizes.ts';
import { countLaw } from './adversary/counts.ts';
import { drawCurves } from './adversary/curves.ts';
import { measure, STEP_SECONDS } from './adversary/measure.ts';
import { play } from './adversary/play.ts';
import { advantageOverTicks } from './adversary/several.ts';
import type { Draw, DrawLetters, Sent } from './adversary/tick.ts';
import { sharedOutdir } from './drop.ts';
import { seeded } from './statistics.ts';

/** The construct's defaults, which template.test.ts holds. */
const DECOYS_PER_MINUTE = 30;
const LINES_PER_BATCH = 256;

/** The most that the defaults may leave. */
const AIM = 0.05;

describe('at the defaults', () => {
  const law = countLaw(DECOYS_PER_MINUTE * 5);

  test.each([1, 2, 3])(
    'a letter of %d cells in a tick is told from none with an advantage of at most 5 %% by the account',
    (cells) => {
      expect(law.advantage(cells)).toBeLessThanOrEqual(AIM);
      // Not because nothing is ever told.
      expect(law.advantage(cells + 10)).toBeGreaterThan(2 * AIM);
    },
  );

  test('a flooder who knows his own lines tells it with an advantage of at most 5 %', () => {
    expect(law.registrationsAdvantage()).toBeLessThanOrEqual(AIM);
    expect(countLaw(10 * 5).registrationsAdvantage()).toBeGreaterThan(AIM);
  });

  test('a reader of batches sees one size: a second one comes once in a million ticks', () => {
    let larger = 0;
    for (let count = LINES_PER_BATCH + 1; count < 1000; count += 1) larger += law.ofRegistrations(count);
    expect(larger).toBeLessThan(1e-6);
    expect(rungFor(LINES_PER_BATCH, LINES_PER_BATCH)).toBe(LINES_PER_BATCH);
    expect(rungFor(LINES_PER_BATCH + 1, LINES_PER_BATCH)).toBeLessThan(LINES_MAX);
  });
});

describe('the exact law', () => {
  test('is one: its probabilities add up, and its means are those of the decoys', () => {
    const law = countLaw(10);
    let [total, uploads, registrations] = [0, 0, 0];
    for (let count = 0; count < 60; count += 1) {
      for (let up = 0; up < 300; up += 1) {
        const probability = law.of(up, count);
        total += probability;
        uploads += up * probability;
        registrations += count * probability;
      }
    }
    expect(total).toBeCloseTo(1, 9);
    expect(registrations).toBeCloseTo(10, 6);
    // 1/2 + 2/4 + 3/8 + ... + 7/128 + 8/128 cells on average.
    expect(uploads).toBeCloseTo(19.921875, 5);
  });

  test('of letters that all have one cell is that of a Poisson number: its likeliest value is the advantage', () => {
    const mode = Math.exp(-4) * (4 ** 4 / 24);
    expect(countLaw(4, [1]).advantage(1)).toBeCloseTo(mode, 9);
    expect(countLaw(4).registrationsAdvantage()).toBeCloseTo(mode, 9);
  });
});

describe('what is measured of 4,000 ticks with and without a letter each', () => {
  const ticks = 4000;
  const DECOYS = 10;
  const found = (how: Draw = {}, cells = 1, more: Partial<Sent> = {}) => {
    const letters = [{ cells, stepSeconds: STEP_SECONDS.likeDecoys, ...more }];
    return measure({ decoysPerMinute: DECOYS, letters, ticks, random: seeded(`adversary ${cells}`).below, ...how })[0]!;
  };

  test('agrees with the exact law: within four standard errors', () => {
    const law = countLaw(DECOYS * 5);
    const { account, flooder } = found();
    // An error is 1.96 standard errors.
    expect(Math.abs(account.value - law.advantage(1))).toBeLessThan(2.1 * account.error);
    expect(Math.abs(flooder.value - law.registrationsAdvantage())).toBeLessThan(2.1 * flooder.error);
  });

  test.each<[string, DrawLetters, number]>([
    [
      'decoys that upload nothing',
      (mean, random) => drawLetters(mean, random).map((each) => ({ ...each, cells: [] })),
      1,
    ],
    ['as many decoys each minute', (mean, random) => Array.from({ length: mean }, () => one(random)), 1],
    [
      'decoys of one cell, and a letter of three',
      (mean, random) => drawLetters(mean, random).map((each) => ({ ...each, cells: [each.cells[0]!] })),
      3,
    ],
    [
      'decoys that all come in the first second of a minute',
      (mean, random) =>
        drawLetters(mean, random).map(({ cells }) => ({
          cells: cells.map(({ asked, uploaded }) => ({ asked: asked % 1000, uploaded: uploaded % 1000 })),
          registration: 1000,
        })),
      1,
    ],

    ['a twentieth of the decoys', (mean, random) => drawLetters(mean / 20, random), 1],
  ])('is seen with %s', (_, draw, cells) => {
    const honest = found({}, cells).account;
    const broken = found({ draw }, cells).account;
    expect(broken.value - broken.error).toBeGreaterThan(honest.value + honest.error);
    expect(broken.value).toBeGreaterThan(2 * AIM);
  });

  test.each<[string, Sent, number]>([
    ['slow letter of three cells', { cells: 3, stepSeconds: STEP_SECONDS.slow }, 2 * AIM],
    ['lost answer', { cells: 1, stepSeconds: STEP_SECONDS.slow, isLost: true }, 0.8],
  ])('is seen with decoys that use every upload URL, and at once, of a %s', (_, letter, least) => {
    const honest = found({}, letter.cells, letter).account;
    const draw: DrawLetters = (mean, random) => drawLetters(mean, random).map(hasty);
    const broken = found({ draw, drawLost: () => [] }, letter.cells, letter).account;
    expect(broken.value - broken.error).toBeGreaterThan(honest.value + honest.error);
    expect(broken.value).toBeGreaterThan(least);
  });

  /** As far apart as ever, but each upload URL is used at once. */
  const hasty = ({ cells, registration }: DecoyLetter): DecoyLetter => ({
    cells: cells.map(({ uploaded }) => ({ asked: uploaded - 150, uploaded })),
    registration,
  });

  const one = (random: (below: number) => number) => {
    for (;;) {
      const [letter] = drawLetters(1, random);
      if (letter !== undefined) return letter;
    }
  };
});

test('who has several ticks in mind gains more with each of them', () => {
  const { below } = seeded('several');
  const [once, often] = [1, 16].map((ticks) => advantageOverTicks(2, ticks, 400, below));
  expect(often!.value - often!.error).toBeGreaterThan(once!.value + once!.error);
});

test('the account of a drop shows exactly what is drawn: six ticks of the real publisher, decoys and client', async () => {
  const { drawn, seen, batches, sent, arrived } = await play(sharedOutdir(), 0.5, 6, seeded('play').below);
  expect(drawn.some(({ uploads }) => uploads.length > 0)).toBe(true);
  for (const [tick, view] of drawn.entries()) {
    expect(seen[tick]!.registrations).toEqual(view.registrations);
    expect(seen[tick]!.asked).toEqual(view.asked);
    expect(seen[tick]!.uploads.map(Math.round)).toEqual(view.uploads.map(Math.round));
  }
  expect([sent, arrived]).toEqual([3, 3]);
  const registered = seen.map(({ registrations }) => registrations.reduce((sum, count) => sum + count, 0));
  expect(batches).toEqual(registered.map((count) => rungFor(count, 8) * LINE_BYTES));
});

test('curves are drawn as pictures that need nothing from elsewhere', () => {
  const axes = { title: 'a', x: 'b', y: 'c', xMax: 2, yMax: 1, xTicks: [0], yTicks: [0], write: String };
  const svg = drawCurves(axes, [
    {
      name: 'it',
      points: [
        [0, 0],
        [1, 0.5, 0.1],
        [2, 5],
      ],
    },
  ]);
  expect(svg).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" /);
  expect(svg.match(/(https?:|<script|<image|NaN|undefined)/g)).toEqual(['http:']);
});

test('the number of decoys is Poisson also at the most that the construct takes', () => {
  const { uniform } = seeded('hundred');
  const draws = Array.from({ length: 20_000 }, () => poisson(100, uniform));
  const mean = draws.reduce((sum, count) => sum + count, 0) / draws.length;
  // A standard error is 0.07.
  expect(Math.abs(mean - 100)).toBeLessThan(0.35);
});

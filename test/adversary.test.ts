import { describe, expect, test } from 'vitest';
import { advantageByMoments, advantageByPeriod, ticksAtOnce, ticksOver, USUAL } from '../core/send/advantage.ts';
import { type DecoyLetter, drawLetters, drawLooseCells } from '../lambdas/decoy-letters.ts';
import { SHAPE } from '../lambdas/negative-binomial.ts';
import { rungFor } from '../wire/batch.ts';
import { LINE_BYTES } from '../wire/sizes.ts';
import { advantageOfLetters, deviationsOf } from './adversary/budget.ts';
import {
  advantageOfOneMore,
  countLaw,
  linesInTick,
  negativeBinomialNumbers,
  poissonNumbers,
  uploadsInMinute,
  urlsInMinute,
} from './adversary/counts.ts';
import { drawCurves } from './adversary/curves.ts';
import { advantageOfBursts } from './adversary/lanes.ts';
import { measure, STEP_SECONDS } from './adversary/measure.ts';
import { play } from './adversary/play.ts';
import { advantageOverPeriod, advantageOverTicks } from './adversary/several.ts';
import type { Draw, DrawLetters, Sent } from './adversary/tick.ts';
import { sharedOutdir } from './drop.ts';
import { poisson } from './poisson.ts';
import { seeded } from './statistics.ts';

/** The construct's defaults, which template.test.ts holds. */
const DEFAULTS = { decoysPerMinute: 16, looseCellsPerMinute: 24 };
const LINES_PER_BATCH = 128;

/** What is no worse than 30 letters a minute by a Poisson law, and costs 40 dollars. */
const CHEAPER = { decoysPerMinute: 12, looseCellsPerMinute: 18 };

/** The most that the defaults may leave, for a letter of one to three cells: in a known minute, and in a tick. */
const AIM = { minute: 0.06, tick: 0.03 };

describe('at the defaults', () => {
  const laws = { 'account reader': urlsInMinute(DEFAULTS), 'whoever seizes the account': uploadsInMinute(DEFAULTS) };

  test.each(Object.entries(laws).flatMap(([who, law]) => [1, 2, 3].map((cells) => [who, cells, law] as const)))(
    '%s tells a letter of %d cells with at most 6 %% in a known minute, and 3 %% in a tick',
    (_, cells, law) => {
      expect(law.advantage(cells)).toBeLessThanOrEqual(AIM.minute);
      expect(law.advantageInOneOf(5, cells)).toBeLessThanOrEqual(AIM.tick);
      // Not because nothing is ever told.
      expect(law.advantage(cells + 10)).toBeGreaterThan(2 * AIM.minute);
    },
  );

  test('a flooder who knows his own lines tells it with at most 3 % in a tick', () => {
    expect(advantageOfOneMore(linesInTick(DEFAULTS))).toBeLessThanOrEqual(AIM.tick);
    expect(advantageOfOneMore(linesInTick({ decoysPerMinute: 8 }))).toBeGreaterThan(AIM.tick);
  });

  test('a reader of batches sees a second size in 3 of 100 ticks, and gains 0.3 % by it', () => {
    const lines = linesInTick(DEFAULTS);
    const larger = lines.slice(LINES_PER_BATCH + 1).reduce((sum, chance) => sum + chance, 0);
    expect(larger).toBeGreaterThan(0.02);
    expect(larger).toBeLessThan(0.03);
    // One line more changes the size only when the rung is full.
    expect(lines[LINES_PER_BATCH]! + lines[2 * LINES_PER_BATCH]!).toBeLessThan(0.003);
    expect(rungFor(LINES_PER_BATCH, LINES_PER_BATCH)).toBe(LINES_PER_BATCH);
    expect(rungFor(LINES_PER_BATCH + 1, LINES_PER_BATCH)).toBe(2 * LINES_PER_BATCH);
  });
});

test('at 12 letters a minute no view is worse than with 30 of a Poisson law', () => {
  const before = countLaw(poissonNumbers(30));
  for (const law of [uploadsInMinute(CHEAPER), urlsInMinute(CHEAPER)]) {
    for (const cells of [1, 2, 3]) {
      expect(law.advantage(cells)).toBeLessThan(before.advantage(cells));
      expect(law.advantageInOneOf(5, cells)).toBeLessThan(before.advantageInOneOf(5, cells));
    }
  }
  expect(advantageOfOneMore(linesInTick(CHEAPER))).toBeLessThan(advantageOfOneMore(poissonNumbers(150)));
});

describe('the exact law', () => {
  test('is one: its probabilities add up, and its means are those of the decoys', () => {
    let [total, uploads, registrations] = [0, 0, 0];
    for (const [up, count, probability] of uploadsInMinute({ decoysPerMinute: 10, looseCellsPerMinute: 4 }).pairs()) {
      total += probability;
      uploads += up * probability;
      registrations += count * probability;
    }
    expect(total).toBeCloseTo(1, 8);
    expect(registrations).toBeCloseTo(10, 6);
    // 1/2 + 2/4 + 3/8 + ... + 7/128 + 8/128 cells on average.
    expect(uploads).toBeCloseTo(19.921875 + 4, 5);
  });

  test('of letters that all have one cell is that of their number: its likeliest value is the advantage', () => {
    const mode = Math.exp(-4) * (4 ** 4 / 24);
    expect(countLaw(poissonNumbers(4), [1]).advantage(1)).toBeCloseTo(mode, 9);
    expect(advantageOfOneMore(poissonNumbers(4))).toBeCloseTo(mode, 9);
    const law = negativeBinomialNumbers(4, 3);
    expect(advantageOfOneMore(law)).toBeCloseTo(Math.max(...law), 9);
  });

  test('of five minutes adds up from that of one: the lines of a tick, and who knows the minute gains more', () => {
    const minute = negativeBinomialNumbers(2, SHAPE);
    const tick = linesInTick({ decoysPerMinute: 2 });
    const none = minute[0]! ** 5;
    expect(tick[0]).toBeCloseTo(none, 12);
    expect(tick[1]).toBeCloseTo(5 * minute[0]! ** 4 * minute[1]!, 12);
    const law = uploadsInMinute(DEFAULTS);
    expect(law.advantageInOneOf(1, 1)).toBeCloseTo(law.advantage(1), 4);
    expect(law.advantageInOneOf(5, 1)).toBeLessThan(law.advantage(1) * 0.6);
  });
});

describe('what is measured of 3,000 ticks with and without a letter each', () => {
  const ticks = 3000;
  const COVER = { decoysPerMinute: 10, looseCellsPerMinute: 15 };
  const ALONE = { decoysPerMinute: 10, looseCellsPerMinute: 0 };
  const found = (how: Draw = {}, cells = 1, more: Partial<Sent> = {}, cover = COVER) => {
    const letters = [{ cells, stepSeconds: STEP_SECONDS.likeDecoys, ...more }];
    return measure({ cover, letters, ticks, random: seeded(`adversary ${cells}`).below, ...how })[0]!;
  };

  test.each([
    ['in a tick', false],
    ['in a known minute', true],
  ])('agrees with the exact law %s: within four standard errors, and the best of three', (_, isMinuteKnown) => {
    const { account, seizure, flooder } = found({}, 1, { isMinuteKnown });
    for (const [view, law] of [
      [account, urlsInMinute(COVER)],
      [seizure, uploadsInMinute(COVER)],
    ] as const) {
      const exact = isMinuteKnown ? law.advantage(1) : law.advantageInOneOf(5, 1);
      // An error is 1.96 standard errors.
      expect(Math.abs(view.value - exact)).toBeLessThan(2.1 * view.error);
    }
    expect(Math.abs(flooder.value - advantageOfOneMore(linesInTick(COVER)))).toBeLessThan(2.1 * flooder.error);
  });

  /** Letters of which there are as many as another law says. */
  const withNumber =
    (number: (mean: number, random: (below: number) => number) => number): DrawLetters =>
    (mean, random) =>
      Array.from({ length: number(mean, random) }, () => one(random));
  const uniformBy = (random: (below: number) => number) => () => random(2 ** 32) / 2 ** 32;

  /** A mean that is drawn once for the eight minutes of a view, as if a run drew none anew. */
  const lastingMean = () => {
    let [minute, lasting] = [0, 0];
    return withNumber((mean, random) => {
      if (minute % 8 === 0) {
        const parts = Array.from({ length: SHAPE }, () => -Math.log(1 - uniformBy(random)()));
        lasting = (mean / SHAPE) * parts.reduce((sum, part) => sum + part, 0);
      }
      minute += 1;
      return poisson(lasting, uniformBy(random));
    });
  };

  test.each<[string, () => Draw]>([
    ['a Poisson law in its place', () => ({ draw: withNumber((mean, random) => poisson(mean, uniformBy(random))) })],
    ['a third of the mean', () => ({ draw: (mean, random) => drawLetters(mean / 3, random) })],
    ['a mean that lasts over minutes', () => ({ draw: lastingMean() })],
  ])('is more than the exact law says in a known minute with %s', (_, how) => {
    // By letters alone: loose cells would hide some of it.
    const broken = found(how(), 2, { isMinuteKnown: true }, ALONE).seizure;
    expect(broken.value - broken.error).toBeGreaterThan(uploadsInMinute(ALONE).advantage(2));
  });

  test.each<[string, DrawLetters, number]>([
    [
      'decoys that upload nothing',
      (mean, random) => drawLetters(mean, random).map((each) => ({ ...each, cells: [] })),
      1,
    ],
    ['as many decoys each minute', withNumber((mean) => mean), 1],
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
    const honest = found({}, cells, {}, ALONE).seizure;
    const broken = found({ draw }, cells, {}, ALONE).seizure;
    expect(broken.value - broken.error).toBeGreaterThan(honest.value + honest.error);
    expect(broken.value).toBeGreaterThan(2 * AIM.tick);
  });

  test.each<[string, Sent, number]>([
    ['slow letter of three cells', { cells: 3, stepSeconds: STEP_SECONDS.slow }, 2 * AIM.tick],
    ['lost answer', { cells: 1, stepSeconds: STEP_SECONDS.slow, isLost: true }, 0.8],
  ])('is seen with decoys that use every upload URL, and at once, of a %s', (_, letter, least) => {
    const honest = found({}, letter.cells, letter).seizure;
    const draw: DrawLetters = (mean, random) => drawLetters(mean, random).map(hasty);
    const drawLoose: typeof drawLooseCells = (mean, random) => drawLooseCells(mean, random).map(atOnce);
    const broken = found({ draw, drawLoose, drawLost: () => [] }, letter.cells, letter).seizure;
    expect(broken.value - broken.error).toBeGreaterThan(honest.value + honest.error);
    expect(broken.value).toBeGreaterThan(least);
  });

  /** As far apart as ever, but each upload URL is used at once. */
  const atOnce = ({ uploaded }: { readonly uploaded: number }) => ({ asked: uploaded - 150, uploaded });
  const hasty = ({ cells, registration }: DecoyLetter): DecoyLetter => ({ cells: cells.map(atOnce), registration });

  const one = (random: (below: number) => number) => {
    for (;;) {
      const [letter] = drawLetters(1, random);
      if (letter !== undefined) return letter;
    }
  };
});

describe('the budget of a letter', () => {
  const deviations = deviationsOf(DEFAULTS);

  test('is what send tells it by', () => {
    expect(deviations.cell).toBeCloseTo(USUAL.cell, 4);
    expect(deviations.registration).toBeCloseTo(USUAL.registration, 3);
  });

  test('for one cell and a few is that of the exact law of a tick, to half a percent', () => {
    const law = uploadsInMinute(DEFAULTS);
    for (const cells of [1, 2, 3]) {
      const formula = advantageByMoments(deviations, cells, ticksAtOnce(cells));
      expect(formula - law.advantageInOneOf(5, cells)).toBeGreaterThan(-0.005);
    }
    expect(advantageOfLetters(deviations, 1)).toBeCloseTo(law.advantageInOneOf(5, 1), 2);
    // As docs/threat-model.md says of ten cells at once.
    expect(law.advantageInOneOf(5, 10, 0)).toBeLessThan(advantageByMoments(deviations, 10, 1));
    expect([law.advantageInOneOf(5, 10), law.advantage(10)].map((value) => Math.round(value * 100))).toEqual([9, 22]);
  });

  test('of a letter longer than a decoy is no less than what is measured of it in a tick: 1,000 of each length', () => {
    for (const cells of [9, 50]) {
      const letters = [{ cells, stepSeconds: STEP_SECONDS.likeDecoys }];
      const [found] = measure({ cover: DEFAULTS, letters, ticks: 1000, random: seeded(`long ${cells}`).below });
      expect(ticksAtOnce(cells)).toBe(1);
      expect(found!.seizure.value - found!.seizure.error).toBeLessThan(advantageByMoments(deviations, cells, 1));
      expect(found!.seizure.value + found!.seizure.error).toBeGreaterThan(0.1); // not because nothing is told
    }
    // Longer ones take fewer ticks than if their cells followed each other, and spread ones as many as ever.
    expect([ticksAtOnce(8), ticksAtOnce(75), ticksAtOnce(76), ticksAtOnce(1000)]).toEqual([1, 1, 1, 2]);
    expect([ticksOver(1000, 0), ticksOver(1000, 60_000), ticksOver(9, 3_600_000)]).toEqual([2, 14, 12]);
  });

  test('of 16 cells grows with those that are under way at a time, to who looks for bursts: 600 ticks', () => {
    const { below } = seeded('lanes');
    const [one, four, twelve] = [1, 4, 12].map((lanes) => advantageOfBursts(DEFAULTS, 16, lanes, 600, below));
    expect(four!.value - four!.error).toBeGreaterThan(one!.value);
    expect(twelve!.value - twelve!.error).toBeGreaterThan(four!.value + four!.error);
  });

  test('over several ticks that somebody has in mind is what is measured: 1 and 16 of them, 600 trials', () => {
    const cover = { decoysPerMinute: 6, looseCellsPerMinute: 9 };
    const { below } = seeded('several');
    const [once, often] = [1, 16].map((ticks) => advantageOverTicks(cover, ticks, 600, below));
    expect(often!.value - often!.error).toBeGreaterThan(once!.value);
    expect(Math.abs(often!.value - advantageOfLetters(deviationsOf(cover), 16))).toBeLessThan(2.1 * often!.error);
  });

  test.each([
    [100, 72],
    [1000, 288],
  ])('of %d cells over %d ticks is what is measured: 400 trials, within four standard errors', (cells, ticks) => {
    const found = advantageOverPeriod(DEFAULTS, cells, ticks, 400, seeded(`period ${ticks}`).below);
    expect(Math.abs(found.value - advantageByPeriod(deviations, cells, ticks))).toBeLessThan(2.1 * found.error);
  });
});

test('the account of a drop shows exactly what is drawn: six ticks of the real publisher, decoys and client', async () => {
  const { drawn, seen, batches, sent, arrived } = await play(
    sharedOutdir(),
    { decoysPerMinute: 0.5, looseCellsPerMinute: 0.5 },
    6,
    seeded('play').below,
  );
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

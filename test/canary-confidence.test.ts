import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  atMostLost,
  HONEST_LOSS,
  isAlarming,
  logEvidence,
  lossAtLeast,
  lossAtMost,
} from '../core/canary/confidence.ts';
import { CANARY_ENDS, type CanaryEnd } from '../core/canary/outcome.ts';
import { countCanary, newTally, ROUND, type Tally, verdictOf } from '../core/canary/tally.ts';
import { changeTally, formatTally, parseTally, readTally } from '../node/canary/tally-file.ts';
import { folder } from './people.ts';
import { seeded } from './statistics.ts';

const DAY = '2026-11-22';

/** What is held to be enough evidence after so many trials. */
type Rule = (lost: number, trials: number) => boolean;

const ours: Rule = isAlarming;

/** How not to: an exact binomial test for one look, taken after each trial. */
const lookingEachTime: Rule = (lost, trials) => lost > 0 && 1 - atMostLost(lost - 1, trials, HONEST_LOSS) <= 0.01;

/** The exact probability that a rule is met after one of so many trials, by adding up all that can happen. */
function everMet(rule: Rule, rate: number, trials: number): number {
  let met = 0;
  let still = [1];
  for (let n = 1; n <= trials; n += 1) {
    const next = Array<number>(still.length + 1).fill(0);
    for (const [lost, probability] of still.entries()) {
      next[lost]! += probability * (1 - rate);
      next[lost + 1]! += probability * rate;
    }
    // More losses are more evidence: what is met, is met from one number of losses on.
    while (next.length > 0 && rule(next.length - 1, n)) met += next.pop()!;
    still = next;
  }
  return met;
}

/** A round of canaries of which each is lost with this probability. */
function tallyOf(canaries: number, isLost: () => boolean, from: Tally = newTally(DAY)): Tally {
  let tally = from;
  for (let i = 0; i < canaries; i += 1) tally = countCanary(tally, isLost() ? 'swallowed' : 'back', DAY);
  return tally;
}

describe('the upper bound', () => {
  test.each([
    [0, 1, 0.95], // 1 - 0.05^(1 / n) without a loss
    [0, 10, 0.258_866],
    [0, 28, 0.101_466],
    [0, 59, 0.049_507],
    [0, 100, 0.029_513],
    // The quantile at 0.95 of a beta distribution, scipy.stats.beta.ppf(0.95, lost + 1, trials - lost).
    [1, 10, 0.394_163],
    [3, 28, 0.254_17],
    [5, 20, 0.455_582],
    [9, 10, 0.994_884], // 0.95^(1 / n) when all but one are lost
    [10, 10, 1],
  ])('of %d lost of %d is that of Clopper and Pearson, %d', (lost, trials, bound) => {
    expect(lossAtMost(lost, trials)).toBeCloseTo(bound, 5);
  });

  test('holds for 95 % at least, whatever the rate, exactly reckoned for 1 to 60 trials', () => {
    const coverage = (trials: number, rate: number, bound: (lost: number, trials: number) => number) => {
      let covered = 0;
      for (let lost = 0; lost <= trials; lost += 1) {
        const exactly = atMostLost(lost, trials, rate) - atMostLost(lost - 1, trials, rate);
        if (rate <= bound(lost, trials)) covered += exactly;
      }
      return covered;
    };
    const rates = [0.001, 0.01, 0.05, 0.1, 0.3, 0.5, 0.9];
    const normal = (lost: number, n: number) => lost / n + 1.645 * Math.sqrt(((lost / n) * (1 - lost / n)) / n);
    const worst = (bound: typeof normal) =>
      Math.min(...[1, 2, 5, 10, 28, 60].flatMap((trials) => rates.map((rate) => coverage(trials, rate, bound))));
    expect(worst(lossAtMost)).toBeGreaterThanOrEqual(0.95);
    expect(worst(normal)).toBeLessThan(0.5); // the one of many textbooks
  });

  test('of tallies holds in 4,000 of them as often as is said, wrongly refused once in a million', () => {
    const { uniform } = seeded('coverage');
    for (const rate of [0.02, 0.2]) {
      let held = 0;
      for (let i = 0; i < 2000; i += 1) {
        const tally = tallyOf(28, () => uniform() < rate);
        if (rate <= verdictOf(tally).swallowed.atMost!) held += 1;
      }
      // 4.75 standard deviations of 2,000 draws below 95 %
      expect(held / 2000).toBeGreaterThan(0.95 - 4.75 * Math.sqrt((0.95 * 0.05) / 2000));
    }
  });

  test('refuses numbers that cannot be', () => {
    for (const [lost, trials] of [
      [0, 0],
      [-1, 5],
      [6, 5],
      [0.5, 5],
      [Number.NaN, 5],
      [0, Number.POSITIVE_INFINITY],
    ]) {
      expect(() => lossAtMost(lost!, trials!)).toThrow('invalid number of trials');
      expect(() => lossAtLeast(lost!, trials!)).toThrow('invalid number of trials');
    }
  });
});

describe('the lower bound', () => {
  test('is where the evidence against lower rates is a hundredfold, by closed forms', () => {
    // All of n lost: the average of p^n over (r, 1) by r^n is (1 - r^(n + 1)) / ((n + 1) (1 - r) r^n).
    for (const [n, rate] of [
      [1, 0.01],
      [2, 0.01],
      [5, 0.3],
    ] as const) {
      const form = (1 - rate ** (n + 1)) / ((n + 1) * (1 - rate) * rate ** n);
      expect(Math.exp(logEvidence(n, n, rate))).toBeCloseTo(form, 8);
    }
    // None of n lost: 1 / (n + 1), whatever the rate.
    expect(Math.exp(logEvidence(0, 9, 0.25))).toBeCloseTo(0.1, 8);
    // And some of n: the integral, as a sum of a million rectangles.
    let sum = 0;
    for (let i = 0; i < 1e6; i += 1)
      sum += (0.01 + 0.99 * ((i + 0.5) / 1e6)) ** 3 * (0.99 - 0.99 * ((i + 0.5) / 1e6)) ** 25;
    expect(Math.exp(logEvidence(3, 28, 0.01))).toBeCloseTo(sum / 1e6 / (0.01 ** 3 * 0.99 ** 25), 5);
    expect(lossAtLeast(0, 50)).toBe(0);
    // One of one: (1 + r) / (2 r) = 100
    expect(lossAtLeast(1, 1)).toBeCloseTo(1 / 199, 8);
    for (const [lost, trials] of [
      [2, 2],
      [3, 10],
      [4, 28],
      [50, 100],
    ] as const) {
      expect(Math.exp(logEvidence(lost, trials, lossAtLeast(lost, trials)))).toBeCloseTo(100, 3);
    }
  });

  test('raises an alarm at 2 of 2, 3 of 10, 4 of 28 or 6 of 56 lost, and not below', () => {
    for (const [lost, trials] of [
      [2, 2],
      [3, 10],
      [4, 28],
      [6, 56],
    ] as const) {
      expect(ours(lost, trials)).toBe(true);
      expect(ours(lost - 1, trials)).toBe(false);
      expect(lossAtLeast(lost, trials)).toBeGreaterThan(HONEST_LOSS);
      expect(lossAtLeast(lost - 1, trials)).toBeLessThan(HONEST_LOSS);
    }
  });

  test('accuses an honest drop in one of a hundred rounds at most, exactly reckoned', () => {
    expect(everMet(ours, HONEST_LOSS, ROUND)).toBeLessThan(0.01);
    expect(everMet(ours, HONEST_LOSS / 2, ROUND)).toBeLessThan(0.001);
    expect(everMet(ours, HONEST_LOSS, 1000)).toBeLessThan(0.01); // not because the round ends
    // Second fetches are tested besides, and there may be more of them in a round than canaries.
    expect(everMet(ours, HONEST_LOSS, ROUND) + everMet(ours, HONEST_LOSS, 10 * ROUND)).toBeLessThan(0.01);
  });

  test('would accuse more of them, if the usual test were taken after each canary', () => {
    expect(everMet(lookingEachTime, HONEST_LOSS, ROUND)).toBeGreaterThan(0.02);
  });

  test('finds out a drop that swallows half in 16 canaries, three in ten in 28, one in five in 56, with 98 %', () => {
    expect(everMet(ours, 0.5, 16)).toBeGreaterThan(0.99);
    expect(everMet(ours, 0.3, 28)).toBeGreaterThan(0.98);
    expect(everMet(ours, 0.2, 56)).toBeGreaterThan(0.99);
    expect(everMet(ours, 0.1, ROUND)).toBeGreaterThan(0.9);
  });
});

describe('a tally', () => {
  test('of honest drops raises alarms as seldom as was reckoned: 20,000 rounds, wrongly refused once in a million', () => {
    const { uniform } = seeded('false alarms');
    let alarms = 0;
    for (let i = 0; i < 20_000; i += 1) {
      // Only where something is lost is there anything to count: 100 trials are drawn at once.
      const lost = Array.from({ length: ROUND }, () => uniform() < HONEST_LOSS);
      if (lost.filter(Boolean).length < 2) continue;
      if (tallyOf(ROUND, () => lost.shift()!).alarm !== undefined) alarms += 1;
    }
    const expected = everMet(ours, HONEST_LOSS, ROUND);
    const deviation = Math.sqrt((expected * (1 - expected)) / 20_000);
    expect(Math.abs(alarms / 20_000 - expected)).toBeLessThan(5 * deviation);
    expect(alarms).toBeGreaterThan(0);
  });

  test('that has filled its round begins another, so that a drop that goes bad later is found out as soon', () => {
    const good = tallyOf(ROUND * 20, () => false);
    expect(good.alarm).toBeUndefined();
    expect(verdictOf(good).all).toMatchObject({ lost: 0, trials: 2 * ROUND });
    const bad = tallyOf(2, () => true, good);
    expect(bad).toMatchObject({ alarm: DAY, before: { back: ROUND }, now: { back: 0, swallowed: 2 } });
  });

  test('keeps its alarm, whatever comes after', () => {
    const bad = countCanary(countCanary(newTally('2026-11-21'), 'withheld', '2026-11-21'), 'swallowed', DAY);
    expect(bad.alarm).toBe(DAY);
    expect(tallyOf(1000, () => false, bad).alarm).toBe(DAY);
  });

  test('counts second fetches apart, and raises the alarm for them, too', () => {
    let tally = tallyOf(90, () => false);
    for (const end of ['kept', 'unanswered', 'deleted', 'kept'] as const) tally = countCanary(tally, end, DAY);
    expect(tally.alarm).toBeUndefined();
    expect(verdictOf(tally)).toMatchObject({
      canaries: 90,
      all: { lost: 0, trials: 90, atMost: lossAtMost(0, 90) },
      deleted: { lost: 1, trials: 3, atMost: lossAtMost(1, 3) },
      unanswered: 1,
      round: { lost: 0, trials: 90 },
      lateRound: { lost: 1, trials: 3, atLeast: lossAtLeast(1, 3) },
    });
    for (const end of ['deleted', 'deleted'] as const) tally = countCanary(tally, end, DAY);
    expect(tally.alarm).toBe(DAY);
    const next = tallyOf(20, () => false, tally);
    expect(verdictOf(next)).toMatchObject({ deleted: { lost: 3, trials: 5 }, lateRound: { lost: 0, trials: 0 } });
  });

  test('counts apart what could not be reached, and each kind of loss by what was tried', () => {
    const ends: [CanaryEnd, number][] = [
      ['back', 20],
      ['unreachable', 50],
      ['swallowed', 1],
      ['withheld', 1],
      ['gaps', 1],
    ];
    let tally = newTally(DAY);
    for (const [end, times] of ends) for (let i = 0; i < times; i += 1) tally = countCanary(tally, end, DAY);
    expect(verdictOf(tally)).toMatchObject({
      canaries: 73,
      unreachable: 50,
      all: { lost: 3, trials: 23, atMost: lossAtMost(3, 23) },
      swallowed: { lost: 1, trials: 22, atMost: lossAtMost(1, 22) },
      withheld: { lost: 1, trials: 21, atMost: lossAtMost(1, 21) },
      round: { lost: 3, trials: 23, atLeast: lossAtLeast(3, 23) },
    });
    const none = countCanary(newTally(DAY), 'unreachable', DAY);
    expect(verdictOf(none)).toMatchObject({
      canaries: 1,
      all: { lost: 0, trials: 0 },
      round: { lost: 0, trials: 0, atLeast: 0 },
      alarm: undefined,
    });
  });
});

describe('the state file', () => {
  const tally = countCanary(countCanary(newTally(DAY), 'back', DAY), 'swallowed', DAY);

  test('is for its owner only, is replaced whole, and holds numbers and days, and nothing else', async () => {
    const path = join(folder(), 'tally');
    expect(await readTally(path)).toBeUndefined();
    await changeTally(path, () => newTally(DAY));
    await changeTally(path, () => tally);
    expect(await readTally(path)).toEqual(tally);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const values = readFileSync(path, 'utf8').match(/(?<=:)[^,{}]+/g)!;
    expect(values).toHaveLength(2 + 2 * CANARY_ENDS.length);
    for (const value of values) expect(value).toMatch(/^(\d+|"2026-11-22")$/);
  });

  test('counts what runs that share it count at the same time, and keeps the alarm of either', async () => {
    const path = join(folder(), 'tally');
    const count = (end: CanaryEnd) => changeTally(path, (kept) => countCanary(kept ?? newTally(DAY), end, DAY));
    const ends = [...Array<CanaryEnd>(8).fill('back'), ...Array<CanaryEnd>(4).fill('swallowed')];
    await Promise.all(ends.map(count));
    expect(await readTally(path)).toMatchObject({ alarm: DAY, now: { back: 8, swallowed: 4 } });
    await count('back');
    expect(await readTally(path)).toMatchObject({ alarm: DAY, now: { back: 9, swallowed: 4 } });
  });

  test('refuses that of an earlier version, in words of its own', () => {
    const earlier = formatTally(tally)
      .replace('"canaries":2', '"canaries":1')
      .replace(/,"kept":0,[^}]+/g, '');
    expect(() => parseTally(earlier)).toThrow('the state file is that of an earlier version');
  });

  test('refuses anything else, and does not write over it', async () => {
    const text = formatTally(tally);
    expect(parseTally(text)).toEqual(tally);
    const others = [
      '',
      'null',
      '[]',
      text.slice(0, -2),
      `${text}\n`,
      text.replace('"back":1', '"back":-1'),
      text.replace('"back":1', '"back":1.5'),
      text.replace('"back":1', '"back":"1"'),
      text.replace('"back":1', '"back":1e300'),
      text.replace('"back":1,', ''),
      text.replace(DAY, '2026-22-11'),
      text.replace(DAY, '2026-11-22T11:25:00Z'),
      text.replace('"canaries":2', '"canaries":3'),
      text.replace('{"canaries"', '{"drop":"https://drop.example","canaries"'),
      text.padEnd(5000),
    ];
    for (const other of others) {
      const path = join(folder(), 'tally');
      writeFileSync(path, other);
      await expect(readTally(path), other).rejects.toThrow('the state file is damaged, or something else');
      expect(readFileSync(path, 'utf8')).toBe(other);
    }
  });
});

import { describe, expect, test } from 'vitest';
import { exponential, jittered, spreadMoments } from '../core/drop/moments.ts';
import type { Random } from '../core/platform.ts';
import { distanceFrom, distanceLimit } from './kolmogorov.ts';
import { seeded } from './statistics.ts';

type Spread = typeof spreadMoments;

describe('the moments of a letter with ten steps, over a day', () => {
  const [steps, over, letters] = [10, 86_400_000, 5000];

  /** How far 50,000 moments are from uniform ones, and 5000 waits between two of them from those of uniform ones. */
  function distances(spread: Spread): { moments: number; waits: number } {
    const { below } = seeded('moments');
    const drawn = Array.from({ length: letters }, () => spread(steps, over, below).map((moment) => moment / over));
    const waits = drawn.map((moments) => moments[4]! - moments[3]!);
    // Each of the eleven parts that ten uniform moments cut a time into is longer than x with a probability of (1 - x)^10.
    return { moments: distanceFrom(drawn.flat(), (x) => x), waits: distanceFrom(waits, (x) => 1 - (1 - x) ** steps) };
  }
  const limits = { moments: distanceLimit(letters * steps), waits: distanceLimit(letters) };

  test('are in order, within the day, and as many as the steps', () => {
    const { below } = seeded('order');
    for (let count = 0; count < 100; count += 1) {
      const moments = spreadMoments(count, over, below);
      expect(moments).toHaveLength(count);
      expect(moments).toEqual(moments.toSorted((a, b) => a - b));
      for (const moment of moments) expect(moment >= 0 && moment <= over && Number.isInteger(moment)).toBe(true);
    }
    expect(spreadMoments(3, 0, below)).toEqual([0, 0, 0]);
  });

  test('are uniform and independent: two distances, each wrongly refused once in a million', () => {
    const found = distances(spreadMoments);
    expect(found.moments).toBeLessThan(limits.moments);
    expect(found.waits).toBeLessThan(limits.waits);
  });

  const among = (count: number, draw: (i: number) => number) => Array.from({ length: count }, (_, i) => draw(i));
  test.each<[string, keyof typeof limits, Spread]>([
    ['equal distances', 'moments', (count) => among(count, (i) => (over * (i + 0.5)) / count)],
    [
      'one moment in each tenth',
      'waits',
      (count, _, random) => among(count, (i) => (over / count) * i + random(over / count)),
    ],
    [
      'equal distances from a random beginning',
      'waits',
      (count, _, random) => {
        const first = random(over);
        return among(count, (i) => (first + (over * i) / count) % over).sort((a, b) => a - b);
      },
    ],
    ['a day that ends 5 % early', 'moments', (count, _, random) => spreadMoments(count, over * 0.95, random)],
    ['moments that are in no order', 'waits', (count, _, random) => among(count, () => random(over))],
  ])('would be told from %s', (_, which, spread) => {
    expect(distances(spread)[which]).toBeGreaterThan(limits[which]);
  });
});

describe('a wait', () => {
  const draws = 50_000;
  const distance = (draw: (random: Random) => number, distribution: (x: number) => number) => {
    const { below } = seeded('waits');
    return distanceFrom(
      Array.from({ length: draws }, () => draw(below)),
      distribution,
    );
  };
  const limit = distanceLimit(draws);
  const isExponential = (x: number) => 1 - Math.exp(-x / 60);
  const isJittered = (x: number) => Math.min(1, Math.max(0, x / 300 - 0.5));

  test('for a cell is exponential, and for a poll uniform: 50,000 draws, each wrongly refused once in a million', () => {
    expect(distance((random) => exponential(60, random), isExponential)).toBeLessThan(limit);
    expect(distance((random) => jittered(300, random), isJittered)).toBeLessThan(limit);
  });

  test.each<[string, (random: Random) => number, (x: number) => number]>([
    ['an exponential one whose mean is 5 % off', (random) => exponential(63, random), isExponential],
    ['a uniform one of the same mean', (random) => random(120), isExponential],
    [
      'an exponential one that is cut off at its last tenth',
      (random) => Math.min(exponential(60, random), 138),
      isExponential,
    ],
    ['one that is early or late by a tenth', (random) => 270 + random(60), isJittered],
    ['a uniform one from nothing to twice the mean', (random) => random(600), isJittered],
  ])('would be told from %s', (_, draw, distribution) => {
    expect(distance(draw, distribution)).toBeGreaterThan(limit);
  });

  test('is never below nothing, and never beyond 33 times the mean', () => {
    expect(exponential(60, () => 0)).toBeCloseTo(0);
    expect(exponential(60, (below) => below - 1)).toBeLessThan(33 * 60);
    expect(jittered(300, () => 0)).toBe(150);
    expect(jittered(300, (below) => below - 1)).toBeLessThan(450);
  });
});

import { describe, expect, test } from 'vitest';
import { type Failures, isTriedAgain, TRIES } from '../core/read/luck.ts';
import { distanceBetween, distanceLimit } from './kolmogorov.ts';
import { chiSquare, chiSquareLimit, seeded } from './statistics.ts';

/** Whether something that failed so often, and last so many polls ago, is tried again. */
type Rule = (failures: Failures, pollsSince: number) => boolean;

/** How not to: after 1, 2, 4 ... polls, whatever luck says. */
const doubling: Rule = ({ tries }, pollsSince) => pollsSince === 2 ** (tries - 1);

/** How not to either: random once, and then kept. */
const offset = (below: (limit: number) => number): Rule => {
  const drawn = [0, 0, 0, 0, 0].map((_, tries) => 1 + below(2 ** (2 * tries - 1) || 1));
  return ({ tries }, pollsSince) => pollsSince === drawn[tries];
};

/** The polls at which something that always fails is tried, from its first. */
function series(rule: Rule): number[] {
  const at = [0];
  for (let polls = 1; at.length < TRIES; polls += 1) {
    if (rule({ tries: at.length, outages: 0 }, polls - at.at(-1)!)) at.push(polls);
  }
  return at;
}

const LETTERS = 20_000;

/** How often each wait is drawn, of which `most` are told apart, against what luck gives. */
function distance(waits: readonly number[], chance: number, most: number): number {
  const counts = new Array<number>(most + 1).fill(0);
  for (const wait of waits) counts[Math.min(wait - 1, most)]! += 1;
  const expected = counts.map((_, i) => waits.length * (1 - chance) ** i * (i === most ? 1 : chance));
  return chiSquare(counts, expected) / chiSquareLimit(most + 1);
}

/** The farthest of the four waits from geometric ones, as a part of the limit. */
function farthest(rules: readonly Rule[]): number {
  const all = rules.map(series);
  return Math.max(
    ...[1, 2, 3, 4].map((nth) => {
      const waits = all.map((at) => at[nth]! - at[nth - 1]!);
      return distance(waits, 2 ** (1 - 2 * nth), 4 * nth);
    }),
  );
}

describe(`of ${LETTERS} letters that never open, each claim being wrongly refused once in a million`, () => {
  test('the tries come at polls that luck alone decides, five in all, within 170 polls on average', () => {
    const { below } = seeded('luck');
    const lucky: Rule = (failures) => isTriedAgain(failures, below);
    expect(farthest(Array<Rule>(LETTERS).fill(lucky))).toBeLessThan(1);
    const last = Array.from({ length: LETTERS }, () => series(lucky).at(-1)!);
    // The standard deviation of one is some 132 polls, and 4.9 of the mean's are exceeded once in a million runs.
    const mean = last.reduce((sum, polls) => sum + polls) / LETTERS;
    expect(Math.abs(mean - (2 + 8 + 32 + 128))).toBeLessThan((4.9 * 132) / Math.sqrt(LETTERS));
  });

  test('how long a try has been waited for tells nothing of when it comes, of a tenth of them', () => {
    const { below } = seeded('memory');
    const lucky: Rule = (failures) => isTriedAgain(failures, below);
    const waits = Array.from({ length: LETTERS / 10 }, () => series(lucky)).map((at) => at[4]! - at[3]!);
    const late = waits.filter((wait) => wait > 100).map((wait) => wait - 100);
    expect(late.length).toBeGreaterThan(waits.length / 4);
    expect(distanceBetween(waits, late)).toBeLessThan(distanceLimit(waits.length, late.length));
  });

  test('a fixed series, also one with a beginning of its own, is seen not to be luck', () => {
    const { below } = seeded('fixed');
    expect(farthest(Array<Rule>(LETTERS).fill(doubling))).toBeGreaterThan(10);
    expect(farthest(Array.from({ length: LETTERS }, () => offset(below)))).toBeGreaterThan(10);
  });
});

test('an outage makes another try no rarer than one in eight, and never more frequent', () => {
  const chance = (failures: Failures) => {
    let asked = 1;
    isTriedAgain(failures, (below) => {
      asked = below;
      return 0;
    });
    return 1 / asked;
  };
  const chances = [0, 1, 2, 3, 100].map((outages) => chance({ tries: 0, outages }));
  expect(chances).toEqual([1, 1 / 2, 1 / 8, 1 / 8, 1 / 8]);
  expect([1, 2, 3, 4].map((tries) => chance({ tries, outages: 0 }))).toEqual([1 / 2, 1 / 8, 1 / 32, 1 / 128]);
  expect([1, 2, 3, 4].map((tries) => chance({ tries, outages: 100 }))).toEqual([1 / 8, 1 / 8, 1 / 32, 1 / 128]);
});

import { describe, expect, test } from 'vitest';
import { mix } from '../lambdas/mix.ts';
import { chiSquare, chiSquareLimit, seeded } from './statistics.ts';

/** Fills and mixes a batch, as `mix` does. */
type Mix = typeof mix<number>;

const BATCHES = 80_000;

/** Stands for a decoy; what waits has the numbers from 0. */
const DECOY = -1;

/**
 * By how much the places of what waits exceed what chance brings but for one time in a million, as a share of that: the
 * first one's place, and how far behind it the second one stands.
 */
function excess(mixing: Mix, waiting: number, lines: number): Record<string, number> {
  const { below } = seeded(`places ${waiting} ${lines}`);
  const items = Array.from({ length: waiting }, (_, i) => i);
  const [places, distances, pairs] = [lines, lines - 1, lines * lines].map((length) => Array<number>(length).fill(0));
  for (let batch = 0; batch < BATCHES; batch += 1) {
    const mixed = mixing(items, lines, () => DECOY, below);
    const [first, second] = [mixed.indexOf(0), mixed.indexOf(1)];
    places![first]! += 1;
    if (waiting === 1) continue;
    distances![((second - first + lines) % lines) - 1]! += 1;
    pairs![first * lines + second]! += 1;
  }
  const beyond = (counts: number[]) =>
    chiSquare(counts, Array(counts.length).fill(BATCHES / counts.length)) / chiSquareLimit(counts.length);
  if (waiting === 1) return { place: beyond(places!) };
  const apart = pairs!.filter((_, i) => Math.floor(i / lines) !== i % lines); // two never share a place
  return { place: beyond(places!), distance: beyond(distances!), pair: beyond(apart) };
}

const SIZES = [
  { waiting: 1, lines: 8 },
  { waiting: 2, lines: 8 },
  { waiting: 8, lines: 8 },
  { waiting: 3, lines: 16 },
  { waiting: 5, lines: 32 },
] as const;

describe('what waits stands at each place equally often, and two of it at each two places', () => {
  test.each(SIZES)(
    '$waiting of $lines lines: chi-square of 80,000 batches, wrongly refused once in a million',
    ({ waiting, lines }) => {
      for (const [name, share] of Object.entries(excess(mix, waiting, lines))) expect(share, name).toBeLessThan(1);
    },
  );
});

/** Fills a batch, and mixes it in a way of its own. */
const filled =
  (order: (batch: number[], random: (below: number) => number) => number[]): Mix =>
  (waiting, lines, decoy, random) =>
    order([...waiting, ...Array.from({ length: lines - waiting.length }, decoy)], random);

/** Fisher and Yates's shuffle with another choice of what each place gets. */
const shuffled = (choose: (i: number, length: number, random: (below: number) => number) => number): Mix =>
  filled((batch, random) => {
    for (let i = batch.length - 1; i > 0; i -= 1) {
      const j = choose(i, batch.length, random);
      [batch[i], batch[j]] = [batch[j]!, batch[i]!];
    }
    return batch;
  });

describe('the same test tells', () => {
  test.each<[string, string, Mix]>([
    ['batches that are not mixed', 'place', filled((batch) => batch)],
    ['decoys that always come last', 'place', (waiting, ...rest) => [...mix(waiting, 0, ...tail(rest)), ...decoys(6)]],
    ['a shuffle that never leaves a line where it is', 'place', shuffled((i, _, random) => random(i))],
    ['a shuffle that swaps with any place', 'pair', shuffled((_, length, random) => random(length))],
    ['a shuffle by five random bits', 'pair', shuffled((i, _, random) => random(32) % (i + 1))],
    [
      'a shuffle that leaves the first line where it is',
      'place',
      filled((batch, random) => [batch[0]!, ...mix(batch.slice(1), 7, () => DECOY, random)]),
    ],
    ['sorting by a coin', 'place', filled((batch, random) => batch.sort(() => random(2) - 0.5))],
    ['all moved on together', 'distance', filled((batch, random) => rotate(batch, random(batch.length)))],
    [
      'what waits put in side by side',
      'distance',
      (waiting, lines, decoy, random) => {
        const at = random(lines);
        return rotate([...waiting, ...Array.from({ length: lines - waiting.length }, decoy)], at);
      },
    ],
  ])('%s', (_, name, mixing) => {
    expect(excess(mixing, 2, 8)[name]).toBeGreaterThan(1);
  });
});

const decoys = (count: number) => Array<number>(count).fill(DECOY);
const tail = (rest: [lines: number, decoy: () => number, random: (below: number) => number]) =>
  [rest[1], rest[2]] as const;
const rotate = (batch: readonly number[], by: number) => [...batch.slice(by), ...batch.slice(0, by)];

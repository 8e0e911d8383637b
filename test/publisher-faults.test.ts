import { describe, expect, test } from 'vitest';
import { BREAKAGES } from './publisher-breakages.ts';
import { history, type Otherwise, QUIET_TICKS } from './publisher-history.ts';
import { everyOrder } from './publisher-orders.ts';

/** Histories in every run of the tests, and in `npm run soak`. */
const FEW = 600;
const RUNS = process.env.SOAK ? 100_000 : FEW;

const SEED = process.env.SEED ?? 'faults';

/** Runs histories until one breaks what is promised in this way. */
async function firstBroken(runs: number, otherwise: Otherwise, breaks: string): Promise<number | undefined> {
  for (let i = 0; i < runs; i += 1) {
    if ((await history(`${SEED} ${i}`, otherwise)).broken.includes(breaks)) return i;
  }
  return undefined;
}

describe('whatever fails, and whenever', () => {
  test(`${RUNS} histories lose nothing, publish nothing twice and change no batch, and a reader misses none`, async () => {
    const seen = { publishers: 0, crashes: 0, calls: 0 };
    const ticks: number[] = Array(QUIET_TICKS + 1).fill(0);
    for (let i = 0; i < RUNS; i += 1) {
      const { broken, quietTicks, ...counts } = await history(`${SEED} ${i}`);
      expect(broken, `SEED='${SEED}', history ${i}`).toEqual([]);
      for (const name of ['publishers', 'crashes', 'calls'] as const) seen[name] += counts[name];
      ticks[quietTicks]! += 1;
    }
    expect(seen.publishers / RUNS).toBeGreaterThan(4);
    expect(seen.crashes / RUNS).toBeGreaterThan(1);
    expect(seen.calls / RUNS).toBeGreaterThan(80);
    // Nearly always all that is left comes with the first tick that nothing happens to, or the one after.
    expect((ticks[0]! + ticks[1]! + ticks[2]!) / RUNS).toBeGreaterThan(0.95);
  }, 14_400_000);
});

/** Two publishers: their slots, how many sealed ids wait, whether one more is known already, how many may die. */
const PAIRS: [slots: [number, number], waiting: number, known: boolean, deaths: number][] = [
  [[0, 0], 1, false, 2],
  [[0, 0], 2, false, 0],
  [[0, 1], 1, false, 1],
];

const MORE_PAIRS: typeof PAIRS = [
  [[0, 1], 1, true, 0],
  [[0, 0], 1, true, 1],
  [[0, 0], 2, false, 1],
  [[0, 0], 2, true, 1],
  [[0, 1], 1, true, 1],
  [[0, 1], 2, false, 1],
  [[0, 1], 2, true, 1],
];

describe('two publishers at once, in every order of their calls and every moment of dying, break nothing', () => {
  test.each([...PAIRS, ...(process.env.SOAK ? MORE_PAIRS : [])])(
    'for slots %j, %i waiting, another known already: %j, deaths: %i',
    async (slots, waiting, known, deaths) => {
      const { orders, broken } = await everyOrder({ slots, waiting, known, deaths });
      expect(broken).toEqual({});
      expect(orders).toBeGreaterThan(200);
    },
    3_600_000,
  );

  test.each([
    ['writes over a batch that is there', 0],
    ['takes the batch that it meets for its own', 0],
    ['deletes what it receives before it writes', 1],
  ])(
    'which would catch one that %s',
    async (what, deaths) => {
      const [, { breakage }, breaks] = BREAKAGES.find(([name]) => name === what)!;
      const { broken } = await everyOrder({ slots: [0, 0], waiting: 1, known: false, deaths, breakage: breakage! });
      expect(broken[breaks]).toBeGreaterThan(0);
    },
    600_000,
  );

  test.runIf(process.env.SOAK)(
    'but for what is not promised: of two slots, when each has the same sealed id',
    async () => {
      const pair = { waiting: 1, known: false, deaths: 0, twice: true } as const;
      expect((await everyOrder({ ...pair, slots: [0, 0] })).broken).toEqual({});
      const { orders, broken } = await everyOrder({ ...pair, slots: [0, 1] });
      expect(Object.keys(broken)).toEqual(['a line was published twice']);
      expect(broken['a line was published twice']).toBeLessThan(orders);
    },
  );
});

describe('the same histories would catch a publisher, or a reader, that', () => {
  test.each(BREAKAGES)(
    '%s',
    async (_, otherwise, breaks) => {
      expect(await firstBroken(FEW, otherwise, breaks)).toBeDefined();
    },
    600_000,
  );
});

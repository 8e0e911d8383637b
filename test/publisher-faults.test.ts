import { describe, expect, test } from 'vitest';
import { BREAKAGES } from './publisher-breakages.ts';
import { history, type Otherwise, QUIET_TICKS } from './publisher-history.ts';

/** Histories in every run of the tests, and in `npm run soak`. */
const RUNS = process.env.SOAK ? 100_000 : 1000;

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
  }, 7_200_000);
});

describe('the same histories would catch a publisher, or a reader, that', () => {
  test.each(BREAKAGES)('%s', async (_, otherwise, breaks) => {
    expect(await firstBroken(1000, otherwise, breaks)).toBeDefined();
  });
});

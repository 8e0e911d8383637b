import { randomInt } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { dropAt, putSealedId } from '../client/drop.ts';
import { handler } from '../lambdas/decoy.ts';
import { poisson } from '../lambdas/poisson.ts';
import { sealDecoy } from '../lambdas/seal-decoy.ts';
import { parseSealedId } from '../wire/sealed-id.ts';
import { withDrop } from './drop.ts';
import { chiSquare, chiSquareLimit, seeded } from './statistics.ts';
import { isHonestKey } from './x25519.ts';

// What is drawn is drawn as ever, and can be looked at.
vi.mock('node:crypto', async (original) => {
  const crypto = await original<typeof import('node:crypto')>();
  return { ...crypto, randomInt: vi.fn(crypto.randomInt) };
});

// The function sleeps by a timer that the tests can turn.
vi.mock('node:timers/promises', () => ({
  setTimeout: (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds)),
}));

const ephemeralKey = (sealed: Uint8Array) => sealed.subarray(0, 32);

describe.each([0.25, 1, 10])('the number of decoys in a minute, at %d on average', (mean) => {
  const draws = 200_000;

  // 0, 1, 2, ... and the last class for all that lie beyond.
  const expected: number[] = [];
  let [probability, rest] = [Math.exp(-mean), 1];
  while ((rest - probability) * draws > 5 || expected.length < mean) {
    expected.push(probability * draws);
    rest -= probability;
    probability *= mean / expected.length;
  }
  expected.push(rest * draws);

  const distance = (sampler: typeof poisson) => {
    const { uniform } = seeded(`decoys ${mean}`);
    const observed = expected.map(() => 0);
    for (let i = 0; i < draws; i += 1) observed[Math.min(sampler(mean, uniform), expected.length - 1)]! += 1;
    return chiSquare(observed, expected);
  };
  const limit = chiSquareLimit(expected.length);

  test('follows a Poisson distribution: chi-square of 200,000 draws, wrongly refused once in a million', () => {
    expect(expected.length).toBeGreaterThan(4);
    expect(distance(poisson)).toBeLessThan(limit);
  });

  test.each<[string, typeof poisson]>([
    ['a mean that is 5 % off', (_, uniform) => poisson(mean * 1.05, uniform)],
    ['the mean itself, rounded at random', (_, uniform) => Math.floor(mean + uniform())],
    [
      'a geometric distribution of that mean',
      (_, uniform) => Math.floor(Math.log(uniform()) / -Math.log(1 + 1 / mean)),
    ],
  ])('would be told from %s', (_, sampler) => {
    expect(distance(sampler)).toBeGreaterThan(limit);
  });
});

describe('a decoy', () => {
  test('has a key that an honest sealed box could have: 500 of 500', () => {
    for (let i = 0; i < 500; i += 1) {
      const sealed = sealDecoy();
      expect(sealed).toHaveLength(80);
      expect(isHonestKey(ephemeralKey(sealed))).toBe(true);
    }
  });

  test('would be told from random bytes, of which 31 in 32 have no such key', () => {
    const { bytes } = seeded('random bytes');
    const honest = Array.from({ length: 3200 }, () => isHonestKey(bytes(32))).filter(Boolean).length;
    // 100 expected, standard deviation 9.8; the seed makes it the same number in each run.
    expect(honest).toBeGreaterThan(50);
    expect(honest).toBeLessThan(150);
  });

  test.each([
    ['the base point', 9n, true],
    ['no point at all', 0n, false],
    ['a point of order 4', 1n, false],
    ['a point of order 8', 325606250916557431795983626356110631294008115727848805560023387167927233504n, false],
    ['a point of the twist', 2n, false],
    ['the base point spelled beyond p', 2n ** 255n - 19n + 9n, false],
    ['the base point with the unused bit set', 2n ** 255n + 9n, false],
  ])('has a key that is checked rightly: %s', (_, u, isHonest) => {
    const bytes = Buffer.from(u.toString(16).padStart(64, '0'), 'hex').reverse();
    expect(isHonestKey(bytes)).toBe(isHonest);
  });
});

describe('a run of the decoy function', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    vi.mocked(randomInt).mockClear();
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllEnvs();
  });

  /** A drop that keeps what it is asked, and answers nothing unless told to. */
  async function listen(decoysPerMinute: number, answer = (_: { writeHead(status: number): { end(): void } }) => {}) {
    const requests: IncomingMessage[] = [];
    const server = createServer((request, response) => {
      requests.push(request);
      request.resume().on('end', () => answer(response));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      server.close();
      server.closeAllConnections();
    });
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    vi.stubEnv('DROP_URL', url);
    vi.stubEnv('DECOYS_PER_MINUTE', String(decoysPerMinute));
    return { url, requests };
  }

  /** Milliseconds of faked time until a run is over. */
  async function duration(): Promise<number> {
    let isOver = false;
    const run = handler().then(() => {
      isOver = true;
    });
    let milliseconds = 0;
    for (; !isOver && milliseconds < 10_000; milliseconds += 1) await vi.advanceTimersByTimeAsync(1);
    await run;
    return milliseconds;
  }

  const draws = (...args: number[]) => {
    const { calls, results } = vi.mocked(randomInt).mock;
    return calls.flatMap((call, i) => (String(call) === String(args) ? [results[i]!.value as unknown as number] : []));
  };

  test.each([0, 0.25, 10])(
    'takes the time drawn at its start, at %d decoys a minute and a drop that never answers',
    async (mean) => {
      await listen(mean);
      for (let i = 0; i < 10; i += 1) {
        vi.mocked(randomInt).mockClear();
        const milliseconds = await duration();
        // Drawn before anything is known of what is sent, always from the same range.
        expect(vi.mocked(randomInt).mock.calls[0]).toEqual([3000, 4000]);
        expect(draws(3000, 4000)).toEqual([milliseconds]);
      }
    },
  );

  test('sends within its first second', async () => {
    const { requests } = await listen(10);
    let sent = 0;
    while (sent === 0) {
      await duration();
      sent = draws(1000).length;
    }
    vi.useRealTimers();
    await vi.waitFor(() => expect(requests).toHaveLength(sent));
    expect(Math.max(...draws(1000))).toBeLessThan(1000);
  });

  test('sends what a client sends: the same method, path and headers, in the same order and spelling', async () => {
    const { url, requests } = await listen(10, (response) => response.writeHead(204).end());
    await duration();
    vi.useRealTimers();
    await putSealedId(dropAt(url), sealDecoy);
    const seen = requests.map(({ method, url: path, rawHeaders }) => ({ method, path, rawHeaders }));
    expect(seen.length).toBeGreaterThan(1);
    for (const each of seen) expect(each).toEqual(seen.at(-1));
  });

  test('outlives a drop that cannot be reached', async () => {
    vi.stubEnv('DROP_URL', 'http://127.0.0.1:1');
    vi.stubEnv('DECOYS_PER_MINUTE', '10');
    expect(await duration()).toBeLessThanOrEqual(4000);
  });
});

describe('in a drop', () => {
  test('decoys come in by the public door and are published like anything else', async () => {
    const calls = new Map<string, number>();
    const drop = await withDrop({
      props: { decoysPerMinute: 10 },
      intercept: ({ role, action, phase }) => {
        if (phase === 'after') calls.set(`${role} ${action}`, (calls.get(`${role} ${action}`) ?? 0) + 1);
      },
    });
    // No decoy in two runs, with 20 expected, happens once in 500 million runs.
    await Promise.all([drop.invoke('decoy', {}), drop.invoke('decoy', {})]);
    const decoys = drop.waiting();
    expect(decoys).toBeGreaterThan(0);
    expect(Object.fromEntries(calls)).toEqual({ 'register-id sqs:SendMessage': decoys });
    await drop.tick();
    expect(drop.waiting()).toBe(0);
    const [lines = []] = drop.batches().values();
    expect(lines.length).toBeGreaterThanOrEqual(decoys);
    for (const line of lines) expect(isHonestKey(ephemeralKey(parseSealedId(line)))).toBe(true);
    expect(drop.printed).toEqual([]);
  });
});

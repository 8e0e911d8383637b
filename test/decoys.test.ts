import { randomInt } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { contactOf, newIdentity } from '../client/keys/identity.ts';
import { dropAt } from '../client/road/drop.ts';
import { send } from '../client/send/send.ts';
import { handler } from '../lambdas/decoy.ts';
import {
  drawLetters,
  drawLostUrls,
  GAP_MILLISECONDS,
  LETTERS_PER_LOST_URL,
  WAIT_MILLISECONDS,
} from '../lambdas/decoy-letters.ts';
import { poisson } from '../lambdas/poisson.ts';
import { sealDecoy } from '../lambdas/seal-decoy.ts';
import { DRAWN_CELLS_MAX } from '../wire/drawn-cells.ts';
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

// How many requests have no answer yet, for whom turned time must wait.
const asked = vi.hoisted(() => ({ open: 0 }));
vi.mock('../lambdas/ask.ts', async (original) => {
  const { ask } = await original<typeof import('../lambdas/ask.ts')>();
  const counted: typeof ask = async (...request) => {
    asked.open += 1;
    try {
      return await ask(...request);
    } finally {
      asked.open -= 1;
    }
  };
  return { ask: counted };
});

const ephemeralKey = (sealed: Uint8Array) => sealed.subarray(0, 32);

describe.each([0.25, 10, 30])('the number of decoys in a minute, at %d on average', (mean) => {
  const draws = 200_000;

  // One class for each number near the mean, and one each for all that lie below and above.
  const [lowest, highest] = [
    Math.max(0, Math.ceil(mean - 3.5 * Math.sqrt(mean))),
    Math.floor(mean + 3.5 * Math.sqrt(mean)),
  ];
  const expected: number[] = Array(highest - lowest + 1).fill(0);
  let probability = Math.exp(-mean);
  for (let count = 0; count < 200; count += 1) {
    expected[Math.min(Math.max(count, lowest), highest) - lowest]! += probability * draws;
    probability *= mean / (count + 1);
  }

  const distance = (sampler: typeof poisson) => {
    const { uniform } = seeded(`decoys ${mean}`);
    const observed = expected.map(() => 0);
    for (let i = 0; i < draws; i += 1) {
      observed[Math.min(Math.max(sampler(mean, uniform), lowest), highest) - lowest]! += 1;
    }
    return chiSquare(observed, expected);
  };
  const limit = chiSquareLimit(expected.length);

  test('follows a Poisson distribution: chi-square of 200,000 draws, wrongly refused once in a million', () => {
    expect(expected.length).toBeGreaterThan(2);
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

describe('the letters of a minute', () => {
  const minutes = 2000;
  type Draw = typeof drawLetters;

  const letters = (draw: Draw) => {
    const { below } = seeded('letters');
    return Array.from({ length: minutes }, () => draw(10, below)).flat();
  };

  /** How far the numbers of cells are from halving with each further cell; the longest are as frequent as its share. */
  const cellsDistance = (draw: Draw) => {
    const found = letters(draw);
    const observed = Array(DRAWN_CELLS_MAX).fill(0);
    for (const { cells } of found) observed[cells.length - 1] += 1;
    const shares = observed.map((_, i) => 2 ** -Math.min(i + 1, DRAWN_CELLS_MAX - 1));
    return chiSquare(
      observed,
      shares.map((share) => share * found.length),
    );
  };

  /** How far the seconds in which letters begin are from being equally frequent. */
  const secondsDistance = (draw: Draw) => {
    const found = letters(draw);
    const observed = Array(60).fill(0);
    for (const { cells } of found) observed[Math.floor(cells[0]!.asked / 1000)] += 1;
    return chiSquare(observed, Array(60).fill(found.length / 60));
  };

  const first: Draw = (mean, random) => drawLetters(mean, random).map((each) => ({ ...each, cells: [each.cells[0]!] }));
  const early: Draw = (mean, random) =>
    drawLetters(mean, random).map((each) => ({
      ...each,
      cells: each.cells.map(({ asked, uploaded }) => ({ asked: asked * 0.98, uploaded })),
    }));

  test('have one cell, or twice as seldom each time one more: chi-square of 20,000, wrongly refused once in a million', () => {
    expect(cellsDistance(drawLetters)).toBeLessThan(chiSquareLimit(DRAWN_CELLS_MAX));
    expect(cellsDistance(first)).toBeGreaterThan(chiSquareLimit(DRAWN_CELLS_MAX));
  });

  test('begin in each second equally often: chi-square of 20,000, as rarely wrong; a second that is left out is seen', () => {
    expect(secondsDistance(drawLetters)).toBeLessThan(chiSquareLimit(60));
    expect(secondsDistance(early)).toBeGreaterThan(chiSquareLimit(60));
  });

  test('take their steps one after another, as far apart as Tor is slow, and are over within 116 seconds', () => {
    const expectWithin = (time: number, { least, most }: typeof GAP_MILLISECONDS) => {
      expect(time).toBeGreaterThanOrEqual(least);
      expect(time).toBeLessThan(most);
    };
    for (const { cells, registration } of letters(drawLetters)) {
      const ends = [...cells.slice(1).map(({ asked }) => asked), registration];
      for (const [i, { asked, uploaded }] of cells.entries()) {
        expectWithin(uploaded - asked, WAIT_MILLISECONDS);
        expectWithin(ends[i]! - uploaded, GAP_MILLISECONDS);
      }
      expect(registration).toBeLessThan(116_000);
    }
  });

  test('come with upload URLs that are never used, at moments of their own: half as many, and in each second as often', () => {
    const { below } = seeded('lost');
    const found = Array.from({ length: minutes }, () => drawLostUrls(10, below)).flat();
    const expected = (minutes * 10) / LETTERS_PER_LOST_URL;
    expect(Math.abs(found.length - expected)).toBeLessThan(4.9 * Math.sqrt(expected));
    const observed = Array(60).fill(0);
    for (const time of found) observed[Math.floor(time / 1000)] += 1;
    expect(chiSquare(observed, Array(60).fill(found.length / 60))).toBeLessThan(chiSquareLimit(60));
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

  const runAgainst = (url: string, decoysPerMinute: number) => {
    vi.stubEnv('DROP_URL', url);
    vi.stubEnv('DECOYS_PER_MINUTE', String(decoysPerMinute));
  };

  /** Milliseconds of turned time until a run is over; time stands still while a request is answered, if ever. */
  async function duration(answers = true, late = 60_000): Promise<number> {
    let isOver = false;
    const run = handler({ time: new Date(Date.now() - late).toISOString() }).then(() => {
      isOver = true;
    });
    let milliseconds = 0;
    for (; !isOver && milliseconds < 300_000; milliseconds += 10) {
      await vi.advanceTimersByTimeAsync(10);
      do await new Promise(setImmediate);
      while (answers && asked.open > 0);
    }
    await run;
    return milliseconds;
  }

  /** What was drawn for how long the run takes: before anything is known of what is sent, always from one range. */
  const drawn = () => {
    const { calls, results } = vi.mocked(randomInt).mock;
    expect(calls[0]).toEqual([130_000, 131_000]);
    return results[0]!.value as unknown as number;
  };

  /** A drop that never answers. */
  async function silentDrop(): Promise<string> {
    const server = createServer((request) => request.resume());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      server.close();
      server.closeAllConnections();
    });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  test.each([0, 0.25, 20])(
    'takes the time drawn at its start, at %d decoys and a drop that never answers',
    async (mean) => {
      runAgainst(await silentDrop(), mean);
      const milliseconds = await duration(false);
      expect(Math.ceil(drawn() / 10) * 10).toBe(milliseconds);
    },
  );

  test.each([
    [0, 60_000],
    [30_000, 30_000],
    [59_500, 500],
    [90_000, 0],
  ])('that begins %d ms after its time waits %d ms for its minute, the one after that time', async (late, wait) => {
    runAgainst(await silentDrop(), 0.25);
    const milliseconds = await duration(false, late);
    // The machine's clock goes on while the run begins.
    expect(milliseconds).toBeGreaterThan(wait + drawn() - 1000);
    expect(milliseconds).toBeLessThanOrEqual(Math.ceil((wait + drawn()) / 10) * 10 + 10);
  });

  test('outlives a drop that cannot be reached, and takes its time', async () => {
    runAgainst('http://127.0.0.1:1', 20);
    expect(await duration()).toBe(Math.ceil(drawn() / 10) * 10);
  });

  /** A drop that lets nothing in but each n-th request, or fails at uploads; it counts what it took. */
  async function badDrop(isBusy: (count: number) => boolean, uploadStatus = 200, busyStatus = 429) {
    const took = { cells: 0, registrations: 0, refused: 0, sealed: [] as string[] };
    let count = 0;
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk) => chunks.push(chunk));
      request.on('end', () => {
        const isCell = request.url === '/cell';
        if (!isCell && request.method === 'PUT') took.sealed.push(Buffer.concat(chunks).toString('hex'));
        count += 1;
        if (!isCell && isBusy(count)) {
          took.refused += 1;
          response.writeHead(busyStatus).end();
        } else if (isCell) {
          took.cells += 1;
          response.end();
        } else if (request.method === 'PUT') {
          took.registrations += 1;
          response.writeHead(204).end();
        } else
          response.writeHead(uploadStatus).end(uploadStatus === 200 ? JSON.stringify({ url: `${url}/cell` }) : '{}');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      server.close();
      server.closeAllConnections();
    });
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return { url, took };
  }

  test.each([429, 502, 503, 504])('tries again while the front lets nothing in, as letters do: %d', async (status) => {
    const { url, took } = await badDrop((count) => count % 3 !== 0, 200, status);
    runAgainst(url, 10);
    while (took.registrations < 5) await duration();
    const letters = took.registrations;
    expect(took.cells).toBeGreaterThanOrEqual(letters);
    expect(took.refused).toBeGreaterThan(letters);
    // Behind a 429 nobody has looked. Otherwise it may have arrived, and two equal ones in the queue are no client's.
    const again = took.sealed.length - new Set(took.sealed).size;
    if (status === 429) expect(again).toBeGreaterThan(0);
    else expect(again).toBe(0);
  });

  test('registers although uploads fail: whoever makes them fail is not rid of its registrations', async () => {
    const { url, took } = await badDrop(() => false, 500);
    runAgainst(url, 10);
    while (took.registrations === 0) await duration();
    expect(took.cells).toBe(0);
  });

  test('asks what a client asks: the same methods, paths, headers and lengths, in the same order and spelling', async () => {
    const drop = await withDrop();
    const seen: string[] = [];
    /** Passes everything on, and notes what it was. */
    const front = createServer((request, response) => {
      const path = request.url!.replace(/[\w-]{43}/, '<id>').replace(/\?.*/, '?...');
      const chunks: Buffer[] = [];
      request.on('data', (chunk) => chunks.push(chunk));
      request.on('end', async () => {
        const body = Buffer.concat(chunks);
        const headers = request.rawHeaders.map((text) => text.replace(/:\d+$/, ''));
        seen.push(JSON.stringify([request.method, path, headers, body.length]));
        const isUpload = request.method === 'PUT' && path.startsWith('/') && body.length > 80;
        const { host, connection, ...rest } = request.headers as Record<string, string>;
        const base = isUpload ? drop.storage : drop.url;
        const answer = await fetch(base + request.url, {
          method: request.method!,
          headers: isUpload ? { ...rest } : {},
          ...(request.method === 'PUT' && { body }),
        });
        const text = (await answer.text()).replaceAll(drop.storage, url);
        response.writeHead(answer.status, { 'content-length': Buffer.byteLength(text) }).end(text);
      });
    });
    await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(front.address() as AddressInfo).port}`;
    onTestFinished(() => {
      front.close();
      front.closeAllConnections();
    });
    runAgainst(url, 3);
    while (seen.filter((each) => each.includes('register-id')).length < 3) await duration();
    const decoys = seen.splice(0);
    vi.useRealTimers();
    const now = Math.floor(Date.now() / 1000);
    await send(dropAt(url), contactOf(newIdentity(url, now)), { text: 'hello' });
    // As many upload URLs as cells, and some more; not fewer cells than registrations.
    const [place, cell, registration] = seen as [string, string, string];
    const count = (what: string) => decoys.filter((each) => each === what).length;
    expect(seen).toHaveLength(3);
    expect(count(place)).toBeGreaterThanOrEqual(count(cell));
    expect(count(cell)).toBeGreaterThanOrEqual(count(registration));
    expect(count(place) + count(cell) + count(registration)).toBe(decoys.length);
  });

  test('leaves cells and sealed ids in a drop by the public door, and they are published like anything else', async () => {
    const calls = new Map<string, number>();
    const drop = await withDrop({
      intercept: ({ role, action, phase }) => {
        if (phase === 'after') calls.set(`${role} ${action}`, (calls.get(`${role} ${action}`) ?? 0) + 1);
      },
    });
    runAgainst(drop.url, 5);
    while (drop.waiting() === 0) await duration();
    vi.useRealTimers();
    const [uploads, decoys] = [drop.objects('uploads/'), drop.waiting()];
    expect(uploads.length).toBeGreaterThanOrEqual(decoys);
    for (const { bytes } of uploads) expect(bytes).toBe(2 ** 20);
    expect(Object.fromEntries(calls)).toEqual({
      'register-id sqs:SendMessage': decoys,
      'upload-url s3:PutObject': uploads.length,
    });
    await drop.tick();
    expect(drop.waiting()).toBe(0);
    const [lines = []] = drop.batches().values();
    expect(lines.length).toBeGreaterThanOrEqual(decoys);
    for (const line of lines) expect(isHonestKey(ephemeralKey(parseSealedId(line)))).toBe(true);
    expect(drop.printed).toEqual([]);
  });
});

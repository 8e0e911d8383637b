import { randomInt } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { dropAt } from '../core/drop/drop.ts';
import { contactOf, newIdentity } from '../core/keys/identity.ts';
import { send } from '../core/send/send.ts';
import { type DecoyEvent, handler, upload } from '../lambdas/decoy.ts';
import {
  type DecoyCell,
  drawLetters,
  drawLooseCells,
  drawLostUrls,
  GAP_MILLISECONDS,
  LOST_URLS_PER_LETTER,
  WAIT_MILLISECONDS,
} from '../lambdas/decoy-letters.ts';
import { geometric, negativeBinomial } from '../lambdas/negative-binomial.ts';
import { sealDecoy } from '../lambdas/seal-decoy.ts';
import { DRAWN_CELLS_MAX } from '../wire/drawn-cells.ts';
import { parseSealedId } from '../wire/sealed-id.ts';
import { withDrop } from './drop.ts';
import { poisson } from './poisson.ts';
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

/** A number that is drawn with some mean. */
type Sampler = typeof geometric;

/** How far 200,000 draws are from a negative binomial law of a shape, and how far they may be once in a million. */
function distanceTo(shape: number, mean: number) {
  const draws = 200_000;
  // One class for each number that is expected often enough, or for some together, and one for all that lie above.
  const expected: number[] = [];
  const classOf: number[] = [];
  const chance = mean / (mean + shape);
  let probability = (1 - chance) ** shape;
  let [rest, open] = [draws, 0];
  for (let count = 0; rest > 200; count += 1) {
    classOf.push(expected.length);
    open += probability * draws;
    rest -= probability * draws;
    probability *= (chance * (count + shape)) / (count + 1);
    if (open < 100) continue;
    expected.push(open);
    open = 0;
  }
  expected.push(rest + open);
  const distance = (sampler: Sampler) => {
    const { below } = seeded(`decoys ${mean}`);
    const observed = expected.map(() => 0);
    for (let i = 0; i < draws; i += 1) observed[classOf[sampler(mean, below)] ?? expected.length - 1]! += 1;
    return chiSquare(observed, expected);
  };
  return { distance, limit: chiSquareLimit(expected.length), classes: expected.length };
}

const uniformBy = (random: (below: number) => number) => () => random(2 ** 47) / 2 ** 47;

/** Sums of geometric numbers, of any shape. */
const ofShape =
  (shape: number): Sampler =>
  (mean, random) => {
    return Array.from({ length: shape }, () => geometric(mean / shape, random)).reduce((sum, part) => sum + part, 0);
  };

describe.each([1, 16, 100])('the number of letters in a minute, at %d on average', (mean) => {
  const { distance, limit, classes } = distanceTo(3, mean);

  test('follows a negative binomial law of shape 3: chi-square of 200,000 draws, wrongly refused once in a million', () => {
    expect(classes).toBeGreaterThan(4);
    expect(distance(negativeBinomial)).toBeLessThan(limit);
  });

  test('is a Poisson number whose mean a Gamma law of shape 3 gives: as many such draws, as rarely wrong', () => {
    const mixed: Sampler = (whole, random) => {
      const uniform = uniformBy(random);
      const parts = [1, 2, 3].map(() => -Math.log(1 - uniform()));
      return poisson((whole / 3) * parts.reduce((sum, part) => sum + part, 0), uniform);
    };
    expect(distance(mixed)).toBeLessThan(limit);
  });

  test.each<[string, Sampler]>([
    ['a Poisson number of that mean', (whole, random) => poisson(whole, uniformBy(random))],
    ['a mean that is 5 % off', (whole, random) => negativeBinomial(whole * 1.05, random)],
    ['shape 2', ofShape(2)],
    ['shape 4', ofShape(4)],
    ['the mean itself, rounded at random', (whole, random) => Math.floor(whole + uniformBy(random)())],
  ])('would be told from %s', (_, sampler) => {
    expect(distance(sampler)).toBeGreaterThan(limit);
  });
});

describe.each([0.375, 24])('the number of loose cells in a minute, at %d on average', (mean) => {
  const { distance, limit } = distanceTo(1, mean);
  const drawn: Sampler = (whole, random) => drawLooseCells(whole, random).length;

  test('is geometric: chi-square of 200,000 draws, wrongly refused once in a million', () => {
    expect(distance(mean < 1 ? drawn : geometric)).toBeLessThan(limit);
  });

  test.each<[string, Sampler]>([
    ['a mean that is 5 % off', (whole, random) => geometric(whole * 1.05, random)],
    ['shape 2', ofShape(2)],
  ])('would be told from %s', (_, sampler) => {
    expect(distance(sampler)).toBeGreaterThan(limit);
  });
});

test('a mean of nothing gives nothing', () => {
  const { below } = seeded('nothing');
  for (const draw of [drawLetters, drawLooseCells, drawLostUrls]) {
    for (let minute = 0; minute < 1000; minute += 1) expect(draw(0, below)).toHaveLength(0);
  }
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

  test('come with upload URLs that are never used, at moments of their own: as many, and in each second as often', () => {
    const { below } = seeded('lost');
    const found = Array.from({ length: minutes }, () => drawLostUrls(10, below)).flat();
    const expected = minutes * 10 * LOST_URLS_PER_LETTER;
    // The variance of a negative binomial number of mean m and shape 3 is m + m^2 / 3.
    const deviation = Math.sqrt(minutes * (10 + 100 / 3));
    expect(Math.abs(found.length - expected)).toBeLessThan(4.9 * deviation);
    const observed = Array(60).fill(0);
    for (const time of found) observed[Math.floor(time / 1000)] += 1;
    expect(chiSquare(observed, Array(60).fill(found.length / 60))).toBeLessThan(chiSquareLimit(60));
  });
});

describe('the loose cells of a minute', () => {
  const cellsOf = (draw: (random: (below: number) => number) => readonly DecoyCell[]) => {
    const { below } = seeded('loose');
    return Array.from({ length: 2000 }, () => draw(below)).flat();
  };
  /** How far the seconds in which they are asked for, and the waits for their uploads, are from being uniform. */
  const distances = (cells: readonly DecoyCell[]) => {
    const [seconds, waits] = [Array<number>(60).fill(0), Array<number>(40).fill(0)];
    for (const { asked, uploaded } of cells) {
      seconds[Math.floor(asked / 1000)]! += 1;
      const wait = Math.floor((uploaded - asked - WAIT_MILLISECONDS.least) / 100);
      waits[Math.min(Math.max(wait, 0), 39)]! += 1;
    }
    return [seconds, waits].map((counts) => {
      return chiSquare(counts, Array(counts.length).fill(cells.length / counts.length)) / chiSquareLimit(counts.length);
    });
  };

  test('are asked for and uploaded as the first cell of a letter: chi-square of 20,000 each, wrongly refused once in a million', () => {
    for (const cells of [
      cellsOf((random) => drawLooseCells(10, random)),
      cellsOf((random) => drawLetters(10, random).map((letter) => letter.cells[0]!)),
    ]) {
      expect(cells.length).toBeGreaterThan(18_000);
      for (const distance of distances(cells)) expect(distance).toBeLessThan(1);
    }
  });

  test.each<[string, (cell: DecoyCell) => DecoyCell]>([
    ['at other moments', ({ asked, uploaded }) => ({ asked: asked * 0.95, uploaded: uploaded - asked * 0.05 })],
    [
      'sooner after they are asked for',
      ({ asked, uploaded }) => ({ asked, uploaded: uploaded - (uploaded - asked) * 0.1 }),
    ],
  ])('would be told from those that come %s', (_, change) => {
    const cells = cellsOf((random) => drawLooseCells(10, random).map(change));
    expect(Math.max(...distances(cells))).toBeGreaterThan(1);
  });
});

describe('a run of the decoy function', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    vi.mocked(randomInt).mockClear();
  });
  afterEach(() => void vi.useRealTimers());

  let settings: Omit<DecoyEvent, 'time'>;
  const runAgainst = (url: string, decoysPerMinute: number, looseCellsPerMinute = decoysPerMinute) => {
    settings = { dropUrl: url, decoysPerMinute, looseCellsPerMinute };
  };

  /** Milliseconds that were turned since the run began. */
  let turned = 0;

  /** In what steps time is turned, in milliseconds. */
  const STEP = 20;

  /** Milliseconds of turned time until a run is over; time stands still while a request is answered, if ever. */
  async function duration(answers = true, late = 60_000): Promise<number> {
    let isOver = false;
    const run = handler({ time: new Date(Date.now() - late).toISOString(), ...settings }).then(() => {
      isOver = true;
    });
    for (turned = 0; !isOver && turned < 600_000; turned += STEP) {
      await vi.advanceTimersByTimeAsync(STEP);
      do await new Promise(setImmediate);
      while (answers && asked.open > 0);
    }
    await run;
    return turned;
  }

  /** What was drawn for how long the run takes: before anything is known of what is sent, always from one range. */
  const drawn = () => {
    const { calls, results } = vi.mocked(randomInt).mock;
    expect(calls[0]).toEqual([370_000, 371_000]);
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

  test.each([0, 0.25, 10])(
    'takes the time drawn at its start, at %d decoys and a drop that never answers',
    async (mean) => {
      runAgainst(await silentDrop(), mean);
      const milliseconds = await duration(false);
      expect(Math.ceil(drawn() / STEP) * STEP).toBe(milliseconds);
    },
  );

  test.each([
    [0, 60_000],
    [30_000, 30_000],
    [59_500, 500],
    [90_000, 0],
  ])(
    'that begins %d ms after its time waits %d ms for its minutes, which begin one after that time',
    async (late, wait) => {
      runAgainst(await silentDrop(), 0.25);
      const milliseconds = await duration(false, late);
      // The machine's clock goes on while the run begins.
      expect(milliseconds).toBeGreaterThan(wait + drawn() - 1000);
      expect(milliseconds).toBeLessThanOrEqual(Math.ceil((wait + drawn()) / STEP) * STEP + STEP);
    },
  );

  test('draws the numbers anew for each of its five minutes, and sends in each of them', async () => {
    const { url, took } = await badDrop(() => false);
    runAgainst(url, 2, 8);
    await duration();
    // Three geometric numbers for letters, one for loose cells, three for lost URLs: none is drawn for two minutes.
    const numbers = vi.mocked(randomInt).mock.calls.filter(([limit]) => Number(limit) === 2 ** 47);
    expect(numbers).toHaveLength(5 * (3 + 1 + 3));
    while (took.minutes.size < 5) await duration();
    expect([...took.minutes].sort()).toEqual([0, 1, 2, 3, 4]);
  });

  test('outlives a drop that cannot be reached, and takes its time', async () => {
    runAgainst('http://127.0.0.1:1', 10);
    expect(await duration()).toBe(Math.ceil(drawn() / STEP) * STEP);
  });

  /** A drop that lets nothing in but each n-th request, or fails at uploads; it counts what it took. */
  async function badDrop(isBusy: (count: number) => boolean, uploadStatus = 200, busyStatus = 429) {
    const took = { cells: 0, registrations: 0, refused: 0, sealed: [] as string[], minutes: new Set<number>() };
    let count = 0;
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk) => chunks.push(chunk));
      request.on('end', () => {
        const isCell = request.url === '/cell';
        if (!isCell && request.method === 'GET') took.minutes.add(Math.floor(Math.min(turned, 299_999) / 60_000));
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
    runAgainst(url, 3);
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
    runAgainst(url, 3);
    while (took.registrations === 0) await duration();
    expect(took.cells).toBe(0);
  });

  test('has eight cells in memory at most, however slow the drop; the others wait, and none is lost', async () => {
    const held: (() => void)[] = [];
    let cells = 0;
    const server = createServer((request, response) => {
      request.resume();
      request.on('end', () => {
        cells += 1;
        held.push(() => response.end());
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      server.close();
      server.closeAllConnections();
    });
    const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/cell`);
    const all = Array.from({ length: 20 }, () => upload(url, new AbortController().signal));
    const turn = async () => {
      await vi.advanceTimersByTimeAsync(100);
      await new Promise(setImmediate);
    };
    while (cells < 8) await turn();
    for (let more = 0; more < 200; more += 1) await turn();
    expect(cells).toBe(8);
    while (cells < 20 || held.length > 0) {
      for (const answer of held.splice(0)) answer();
      await turn();
    }
    await Promise.all(all);
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
        const etag = answer.headers.get('etag');
        const said = { 'content-length': Buffer.byteLength(text), ...(etag && { etag }) };
        response.writeHead(answer.status, said).end(text);
      });
    });
    await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(front.address() as AddressInfo).port}`;
    onTestFinished(() => {
      front.close();
      front.closeAllConnections();
    });
    runAgainst(url, 1);
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
    runAgainst(drop.url, 1);
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

import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { engine, native, wasm } from '../node/sodium/engine.ts';
import { connectThrough } from '../node/transport/socks.ts';
import { SUMMARY_LINES_MAX } from '../wire/sizes.ts';
import { batchKey } from '../wire/slot.ts';
import { makeContents, openEach, sealAll, startCellThreads } from './bench/cell-threads.ts';
import { readBundles, takeFromNode, timeLoad } from './bench/cold.ts';
import { makeBacklog, timeTry } from './bench/ids.ts';
import {
  fillDrop,
  measureMemory,
  openNetwork,
  type SlowNetwork,
  timeCatchUp,
  timeLetter,
  timeLoop,
} from './bench/network.ts';
import { publish } from './bench/publisher.ts';
import { median, medianRatio, runRounds, seconds } from './bench/rounds.ts';
import { dayOf, limits, play } from './bench/scale.ts';
import { type Figures, slowSocks } from './bench/slow-socks.ts';
import { sharedOutdir } from './drop.ts';

const engines = native ? [wasm, native, engine] : [wasm, engine];
const bench = (...options: string[]) =>
  promisify(execFile)(process.execPath, [join(import.meta.dirname, 'bench/bench.ts'), ...options]);

test('each engine, on one thread and on two, finds exactly the ids that are for us', async () => {
  const backlog = makeBacklog(64);
  expect(backlog.expected.length).toBeGreaterThan(1);
  for (const engine of engines) {
    for (const threads of [1, 2]) expect(await timeTry(engine, backlog, threads)).toBeGreaterThan(0);
  }
  const [first] = backlog.expected;
  await expect(timeTry(wasm, { ...backlog, expected: [first!] })).rejects.toThrow('found 5 ids instead of the 1');
});

test('each engine opens what each engine sealed', async () => {
  const contents = makeContents(4);
  for (const seals of engines) {
    const sealed = await sealAll(seals, contents);
    for (const opens of engines) {
      const opened = [...openEach(opens, sealed, contents)];
      expect(opened.map((each, i) => Buffer.compare(each, contents.contents[i]!))).toEqual([0, 0, 0, 0]);
    }
  }
});

test('threads seal and open cells of their own, so often as they are told', async () => {
  const threads = await startCellThreads(2, 2);
  onTestFinished(() => threads.end());
  for (const what of ['seal', 'open'] as const) await threads.run(what, 2);
});

test('every bundle loads in a process of its own, as does what it takes from Node', () => {
  const folder = mkdtempSync(join(tmpdir(), 'dead-drop-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const bundles = readBundles(sharedOutdir());
  expect(bundles.map(({ name }) => name).sort()).toEqual(['decoy', 'publish-ids', 'register-id', 'upload-url']);
  for (const bundle of bundles) {
    const fromNode = takeFromNode(folder, bundle);
    expect(readFileSync(fromNode.file, 'utf8')).toMatch(/^import "(node:)?https";$/m);
    for (const each of [bundle, fromNode]) expect(timeLoad(folder, each)).toBeGreaterThan(0);
  }
});

test('the publisher puts 1,500 waiting ids into one batch of 2,048 lines, with one write', async () => {
  const { lines, peak, requests } = await publish(sharedOutdir(), 1500);
  expect(lines).toBe(2048);
  expect(peak).toBeGreaterThan(0);
  // Sixteen batches, and whether the summaries of the last hour and the last day are there.
  expect(requests).toMatchObject({ 's3:GetObject': 18, 's3:PutObject': 1, 'sqs:DeleteMessage': 150 });
});

test('the publisher writes the summary of a day of the most lines within nine tenths of its memory', async () => {
  const { peak } = await publish(sharedOutdir(), 10, SUMMARY_LINES_MAX);
  expect(peak).toBeLessThan(0.9 * 1024);
}, 60_000);

describe('the network of the bench', () => {
  const SLOW: Figures = { circuitSeconds: 0.2, roundTripSeconds: 0.1, bytesPerSecond: 1e6 };
  const FAST: Figures = { circuitSeconds: 0.002, roundTripSeconds: 0.001, bytesPerSecond: 1e9 };
  const network = async (figures: Figures): Promise<SlowNetwork> => {
    const opened = await openNetwork(figures);
    onTestFinished(() => opened.close());
    return opened;
  };

  test('takes no less than it says: a circuit for each pair, a round trip, and the bytes of all connections at its rate', async () => {
    const echo = createServer((socket) => socket.pipe(socket));
    await once(echo.listen(0, '127.0.0.1'), 'listening');
    const { port, close } = await slowSocks((echo.address() as AddressInfo).port, SLOW);
    onTestFinished(async () => {
      await close();
      echo.close();
    });
    const connection = (pair: string) => {
      const [user, password] = [Buffer.from(pair), Buffer.from(pair)];
      const to = { host: 'drop.example', port: 80 };
      return connectThrough([port], { user, password }, to, new AbortController().signal);
    };
    const open: Socket[] = [];
    const connected = async (pair: string) => {
      const took = await seconds(async () => void open.push(await connection(pair)));
      expect(took).toBeGreaterThan(SLOW.roundTripSeconds * 0.95);
      return took;
    };
    for (const pair of ['one', 'other'])
      expect(await connected(pair)).toBeGreaterThan((SLOW.circuitSeconds + SLOW.roundTripSeconds) * 0.95);
    await connected('one');
    await connected('one');
    const body = randomBytes(2e5);
    const answered = async (socket: Socket) => {
      const parts: Buffer[] = [];
      socket.write(body);
      for await (const part of socket) {
        parts.push(part);
        if (Buffer.concat(parts).length === body.length) break;
      }
      expect(Buffer.compare(Buffer.concat(parts), body)).toBe(0);
    };
    const shared = open.filter((_, i) => i !== 1);
    const took = await seconds(() => Promise.all(shared.map(answered)));
    expect(took).toBeGreaterThan((SLOW.roundTripSeconds + (3 * body.length) / SLOW.bytesPerSecond) * 0.95);
  });

  test('lets a reader catch up with fewer requests than batches, and notices one that is missing', async () => {
    const opened = await network(FAST);
    const slots = fillDrop(opened.drop, 30);
    expect(await timeLoop(opened, slots, 2)).toBeGreaterThan(0);
    const { requests } = await timeCatchUp(opened, slots);
    expect(requests).toBeLessThan(slots.length);
    expect((await timeCatchUp(opened, slots, slots[20])).requests).toBeGreaterThan(1);
    opened.drop.objects.delete(batchKey(slots[29]!));
    await expect(timeCatchUp(opened, slots)).rejects.toThrow('29 batches were read instead of 30');
  });

  test('lets a letter up and down, beside one request of as many bytes', async () => {
    const took = await timeLetter(await network(FAST), 3e6);
    for (const each of Object.values(took)) expect(each).toBeGreaterThan(0);
  });

  test('tells the memory of the two processes that send and read a letter', async () => {
    const { up, down } = await measureMemory(3e6);
    for (const peak of [up, down]) expect(peak).toBeGreaterThan(30);
  });
});

test('an entrant that is not there leaves no results, and a ratio is the median of those within each round', async () => {
  let round = 0;
  const took = await runRounds(3, { one: () => ++round, other: () => round * 2, absent: undefined });
  expect(took).toEqual({ one: [1, 2, 3], other: [2, 4, 6] });
  expect([median([3, 1, 2]), median([4, 1, 2, 3]), medianRatio(took.one, took.other)]).toEqual([2, 2.5, 0.5]);
});

test('a load is played on the publisher, the summaries and the reader, and limits come in their order', async () => {
  const played = await play(1e5, 2);
  expect(played).toMatchObject({ ticks: 2, sent: 2, found: 2, linesPerTick: 512 });
  expect(dayOf(played)).toMatchObject({ by: 'day', requests: 3, bytes: 512 * 288 * 80 });
  expect(dayOf({ ...played, linesPerTick: 4096 })).toMatchObject({ by: 'hour', requests: 24 });
  expect(dayOf({ ...played, linesPerTick: 65_536 })).toMatchObject({ by: 'batch', requests: 2 * 288 });
  const letters = limits(0.0001).map(([, from]) => from);
  expect(letters).toEqual(letters.toSorted((a, b) => a - b));
  expect(letters[0]).toBe((512 - 80) * 288);
});

test('the bench runs one part alone, and marks each aim as met or missed', async () => {
  const { stdout } = await bench('--quick', '--only', 'ids');
  expect(stdout).toMatch(/^\d+ cores?, Node v24\.[\d.]+, libsodium [\d.]+ /);
  expect(stdout).toMatch(/^1\. Trying 4,096 sealed ids/m);
  expect(stdout).not.toMatch(/^[2-6]\. /m);
  expect(stdout).toMatch(/^(met|MISSED) .* against PyNaCl: [\d.]+ \(aim: at least 2\)$|python3-nacl is not installed/m);
});

test('the bench refuses a part that it does not have', async () => {
  const { code, stderr } = await bench('--only', 'cell').catch((error) => error);
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr: expect.stringContaining('Allowed choices are ids, cells, cold, publisher, network, scale.'),
  });
});

test('the bench refuses a network of no speed', async () => {
  const { code, stderr } = await bench('--only', 'network', '--rate', '0').catch((error) => error);
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('It is a number above zero.') });
});

import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { engine, native, wasm } from '../client/sodium/engine.ts';
import { makeContents, openEach, sealAll, startCellThreads } from './bench/cell-threads.ts';
import { readBundles, takeFromNode, timeLoad } from './bench/cold.ts';
import { makeBacklog, timeTry } from './bench/ids.ts';
import { publish } from './bench/publisher.ts';
import { median, medianRatio, runRounds } from './bench/rounds.ts';
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
  expect(requests).toMatchObject({ 's3:GetObject': 16, 's3:PutObject': 1, 'sqs:DeleteMessage': 150 });
});

test('an entrant that is not there leaves no results, and a ratio is the median of those within each round', async () => {
  let round = 0;
  const took = await runRounds(3, { one: () => ++round, other: () => round * 2, absent: undefined });
  expect(took).toEqual({ one: [1, 2, 3], other: [2, 4, 6] });
  expect([median([3, 1, 2]), median([4, 1, 2, 3]), medianRatio(took.one, took.other)]).toEqual([2, 2.5, 0.5]);
});

test('the bench runs one part alone, and marks each aim as met or missed', async () => {
  const { stdout } = await bench('--quick', '--only', 'ids');
  expect(stdout).toMatch(/^\d+ cores?, Node v24\.[\d.]+, libsodium [\d.]+ /);
  expect(stdout).toMatch(/^1\. Trying 4,096 sealed ids/m);
  expect(stdout).not.toMatch(/^[234]\. /m);
  expect(stdout).toMatch(/^(met|MISSED) .* against PyNaCl: [\d.]+ \(aim: at least 2\)$|python3-nacl is not installed/m);
});

test('the bench refuses a part that it does not have', async () => {
  const { code, stderr } = await bench('--only', 'cell').catch((error) => error);
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr: expect.stringContaining('Allowed choices are ids, cells, cold, publisher.'),
  });
});

import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { rungFor } from '../wire/batch.ts';
import { formatSealedId, parseSealedId } from '../wire/sealed-id.ts';
import { LINES_MIN, SEALED_ID_BYTES } from '../wire/sizes.ts';
import { type BadRequest, badRequest } from './bad-requests.ts';
import { withDrop } from './drop.ts';
import { isHonestKey } from './x25519.ts';

const [REQUESTS, SEED] = [10_000, 20261122];

/** Connections at a time. Each holds a process of a function, of which there are at most ten. */
const WIDTH = 8;

/** How long a client whose HTTP is broken waits for an answer before it hangs up. Nothing asserted depends on it. */
const PATIENCE_MILLISECONDS = 20;

/** Sends bytes over a connection of its own. @returns the statuses that came back, 1xx aside */
function send(port: number, { bytes, statuses }: BadRequest): Promise<number[]> {
  return new Promise((resolve) => {
    const parts: Buffer[] = [];
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    const hangUp = () => void (statuses === undefined && socket.end());
    const timer = setTimeout(hangUp, PATIENCE_MILLISECONDS);
    socket.on('data', (part) => void parts.push(part)).on('data', hangUp);
    socket.on('error', () => {}); // the server has hung up
    socket.on('close', () => {
      clearTimeout(timer);
      const text = Buffer.concat(parts).toString('latin1');
      resolve([...text.matchAll(/^HTTP\/1\.1 ([2-9]\d\d)/gm)].map(([, status]) => Number(status)));
    });
  });
}

/** What bytes mean to a function: themselves, or what is left of them when they are taken for text. */
const readings = (bytes: Buffer) => [bytes, Buffer.from(bytes.toString())];

const isSealedSize = ({ length }: Uint8Array) => length === SEALED_ID_BYTES;

const children = () => readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8').trim().split(' ');

test('refuses what 10,000 bad requests bring: no process dies, and nothing but sealed ids is published', async () => {
  let sends = 0;
  const drop = await withDrop({
    props: { requestsPerSecond: 1_000_000, burst: 1_000_000 },
    intercept: ({ action, phase }) => {
      if (action === 'sqs:SendMessage' && phase === 'after') sends += 1;
    },
  });
  await Promise.all(Array.from({ length: WIDTH }, () => fetch(`${drop.url}/register-id`, { method: 'PUT' })));
  await Promise.all(Array.from({ length: WIDTH }, () => fetch(`${drop.url}/upload-url`)));
  const processes = children();
  expect(processes.length).toBeGreaterThan(2);

  const port = Number(new URL(drop.url).port);
  const requests = fc.sample(badRequest, { numRuns: REQUESTS, seed: SEED });
  const counts: Record<number, number> = {};
  const accepted: Buffer[] = [];
  const next = requests.values();
  const work = async () => {
    for (const request of next) {
      const got = await send(port, request);
      const shown = request.bytes.toString('latin1').slice(0, 2000);
      for (const status of got) counts[status] = (counts[status] ?? 0) + 1;
      if (request.statuses === undefined) continue;
      expect(got, shown).toHaveLength(1);
      expect(request.statuses, shown).toContain(got[0]);
      if (request.body === undefined) continue;
      expect(readings(request.body).map(isSealedSize), shown).toContain(got[0] === 204);
      if (got[0] === 204) accepted.push(request.body);
    }
  };
  await Promise.all(Array.from({ length: WIDTH }, work));
  expect(accepted.length).toBeGreaterThan(1000);
  expect(counts[200]).toBeGreaterThan(500);
  expect(counts[400]).toBeGreaterThan(3000);
  expect(counts[404]).toBeGreaterThan(1000);
  for (const status of [500, 502, 503, 504]) expect(counts[status]).toBeUndefined();
  expect(children()).toEqual(expect.arrayContaining(processes));
  expect(drop.printed).toEqual([]);

  expect(sends).toBeGreaterThanOrEqual(accepted.length);
  expect(drop.waiting()).toBe(sends);
  await drop.tick();
  expect(drop.waiting()).toBe(0);

  const [batch = []] = drop.batches().values();
  const left = new Set(batch);
  expect(left.size).toBe(batch.length);
  // What was accepted is there, once for all the times that it came.
  const published = new Set<string>();
  for (const body of accepted) {
    const lines = readings(body).filter(isSealedSize).map(formatSealedId);
    const line = lines.find((each) => published.has(each) || left.delete(each));
    expect(line).toBeDefined();
    published.add(line!);
  }
  // So may be 80 bytes out of a request whose HTTP is broken.
  const broken = requests.filter(({ statuses }) => statuses === undefined).flatMap(({ bytes }) => readings(bytes));
  for (const line of left) {
    const sealed = Buffer.from(parseSealedId(line));
    if (broken.some((bytes) => bytes.includes(sealed)) && left.delete(line)) published.add(line);
  }
  // All others are decoys, up to the next rung.
  for (const line of left) expect(isHonestKey(parseSealedId(line).subarray(0, 32))).toBe(true);
  expect(batch).toHaveLength(rungFor(published.size, LINES_MIN));
});

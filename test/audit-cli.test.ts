import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { command } from './command.ts';
import { openDrop, type TestDrop } from './drop.ts';
import { folder } from './people.ts';

let drop: TestDrop;
beforeAll(async () => {
  drop = await openDrop();
  await drop.tick();
});
afterAll(() => drop.close());

const run = (args: string[], options = {}) => command(['audit', ...args], { cwd: folder(), ...options });

/** A server that is no drop. @returns its URL */
async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('audit tells people in lines of 80 columns, and ends with 1 when a check failed', async () => {
  const { out, words, status } = await run([drop.url, '--only', 'batches,expiry']);
  // The drop of this test lives in another time than the machine, and so is late.
  expect(status).toBe(1);
  expect(out).toMatch(/^Batches: what everybody reads\npass {9}The list of batches has one name for each/);
  expect(out).toMatch(/\nfail {9}The newest batch is that of these minutes\.\n {13}- it is 2026-/);
  expect(out).toMatch(/\n\nExpiry: what must be gone\n/);
  expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  expect(words).toMatch(
    /^about \d+ requests, each on circuits of its own, and \d+ MiB\n\d+ pass, \d+ fail, \d+ cannot tell\n$/,
  );
});

test('audit tells programs in JSON, a check on each line, and ends with 0 when none failed', async () => {
  const { out, status } = await run([drop.url, '--only', 'refused,unknowable', '--json']);
  expect(status).toBe(0);
  const results = out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(results[0]).toEqual({
    name: 'list-uploads',
    group: 'refused',
    promise: 'Nobody without an AWS account can list uploads.',
    verdict: 'pass',
    why: '6 of 6 refused',
  });
  expect(new Set(results.map(({ verdict }) => verdict))).toEqual(new Set(['pass', 'cannot tell']));
});

test('audit ends with 130 on Ctrl-C, in the middle of a request', async () => {
  let interrupt = () => {};
  const url = await serve(() => interrupt()); // never answers
  const meanwhile = (child: { kill(signal: 'SIGINT'): boolean }) => {
    interrupt = () => void child.kill('SIGINT');
  };
  const { out, words, status } = await run([url], { meanwhile });
  expect({ out, status }).toEqual({ out: '', status: 130 });
  expect(words).toMatch(/^about [^\n]+\ninterrupted\n$/);
});

test('audit refuses wrong usage with 2, and a drop that is none with words of its own', async () => {
  for (const args of [[], [drop.url, '--batches', '0']]) {
    expect(await run(args)).toMatchObject({ status: 2, out: '' });
  }
  const url = await serve((_, response) => response.writeHead(404).end());
  const { out, status } = await run([url, '--only', 'batches']);
  expect(status).toBe(1);
  expect(out).toContain('- the drop does not list its batches (status 404)');
});

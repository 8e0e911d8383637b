import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { command } from './command.ts';
import { openDrop, type TestDrop } from './drop.ts';
import { lastingFolder, office, PASSPHRASE, toPresent } from './office.ts';
import { journalist, write } from './people.ts';

let drop: TestDrop;
beforeAll(async () => {
  drop = await openDrop();
  toPresent(drop);
});
afterAll(() => drop.close());

/** Publishes again and again until something is over: cover is found in batches as letters are. */
async function publishing<T>(work: Promise<T>): Promise<T> {
  let isOver = false;
  const end = () => {
    isOver = true;
  };
  work.then(end, end);
  while (!isOver) {
    await drop.tick();
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  return work;
}

const run = (args: readonly string[], cwd = lastingFolder()) => command(args, { cwd, env: { HOME: cwd } });

test('read --watch --cover says what it costs, fetches cover, and delivers letters', async () => {
  const jane = journalist(drop.url);
  const at = await office(jane.identity);
  await write(jane, { text: 'under cover' });
  let seen = '';
  const ended = await publishing(
    at.run(['read', '--watch', '--cover', '2', '--every', '1'], {
      meanwhile: (child) =>
        child.stdout!.on('data', (chunk) => {
          seen += chunk;
          if (/letter-/.test(seen)) child.kill('SIGINT');
        }),
    }),
  );
  expect(ended.status, ended.words).toBe(130);
  expect(ended.words).toMatch(
    /^cover: 2 cells every 1 second, about 172,800 MiB down and 172,800 MiB up a day, [\d,]+ requests\na letter of 1 MiB takes up to 1 second, one of 10 MiB about 5 seconds, one of 100 MiB about 50 seconds\nfetching begins when there is enough cover, [^\n]+\nwatching until Ctrl-C\n/,
  );
  expect(ended.words).toMatch(/\ninterrupted\n$/);
  expect(readFileSync(join(at.cwd, ended.out.trim(), 'letter.txt'), 'utf8')).toBe('under cover');
});

test.each([
  [['read', '--cover', '2'], '--cover goes with --watch'],
  [['mailbox', 'read', '--drop', 'http://127.0.0.1:1', '--cover', '2'], '--cover goes with --watch'],
  [['read', '--watch', '--cover', '2', '--gap', '3'], "cannot be used with option '--gap <seconds>'"],
  [['read', '--watch', '--cover', '0'], 'a whole number from 1 to 100'],
  [['read', '--watch', '--cover', '101'], 'a whole number from 1 to 100'],
  [['read', '--watch', '--cover', '1.5'], 'a whole number from 1 to 100'],
  [['cover'], 'give the URL of the drop, or contacts'],
  [['cover', 'http://127.0.0.1:1', '--cells', '0'], 'a whole number from 1 to 100'],
  [['cover', 'http://127.0.0.1:1', '--for', '25d'], 'at most 24d'],
  [['cover', 'http://127.0.0.1:1', '--letters', '0', '--to', 'a.contact'], '--to goes with --letters'],
])('refuses %j', async (args, words) => {
  const ended = await run(args);
  expect(ended).toMatchObject({ status: 2, out: '' });
  expect(ended.words).toContain(words);
});

test('the help says what cover is, and what it costs', async () => {
  const [read, cover] = [await run(['read', '--help']), await run(['cover', '--help'])];
  expect(read.out.replace(/\s+/g, ' ')).toContain('With --cover N, exactly N cells are fetched');
  expect(cover.out.replace(/\s+/g, ' ')).toContain('It takes what it says at its start');
});

test('two who run cover write to each other, fetch what comes, keep nothing, and end when the time is over', async () => {
  const [one, other] = [lastingFolder(), lastingFolder()];
  const often = ['--every', '1', '--letters', '1000', '--cells', '3', '--json'];
  let contact = '';
  const first = run(['cover', drop.url, ...often, '--for', '14s', '--contact', 'one.contact'], one);
  await expect.poll(() => (contact = readFileSync(join(one, 'one.contact'), 'utf8')), { timeout: 20_000 }).not.toBe('');
  writeFileSync(join(other, 'to.contact'), contact);
  const second = command(['cover', '--to', 'to.contact', ...often], {
    cwd: other,
    env: { HOME: other },
    meanwhile: (child) => child.stderr!.once('data', () => setTimeout(() => child.kill('SIGINT'), 6000)),
  });
  const [ended, interrupted] = await publishing(Promise.all([first, second]));
  expect(ended.status, ended.words).toBe(0);
  expect(interrupted.status, interrupted.words).toBe(130);
  expect(interrupted.words).toMatch(/\ninterrupted\n$/);
  const events = ended.out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(events[0]).toMatchObject({ kind: 'cost', mebibytesDown: 259_200 });
  const kinds = events.map(({ kind }) => kind);
  for (const kind of ['sent', 'ready', 'batch', 'fetched']) expect(kinds).toContain(kind);
  // Nothing that it prints names an upload, a letter or a key.
  for (const text of [ended.out, ended.words, interrupted.out]) expect(text).not.toMatch(/[\w-]{40}/);
  expect(ended.words).toMatch(/cover: \d+ letters sent, \d+ cells of its own fetched, \d+ batches read[^\n]*\n$/);
}, 60_000);

test('goes on without a drop, and says so once; a contact is never overwritten', async () => {
  const cwd = lastingFolder();
  writeFileSync(join(cwd, 'mine'), PASSPHRASE);
  expect(await run(['cover', drop.url, '--contact', 'mine'], cwd)).toMatchObject({ status: 1 });
  expect(readFileSync(join(cwd, 'mine'), 'utf8')).toBe(PASSPHRASE);
  const ended = await run(['cover', 'http://127.0.0.1:9', '--every', '1', '--for', '9s'], cwd);
  expect(ended.status, ended.words).toBe(0);
  expect(ended.words.match(/the drop cannot be reached/g)).toHaveLength(1);
}, 60_000);

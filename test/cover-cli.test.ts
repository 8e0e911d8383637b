import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { coverDraft } from '../core/cover/draft.ts';
import { contactOf, newIdentity } from '../core/keys/identity.ts';
import { send } from '../core/send/send.ts';
import { formatContact, parseContact } from '../wire/contact.ts';
import { command } from './command.ts';
import { openDrop, type TestDrop } from './drop.ts';
import { lastingFolder, office, PASSPHRASE, toPresent } from './office.ts';
import { ONION, onionDrop } from './onion-drop.ts';
import { journalist, way, write } from './people.ts';
import type { SocksServer } from './socks-server.ts';

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
    /^cover: 2 cells every 1 s, about 172,800 MiB down \(batches come on top\) and 172,800 MiB up a day, [\d,]+ requests\na letter of 1 MiB takes about 1 s, one of 10 MiB 5 s, one of 100 MiB 50 s\nfetching begins when there is enough cover, [^\n]+\nwatching until Ctrl-C\n/,
  );
  expect(ended.words).toMatch(/\ninterrupted\n$/);
  expect(readFileSync(join(at.cwd, ended.out.trim(), 'letter.txt'), 'utf8')).toBe('under cover');
});

test.each([
  [['read', '--cover', '2'], '--cover goes with --watch'],
  [['read', '--watch', '--cover', '2', '--gap', '3'], "cannot be used with option '--gap <seconds>'"],
  [['read', '--watch', '--cover', '101'], 'a whole number from 1 to 100'],
  [['cover'], 'give the URL of the drop, or contacts'],
  [['cover', 'http://127.0.0.1:1', '--for', '25d'], 'at most 24d'],
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

test('cover sends, fetches its own and what comes, keeps nothing, and names nothing; Ctrl-C ends it', async () => {
  const cwd = lastingFolder();
  let [seen, isWritten] = ['', false];
  const ended = await publishing(
    command(['cover', drop.url, '--every', '1', '--cells', '3', '--json', '--contact', 'own.contact'], {
      cwd,
      env: { HOME: cwd },
      meanwhile: (child) =>
        child.stdout!.on('data', (chunk) => {
          seen += chunk;
          if (!isWritten) {
            isWritten = true;
            const contact = parseContact(readFileSync(join(cwd, 'own.contact'), 'utf8'));
            void send(way(drop.url), contact, coverDraft(2));
          }
          if (/"letter"/.test(seen) && /"fetched"/.test(seen)) child.kill('SIGINT');
        }),
    }),
  );
  expect(ended.status, ended.words).toBe(130);
  expect(ended.words).toMatch(
    /^others who run cover can send letters here [^\n]+\ncover: 3 cells every 1 s, [^\n]+\nrunning until Ctrl-C\n/,
  );
  expect(ended.words).toMatch(
    /\ncover: \d+ letters? sent, \d+ cells? of its own fetched, \d+ batches read, 1 letter received\ninterrupted\n$/,
  );
  const events = ended.out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(events[0]).toMatchObject({ kind: 'cost', mebibytesDown: 259_200 });
  expect(new Set(events.map(({ kind }) => kind))).toEqual(
    new Set(['cost', 'sent', 'ready', 'batch', 'fetched', 'letter']),
  );
  expect(ended.out + ended.words).not.toMatch(/[\w-]{40}/); // no upload id, name of a letter or key
  expect(readdirSync(cwd)).toEqual(['own.contact']);
});

test('cover ends when its time is over, and takes the drop from whom it writes to', async () => {
  const cwd = lastingFolder();
  writeFileSync(join(cwd, 'to.contact'), formatContact(contactOf(newIdentity(drop.url, 0, 4_000_000_000))));
  const ended = await run(['cover', '--for', '1s', '--to', 'to.contact'], cwd);
  expect(ended).toMatchObject({ status: 0, out: '' });
  expect(ended.words).toMatch(
    /^cover: 1 cell every 5 min, about 288 MiB down \(batches come on top\) and 300 MiB up a day, 1,61\d requests\nrunning for 1 s\n/,
  );
  const elsewhere = await run(['cover', 'http://127.0.0.1:9', '--to', 'to.contact'], cwd);
  expect(elsewhere).toMatchObject({ status: 1, words: 'dead-drop: those contacts are of different drops\n' });
});

test('cover goes over Tor as any letter: circuits of its own for each request, and the same heads', async () => {
  const cwd = lastingFolder();
  writeFileSync(join(cwd, 'to.contact'), formatContact(contactOf(newIdentity(ONION, 0, 4_000_000_000))));
  const [one, other] = [await onionDrop(), await onionDrop()];
  const transport = ({ port }: SocksServer) => ['--socks', `127.0.0.1:${port.port}`];
  const sent = await command(['send', '--to', 'to.contact', ...transport(one)], { cwd, input: 'Dear Jane' });
  expect(sent.status, sent.words).toBe(0);
  let seen = '';
  const ended = await command(['cover', ONION, '--every', '1', '--cells', '3', '--json', ...transport(other)], {
    cwd,
    meanwhile: (child) =>
      child.stdout!.on('data', (chunk) => {
        seen += chunk;
        if ((seen.match(/"sent"/g)?.length ?? 0) >= 2) child.kill('SIGINT');
      }),
  });
  expect(ended.status, ended.words).toBe(130);
  const heads = ({ requests }: SocksServer) =>
    requests.map(({ sent }) =>
      sent()
        .toString('latin1')
        .split('\r\n\r\n')[0]!
        .replace(/ \S+ HTTP/, ' * HTTP'),
    );
  const ofLetters = heads(other).filter((head) => /^PUT/.test(head));
  expect(ofLetters.length).toBeGreaterThanOrEqual(4);
  expect(new Set(ofLetters)).toEqual(new Set(heads(one).filter((head) => /^PUT/.test(head))));
  // The rest is what readers say, whole or broken off at the end.
  const get = /^GET \* HTTP\/1.1\r\nhost: \S+\r\nconnection: close(\r\nrange: bytes=0-4194303)?$/;
  for (const head of heads(other).filter((each) => /^GET/.test(each))) expect(head).toMatch(get);
  const circuits = other.requests.map(({ user, password }) => `${user} ${password}`);
  expect(new Set(circuits).size).toBe(circuits.length);
});

test('cover goes on without a drop; a contact is never written over a file', async () => {
  const cwd = lastingFolder();
  writeFileSync(join(cwd, 'mine'), PASSPHRASE);
  expect(await run(['cover', drop.url, '--contact', 'mine'], cwd)).toMatchObject({ status: 1 });
  expect(readFileSync(join(cwd, 'mine'), 'utf8')).toBe(PASSPHRASE);
  const ended = await command(['cover', 'http://127.0.0.1:9'], {
    cwd,
    meanwhile: (child) =>
      child.stderr!.on('data', (chunk) => {
        if (/going on/.test(String(chunk))) child.kill('SIGINT');
      }),
  });
  expect(ended.status, ended.words).toBe(130);
  expect(ended.words).toContain('the drop cannot be reached: try again later; going on\n');
});

import { randomBytes, randomInt } from 'node:crypto';
import { readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { DropAnswer, Transport } from '../core/drop/transport.ts';
import { contactOf } from '../core/keys/identity.ts';
import { type CollectEvent, type CollectOptions, noteFound } from '../core/read/collect.ts';
import { letterFetcher } from '../core/read/letter-fetcher.ts';
import { leaveOut } from '../core/read/waiting.ts';
import { upload } from '../core/send/send.ts';
import { freeBytes, takeRoom } from '../node/inbox/room.ts';
import { uploadKey } from '../wire/upload-id.ts';
import { claim } from './claim.ts';
import { fileOf, folder, inboxOf, journalist, letters, troubles, way } from './people.ts';
import { plainDrop } from './plain-drop.ts';

/** A fetcher for a journalist, at a drop that lets everybody wait for a cell that it does not have. */
function fetching(inbox?: string) {
  const drop = plainDrop();
  const jane = journalist(drop.url);
  if (inbox !== undefined) jane.inbox = inbox;
  const contact = contactOf(jane.identity);
  const stop = new AbortController();
  /** Ends each of those waits, as if the cell were missing. */
  const waits: (() => void)[] = [];
  /** What was asked for and is there: roots, where letters claim what they have not. */
  const roots: string[] = [];
  const transport: Transport = (asked) => {
    const key = asked.url.pathname.slice(1);
    if (drop.objects.has(key)) {
      roots.push(key);
      return drop.transport(asked);
    }
    return new Promise<DropAnswer>((resolve, reject) => {
      waits.push(() => resolve({ status: 404, body: new Uint8Array() }));
      asked.signal!.addEventListener('abort', () => reject(asked.signal!.reason));
    });
  };
  const events: CollectEvent[] = [];
  const options: CollectOptions = {
    drop: { ...way(drop.url, transport), signal: stop.signal },
    identity: () => jane.identity,
    inbox: inboxOf(jane),
    bookmark: jane.bookmark,
    scheduler: (request) => request(), // one after another of each letter
    report: (event) => events.push(event),
  };
  const found = (id: Uint8Array) =>
    noteFound(options, '2026-11-22T11:30:00Z', [{ id, keys: jane.identity.epochs[0]! }]);
  const faults: unknown[] = [];
  // What failed once is tried again after each poll.
  const random = (below: number) => (below === 2 ? 0 : randomInt(below));
  const fetcher = letterFetcher(options, random, (error) => stop.signal.aborted || faults.push(error));
  return {
    jane,
    events,
    waits,
    roots,
    faults,
    fetcher,
    /** Has letters found that are not there. */
    missing(count: number) {
      for (let letter = 0; letter < count; letter += 1) found(randomBytes(32));
    },
    /** Has letters found that claim a size, and whose further cells are waited for. */
    claims(count: number, bytes: number) {
      for (let letter = 0; letter < count; letter += 1) {
        const id = randomBytes(32);
        drop.objects.set(uploadKey(id), claim(bytes, id, contact));
        found(id);
      }
    },
    /** Has a letter found that is whole. */
    async whole(bytes: number) {
      await upload(way(drop.url, drop.transport), contact, { files: [fileOf('data', new Uint8Array(bytes))] });
      found(Buffer.from([...drop.objects.keys()].at(-1)!.slice('uploads/'.length), 'base64url'));
    },
    async end() {
      stop.abort();
      await fetcher.rest();
      expect(faults).toEqual([]);
      const kept = [...jane.bookmark.pending.keys()].map((name) => name.replace('letter-', '.unfinished-'));
      expect(readdirSync(jane.inbox).filter((name) => name.startsWith('.') && !kept.includes(name))).toEqual([]);
    },
  };
}

const untried = (jane: ReturnType<typeof fetching>['jane']) =>
  [...jane.bookmark.pending.values()].filter(({ state }) => state.kind === 'new').length;

test('of long letters eight are open, short ones come all the same, and one that ends gives its place to another', async () => {
  const { jane, events, waits, fetcher, claims, whole, end } = fetching();
  claims(30, 3_000_000);
  for (let letter = 0; letter < 3; letter += 1) await whole(1000);
  fetcher.afterPoll();
  await expect.poll(() => [waits.length, letters(events).length], { timeout: 20_000 }).toEqual([8, 3]);
  waits[0]!();
  await expect.poll(() => waits.length, { timeout: 20_000 }).toBe(9);
  expect(troubles(events)).toEqual(['letter missing']);
  expect(untried(jane)).toBe(29); // those put off were not tried
  await end();
});

test('of letters beyond 64 MiB four are open, and others of several cells come all the same', async () => {
  const { events, waits, fetcher, claims, whole, end } = fetching();
  claims(20, 70 * 2 ** 20);
  await whole(3_000_000);
  fetcher.afterPoll();
  await expect.poll(() => [waits.length, letters(events).length], { timeout: 20_000 }).toEqual([4, 1]);
  await end();
});

test('a letter that was left out while it waited is not tried; none that is open is left out', async () => {
  const { jane, events, waits, fetcher, missing, faults } = fetching();
  const { pending } = jane.bookmark;
  missing(20);
  fetcher.afterPoll();
  await expect.poll(() => waits.length, { timeout: 20_000 }).toBe(16);
  expect(leaveOut(pending, 0, fetcher.isBegun)).toBe(4);
  for (const giveUp of waits) giveUp();
  await fetcher.rest();
  expect([waits.length, pending.size, troubles(events).length]).toEqual([16, 16, 16]);
  expect(faults).toEqual([]);
});

/** Ten long letters: eight have a place, and two wait for one. */
async function tenLong() {
  const { jane, waits, fetcher, claims, end } = fetching();
  const { pending } = jane.bookmark;
  claims(10, 3_000_000);
  fetcher.afterPoll();
  await expect
    .poll(() => [waits.length, [...pending.values()].filter(fetcher.isBegun).length], { timeout: 20_000 })
    .toEqual([8, 10]);
  return { pending, fetcher, end };
}

test('long letters that wait for a place are begun', async () => {
  const { end } = await tenLong();
  await end();
});

test('the root of a long letter that waits for a place is not fetched again, of 16 of them; of others once', async () => {
  const { events, waits, roots, fetcher, claims, end } = fetching();
  claims(32, 3_000_000);
  fetcher.afterPoll();
  await expect.poll(() => [waits.length, roots.length], { timeout: 20_000 }).toEqual([8, 32]);
  const giveUpAll = () => {
    for (const giveUp of waits) giveUp();
    return troubles(events).length;
  };
  await expect.poll(giveUpAll, { timeout: 20_000 }).toBe(32);
  const again = roots.slice(32);
  expect([new Set(roots).size, again.length, new Set(again).size]).toEqual([32, 8, 8]);
  await end();
});

test('of a long letter that is given up while it waits for a place, nothing is remembered', async () => {
  const { pending, fetcher, end } = await tenLong();
  const all = [...pending.values()];
  for (const letter of all) pending.delete(letter.name);
  fetcher.afterPoll();
  expect(all.filter(fetcher.isBegun)).toHaveLength(8); // those that are open
  await end();
});

test('an inbox that cannot be written to is told of once a poll, and every letter waits as before', async () => {
  const inTheWay = join(folder(), 'no folder');
  writeFileSync(inTheWay, '');
  const { jane, events, faults, fetcher, claims } = fetching(join(inTheWay, 'inbox'));
  claims(20, 1000);
  for (const polls of [1, 2]) {
    fetcher.afterPoll();
    await fetcher.rest();
    expect(faults).toEqual(Array(polls).fill(expect.objectContaining({ code: 'ENOTDIR' })));
    expect([events, untried(jane)]).toEqual([[], 20]);
  }
  rmSync(inTheWay);
  fetcher.afterPoll();
  await fetcher.rest();
  expect([letters(events).length, faults.length]).toEqual([20, 2]);
});

test('a letter, which takes twice its size, is not begun on room that another one, which is being written, still needs', async () => {
  const free = await freeBytes(tmpdir());
  const bytes = Math.min(Math.floor(0.3 * free), 15 * 2 ** 30);
  using _others = await takeRoom(tmpdir(), free - 3 * bytes); // nor on what others on this disk need
  const { events, waits, fetcher, claims, end } = fetching();
  claims(2, bytes);
  fetcher.afterPoll();
  await expect.poll(() => [waits.length, troubles(events)], { timeout: 20_000 }).toEqual([1, ['letter postponed']]);
  waits[0]!();
  await expect.poll(() => troubles(events), { timeout: 20_000 }).toEqual(['letter postponed', 'letter missing']);
  fetcher.afterPoll();
  await expect.poll(() => waits.length, { timeout: 20_000 }).toBe(2); // one of them again, whichever comes first
  await end();
});

test('a letter that only waits for its turn, however long, is not taken for one that nobody writes', async () => {
  const { jane, waits, fetcher, claims, end } = fetching();
  claims(1, 3_000_000);
  fetcher.afterPoll();
  await expect.poll(() => waits.length, { timeout: 20_000 }).toBe(1);
  const unfinished = () => readdirSync(jane.inbox).filter((name) => /^\.unfinished-[0-9a-f]+$/.test(name));
  const [name] = unfinished();
  for (const each of ['0', '.', `../${name}.lock`]) utimesSync(join(jane.inbox, name!, each), 1e9, 1e9);
  await inboxOf(jane).clearUnfinished();
  expect(unfinished()).toEqual([name]);
  await end();
});

test('room that was taken counts as used until it was written or is given back', async () => {
  const GIB = 2 ** 30;
  const free = await freeBytes(tmpdir());
  const isAbout = async (bytes: number) => expect(Math.abs((await freeBytes(tmpdir())) - bytes)).toBeLessThan(GIB / 4);
  const bytes = Math.floor(free / 2);
  const room = await takeRoom(tmpdir(), bytes);
  await isAbout(free - bytes);
  await expect(takeRoom(tmpdir(), bytes)).rejects.toThrow('make room');
  await isAbout(free - bytes);
  room.wrote(bytes / 2);
  await isAbout(free - bytes / 2);
  room.wrote(bytes); // more than it took
  await isAbout(free);
  room[Symbol.dispose]();
  await isAbout(free);
});

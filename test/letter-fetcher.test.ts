import { randomBytes, randomInt } from 'node:crypto';
import { readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { clearUnfinished } from '../client/files/unfinished.ts';
import { freeBytes, takeRoom } from '../client/inbox/room.ts';
import { contactOf } from '../client/keys/identity.ts';
import { type CollectEvent, type CollectOptions, noteFound } from '../client/read/collect.ts';
import { letterFetcher } from '../client/read/letter-fetcher.ts';
import { leaveOut } from '../client/read/waiting.ts';
import type { DropAnswer, Transport } from '../client/road/transport.ts';
import { upload } from '../client/send/send.ts';
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
  const road: Transport = (asked) =>
    drop.objects.has(asked.url.pathname.slice(1))
      ? drop.transport(asked)
      : new Promise<DropAnswer>((resolve, reject) => {
          waits.push(() => resolve({ status: 404, body: new Uint8Array() }));
          asked.signal!.addEventListener('abort', () => reject(asked.signal!.reason));
        });
  const events: CollectEvent[] = [];
  const options: CollectOptions = {
    drop: { ...way(drop.url, road), signal: stop.signal },
    identity: () => jane.identity,
    inbox: inboxOf(jane),
    bookmark: jane.bookmark,
    report: (event) => events.push(event),
  };
  const found = (id: Uint8Array) =>
    noteFound(options, '2026-11-22T11:30:00Z', [{ id, keys: jane.identity.epochs[0]! }]);
  const faults: unknown[] = [];
  const fetcher = letterFetcher(options, randomInt, (error) => stop.signal.aborted || faults.push(error));
  return {
    jane,
    events,
    waits,
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
        drop.objects.set(uploadKey(id), claim(bytes, id, contact.cellKey));
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
      expect(readdirSync(jane.inbox).filter((name) => name.startsWith('.'))).toEqual([]);
    },
  };
}

const fresh = (jane: ReturnType<typeof fetching>['jane']) =>
  [...jane.bookmark.pending.values()].filter((letter) => letter.fresh).length;

test('of long letters eight are open, short ones come all the same, and one that ends gives its place to another', async () => {
  const { jane, events, waits, fetcher, claims, whole, end } = fetching();
  claims(30, 3_000_000);
  for (let letter = 0; letter < 3; letter += 1) await whole(1000);
  fetcher.afterPoll();
  await expect.poll(() => [waits.length, letters(events).length], { timeout: 20_000 }).toEqual([8, 3]);
  waits[0]!();
  await expect.poll(() => waits.length).toBe(9);
  expect(troubles(events)).toEqual(['letter missing']);
  expect(fresh(jane)).toBe(29); // those put off were not tried
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
  await expect.poll(() => waits.length).toBe(16);
  expect(leaveOut(pending, 0, fetcher.isBegun)).toBe(4);
  for (const giveUp of waits) giveUp();
  await fetcher.rest();
  expect([waits.length, pending.size, troubles(events).length]).toEqual([16, 16, 16]);
  expect(faults).toEqual([]);
});

test('long letters that wait for a place are begun', async () => {
  const { jane, waits, fetcher, claims, end } = fetching();
  const { pending } = jane.bookmark;
  claims(10, 3_000_000);
  fetcher.afterPoll();
  await expect.poll(() => [waits.length, [...pending.values()].filter(fetcher.isBegun).length]).toEqual([8, 10]);
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
    expect([events, fresh(jane)]).toEqual([[], 20]);
  }
  rmSync(inTheWay);
  fetcher.afterPoll();
  await fetcher.rest();
  expect([letters(events).length, faults.length]).toEqual([20, 2]);
});

test('a letter is not begun on room that another one, which is being written, still needs', async () => {
  const free = await freeBytes(tmpdir());
  const bytes = Math.min(Math.floor(0.6 * free), 15 * 2 ** 30);
  using _others = await takeRoom(tmpdir(), free - Math.ceil(1.5 * bytes)); // nor on what others on this disk need
  const { events, waits, fetcher, claims, end } = fetching();
  claims(2, bytes);
  fetcher.afterPoll();
  await expect.poll(() => [waits.length, troubles(events)]).toEqual([1, ['letter postponed']]);
  waits[0]!();
  await expect.poll(() => troubles(events)).toEqual(['letter postponed', 'letter missing']);
  fetcher.afterPoll();
  await expect.poll(() => waits.length).toBe(2); // one of them again, whichever comes first
  await end();
});

test('a letter that only waits for its turn, however long, is not taken for one that nobody writes', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  onTestFinished(() => void vi.useRealTimers());
  const { jane, waits, fetcher, claims, end } = fetching();
  claims(1, 3_000_000);
  fetcher.afterPoll();
  await expect.poll(() => waits.length).toBe(1);
  const unfinished = () => readdirSync(jane.inbox).filter((name) => name.startsWith('.unfinished'));
  const [name] = unfinished();
  const longAgo = new Date(Date.now() - 4 * 3_600_000);
  for (const each of ['zeros', '.']) utimesSync(join(jane.inbox, name!, each), longAgo, longAgo);
  vi.advanceTimersByTime(10 * 60_000);
  await expect.poll(() => statSync(join(jane.inbox, name!)).mtime > longAgo).toBe(true);
  await clearUnfinished(jane.inbox);
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

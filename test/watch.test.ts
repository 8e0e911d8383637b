import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readBookmark, writeBookmark } from '../client/bookmark.ts';
import type { CollectEvent } from '../client/collect.ts';
import { contactOf } from '../client/identity.ts';
import { Unreachable } from '../client/retry.ts';
import { sealId } from '../client/sealed-id.ts';
import { register } from '../client/send.ts';
import { loopback, type Transport } from '../client/transport.ts';
import { type WatchOptions, watch } from '../client/watch.ts';
import { withDrop } from './drop.ts';
import { fileOf, type Journalist, journalist, letters, troubles, way, write } from './people.ts';
import { type SimulatedTime, simulatedTime } from './simulated-time.ts';
import { seeded } from './statistics.ts';

/** A letter of four cells. */
const CONTENT = randomBytes(3_500_000);
const LONG = { files: [fileOf('data', CONTENT)] };

/** Lets a journalist watch, in simulated time, and keep the bookmark. Requests take no time. */
function watching(jane: Journalist, time: SimulatedTime, more: Partial<WatchOptions> & { road?: Transport } = {}) {
  const { road = loopback, ...options } = more;
  const stop = new AbortController();
  const reason = new Error('enough');
  const events: CollectEvent[] = [];
  const faults: unknown[] = [];
  const asked: string[] = [];
  const transport = time.standing((request) => {
    asked.push(request.url.pathname);
    return road(request);
  });
  // One try each: waits between tries go by the machine's clock.
  const drop = { ...way(jane.identity.drop, transport), patience: { tries: 1, firstWaitMilliseconds: 0 } };
  const ended = watch({
    drop: { ...drop, signal: stop.signal },
    keys: jane.identity.sealing,
    inbox: jane.inbox,
    bookmark: jane.bookmark,
    save: (bookmark) => writeBookmark(jane.inbox, jane.identity, jane.identity.drop, bookmark),
    report: (event) => events.push(event),
    trouble: (error) => faults.push(error),
    every: 300,
    gap: 60,
    random: seeded('watch').below,
    sleep: time.sleep,
    ...options,
  }).catch((error: unknown) => error);
  const count = (what: RegExp) => asked.filter((path) => what.test(path)).length;
  return {
    events,
    faults,
    asked,
    reason,
    polls: () => count(/^\/$/),
    cells: () => count(/^\/uploads\//),
    abort: () => stop.abort(reason),
    /** What watching ended with. */
    ended,
    /** Ends watching, at whatever it is. */
    async end() {
      stop.abort(reason);
      expect(await ended).toBe(reason);
      expect(await readBookmark(jane.inbox, jane.identity, jane.identity.drop)).toEqual(jane.bookmark);
    },
  };
}

/** A drop and a journalist. */
async function desk() {
  const drop = await withDrop();
  return { drop, jane: journalist(drop.url), time: simulatedTime() };
}

test('letters are delivered, short and long, each once', async () => {
  const { drop, jane, time } = await desk();
  await write(jane, { text: 'one' });
  await write(jane, LONG);
  await drop.tick();
  const watcher = watching(jane, time);
  await time.passUntil(() => letters(watcher.events).length === 2);
  await write(jane, { text: 'two' });
  await drop.tick();
  await time.passUntil(() => letters(watcher.events).length === 3);
  const polls = watcher.polls();
  await time.passUntil(() => watcher.polls() === polls + 3);
  await watcher.end();
  expect(watcher.cells()).toBe(6);
  expect(watcher.faults).toEqual([]);
  expect(troubles(watcher.events)).toEqual([]);
  const content = letters(watcher.events).map(({ folder, files: [file] }) => readFileSync(join(folder, file!.name)));
  expect(content.some((bytes) => bytes.equals(CONTENT))).toBe(true);
  expect(content.filter((bytes) => bytes.length === 3).map(String)).toEqual(['one', 'two']);
  expect(jane.bookmark.pending.size).toBe(0);
  expect(await jane.read()).toEqual([]);
});

test('polls go on while a long letter is fetched, and what they find comes right after it', async () => {
  const { drop, jane, time } = await desk();
  await write(jane, LONG);
  await drop.tick();
  const watcher = watching(jane, time, { every: 5 });
  await time.passUntil(() => watcher.cells() === 1);
  await write(jane, { text: 'meanwhile' });
  await drop.tick();
  const polls = watcher.polls();
  await time.passUntil(() => watcher.cells() === 4);
  expect(watcher.polls()).toBeGreaterThan(polls + 5);
  expect(watcher.events.filter(({ kind }) => kind === 'batch')).toHaveLength(2);
  await time.passUntil(() => watcher.cells() === 5);
  await watcher.end();
  expect(letters(watcher.events).map(({ files: [file] }) => file!.name)).toEqual(['data', 'letter.txt']);
});

describe('an abort in the middle of a letter leaves nothing half done, and a later poll delivers it once', () => {
  test.each<[string, (watcher: ReturnType<typeof watching>) => boolean]>([
    ['while the root cell is waited for', ({ polls, cells }) => polls() === 1 && cells() === 0],
    ['while a further cell is waited for', ({ cells }) => cells() === 2],
    ['while the last cell is waited for', ({ cells }) => cells() === 3],
  ])('%s', async (_, isTime) => {
    const { drop, jane, time } = await desk();
    await write(jane, LONG);
    await drop.tick();
    const watcher = watching(jane, time);
    await time.passUntil(() => isTime(watcher));
    await watcher.end();
    await checkPending(jane);
  });

  test.each([1, 2, 4])('while request %d for a cell is under way', async (cell) => {
    const { drop, jane, time } = await desk();
    await write(jane, LONG);
    await drop.tick();
    const watcher = watching(jane, time, {
      road: (request) => {
        if (watcher.cells() === cell) watcher.abort();
        return loopback(request);
      },
    });
    expect(await time.run(watcher.ended)).toBe(watcher.reason);
    await watcher.end();
    expect(watcher.cells()).toBe(cell);
    await checkPending(jane);
  });

  async function checkPending(jane: Journalist) {
    expect(readdirSync(jane.inbox)).toEqual(['.bookmark']);
    jane.bookmark = await readBookmark(jane.inbox, jane.identity, jane.identity.drop);
    expect([...jane.bookmark.pending.values()]).toMatchObject([{ fresh: true, tries: 0 }]);
    const events = await jane.read();
    expect(troubles(events)).toEqual([]);
    expect(letters(events)).toHaveLength(1);
    expect(await jane.read()).toEqual([]);
    expect(jane.bookmark.pending.size).toBe(0);
  }
});

test('an abort before anything ends it, too', async () => {
  const { jane, time } = await desk();
  const watcher = watching(jane, time);
  await watcher.end();
  expect(watcher.cells()).toBe(0);
});

describe('watching survives', () => {
  test('a drop that is down for some polls, each of which is told', async () => {
    const { drop, jane, time } = await desk();
    let isDown = true;
    const road: Transport = (request) => (isDown ? Promise.reject(new Error('down')) : loopback(request));
    await write(jane, { text: 'patience' });
    await drop.tick();
    const watcher = watching(jane, time, { road });
    await time.passUntil(() => watcher.polls() === 4);
    isDown = false;
    await time.passUntil(() => letters(watcher.events).length === 1);
    await watcher.end();
    expect(watcher.faults).toEqual(Array(4).fill(new Unreachable('the drop cannot be reached: try again later')));
    expect(troubles(watcher.events)).toEqual([]);
  });

  test('uploads that cannot be fetched for a time: that is said once, and the letter comes later', async () => {
    const { drop, jane, time } = await desk();
    let isDown = true;
    const road: Transport = async (request) =>
      isDown && request.url.pathname.startsWith('/uploads/')
        ? { status: 503, body: new Uint8Array() }
        : loopback(request);
    await write(jane, { text: 'patience' });
    await drop.tick();
    const watcher = watching(jane, time, { road });
    await time.passUntil(() => watcher.cells() === 3);
    isDown = false;
    await time.passUntil(() => letters(watcher.events).length === 1);
    await watcher.end();
    expect(troubles(watcher.events)).toEqual(['letter postponed']);
    expect(watcher.faults).toEqual([]);
  });

  test('an inbox that cannot be written to: that is told, polls go on, and the letter comes when it can', async () => {
    const { drop, jane, time } = await desk();
    jane.inbox = join(jane.inbox, 'in', 'side');
    const inTheWay = dirname(jane.inbox);
    mkdirSync(dirname(inTheWay));
    writeFileSync(inTheWay, 'no folder');
    await write(jane, { text: 'patience' });
    await drop.tick();
    const watcher = watching(jane, time, { save: async () => {} });
    await time.passUntil(() => watcher.polls() === 3 && watcher.faults.length === 2);
    rmSync(inTheWay);
    await time.passUntil(() => letters(watcher.events).length === 1);
    watcher.abort();
    expect(await watcher.ended).toBe(watcher.reason);
    for (const fault of watcher.faults) expect(fault).toMatchObject({ code: 'ENOTDIR' });
    expect(troubles(watcher.events)).toEqual([]);
  });
});

describe('watching ends altogether, and says why, when whoever is told of a fault fails', () => {
  const fault = new Error('a fault of whoever is told');
  const trouble = () => {
    throw fault;
  };

  test('of a poll', async () => {
    const { jane, time } = await desk();
    const watcher = watching(jane, time, { trouble, road: () => Promise.reject(new Error('down')) });
    expect(await time.run(watcher.ended)).toBe(fault);
  });

  test('of a fetch', async () => {
    const { drop, jane, time } = await desk();
    writeFileSync(jane.inbox, 'no folder');
    jane.inbox = join(jane.inbox, 'inbox');
    await write(jane, { text: 'never' });
    await drop.tick();
    const watcher = watching(jane, time, { trouble, save: async () => {} });
    expect(await time.run(watcher.ended)).toBe(fault);
    expect(watcher.cells()).toBe(1);
  });
});

test('without another clock and luck, watching goes by those of the machine', async () => {
  const { drop, jane } = await desk();
  await write(jane, { text: 'now' });
  await drop.tick();
  const stop = new AbortController();
  const events: CollectEvent[] = [];
  const ended = watch({
    drop: { ...way(drop.url), signal: stop.signal },
    keys: jane.identity.sealing,
    inbox: jane.inbox,
    bookmark: jane.bookmark,
    report: (event) => {
      events.push(event);
      if (event.kind === 'letter') stop.abort();
    },
    trouble: (error) => {
      throw error;
    },
    every: 1,
  });
  await expect(ended).rejects.toThrow('aborted');
  expect(letters(events)).toHaveLength(1);
});

test('a letter that stays missing is said to be once, and given up after nine tries', async () => {
  const { drop, jane, time } = await desk();
  const id = randomBytes(32);
  await register(way(drop.url), sealId(id, contactOf(jane.identity).idKey));
  await drop.tick();
  const list = await loopback({ ...GET, url: new URL(`${drop.url}/?list-type=2&prefix=ids%2F`) });
  // The drop answers fifty requests a second; this one lists the same in hundreds of polls.
  const road: Transport = async (request) => (request.url.pathname === '/' ? list : loopback(request));
  const watcher = watching(jane, time, { road });
  await time.passUntil(() => watcher.polls() === 320);
  await watcher.end();
  expect(watcher.cells()).toBe(9);
  expect(troubles(watcher.events)).toEqual(['letter missing']);
  expect(jane.bookmark.pending.size).toBe(0);
});

const GET = { method: 'GET', headers: {}, answerMaxBytes: 2 ** 20 } as const;

test('the bookmark is saved by both sides, never by both at a time, and is whole each time', async () => {
  const { drop, jane, time } = await desk();
  for (let letter = 0; letter < 5; letter += 1) await write(jane, { text: `letter ${letter}` });
  await drop.tick();
  let [saving, saves] = [0, 0];
  const left: number[] = [];
  const watcher = watching(jane, time, {
    every: 30,
    gap: 10,
    save: async (bookmark) => {
      saving += 1;
      expect(saving).toBe(1);
      await time.sleep(20_000);
      await writeBookmark(jane.inbox, jane.identity, drop.url, bookmark);
      left.push((await readBookmark(jane.inbox, jane.identity, drop.url)).pending.size);
      saves += 1;
      saving -= 1;
    },
  });
  for (let batch = 0; batch < 2; batch += 1) {
    const polls = watcher.polls();
    await time.passUntil(() => watcher.polls() > polls);
    await drop.tick();
  }
  await time.passUntil(() => letters(watcher.events).length === 5);
  watcher.abort();
  expect(await time.run(watcher.ended)).toBe(watcher.reason);
  expect(watcher.faults).toEqual([]);
  expect(saves).toBeGreaterThan(7); // three batches, five letters
  expect(new Set(left)).toEqual(new Set([5, 4, 3, 2, 1, 0]));
});

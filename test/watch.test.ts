import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Unreachable } from '../core/drop/retry.ts';
import type { Transport } from '../core/drop/transport.ts';
import { contactOf } from '../core/keys/identity.ts';
import { sealId } from '../core/letter/sealed-id.ts';
import type { CollectEvent } from '../core/read/collect.ts';
import { type WatchOptions, watch } from '../core/read/watch.ts';
import { register } from '../core/send/send.ts';
import { readBookmark, writeBookmark } from '../node/read/bookmark-file.ts';
import { loopback } from '../node/transport/transport.ts';
import { withDrop } from './drop.ts';
import { fileOf, inboxOf, type Journalist, journalist, letters, troubles, way, write } from './people.ts';
import { plainDrop } from './plain-drop.ts';
import { type SimulatedTime, simulatedTime } from './simulated-time.ts';
import { seeded } from './statistics.ts';

/** A letter of four cells. */
const CONTENT = randomBytes(3_500_000);
const LONG = { files: [fileOf('data', CONTENT)] };

/** Lets a journalist watch, in simulated time, and keep the bookmark. Requests take no time. */
function watching(at: Desk, more: Partial<WatchOptions> & { network?: Transport } = {}) {
  const { jane, time } = at;
  const { network = at.drop.transport, ...options } = more;
  const stop = new AbortController();
  const reason = new Error('enough');
  const events: CollectEvent[] = [];
  const faults: unknown[] = [];
  const asked: string[] = [];
  const transport = time.standing((request) => {
    asked.push(request.url.pathname);
    return network(request);
  });
  // One try each: waits between tries go by the machine's clock.
  const drop = { ...way(jane.identity.drop, transport), patience: { tries: 1, firstWaitMilliseconds: 0 } };
  const ended = watch({
    drop: { ...drop, signal: stop.signal },
    identity: () => jane.identity,
    inbox: inboxOf(jane),
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

/** A journalist, and the drop where letters come. */
interface Desk {
  readonly drop: { readonly url: string; readonly transport: Transport; tick(): unknown };
  readonly jane: Journalist;
  readonly time: SimulatedTime;
}

function desk() {
  const drop = plainDrop();
  return { drop, jane: journalist(drop.url), time: simulatedTime() };
}

/** The same with a drop that is run as it would be. */
async function realDesk() {
  const drop = { ...(await withDrop()), transport: loopback };
  return { drop, jane: journalist(drop.url), time: simulatedTime() };
}

test('letters are delivered, short and long, each once', async () => {
  const at = await realDesk();
  const { drop, jane, time } = at;
  await write(jane, { text: 'one' });
  await write(jane, LONG);
  await drop.tick();
  const watcher = watching(at);
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
  const content = letters(watcher.events).map(({ path, files: [file] }) =>
    readFileSync(join(path, file?.name ?? 'letter.txt')),
  );
  expect(content.some((bytes) => bytes.equals(CONTENT))).toBe(true);
  expect(content.filter((bytes) => bytes.length === 3).map(String)).toEqual(['one', 'two']);
  expect(jane.bookmark.pending.size).toBe(0);
  expect(await jane.read()).toEqual([]);
});

test('polls go on while a long letter is fetched, and what they find does not wait for its end', async () => {
  const at = desk();
  const { drop, jane, time } = at;
  await write(jane, { files: [fileOf('data', new Uint8Array(20_000_000))] }, drop.transport);
  drop.tick();
  const watcher = watching(at, { every: 5 });
  await time.passUntil(() => watcher.cells() === 1);
  await write(jane, { text: 'meanwhile' }, drop.transport);
  drop.tick();
  const polls = watcher.polls();
  // Of two letters, luck prefers the same 19 times in a row once in 500,000 seeds.
  await time.passUntil(() => letters(watcher.events).length === 1);
  expect(watcher.cells()).toBeLessThan(21);
  expect(watcher.polls()).toBeGreaterThan(polls + 5);
  expect(watcher.events.filter(({ kind }) => kind === 'batch')).toHaveLength(2);
  await time.passUntil(() => watcher.cells() === 21);
  await watcher.end();
  expect(letters(watcher.events).map(({ files: [file] }) => file?.name)).toEqual([undefined, 'data']);
});

describe('a flood of lines whose uploads are missing', () => {
  /** Registers ids for a journalist that nobody uploaded anything for. */
  const flood = async ({ drop, jane }: Desk, lines: number) => {
    const { idKey } = contactOf(jane.identity);
    for (let line = 0; line < lines; line += 1) {
      await register(way(drop.url, drop.transport), sealId(randomBytes(32), idKey));
    }
    drop.tick();
  };

  test('puts letters off by their share and not by all of it', async () => {
    const at = desk();
    await flood(at, 300);
    for (let letter = 0; letter < 40; letter += 1) await write(at.jane, { text: 'honest' }, at.drop.transport);
    at.drop.tick();
    const watcher = watching(at);
    await at.time.passUntil(() => watcher.cells() === 200);
    await watcher.end();
    // One in four may be a second try, so that the 150 others hold 18 of the 40, give or take 3; first in, first out
    // would give none of them, and luck gives less than four once in 200,000 seeds.
    expect(letters(watcher.events).length).toBeGreaterThanOrEqual(4);
  });

  test('that does not end leaves turns to a letter that failed before', async () => {
    const at = desk();
    const { drop, jane, time } = at;
    await write(jane, { text: 'honest' }, drop.transport);
    const honest = [...drop.objects.keys()].at(-1)!;
    let asked = 0;
    const network: Transport = async (request) => {
      if (request.url.pathname === '/') await flood(at, 8); // more than are fetched between two polls, which is 5
      const isFirst = request.url.pathname === `/${honest}` && ++asked === 1;
      return isFirst ? { status: 503, body: new Uint8Array() } : drop.transport(request);
    };
    const watcher = watching(at, { network });
    await time.passUntil(() => asked === 2);
    await watcher.end();
    expect([...jane.bookmark.pending.values()].filter(({ state }) => state.kind === 'new').length).toBeGreaterThan(10);
  });
});

test('the progress that is told is that of one letter after another', async () => {
  const at = desk();
  for (const bytes of [3_000_000, 4_000_000, 5_000_000]) {
    await write(at.jane, { files: [fileOf('data', new Uint8Array(bytes))] }, at.drop.transport);
  }
  at.drop.tick();
  const told: [number, number][] = [];
  const watcher = watching(at, { progress: (done, total) => told.push([done, total]) });
  await at.time.passUntil(() => letters(watcher.events).length === 3);
  await watcher.end();
  expect(told.length).toBeGreaterThan(3);
  for (const [i, [done, total]] of told.entries()) {
    const [before, totalBefore] = told[i - 1] ?? [0, total];
    if (total === totalBefore) expect(done).toBeGreaterThan(before);
    else expect(before).toBe(totalBefore);
  }
});

describe('an abort in the middle of a letter leaves nothing half done, and a later poll delivers it once', () => {
  test.each<[string, (watcher: ReturnType<typeof watching>) => boolean]>([
    ['while the root cell is waited for', ({ polls, cells }) => polls() === 1 && cells() === 0],
    ['while a further cell is waited for', ({ cells }) => cells() === 2],
    ['while the last cell is waited for', ({ cells }) => cells() === 3],
  ])('%s', async (_, isTime) => {
    const at = desk();
    const { drop, jane, time } = at;
    await write(jane, LONG, drop.transport);
    drop.tick();
    const watcher = watching(at);
    await time.passUntil(() => isTime(watcher));
    await watcher.end();
    await checkPending(at);
  });

  test.each([1, 2, 4])('while request %d for a cell is under way', async (cell) => {
    const at = desk();
    const { drop, jane, time } = at;
    await write(jane, LONG, drop.transport);
    drop.tick();
    const watcher = watching(at, {
      network: (request) => {
        if (watcher.cells() === cell) watcher.abort();
        return drop.transport(request);
      },
    });
    expect(await time.run(watcher.ended)).toBe(watcher.reason);
    await watcher.end();
    expect(watcher.cells()).toBe(cell);
    await checkPending(at);
  });

  test('while several letters are open', async () => {
    const at = desk();
    for (let letter = 0; letter < 3; letter += 1) await write(at.jane, LONG, at.drop.transport);
    at.drop.tick();
    const watcher = watching(at);
    const open = () => readdirSync(at.jane.inbox).filter((name) => name.startsWith('.unfinished'));
    await at.time.passUntil(() => watcher.cells() > 2 && open().length > 1);
    await watcher.end();
    expect(written(at.jane)).toEqual(['.bookmark']);
    const delivered = letters(watcher.events).length;
    expect(letters(await at.jane.read(at.drop.transport))).toHaveLength(3 - delivered);
    expect(delivered).toBe(0);
  });

  /** What an inbox holds besides the cells of letters that wait, which stay as they came. */
  function written({ inbox, bookmark }: Desk['jane']) {
    const kept = [...bookmark.pending.keys()].map((name) => name.replace('letter-', '.unfinished-'));
    return readdirSync(inbox).filter((name) => !kept.includes(name));
  }

  async function checkPending({ drop, jane }: Desk) {
    expect(written(jane)).toEqual(['.bookmark']);
    jane.bookmark = await readBookmark(jane.inbox, jane.identity, jane.identity.drop);
    expect([...jane.bookmark.pending.values()]).toMatchObject([{ state: { kind: 'new' } }]);
    const events = await jane.read(drop.transport);
    expect(troubles(events)).toEqual([]);
    expect(letters(events)).toHaveLength(1);
    expect(await jane.read(drop.transport)).toEqual([]);
    expect(jane.bookmark.pending.size).toBe(0);
  }
});

test('an abort before anything ends it, too', async () => {
  const watcher = watching(desk());
  await watcher.end();
  expect(watcher.cells()).toBe(0);
});

describe('watching survives', () => {
  test('a drop that is down for some polls, each of which is told', async () => {
    const at = desk();
    const { drop, jane, time } = at;
    let isDown = true;
    const network: Transport = (request) => (isDown ? Promise.reject(new Error('down')) : drop.transport(request));
    await write(jane, { text: 'patience' }, drop.transport);
    drop.tick();
    const watcher = watching(at, { network });
    await time.passUntil(() => watcher.polls() === 4);
    isDown = false;
    await time.passUntil(() => letters(watcher.events).length === 1);
    await watcher.end();
    expect(watcher.faults).toEqual(Array(4).fill(new Unreachable('the drop cannot be reached: try again later')));
    expect(troubles(watcher.events)).toEqual([]);
  });

  test('uploads that cannot be fetched for a time: that is said once, and the letter comes later', async () => {
    const at = desk();
    const { drop, jane, time } = at;
    let isDown = true;
    const network: Transport = async (request) =>
      isDown && request.url.pathname.startsWith('/uploads/')
        ? { status: 503, body: new Uint8Array() }
        : drop.transport(request);
    await write(jane, { text: 'patience' }, drop.transport);
    drop.tick();
    const watcher = watching(at, { network });
    await time.passUntil(() => watcher.cells() === 3);
    isDown = false;
    await time.passUntil(() => letters(watcher.events).length === 1);
    await watcher.end();
    expect(troubles(watcher.events)).toEqual(['letter postponed']);
    expect(watcher.faults).toEqual([]);
  });

  test('an inbox that cannot be written to: that is told, polls go on, and the letter comes when it can', async () => {
    const at = desk();
    const { drop, jane, time } = at;
    jane.inbox = join(jane.inbox, 'in', 'side');
    const inTheWay = dirname(jane.inbox);
    mkdirSync(dirname(inTheWay));
    writeFileSync(inTheWay, 'no folder');
    await write(jane, { text: 'patience' }, drop.transport);
    drop.tick();
    const watcher = watching(at, { save: async () => {} });
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
    const at = desk();
    const { time } = at;
    const watcher = watching(at, { trouble, network: () => Promise.reject(new Error('down')) });
    expect(await time.run(watcher.ended)).toBe(fault);
  });

  test('of a fetch', async () => {
    const at = desk();
    const { drop, jane, time } = at;
    writeFileSync(jane.inbox, 'no folder');
    jane.inbox = join(jane.inbox, 'inbox');
    await write(jane, { text: 'never' }, drop.transport);
    drop.tick();
    const watcher = watching(at, { trouble, save: async () => {} });
    expect(await time.run(watcher.ended)).toBe(fault);
    expect(watcher.cells()).toBe(1);
  });
});

test('without another clock and luck, watching goes by those of the machine', async () => {
  const { drop, jane } = await realDesk();
  await write(jane, { text: 'now' });
  await drop.tick();
  const stop = new AbortController();
  const events: CollectEvent[] = [];
  const ended = watch({
    drop: { ...way(drop.url), signal: stop.signal },
    identity: () => jane.identity,
    inbox: inboxOf(jane),
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

test('a letter that stays missing is said to be, and given up after five tries, once each', async () => {
  const at = desk();
  const { drop, jane, time } = at;
  const id = randomBytes(32);
  await register(way(drop.url, drop.transport), sealId(id, contactOf(jane.identity).idKey));
  drop.tick();
  const watcher = watching(at);
  await time.passUntil(() => watcher.events.some(({ kind }) => kind === 'given up'));
  const polls = watcher.polls();
  await time.passUntil(() => watcher.polls() === polls + 20);
  await watcher.end();
  expect(watcher.cells()).toBe(5);
  expect(troubles(watcher.events)).toEqual(['letter missing', 'letter given up']);
  expect(jane.bookmark.pending.size).toBe(0);
});

test('the bookmark is saved by both sides, never by both at a time, and is whole each time', async () => {
  const at = desk();
  const { drop, jane, time } = at;
  for (let letter = 0; letter < 5; letter += 1) await write(jane, { text: `letter ${letter}` }, drop.transport);
  drop.tick();
  let [saving, saves] = [0, 0];
  const left: number[] = [];
  const watcher = watching(at, {
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
    drop.tick();
  }
  await time.passUntil(() => letters(watcher.events).length === 5);
  watcher.abort();
  expect(await time.run(watcher.ended)).toBe(watcher.reason);
  expect(watcher.faults).toEqual([]);
  expect(saves).toBeGreaterThan(7); // three batches, five letters
  // It may hold what came while it was being saved; and letters come to it together.
  expect(left).toEqual(left.toSorted((a, b) => b - a));
  expect(left[0]).toBeGreaterThan(0);
  expect(left.at(-1)).toBe(0);
});

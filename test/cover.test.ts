import { randomBytes } from 'node:crypto';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { type CoverSums, sayCost, sumsText } from '../bin/cover.ts';
import { coverCost, fetchSeconds } from '../core/cover/cost.ts';
import type { CoverEvent } from '../core/cover/cover.ts';
import { COVER_TEXT, coverDraft } from '../core/cover/draft.ts';
import { exactScheduler } from '../core/cover/exact-scheduler.ts';
import { type CoverLetters, type SendCover, sendCover, writeCover } from '../core/cover/letters.ts';
import { contactOfNobody } from '../core/cover/nobody.ts';
import { ownCover } from '../core/cover/own.ts';
import { type Drop, getUploadUrl, putCell, putSealedId, type UploadUrl } from '../core/drop/drop.ts';
import { exponential, jittered } from '../core/drop/moments.ts';
import { oneAtATime } from '../core/drop/mutex.ts';
import { Unreachable } from '../core/drop/retry.ts';
import type { DropRequest, Transport } from '../core/drop/transport.ts';
import { keysName } from '../core/keys/epoch.ts';
import { checkContact, contactOf, newIdentity } from '../core/keys/identity.ts';
import { sealId } from '../core/letter/sealed-id.ts';
import { firstBookmark } from '../core/read/bookmark.ts';
import type { CollectEvent } from '../core/read/collect.ts';
import { type CoverPersonOptions, coverPerson } from '../core/read/cover-person.ts';
import { watch } from '../core/read/watch.ts';
import { send } from '../core/send/send.ts';
import { sideBySide } from '../core/send/side-by-side.ts';
import { DRAWN_CELLS_MEAN, drawCells } from '../wire/drawn-cells.ts';
import { CELL_BYTES } from '../wire/sizes.ts';
import { distanceFrom, distanceLimit } from './kolmogorov.ts';
import { fileOf, inboxOf, journalist, letters, way, write } from './people.ts';
import { plainDrop } from './plain-drop.ts';
import { simulatedTime } from './simulated-time.ts';
import { chiSquare, chiSquareLimit, seeded } from './statistics.ts';

/** What of requests can be seen: all of them but ids, and what stands in sealed ids and cells. */
function recorded(transport: Transport) {
  const seen: unknown[] = [];
  const network: Transport = (request) => {
    const { method, url, headers, body, answerMaxBytes }: DropRequest = request;
    const path = url.pathname.replace(/[\w-]{43}$/, '<id>') + url.search;
    seen.push([method, url.host, path, Object.entries(headers), body?.length, answerMaxBytes]);
    return transport(request);
  };
  return { seen, network };
}

describe('the requests of a cover letter', () => {
  const drop = plainDrop();
  const jane = contactOf(newIdentity(drop.url, 0, 4_000_000_000));
  const requests = async (act: (at: Drop) => Promise<unknown>) => {
    const { seen, network } = recorded(drop.transport);
    await act(way(drop.url, network));
    return seen;
  };
  const letterOf = (cells: number) => ({ files: [fileOf('data', randomBytes((cells - 1) * 1_047_300 + 5))] });

  test.each([1, 2, 8])('are those of a letter of as many cells, %d', async (cells) => {
    const letter = await requests((at) => send(at, jane, letterOf(cells)));
    expect(letter).toHaveLength(2 * cells + 1);
    expect(await requests((at) => sendCover(at, cells))).toEqual(letter);
    expect(await requests((at) => sendCover(at, cells, jane))).toEqual(letter);
  });

  test('would be told from them if a letter of five cells sent its cells side by side', async () => {
    const letter = await requests((at) => send(at, jane, letterOf(5)));
    expect(await requests((at) => sendCover(at, 5))).toEqual(letter);
    const besides = async (at: Drop) => {
      const put = async (within: Drop, place: UploadUrl) =>
        void (await putCell(within, place, new Uint8Array(CELL_BYTES)));
      await sideBySide(at, 4, put);
      await put(at, await getUploadUrl(at));
      await putSealedId(at, () => sealId(randomBytes(32), jane.idKey));
    };
    const told = await requests(besides);
    expect(told).not.toEqual(letter);
    expect(told.map(String).sort()).toEqual(letter.map(String).sort()); // in nothing but their order
  });

  const rest = (at: Drop, cells: number) => sendCover(at, cells);
  test.each<[string, (at: Drop) => Promise<unknown>]>([
    ['left the registration out', async (at) => putCell(at, await getUploadUrl(at), new Uint8Array(CELL_BYTES))],
    [
      'registered first',
      async (at) => {
        const place = await getUploadUrl(at);
        await putSealedId(at, () => sealId(place.id, jane.idKey));
        await putCell(at, place, new Uint8Array(CELL_BYTES));
      },
    ],
    ['sent another number of cells', (at) => rest(at, 2)],
    [
      'sent headers in another order',
      (at) =>
        rest(
          {
            ...at,
            transport: (asked) =>
              at.transport({ ...asked, headers: Object.fromEntries(Object.entries(asked.headers).reverse()) }),
          },
          1,
        ),
    ],
  ])('would be told from them if it %s', async (_, act) => {
    expect(await requests(act)).not.toEqual(await requests((at) => send(at, jane, letterOf(1))));
  });
});

test('a cover letter opens for its recipient, says what it is, and has as many cells as were drawn', async () => {
  const drop = plainDrop();
  const jane = journalist(drop.url);
  for (const cells of [1, 3]) {
    const ids = await sendCover(way(drop.url, drop.transport), cells, contactOf(jane.identity));
    expect(ids).toHaveLength(cells);
    drop.tick();
    const [letter] = letters(await jane.read(drop.transport));
    expect(letter?.files.map(({ name }) => name)).toEqual(
      [...(cells > 1 ? ['cover'] : []), 'letter.txt'].slice(0, letter?.files.length),
    );
  }
  expect(coverDraft(3).text).toBe(COVER_TEXT);
});

test('nobody is a contact as any other, and another one each time', () => {
  const now = Date.now() / 1000;
  const [one, other] = [contactOfNobody('http://127.0.0.1:1', now), contactOfNobody('http://127.0.0.1:1', now)];
  for (const contact of [one, other]) expect(() => checkContact(contact)).not.toThrow();
  for (const key of ['identity', 'idKey', 'cellKey', 'letterKey'] as const) expect(one[key]).not.toEqual(other[key]);
});

test('a cover letter has one cell in half of the cases, two in a quarter, ...: chi-square of 100,000', () => {
  const { below } = seeded('cover cells');
  const counts = new Array<number>(8).fill(0);
  for (let i = 0; i < 100_000; i += 1) counts[drawCells(below) - 1]! += 1;
  const expected = counts.map((_, i) => 100_000 / 2 ** (i === 7 ? 7 : i + 1));
  expect(chiSquare(counts, expected)).toBeLessThan(chiSquareLimit(8));
  expect(DRAWN_CELLS_MEAN).toBe(expected.reduce((sum, count, i) => sum + count * (i + 1), 0) / 100_000);
});

describe('the moments of cover letters', () => {
  const [LETTERS, EVERY] = [3000, 3_600_000];

  /** How far the waits between so many letters are from exponential ones, as a part of the limit. */
  async function distance(writing: (options: CoverLetters) => Promise<never>) {
    const time = simulatedTime();
    const { below } = seeded('cover moments');
    const stop = new AbortController();
    const begun: number[] = [];
    const sendIt: SendCover = async () => {
      begun.push(time.now());
      if (begun.length > LETTERS) stop.abort(new Error('enough'));
      // Most take moments, some hours; a third fail.
      await time.sleep(below(10) === 0 ? 3 * EVERY : 60_000, stop.signal);
      if (below(3) === 0) throw new Error('lost');
      return [];
    };
    const drop = { ...way('http://127.0.0.1:1'), signal: stop.signal };
    const luck = { random: below, sleep: time.sleep };
    const end = writing({ drop, everyMilliseconds: EVERY, sent: () => {}, trouble: () => {}, send: sendIt, ...luck });
    await expect(time.run(end)).rejects.toThrow('enough');
    const waits = begun.slice(1).map((at, i) => at - begun[i]!);
    return distanceFrom(waits, (x) => 1 - Math.exp(-x / EVERY)) / distanceLimit(waits.length);
  }

  /** How not to. */
  const writingEvery =
    (wait: (options: CoverLetters) => number, isInTurn = false) =>
    async (options: CoverLetters): Promise<never> => {
      for (;;) {
        await options.sleep(wait(options), options.drop.signal);
        const letter = options.send!(options.drop, 1).catch(() => {});
        if (isInTurn) await letter;
      }
    };

  test(`are those of a Poisson process: ${LETTERS} waits, wrongly refused once in a million`, async () => {
    expect(await distance(writeCover)).toBeLessThan(1);
  });

  test.each([
    ['one distance', writingEvery(() => EVERY)],
    ['distances between half and one and a half', writingEvery(({ random }) => jittered(EVERY, random))],
    ['the letter before being over', writingEvery(({ random }) => exponential(EVERY, random), true)],
  ])('would be told from those that come after %s', async (_, writing) => {
    expect(await distance(writing)).toBeGreaterThan(1);
  });
});

test('when a drop hangs, no more than 32 cover letters are under way, and an abort ends them all', async () => {
  const time = simulatedTime();
  const stop = new AbortController();
  let underWay = 0;
  const sendIt: SendCover = async () => {
    underWay += 1;
    return time
      .sleep(1e12, stop.signal)
      .then(() => [])
      .finally(() => (underWay -= 1));
  };
  const end = writeCover({
    drop: { ...way('http://127.0.0.1:1'), signal: stop.signal },
    everyMilliseconds: 1000,
    sent: () => {},
    trouble: () => {},
    random: seeded('hanging').below,
    sleep: time.sleep,
    send: sendIt,
  }).catch((error: Error) => error.message);
  await time.run(time.sleep(600_000));
  expect(underWay).toBe(32);
  stop.abort(new Error('enough'));
  expect(await time.run(end)).toBe('enough');
  expect(underWay).toBe(0);
});

test('no cover letter is begun while a proof of work waits for another to be solved', async () => {
  const time = simulatedTime();
  const stop = new AbortController();
  let begun = 0;
  const sendIt: SendCover = async () => {
    begun += 1;
    return [];
  };
  const end = writeCover({
    drop: { ...way('http://127.0.0.1:1'), signal: stop.signal },
    everyMilliseconds: 60_000,
    sent: () => {},
    trouble: () => {},
    random: seeded('proofs').below,
    sleep: time.sleep,
    send: sendIt,
  }).catch((error: Error) => error.message);
  let [solve, solveOther] = [() => {}, () => {}];
  const solving = oneAtATime(() => new Promise<void>((solved) => (solve = solved)));
  await time.run(time.sleep(600_000));
  expect(begun).toBeGreaterThan(0); // one that is solved holds up nobody
  const before = begun;
  const waiting = oneAtATime(() => new Promise<void>((solved) => (solveOther = solved)));
  await time.run(time.sleep(3_600_000));
  expect(begun).toBe(before);
  solve();
  await solving;
  await time.run(time.sleep(600_000));
  expect(begun).toBeGreaterThan(before);
  solveOther();
  await waiting;
  stop.abort(new Error('enough'));
  expect(await time.run(end)).toBe('enough');
});

describe('own cover', () => {
  const TICK = 300_000;
  const ids = (count: number) => Array.from({ length: count }, () => randomBytes(32));

  test('can be fetched when the second new batch has come, the newest letter first, its root before the rest', () => {
    const own = ownCover(240 * TICK, TICK, () => 0);
    const [one, other] = [ids(2), ids(3)];
    own.add(one);
    own.afterBatch();
    own.add(other);
    expect(own.size()).toBe(0);
    own.afterBatch();
    expect(own.size()).toBe(2);
    own.afterBatch();
    expect(Array.from({ length: 5 }, () => own.next())).toEqual([...other, ...one]);
  });

  test('is fetched once as long as there is other, then the one fetched longest ago', () => {
    const own = ownCover(240 * TICK, TICK, () => 0);
    const [one, two] = [randomBytes(32), randomBytes(32)];
    own.add([one, two]);
    own.afterBatch();
    own.afterBatch();
    expect([own.next(), own.next(), own.next(), own.next()]).toEqual([one, two, one, two]);
    own.again(one);
    expect(own.next()).toBe(one);
  });

  test('is as much whatever was fetched, and forgotten in time', () => {
    const own = ownCover(3 * TICK, TICK, () => 0);
    own.add(ids(4));
    own.afterBatch();
    own.afterBatch();
    for (let i = 0; i < 10; i += 1) own.next();
    expect(own.size()).toBe(4);
    for (let tick = 0; tick < 3; tick += 1) own.afterTick();
    expect(own.size()).toBe(4);
    own.afterTick();
    expect(own.size()).toBe(0);
    expect(own.next()).toBeUndefined();
  });

  test('is forgotten by the clock, too, whether it was published or not: ticks stand still while a machine sleeps', () => {
    let now = 1_000_000;
    const own = ownCover(240 * TICK, TICK, () => now);
    own.add(ids(2));
    own.afterBatch();
    own.add(ids(3));
    own.afterBatch();
    now += 240 * TICK;
    own.afterTick();
    expect(own.size()).toBe(2);
    now += 2 * TICK;
    own.afterTick();
    expect(own.size()).toBe(0);
    own.afterBatch();
    expect(own.size()).toBe(0);
    own.add(ids(4));
    own.afterBatch();
    own.afterBatch();
    now -= 1000 * TICK; // set back
    for (let tick = 0; tick <= 240; tick += 1) own.afterTick();
    expect(own.size()).toBe(0);
  });
});

describe('the scheduler', () => {
  function schedulerAt(time: ReturnType<typeof simulatedTime>, isOpen = () => true, now = time.now) {
    const stop = new AbortController();
    let covers = 0;
    const { scheduler, run } = exactScheduler({
      count: 3,
      tickMilliseconds: 300_000,
      tries: 2,
      cover: async () => {
        covers += 1;
      },
      isTime: isOpen,
      random: seeded('scheduler').below,
      sleep: time.sleep,
      now,
      signal: stop.signal,
    });
    const end = run().catch((error) => error);
    return { scheduler, covers: () => covers, stop: () => stop.abort(new Error('enough')), end };
  }

  test('makes a failed try wait for a moment, and gives up after as many as there are', async () => {
    const time = simulatedTime();
    const { scheduler, covers, stop, end } = schedulerAt(time);
    let tries = 0;
    const failed = scheduler(async () => {
      tries += 1;
      throw new Unreachable('away');
    }).catch((error) => error);
    expect(await time.run(failed)).toBeInstanceOf(Unreachable);
    expect([tries, covers()]).toEqual([2, 0]);
    await time.run(time.sleep(299_999 - (time.now() - Date.parse('2026-11-22T11:25:00Z'))));
    expect(covers()).toBe(1);
    const late = scheduler(async () => {}).catch((error) => error.message);
    stop();
    expect(await late).toBe('enough');
    expect(await time.run(end)).toMatchObject({ message: 'enough' });
    await expect(scheduler(async () => {})).rejects.toThrow('enough');
  });

  test('begins a new tick when the machine wakes up, and lets nobody through in what was left of the old one', async () => {
    const time = simulatedTime();
    let [slept, ticks] = [0, 0];
    const { covers, stop, end } = schedulerAt(
      time,
      () => ++ticks === 1,
      () => time.now() + slept,
    );
    await time.passUntil(() => covers() === 1);
    slept = 86_400_000;
    await time.passUntil(() => ticks === 2);
    expect(time.now() - Date.parse('2026-11-22T11:25:00Z')).toBeLessThan(300_000);
    expect(covers()).toBe(1);
    stop();
    await time.run(end);
  });

  test('lets nobody through in a tick without cover, not even who waits', async () => {
    const time = simulatedTime();
    let ticks = 0;
    const { scheduler, covers, stop, end } = schedulerAt(time, () => ++ticks > 2);
    const passed = time.run(scheduler(async () => time.now() - Date.parse('2026-11-22T11:25:00Z')));
    expect(await passed).toBeGreaterThanOrEqual(600_000);
    expect(covers()).toBe(0);
    stop();
    await time.run(end);
  });
});

/** Somebody who runs cover, in simulated time. */
function running(
  drop: ReturnType<typeof plainDrop>,
  time: ReturnType<typeof simulatedTime>,
  seed: string,
  more: Partial<CoverPersonOptions['cover']> & { network?: Transport; now?: () => number } = {},
) {
  const { network = drop.transport, now = time.now, ...cover } = more;
  const identity = newIdentity(drop.url, Math.floor(Date.now() / 1000));
  const stop = new AbortController();
  const reason = new Error('enough');
  const covers: CoverEvent[] = [];
  const events: CollectEvent[] = [];
  const troubles: string[] = [];
  const ended = coverPerson({
    drop: {
      ...way(drop.url, time.standing(network)),
      patience: { tries: 1, firstWaitMilliseconds: 0 },
      signal: stop.signal,
    },
    identity,
    cover: { cells: 1, report: (event) => covers.push(event), ...cover },
    every: 300,
    report: (event) => events.push(event),
    trouble: (error) => troubles.push((error as Error).message),
    random: seeded(seed).below,
    sleep: time.sleep,
    now,
  }).catch((error: unknown) => error);
  return {
    contact: contactOf(identity),
    covers,
    events,
    troubles,
    async end() {
      stop.abort(reason);
      expect(await time.run(ended)).toBe(reason);
    },
  };
}

/** Publishes each five minutes. */
function publishing(drop: ReturnType<typeof plainDrop>, time: ReturnType<typeof simulatedTime>) {
  const run = async (): Promise<never> => {
    for (;;) {
      await time.sleep(300_000);
      drop.tick();
    }
  };
  void run();
}

test('two who run cover fetch their own cells, and what each sends to the other, and keep nothing', async () => {
  const [drop, time] = [plainDrop(), simulatedTime(Date.now())];
  publishing(drop, time);
  const one = running(drop, time, 'one');
  const other = running(drop, time, 'other', { lettersPerDay: 48, to: [one.contact] });
  await time.passUntil(() => one.events.filter(({ kind }) => kind === 'letter').length >= 2);
  for (const { covers, troubles } of [one, other]) {
    expect(troubles).toEqual([]);
    expect(covers.filter((event) => event.kind === 'fetched').every(({ isThere }) => isThere)).toBe(true);
    expect(covers.filter(({ kind }) => kind === 'fetched').length).toBeGreaterThan(3);
  }
  expect(other.covers.filter((event) => event.kind === 'sent' && event.to === 'contact').length).toBeGreaterThanOrEqual(
    2,
  );
  expect(letters(one.events).every(({ path, files }) => path === '' && files.length === 0)).toBe(true);
  await one.end();
  await other.end();
});

test('of a drop that is away each poll says so, and letters once; cover goes on when it is back', async () => {
  const [drop, time] = [plainDrop(), simulatedTime()];
  publishing(drop, time);
  let [isAway, polls] = [true, 0];
  const network: Transport = (request) => {
    if (request.url.pathname === '/') polls += 1;
    return isAway ? Promise.reject(new Error('away')) : drop.transport(request);
  };
  const one = running(drop, time, 'away', { network, cells: 2 });
  await time.run(time.sleep(3 * 3_600_000));
  expect(polls).toBeGreaterThan(20);
  expect(one.troubles).toHaveLength(polls + 1);
  isAway = false;
  await time.passUntil(() => one.covers.some(({ kind }) => kind === 'fetched'));
  await one.end();
});

test('who begins to run cover asks for what anybody asks who was here today, whenever that was', async () => {
  const drop = plainDrop();
  for (let slot = 0; slot < 24; slot += 1) drop.tick(); // from 11:30 to 13:25
  const time = simulatedTime(Date.parse('2026-11-22T13:27:00Z'));
  publishing(drop, time);
  const asked: string[] = [];
  const network: Transport = (request) => {
    if (request.method === 'GET') asked.push(request.url.search || request.url.pathname);
    return drop.transport(request);
  };
  const one = running(drop, time, 'begins', { network });
  await time.run(time.sleep(60_000));
  await one.end();
  const coming: string[] = [];
  const jane = journalist(drop.url);
  jane.now = time.now;
  jane.bookmark = firstBookmark('2026-11-22T11:30:00Z', jane.identity.epochs.map(keysName));
  await jane.read((request) => {
    coming.push(request.url.search || request.url.pathname);
    return drop.transport(request);
  });
  // Several at a time: which of them leaves first is the machine's luck.
  expect(asked.toSorted()).toEqual(coming.toSorted());
  expect(asked[0]).toBe(coming[0]);
  expect(coming[0]).toBe('?list-type=2&prefix=ids%2F&start-after=ids%2F2026-11-21T23%3A55%3A00Z');
  expect(coming.length).toBeGreaterThan(24);
});

test('after a machine has slept for days, nothing is fetched of what was sent before', async () => {
  const [drop, time] = [plainDrop(), simulatedTime()];
  publishing(drop, time);
  let slept = 0;
  const [early, asked] = [new Set<string>(), [] as string[]];
  const network: Transport = (request) => {
    const { pathname: path } = request.url;
    if (path.startsWith('/uploads/')) {
      if (request.method === 'GET') asked.push(path);
      else if (slept === 0) early.add(path);
    }
    return drop.transport(request);
  };
  const one = running(drop, time, 'sleeps', { network, cells: 4, now: () => time.now() + slept });
  await time.passUntil(() => asked.length === 41); // within a tick
  expect(asked.every((path) => early.has(path))).toBe(true);
  slept = 3 * 86_400_000;
  await time.passUntil(() => asked.length === 80);
  expect(asked.slice(41).filter((path) => early.has(path))).toEqual([]);
  expect(one.covers.filter(({ kind }) => kind === 'ready').map((event) => 'isReady' in event && event.isReady)).toEqual(
    [true, false, true],
  );
  await one.end();
});

test('letters come under cover as without, with cover that is sent and fetched as they are', async () => {
  const [drop, time] = [plainDrop(), simulatedTime()];
  publishing(drop, time);
  const jane = journalist(drop.url);
  const stop = new AbortController();
  const events: CollectEvent[] = [];
  const sent = new Set<string>();
  const asked: string[] = [];
  const transport = time.standing((request) => {
    const { pathname: path } = request.url;
    if (path.startsWith('/uploads/')) request.method === 'PUT' ? sent.add(path) : asked.push(path);
    return drop.transport(request);
  });
  await write(jane, { files: [fileOf('data', randomBytes(2_500_000))] }, drop.transport);
  await write(jane, { text: 'short' }, drop.transport);
  const ended = watch({
    drop: { ...way(drop.url, transport), signal: stop.signal },
    identity: () => jane.identity,
    inbox: inboxOf(jane),
    bookmark: jane.bookmark,
    report: (event) => events.push(event),
    trouble: (error) => {
      throw error;
    },
    every: 300,
    cover: { cells: 2 },
    random: seeded('letters under cover').below,
    sleep: time.sleep,
  }).catch((error) => error);
  await time.passUntil(() => letters(events).length === 2 && asked.length >= 20);
  stop.abort(new Error('enough'));
  await time.run(ended);
  const own = asked.filter((path) => sent.has(path));
  expect(asked.length - own.length).toBe(4); // three cells, and one
  expect(own.length).toBeGreaterThanOrEqual(16);
});

test.each(['sent', 'ready', 'fetched'])('a fault of whoever is told of %s ends it, with that fault', async (kind) => {
  const [drop, time] = [plainDrop(), simulatedTime()];
  publishing(drop, time);
  const jane = journalist(drop.url);
  const report = (event: CoverEvent) => {
    if (event.kind === kind) throw new Error('of a caller');
  };
  const ended = watch({
    drop: way(drop.url, time.standing(drop.transport)),
    identity: () => jane.identity,
    inbox: inboxOf(jane),
    bookmark: jane.bookmark,
    trouble: (error) => {
      throw error;
    },
    every: 300,
    cover: { cells: 2, report },
    random: seeded('fault').below,
    sleep: time.sleep,
  }).catch((error) => error);
  expect(await time.run(ended)).toMatchObject({ message: 'of a caller' });
});

test.each([0, 101, 1.5, Number.NaN])('refuses cover of %d cells', async (cells) => {
  const [drop, time] = [plainDrop(), simulatedTime()];
  const jane = journalist(drop.url);
  const options = {
    drop: way(drop.url, drop.transport),
    identity: () => jane.identity,
    inbox: inboxOf(jane),
    every: 300,
  };
  const watching = { ...options, bookmark: jane.bookmark, trouble: () => {}, sleep: time.sleep };
  await expect(watch({ ...watching, cover: { cells } })).rejects.toThrow('a whole number of cells from 1 to 100');
  await expect(watch({ ...watching, cover: { cells: 1 }, gap: 1 })).rejects.toThrow('cover and gap contradict');
});

test('what cover costs is stated: a cell each five minutes is 288 MiB a day each way', () => {
  expect(coverCost(1, 300)).toMatchObject({ mebibytesDown: 288, mebibytesUp: 288 });
  const { mebibytesUp, requests } = coverCost(2, 300, 6);
  expect(mebibytesUp).toBeCloseTo(576 + 6 * DRAWN_CELLS_MEAN);
  expect(requests).toBeCloseTo(576 + 2 * mebibytesUp + (576 / DRAWN_CELLS_MEAN + 6) + 576);
  expect([fetchSeconds(1, 1, 300), fetchSeconds(1, 10, 300), fetchSeconds(100, 10, 300)]).toEqual([300, 300, 3000]);
});

test('what cover costs is told in whole numbers, whatever is chosen', () => {
  const said = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  onTestFinished(() => said.mockRestore());
  for (const cells of [1, 3, 7, 100]) {
    for (const [every, letters] of [
      [1, 0],
      [7, 1],
      [300, 6],
      [3600, 1000],
    ] as const) {
      expect(Object.values(sayCost(cells, every, letters)).every(Number.isSafeInteger)).toBe(true);
    }
  }
});

describe('the sums of cover', () => {
  const sums = { sent: 5, fetched: 0, missed: 0, batches: 9, letters: 0, isReady: false };
  test('say nothing more where something of its own was fetched', () => {
    expect(sumsText({ ...sums, fetched: 2, missed: 1 })).toBe(
      'cover: 5 letters sent, 2 cells of its own fetched, 9 batches read',
    );
  });

  test.each<[string, Partial<CoverSums>]>([
    ['nothing was sent yet', { sent: 0 }],
    ['too few of those sent are published yet', {}],
    ['since a short while', { isReady: true }],
    ['gave out none of 3', { missed: 3, isReady: true }],
    ['gave out none of 3', { missed: 3 }],
  ])('say why nothing of its own was fetched: %s', (why, more) => {
    expect(sumsText({ ...sums, ...more })).toContain(why);
  });
});

import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { SendCover } from '../core/cover/letters.ts';
import { dropAt } from '../core/drop/drop.ts';
import { jittered, spreadMoments } from '../core/drop/moments.ts';
import { type Scheduler, unscheduled } from '../core/drop/scheduler.ts';
import type { Transport } from '../core/drop/transport.ts';
import { contactOf } from '../core/keys/identity.ts';
import { sealId } from '../core/letter/sealed-id.ts';
import { letterName, noteFound } from '../core/read/collect.ts';
import { letterFetcher } from '../core/read/letter-fetcher.ts';
import { poll } from '../core/read/poll.ts';
import type { FoundId } from '../core/read/try-ids.ts';
import { type WatchOptions, watch } from '../core/read/watch.ts';
import { formatBatch } from '../wire/batch.ts';
import { formatSealedId } from '../wire/sealed-id.ts';
import { SLOT_SECONDS } from '../wire/sizes.ts';
import { batchKey, slotAt } from '../wire/slot.ts';
import { uploadKey } from '../wire/upload-id.ts';
import { claim, zeros } from './claim.ts';
import { sealedIds } from './drop.ts';
import { distanceBetween, distanceFrom, distanceLimit } from './kolmogorov.ts';
import { inboxOf, journalist } from './people.ts';
import { plainDrop } from './plain-drop.ts';
import { simulatedTime } from './simulated-time.ts';
import { seeded } from './statistics.ts';

const TICKS = 1000;

/** Enough for variants that are broken. */
const FEWER_TICKS = 400;
const TICK = SLOT_SECONDS;

/** Of an hour, so that what may wait, a week of fetching, is fetched within few. */
const LONG_TICK = 3600;
const FLOODED_TICKS = 500;
const COUNT = 2;

/** The first ticks, in which there may be no cover yet. */
const BEGINNING = 30;

/** How a journalist watches under cover until the drop's signal is aborted. */
type Way = (options: WatchOptions) => Promise<never>;

/** What a letter is like to whoever fetches it. */
type Kind = 'short' | 'long' | 'damaged' | 'missing' | 'failing';
const KINDS: readonly Kind[] = ['short', 'long', 'damaged', 'missing', 'failing'];

/** What an observer sees: the seconds since the beginning at which something was asked for. */
interface Seen {
  /** Cells. */
  readonly moments: number[];
  readonly lists: number[];
  readonly batches: number[];
  readonly delivered: number;
  readonly sent: number;
  /** Of those sent, how many were found and wait for another try when the watch ends. */
  readonly waiting: number;
  /** Paths that were asked for, and how often. */
  readonly asked: Map<string, number>;
}

/** What a watch finds: now and then letters, and once 200 that are missing; or a flood of those, and letters later. */
type Finds = 'nothing' | 'letters' | 'flood';

/** More than may wait, in batches that are tried without threads: those are not waited for in simulated time. */
const FLOOD = { batches: 8, ids: 1890, lines: 2048 };

/** A watch that is looked at. */
interface Setting {
  readonly ticks: number;
  /** Seconds. */
  readonly tick: number;
}

/** Watches a drop over a transport on which a cell takes up to four minutes and one request in ten fails. */
async function traffic(watching: Way, finds: Finds, { ticks, tick }: Setting): Promise<Seen> {
  const time = simulatedTime();
  const start = time.now();
  const drop = plainDrop();
  const { uniform, below } = seeded(`cover ${finds}`);
  const jane = journalist(drop.url);
  const contact = contactOf(jane.identity);
  const epoch = jane.identity.epochs[0]!;
  const shared = [zeros(contact), zeros(contact)];
  for (const { cell, entry } of shared) drop.objects.set(uploadKey(entry.id), cell);
  const [short, long] = [[], shared.map(({ entry }) => entry)];
  const root = (kind: Kind, id: Uint8Array) =>
    kind === 'long' ? claim(2_200_000, id, contact, long) : claim(5, id, contact, short);
  const decoys = sealedIds(8);
  const slotsMax = (ticks * tick) / SLOT_SECONDS;
  const floodFrom = Math.ceil((BEGINNING * tick) / SLOT_SECONDS);
  const floodTo = floodFrom + FLOOD.batches;
  // What is found in the same poll as a flood is left out with it, by its share.
  const floodRead = floodTo + (2 * tick) / SLOT_SECONDS;
  const line = (id: Uint8Array) => formatSealedId(sealId(id, contact.idKey));
  const failing = new Set<string>();
  const names: string[] = [];
  let [next, slots, delivered] = [start, 0, 0];
  /** Names ids of nothing. */
  const fill = (lines: string[], ids: number, count: number) =>
    lines.splice(0, 8, ...Array.from({ length: count }, (_, i) => (i < ids ? line(randomBytes(32)) : decoys[0]!)));
  const isTimeForLetters = () => {
    // One that failed waits among the 200 that are missing, which come five times each.
    if (finds === 'letters') return slots < slotsMax * 0.5 && uniform() < 1 / 8;
    return finds === 'flood' && slots >= floodRead && slots < slotsMax * 0.7 && uniform() < 1 / 80;
  };
  const publish = () => {
    for (; next <= time.now(); next += SLOT_SECONDS * 1000) {
      const lines = [...decoys];
      slots += 1;
      if (finds === 'letters' && slots === ticks / 4) fill(lines, 200, 256);
      else if (finds === 'flood' && slots >= floodFrom && slots < floodTo) fill(lines, FLOOD.ids, FLOOD.lines);
      else if (isTimeForLetters()) {
        const id = randomBytes(32);
        const kind = KINDS[below(KINDS.length)]!;
        lines[below(8)] = line(id);
        if (kind === 'damaged') drop.objects.set(uploadKey(id), shared[0]!.cell);
        else if (kind !== 'missing') drop.objects.set(uploadKey(id), root(kind, id));
        if (kind === 'failing') failing.add(`/${uploadKey(id)}`);
        if (kind === 'short' || kind === 'long' || kind === 'failing') names.push(letterName(id, epoch));
      }
      drop.objects.set(batchKey(slotAt(new Date(next))), formatBatch(lines));
    }
  };
  const stop = new AbortController();
  const over = new Error('enough was seen');
  const [moments, lists, batches]: number[][] = [[], [], []];
  const asked = new Map<string, number>();
  const transport: Transport = async (request) => {
    const { pathname: path } = request.url;
    publish();
    const isCell = path.startsWith('/uploads/');
    (isCell ? moments : path === '/' ? lists : batches)!.push((time.now() - start) / 1000);
    if (isCell) asked.set(path, (asked.get(path) ?? 0) + 1);
    const answer = await drop.transport(request);
    await time.sleep(isCell ? 20_000 + below(220_000) : 1000, request.signal);
    const isLost = isCell && (below(10) === 0 || (failing.has(path) && asked.get(path)! <= 4));
    if (isLost) throw new Error('lost');
    return answer;
  };
  // Nothing is sealed or uploaded: that takes all the time of this test, and nobody looks at it here.
  const cell = shared[0]!.cell;
  const send: SendCover = async (_, cells) => {
    const ids = Array.from({ length: cells }, () => randomBytes(32));
    for (const id of ids) drop.objects.set(uploadKey(id), cell);
    await time.sleep(1000 + below(100_000), stop.signal);
    return ids;
  };
  const end = watching({
    drop: { ...dropAt(drop.url, { transport, signal: stop.signal }), patience: { tries: 5, firstWaitMilliseconds: 0 } },
    identity: () => jane.identity,
    inbox: inboxOf(jane),
    bookmark: jane.bookmark,
    report: (event) => {
      if (event.kind !== 'letter') return;
      delivered += 1;
      rmSync(event.letter.path, { recursive: true });
    },
    every: tick,
    cover: { cells: COUNT, send },
    trouble: (error) => {
      throw error;
    },
    random: below,
    sleep: time.sleep,
  });
  const limit = time.sleep(ticks * tick * 1000 - 1, stop.signal).then(() => stop.abort(over));
  await expect(time.run(end)).rejects.toBe(over);
  await limit;
  const waiting = names.filter((name) => jane.bookmark.pending.has(name)).length;
  return { moments: moments!, lists: lists!, batches: batches!, delivered, sent: names.length, waiting, asked };
}

/** Numbers of requests by tick, and the moments in their ticks, from the first tick with any on. */
function byTick(moments: readonly number[], { ticks, tick }: Setting) {
  const counts = new Array<number>(ticks).fill(0);
  for (const moment of moments) counts[Math.floor(moment / tick)]! += 1;
  return {
    first: counts.findIndex((count) => count > 0),
    counts: counts.slice(BEGINNING),
    within: moments.map((x) => (x % tick) / tick),
  };
}

/** The waits between two requests. */
const waits = (moments: readonly number[]) => moments.slice(1).map((moment, i) => moment - moments[i]!);

/** How far what is seen is from each claim: for numbers, how many ticks have another; else as a part of the limit. */
async function whatShows(watching: Way, setting: Setting, finds: Finds = 'letters') {
  const [idle, busy] = [await traffic(watching, 'nothing', setting), await traffic(watching, finds, setting)];
  expect([idle.sent, idle.delivered]).toEqual([0, 0]);
  expect(busy.sent).toBeGreaterThan(setting.ticks / 100);
  const [one, other] = [byTick(idle.moments, setting), byTick(busy.moments, setting)];
  const isOther = (count: number) => count !== COUNT;
  const uniform = (sample: number[]) => distanceFrom(sample, (x) => x) / distanceLimit(sample.length);
  const between = (a: number[], b: number[]) => distanceBetween(a, b) / distanceLimit(a.length, b.length);
  return {
    idle,
    busy,
    first: [one.first, other.first],
    ticks: [one.counts.filter(isOther).length, other.counts.filter(isOther).length],
    moments: Math.max(uniform(one.within), uniform(other.within), between(one.within, other.within)),
    waits: between(waits(idle.moments), waits(busy.moments)),
    /** Lists, and batches: how many in each tick, and how long one after another. */
    polls: Math.max(
      ...(['lists', 'batches'] as const).flatMap((what) => [
        between(byTick(idle[what], setting).counts, byTick(busy[what], setting).counts),
        between(waits(idle[what]), waits(busy[what])),
      ]),
    ),
    /** How many more batches were read of one than of the other. */
    batches: Math.abs(idle.batches.length - busy.batches.length),
  };
}

/** How not to: each of these watches with a scheduler of its own, where `cover` fetches a cell of one's own. */
const withScheduler =
  (
    make: (options: WatchOptions, cover: () => Promise<unknown>, count: () => number) => Scheduler,
    hasRoom?: (count: number) => boolean,
  ): Way =>
  async (options) => {
    const { random, sleep, drop, bookmark } = { ...options, random: options.random!, sleep: options.sleep! };
    const [own] = await options.cover!.send!(drop, 1);
    const request = {
      method: 'GET',
      headers: {},
      answerMaxBytes: 2 ** 20,
      url: new URL(`${drop.url}/${uploadKey(own!)}`),
    } as const;
    const cover = () => drop.transport({ ...request, signal: drop.signal }).catch(() => {});
    const scheduler = make(options, cover, () => bookmark.pending.size);
    const fetcher = letterFetcher(
      { ...options, scheduler, drop: { ...drop, patience: { tries: 1, firstWaitMilliseconds: 0 } } },
      random,
      () => {},
    );
    try {
      for (;;) {
        const take = (slot: string, found: readonly FoundId[]) => noteFound(options, slot, found);
        await poll(options, take, {
          isWatching: true,
          ...(hasRoom && { hasRoom: () => hasRoom(bookmark.pending.size) }),
        }).catch(() => {});
        fetcher.afterPoll();
        await sleep(jittered(TICK * 1000, random), drop.signal);
      }
    } finally {
      await fetcher.rest();
    }
  };

/** Calls something at moments that are drawn as they should be. */
function atMoments({ random, sleep, drop }: WatchOptions, act: () => void): void {
  const run = async () => {
    for (;;) {
      let at = 0;
      for (const moment of spreadMoments(COUNT, TICK * 1000 - 1, random!)) {
        await sleep!(moment - at, drop.signal);
        at = moment;
        act();
      }
      await sleep!(TICK * 1000 - at, drop.signal);
    }
  };
  run().catch(() => {});
}

/** A scheduler, and what lets one through that waits. */
function byHand(signal: AbortSignal) {
  const waiting: (() => void)[] = [];
  const scheduler: Scheduler = async (request) => {
    await new Promise<void>((enter, refuse) => {
      waiting.push(enter);
      signal.addEventListener('abort', () => refuse(signal.reason), { once: true });
    });
    return request();
  };
  return { scheduler, waits: () => waiting.length > 0, enter: () => waiting.shift()?.() };
}

const atOnce = withScheduler((options, cover) => {
  atMoments(options, cover);
  return unscheduled;
});

const onlyLetters = withScheduler((options) => {
  const { scheduler, enter } = byHand(options.drop.signal!);
  atMoments(options, enter);
  return scheduler;
});

const onlyWithLetters = withScheduler((options, cover, count) => {
  const { scheduler, waits, enter } = byHand(options.drop.signal!);
  atMoments(options, () => (waits() ? enter() : count() > 0 && cover()));
  return scheduler;
});

/** Cells are asked for as they should be, but batches are left while letters wait. */
const readingLess = withScheduler(
  (options, cover) => {
    const { scheduler, waits, enter } = byHand(options.drop.signal!);
    atMoments(options, () => (waits() ? enter() : cover()));
    return scheduler;
  },
  (count) => count < 10,
);

/** Letters first, but each at its moment and as soon as it is found: the first moment of a tick is put off for a find. */
const hurried = withScheduler((options, cover) => {
  const { scheduler, waits, enter } = byHand(options.drop.signal!);
  const { random, sleep, drop } = options;
  const run = async () => {
    for (;;) {
      const moments = spreadMoments(COUNT, TICK * 1000 - 1, random!);
      let at = 0;
      for (const moment of moments) {
        // What waits takes the next moment, brought forward.
        const wait = waits() ? (moment - at) / 4 : moment - at;
        await sleep!(wait, drop.signal);
        at += wait;
        if (waits()) enter();
        else void cover();
      }
      await sleep!(TICK * 1000 - at, drop.signal);
    }
  };
  run().catch(() => {});
  return scheduler;
});

describe(`of ${TICKS} ticks, each claim of distribution being wrongly refused once in a million`, () => {
  test('exactly N cells are fetched in each, at uniform moments, whatever is found; and all letters arrive', async () => {
    const {
      idle,
      busy,
      first,
      ticks,
      moments,
      waits: distance,
      polls,
      batches,
    } = await whatShows(watch, { ticks: TICKS, tick: TICK });
    for (const tick of first) expect(tick >= 0 && tick < BEGINNING).toBe(true);
    expect(ticks).toEqual([0, 0]);
    expect(idle.moments.length).toBeGreaterThan((TICKS - BEGINNING) * COUNT - 1);
    expect(moments).toBeLessThan(1);
    expect(distance).toBeLessThan(1);
    expect(polls).toBeLessThan(1);
    expect(batches).toBeLessThan(3);
    expect(busy.delivered).toBe(busy.sent);
    // Most of the own cover is fetched once: what is fetched again is fetched because there is no other, or after a loss.
    const again = [...idle.asked.values()].filter((count) => count > 1).length;
    expect(again / idle.asked.size).toBeLessThan(0.25);
  });

  test('and nothing else changes in a flood beyond what may wait: batches are read, and what comes after it arrives', async () => {
    expect(FLOOD.batches * FLOOD.ids).toBeGreaterThan(15_100); // what a front lets in in five minutes
    const setting = { ticks: FLOODED_TICKS, tick: LONG_TICK };
    const { busy, ticks, moments, waits: distance, polls, batches } = await whatShows(watch, setting, 'flood');
    expect(ticks).toEqual([0, 0]);
    expect(moments).toBeLessThan(1);
    expect(distance).toBeLessThan(1);
    expect(polls).toBeLessThan(1);
    expect(batches).toBeLessThan((3 * LONG_TICK) / TICK);
    // None is lost. Those whose requests failed wait for their turn, among the flood's that are tried again.
    expect(busy.delivered + busy.waiting).toBe(busy.sent);
    expect(busy.waiting).toBeLessThan(busy.sent / 3);
  });

  test.each([
    ['what is found were fetched at once', atOnce, 'ticks'],
    ['nothing were fetched when no letter waits', onlyLetters, 'ticks'],
    ['N were fetched only while letters are there', onlyWithLetters, 'ticks'],
    ['what waits were fetched a little sooner', hurried, 'moments'],
    ['batches were left for later while many letters wait', readingLess, 'batches'],
  ] as const)(
    'an observer could tell if %s',
    async (_, watching, by) => {
      const shows = await whatShows(watching, { ticks: FEWER_TICKS, tick: TICK });
      if (by === 'ticks') expect(Math.abs(shows.ticks[0]! - shows.ticks[1]!) + shows.ticks[1]!).toBeGreaterThan(50);
      else if (by === 'batches') expect(shows.batches).toBeGreaterThan(50);
      else expect(Math.max(shows.moments, shows.waits)).toBeGreaterThan(1);
    },
    180_000,
  );
});

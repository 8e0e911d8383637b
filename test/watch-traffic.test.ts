import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { dropAt } from '../core/drop/drop.ts';
import { exponential, jittered } from '../core/drop/moments.ts';
import type { Scheduler } from '../core/drop/scheduler.ts';
import type { Transport } from '../core/drop/transport.ts';
import { contactOf } from '../core/keys/identity.ts';
import { sealId } from '../core/letter/sealed-id.ts';
import { noteFound } from '../core/read/collect.ts';
import { poll } from '../core/read/poll.ts';
import type { FoundId } from '../core/read/try-ids.ts';
import { tryLetter } from '../core/read/try-letter.ts';
import { type WatchOptions, watch } from '../core/read/watch.ts';
import { formatBatch } from '../wire/batch.ts';
import { formatSealedId } from '../wire/sealed-id.ts';
import { CELL_BYTES, SLOT_SECONDS } from '../wire/sizes.ts';
import { batchKey, slotAt } from '../wire/slot.ts';
import { uploadKey } from '../wire/upload-id.ts';
import { claim, zeros } from './claim.ts';
import { sealedIds } from './drop.ts';
import { distanceBetween, distanceFrom, distanceLimit } from './kolmogorov.ts';
import { inboxOf, journalist } from './people.ts';
import { plainDrop } from './plain-drop.ts';
import { simulatedTime } from './simulated-time.ts';
import { seeded } from './statistics.ts';

const POLLS = 600;
const EVERY = 300;
const GAP = 30;

/** How a journalist watches until the drop's signal is aborted. */
type Way = (options: WatchOptions) => Promise<never>;

/** How long the bookmark takes to be saved. */
const SAVE_SECONDS = 5;

/** How not to: all in turn, so that fetching what was found puts off the next poll. */
const inTurn =
  (isPaced: boolean): Way =>
  async (options) => {
    const [random, sleep, { signal }] = [options.random!, options.sleep!, options.drop];
    const scheduler: Scheduler = async (request) => {
      if (isPaced) await sleep(exponential(GAP * 1000, random), signal);
      return request();
    };
    for (;;) {
      const reading = { ...options, scheduler };
      const take = async (slot: string, found: readonly FoundId[]) => {
        noteFound(reading, slot, found);
        for (const letter of reading.bookmark.pending.values())
          if (letter.state.kind === 'new') await tryLetter(reading, letter);
      };
      await poll(reading, take, { isWatching: true });
      await sleep(jittered(EVERY * 1000, random), signal);
    }
  };

/** How not to: saving what a batch brought at once, between two requests. */
const savingFinds: Way = async (options) => {
  const [random, sleep, { signal }] = [options.random!, options.sleep!, options.drop];
  for (;;) {
    const take = (slot: string, found: readonly FoundId[]) => {
      noteFound(options, slot, found);
      return options.save!(options.bookmark);
    };
    await poll(options, take, { isWatching: true });
    await sleep(jittered(EVERY * 1000, random), signal);
  }
};

/** What an observer sees of a request; times are in seconds. */
interface Seen {
  readonly path: string;
  readonly start: number;
  readonly end: number;
}

/**
 * Watches a drop over a transport that is as slow as Tor, for two days of simulated time.
 *
 * @param finds - whether three batches in ten name a letter of three cells, and one in ten a letter that is missing
 */
async function traffic(watching: Way, finds: boolean): Promise<{ seen: Seen[]; letters: Map<string, string> }> {
  const time = simulatedTime();
  const drop = plainDrop();
  const { uniform, below } = seeded(`traffic ${finds}`);
  const jane = journalist(drop.url);
  const contact = contactOf(jane.identity);
  const shared = [zeros(contact), zeros(contact)];
  for (const { cell, entry } of shared) drop.objects.set(uploadKey(entry.id), cell);
  const decoys = sealedIds(8);
  /** The path of the batch that names a letter, by that of the letter's root cell. */
  const letters = new Map<string, string>();

  let next = time.now();
  const publish = () => {
    for (; next <= time.now(); next += SLOT_SECONDS * 1000) {
      const key = batchKey(slotAt(new Date(next)));
      const [lines, luck] = [[...decoys], uniform()];
      if (finds && luck < 0.4) {
        const id = randomBytes(32);
        const cells = shared.map(({ entry }) => entry);
        if (luck < 0.3) drop.objects.set(uploadKey(id), claim(2_200_000, id, contact, cells));
        lines[below(8)] = formatSealedId(sealId(id, contact.idKey));
        letters.set(`/${uploadKey(id)}`, `/${key}`);
      }
      drop.objects.set(key, formatBatch(lines));
    }
  };

  const stop = new AbortController();
  const over = new Error('enough was seen');
  const seen: Seen[] = [];
  let polls = 0;
  const transport: Transport = async (asked) => {
    const { pathname: path } = asked.url;
    const start = time.now() / 1000;
    if (path === '/') {
      polls += 1;
      if (polls > POLLS) stop.abort(over);
      publish();
    }
    const answer = await drop.transport(asked);
    const isCell = answer.body.length === CELL_BYTES;
    await time.sleep((isCell ? 60_000 : 1000) + below(20_000), asked.signal);
    if (letters.has(path)) drop.objects.delete(path.slice(1)); // nobody asks again, and it takes memory
    seen.push({ path, start, end: time.now() / 1000 });
    return answer;
  };

  const end = watching({
    drop: dropAt(drop.url, { transport, signal: stop.signal }),
    identity: () => jane.identity,
    inbox: inboxOf(jane),
    bookmark: jane.bookmark,
    save: () => time.sleep(SAVE_SECONDS * 1000),
    report: (event) => event.kind === 'letter' && rmSync(event.letter.path, { recursive: true }),
    every: EVERY,
    gap: GAP,
    trouble: (error) => {
      throw error;
    },
    random: below,
    sleep: time.sleep,
  });
  await expect(time.run(end)).rejects.toBe(over);
  return { seen, letters };
}

const isCell = ({ path }: Seen) => path.startsWith('/uploads/');

/** The distances between polls, and between requests of a poll; the waits before root cells and before further ones. */
async function distances(watching: Way, finds: boolean) {
  const { seen, letters } = await traffic(watching, finds);
  const polls: Seen[][] = [];
  for (const each of seen.filter((one) => !isCell(one))) {
    if (each.path === '/') polls.push([]);
    polls.at(-1)!.push(each);
  }
  const starts = polls.map(([list]) => list!.start);
  const [roots, further]: [number[], number[]] = [[], []];
  const tried = new Set<string>();
  let before = 0;
  for (const { path, start, end } of seen.filter(isCell)) {
    const batch = letters.get(path);
    if (batch === undefined) further.push(start - before);
    else if (!tried.has(path)) {
      const poll = polls.find((requests) => requests.some((each) => each.path === batch))!;
      // What a poll found waits from its end on.
      roots.push(start - Math.max(before, poll.at(-1)!.end));
    }
    tried.add(path);
    before = end;
  }
  return {
    polls: starts.slice(1).map((start, i) => start - starts[i]!),
    within: polls.flatMap((requests) => requests.slice(1).map(({ start }, i) => start - requests[i]!.end)),
    roots,
    further,
  };
}

const isJittered = (x: number) => Math.min(1, Math.max(0, x / EVERY - 0.5));
const isExponential = (x: number) => (x < 0 ? 0 : 1 - Math.exp(-x / GAP));

/** How far what is seen is from each claim, as a part of the limit: from 1 on, it shows. */
async function whatShows(watching: Way) {
  const [idle, busy] = [await distances(watching, false), await distances(watching, true)];
  expect([idle.polls.length, idle.roots.length, idle.further.length]).toEqual([POLLS - 1, 0, 0]);
  expect(busy.polls.length).toBe(POLLS - 1);
  expect(Math.min(busy.roots.length, busy.further.length)).toBeGreaterThan(150);
  expect(Math.min(idle.within.length, busy.within.length)).toBeGreaterThan(500);
  const from = (sample: number[], claim: (x: number) => number) =>
    distanceFrom(sample, claim) / distanceLimit(sample.length);
  const between = (one: number[], other: number[]) =>
    distanceBetween(one, other) / distanceLimit(one.length, other.length);
  return {
    'polls come as they are drawn': Math.max(from(idle.polls, isJittered), from(busy.polls, isJittered)),
    'polls come the same whether letters are found or not': between(idle.polls, busy.polls),
    'requests of a poll follow each other at once': Math.max(...idle.within, ...busy.within) / SAVE_SECONDS,
    'further cells come at moments of a Poisson process': from(busy.further, isExponential),
    'root cells come at moments of a Poisson process': from(busy.roots, isExponential),
    'a root cell after its find comes like a cell after another': between(busy.roots, busy.further),
  };
}

describe('of 600 polls, each claim being wrongly refused once in a million', () => {
  test('an observer cannot tell by the moments what was found', async () => {
    const shows = await whatShows(watch);
    for (const [claim, distance] of Object.entries(shows)) expect(distance, claim).toBeLessThan(1);
  });

  test('an observer could, if what is found were fetched at once', async () => {
    const shows = await whatShows(inTurn(false));
    for (const [claim, distance] of Object.entries(shows)) expect(distance, claim).toBeGreaterThan(1);
  });

  test('an observer could, if a find were saved between two requests of a poll', async () => {
    const { within } = await distances(savingFinds, true);
    expect(within.filter((distance) => distance >= SAVE_SECONDS).length).toBeGreaterThan(20);
  });

  test('an observer could, if polls waited for what is fetched, though that is paced', async () => {
    const shows = await whatShows(inTurn(true));
    expect(shows['polls come the same whether letters are found or not']).toBeGreaterThan(1);
    expect(shows['further cells come at moments of a Poisson process']).toBeLessThan(1);
  });
});

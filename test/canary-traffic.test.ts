import { describe, expect, test } from 'vitest';
import { canaries } from '../core/canary/canaries.ts';
import { drawLetter } from '../core/canary/draft.ts';
import { dropAt } from '../core/drop/drop.ts';
import { jittered } from '../core/drop/moments.ts';
import type { Transport } from '../core/drop/transport.ts';
import { keysName } from '../core/keys/epoch.ts';
import { contactOf } from '../core/keys/identity.ts';
import type { Random } from '../core/platform.ts';
import { type Bookmark, firstBookmark } from '../core/read/bookmark.ts';
import { watch } from '../core/read/watch.ts';
import { send } from '../core/send/send.ts';
import { drawCells } from '../wire/drawn-cells.ts';
import { SLOT_SECONDS } from '../wire/sizes.ts';
import { inboxOf, type Journalist, journalist } from './people.ts';
import { plainDrop } from './plain-drop.ts';
import { type SimulatedTime, simulatedTime } from './simulated-time.ts';
import { seeded } from './statistics.ts';

const EVERY = SLOT_SECONDS;
const LEAD = 2 * EVERY * 1000;

/** All that a drop sees of a request: when it came and ended, and what it says. Ids are random, and left out. */
type Line = string;

/** A drop that has been there for hours, and takes some seconds for each request. */
function town(seed: string) {
  const drop = plainDrop();
  for (let i = 0; i < 19; i += 1) drop.tick();
  const time = simulatedTime(Date.parse('2026-11-22T13:05:00Z') + 70_000);
  const seen: Line[] = [];
  const lag = seeded(`lag ${seed}`).below;
  let next = Date.parse('2026-11-22T13:05:00Z');
  const transport: Transport = async (asked) => {
    for (; next <= time.now(); next += SLOT_SECONDS * 1000) drop.tick();
    const start = time.now();
    await time.sleep(asked.body ? 3000 + lag(5000) : 1000 + lag(2000), asked.signal);
    const answer = await drop.transport(asked);
    const { method, url, headers, body } = asked;
    const path = (url.pathname + url.search).replace(/uploads\/[\w-]{43}/, 'uploads/<id>');
    seen.push([start, time.now(), method, path, JSON.stringify(headers), body?.length, answer.status].join(' '));
    return answer;
  };
  /** Over any number of connections: nothing says which of two requests are the same person's. */
  const way = (signal: AbortSignal) => dropAt(drop.url, { transport, signal });
  return { drop, time, seen, way };
}

async function canaryTraffic(seed: string): Promise<Line[]> {
  const { time, seen, way } = town(seed);
  const take = () => {};
  const { below: random } = seeded(seed);
  const drop = way(new AbortController().signal);
  await time.run(canaries({ drop, wait: 1_800_000, take, random, sleep: time.sleep, now: time.now }));
  return seen;
}

/** What people do, and how. */
interface People {
  readonly jane: Journalist;
  readonly bookmark: Bookmark;
  readonly time: SimulatedTime;
  readonly random: Random;
  /** Seconds. */
  readonly gap?: number;
  /** Whether the journalist looks before the letter is sent. */
  readonly isLate?: boolean;
}

/** A journalist who has been watching for long goes on with it, and a source who knows nothing of that sends a letter. */
async function ordinaryTraffic(seed: string, change: (people: People) => People = (people) => people): Promise<Line[]> {
  const { drop, time, seen, way } = town(seed);
  const jane = journalist(drop.url);
  await jane.read(drop.transport);
  const { below } = seeded(seed);
  const people = change({ jane, bookmark: jane.bookmark, time, random: below });
  const { bookmark, random, gap, isLate } = people;
  const stop = new AbortController();
  const begin = () =>
    watch({
      drop: way(stop.signal),
      identity: () => jane.identity,
      inbox: inboxOf(jane),
      bookmark,
      report: ({ kind }) => kind === 'letter' && stop.abort(),
      every: EVERY,
      gap,
      trouble: (error) => {
        throw error;
      },
      random,
      sleep: time.sleep,
      now: time.now,
    }).catch(() => {});
  const source = async () => {
    await time.sleep(jittered(LEAD, random));
    const { draft } = drawLetter(drawCells(random), random);
    await send(way(stop.signal), contactOf(jane.identity), draft, { now: time.now });
  };
  const everybody = async () => {
    if (isLate) await source().then(begin);
    else await Promise.all([begin(), source()]);
  };
  await time.run(everybody());
  return seen;
}

const seeds = ['a', 'b', 'c', 'd', 'e', 'f'];

describe('to the drop, a canary and a letter between two people are the same', () => {
  test.each(seeds)('by each request, its moment, order, path, headers and lengths, with luck %s', async (seed) => {
    const canary = await canaryTraffic(seed);
    expect(canary.filter((line) => line.includes('/uploads/<id>')).length).toBeGreaterThanOrEqual(2);
    expect(canary.filter((line) => line.includes('list-type')).length).toBeGreaterThanOrEqual(2);
    expect(canary).toEqual(await ordinaryTraffic(seed));
  });

  test('and the seeds cover letters of different lengths', async () => {
    const lengths = seeds.map((seed) => {
      const { below } = seeded(seed);
      jittered(LEAD, below);
      jittered(EVERY, below);
      return drawCells(below);
    });
    expect(new Set(lengths).size).toBeGreaterThan(1);
  });
});

describe('they would not be the same', () => {
  test.each<[string, (people: People) => People]>([
    ['if a canary were fetched at once', (people) => ({ ...people, gap: 0 })],
    ['if it were looked for from its registration on only', (people) => ({ ...people, isLate: true })],
    [
      'if whoever looks for it had read nothing before',
      (people) => ({ ...people, bookmark: firstBookmark(undefined, people.jane.identity.epochs.map(keysName)) }),
    ],
    [
      'if it were looked for twice as often',
      (people) => ({ ...people, random: (below) => Math.floor(people.random(below) / 2) }),
    ],
  ])('%s', async (_, change) => {
    expect(await ordinaryTraffic('a', change)).not.toEqual(await canaryTraffic('a'));
  });
});

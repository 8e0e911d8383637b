import { randomBytes, randomInt } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { listBatches } from '../core/drop/list.ts';
import { Unreachable } from '../core/drop/retry.ts';
import type { DropAnswer, Transport } from '../core/drop/transport.ts';
import type { Inbox } from '../core/inbox/inbox.ts';
import { keysName } from '../core/keys/epoch.ts';
import { contactOf, newIdentity } from '../core/keys/identity.ts';
import { sealId } from '../core/letter/sealed-id.ts';
import { firstBookmark } from '../core/read/bookmark.ts';
import { catchUp } from '../core/read/catch-up.ts';
import type { CollectEvent, CollectOptions, noteFound } from '../core/read/collect.ts';
import { type PollOptions, poll } from '../core/read/poll.ts';
import { watch } from '../core/read/watch.ts';
import { formatBatch } from '../wire/batch.ts';
import { formatSealedId } from '../wire/sealed-id.ts';
import { SEALED_ID_BYTES } from '../wire/sizes.ts';
import { batchKey, IDS_PREFIX, parseSlot, slotBefore } from '../wire/slot.ts';
import { dayOf, formatSummary, hourOf, idsOf, SUMMARIES_PREFIX, slotsOf, summaryKey } from '../wire/summary.ts';
import { way } from './people.ts';
import { plainDrop } from './plain-drop.ts';
import { simulatedTime } from './simulated-time.ts';

/** The newest slot of the drops here: of the day there is less than half. */
const NEWEST = '2026-11-22T11:40:00Z';

const now = () => parseSlot(NEWEST).getTime();

/** A slot so many before the newest. */
const ago = (slots: number) => slotBefore(NEWEST, slots);

/** A drop with batches of these slots, and all summaries that a publisher has written by then. */
function dropWith(slots: readonly string[], letters: ReadonlyMap<string, Uint8Array> = new Map()) {
  const { objects, transport, url } = plainDrop();
  const identity = newIdentity(url, 0, 4_000_000_000);
  const contact = contactOf(identity);
  for (const slot of slots) {
    const ids = Array.from({ length: 8 }, () => randomBytes(SEALED_ID_BYTES));
    const letter = letters.get(slot);
    if (letter) ids[randomInt(8)] = Buffer.from(sealId(letter, contact.idKey));
    objects.set(batchKey(slot), formatBatch(ids.map(formatSealedId)));
  }
  const batches = new Map(slots.map((slot) => [slot, idsOf(objects.get(batchKey(slot))!)]));
  const periods = new Set(slots.flatMap((slot) => [hourOf(slot), dayOf(slot)]));
  for (const period of periods)
    if (slotsOf(period).at(-1)! <= slotBefore(NEWEST, 5))
      objects.set(summaryKey(period), formatSummary(period, batches));
  return { identity, objects, transport, batches, periods: [...periods] };
}

type Drop = ReturnType<typeof dropWith>;

/** The bookmark of somebody who has read all until a slot, with the keys that they have. */
function readUntil({ identity, batches }: Drop, last: string | undefined) {
  const bookmark = firstBookmark(undefined, identity.epochs.map(keysName));
  for (const slot of batches.keys()) if (last !== undefined && slot <= last) bookmark.slots.add(slot);
  return bookmark;
}

/** Polls once. @returns what was asked for, what happened, and the ids that were found, with their slots */
async function look(
  drop: Drop,
  { bookmark = firstBookmark(), ...how }: PollOptions & { bookmark?: ReturnType<typeof firstBookmark> } = {},
  answers: (path: string) => DropAnswer | undefined = () => undefined,
) {
  const asked: string[] = [];
  const events: CollectEvent[] = [];
  const found: string[] = [];
  let [open, most] = [0, 0];
  const transport: Transport = async (request) => {
    asked.push(request.url.pathname.slice(1) + request.url.search);
    open += 1;
    most = Math.max(most, open);
    await new Promise(setImmediate);
    open -= 1;
    return answers(request.url.pathname.slice(1)) ?? drop.transport(request);
  };
  const options = {
    drop: way('http://127.0.0.1:1', transport),
    identity: () => drop.identity,
    bookmark,
    report: (event: CollectEvent) => events.push(event),
    now,
    random: () => 1, // nothing that failed is tried again
  } as unknown as CollectOptions;
  const take = (slot: string, ids: Parameters<typeof noteFound>[2]) => {
    for (const { id } of ids) found.push(`${slot} ${Buffer.from(id).toString('hex')}`);
  };
  const end = await poll(options, take, how).catch((error) => error);
  return { asked, events, found: found.sort(), bookmark, most, end };
}

const of = (asked: readonly string[], prefix: string) => asked.filter((path) => path.startsWith(prefix));

/** A fortnight of batches. */
const FORTNIGHT = Array.from({ length: 14 * 288 }, (_, i) => ago(14 * 288 - 1 - i));

describe('whoever has been away asks for days, then hours, then batches', () => {
  test('for a fortnight 39 times, at most eight at a time, and reads every batch once', async () => {
    const drop = dropWith(FORTNIGHT);
    const { asked, events, most } = await look(drop);
    expect(of(asked, '?')).toHaveLength(5);
    // From the 8th on, of which not all is there any more; of the 22nd the hours up to the tenth.
    expect(of(asked, SUMMARIES_PREFIX).sort()).toEqual([
      ...Array.from({ length: 14 }, (_, i) => `summaries/2026-11-${String(8 + i).padStart(2, '0')}`),
      ...Array.from({ length: 11 }, (_, i) => `summaries/2026-11-22T${String(i).padStart(2, '0')}`),
    ]);
    expect(of(asked, IDS_PREFIX).sort()).toEqual(Array.from({ length: 9 }, (_, i) => batchKey(ago(8 - i))));
    expect(events.map((event) => event.kind === 'batch' && event.slot)).toEqual(FORTNIGHT);
    expect(most).toBe(8);
  });

  test('reads a day while the list goes on, and ends the list with the rest when it is stopped', async () => {
    const drop = dropWith(FORTNIGHT);
    let [summaries, lists] = [0, 0];
    const ended: unknown[] = [];
    const { promise: isAskedAgain, resolve: askedAgain } = Promise.withResolvers<void>();
    const { promise: never, reject: end } = Promise.withResolvers<DropAnswer>();
    const transport: Transport = async (request) => {
      const path = request.url.pathname.slice(1);
      if (path !== '') {
        summaries += 1;
        await isAskedAgain;
        return drop.transport(request);
      }
      lists += 1;
      if (lists === 1) return drop.transport(request);
      // The second page never comes.
      request.signal!.addEventListener('abort', () => {
        ended.push(request.signal!.reason);
        end(request.signal!.reason);
      });
      askedAgain();
      return never;
    };
    const read: string[] = [];
    const reading = catchUp(way('http://127.0.0.1:1', transport), (within) => listBatches(within, { now }));
    for await (const together of reading) {
      read.push(...together.map(({ slot }) => slot));
      if (read.length > 2 * 288) break;
    }
    expect(new Set(read.map(dayOf))).toEqual(new Set(['2026-11-08', '2026-11-09', '2026-11-10']));
    expect([summaries, lists, ended.length]).toEqual([3, 2, 1]);
  }, 60_000);

  test('and a drop of before, which has no summaries, as before', async () => {
    const drop = dropWith(FORTNIGHT.slice(-600));
    for (const key of drop.objects.keys()) if (key.startsWith(SUMMARIES_PREFIX)) drop.objects.delete(key);
    const { asked, events } = await look(drop);
    expect(events.map((event) => event.kind === 'batch' && event.slot)).toEqual(FORTNIGHT.slice(-600));
    expect(of(asked, IDS_PREFIX)).toHaveLength(600);
    expect(of(asked, SUMMARIES_PREFIX).length).toBeLessThanOrEqual(8 + 8); // those under way when it is known
  });

  test('whoever watches asks for each new batch, one after another', async () => {
    const drop = dropWith(FORTNIGHT.slice(-300));
    const bookmark = readUntil(drop, ago(3));
    bookmark.slots.delete(ago(9));
    const { asked, most } = await look(drop, { bookmark, isWatching: true });
    expect(asked.slice(1)).toEqual([9, 2, 1, 0].map((slots) => batchKey(ago(slots))));
    expect(most).toBe(1);
  });
});

describe('what is asked for says nothing finer than a day', () => {
  const drop = dropWith(FORTNIGHT.slice(-900));
  /** What somebody asks for who came last at a slot and read all until then. */
  const askedAfter = async (last: string, how: PollOptions = {}) => {
    const { asked, events } = await look(drop, { ...how, bookmark: readUntil(drop, last) });
    expect(events.map((event) => event.kind === 'batch' && event.slot)).toEqual(
      FORTNIGHT.filter((slot) => slot > last),
    );
    return asked;
  };
  // A day begins at one, since an hour before the last slot is looked at again.
  const inDay = ['2026-11-20T01:00:00Z', '2026-11-20T07:35:00Z', '2026-11-20T23:55:00Z', '2026-11-21T00:55:00Z'];

  test('two who were away since different hours of one day ask for the same, in the same order', async () => {
    const all = await Promise.all(inDay.map((last) => askedAfter(last)));
    for (const asked of all) expect(asked).toEqual(all[0]);
    expect(all[0]![0]).toBe('?list-type=2&prefix=ids%2F&start-after=ids%2F2026-11-19T23%3A55%3A00Z');
  });

  test('those of other days do not', async () => {
    const [one, other] = [await askedAfter('2026-11-20T23:55:00Z'), await askedAfter('2026-11-21T01:00:00Z')];
    expect(one).not.toEqual(other);
  });

  test('this would be seen: to ask for what is new only', async () => {
    const [one, other] = await Promise.all(inDay.slice(0, 2).map((last) => askedAfter(last, { isWatching: true })));
    expect(one).not.toEqual(other);
  });

  test('nor does a batch that failed the last time change it', async () => {
    const bad = ago(4);
    const asking = async (unread: [string, { tries: number; outages: number }][]) => {
      const bookmark = { ...readUntil(drop, ago(5)), unread: new Map(unread) };
      const answer = (path: string) => (path === batchKey(bad) ? { status: 403, body: new Uint8Array() } : undefined);
      return look(drop, { bookmark }, answer);
    };
    const [one, other] = [await asking([]), await asking([[bad, { tries: 1, outages: 0 }]])];
    expect(other.asked).toEqual(one.asked);
    // What is asked for anyway is no try.
    expect([one.bookmark.unread.get(bad), other.bookmark.unread.get(bad)]).toEqual(
      Array(2).fill({ tries: 1, outages: 0 }),
    );
    expect(of((await asking([[bad, { tries: 1, outages: 0 }]])).asked, batchKey(bad))).toHaveLength(1);
  });
});

/** How a summary may be other than it should: given the right one, and all others by their period. */
const OTHERWISE: Record<string, (drop: Drop, period: string) => Uint8Array | DropAnswer | undefined> = {
  'as it should be': ({ objects }, period) => objects.get(summaryKey(period)),
  missing: () => undefined,
  cut: ({ objects }, period) => objects.get(summaryKey(period))?.subarray(0, -1),
  'cut in its head': ({ objects }, period) => objects.get(summaryKey(period))?.subarray(0, 7),
  'with more behind it': ({ objects }, period) =>
    Buffer.concat([objects.get(summaryKey(period)) ?? new Uint8Array(), randomBytes(80)]),
  'of another period': ({ objects, periods }, period) =>
    objects.get(summaryKey(periods[(periods.indexOf(period) + 2) % periods.length]!)),
  'of a newer version': ({ objects }, period) => {
    const body = Buffer.from(objects.get(summaryKey(period)) ?? [1]);
    body[0] = 2;
    return body;
  },
  'older than its last batches': ({ batches }, period) => without(batches, period, (i, count) => i >= count / 2),
  'without one of its slots': ({ batches }, period) => without(batches, period, (i) => i === 1),
  'with the lines of another slot': ({ batches }, period) => {
    const slots = [...batches.keys()];
    return summaryOf(period, new Map(slots.map((slot, i) => [slot, batches.get(slots.at(i - 1)!)!])));
  },
  'with a line changed': ({ objects }, period) => {
    const body = objects.get(summaryKey(period));
    if (body === undefined) return undefined;
    const other = Buffer.from(body);
    other[other.length - 1 - randomInt(80 * 8)]! ^= 1;
    return other;
  },
  'with its lines in another order': ({ batches }, period) => {
    const turned = [...batches].map(
      ([slot, ids]) => [slot, Buffer.concat([ids.subarray(80), ids.subarray(0, 80)])] as const,
    );
    return summaryOf(period, new Map(turned));
  },
  'a page of somebody else': () => Buffer.from('<html>Sign in</html>'),
  empty: () => new Uint8Array(),
  'a redirect': () => ({ status: 302, body: new Uint8Array() }),
  'not given out': () => ({ status: 503, body: new Uint8Array() }),
};

function summaryOf(period: string, batches: ReadonlyMap<string, Uint8Array>): Uint8Array | undefined {
  const isOver = slotsOf(period).at(-1)! <= slotBefore(NEWEST, 5);
  const has = slotsOf(period).some((slot) => batches.has(slot));
  return isOver && has ? formatSummary(period, batches) : undefined;
}

function without(
  batches: ReadonlyMap<string, Uint8Array>,
  period: string,
  isLeft: (i: number, count: number) => boolean,
) {
  const mine = slotsOf(period).filter((slot) => batches.has(slot));
  const left = new Set(mine.filter((_, i) => isLeft(i, mine.length)));
  return summaryOf(period, new Map([...batches].filter(([slot]) => !left.has(slot))));
}

/** Some sixty batches of three days, and what each summary of theirs is like. */
const histories = fc.record({
  slots: fc.uniqueArray(fc.nat(3 * 288), { minLength: 20, maxLength: 60 }).map((all) => all.sort((a, b) => b - a)),
  letters: fc.uniqueArray(fc.nat(59), { maxLength: 6 }),
  wrongs: fc.array(fc.constantFrom(...Object.keys(OTHERWISE)), { minLength: 12, maxLength: 12 }),
  last: fc.option(fc.nat(3 * 288), { nil: undefined }),
});

test.each([
  ...Object.keys(OTHERWISE).map((wrong): [string, string | undefined] => [wrong, wrong]),
  ['each in its own way', undefined] as const,
])(
  'whatever summaries are, what is found is what the batches hold, each once: %s',
  async (_, wrong) => {
    await fc.assert(
      fc.asyncProperty(histories, async ({ slots: agos, letters, wrongs, last }) => {
        const slots = [...new Set([...agos.map(ago), NEWEST])];
        const named = new Map(letters.filter((i) => i < slots.length).map((i) => [slots[i]!, randomBytes(32)]));
        const drop = dropWith(slots, named);
        const answers = new Map<string, DropAnswer>();
        for (const [i, period] of drop.periods.entries()) {
          const other = OTHERWISE[wrong ?? wrongs[i % wrongs.length]!]!(drop, period);
          const answer = other instanceof Uint8Array ? { status: 200, body: other } : other;
          answers.set(summaryKey(period), answer ?? { status: 403, body: new Uint8Array() });
        }
        const bookmark = readUntil(drop, last === undefined ? undefined : ago(last));
        const expected = [...named].filter(([slot]) => !bookmark.slots.has(slot));
        const first = await look(drop, { bookmark }, (path) => answers.get(path));
        const found = [...first.found];
        // Where three summaries in a row were not given out, the drop counts as down: it is up again the next time.
        if (first.end instanceof Unreachable) found.push(...(await look(drop, { bookmark })).found);
        else expect(first.end).not.toBeInstanceOf(Error);
        expect(found.sort()).toEqual(expected.map(([slot, id]) => `${slot} ${id.toString('hex')}`).sort());
        expect((await look(drop, { bookmark })).found).toEqual([]);
      }),
      { numRuns: wrong === undefined ? 60 : 12 },
    );
  },
  120_000,
);

test('a summary that the list contradicts costs its requests, and no letter', async () => {
  const slots = FORTNIGHT.slice(-300);
  const id = randomBytes(32);
  const drop = dropWith(slots, new Map([[ago(200), id]]));
  const [day] = [dayOf(ago(200))];
  const body = Buffer.from(drop.objects.get(summaryKey(day))!);
  body.fill(randomBytes(80), 11 + 4 * 288);
  drop.objects.set(summaryKey(day), body);
  const { asked, found } = await look(drop);
  expect(found).toEqual([`${ago(200)} ${id.toString('hex')}`]);
  expect(of(asked, `${SUMMARIES_PREFIX}${day}T`).length).toBeGreaterThan(10);
});

test('who watches begins by catching up, then asks for what is new, and catches up again after an absence', async () => {
  const [drop, time] = [dropWith(FORTNIGHT.slice(-400)), simulatedTime(parseSlot(NEWEST).getTime())];
  const stop = new AbortController();
  const over = new Error('enough was seen');
  const asked: string[] = [];
  let [slot, slept] = [NEWEST, 0];
  const transport: Transport = async (request) => {
    for (; parseSlot(slot).getTime() + 300_000 <= time.now(); slot = slotBefore(slot, -1))
      drop.objects.set(batchKey(slotBefore(slot, -1)), drop.objects.get(batchKey(slot))!);
    if (request.url.search) asked.push(request.url.search.replace(/.*start-after=ids%2F/, ''));
    return drop.transport(request);
  };
  const end = watch({
    drop: { ...way('http://127.0.0.1:1', time.standing(transport)), signal: stop.signal },
    identity: () => drop.identity,
    inbox: { clearUnfinished: async () => {} } as unknown as Inbox,
    bookmark: readUntil(drop, ago(50)),
    every: 300,
    trouble: (error) => {
      throw error;
    },
    sleep: time.sleep,
    now: () => time.now() + slept,
  });
  end.catch(() => {});
  const day = '2026-11-21T23%3A55%3A00Z';
  await time.passUntil(() => asked.length === 4);
  expect(asked[0]).toBe(day);
  for (const after of asked.slice(1)) expect(decodeURIComponent(after) >= ago(13)).toBe(true);
  slept = 2 * 3_600_000;
  await time.passUntil(() => asked.length === 7);
  expect(asked.filter((after) => after === day)).toHaveLength(2);
  stop.abort(over);
  await expect(time.run(end)).rejects.toBe(over);
});

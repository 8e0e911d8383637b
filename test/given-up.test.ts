import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { Unreachable } from '../core/drop/retry.ts';
import type { DropAnswer, Transport } from '../core/drop/transport.ts';
import { contactOf, rotate } from '../core/keys/identity.ts';
import { sealId } from '../core/letter/sealed-id.ts';
import type { CollectEvent } from '../core/read/collect.ts';
import { readBookmark, writeBookmark } from '../node/read/bookmark-file.ts';
import { SLOT_SECONDS } from '../wire/sizes.ts';
import { batchKey, parseSlot } from '../wire/slot.ts';
import { journalist, troubles, write } from './people.ts';
import { plainDrop } from './plain-drop.ts';

const DAY_SLOTS = 86_400 / SLOT_SECONDS;

/** A journalist each of whose polls is a run of its own, with what the one before has kept. */
function desk() {
  const drop = plainDrop();
  const jane = journalist(drop.url);
  let answer: ((path: string) => DropAnswer | undefined) | undefined;
  const asked: string[] = [];
  const transport: Transport = async (request) => {
    const path = request.url.pathname.slice(1);
    asked.push(path);
    return answer?.(path) ?? drop.transport(request);
  };
  const runs = async (polls: number, run: () => Promise<CollectEvent[]>) => {
    const events = [];
    for (let poll = 0; poll < polls; poll += 1) {
      events.push(...(await run()));
      await writeBookmark(jane.inbox, jane.identity, drop.url, jane.bookmark);
      jane.bookmark = await readBookmark(jane.inbox, jane.identity, drop.url);
    }
    return events;
  };
  return {
    drop,
    jane,
    asked,
    /** Has some paths answered otherwise. */
    answers: (otherwise: typeof answer) => {
      answer = otherwise;
    },
    read: (polls = 1) => runs(polls, () => jane.read(transport)),
    /** As a client that watches: what failed is the only thing that is asked for twice. Letters are left. */
    look: (polls = 1) => runs(polls, () => jane.look(transport)),
    times: (path: string) => asked.filter((each) => each === path).length,
  };
}

const status = (code: number, body: string | Uint8Array = '') => ({ status: code, body: Buffer.from(body) });

describe('what goes wrong is told once when it is put off, and once when it is given up, over however many runs', () => {
  test('of a letter that is missing', async () => {
    const { drop, jane, read } = desk();
    const slot = drop.tick(sealId(randomBytes(32), contactOf(jane.identity).idKey));
    const events = await read(20);
    expect(events.filter(({ kind }) => kind !== 'batch')).toEqual([
      { kind: 'skipped', slot, what: 'letter', why: 'missing' },
      { kind: 'given up', slot, what: 'letter', why: 'tried in vain' },
    ]);
    expect(jane.bookmark.pending.size).toBe(0);
    drop.tick(sealId(randomBytes(32), contactOf(jane.identity).idKey));
    expect(troubles(await read(20))).toEqual(['letter missing', 'letter given up']);
  });

  test.each<[string, DropAnswer]>([
    ['missing', status(403)],
    ['missing', status(404)],
    ['damaged', status(200, 'no batch')],
    ['damaged', status(416)],
  ])('of a batch that is %s, which is asked for five times', async (why, answer) => {
    const { drop, jane, look, answers, times } = desk();
    await write(jane, { text: 'lost to this reader' }, drop.transport);
    const slot = drop.tick();
    answers((path) => (path === batchKey(slot) ? answer : undefined));
    expect(await look(20)).toEqual([
      { kind: 'skipped', slot, what: 'batch', why },
      { kind: 'given up', slot, what: 'batch', why: 'tried in vain' },
    ]);
    expect([times(batchKey(slot)), jane.bookmark.unread.size]).toEqual([5, 0]);
    answers(undefined);
    expect(await look(20)).toEqual([]);
  });

  test('of a batch that the drop refuses in other words', async () => {
    const { drop, look, answers } = desk();
    const slot = drop.tick();
    answers((path) => (path === batchKey(slot) ? status(302) : undefined));
    expect(troubles(await look(20))).toEqual(['batch postponed', 'batch given up']);
  });

  test('of a letter that no drop can still have, and of one whose keys are gone', async () => {
    for (const why of ['too old', 'no keys']) {
      const { drop, jane, read, answers } = desk();
      await write(jane, { text: 'never fetched' }, drop.transport);
      const slot = drop.tick();
      answers((path) => (path.startsWith('uploads/') ? status(503) : undefined));
      expect(troubles(await read(20))).toEqual(['letter postponed']);
      if (why === 'too old') {
        drop.pass(29 * DAY_SLOTS);
        const later = drop.tick();
        jane.now = () => parseSlot(later).getTime();
      } else {
        const both = rotate(jane.identity, 1);
        jane.identity = { ...both, epochs: both.epochs.slice(1) };
      }
      const told = (await read(20)).filter(({ kind }) => kind !== 'batch' && kind !== 'gone');
      expect(told).toEqual([{ kind: 'given up', slot, what: 'letter', why }]);
      expect(jane.bookmark.pending.size).toBe(0);
    }
  });
});

describe('a batch that cannot be reached', () => {
  test('is asked for once a poll where it is asked for again, and not given up before it must have expired', async () => {
    const { drop, jane, look, answers, times } = desk();
    await write(jane, { text: 'patience' }, drop.transport);
    const slot = drop.tick();
    jane.now = () => parseSlot(slot).getTime();
    answers((path) => (path === batchKey(slot) ? status(503) : undefined));
    expect(troubles(await look())).toEqual(['batch postponed']);
    expect(times(batchKey(slot))).toBe(5); // the transport's own tries, of a batch that is not known to be bad
    expect(await look(100)).toEqual([]);
    expect(times(batchKey(slot))).toBe(105);
    answers(undefined);
    await look();
    expect(jane.bookmark.pending.size).toBe(1);
    expect(jane.bookmark.unread.size).toBe(0);
  });

  test('is given up then, by the clock and by the batches that are read, which is told once', async () => {
    const { drop, jane, look, answers } = desk();
    const slot = drop.tick();
    answers((path) => (path === batchKey(slot) ? status(503) : undefined));
    jane.now = () => parseSlot(slot).getTime() + 400 * 86_400_000; // wrong
    drop.tick();
    expect(troubles(await look(20))).toEqual(['batch postponed']);
    drop.pass(17 * DAY_SLOTS);
    drop.tick();
    const events = await look(20);
    expect(events.filter(({ kind }) => kind === 'given up')).toEqual([
      { kind: 'given up', slot, what: 'batch', why: 'too old' },
    ]);
  });

  test('keeps no poll for long: after three in a row that are known to be bad, no other is tried', async () => {
    const { drop, jane, look, answers, asked } = desk();
    const bad: string[] = [];
    answers((path) => (bad.includes(path) ? status(503) : undefined));
    for (let i = 0; i < 10; i += 1) {
      bad.push(batchKey(drop.tick()));
      drop.tick();
      await look();
    }
    expect(jane.bookmark.unread.size).toBe(10);
    asked.length = 0;
    await look();
    expect(asked.filter((path) => bad.includes(path))).toHaveLength(3);
  });

  test('costs one request a poll once it is known to be bad, as does one that is missing, however they alternate', async () => {
    const { drop, look, answers, asked } = desk();
    const bad: string[] = [];
    answers((path) => (bad.includes(path) ? status(bad.indexOf(path) % 2 === 0 ? 503 : 404) : undefined));
    for (let i = 0; i < 20; i += 1) bad.push(batchKey(drop.tick()));
    await look();
    asked.length = 0;
    await look();
    expect(asked.filter((path) => bad.includes(path)).sort()).toEqual(bad);
  });

  test('ends the poll with two others in a row, when they are new', async () => {
    const { drop, jane, look, answers } = desk();
    for (let i = 0; i < 5; i += 1) drop.tick();
    answers((path) => (path.startsWith('ids/') ? status(503) : undefined));
    await expect(look()).rejects.toThrow(Unreachable);
    expect(jane.bookmark.unread.size).toBe(3);
  });
});

test('luck decides for batches as for letters: without any, none is asked for again', async () => {
  const { drop, jane, look, answers, times } = desk();
  const slot = drop.tick();
  const drawn: number[] = [];
  jane.random = (below) => {
    drawn.push(below);
    return 1;
  };
  answers((path) => (path === batchKey(slot) ? status(404) : undefined));
  await look(50);
  expect([times(batchKey(slot)), new Set(drawn)]).toEqual([1, new Set([2])]);
});

import { expect, test } from 'vitest';
import { Unreachable } from '../core/drop/retry.ts';
import type { Transport } from '../core/drop/transport.ts';
import { contactOf, newIdentity, rotate } from '../core/keys/identity.ts';
import { sealId } from '../core/letter/sealed-id.ts';
import { firstBookmark } from '../core/read/bookmark.ts';
import { findGaps } from '../core/read/gaps.ts';
import { upload } from '../core/send/send.ts';
import { readBookmark, writeBookmark } from '../node/read/bookmark-file.ts';
import { batchKey, parseSlot, slotBefore } from '../wire/slot.ts';
import { type Journalist, journalist, letters, troubles, way } from './people.ts';
import { plainDrop } from './plain-drop.ts';

const DAY_SLOTS = 288;
const DAY = 86_400_000;

const gone = (events: Awaited<ReturnType<Journalist['read']>>) => events.filter(({ kind }) => kind === 'gone');

/** A journalist who has read until now, at a drop that keeps nothing but what is published from now on. */
async function onHoliday(slots: number) {
  const drop = plainDrop();
  const jane = journalist(drop.url);
  const last = drop.tick();
  expect(gone(await jane.read(drop.transport))).toEqual([]);
  drop.objects.clear();
  drop.pass(slots);
  return { drop, jane, last };
}

test('batches that are gone between the last that was read and the oldest listed are told of, once, with their number', async () => {
  const { drop, jane, last } = await onHoliday(16 * DAY_SLOTS);
  const oldest = drop.tick();
  drop.tick();
  const event = {
    kind: 'gone',
    from: slotBefore(last, -1),
    to: slotBefore(oldest, 1),
    batches: 16 * DAY_SLOTS,
  };
  expect(gone(await jane.read(drop.transport))).toEqual([event]);
  await writeBookmark(jane.inbox, jane.identity, drop.url, jane.bookmark);
  jane.bookmark = await readBookmark(jane.inbox, jane.identity, drop.url);
  expect(jane.bookmark.losses.get('gone')).toEqual({ count: event.batches, first: event.from, last: event.to });
  for (let i = 0; i < 3; i += 1) {
    drop.tick();
    expect(gone(await jane.read(drop.transport))).toEqual([]);
  }
});

test.each([
  ['that is ahead', 100 * DAY],
  ['that is behind', -100 * DAY],
])('a clock %s makes none of them, and hides none', async (_, wrong) => {
  const { drop, jane } = await onHoliday(20);
  jane.now = () => parseSlot('2026-11-22T11:30:00Z').getTime() + wrong;
  drop.tick();
  expect(gone(await jane.read(drop.transport))).toMatchObject([{ batches: 20 }]);
  drop.tick();
  expect(gone(await jane.read(drop.transport))).toEqual([]);
});

test('one that is missing in the middle is told of when it cannot come any more', async () => {
  const { drop, jane } = await onHoliday(0);
  drop.tick();
  const missing = drop.tick();
  drop.objects.delete(batchKey(missing));
  for (let i = 0; i < 11; i += 1) {
    drop.tick();
    expect(gone(await jane.read(drop.transport))).toEqual([]);
  }
  drop.tick();
  expect(gone(await jane.read(drop.transport))).toEqual([{ kind: 'gone', from: missing, to: missing, batches: 1 }]);
});

test('one that is written late is read, and not told of', async () => {
  const { drop, jane } = await onHoliday(0);
  const late = drop.tick();
  const body = drop.objects.get(batchKey(late))!;
  drop.objects.delete(batchKey(late));
  for (let i = 0; i < 5; i += 1) drop.tick();
  await jane.read(drop.transport);
  drop.objects.set(batchKey(late), body);
  for (let i = 0; i < 20; i += 1) {
    expect(gone(await jane.read(drop.transport))).toEqual([]);
    drop.tick();
  }
  expect(jane.bookmark.losses.size).toBe(0);
});

test('however many gaps a list has, they are told of at once', async () => {
  const { drop, jane } = await onHoliday(0);
  for (let i = 0; i < 40; i += 1) {
    drop.tick();
    drop.pass(1);
  }
  const events = await jane.read(drop.transport);
  expect(gone(events)).toMatchObject([{ batches: 33 }]); // the others may be late
});

test('whoever reads for the first time has missed nothing that came before, nor has a drop that has begun anew', async () => {
  const drop = plainDrop();
  drop.pass(30 * DAY_SLOTS);
  const jane = journalist(drop.url);
  for (let i = 0; i < 20; i += 1) drop.tick();
  expect(gone(await jane.read(drop.transport))).toEqual([]);
  const anew = plainDrop();
  for (let i = 0; i < 20; i += 1) anew.tick();
  expect(gone(await jane.read(anew.transport))).toEqual([]);
});

test('a poll that ends in the middle, and batches that are read again for new keys, make none', async () => {
  const drop = plainDrop();
  const jane = journalist(drop.url, newIdentity(drop.url, parseSlot('2026-11-22T11:25:00Z').getTime() / 1000));
  for (let i = 0; i < 60; i += 1) drop.tick();
  let asked = 0;
  const failing: Transport = async (request) => {
    if (request.url.pathname.startsWith('/ids/')) asked += 1;
    return asked > 40 ? { status: 503, body: new Uint8Array() } : drop.transport(request);
  };
  await expect(jane.read(failing)).rejects.toThrow(Unreachable);
  expect(jane.bookmark.losses.size).toBe(0);
  jane.random = () => 0;
  expect(gone(await jane.read(drop.transport))).toEqual([]);
  jane.identity = rotate(jane.identity, parseSlot('2026-11-22T14:00:00Z').getTime() / 1000);
  drop.tick();
  expect(gone(await jane.read(drop.transport))).toEqual([]);
});

test('looking for them takes no longer for a gap of decades', () => {
  const bookmark = firstBookmark();
  bookmark.checked = '2026-01-01T00:00:00Z';
  const gaps = findGaps(bookmark, [], ['2099-01-01T00:00:00Z']);
  expect(gaps?.count).toBe(73 * 365 * DAY_SLOTS + 18 * DAY_SLOTS - 1);
});

test('a clock that is weeks ahead, with one fault, marks no batch as read: by the list it is not over', async () => {
  const drop = plainDrop();
  const jane = journalist(drop.url);
  await upload(way(drop.url, drop.transport), contactOf(jane.identity), { text: 'kept' });
  const id = Buffer.from([...drop.objects.keys()][0]!.slice('uploads/'.length), 'base64url');

  const slot = drop.tick(sealId(id, contactOf(jane.identity).idKey));
  drop.tick();
  jane.now = () => parseSlot(slot).getTime() + 30 * DAY;
  const faulty: Transport = async (request) =>
    request.url.pathname.slice(1) === batchKey(slot)
      ? { status: 404, body: new Uint8Array() }
      : drop.transport(request);
  expect(troubles(await jane.read(faulty))).toEqual(['batch missing']);
  expect(letters(await jane.read(drop.transport))).toHaveLength(1);
});

test('nor when every batch fails, or the list is empty after the last one read', async () => {
  const { drop, jane } = await onHoliday(0);
  drop.objects.clear();
  jane.bookmark.pending.set('letter-x', {
    name: 'letter-x',
    id: '',
    slot: '2026-11-22T11:30:00Z',
    keys: [...jane.bookmark.keys][0]!,
    state: { kind: 'failed', tries: 0, outages: 1 },
  });
  jane.now = () => parseSlot('2026-11-22T11:30:00Z').getTime() + 60 * DAY;
  jane.random = () => 1;
  const slot = drop.tick();
  const faulty: Transport = async (request) =>
    request.url.pathname.startsWith('/ids/') ? { status: 404, body: new Uint8Array() } : drop.transport(request);
  jane.bookmark.slots.clear();
  expect(troubles(await jane.read(faulty))).toEqual(['batch missing']);
  expect([...jane.bookmark.unread.keys()]).toEqual([slot]);
  expect(jane.bookmark.pending.size).toBe(1);
});

import { randomBytes } from 'node:crypto';
import { expect, onTestFinished, test, vi } from 'vitest';
import { isUnfetched, sayReadUpTo, sayStanding } from '../bin/reading-report.ts';
import type { Transport } from '../core/drop/transport.ts';
import { contactOf, newIdentity, rotate } from '../core/keys/identity.ts';
import { sealId } from '../core/letter/sealed-id.ts';
import { firstBookmark, type PendingState } from '../core/read/bookmark.ts';
import { noteLoss } from '../core/read/losses.ts';
import { readBookmark, writeBookmark } from '../node/read/bookmark-file.ts';
import { parseSlot } from '../wire/slot.ts';
import { type Journalist, journalist, letters, write } from './people.ts';
import { plainDrop } from './plain-drop.ts';

const SLOT = '2026-11-22T11:30:00Z';
const START = parseSlot(SLOT).getTime() / 1000;

/** What is said meanwhile. */
function listen(): string[] {
  const said: string[] = [];
  const spy = vi.spyOn(process.stderr, 'write').mockImplementation((words) => said.push(String(words)) > 0);
  onTestFinished(() => spy.mockRestore());
  return said;
}

function standing({ bookmark, identity }: Pick<Journalist, 'bookmark' | 'identity'>): string {
  const said = listen();
  said.length = 0;
  sayStanding(bookmark, identity);
  return said.join('');
}

/** A bookmark with letters that wait. */
function waiting(...states: PendingState[]) {
  const bookmark = firstBookmark();
  for (const [i, state] of states.entries()) {
    const letter = { name: `letter-${i}`, id: '', slot: SLOT, keys: '', state };
    bookmark.pending.set(letter.name, letter);
  }
  return bookmark;
}

const identity = newIdentity('http://127.0.0.1:1', START);

test('what waits for room, and how much it needs, is said each time, in one line however many there are', () => {
  const needs = (mebibytes: number): PendingState => ({
    kind: 'without room',
    needs: mebibytes * 2 ** 20,
    tries: 0,
    outages: 1,
  });
  expect(standing({ bookmark: waiting(needs(100)), identity })).toBe(
    '1 letter waits for room: the smallest needs 100 MiB of free disk\n',
  );
  const many = waiting(...Array.from({ length: 1000 }, (_, i) => needs(100 + i)));
  expect(standing({ bookmark: many, identity })).toBe(
    '1000 letters wait for room: the smallest needs 100 MiB of free disk, all of them 599,500 MiB\n',
  );
  expect(isUnfetched(many)).toBe(false); // a stranger can claim any size
});

test('what failed is said to be tried again, after how many tries; what nobody gave out makes the status 1', () => {
  const failed = waiting({ kind: 'failed', tries: 1, outages: 0 }, { kind: 'failed', tries: 3, outages: 1 });
  expect(standing({ bookmark: failed, identity })).toBe(
    'not opened yet, and tried again at a later read: 2 letters (1 to 3 of 5 tries made)\n',
  );
  expect(isUnfetched(failed)).toBe(false);
  const unanswered = waiting({ kind: 'failed', tries: 0, outages: 2 });
  expect(standing({ bookmark: unanswered, identity })).toBe(
    'could not be fetched, and asked for again at a later read: 1 letter\n',
  );
  expect(isUnfetched(unanswered)).toBe(true);
  const batch = waiting();
  batch.unread.set(SLOT, { tries: 1, outages: 0 });
  expect(standing({ bookmark: batch, identity })).toBe(
    'could not be read, and asked for again at a later read: 1 batch\n',
  );
  expect(isUnfetched(batch)).toBe(true);
});

test('what was given up is said at each read, in sums, until no drop can have it any more', async () => {
  const drop = plainDrop();
  const jane = journalist(drop.url);
  for (let i = 0; i < 3; i += 1) {
    drop.tick(sealId(randomBytes(32), contactOf(jane.identity).idKey));
    drop.pass(1);
  }
  const said = /^so far, and not asked for again: 3 letters given up, from 2026-11-22 \S+ to 2026-11-22 \S+\n$/;
  for (let polls = 0; polls < 20; polls += 1) await jane.read(drop.transport);
  expect(jane.bookmark.losses.get('letter')).toMatchObject({ count: 3, first: SLOT });
  await writeBookmark(jane.inbox, jane.identity, drop.url, jane.bookmark);
  jane.bookmark = await readBookmark(jane.inbox, jane.identity, drop.url);
  expect(standing(jane)).toMatch(said);
  expect(standing(jane)).toMatch(said);
  drop.pass(30 * 288);
  const later = drop.tick();
  jane.now = () => parseSlot(later).getTime();
  await jane.read(drop.transport);
  expect([...jane.bookmark.losses.keys()]).toEqual(['gone']);
});

test('sums of what was lost keep the first and the last slot, in whatever order it is noted', () => {
  const { losses } = firstBookmark();
  noteLoss(losses, 'batch', 2, '2026-11-22T11:35:00Z');
  noteLoss(losses, 'batch', 1, SLOT);
  noteLoss(losses, 'batch', 7, '2026-11-23T11:35:00Z', '2026-11-24T11:35:00Z');
  expect([...losses]).toEqual([['batch', { count: 10, first: SLOT, last: '2026-11-24T11:35:00Z' }]]);
});

test('when nothing came, it is said up to when was read, and where a drop or a clock stands still', () => {
  const said = listen();
  const bookmark = firstBookmark();
  sayReadUpTo('nothing new', bookmark);
  vi.useFakeTimers({ toFake: ['Date'], now: (START + 600) * 1000 });
  onTestFinished(() => void vi.useRealTimers());
  bookmark.slots.add(SLOT);
  bookmark.checked = SLOT;
  sayReadUpTo('nothing new', bookmark);
  vi.setSystemTime((START + 7200) * 1000);
  sayReadUpTo('no answer', bookmark);
  expect(said[0]).toBe('nothing new: the drop lists no batches yet\n');
  expect(said[1]).toMatch(/^nothing new: read up to 2026-11-22 \d\d:30:00\n$/);
  expect(said[2]).toMatch(
    /^no answer: read up to .*:30:00\. It has published nothing since, or the clock .* is ahead\n$/,
  );
});

test('an outage makes a read unfetched, and a letter that is missing does not', async () => {
  const drop = plainDrop();
  const jane = journalist(drop.url);
  drop.tick(sealId(randomBytes(32), contactOf(jane.identity).idKey));
  await jane.read(drop.transport);
  expect(isUnfetched(jane.bookmark)).toBe(false);
  await write(jane, { text: 'later' }, drop.transport);
  drop.tick();
  const down: Transport = async (asked) =>
    asked.url.pathname.startsWith('/uploads/') ? { status: 503, body: new Uint8Array() } : drop.transport(asked);
  await jane.read(down);
  expect(isUnfetched(jane.bookmark)).toBe(true);
  expect(letters(await jane.read(drop.transport))).toHaveLength(1);
  expect(isUnfetched(jane.bookmark)).toBe(false);
});

test('an identity that lacks keys which read into this inbox is said to be older, at each read, until they are over', async () => {
  const drop = plainDrop();
  const old = newIdentity(drop.url, START, 30 * 86_400);
  const jane = journalist(drop.url, rotate(old, START + 60));
  jane.now = () => (START + 600) * 1000;
  drop.tick();
  await jane.read(drop.transport);
  expect(standing(jane)).toBe('');
  const read = async (identity: Journalist['identity']) => {
    jane.identity = identity;
    drop.tick();
    await jane.read(drop.transport);
    await writeBookmark(jane.inbox, jane.identity, drop.url, jane.bookmark);
    jane.bookmark = await readBookmark(jane.inbox, jane.identity, drop.url);
    return standing(jane);
  };
  const newest = jane.identity;
  const isOlder =
    /^this identity file is older than one that read into this inbox: it lacks the keys of a contact\nvalid from 2026-11-22 \S+ to 2026-12-22 \S+\. Letters to it are not opened with this file, and are not lost yet:\nread with the newest copy of the file; if there is none, publish a new contact with dead-drop rotate\n$/;
  for (const _ of [1, 2]) expect(await read(old)).toMatch(isOlder);
  expect(await read(rotate(old, START + 3600))).toMatch(isOlder); // it goes its own way since
  expect(await read(newest)).toMatch(/it lacks the keys of a contact\n/); // of the other copy
  jane.now = () => (START + 60 * 86_400) * 1000;
  drop.pass(60 * 288);
  expect(await read(old)).not.toContain('older');
});

test('keys that were destroyed because they are over are not missed', async () => {
  const drop = plainDrop();
  const old = newIdentity(drop.url, START, 86_400);
  const jane = journalist(drop.url, rotate(old, START + 86_400));
  drop.tick();
  await jane.read(drop.transport);
  drop.pass(27 * 288);
  const slot = drop.tick();
  jane.now = () => parseSlot(slot).getTime();
  jane.identity = { ...jane.identity, epochs: jane.identity.epochs.slice(1) };
  await jane.read(drop.transport);
  expect(standing(jane)).not.toContain('older');
});

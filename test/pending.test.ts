import { randomBytes } from 'node:crypto';
import { rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { describe, expect, test } from 'vitest';
import type { DropAnswer, Transport } from '../core/drop/transport.ts';
import { contactOf } from '../core/keys/identity.ts';
import { sealCell } from '../core/letter/cell.ts';
import { sealId } from '../core/letter/sealed-id.ts';
import type { Random } from '../core/platform.ts';
import type { PendingLetter, PendingState } from '../core/read/bookmark.ts';
import { letterName } from '../core/read/collect.ts';
import { poll } from '../core/read/poll.ts';
import { leaveOut, waitingMax } from '../core/read/waiting.ts';
import { upload } from '../core/send/send.ts';
import { freeBytes, takeRoom } from '../node/inbox/room.ts';
import { CELL_CONTENT_BYTES } from '../wire/sizes.ts';
import { formatUploadId, uploadKey } from '../wire/upload-id.ts';
import { claim } from './claim.ts';
import { inboxOf, journalist, letters, troubles, way } from './people.ts';
import { plainDrop } from './plain-drop.ts';
import { chiSquare, chiSquareLimit, seeded } from './statistics.ts';

/** A drop and a journalist for whom batches can be made up. */
function desk() {
  const drop = plainDrop();
  const jane = journalist(drop.url);
  const contact = contactOf(jane.identity);
  jane.random = (below) => (below > 2 ? 1 : 0); // what failed once is tried again, and nothing else
  const { idKey } = contact;
  const [keys] = jane.identity.epochs;
  return {
    drop,
    jane,
    contact,
    /** Publishes a batch that names these ids. @returns its slot */
    publish: (...ids: Uint8Array[]) => drop.tick(...ids.map((id) => sealId(id, idKey))),
    /** Uploads a letter. @returns its id */
    async letter(): Promise<Uint8Array> {
      await upload(way(drop.url, drop.transport), contactOf(jane.identity), { text: 'here' });
      const text = [...drop.objects.keys()].at(-1)!.slice('uploads/'.length);
      return Buffer.from(text, 'base64url');
    },
    /** Uploads the root of a letter of 15 GiB. @returns its id */
    huge(): Uint8Array {
      const id = randomBytes(32);
      drop.objects.set(uploadKey(id), claim(15 * 2 ** 30, id, contact));
      return id;
    },
    /** Has letters wait that are of no account. */
    fill(count: number, state: PendingState = { kind: 'failed', tries: 4, outages: 0 }) {
      const slot = '2026-11-22T11:25:00Z';
      for (let i = 0; i < count; i += 1) {
        const id = randomBytes(32);
        const letter = { id: formatUploadId(id), slot, keys: Buffer.from(keys!.id.publicKey).toString('hex') };
        const name = letterName(id, keys!);
        jane.bookmark.pending.set(name, { name, ...letter, state });
      }
    },
    read: (transport: Transport = drop.transport) => jane.read(transport),
  };
}

describe('when 1,000 letters wait for another try', () => {
  test('one that comes is delivered all the same, and one that is missing is said to be and given up', async () => {
    const { jane, publish, letter, fill, read } = desk();
    fill(1000);
    publish(await letter(), randomBytes(32));
    const events = await read();
    expect(letters(events)).toHaveLength(1);
    expect(troubles(events)).toEqual(['letter missing', 'letter given up']);
    expect(jane.bookmark.pending.size).toBe(1000);
    expect(await read()).toEqual([]);
  });

  test.each<[string, () => DropAnswer | Promise<DropAnswer>]>([
    ['the drop has a fault', () => ({ status: 503, body: new Uint8Array() })],
    ['the drop cannot be reached', () => Promise.reject(new Error('down'))],
  ])('one that cannot be fetched at first, because %s, is delivered later', async (_, fail) => {
    const { jane, drop, publish, letter, fill, read } = desk();
    fill(1000);
    publish(await letter());
    const events = await read(async (asked) =>
      asked.url.pathname.startsWith('/uploads/') ? fail() : drop.transport(asked),
    );
    expect(troubles(events)).toEqual(['letter postponed']);
    expect(jane.bookmark.pending.size).toBe(1001);
    expect(letters(await read())).toHaveLength(1);
  });

  test('one that the file system does not take at first is delivered later', async () => {
    const { jane, publish, letter, fill, read } = desk();
    fill(1000);
    publish(await letter());
    const { inbox } = jane;
    symlinkSync('inbox', inbox); // leads nowhere but to itself
    expect(troubles(await read())).toEqual(['letter postponed']);
    rmSync(inbox);
    expect(letters(await read())).toHaveLength(1);
  });

  test('one that waits for room on the disk keeps its place, and a missing one is given up', async () => {
    const { jane, publish, fill, read } = desk();
    fill(999);
    fill(1, { kind: 'without room', needs: Number.MAX_SAFE_INTEGER, tries: 4, outages: 0 });
    publish(randomBytes(32));
    expect(troubles(await read())).toEqual(['letter missing', 'letter given up']);
    const left = [...jane.bookmark.pending.values()];
    expect(left).toHaveLength(1000);
    expect(left.filter(({ state }) => state.kind === 'without room')).toHaveLength(1);
  });
});

test('of letters that wait for room on the disk, 5,000 are kept, and the one that needs most gives way', async () => {
  const { jane, publish, huge, fill, read } = desk();
  const GREEDY = Number.MAX_SAFE_INTEGER;
  using _others = await takeRoom(tmpdir(), (await freeBytes(tmpdir())) - 2 ** 30);
  fill(4999, { kind: 'without room', needs: GREEDY, tries: 0, outages: 0 });
  publish(huge(), huge());
  expect(troubles(await read())).toEqual(['letter postponed', 'letter postponed', 'letter given up']);
  const left = [...jane.bookmark.pending.values()];
  expect(left).toHaveLength(5000);
  expect(left.filter(({ state }) => state.kind === 'without room' && state.needs < GREEDY)).toHaveLength(2);
});

describe('when 10,000 letters wait', () => {
  test('whoever reads once leaves further batches for later, and loses nothing', async () => {
    const { jane, publish, letter, fill, read } = desk();
    const slot = publish(await letter());
    fill(10_000, { kind: 'failed', tries: 0, outages: 2 }); // the drop could not give them out
    expect([await read(), [...jane.bookmark.slots]]).toEqual([[], []]);
    jane.bookmark.pending.delete([...jane.bookmark.pending.keys()][0]!);
    expect(letters(await read())).toHaveLength(1);
    expect([...jane.bookmark.slots]).toEqual([slot]);
  });

  test('a poll of whoever watches reads every batch all the same', async () => {
    const { drop, jane, publish, fill } = desk();
    const slots = [publish(randomBytes(32)), publish()];
    fill(10_000, { kind: 'new', luck: 0 });
    const { identity, bookmark } = jane;
    const options = { drop: way(drop.url, drop.transport), identity: () => identity, inbox: inboxOf(jane), bookmark };
    await poll(options, () => {});
    expect([...jane.bookmark.slots]).toEqual(slots);
  });
});

describe('of letters that wait for their first try beyond what may', () => {
  const MOST = 1000;
  const waiting = (count: number, random: Random, state?: PendingState) =>
    Array.from({ length: count }, (_, i): PendingLetter => {
      const letter = { name: `letter-${i}`, id: '', slot: '2026-11-22T11:25:00Z', keys: '' };
      return { ...letter, state: state ?? { kind: 'new', luck: random(2 ** 47) } };
    });
  const nobody = () => false;

  test('luck alone leaves out: who came before a flood, in it and after has the same chance; chi-square', () => {
    const { below } = seeded('left out');
    const [FOUND, PARTS, RUNS] = [4000, 10, 100];
    const kept = new Array<number>(PARTS).fill(0);
    for (let run = 0; run < RUNS; run += 1) {
      const pending = new Map<string, PendingLetter>();
      let left = 0;
      for (const [i, letter] of waiting(FOUND, below).entries()) {
        pending.set(letter.name, letter);
        if (i % 50 === 49) left += leaveOut(pending, MOST, nobody); // one batch after another
      }
      expect([pending.size, left]).toEqual([MOST, FOUND - MOST]);
      for (const name of pending.keys()) kept[Math.floor((Number(name.slice(7)) * PARTS) / FOUND)]! += 1;
    }
    expect(chiSquare(kept, new Array<number>(PARTS).fill((RUNS * MOST) / PARTS))).toBeLessThan(chiSquareLimit(PARTS));
  });

  test('those that were begun or failed before stay, and as many are left as there may be', () => {
    const { below } = seeded('stays');
    const pending = new Map(waiting(3 * MOST, below).map((letter) => [letter.name, letter]));
    for (const letter of waiting(MOST, below, { kind: 'failed', tries: 1, outages: 0 }))
      pending.set(`failed ${letter.name}`, letter);
    const begun = new Set(waiting(MOST, below).map(({ name }) => name));
    const failed = [...pending.values()].filter(({ state }) => state.kind !== 'new');
    expect(leaveOut(pending, MOST, ({ name }) => begun.has(name))).toBe(MOST);
    for (const name of begun) expect(pending.has(name)).toBe(true);
    expect([...pending.values()].filter(({ state }) => state.kind !== 'new')).toEqual(failed);
    expect(leaveOut(pending, MOST, ({ name }) => begun.has(name))).toBe(0);
  });

  test('there may be a week of fetching, and 10,000 at most', () => {
    const week = [60, 300, 3600, 3, 0].map(waitingMax);
    expect(week).toEqual([10_000, 2016, 168, 10_000, 10_000]);
  });
});

test('a letter that turns out to need a newer version at a later try keeps its place in silence', async () => {
  const { drop, jane, contact, publish, read } = desk();
  const id = randomBytes(32);
  const content = new Uint8Array(CELL_CONTENT_BYTES);
  content[0] = 2;
  publish(id);
  expect(troubles(await read())).toEqual(['letter missing']);
  drop.objects.set(uploadKey(id), sealCell(content, 'root', contact, id));
  expect(troubles(await read())).toEqual([]);
  expect(jane.bookmark.pending.size).toBe(1);
  publish(id);
  expect(troubles(await read())).toEqual([]);
});

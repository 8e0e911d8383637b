import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { contactOf, endOf, type Identity, newIdentity, rotate, withoutPast } from '../core/keys/identity.ts';
import { openMailbox } from '../core/keys/mailbox.ts';
import { newWords } from '../core/keys/words.ts';
import { sealId } from '../core/letter/sealed-id.ts';
import { noteSlot } from '../core/read/bookmark.ts';
import { upload } from '../core/send/send.ts';
import { readBookmark, writeBookmark } from '../node/read/bookmark-file.ts';
import { SLOT_SECONDS } from '../wire/sizes.ts';
import { parseSlot } from '../wire/slot.ts';
import { journalist, letters, troubles, way } from './people.ts';
import { plainDrop } from './plain-drop.ts';

const DAY = 86_400;
const DAY_SLOTS = DAY / SLOT_SECONDS;

/** Seconds since 1970 of the slot before the first batch of a plain drop. */
const START = parseSlot('2026-11-22T11:25:00Z').getTime() / 1000;

/**
 * A letter that was delivered once and whose folder was removed, at a drop that keeps its cell.
 *
 * @param ahead - seconds by which the reader's clock is ahead
 */
async function delivered(identity: Identity, ahead = 0) {
  const drop = plainDrop();
  const jane = journalist(drop.url, identity);
  const contact = contactOf(identity, identity.epochs[0]);
  let time = START;
  jane.now = () => (time + ahead) * 1000;
  await upload(way(drop.url, drop.transport), contact, { text: 'once' }, { now: () => START * 1000 });
  const id = Buffer.from([...drop.objects.keys()].at(-1)!.slice('uploads/'.length), 'base64url');
  /** Registers the id once more, so many slots after the last time. */
  const register = async (slots: number) => {
    drop.pass(slots - 1);
    const slot = drop.tick(sealId(id, contact.idKey));
    time = parseSlot(slot).getTime() / 1000;
    const events = await jane.read(drop.transport);
    expect(troubles(events)).toEqual([]);
    await writeBookmark(jane.inbox, jane.identity, drop.url, jane.bookmark);
    const read = await readBookmark(jane.inbox, jane.identity, drop.url);
    expect(read).toEqual(jane.bookmark);
    jane.bookmark = read;
    const repeated = events.filter(({ kind }) => kind === 'repeated').length;
    return { delivered: letters(events), repeated, slot };
  };
  const first = await register(1);
  expect([first.delivered.length, first.repeated]).toEqual([1, 0]);
  rmSync(first.delivered[0]!.path, { recursive: true });
  return { jane, register };
}

/** Of 30 days, and of 30 days more that begin a day before its end. */
const months = () => rotate(newIdentity('http://127.0.0.1:1', START, 30 * DAY), START + 29 * DAY);

test.each([
  ['right', 0],
  ['ahead by 400 days', 400 * DAY],
  ['behind by 400 days', -400 * DAY],
])(
  "a replay on every day of an epoch's life is told, and delivers nothing; with a clock that is %s",
  async (_, ahead) => {
    const { jane, register } = await delivered(months(), ahead);
    const [epoch] = jane.identity.epochs;
    expect(endOf(epoch!)).toBe(START + (30 + 25) * DAY);
    for (let day = 1; day < 30 + 25; day += 1) {
      const { delivered: again, repeated, slot } = await register(DAY_SLOTS);
      expect([day, again, repeated]).toEqual([day, [], 1]);
      // As the command does: by the clock or by the newest batch, whichever is earlier.
      const present = Math.min(jane.now(), parseSlot(slot).getTime()) / 1000;
      jane.identity = withoutPast(jane.identity, present);
      expect(jane.identity.epochs).toHaveLength(2);
    }
    expect(jane.bookmark.settled.size).toBe(1);
    const last = await register(2 * DAY_SLOTS);
    expect([last.delivered, last.repeated]).toEqual([[], 1]);
    jane.identity = withoutPast(jane.identity, parseSlot(last.slot).getTime() / 1000);
    expect(jane.identity.epochs).toHaveLength(1);
    const after = await register(DAY_SLOTS);
    expect([after.delivered, after.repeated]).toEqual([[], 0]); // nobody opens it any more
    expect(jane.bookmark.settled.size).toBe(0);
  },
);

test('a mailbox knows a letter that it kept after ten years', async () => {
  const mailbox = await openMailbox(Buffer.from(newWords()), 'http://127.0.0.1:1', START);
  const { jane, register } = await delivered(mailbox);
  for (let year = 0; year < 10; year += 1) {
    const { delivered: again, repeated } = await register(365 * DAY_SLOTS);
    expect([again, repeated]).toEqual([[], 1]);
  }
  expect(jane.bookmark.settled.size).toBe(1);
});

test('what is remembered of a letter takes 27 characters', async () => {
  const jane = journalist('http://127.0.0.1:1', months());
  const keys = 'k'.repeat(64);
  const sizes = [];
  for (const letters of [0, 10_000]) {
    for (let i = 0; i < letters; i += 1) {
      const name = `letter-${i.toString(16).padStart(32, '0')}`;
      jane.bookmark.settled.set(name, { slot: '2026-11-22T11:25:00Z', keys });
    }
    noteSlot(jane.bookmark, '2026-11-22T11:25:00Z');
    await writeBookmark(jane.inbox, jane.identity, jane.identity.drop, jane.bookmark);
    sizes.push(statSync(join(jane.inbox, '.bookmark')).size);
  }
  expect((sizes[1]! - sizes[0]!) / 10_000).toBeLessThan(27 + 16_384 / 10_000);
});

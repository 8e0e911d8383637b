import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { contactOf, type Identity, newIdentity, wipeIdentity } from '../core/keys/identity.ts';
import { STRETCHING } from '../core/keys/stretching.ts';
import { openId, sealId } from '../core/letter/sealed-id.ts';
import {
  catchUpAfter,
  firstBookmark,
  forgetLetters,
  listAfter,
  noteSlot,
  type PendingLetter,
} from '../core/read/bookmark.ts';
import { sealStored } from '../node/inbox/letter-note.ts';
import { lockIdentity, unlockIdentity } from '../node/keys/identity-file.ts';
import { readBookmark, writeBookmark } from '../node/read/bookmark-file.ts';
import { formatArmor, parseArmor } from '../wire/armor.ts';
import { parseSlot, slotBefore } from '../wire/slot.ts';
import { folder } from './people.ts';

const LABEL = 'DEAD DROP IDENTITY';
const quick = { memoryKibibytes: 64, passes: 1, lanes: 1 };
const passphrase = Buffer.from('correct horse battery staple');

/** Every secret of an identity. */
function secretsOf({ signing, storageKey, epochs }: Identity): Uint8Array[] {
  const ofEpochs = epochs.flatMap(({ seed, id, cell, letter }) => [
    seed,
    id.secretKey,
    cell.secretKey,
    letter.secretKey,
  ]);
  return [signing.secretKey!, storageKey, ...ofEpochs];
}

describe('an identity file', () => {
  test('gives the identity back to whoever has the passphrase, and to nobody else', async () => {
    const jane = newIdentity('http://127.0.0.1:8787', 1, 2_000_000_000);
    const text = await lockIdentity(jane, passphrase);
    expect((await unlockIdentity(text, passphrase))?.identity).toEqual(jane);
    expect(await unlockIdentity(text, Buffer.from('correct horse battery stable'))).toBeNull();
  });

  test('is stretched with 64 MiB, three passes and four lanes, and differs each time', async () => {
    expect(STRETCHING).toEqual({ memoryKibibytes: 65_536, passes: 3, lanes: 4 });
    const jane = newIdentity('http://127.0.0.1:8787', 1, 2);
    const [one, other] = [await lockIdentity(jane, passphrase), await lockIdentity(jane, passphrase)];
    const prefix = Buffer.from(parseArmor(LABEL, one)).subarray(0, 13);
    expect(prefix.toString('hex')).toBe('01' + '00010000' + '00000003' + '00000004');
    expect(Buffer.from(parseArmor(LABEL, one)).subarray(13)).not.toEqual(
      Buffer.from(parseArmor(LABEL, other)).subarray(13),
    );
  });

  test('holds no secret and no name of the drop in the clear', async () => {
    const jane = newIdentity('http://127.0.0.1:8787', 1, 2);
    const bytes = Buffer.from(parseArmor(LABEL, await lockIdentity(jane, passphrase, quick)));
    for (const secret of secretsOf(jane)) expect(bytes.includes(Buffer.from(secret.subarray(0, 8)))).toBe(false);
    expect(bytes.includes('127.0.0.1')).toBe(false);
    expect(bytes.includes(Buffer.from(jane.signing.publicKey.subarray(0, 8)))).toBe(false);
  });

  test('refuses a change of any byte', async () => {
    const jane = newIdentity('http://127.0.0.1:8787', 1, 2);
    const good = parseArmor(LABEL, await lockIdentity(jane, passphrase, quick));
    for (let at = 0; at < good.length; at += 7) {
      const bytes = Uint8Array.from(good);
      bytes[at]! ^= 4;
      const read = unlockIdentity(formatArmor(LABEL, bytes), passphrase).catch((error: Error) => error.message);
      expect([null, 'the identity is damaged', 'this identity needs a newer version of dead-drop']).toContain(
        await read,
      );
    }
  });

  test('refuses one that would take all of the memory, before it takes any', async () => {
    const jane = newIdentity('http://127.0.0.1:8787', 1, 2);
    const bytes = Buffer.from(parseArmor(LABEL, await lockIdentity(jane, passphrase, quick)));
    bytes.writeUInt32BE(2 ** 31, 1);
    await expect(unlockIdentity(formatArmor(LABEL, bytes), passphrase)).rejects.toThrow('the identity is damaged');
  });

  test('refuses what is none', async () => {
    await expect(unlockIdentity('hello', passphrase)).rejects.toThrow('not a dead drop identity');
  });
});

test('wiping overwrites every secret key', () => {
  const jane = newIdentity('http://127.0.0.1:8787', 1, 2);
  const secrets = secretsOf(jane);
  for (const secret of secrets) expect(secret.some((byte) => byte !== 0)).toBe(true);
  wipeIdentity(jane);
  for (const secret of secrets) expect(secret.every((byte) => byte === 0)).toBe(true);
});

test('two identities, and two sealings of one id, have nothing in common', () => {
  const [jane, john] = [newIdentity('http://127.0.0.1:1', 1, 2), newIdentity('http://127.0.0.1:1', 1, 2)];
  expect(contactOf(jane).identity).not.toEqual(contactOf(john).identity);
  const id = randomBytes(32);
  const [one, other] = [sealId(id, contactOf(jane).idKey), sealId(id, contactOf(jane).idKey)];
  expect(one).not.toEqual(other);
  expect(openId(one, john.epochs[0]!.id)).toBeNull();
  expect(Buffer.from(openId(other, jane.epochs[0]!.id)!).equals(id)).toBe(true);
});

describe('a bookmark', () => {
  const slot = '2026-11-22T11:25:00Z';
  const drop = 'http://127.0.0.1:1';

  test('survives writing and reading, encrypted, for its identity and drop only, and leaves no other file', async () => {
    const inbox = folder();
    const [jane, john] = [newIdentity(drop, 1, 2), newIdentity(drop, 1, 2)];
    expect(await readBookmark(inbox, jane, drop)).toEqual(firstBookmark());
    const bookmark = firstBookmark();
    noteSlot(bookmark, slot);
    bookmark.unread.set('2026-11-22T11:20:00Z', { tries: 1, outages: 2 });
    for (const [i, keys] of ['k', 'k', 'l'].entries()) {
      const name = `letter-${randomBytes(16).toString('hex')}`;
      bookmark.settled.set(name, { slot: slotBefore(slot, i), keys });
    }
    bookmark.pending.set('x', {
      name: 'x',
      id: 'y',
      slot,
      keys: 'k',
      state: { kind: 'without room', needs: 3, tries: 1, outages: 2 },
    });
    bookmark.faults.add('cut');
    await writeBookmark(inbox, jane, drop, bookmark);
    expect(await readBookmark(inbox, jane, drop)).toEqual(bookmark);
    expect(await readBookmark(inbox, jane, 'http://127.0.0.1:2')).toEqual(firstBookmark());
    expect(readdirSync(inbox)).toEqual(['.bookmark']);
    expect(statSync(join(inbox, '.bookmark')).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(inbox, '.bookmark')).includes('2026')).toBe(false);
    await expect(readBookmark(inbox, john, drop)).rejects.toThrow('belongs to another identity');
    for (const form of [{ pending: [] }, { settled: {}, pending: [{ name: 'x' }] }]) {
      const text = Buffer.from(JSON.stringify({ [drop]: form }));
      writeFileSync(join(inbox, '.bookmark'), sealStored(text, '.bookmark', jane.storageKey));
      await expect(readBookmark(inbox, jane, drop)).rejects.toThrow('damaged');
    }
    writeFileSync(join(inbox, '.bookmark'), 'x');
    await expect(readBookmark(inbox, jane, drop)).rejects.toThrow('damaged');
  });

  test('lists again the hour before the last slot', () => {
    const bookmark = firstBookmark();
    expect(listAfter(bookmark)).toBeUndefined();
    for (let i = 0; i < 20; i += 1) noteSlot(bookmark, slotBefore(slot, -i));
    expect(listAfter(bookmark)).toBe(slotBefore(slot, -7));
  });

  test('after an absence, lists from the beginning of the day that an hour before the last slot was in', () => {
    const bookmark = firstBookmark();
    expect(catchUpAfter(bookmark)).toBeUndefined();
    const midnight = '2026-11-22T23:55:00Z';
    for (let i = 0; i < 300; i += 1) {
      noteSlot(bookmark, slotBefore(midnight, -i), parseSlot(midnight));
      expect(catchUpAfter(bookmark)).toBe(i < 13 ? '2026-11-21T23:55:00Z' : i < 301 ? '2026-11-22T23:55:00Z' : '');
      // All of that day, so that none is taken for a new one.
      expect(bookmark.slots.size).toBe(i < 13 ? i + 1 : i);
    }
  });

  test('lists from where it was when a drop makes up a slot of the future, unless all that were read are', () => {
    const now = parseSlot(slot);
    const bookmark = firstBookmark();
    noteSlot(bookmark, slotBefore(slot, 1), now);
    noteSlot(bookmark, slotBefore(slot, -30 * 288), now);
    expect(listAfter(bookmark, now)).toBe(slotBefore(slot, 13));
    noteSlot(bookmark, slot, now);
    expect(listAfter(bookmark, now)).toBe(slotBefore(slot, 12));
    // This clock is a year behind.
    const early = new Date(now.getTime() - 365 * 86_400_000);
    const late = firstBookmark();
    for (let i = 0; i < 20; i += 1) noteSlot(late, slotBefore(slot, -i), early);
    expect([late.slots.size, listAfter(late, early)]).toEqual([20, slotBefore(slot, -7)]);
  });

  test('forgets letters that were delivered when their keys are gone, whatever the time, and those that wait after four weeks', () => {
    const bookmark = firstBookmark();
    const keys = 'k';
    const week = 7 * 288;
    const now = (weeks: number) => parseSlot(slotBefore(slot, -weeks * week));
    bookmark.settled.set('old', { slot, keys });
    const wait: PendingLetter = { name: 'x', id: 'y', slot, keys, state: { kind: 'failed', tries: 1, outages: 0 } };
    bookmark.pending.set('x', wait);
    noteSlot(bookmark, slotBefore(slot, -3 * week), now(3));
    expect(forgetLetters(bookmark, new Set([keys]), now(3))).toEqual([]);
    noteSlot(bookmark, slotBefore(slot, -5 * week), now(5));
    expect(forgetLetters(bookmark, new Set([keys]), now(1))).toEqual([]); // the slots may be far ahead of the time
    expect([bookmark.settled.size, bookmark.pending.size]).toEqual([1, 1]);
    expect(forgetLetters(bookmark, new Set([keys]), now(5))).toEqual([wait]);
    expect([bookmark.settled.size, bookmark.pending.size]).toEqual([1, 0]);
    forgetLetters(bookmark, new Set(['l']), now(0));
    expect(bookmark.settled.size).toBe(0);
  });
});

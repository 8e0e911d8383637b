import { copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Inbox } from '../core/inbox/inbox.ts';
import { openLetter } from '../core/inbox/open-letter.ts';
import { contactOf, newIdentity } from '../core/keys/identity.ts';
import { writerOf } from '../core/letter/proof.ts';
import { type CollectEvent, collect, letterName } from '../core/read/collect.ts';
import { sealedInbox } from '../node/inbox/sealed-inbox.ts';
import { readBookmark, writeBookmark } from '../node/read/bookmark-file.ts';
import { batchKey } from '../wire/slot.ts';
import { fileOf, inboxOf, journalist, letters, troubles, way, write } from './people.ts';
import { plainDrop } from './plain-drop.ts';

/** A journalist each of whose reads is a run of its own. */
function desk() {
  const drop = plainDrop();
  const jane = journalist(drop.url);
  const at = { drop: way(drop.url, drop.transport), identity: () => jane.identity };
  const read = async (inbox: Inbox = inboxOf(jane)): Promise<CollectEvent[]> => {
    const bookmark = await readBookmark(jane.inbox, jane.identity, drop.url);
    const events: CollectEvent[] = [];
    await collect({
      ...at,
      inbox,
      bookmark,
      save: () => writeBookmark(jane.inbox, jane.identity, drop.url, bookmark),
      report: (event) => events.push(event),
      random: () => 0,
    });
    return events;
  };
  const place = (name: string) => join(jane.inbox, name);
  return {
    drop,
    jane,
    at,
    read,
    place,
    /** Reads as a process that is killed when the first letter stands in its inbox, and before its next step. */
    async killed(inbox: Inbox) {
      let kills = 0;
      const dying: Inbox = {
        ...inbox,
        async take(letter) {
          const taken = await inbox.take(letter);
          if (kills++ === 0) copyFileSync(place('.bookmark'), place('.then'));
          return taken;
        },
      };
      expect(letters(await read(dying))).toHaveLength(1);
      copyFileSync(place('.then'), place('.bookmark'));
    },
  };
}

describe('a letter that stood in the inbox when the process was killed, before the bookmark was saved', () => {
  const source = newIdentity('http://127.0.0.1:1', 0, 4_000_000_000);
  const draft = { text: 'once', files: [fileOf('plan.txt', Buffer.from('a plan'))], from: writerOf(source) };

  test('is told of by the next read, as it would have been, and not by the one after', async () => {
    const { drop, jane, read, killed } = desk();
    await write(jane, draft, drop.transport);
    drop.tick();
    await killed(inboxOf(jane));
    const [letter, ...more] = letters(await read());
    expect(more).toEqual([]);
    expect(letter).toMatchObject({
      path: join(jane.inbox, letter!.name),
      files: [{ name: 'plan.txt', bytes: 6 }],
      from: contactOf(source),
    });
    expect(letters(await read())).toEqual([]);
  });

  test('so is one that is encrypted, whichever way the next read keeps letters', async () => {
    for (const next of [sealedInbox, undefined]) {
      const { drop, jane, read, killed } = desk();
      await write(jane, draft, drop.transport);
      drop.tick();
      const sealed = sealedInbox(jane.inbox, jane.identity.storageKey);
      await killed(sealed);
      const [letter] = letters(await read(next && sealed));
      expect(letter).toMatchObject({ path: join(jane.inbox, `${letter!.name}.sealed`), from: contactOf(source) });
      expect(letters(await read())).toEqual([]);
    }
  });
});

test('a letter that stands there for another reason is not told of: opened by its sealed id, or the bookmark removed', async () => {
  const { drop, jane, at, read, place } = desk();
  const { id } = await write(jane, { text: 'once' }, drop.transport);
  drop.tick();
  const [epoch] = jane.identity.epochs;
  await openLetter(at.drop, jane.identity, epoch!, id, inboxOf(jane), letterName(id, epoch!));
  expect(letters(await read())).toEqual([]);
  rmSync(place('.bookmark'));
  expect(letters(await read())).toEqual([]);
});

describe('a fault of this program', () => {
  const fault = () => {
    throw new TypeError('x is not a function');
  };

  test('with a letter is said to be one, is no try, and keeps no other letter from coming', async () => {
    const { drop, jane, read } = desk();
    await write(jane, { text: 'one' }, drop.transport);
    await write(jane, { text: 'two' }, drop.transport);
    drop.tick();
    let taken = 0;
    const inbox = inboxOf(jane);
    const events = await read({ ...inbox, take: (letter) => (taken++ === 0 ? fault() : inbox.take(letter)) });
    expect([letters(events).length, troubles(events)]).toEqual([1, ['letter postponed']]);
    expect(events.find(({ kind }) => kind === 'postponed')).toMatchObject({
      why: 'a fault of dead-drop itself (TypeError)',
    });
    const always = { ...inbox, take: fault };
    for (let i = 0; i < 10; i += 1) expect(troubles(await read(always))).toEqual([]);
    expect(letters(await read())).toHaveLength(1);
  });

  test('or of keeping the bookmark concerns more than the letter, which waits as before', async () => {
    const { drop, jane, at } = desk();
    await write(jane, { text: 'one' }, drop.transport);
    drop.tick();
    const save = async () => {
      throw new Error('the bookmark in the inbox cannot be read');
    };
    await expect(collect({ ...at, inbox: inboxOf(jane), bookmark: jane.bookmark, save })).rejects.toThrow('bookmark');
    expect([...jane.bookmark.pending.values()]).toMatchObject([{ state: { kind: 'new' } }]);
    expect(letters(await jane.read(drop.transport))).toHaveLength(1);
  });

  test('with a batch is no try of it', async () => {
    const { drop, jane } = desk();
    const slot = drop.tick();
    const faulty: typeof drop.transport = async (asked) => {
      const answer = await drop.transport(asked);
      return asked.url.pathname.slice(1) === batchKey(slot) ? { status: 206, body: null as never } : answer;
    };
    for (let i = 0; i < 10; i += 1) await jane.read(faulty);
    expect([...jane.bookmark.unread.values()]).toMatchObject([{ tries: 0 }]);
    expect(troubles(await jane.read(drop.transport))).toEqual([]);
    expect(jane.bookmark.unread.size).toBe(0);
  });
});

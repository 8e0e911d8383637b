import { randomBytes } from 'node:crypto';
import { closeSync, openSync, readdirSync, readFileSync, readSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { fileIn, textInbox, textOf } from '../core/inbox/text-inbox.ts';
import { contactOf, newIdentity } from '../core/keys/identity.ts';
import { bodyParts } from '../core/letter/letter-contents.ts';
import { writerOf } from '../core/letter/proof.ts';
import { firstBookmark } from '../core/read/bookmark.ts';
import { listInbox, removeFromLetter } from '../node/inbox/conversations.ts';
import { folderInbox, intoFolder } from '../node/inbox/folder-inbox.ts';
import { sealedInbox, withSealed } from '../node/inbox/sealed-inbox.ts';
import { fileOf, folder, journalist, letters, troubles, write } from './people.ts';
import { plainDrop } from './plain-drop.ts';

const NOTE_BYTES = 2088;
const CONTENT_BYTES = 1_047_448;

/** A journalist whose inbox is encrypted. */
function desk() {
  const drop = plainDrop();
  const jane = journalist(drop.url);
  const { storageKey } = jane.identity;
  const inbox = () => sealedInbox(jane.inbox, storageKey);
  return {
    ...{ drop, jane, storageKey },
    read: () => jane.read(drop.transport, inbox()),
    /** Has a letter come with a text and a file. @returns its name and the path of its file */
    async receive(text: string, content: Uint8Array = new Uint8Array()) {
      await write(jane, { text, files: [fileOf('secret plan.pdf', content)] }, drop.transport);
      drop.tick();
      const events = await jane.read(drop.transport, inbox());
      expect(troubles(events)).toEqual([]);
      return letters(events)[0]!;
    },
    /** Opens a letter. @returns its body */
    open: (name: string, key = storageKey) =>
      withSealed(jane.inbox, name, key, async (contents) => {
        const parts: Uint8Array[] = [];
        for await (const part of bodyParts(contents)) parts.push(part.slice());
        return Buffer.concat(parts);
      }),
  };
}

const REFUSED = 'something in the inbox belongs to another identity, or is damaged';

describe('a letter that is kept encrypted', () => {
  test.each([0, 1, 3])('with %d cells besides its root has 2,088 bytes and 1,047,448 for each cell', async (cells) => {
    const { jane, storageKey, receive, open } = desk();
    const text = 'It was the mayor. '.repeat(20);
    const content = randomBytes(cells * 1_100_000);
    const { name, path } = await receive(text, content);
    expect(readdirSync(jane.inbox)).toEqual([`${name}.sealed`]);
    const { size, mode } = statSync(path);
    expect([size, mode & 0o777]).toEqual([NOTE_BYTES + (cells + 1) * CONTENT_BYTES, 0o600]);
    const bytes = readFileSync(path);
    for (const secret of ['mayor', 'secret plan', 'http:']) expect(bytes.includes(secret)).toBe(false);
    if (cells > 0) expect(bytes.includes(content.subarray(1_000_000, 1_000_016))).toBe(false);
    expect((await open(name)).equals(Buffer.concat([Buffer.from(text), content]))).toBe(true);
    const read = await withSealed(jane.inbox, name, storageKey, async (letter) => [
      letter.head.files,
      await textOf(letter),
    ]);
    expect(read).toEqual([[{ name: 'secret plan.pdf', bytes: content.length }], new Uint8Array(Buffer.from(text))]);
  });

  test('says nothing of itself in its name, and no two files of one letter share anything', async () => {
    const { drop, jane, storageKey, receive } = desk();
    const { name, path } = await receive('here');
    expect(name).toMatch(/^letter-[0-9a-f]{32}$/);
    const before = readFileSync(path);
    jane.bookmark = firstBookmark();
    const other = folder();
    await jane.read(drop.transport, sealedInbox(other, storageKey));
    const after = readFileSync(join(other, `${name}.sealed`));
    for (const at of [0, 24, NOTE_BYTES, NOTE_BYTES + 24, before.length - 16]) {
      expect(after.includes(before.subarray(at, at + 16))).toBe(false);
    }
  });

  test('is delivered once, when it is named again, too, and when the bookmark is lost', async () => {
    const { jane, read, receive } = desk();
    await receive('once');
    expect(await read()).toEqual([]);
    jane.bookmark = firstBookmark();
    expect(letters(await read())).toEqual([]);
    expect(readdirSync(jane.inbox)).toHaveLength(1);
  });

  test('is delivered once when its inbox held letters in the clear before', async () => {
    const { drop, jane, read } = desk();
    await write(jane, { text: 'once' }, drop.transport);
    drop.tick();
    expect(letters(await jane.read(drop.transport))).toHaveLength(1);
    jane.bookmark = firstBookmark();
    expect(letters(await read())).toEqual([]);
  });
});

describe('refuses a letter that is kept encrypted', () => {
  test('with a byte changed, wherever it is', async () => {
    const { receive, open, jane, storageKey } = desk();
    const { name, path } = await receive('here', randomBytes(1_500_000));
    const good = readFileSync(path);
    expect(good).toHaveLength(NOTE_BYTES + 2 * CONTENT_BYTES);
    const [root, further] = [NOTE_BYTES, NOTE_BYTES + CONTENT_BYTES];
    for (const at of [root, root + 24, root + 500_000, further - 1, further, further + 24, good.length - 1]) {
      const bytes = Buffer.from(good);
      bytes[at]! ^= 1;
      writeFileSync(path, bytes);
      await expect(open(name)).rejects.toThrow(REFUSED);
    }
    for (const at of [0, 24, 1000, NOTE_BYTES - 1]) {
      const bytes = Buffer.from(good);
      bytes[at]! ^= 1;
      writeFileSync(path, bytes);
      const damaged: string[] = [];
      expect(await listInbox(jane.inbox, storageKey, (each) => damaged.push(each))).toEqual([]);
      expect(damaged).toEqual([name]);
    }
  });

  test('with two cells swapped, one in place of another, one missing, or one of another letter', async () => {
    const { receive, open } = desk();
    const [one, other] = [await receive('a', randomBytes(3_000_000)), await receive('b', randomBytes(3_000_000))];
    const [good, foreign] = [readFileSync(one.path), readFileSync(other.path)];
    const cell = (from: Buffer, index: number) =>
      from.subarray(NOTE_BYTES + index * CONTENT_BYTES, NOTE_BYTES + (index + 1) * CONTENT_BYTES);
    const note = good.subarray(0, NOTE_BYTES);
    const whole = [0, 1, 2].map((index) => cell(good, index));
    for (const cells of [
      [whole[0], whole[2], whole[1]],
      [whole[0], whole[1], whole[1]],
      [whole[1], whole[1], whole[2]],
      [whole[0], whole[1]],
      [whole[0], cell(foreign, 1), whole[2]],
      [cell(foreign, 0), whole[1], whole[2]],
    ]) {
      writeFileSync(one.path, Buffer.concat([note, ...(cells as Buffer[])]));
      await expect(open(one.name)).rejects.toThrow(REFUSED);
    }
    writeFileSync(one.path, foreign); // the other letter as a whole, under this one's name
    await expect(open(one.name)).rejects.toThrow(REFUSED);
    writeFileSync(one.path, good);
    expect(await open(one.name)).toHaveLength(3_000_001);
  });

  test('by another identity', async () => {
    const { drop, receive, open } = desk();
    const { name } = await receive('here');
    await expect(open(name, newIdentity(drop.url, 0).storageKey)).rejects.toThrow(REFUSED);
  });
});

describe('an inbox on no disk', () => {
  test('shows the text of each letter, and names and sizes of its files, and wipes the text', async () => {
    const { drop, jane } = desk();
    const source = newIdentity(drop.url, 0, 4_000_000_000);
    const files = [fileOf('recording.wav', randomBytes(3_000_000))];
    await write(jane, { text: 'listen', files, from: writerOf(source) }, drop.transport);
    drop.tick();
    const fetched: string[] = [];
    const transport: typeof drop.transport = (asked) => {
      if (asked.url.pathname.startsWith('/uploads/')) fetched.push(asked.url.pathname);
      return drop.transport(asked);
    };
    const shown: [string, unknown, unknown][] = [];
    let kept = new Uint8Array();
    const inbox = textInbox((letter, text) => {
      kept = text as typeof kept;
      shown.push([Buffer.from(text).toString(), letter.files, letter.from]);
    });
    const events = await jane.read(transport, inbox);
    expect(troubles(events)).toEqual([]);
    expect(letters(events)).toHaveLength(1);
    expect(shown).toEqual([['listen', [{ name: 'recording.wav', bytes: 3_000_000 }], contactOf(source)]]);
    expect(kept).toEqual(new Uint8Array(6));
    expect(fetched).toHaveLength(1); // the root; not the cells that hold the recording
    expect(await jane.read(transport, inbox)).toEqual([]);
  });
});

describe('one file of a letter', () => {
  const other = fileOf('other.bin', randomBytes(1_500_000));

  /** A letter with a text, the file in question between two others, and what an inbox lists of it. */
  async function received(isSealed: boolean, isAlone = false) {
    const { drop, jane, storageKey } = desk();
    const invitation = fileOf('desk.invitation', randomBytes(9000));
    const files = isAlone ? [invitation] : [fileOf('a', Buffer.from('first')), invitation, other];
    await write(jane, { text: isAlone ? '' : 'Dear Jane', files }, drop.transport);
    drop.tick();
    const into = (isSealed ? sealedInbox : folderInbox)(jane.inbox, storageKey);
    expect(troubles(await jane.read(drop.transport, into))).toEqual([]);
    const list = async () => (await listInbox(jane.inbox, storageKey, () => expect.fail('damaged'))).flat();
    const [letter] = await list();
    const remove = () => removeFromLetter(jane.inbox, letter!, 'desk.invitation', storageKey);
    return { inbox: jane.inbox, storageKey, letter: letter!, list, remove };
  }

  test('is taken out of an encrypted letter, which is sealed anew with all that is left of it', async () => {
    const { inbox, storageKey, letter, list, remove } = await received(true);
    const path = join(inbox, `${letter.name}.sealed`);
    const before = readFileSync(path);
    expect(before).toHaveLength(NOTE_BYTES + 2 * CONTENT_BYTES);
    const handle = openSync(path, 'r');
    onTestFinished(() => closeSync(handle));
    expect(await remove()).toBe(true);
    const read = await withSealed(inbox, letter.name, storageKey, async (contents) => ({
      files: contents.head.files,
      text: Buffer.from(await textOf(contents)).toString(),
      other: Buffer.from((await fileIn(contents, 'a'))!).toString(),
      invitation: await fileIn(contents, 'desk.invitation'),
    }));
    expect(read).toEqual({
      files: [
        { name: 'a', bytes: 5 },
        { name: 'other.bin', bytes: 1_500_000 },
      ],
      text: 'Dear Jane',
      other: 'first',
      invitation: undefined,
    });
    const saved = await withSealed(inbox, letter.name, storageKey, (contents) =>
      intoFolder(folder(), { name: 'x', id: letter.id, time: letter.time, contents }),
    );
    for await (const content of other.read())
      expect(readFileSync(join(saved.path, 'other.bin')).equals(content)).toBe(true);
    expect(await list()).toEqual([{ ...letter, files: 2, bytes: letter.bytes - 9000 }]);
    // What was in its place is overwritten.
    const left = Buffer.alloc(before.length);
    readSync(handle, left, 0, left.length, 0);
    for (let at = 0; at < before.length; at += 4096) expect(left.includes(before.subarray(at, at + 16))).toBe(false);
    expect(readdirSync(inbox).sort()).toEqual(['.bookmark', `${letter.name}.sealed`].slice(-1));
  });

  test('is taken out of a folder, where the rest stays as it is', async () => {
    const { inbox, letter, list, remove } = await received(false);
    expect(await remove()).toBe(true);
    expect(readdirSync(join(inbox, letter.name)).sort()).toEqual(['.letter', 'a', 'letter.txt', 'other.bin']);
    expect(await list()).toEqual([{ ...letter, files: 2, bytes: letter.bytes - 9000 }]);
  });

  test.each([true, false])(
    'goes with the letter when there is nothing else in it (encrypted: %s)',
    async (isSealed) => {
      const { inbox, list, remove } = await received(isSealed, true);
      expect(await remove()).toBe(false);
      expect(await list()).toEqual([]);
      expect(readdirSync(inbox)).toEqual([]);
    },
  );
});

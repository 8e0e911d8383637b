import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openLetter } from '../core/inbox/open-letter.ts';
import { contactOf } from '../core/keys/identity.ts';
import { openId } from '../core/letter/sealed-id.ts';
import { firstBookmark, noteSlot } from '../core/read/bookmark.ts';
import { letterName } from '../core/read/collect.ts';
import { register, send, upload } from '../core/send/send.ts';
import { readBookmark, writeBookmark } from '../node/read/bookmark-file.ts';
import { headBytes } from '../wire/letter.ts';
import { CELL_BYTES, CELL_CONTENT_BYTES } from '../wire/sizes.ts';
import { withDrop } from './drop.ts';
import { fileOf, inboxOf, journalist, letters, slotsOf, troubles, way, write } from './people.ts';

/** The largest file that fits into a root cell under the name `data`. */
const ONE_CELL = CELL_CONTENT_BYTES - headBytes({ textBytes: 0, files: [{ name: 'data', bytes: 0 }] }, 0);

test.each([
  ['0 bytes', 0, 1],
  ['1 byte', 1, 1],
  ['one cell exactly', ONE_CELL, 1],
  ['one cell and a byte', ONE_CELL + 1, 2],
  ['64 MiB', 64 * 2 ** 20, 65],
])('a letter with a file of %s arrives byte for byte', async (_, size, cells) => {
  const drop = await withDrop();
  const jane = journalist(drop.url);
  const content = randomBytes(size);
  await write(jane, { files: [fileOf('data', content)] });
  const uploads = drop.objects('uploads/');
  expect(uploads).toHaveLength(cells);
  expect(new Set(uploads.map(({ bytes }) => bytes))).toEqual(new Set([CELL_BYTES]));
  await drop.tick();
  const [letter] = letters(await jane.read());
  expect(letter!.files).toEqual([{ name: 'data', bytes: size }]);
  expect(readFileSync(join(letter!.path, 'data')).equals(content)).toBe(true);
  expect(drop.printed).toEqual([]);
});

test('a letter of nothing at all arrives', async () => {
  const drop = await withDrop();
  const jane = journalist(drop.url);
  await write(jane, {});
  await drop.tick();
  const [letter] = letters(await jane.read());
  expect(letter!.files).toEqual([]);
  expect(readdirSync(letter!.path)).toEqual(['.letter']);
});

test('a text, and files of the same name, arrive side by side', async () => {
  const drop = await withDrop();
  const jane = journalist(drop.url);
  const text = 'Grüße\n'.repeat(100_000);
  const files = ['a', 'b', 'c'].map((content) => fileOf('letter.txt', Buffer.from(content)));
  await write(jane, { text, files: [...files, fileOf('empty', Buffer.alloc(0))] });
  await drop.tick();
  const [letter] = letters(await jane.read());
  const content = Object.fromEntries(
    readdirSync(letter!.path)
      .filter((name) => !['.letter', '.names'].includes(name))
      .map((name) => [name, readFileSync(join(letter!.path, name), 'utf8')]),
  );
  expect(content).toEqual({
    'letter.txt': text,
    'letter (2).txt': 'a',
    'letter (3).txt': 'b',
    'letter (4).txt': 'c',
    empty: '',
  });
});

test('two journalists each get their own letters and nothing of the other', async () => {
  const drop = await withDrop();
  const [jane, john] = [journalist(drop.url), journalist(drop.url)];
  for (let i = 0; i < 5; i += 1) {
    await write(jane, { text: `to Jane ${i}` });
    await write(john, { text: `to John ${i}` });
  }
  await drop.tick();
  for (const [person, name] of [
    [jane, 'Jane'],
    [john, 'John'],
  ] as const) {
    const events = await person.read();
    expect(troubles(events)).toEqual([]);
    const texts = letters(events).map(({ path }) => readFileSync(join(path, 'letter.txt'), 'utf8'));
    expect(texts.sort()).toEqual([0, 1, 2, 3, 4].map((i) => `to ${name} ${i}`));
  }
});

test('uploading and registering can be days apart, and a sealed id opens another way', async () => {
  const drop = await withDrop();
  const jane = journalist(drop.url);
  const sealedId = (await upload(way(drop.url), contactOf(jane.identity), { text: 'later' })).seal();
  drop.pass(13 * 86_400);
  await drop.tick();
  expect(letters(await jane.read())).toEqual([]);
  const [keys] = jane.identity.epochs;
  const id = openId(sealedId, keys!.id)!;
  const letter = await openLetter(way(drop.url), jane.identity, keys!, id, inboxOf(jane), letterName(id, keys!));
  expect(letter).toMatchObject({ files: [] });
  expect(readFileSync(join((letter as { path: string }).path, 'letter.txt'), 'utf8')).toBe('later');
  await register(way(drop.url), sealedId);
  await drop.tick();
  expect(letters(await jane.read())).toEqual([]); // it is in the inbox already
  const john = { ...journalist(drop.url), identity: jane.identity };
  expect(troubles(await john.read())).toEqual([]);
});

describe('nothing is delivered twice', () => {
  test('when a sealed id is registered again at once, an hour later, and days later', async () => {
    const drop = await withDrop();
    const jane = journalist(drop.url);
    const sealedId = (await upload(way(drop.url), contactOf(jane.identity), { text: 'once' })).seal();
    let count = 0;
    for (const wait of [0, 0, 4000, 3 * 86_400]) {
      drop.pass(wait);
      await register(way(drop.url), sealedId);
      await register(way(drop.url), sealedId);
      await drop.tick();
      const events = await jane.read();
      expect(troubles(events)).toEqual([]);
      count += letters(events).length;
    }
    expect(count).toBe(1);
    const lines = [...drop.batches().values()].flat();
    expect(lines.length - new Set(lines).size).toBe(2); // an hour later, and days later
  });

  test('when the bookmark is lost', async () => {
    const drop = await withDrop();
    const jane = journalist(drop.url);
    await write(jane, { text: 'once' });
    await drop.tick();
    expect(letters(await jane.read())).toHaveLength(1);
    jane.bookmark = firstBookmark();
    expect(letters(await jane.read())).toHaveLength(0);
    expect(readdirSync(jane.inbox)).toHaveLength(1);
  });
});

test('polls pick up where the last one ended, and read a batch that came late', async () => {
  const drop = await withDrop();
  const jane = journalist(drop.url);
  const batches = async () => slotsOf((await jane.read()).filter(({ kind }) => kind === 'batch'));
  await drop.tick();
  drop.pass(300); // this slot's publisher is late
  const late = new Date(drop.clock.now()).toISOString();
  await drop.tick();
  expect(await batches()).toEqual(['2026-11-22T11:30:00Z', '2026-11-22T11:40:00Z']);
  await write(jane, { text: 'late' });
  await drop.invoke('publish-ids', { time: late });
  const events = await jane.read();
  expect(letters(events)).toHaveLength(1);
  expect(slotsOf(events)).toEqual(['2026-11-22T11:35:00Z', '2026-11-22T11:35:00Z']);
  expect(await batches()).toEqual([]);
});

test('a journalist who was away for two weeks reads every batch that is left', async () => {
  const drop = await withDrop();
  const jane = journalist(drop.url);
  for (let i = 0; i < 3; i += 1) {
    await write(jane, { text: `letter ${i}` });
    await drop.tick();
    drop.pass(86_400);
  }
  expect(letters(await jane.read())).toHaveLength(3);
});

test('an inbox keeps the drops apart that letters come from', async () => {
  const [one, other] = [await withDrop(), await withDrop()];
  const jane = journalist(one.url);
  await write(jane, { text: 'first drop' });
  await one.tick();
  expect(letters(await jane.read())).toHaveLength(1);
  await writeBookmark(jane.inbox, jane.identity, one.url, jane.bookmark);
  const moved = journalist(other.url, jane.identity);
  await send(way(other.url), contactOf(jane.identity), { text: 'other drop' });
  await other.tick();
  moved.bookmark = await readBookmark(jane.inbox, jane.identity, other.url);
  expect(letters(await moved.read())).toHaveLength(1);
  await writeBookmark(jane.inbox, jane.identity, other.url, moved.bookmark);
  expect(await readBookmark(jane.inbox, jane.identity, one.url)).toEqual(jane.bookmark);
});

test('a drop that begins anew, with an earlier clock, is read from its beginning', async () => {
  const drop = await withDrop();
  const jane = journalist(drop.url);
  noteSlot(jane.bookmark, '2027-03-01T00:00:00Z');
  await write(jane, { text: 'anew' });
  await drop.tick();
  expect(letters(await jane.read())).toHaveLength(1);
  expect(await jane.read()).toEqual([]);
});

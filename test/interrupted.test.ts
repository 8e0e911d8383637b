import { execFileSync, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { serialize } from 'node:v8';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Scheduler } from '../core/drop/scheduler.ts';
import type { Transport } from '../core/drop/transport.ts';
import type { Inbox } from '../core/inbox/inbox.ts';
import { NoRoom } from '../core/inbox/no-room.ts';
import { openLetter } from '../core/inbox/open-letter.ts';
import { textInbox } from '../core/inbox/text-inbox.ts';
import { CELLS_AT_ONCE } from '../core/letter/letter-contents.ts';
import { collect } from '../core/read/collect.ts';
import { keepCells } from '../node/inbox/kept-cells.ts';
import { CELL_BYTES, CELL_CONTENT_BYTES } from '../wire/sizes.ts';
import { parseSlot } from '../wire/slot.ts';
import { fileOf, folder, inboxOf, type Journalist, journalist, letters, troubles, way, write } from './people.ts';
import { plainDrop } from './plain-drop.ts';
import { fill, smallDisk } from './small-disk.ts';

const KEPT = /^\.unfinished-[0-9a-f]{32}$/;

/** What stands in every cell of the letter, and must not lie in the clear in an encrypted inbox. */
const SECRET = 'the minister took the money ';

const isUpload = (path: string) => path.startsWith('/uploads/');

/** The folder of an inbox in which cells are kept. */
const keptIn = (inbox: string) => join(inbox, readdirSync(inbox).find((name) => KEPT.test(name))!);

/** A drop with a letter of a root and so many further cells, and a transport to it that notes and may change what happens. */
async function desk(further = 12) {
  const drop = plainDrop();
  const jane = journalist(drop.url);
  const content = Buffer.alloc(further * CELL_CONTENT_BYTES, SECRET);
  await write(jane, { text: SECRET, files: [fileOf('data', content)] }, drop.transport);
  const cells = [...drop.objects.keys()].filter((key) => key.startsWith('uploads/'));
  drop.tick();
  const asked: string[] = [];
  /** Told of each request for a cell, with its number from 0. */
  const on = { cell: async (_number: number, _signal?: AbortSignal) => {} };
  const transport: Transport = async (request) => {
    if (isUpload(request.url.pathname)) {
      asked.push(request.url.pathname.slice(1));
      await on.cell(asked.length - 1, request.signal);
    }
    return drop.transport(request);
  };
  return {
    ...{ drop, jane, content, cells, asked, on, transport },
    /** Expects the letter to arrive whole, and nothing else to be left. @returns what was asked for */
    async arrives(inbox?: Inbox) {
      on.cell = async () => {};
      asked.length = 0;
      const [letter] = letters(await jane.read(transport, inbox));
      expect(readFileSync(join(letter!.path, 'data')).equals(content)).toBe(true);
      expect(readdirSync(jane.inbox)).toEqual([letter!.name]);
      return [...asked];
    },
    /** Reads until the drop can no longer be reached, after so many requests for cells. */
    async interrupted(after: number, inbox?: Inbox) {
      on.cell = async (number) => {
        if (number >= after) throw new Error('the plug was pulled');
      };
      expect(troubles(await jane.read(transport, inbox))).toEqual(['letter postponed']);
    },
  };
}

describe('a letter whose download breaks off', () => {
  test.each([1, 4, 12])('after %d of 13 cells goes on from there, and asks for none of them again', async (count) => {
    const { jane, cells, asked, arrives, interrupted } = await desk();
    await interrupted(count);
    const came = new Set(asked.slice(0, count));
    const kept = readdirSync(keptIn(jane.inbox));
    expect(kept).toHaveLength(count);
    for (const name of kept) expect(name).toMatch(/^\d+$/);
    const rest = await arrives();
    expect(new Set([...came, ...rest])).toEqual(new Set(cells));
    expect(rest).toHaveLength(13 - count);
  });

  test('is kept as it came, and for its owner only', async () => {
    const { drop, jane, asked, interrupted } = await desk();
    await interrupted(5);
    const place = keptIn(jane.inbox);
    const given = asked.slice(0, 5).map((key) => Buffer.from(drop.objects.get(key)!).toString('hex').slice(0, 64));
    const files = readdirSync(place).map((name) => join(place, name));
    expect(files.map((file) => readFileSync(file).toString('hex').slice(0, 64)).sort()).toEqual(given.sort());
    expect([place, ...files].map((path) => statSync(path).mode & 0o777)).toEqual([0o700, ...files.map(() => 0o600)]);
  });

  test.each<[string, (file: string) => void]>([
    ['changed in a bit', (file) => flip(file)],
    ['cut', (file) => truncateSync(file, 1000)],
    ['empty', (file) => truncateSync(file, 0)],
    ['gone', (file) => rmSync(file)],
    ['a link to nothing', (file) => instead(file, () => symlinkSync('nothing', file))],
    ['a folder', (file) => instead(file, () => mkdirSync(join(file, 'of somebody'), { recursive: true }))],
    ['a pipe', (file) => instead(file, () => void execFileSync('mkfifo', [file]))],
  ])('fetches again what is %s meanwhile, root or further cell, and that alone', async (_, spoil) => {
    const { jane, asked, arrives, interrupted } = await desk();
    await interrupted(10);
    const came = new Set(asked.slice(0, 10));
    for (const number of ['0', '2']) spoil(join(keptIn(jane.inbox), number));
    expect((await arrives()).filter((key) => came.has(key))).toHaveLength(2);
  });

  test("fetches again what is another cell's", async () => {
    const { jane, asked, arrives, interrupted } = await desk();
    await interrupted(10);
    const came = new Set(asked.slice(0, 10));
    const place = keptIn(jane.inbox);
    writeFileSync(join(place, '1'), readFileSync(join(place, '2')));
    writeFileSync(join(place, '0'), readFileSync(join(place, '3')));
    expect((await arrives()).filter((key) => came.has(key))).toHaveLength(2);
  });

  test('counts what it has as done', async () => {
    const { jane, drop, on, transport, interrupted } = await desk();
    await interrupted(11);
    on.cell = async () => {
      throw new Error('no way');
    };
    const [letter] = [...jane.bookmark.pending.values()];
    const seen: number[] = [];
    const { identity, inbox } = jane;
    const opening = openLetter(
      way(drop.url, transport),
      identity,
      identity.epochs[0]!,
      Buffer.from(letter!.id, 'base64url'),
      inboxOf({ identity, inbox }),
      letter!.name,
      { progress: (done, total) => seen.push(done / total) },
    );
    await expect(opening).rejects.toThrow('cannot be reached');
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(seen.at(-1)).toBeGreaterThan(10 / 13);
    expect(seen.at(-1)).toBeLessThan(12 / 13);
  });
});

function instead(file: string, make: () => void): void {
  rmSync(file);
  make();
}

function flip(file: string): void {
  const bytes = readFileSync(file);
  bytes[500_000]! ^= 1;
  writeFileSync(file, bytes);
}

describe('kept cells', () => {
  test('are none of a letter that is its root alone', async () => {
    const drop = plainDrop();
    const jane = journalist(drop.url);
    await write(jane, { text: 'short' }, drop.transport);
    drop.tick();
    const inbox = inboxOf(jane);
    const names: string[] = [];
    const take: Inbox['take'] = async (letter) => {
      const taken = await inbox.take(letter);
      names.push(...readdirSync(jane.inbox));
      return taken;
    };
    expect(letters(await jane.read(drop.transport, { ...inbox, take }))).toHaveLength(1);
    expect(names).toHaveLength(1);
  });

  test('stay while their letter waits, and go when it does so no more, or stands there', async () => {
    const { jane, interrupted } = await desk();
    await interrupted(5);
    const [name] = jane.bookmark.pending.keys();
    const kept = () => readdirSync(jane.inbox).filter((each) => KEPT.test(each)).length;
    const inbox = inboxOf(jane);
    await inbox.clearUnfinished(); // by somebody who does not know who waits
    await inbox.clearUnfinished((each) => each === name);
    expect(kept()).toBe(1);
    await inbox.clearUnfinished(() => false);
    expect(kept()).toBe(0);
  });

  test('of whom nobody is known to wait stay for 17 days, and go at once when the letter stands there', async () => {
    const { jane, interrupted } = await desk();
    await interrupted(5);
    const [name] = jane.bookmark.pending.keys();
    const place = keptIn(jane.inbox);
    const kept = () => readdirSync(jane.inbox).filter((each) => KEPT.test(each)).length;
    const day = Date.now() / 1000 - 86_400;
    utimesSync(place, day - 15.9 * 86_400, day - 15.9 * 86_400);
    await inboxOf(jane).clearUnfinished(() => false);
    expect(kept()).toBe(1);
    utimesSync(place, day - 16.1 * 86_400, day - 16.1 * 86_400);
    await inboxOf(jane).clearUnfinished((each) => each === name);
    expect(kept()).toBe(1);
    mkdirSync(join(jane.inbox, name!));
    await inboxOf(jane).clearUnfinished();
    expect(kept()).toBe(0);
    rmSync(join(jane.inbox, name!), { recursive: true });
    {
      using cells = await keepCells(jane.inbox, name!);
      await cells!.put(0, new Uint8Array(CELL_BYTES));
    }
    expect(kept()).toBe(1);
    utimesSync(place, day - 16.1 * 86_400, day - 16.1 * 86_400);
    await inboxOf(jane).clearUnfinished(() => false);
    expect(kept()).toBe(0);
  });

  test('go with the keys', async () => {
    const { jane, drop, interrupted } = await desk();
    await interrupted(5);
    jane.identity = { ...jane.identity, epochs: journalist(drop.url).identity.epochs };
    expect(troubles(await jane.read(drop.transport))).toEqual(['letter given up']);
    expect(readdirSync(jane.inbox)).toEqual([]);
  });

  test('that another process is at are left to it: this one does without, and delivers the letter', async () => {
    const { jane, arrives, interrupted, on, transport } = await desk();
    await interrupted(5);
    const [name] = jane.bookmark.pending.keys();
    const place = keptIn(jane.inbox);
    const before = readdirSync(place);
    {
      using theirs = await keepCells(jane.inbox, name!);
      expect(theirs!.count).toBe(5);
      on.cell = async () => {};
      await inboxOf(jane).clearUnfinished();
      const [letter] = letters(await jane.read(transport));
      expect(readdirSync(jane.inbox)).toContain(letter!.name);
      expect(readdirSync(place)).toEqual(before);
      rmSync(letter!.path, { recursive: true });
    }
    await inboxOf(jane).clearUnfinished(() => true);
    expect(readdirSync(place)).toEqual(before);
    jane.bookmark.settled.clear();
    jane.bookmark.slots.clear();
    expect(await arrives()).toHaveLength(13 - 5);
  });

  test.each<[string, (place: string, elsewhere: string) => void]>([
    ['a file', (place) => writeFileSync(place, 'theirs')],
    ['a link to a folder', (place, elsewhere) => symlinkSync(elsewhere, place)],
    ['a folder where their lock would be', (place) => mkdirSync(`${place}.lock`)],
  ])('are kept nowhere where %s has their name, and the letter is delivered', async (_, make) => {
    const { jane, content, on, transport, interrupted } = await desk();
    await interrupted(5);
    const place = keptIn(jane.inbox);
    const elsewhere = folder();
    writeFileSync(join(elsewhere, '1'), 'theirs');
    rmSync(place, { recursive: true });
    make(place, elsewhere);
    on.cell = async () => {};
    const events = await jane.read(transport);
    expect(troubles(events)).toEqual([]);
    expect(readFileSync(join(letters(events)[0]!.path, 'data')).equals(content)).toBe(true);
    expect(readdirSync(elsewhere)).toEqual(['1']);
    expect(readFileSync(join(elsewhere, '1'), 'utf8')).toBe('theirs');
  });

  test('of two who fetch the same letter, both end well, it stands there once, and nothing else does', async () => {
    const { jane, drop, on, transport } = await desk();
    on.cell = () => sleep(20);
    const john = { ...journalist(drop.url, jane.identity), inbox: jane.inbox };
    const both = await Promise.all([jane.read(transport), john.read(transport, inboxOf(jane))]);
    expect(both.flatMap(troubles)).toEqual([]);
    expect(both.flatMap(letters)).toHaveLength(1);
    expect(readdirSync(jane.inbox)).toEqual([both.flatMap(letters)[0]!.name]);
  });

  test('an answer that is only shown is kept nowhere', async () => {
    const { jane, transport } = await desk();
    const shown: string[] = [];
    const inbox = textInbox((_, text) => void shown.push(Buffer.from(text).toString()));
    await jane.read(transport, inbox);
    expect(shown).toEqual([SECRET]);
    expect(() => readdirSync(jane.inbox)).toThrow('ENOENT');
  });
});

describe('cells of one letter', () => {
  test('are asked for nine at a time where all is read at once, each once', async () => {
    const { on, cells, arrives } = await desk(30);
    let [open, most] = [0, 0];
    const { promise: isFull, resolve: goOn } = Promise.withResolvers<void>();
    const asked = arrives();
    on.cell = async (number) => {
      if (number === 0) return; // the root, which comes alone
      most = Math.max(most, ++open);
      if (open === CELLS_AT_ONCE) goOn();
      await isFull;
      await sleep(randomInt(20));
      open -= 1;
    };
    expect((await asked).sort()).toEqual([...cells].sort());
    expect(most).toBe(CELLS_AT_ONCE);
  }, 60_000);

  test('are asked for one after another through a scheduler', async () => {
    const { jane, drop, transport } = await desk(5);
    let [open, most, through] = [0, 0, 0];
    const scheduler: Scheduler = async (request) => {
      through += 1;
      most = Math.max(most, ++open);
      await sleep(2);
      return request().finally(() => (open -= 1));
    };
    const { identity } = jane;
    await jane.read(transport, { ...inboxOf(jane), take: () => Promise.reject(new NoRoom(1)) });
    const { name, id } = [...jane.bookmark.pending.values()][0]!;
    const letter = await openLetter(
      way(drop.url, transport),
      identity,
      identity.epochs[0]!,
      Buffer.from(id, 'base64url'),
      inboxOf(jane),
      name,
      { scheduler },
    );
    expect(letter).toMatchObject({ name });
    expect(readdirSync(jane.inbox)).toEqual([name]);
    expect([most, through]).toEqual([1, 6]);
  });

  test.each([
    ['in the root', 1000, 1],
    ['in the root and the first further cell', CELL_CONTENT_BYTES, 2],
  ])('that hold no text are not asked for where only the text is, which stands %s', async (_, textBytes, cells) => {
    const { drop, jane, asked, transport } = await desk(1);
    await write(jane, { text: 'x'.repeat(textBytes), files: [fileOf('data', new Uint8Array(2e7))] }, drop.transport);
    const slot = drop.tick();
    let length = 0;
    const inbox = textInbox((_letter, text, time) => {
      if (time === parseSlot(slot).getTime() / 1000) length = text.length;
    });
    await jane.read(transport, inbox);
    expect([length, asked.length]).toEqual([textBytes, 1 + cells]);
  });

  test('end at once at Ctrl-C, with nothing under way, and what came stays', async () => {
    const { jane, drop, on, asked, transport, arrives } = await desk(30);
    const stop = new AbortController();
    let open = 0;
    on.cell = async (number, signal) => {
      if (number < 5) return;
      open += 1;
      if (open === CELLS_AT_ONCE) setTimeout(() => stop.abort(new Error('Ctrl-C')), 10);
      await sleep(60_000, undefined, { signal: signal! }).catch(() => {});
      open -= 1;
      throw new Error('closed');
    };
    const identity = jane.identity;
    const before = performance.now();
    const reading = collect({
      drop: { ...way(drop.url, transport), signal: stop.signal },
      identity: () => identity,
      inbox: inboxOf(jane),
      bookmark: jane.bookmark,
    });
    await expect(reading).rejects.toThrow('Ctrl-C');
    expect(performance.now() - before).toBeLessThan(10_000);
    expect(open).toBe(0);
    const came = asked.slice(0, 5);
    const rest = await arrives();
    expect(rest.filter((key) => came.includes(key))).toEqual([]);
    expect(rest).toHaveLength(31 - 5);
  });
});

test('when the disk is full in the middle, what was fetched stays, and is gone on with when there is room', async (context) => {
  const disk = smallDisk(128);
  if (disk === undefined) return context.skip();
  const { jane, asked, on, transport, content, arrives } = await desk();
  jane.inbox = join(disk, 'inbox');
  let others = '';
  on.cell = async (number) => {
    if (number === 6) {
      while (asked.length < 9) await sleep(1);
      await sleep(200);
      others = fill(disk);
    } else if (number > 6) await sleep(1000);
  };
  await expect(jane.read(transport)).rejects.toMatchObject({ code: 'ENOSPC' });
  const kept = readdirSync(keptIn(jane.inbox)).filter((name) => /^\d+$/.test(name)).length;
  expect(kept).toBeGreaterThanOrEqual(6);
  expect([...jane.bookmark.pending.values()]).toMatchObject([{ state: { kind: 'new' } }]);
  await jane.read(transport); // still full
  const [{ state }] = [...jane.bookmark.pending.values()] as unknown as [{ state: { needs: number } }];
  expect(state).toMatchObject({ kind: 'without room' });
  const needs = state.needs - 64 * 2 ** 20 - (13 - kept) * CELL_BYTES;
  expect([needs > content.length, needs < content.length + 2 ** 16]).toEqual([true, true]);
  rmSync(others);
  expect(await arrives()).toHaveLength(13 - kept);
});

/** Serves a drop on a port, for processes to read. @returns what starts one */
async function serving({ transport }: ReturnType<typeof plainDrop>, jane: Journalist, isSealed: boolean) {
  const server = createServer(async ({ method, url, headers }, response) => {
    const asking = { method: method as 'GET', url: new URL(url!, `http://${headers.host}`), headers: {} };
    const { status, body } = await transport({ ...asking, answerMaxBytes: 0 });
    response.writeHead(status, { 'content-length': body.length }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const url = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  return () => {
    const child = spawn(process.execPath, [join(import.meta.dirname, 'reading-child.ts')], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    child.stdin.end(serialize({ identity: jane.identity, url, folder: jane.inbox, isSealed }));
    return child;
  };
}

const LARGE_MEBIBYTES = process.env.SOAK ? 1024 : 256;

test.each([
  ['in the clear', false],
  ['encrypted', true],
])(
  `a letter of ${LARGE_MEBIBYTES} MiB is read with at most 224 MiB of memory (%s)`,
  async (_, isSealed) => {
    const drop = plainDrop();
    const jane = journalist(drop.url);
    const bytes = LARGE_MEBIBYTES * 2 ** 20;
    const part = new Uint8Array(2 ** 20);
    async function* read() {
      for (let at = 0; at < bytes; at += part.length) yield part;
    }
    await write(jane, { files: [{ name: 'zeros', bytes, read }] }, drop.transport);
    drop.tick();
    const reads = await serving(drop, jane, isSealed);
    const child = reads();
    const [peak] = await Promise.all([text(child.stdout), once(child, 'exit')]);
    const [name] = readdirSync(jane.inbox).filter((each) => each.startsWith('letter-'));
    const { size } = statSync(join(jane.inbox, name!, isSealed ? '' : 'zeros'));
    expect(size).toBeGreaterThanOrEqual(bytes);
    expect(Number(peak)).toBeGreaterThan(30 * 1024); // it was measured
    expect(Number(peak)).toBeLessThan(224 * 1024);
  },
  300_000,
);

import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { DropAnswer, Transport } from '../core/drop/transport.ts';
import { contactOf, type Identity, newIdentity } from '../core/keys/identity.ts';
import { sealCell } from '../core/letter/cell.ts';
import { sealId } from '../core/letter/sealed-id.ts';
import { TRIES } from '../core/read/luck.ts';
import { register, send, upload } from '../core/send/send.ts';
import { loopback } from '../node/transport/transport.ts';
import { formatBatch } from '../wire/batch.ts';
import { formatHead } from '../wire/letter.ts';
import { formatSealedId } from '../wire/sealed-id.ts';
import { CELL_BYTES, CELL_CONTENT_BYTES } from '../wire/sizes.ts';
import { formatUploadId, parseUploadId } from '../wire/upload-id.ts';
import { openDrop, type TestDrop, withDrop } from './drop.ts';
import { fileOf, folder, type Journalist, journalist, letters, troubles, way, write } from './people.ts';

const CONTENT = randomBytes(3_000_000);

/** A drop that tampers with what it gives out: the operator's own, in other words. */
function tampering(change: (path: string, answer: DropAnswer) => DropAnswer | Promise<DropAnswer>): Transport {
  return async (asked) => change(asked.url.pathname, await loopback(asked));
}

/** A drop with a letter of three cells, and one that is all right, both published: for reading only. */
let drop: TestDrop;
let identity: Identity;
const cells: string[] = [];
beforeAll(async () => {
  drop = await openDrop();
  identity = newIdentity(drop.url, 0, 4_000_000_000);
  const noting: Transport = (asked) => {
    if (asked.method === 'PUT' && asked.url.pathname.includes('/uploads/')) cells.push(asked.url.pathname.slice(-43));
    return loopback(asked);
  };
  await send(way(drop.url, noting), contactOf(identity), { files: [fileOf('data', CONTENT)] });
  expect(cells).toHaveLength(3);
  await send(way(drop.url), contactOf(identity), { text: 'all right' });
  await drop.tick();
});
afterAll(() => drop.close());

/** Whom both letters are for, with an empty inbox. */
const reader = (): Journalist => journalist(drop.url, identity);

describe.each([
  ['a further cell', 0],
  ['the last further cell', 1],
  ['the root cell', 2],
])('when %s is', (_, index) => {
  const status = (code: number) => () => ({ status: code, body: new Uint8Array() });
  const body = (change: (cell: Buffer) => Uint8Array) => async (answer: DropAnswer) => {
    return { status: 200, body: change(Buffer.from(answer.body)) };
  };
  const flip = (at: number) =>
    body((cell) => {
      cell[at]! ^= 1;
      return cell;
    });
  test.each<[string, (answer: DropAnswer) => DropAnswer | Promise<DropAnswer>, string]>([
    ['deleted, and the drop says 403', status(403), 'letter missing'],
    ['deleted, and the drop says 404', status(404), 'letter missing'],
    ['empty', body(() => new Uint8Array()), 'letter damaged'],
    ['truncated', body((cell) => cell.subarray(0, -1)), 'letter damaged'],
    ['longer', body((cell) => Buffer.concat([cell, Buffer.alloc(1)])), 'letter damaged'],
    ['changed in its first bit', flip(0), 'letter damaged'],
    ['changed in its commitment', flip(1120), 'letter damaged'],
    ['made with a point of low order', body((cell) => cell.fill(0, 1088, 1120)), 'letter damaged'],
    ['changed in its last bit', flip(CELL_BYTES - 1), 'letter damaged'],
    ['replaced by noise', body((cell) => randomBytes(cell.length)), 'letter damaged'],
  ])(
    '%s, that is said, the other letter arrives, and nothing of it is left when it is given up',
    async (_, change, trouble) => {
      const jane = reader();
      const network = tampering((path, answer) => (path === `/uploads/${cells[index]}` ? change(answer) : answer));
      const events = await jane.read(network);
      expect(troubles(events)).toEqual([trouble]);
      const [letter, ...more] = letters(events);
      expect(more).toEqual([]);
      expect(readFileSync(join(letter!.path, 'letter.txt'), 'utf8')).toBe('all right');
      const { name } = letter!;
      const kept = readdirSync(jane.inbox).filter((each) => each !== name);
      expect(kept).toEqual(index === 2 ? [] : [expect.stringMatching(/^\.unfinished-[0-9a-f]{32}$/)]);
      for (let tries = 2; tries < TRIES; tries += 1) expect(await jane.read(network)).toEqual([]);
      expect(troubles(await jane.read(network))).toEqual(['letter given up']);
      expect(readdirSync(jane.inbox)).toEqual([name]);
    },
  );
});

test.each([
  ['two further cells are swapped', [1, 0, 2]],
  ['a further cell is given twice', [0, 0, 2]],
  ['a further cell is given for the root', [0, 1, 0]],
  ['the root is given for a further cell', [2, 1, 2]],
])('a letter is refused when %s', async (_, order) => {
  const jane = reader();
  const events = await jane.read(
    tampering((path, answer) => {
      const index = cells.indexOf(path.slice(-43));
      return index < 0 ? answer : { status: 200, body: drop.object(`uploads/${cells[order[index]!]}`)! };
    }),
  );
  expect(troubles(events)).toEqual(['letter damaged']);
  expect(letters(events)).toHaveLength(1);
});

test('a replayed letter, whose cell lies under a new id, does not open', async () => {
  const own = await withDrop();
  const jane = journalist(own.url);
  await write(jane, { text: 'once' });
  const [root] = own.objects('uploads/');
  const copy = parseUploadId('A'.repeat(43));
  await register(way(own.url), sealId(copy, jane.identity.epochs[0]!.id.publicKey));
  await own.tick();
  const events = await jane.read(
    tampering((path, answer) =>
      path.endsWith(formatUploadId(copy)) ? { status: 200, body: own.object(root!.key)! } : answer,
    ),
  );
  expect(letters(events)).toHaveLength(1);
  expect(troubles(events)).toEqual(['letter damaged']);
});

test('damaged lines and batches are reported and skipped', async () => {
  const drop = await withDrop();
  const jane = journalist(drop.url);
  await write(jane, { text: 'first' });
  await drop.tick();
  await drop.tick();
  await write(jane, { text: 'third' });
  await drop.tick();
  await drop.tick();
  const slots = [...drop.batches().keys()];
  const events = await jane.read(
    tampering((path, answer) => {
      if (path === `/ids/${slots[1]}`) return { status: 206, body: randomBytes(871) };
      if (path === `/ids/${slots[3]}`) return { status: 403, body: new Uint8Array() };
      if (path !== `/ids/${slots[2]}`) return answer;
      const lines = Buffer.from(answer.body).toString().split('\n');
      const mine = drop.batches().get(slots[2]!)!;
      const spoilt = lines.map((line, i) => (i < mine.length && i % 2 === 0 ? '!'.repeat(108) : line));
      return { status: 206, body: Buffer.from(spoilt.join('\n')) };
    }),
  );
  expect(letters(events).length).toBeGreaterThanOrEqual(1);
  expect(troubles(events)).toEqual(['batch damaged', ...Array(4).fill('line damaged'), 'batch missing']);
});

describe('a letter by a malicious source', () => {
  /** Uploads a root cell whose content is anything, and returns what reading brings. */
  async function rootOf(content: Uint8Array, inbox?: string) {
    const drop = await withDrop();
    const jane = journalist(drop.url);
    if (inbox) jane.inbox = inbox;
    const contact = contactOf(jane.identity);
    let id: Uint8Array | undefined;
    const transport: Transport = (asked) => {
      if (asked.method !== 'PUT' || !asked.url.pathname.includes('/uploads/')) return loopback(asked);
      id = parseUploadId(asked.url.pathname.slice(-43));
      return loopback({ ...asked, body: sealCell(content, 'root', contact, id) });
    };
    await upload(way(drop.url, transport), contact, {});
    await register(way(drop.url), sealId(id!, contact.idKey));
    await drop.tick();
    return { drop, jane, events: await jane.read() };
  }
  const content = (head: Uint8Array) => {
    const bytes = new Uint8Array(CELL_CONTENT_BYTES);
    bytes.set(head);
    return bytes;
  };
  const none = { textBytes: 0, files: [], cells: [] };

  test('is refused when its root is noise', async () => {
    const { jane, events } = await rootOf(Buffer.concat([Buffer.of(1, 1), randomBytes(CELL_CONTENT_BYTES - 2)]));
    expect(troubles(events)).toEqual(['letter damaged']);
    expect(existsSync(jane.inbox)).toBe(false);
  });

  test('is refused when something hides in its padding', async () => {
    const bytes = content(formatHead(none));
    bytes[CELL_CONTENT_BYTES - 1] = 1;
    const { jane, events } = await rootOf(bytes);
    expect(troubles(events)).toEqual(['letter damaged']);
    expect(readdirSync(jane.inbox)).toEqual([]);
  });

  test('is refused when it names cells that are not there', async () => {
    const files = [{ name: 'a', bytes: 2 ** 20 }];
    const cells = [{ id: new Uint8Array(32).fill(1), digest: new Uint8Array(32) }];
    const { jane, events } = await rootOf(content(formatHead({ ...none, files, cells })));
    expect(troubles(events)).toEqual(['letter missing']);
    const [kept] = readdirSync(jane.inbox);
    expect(readdirSync(jane.inbox, { recursive: true }).sort()).toEqual([kept, join(kept!, '0')]); // its root, as it came
  });

  test('writes nothing outside its folder, whatever its file names are', async () => {
    const names = [
      '../../escape',
      '/etc/passwd',
      '..',
      '.',
      '.bookmark',
      '.letter',
      'CON.txt',
      'a\0b',
      '-rf',
      '~',
      'x'.repeat(255),
    ];
    const files = [...names, ...names].map((name) => ({ name, bytes: 0 }));
    const { jane, events } = await rootOf(content(formatHead({ ...none, files })));
    const [letter] = letters(events);
    const written = readdirSync(letter!.path).sort();
    expect(written).toEqual(['.letter', '.names', ...letter!.files.map(({ name }) => name)].sort());
    expect(written).toHaveLength(2 + names.length * 2);
    expect(readdirSync(jane.inbox)).toHaveLength(1);
    expect(readdirSync(join(jane.inbox, '..'))).toEqual(['inbox']);
  });

  test('that claims more than the disk has waits for room, without being fetched again', async (context) => {
    const disk = folder();
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=128m', 'tmpfs', disk], { stdio: 'ignore' });
    } catch {
      context.skip('only root can make a small disk');
    }
    onTestFinished(() => void execFileSync('umount', [disk]));
    const inbox = join(disk, 'inbox');
    const cells = Array.from({ length: 16_000 }, (_, i) => ({
      id: Buffer.alloc(32, `${i} `),
      digest: new Uint8Array(32),
    }));
    const files = [{ name: 'a', bytes: 16_000 * (CELL_CONTENT_BYTES - 64) }];
    const { drop, jane, events } = await rootOf(content(formatHead({ ...none, files, cells })), inbox);
    expect(troubles(events)).toEqual(['letter postponed']);
    expect(events.at(-1)).toMatchObject({ why: expect.stringMatching(/^the letter needs \d+ MiB of free disk/) });
    expect(readdirSync(inbox)).toEqual([]);
    await write(jane, { text: 'small' });
    await drop.tick();
    const fetched: string[] = [];
    const later = await jane.read(
      tampering((path, answer) => {
        fetched.push(path);
        return answer;
      }),
    );
    expect(letters(later)).toHaveLength(1);
    expect(fetched.filter((path) => path.startsWith('/uploads/'))).toHaveLength(1);
    expect(jane.bookmark.pending.size).toBe(1);
  });

  test('of a newer version is said to be one, once', async () => {
    const bytes = content(formatHead(none));
    bytes[0] = 2;
    const { jane, events } = await rootOf(bytes);
    expect(troubles(events)).toEqual(['letter too new']);
    expect(await jane.read()).toEqual([]);
  });
});

test('a letter that was missing or damaged once is delivered when the drop gives it out after all', async () => {
  const jane = reader();
  const once = (path: string, answer: DropAnswer) => {
    if (path === `/uploads/${cells[2]}`) return { status: 403, body: new Uint8Array() };
    return path.startsWith('/uploads/') ? { status: 200, body: answer.body.subarray(0, 1000) } : answer;
  };
  expect(troubles(await jane.read(tampering(once))).sort()).toEqual(['letter damaged', 'letter missing']);
  expect(letters(await jane.read())).toHaveLength(2);
  expect(await jane.read()).toEqual([]);
});

test('a letter that stays missing is given up after five tries, and said to be missing and to be given up, once each', async () => {
  const jane = reader();
  const gone = (path: string, answer: DropAnswer) =>
    path === `/uploads/${cells[2]}` ? { status: 404, body: new Uint8Array() } : answer;
  let asked = 0;
  const counting = tampering((path, answer) => {
    asked += path === `/uploads/${cells[2]}` ? 1 : 0;
    return gone(path, answer);
  });
  const events = [];
  for (let poll = 0; poll < 20; poll += 1) {
    events.push(...(await jane.read(counting)));
    await sleep(25); // the drop answers fifty requests a second
  }
  expect(troubles(events)).toEqual(['letter missing', 'letter given up']);
  expect(asked).toBe(5);
  expect(jane.bookmark.pending.size).toBe(0);
});

test('a batch that was listed, and missing or damaged on one network, is read on another, and said once', async () => {
  for (const answer of [
    { status: 403, body: new Uint8Array() },
    { status: 404, body: new Uint8Array() },
    { status: 200, body: Buffer.from('<html>blocked</html>') },
  ]) {
    const drop = await withDrop();
    const jane = journalist(drop.url);
    await write(jane, { text: 'here' });
    await drop.tick();
    const blocked: Transport = async (asked) => (asked.url.pathname.startsWith('/ids/') ? answer : loopback(asked));
    const events = [...(await jane.read(blocked)), ...(await jane.read(blocked))];
    expect(troubles(events)).toEqual([answer.status === 200 ? 'batch damaged' : 'batch missing']);
    expect(letters(await jane.read())).toHaveLength(1);
    expect(jane.bookmark.unread.size).toBe(0);
  }
});

test('an empty batch, and an answer that ignores ranges, are taken for what they are', async () => {
  const jane = reader();
  const [slot] = drop.batches().keys();
  const empty = tampering((path, answer) =>
    path === `/ids/${slot}` ? { status: 416, body: new Uint8Array() } : answer,
  );
  expect(troubles(await jane.read(empty))).toContain('batch damaged');
  const long = formatBatch(Array<string>(65_536).fill(formatSealedId(new Uint8Array(80))));
  const john = reader();
  const whole = tampering((path, answer) => (path === `/ids/${slot}` ? { status: 200, body: long } : answer));
  const [batch] = await john.read(whole);
  expect(batch).toEqual({ kind: 'batch', slot, lines: 65_536 });
});

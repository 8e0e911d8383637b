import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetObjectCommand, type S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import type { Message, SQSClient } from '@aws-sdk/client-sqs';
import { describe, expect, test } from 'vitest';
import { openBatches } from '../lambdas/batches.ts';
import { mix } from '../lambdas/mix.ts';
import { drain } from '../lambdas/queue.ts';
import { sealDecoy } from '../lambdas/seal-decoy.ts';
import { startDrop } from '../local/drop.ts';
import type { Call } from '../local/gateway.ts';
import { Refusal } from '../local/request.ts';
import { formatBatch } from '../wire/batch.ts';
import { formatSealedId, parseSealedId } from '../wire/sealed-id.ts';
import { batchKey, slotBefore } from '../wire/slot.ts';
import { FIRST_SLOT, sealedIds, sharedOutdir, type TestDrop, withDrop } from './drop.ts';
import { chiSquare, chiSquareLimit, seeded } from './statistics.ts';
import { isHonestKey } from './x25519.ts';

const published = (drop: TestDrop) => [...drop.batches().values()].flat();

/** Calls of the publisher, and a way to cut some of them. */
function watch(cuts: (call: Call) => boolean = () => false) {
  const calls: string[] = [];
  const intercept = (call: Call) => {
    if (call.role !== 'publish-ids') return;
    const action = call.action.split(':')[1]!;
    if (call.phase === 'after') calls.push(action);
    if (cuts(call)) throw new Error('cut');
  };
  return { calls, intercept };
}

describe('the order of a batch', () => {
  const runs = 120_000;
  type Order = (items: readonly string[], random: (below: number) => number) => string[];

  /** How far the 24 orders of four lines are from being equally frequent. */
  const distance = (order: Order) => {
    const { below } = seeded('order');
    const counts = new Map<string, number>();
    for (let i = 0; i < runs; i += 1) {
      const found = order(['a', 'b', 'c', 'd'], below).join('');
      counts.set(found, (counts.get(found) ?? 0) + 1);
    }
    const observed = [...counts.values(), ...Array(24 - counts.size).fill(0)];
    return chiSquare(observed, Array(24).fill(runs / 24));
  };

  test('is uniformly random: chi-square of 120,000 batches, wrongly refused once in a million', () => {
    expect(distance((items, random) => mix(items.slice(0, 2), 4, decoys('c', 'd'), random))).toBeLessThan(
      chiSquareLimit(24),
    );
  });

  test.each<[string, Order]>([
    ['swapping with any place', (items, random) => swapAnywhere(items, random)],
    ['sorting by a coin', (items, random) => [...items].sort(() => random(2) - 0.5)],
    ['leaving the order as it is', (items) => [...items]],
    ['putting all together at a random place', (items, random) => rotate(items, random(4))],
  ])('would be told from %s', (_, order) => {
    expect(distance(order)).toBeGreaterThan(chiSquareLimit(24));
  });

  const decoys =
    (...items: string[]) =>
    () =>
      items.shift()!;
  const rotate = (items: readonly string[], by: number) => [...items.slice(by), ...items.slice(0, by)];
  function swapAnywhere(items: readonly string[], random: (below: number) => number): string[] {
    const order = [...items];
    for (let i = 0; i < order.length; i += 1) {
      const j = random(order.length);
      [order[i], order[j]] = [order[j]!, order[i]!];
    }
    return order;
  }
});

describe('reading a batch', () => {
  const slot = '2026-11-22T11:25:00Z';
  const refusal = (status: number) =>
    new S3ServiceException({ name: 'Refused', $fault: 'client', $metadata: { httpStatusCode: status } });
  /** Storage that answers a read with a status, and a list with keys or a status. */
  const reading = (status: number, listed: string[] | number) => {
    const send = async (command: object) => {
      if (command instanceof GetObjectCommand) throw refusal(status);
      if (typeof listed === 'number') throw refusal(listed);
      return { Contents: listed.map((Key) => ({ Key })) };
    };
    return openBatches({ send } as unknown as S3Client, 'drop').read(slot);
  };

  test.each<[number, string[] | number]>([
    [404, 403],
    [403, []],
    [403, [batchKey('2026-11-22T11:30:00Z')]],
  ])('that is answered with %i, and is not in the list (%j), finds none', async (status, listed) => {
    expect(await reading(status, listed)).toBeUndefined();
  });

  test.each<[number, string[] | number]>([
    [403, [batchKey(slot)]],
    [403, 403],
    [403, 404],
    [400, []],
    [500, []],
  ])('that is answered with %i, and the list with %j, is a fault', async (status, listed) => {
    await expect(reading(status, listed)).rejects.toThrow(S3ServiceException);
  });
});

describe('a drain', () => {
  /** A queue that answers as told, then with nothing: a real one gives a sample, and sometimes none, when it likes. */
  const queueOf = (...answers: (number | Error)[]) => {
    const send = async () => {
      const answer = answers.shift() ?? 0;
      asked += 1;
      if (answer instanceof Error) throw answer;
      return { Messages: answer === 0 ? undefined : Array.from({ length: answer }, () => ({ Body: 'x' })) };
    };
    let asked = 0;
    return { sqs: { send } as unknown as SQSClient, asked: () => asked };
  };
  const count = async (sqs: SQSClient, most = 1000, isLate = () => false) => {
    const messages: Message[] = [];
    await drain(sqs, 'https://queue.test/1/q', most, isLate, (message) => messages.push(message));
    return messages.length;
  };

  test('ends after two empty answers in a row', async () => {
    const { sqs, asked } = queueOf();
    expect(await count(sqs)).toBe(0);
    expect(asked()).toBe(2);
  });

  test('does not end with one empty answer, nor with short ones', async () => {
    expect(await count(queueOf(0, 1, 0, 10, 0, 0, 3, 0).sqs)).toBe(14);
  });

  test('ends although messages never stop coming, when they are fewer than the requests', async () => {
    const { sqs, asked } = queueOf(...Array(10_000).fill([1, 0, 0]).flat());
    expect(await count(sqs)).toBeLessThan(10);
    expect(asked()).toBeLessThan(20);
  });

  test('ends with a fault, and keeps what came before and beside it', async () => {
    expect(await count(queueOf(10, new Error('no'), 7, 10, 10).sqs)).toBe(17);
  });

  test('ends within a round of the most it may take', async () => {
    expect(await count(queueOf(...Array(1000).fill(10)).sqs, 100)).toBe(150);
  });

  test('takes no round after its time', async () => {
    const times = [false, true];
    expect(await count(queueOf(10, 10).sqs, 1000, () => times.shift()!)).toBe(10);
  });
});

describe.concurrent('a batch', () => {
  test('is named by the time of its event, whatever any clock says', async ({ onTestFinished }) => {
    const drop = await withDrop({}, onTestFinished);
    await drop.invoke('publish-ids', { time: '2031-05-06T07:13:59Z' });
    expect(drop.objects('')).toEqual([{ key: 'ids/2031-05-06T07:10:00Z', bytes: 872 }]);
  });

  test('is one for each tick', async ({ onTestFinished }) => {
    const drop = await withDrop({ planted: { messages: sealedIds(3) } }, onTestFinished);
    for (let i = 0; i < 3; i += 1) await drop.tick();
    expect([...drop.batches().keys()]).toEqual([FIRST_SLOT, slotBefore(FIRST_SLOT, -1), slotBefore(FIRST_SLOT, -2)]);
    expect(drop.printed).toEqual([]);
  });

  test.for([
    { count: 0, lines: 8 },
    { count: 1, lines: 8 },
    { count: 8, lines: 8 },
    { count: 9, lines: 16 },
    { count: 33, lines: 64 },
  ])(
    'of $count that wait has $lines lines: each of these once, and genuine decoys',
    async (size, { onTestFinished }) => {
      const { count, lines } = size;
      const messages = sealedIds(count);
      const drop = await withDrop({ planted: { messages } }, onTestFinished);
      await drop.tick();
      const batch = drop.batches().get(FIRST_SLOT)!;
      expect(batch).toHaveLength(lines);
      expect(new Set(batch).size).toBe(lines);
      expect(batch.filter((line) => messages.includes(line)).sort()).toEqual([...messages].sort());
      for (const line of batch) expect(isHonestKey(parseSealedId(line).subarray(0, 32))).toBe(true);
      expect(drop.waiting()).toBe(0);
    },
  );

  test('has the lines that its operator chose, also with nothing waiting', async ({ onTestFinished }) => {
    const drop = await withDrop({ props: { linesPerBatch: 32 } }, onTestFinished);
    await drop.tick();
    expect(drop.batches().get(FIRST_SLOT)).toHaveLength(32);
  });

  test('mixes decoys among what waits', async ({ onTestFinished }) => {
    const messages = new Set(sealedIds(100));
    const drop = await withDrop({ planted: { messages: [...messages] } }, onTestFinished);
    await drop.tick();
    const isWaiting = drop
      .batches()
      .get(FIRST_SLOT)!
      .map((line) => messages.has(line));
    // All 28 decoys at one end happens once in 10^28 runs.
    expect(isWaiting.slice(0, 100)).toContain(false);
    expect(isWaiting.slice(28)).toContain(false);
  });
});

describe.concurrent('a sealed id is published once', () => {
  test('when it waits three times', async ({ onTestFinished }) => {
    const [a, b] = sealedIds(2) as [string, string];
    const drop = await withDrop({ planted: { messages: [a, b, a, a] } }, onTestFinished);
    await drop.tick();
    expect(published(drop).filter((line) => line === a || line === b)).toHaveLength(2);
    expect(drop.waiting()).toBe(0);
  });

  test('when it stands in one of the 12 batches before, and again when it stood there earlier', async ({
    onTestFinished,
  }) => {
    const messages = sealedIds(13);
    const objects = Object.fromEntries(
      messages.map((line, i) => [batchKey(slotBefore(FIRST_SLOT, i + 1)), formatBatch([...sealedIds(7), line])]),
    );
    const drop = await withDrop({ planted: { messages, objects } }, onTestFinished);
    await drop.tick();
    const batch = drop.batches().get(FIRST_SLOT)!;
    expect(batch.filter((line) => messages.includes(line))).toEqual([messages[12]]);
    expect(drop.waiting()).toBe(0);
  });

  test('when its event comes twice; what came in between waits for the next', async ({ onTestFinished }) => {
    const drop = await withDrop({ planted: { messages: sealedIds(3) } }, onTestFinished);
    await drop.tick();
    const batch = drop.object(batchKey(FIRST_SLOT));
    const late = sealDecoy();
    const { status } = await fetch(`${drop.url}/register-id`, { method: 'PUT', body: Buffer.from(late) });
    expect(status).toBe(204);
    await drop.invoke('publish-ids', { time: FIRST_SLOT });
    expect(drop.object(batchKey(FIRST_SLOT))).toEqual(batch);
    expect(drop.waiting()).toBe(1);
    await drop.tick();
    expect(drop.batches().get(slotBefore(FIRST_SLOT, -1))).toContain(formatSealedId(late));
    expect(drop.waiting()).toBe(0);
  });

  test('when the answer to writing its batch is lost', async ({ onTestFinished }) => {
    let lost = 0;
    const { calls, intercept } = watch(({ action, phase }) => {
      return action === 's3:PutObject' && phase === 'after' && lost++ === 0;
    });
    const messages = sealedIds(5);
    const drop = await withDrop({ planted: { messages }, intercept }, onTestFinished);
    await drop.tick();
    expect(calls.filter((action) => action === 'PutObject')).toHaveLength(1); // the second one was refused
    expect(drop.waiting()).toBe(0);
    expect(published(drop).filter((line) => messages.includes(line))).toHaveLength(5);
  });

  test('when it cannot be deleted at first', async ({ onTestFinished }) => {
    let isCut = true;
    const { intercept } = watch(({ action, phase }) => isCut && action === 'sqs:DeleteMessage' && phase === 'before');
    const messages = sealedIds(5);
    const drop = await withDrop({ planted: { messages }, intercept }, onTestFinished);
    await expect(drop.tick()).rejects.toThrow('publish-ids failed');
    expect(drop.waiting()).toBe(5);
    await expect(drop.tick()).rejects.toThrow('publish-ids failed');
    expect(drop.waiting()).toBe(5);
    isCut = false;
    await drop.tick();
    expect(drop.waiting()).toBe(0);
    expect(published(drop).filter((line) => messages.includes(line))).toHaveLength(5);
    expect(drop.batches().size).toBe(3);
  });

  test('when a dead publisher wrote its batch late, just before a repeated event would', async ({ onTestFinished }) => {
    const messages = sealedIds(5);
    const held = Promise.withResolvers<void>();
    let writes = 0;
    const drop = await withDrop(
      {
        planted: { messages },
        async intercept({ action, phase }) {
          if (action !== 's3:PutObject') return;
          if (phase === 'before') writes += 1;
          if (phase === 'before' && writes === 1) {
            drop.kill('publish-ids');
            await held.promise; // its request is on the way
          } else if (phase === 'before') {
            held.resolve();
            while (drop.objects('ids/').length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
          }
        },
      },
      onTestFinished,
    );
    await expect(drop.tick()).rejects.toThrow('publish-ids failed');
    await drop.invoke('publish-ids', { time: FIRST_SLOT });
    expect(writes).toBe(2);
    expect(drop.batches().get(FIRST_SLOT)).toEqual(expect.arrayContaining(messages));
    await drop.tick();
    expect(drop.waiting()).toBe(0);
    expect(published(drop).filter((line) => messages.includes(line))).toHaveLength(5);
  });
});

describe.concurrent('nothing is lost', () => {
  test('because a batch is written before anything is deleted', async ({ onTestFinished }) => {
    const { calls, intercept } = watch();
    const drop = await withDrop({ planted: { messages: sealedIds(25) }, intercept }, onTestFinished);
    await drop.tick();
    const [write, deletion] = [calls.indexOf('PutObject'), calls.indexOf('DeleteMessage')];
    expect(write).toBeGreaterThan(calls.lastIndexOf('ReceiveMessage'));
    expect(deletion).toBeGreaterThan(write);
  });

  test.for(['before', 'after', 'denied'])(
    'when batches cannot be read: then one of decoys is written (cut %s)',
    async (when, { onTestFinished }) => {
      let isCut = true;
      const { intercept } = watch((call) => {
        if (!isCut || call.action !== 's3:GetObject') return false;
        if (when === 'denied') throw new Refusal(403, 'RequestTimeTooSkewed', 'The difference is too large.');
        return call.phase === when;
      });
      const messages = sealedIds(9);
      const objects = { [batchKey(slotBefore(FIRST_SLOT, 1))]: formatBatch(sealedIds(8)) };
      const drop = await withDrop({ planted: { messages, objects }, intercept }, onTestFinished);
      await expect(drop.tick()).rejects.toThrow('publish-ids failed');
      expect(drop.batches().get(FIRST_SLOT)).toHaveLength(8);
      expect(published(drop).filter((line) => messages.includes(line))).toEqual([]);
      expect(drop.waiting()).toBe(9);
      isCut = false;
      await drop.tick();
      expect(drop.batches().get(slotBefore(FIRST_SLOT, -1))).toEqual(expect.arrayContaining(messages));
      expect(drop.waiting()).toBe(0);
    },
  );

  test('when a batch cannot be written', async ({ onTestFinished }) => {
    let isCut = true;
    const { intercept } = watch(({ action, phase }) => isCut && action === 's3:PutObject' && phase === 'before');
    const messages = sealedIds(9);
    const drop = await withDrop({ planted: { messages }, intercept }, onTestFinished);
    await expect(drop.tick()).rejects.toThrow('publish-ids failed');
    expect(drop.batches().size).toBe(0);
    isCut = false;
    await drop.tick();
    expect(drop.batches().get(slotBefore(FIRST_SLOT, -1))).toEqual(expect.arrayContaining(messages));
    expect(drop.waiting()).toBe(0);
  });

  test('when receiving fails half way: what was received is published, the rest waits', async ({ onTestFinished }) => {
    let [receives, isCut] = [0, true];
    const { intercept } = watch(({ action, phase }) => {
      if (action === 'sqs:ReceiveMessage' && phase === 'before') receives += 1;
      return isCut && action === 'sqs:ReceiveMessage' && receives > 1;
    });
    const messages = sealedIds(15);
    const drop = await withDrop({ planted: { messages }, intercept }, onTestFinished);
    await expect(drop.tick()).rejects.toThrow('publish-ids failed');
    expect(
      drop
        .batches()
        .get(FIRST_SLOT)!
        .filter((line) => messages.includes(line)),
    ).toHaveLength(10);
    expect(drop.waiting()).toBe(5);
    isCut = false;
    await drop.tick();
    expect(
      published(drop)
        .filter((line) => messages.includes(line))
        .sort(),
    ).toEqual([...messages].sort());
    expect(drop.waiting()).toBe(0);
  });

  test('when two publishers are to run at once: the second is turned away', async ({ onTestFinished }) => {
    const messages = sealedIds(3);
    const drop = await withDrop({ planted: { messages } }, onTestFinished);
    const first = drop.tick();
    await expect(drop.invoke('publish-ids', { time: FIRST_SLOT })).rejects.toThrow('publish-ids was throttled');
    await first;
    expect(drop.batches().get(FIRST_SLOT)).toEqual(expect.arrayContaining(messages));
  });
});

describe.concurrent('refuses', () => {
  const [line] = sealedIds(1) as [string];
  const poisons: [what: string, body: string][] = [
    ['a space', ' '],
    ['a newline', '\n'],
    ['text', 'hello'],
    ['JSON', '{"body":"x"}'],
    ['one byte too few', `${Buffer.alloc(79, 7).toString('base64url')}==`],
    ['one byte too many', Buffer.alloc(81, 7).toString('base64url')],
    ['the standard alphabet', Buffer.alloc(80, 0xfb).toString('base64')],
    ['no padding', line.slice(0, -1)],
    ['too much padding', `${line}=`],
    ['a newline behind', `${line}\n`],
    ['a space before', ` ${line}`],
    ['bits that do not fit', `${'A'.repeat(106)}B=`],
    ['two at once', `${line}\n${line}`],
    ['80 characters', 'x'.repeat(80)],
    ['108 characters that are none of base64', '\u00e9'.repeat(108)],
    ['a megabyte', 'A'.repeat(2 ** 20)],
  ];

  test('messages that are no sealed id in its one spelling, and removes them', async ({ onTestFinished }) => {
    const good = sealedIds(3);
    const drop = await withDrop(
      { planted: { messages: [...poisons.map(([, body]) => body), ...good] } },
      onTestFinished,
    );
    await drop.tick();
    expect(drop.waiting()).toBe(0);
    const batch = drop.batches().get(FIRST_SLOT)!;
    expect(batch).toHaveLength(8);
    expect(batch).toEqual(expect.arrayContaining(good));
    expect(batch).not.toContain(line);
    for (const each of batch) expect(isHonestKey(parseSealedId(each).subarray(0, 32))).toBe(true);
    expect(drop.printed).toEqual([]);
  });

  test('to learn from what is no batch: it settles nothing', async ({ onTestFinished }) => {
    const messages = sealedIds(4);
    const batchWith = (line: string) => formatBatch([line, ...sealedIds(7)]);
    const [whole, damaged] = [batchWith(messages[0]!), batchWith(messages[1]!)];
    damaged[108] = 0x20; // in place of the newline behind the first line
    const drop = await withDrop(
      {
        planted: {
          messages,
          objects: {
            [batchKey(slotBefore(FIRST_SLOT, 1))]: whole.subarray(0, -1),
            [batchKey(slotBefore(FIRST_SLOT, 2))]: damaged,
            [batchKey(slotBefore(FIRST_SLOT, 3))]: Buffer.alloc(0),
            [batchKey(slotBefore(FIRST_SLOT, 4))]: Buffer.alloc(872, 0xff),
            [batchKey(slotBefore(FIRST_SLOT, 5))]: Buffer.from(messages.map((each) => `${each}\n`).join('')),
          },
        },
      },
      onTestFinished,
    );
    await drop.tick();
    expect(drop.object(batchKey(FIRST_SLOT))!.toString().split('\n')).toEqual(expect.arrayContaining(messages));
    expect(drop.waiting()).toBe(0);
  });

  test.for(['', 'now', '2026-13-01T00:00:00Z', undefined])(
    'an event at %j, and loses nothing',
    async (time, { onTestFinished }) => {
      const drop = await withDrop({ planted: { messages: sealedIds(1) } }, onTestFinished);
      await expect(drop.invoke('publish-ids', { time })).rejects.toThrow('publish-ids failed');
      expect(drop.objects('')).toEqual([]);
      expect(drop.waiting()).toBe(1);
    },
  );
});

// Not s3:GetObject: a batch that may not be read looks like one that is not there. test/template.test.ts lists it.
test.for(['sqs:ReceiveMessage', 'sqs:DeleteMessage', 's3:PutObject'])(
  'a template whose publisher lacks %s fails here, as it would on AWS',
  async (action, { onTestFinished }) => {
    const outdir = mkdtempSync(join(tmpdir(), 'dead-drop-test-'));
    onTestFinished(() => rmSync(outdir, { recursive: true }));
    cpSync(sharedOutdir(), outdir, { recursive: true });
    const path = join(outdir, 'DeadDrop.template.json');
    const template = JSON.parse(readFileSync(path, 'utf8'));
    const [name] = Object.keys(template.Resources).filter((id) => /PublishIdsRole[0-9A-F]{8}$/.test(id));
    const role = template.Resources[name!];
    const policies = JSON.stringify(role.Properties.Policies);
    expect(policies).toContain(action);
    role.Properties.Policies = JSON.parse(policies.replace(action, 's3:ListBucket'));
    writeFileSync(path, JSON.stringify(template));
    const drop = await startDrop({ outdir, schedules: false });
    onTestFinished(drop.close);
    await drop.invoke('register-id', { body: Buffer.alloc(80).toString('base64'), isBase64Encoded: true });
    const publish = drop.invoke('publish-ids', { time: FIRST_SLOT });
    await expect(publish).rejects.toThrow(/not authorized|denied/i);
  },
);

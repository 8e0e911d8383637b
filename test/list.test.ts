import { describe, expect, test } from 'vitest';
import { type ListFault, listBatches, parsePage } from '../core/drop/list.ts';
import { NoDrop } from '../core/drop/no-drop.ts';
import type { Transport } from '../core/drop/transport.ts';
import { contactOf } from '../core/keys/identity.ts';
import { sealId } from '../core/letter/sealed-id.ts';
import { batchKey, parseSlot, slotBefore } from '../wire/slot.ts';
import { listOfKeys } from './list-xml.ts';
import { journalist, letters, way, write } from './people.ts';
import { plainDrop } from './plain-drop.ts';

const SLOT = '2026-11-22T11:30:00Z';
const [A, B, C, D] = [0, 1, 2, 3].map((later) => slotBefore(SLOT, -later)) as [string, string, string, string];
const URL_OF_IT = 'http://127.0.0.1:1';
const now = () => parseSlot(D).getTime();

const keysOf = (slots: readonly string[]) => slots.map(batchKey);

/** Lists a drop that answers so. @returns what it lists, what it is said to do wrong, and how often it was asked */
async function listed(
  answer: (after: string, asked: number) => string,
  options: { after?: string; now?: () => number } = {},
) {
  const faults: ListFault[] = [];
  const slots: string[] = [];
  let asked = 0;
  const transport: Transport = async ({ url }) => {
    asked += 1;
    return { status: 200, body: Buffer.from(answer(url.searchParams.get('start-after') ?? '', asked)) };
  };
  const all = listBatches(way(URL_OF_IT, transport), { now, ...options, tell: (fault) => faults.push(fault) });
  for await (const { slot } of all) slots.push(slot);
  return { slots, faults, asked };
}

describe("what is no list is no drop's answer", () => {
  const list = listOfKeys(keysOf([A]));
  test.each([
    ['an HTML page', '<!DOCTYPE html><html><head><title>Log in</title></head><body><p>Welcome<br></body></html>'],
    ['a page of well-formed XHTML', '<html xmlns="http://www.w3.org/1999/xhtml"><body/></html>'],
    ['nothing', ''],
    ['blanks', ' \n'],
    ['words', 'It works!'],
    ['JSON', '{"Key":"ids/2026-11-22T11:30:00Z"}'],
    ['a key alone', '<Key>ids/2026-11-22T11:30:00Z</Key>'],
    ['another root', list.replaceAll('ListBucketResult', 'ListAllMyBucketsResult')],
    ['another namespace', list.replace('s3.amazonaws.com', 's3.example')],
    ['no namespace', list.replace(/ xmlns="[^"]*"/, '')],
    ['a list of another prefix', list.replace('<Prefix>ids/', '<Prefix>uploads/')],
    ['a list without a prefix', list.replace('<Prefix>ids/</Prefix>', '')],
    ['a list with two prefixes', list.replace('<Prefix>ids/</Prefix>', '<Prefix>ids/</Prefix><Prefix>ids/</Prefix>')],
    ['a list that does not say whether it ends', list.replace(/<IsTruncated>.*<\/IsTruncated>/, '')],
    ['a list that says so in another way', list.replace('false', 'no')],
    ['a list within something else', `<a>${list.replace(/^<.*>\n/, '')}</a>`],
  ])('%s', async (_, body) => {
    await expect(listed(() => body)).rejects.toThrow(NoDrop);
    const jane = journalist(URL_OF_IT);
    await expect(jane.read(async () => ({ status: 200, body: Buffer.from(body) }))).rejects.toThrow(
      'what answers at that address is no drop: is the address right?',
    );
    expect([jane.bookmark.slots.size, jane.bookmark.unread.size]).toEqual([0, 0]);
  });
});

test('whatever else an S3 puts into a list, in whatever order and spelling of XML, is left out', () => {
  const body = `<?xml version="1.0"?>\n<s:ListBucketResult xmlns:s="http://s3.amazonaws.com/doc/2006-03-01/">
    <s:Contents><s:ETag>&quot;aa&quot;</s:ETag><s:Owner><s:ID>x</s:ID><s:Key>ids/${B}</s:Key></s:Owner><s:Key>ids/${A}</s:Key></s:Contents>
    <s:Name>b</s:Name><s:KeyCount>1</s:KeyCount><s:MaxKeys>1000</s:MaxKeys><s:StartAfter>ids/x</s:StartAfter>
    <s:CommonPrefixes><s:Prefix>uploads/</s:Prefix></s:CommonPrefixes><o:Key xmlns:o="urn:other">ids/${C}</o:Key>
    <s:IsTruncated>false</s:IsTruncated><s:Prefix>ids&#x2f;</s:Prefix><!-- end --></s:ListBucketResult>`;
  const said = new Map([[`ids/${A}`, { size: undefined, md5: undefined }]]);
  expect(parsePage(Buffer.from(body))).toEqual({ keys: [`ids/${A}`], said, isTruncated: false, isCut: false });
});

describe('what is right of a list is read, and what is wrong told once', () => {
  test('names that are no slots', async () => {
    const keys = ['ids/', 'ids/2026-11-22T11:31:00Z', 'ids/readers.txt', `uploads/${A}`, ...keysOf([A, B])];
    expect(await listed(() => listOfKeys(keys))).toEqual({ slots: [A, B], faults: ['strange'], asked: 1 });
  });

  test('names out of order, or twice', async () => {
    for (const slots of [
      [C, A, B],
      [A, B, B, C],
    ]) {
      const { slots: read, faults } = await listed(() => listOfKeys(keysOf(slots)));
      expect([read, faults]).toEqual([[A, B, C], ['unordered']]);
    }
  });

  test('names that were not asked for', async () => {
    const given = await listed(() => listOfKeys(keysOf([A, B, C])), { after: A });
    expect(given).toEqual({ slots: [B, C], faults: ['unordered'], asked: 1 });
  });

  test('slots from before any drop, and of the future', async () => {
    const given = await listed(() => listOfKeys(keysOf(['2025-12-31T23:55:00Z', A, B, '2027-02-01T00:00:00Z'])));
    expect(given).toEqual({ slots: [A, B], faults: ['out of range'], asked: 1 });
  });

  test('a list that breaks off: the rest is asked for from there', async () => {
    const whole = listOfKeys(keysOf([A, B, C]));
    const cut = whole.slice(0, whole.indexOf(C) + 5);
    const given = await listed((after) => (after === '' ? cut : listOfKeys(keysOf([C]))));
    expect(given).toEqual({ slots: [A, B, C], faults: ['cut'], asked: 2 });
    const never = await listed((after) => (after === '' ? cut : cut.replace(/<Contents>.*/, '')));
    expect(never).toEqual({ slots: [A, B], faults: ['cut'], asked: 2 });
  });

  test('a list that says that it goes on, and has nothing more', async () => {
    const given = await listed((after) => listOfKeys(after === '' ? keysOf([A, B]) : [], true));
    expect(given).toEqual({ slots: [A, B], faults: ['endless'], asked: 2 });
    const again = await listed(() => listOfKeys(keysOf([A, B]), true));
    expect(again).toEqual({ slots: [A, B], faults: ['unordered', 'endless'], asked: 2 });
  });

  test('a list without end is read for as long as two retentions', async () => {
    const start = '2026-02-01T00:00:00Z';
    const endless = (after: string) => {
      const last = after === '' ? start : after.slice(4);
      return listOfKeys(keysOf(Array.from({ length: 1000 }, (_, i) => slotBefore(last, -1 - i))), true);
    };
    const { slots, faults, asked } = await listed(endless);
    expect([slots.length, new Set(slots).size, faults, asked]).toEqual([8064, 8064, ['endless'], 9]);
    const one = await listed((after) =>
      listOfKeys(keysOf([slotBefore(after === '' ? start : after.slice(4), -1)]), true),
    );
    expect([one.slots.length, one.faults, one.asked]).toEqual([8064, ['endless'], 8064]);
  });

  test('an answer that is larger than any page is a list that breaks off', async () => {
    const large = listOfKeys(Array<string>(40_000).fill(batchKey(A)));
    expect(large.length).toBeGreaterThan(2 ** 20);
    const transport: Transport = async ({ answerMaxBytes }) => ({
      status: 200,
      body: Buffer.from(large).subarray(0, answerMaxBytes),
    });
    const faults: ListFault[] = [];
    const slots = [];
    for await (const { slot } of listBatches(way(URL_OF_IT, transport), { now, tell: (fault) => faults.push(fault) }))
      slots.push(slot);
    expect([slots, faults]).toEqual([[A], ['cut', 'unordered']]);
  });
});

describe('a clock that is wrong makes no batch pass for one of the future', () => {
  test.each([-400, -2, 0, 2, 400])('by %d days', async (days) => {
    // All that a drop may keep.
    const slots = Array.from({ length: 17 }, (_, day) => slotBefore(D, (16 - day) * 288));
    const given = await listed(() => listOfKeys(keysOf(slots)), { now: () => now() + days * 86_400_000 });
    expect(given).toEqual({ slots, faults: [], asked: 1 });
  });
});

/** A drop with a letter in each of some batches, and a journalist. */
async function desk(count: number) {
  const drop = plainDrop();
  const jane = journalist(drop.url);
  for (let letter = 0; letter < count; letter += 1) {
    await write(jane, { text: `letter ${letter}` }, drop.transport);
    drop.tick();
  }
  /** A transport on which lists are changed. */
  const listing =
    (change: (xml: string) => string): Transport =>
    async (asked) => {
      const answer = await drop.transport(asked);
      if (!asked.url.searchParams.has('list-type')) return answer;
      return { status: 200, body: Buffer.from(change(Buffer.from(answer.body).toString())) };
    };
  return { drop, jane, listing };
}

describe('a reader', () => {
  test('loses no batch by a list that is cut, and is told once, until it was right again', async () => {
    const { drop, jane, listing } = await desk(4);
    const cut = listing((xml) => (xml.includes('<Key>') ? xml.slice(0, xml.indexOf('</Key>') + 6) : xml.slice(0, -5)));
    const events = await jane.read(cut);
    expect(events.filter(({ kind }) => kind === 'list')).toEqual([{ kind: 'list', fault: 'cut' }]);
    const again = await jane.read(cut);
    expect(again.filter(({ kind }) => kind === 'list')).toEqual([]);
    const right = await jane.read(drop.transport);
    expect([...events, ...again, ...right].filter(({ kind }) => kind === 'letter')).toHaveLength(4);
    expect((await jane.read(cut)).filter(({ kind }) => kind === 'list')).toHaveLength(1);
    expect(jane.bookmark.slots.size).toBe(4);
  });

  test('that a list is cut before its first name does not mean that the drop has begun anew', async () => {
    const { drop, jane, listing } = await desk(2);
    await jane.read(drop.transport);
    const before = [...jane.bookmark.slots];
    await jane.read(listing((xml) => xml.slice(0, xml.indexOf('<IsTruncated>'))));
    expect([...jane.bookmark.slots]).toEqual(before);
  });

  test('is not kept from batches to come by one of the future that a drop made up', async () => {
    const { drop, jane } = await desk(1);
    jane.now = now;
    const future = slotBefore(D, -200 * 288);
    drop.objects.set(batchKey(future), drop.objects.get(batchKey(SLOT))!);
    const first = await jane.read(drop.transport);
    expect(letters(first)).toHaveLength(1);
    expect(first.filter(({ kind }) => kind === 'list')).toEqual([{ kind: 'list', fault: 'out of range' }]);
    await write(jane, { text: 'later' }, drop.transport);
    drop.tick();
    expect(letters(await jane.read(drop.transport))).toHaveLength(1);
    expect(jane.bookmark.slots.has(future)).toBe(false);
  });

  test('reads on where its only list was one of the future, once there is another', async () => {
    const { drop, jane } = await desk(0);
    jane.now = now;
    const future = slotBefore(D, -200 * 288);
    const { idKey } = contactOf(jane.identity);
    drop.tick(sealId(new Uint8Array(32), idKey));
    const [batch] = [...drop.objects.values()];
    drop.objects.clear();
    drop.objects.set(batchKey(future), batch!);
    await jane.read(drop.transport);
    drop.objects.clear();
    await write(jane, { text: 'now' }, drop.transport);
    drop.tick();
    await jane.read(drop.transport);
    expect([...jane.bookmark.slots]).toEqual([slotBefore(SLOT, -1)]);
  });
});

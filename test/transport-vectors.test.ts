import { hash } from 'node:crypto';
import { expect, test } from 'vitest';
import { getUploadUrl } from '../core/drop/drop.ts';
import { type ListedBatch, type ListFault, listBatches, type Said } from '../core/drop/list.ts';
import type { Transport } from '../core/drop/transport.ts';
import { takenFrom } from '../core/read/catch-up.ts';
import { batchOf, formatSummary, parseSummary, summaryKey } from '../wire/summary.ts';
import { listOfKeys } from './list-xml.ts';
import { way } from './people.ts';
import { bytes, checkVectors, hex, refusal, spelledOut, type Vector } from './vectors.ts';

const URL_OF_IT = 'http://127.0.0.1:1';

/** Some minutes after the slots of the vectors. */
const NOW = Date.parse('2026-11-22T12:00:00Z');

/** A drop that gives an answer to the first request, and an empty list to all others. */
function answering(body: string) {
  let asked = 0;
  const transport: Transport = async () => {
    asked += 1;
    return { status: 200, body: Buffer.from(asked === 1 ? body : listOfKeys([])) };
  };
  return { drop: way(URL_OF_IT, transport), asked: () => asked };
}

async function readList({ body, after }: Vector) {
  const { drop, asked } = answering(body);
  const [batches, faults]: [ListedBatch[], ListFault[]] = [[], []];
  const tell = (fault: ListFault) => faults.push(fault);
  for await (const batch of listBatches(drop, { after, now: () => NOW, tell })) batches.push(batch);
  return { batches, faults, asked: asked() };
}

/** What is said of batches, as a vector has it: by slot, size and MD5, or null. */
function saidOf(batches: readonly ListedBatch[]) {
  return Object.fromEntries(batches.map(({ slot, size, md5 }) => [slot, [size ?? null, md5 ?? null]]));
}

/** The reverse. */
function listedIn({ said }: Vector): ListedBatch[] {
  return Object.entries<[number | null, string | null]>(said).map(([slot, [size, md5]]) => {
    return { slot, size: size ?? undefined, md5: md5 ?? undefined };
  });
}

/** What S3 says of a batch of these sealed ids. */
function saidByS3(ids: Uint8Array): Said {
  const batch = batchOf(ids);
  return { size: batch.length, md5: hash('md5', batch) };
}

checkVectors('transport-vectors.test.ts', {
  async list(vector) {
    const { refusedWith, slots, more, cut = false } = vector;
    if (refusedWith) return expect(await refusal(() => readList(vector))).toBe(refusedWith);
    const read = await readList(vector);
    expect(read.batches.map(({ slot }) => slot)).toEqual(slots);
    if (vector.said) expect(saidOf(read.batches)).toEqual(vector.said);
    expect(read.faults.includes('cut')).toBe(cut);
    expect(read.asked).toBe(more || cut ? 2 : 1);
  },
  async summary(vector) {
    const { period, key, batches, taken = [], refusedWith } = vector;
    const body = Buffer.concat([bytes(vector.bytes), spelledOut(vector.behind ?? [])]);
    if (vector.said) expect([...takenFrom(body, period, listedIn(vector)).keys()]).toEqual(taken);
    if (refusedWith) return expect(await refusal(() => parseSummary(body, period))).toBe(refusedWith);
    const read = parseSummary(body, period);
    for (const slot of taken) expect(takenFrom(body, period, listedIn(vector)).get(slot)).toEqual(read.get(slot));
    if (!batches) return;
    expect(saidOf([...read].map(([slot, ids]) => ({ slot, ...saidByS3(ids) })))).toEqual(batches);
    expect(Buffer.from(formatSummary(period, read)).equals(body)).toBe(true);
    expect(summaryKey(period)).toBe(key);
  },
  async 'upload url'({ body, refusedWith, id, url }) {
    const read = () => getUploadUrl(answering(body).drop);
    if (refusedWith) return expect(await refusal(read)).toBe(refusedWith);
    const place = await read();
    expect([hex(place.id), place.url.href]).toEqual([id, url]);
  },
});

test('what is refused of a drop says no more of it than that its address may be wrong', async () => {
  for (const body of ['', '{}', 'secret']) {
    expect(await refusal(() => getUploadUrl(answering(body).drop))).toMatch(/^[a-z ]+: is its address right\?$/i);
  }
});

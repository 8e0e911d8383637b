import { expect, test } from 'vitest';
import { getUploadUrl } from '../client/road/drop.ts';
import { type ListFault, listBatches } from '../client/road/list.ts';
import type { Transport } from '../client/road/transport.ts';
import { listOfKeys } from './list-xml.ts';
import { way } from './people.ts';
import { checkVectors, hex, refusal, type Vector } from './vectors.ts';

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
  const [slots, faults]: [string[], ListFault[]] = [[], []];
  const tell = (fault: ListFault) => faults.push(fault);
  for await (const { slot } of listBatches(drop, { after, now: () => NOW, tell })) slots.push(slot);
  return { slots, faults, asked: asked() };
}

checkVectors('road-vectors.test.ts', {
  async list(vector) {
    const { refusedWith, slots, more, cut = false } = vector;
    if (refusedWith) return expect(await refusal(() => readList(vector))).toBe(refusedWith);
    const read = await readList(vector);
    expect(read.slots).toEqual(slots);
    expect(read.faults.includes('cut')).toBe(cut);
    expect(read.asked).toBe(more || cut ? 2 : 1);
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

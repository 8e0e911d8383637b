import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { contactOf } from '../core/keys/identity.ts';
import { sealId } from '../core/letter/sealed-id.ts';
import { register, upload } from '../core/send/send.ts';
import { withDrop } from './drop.ts';
import { type Journalist, journalist, letters, troubles, way } from './people.ts';
import { plainDrop } from './plain-drop.ts';

/** A drop with a letter that is uploaded, and whose id can be sealed as often as one likes. */
async function desk() {
  const drop = plainDrop();
  const jane = journalist(drop.url);
  const { seal } = await upload(way(drop.url, drop.transport), contactOf(jane.identity), { text: 'once' });
  return { drop, jane, seal, read: () => jane.read(drop.transport) };
}

const repeated = (events: Awaited<ReturnType<Journalist['read']>>) => events.filter(({ kind }) => kind === 'repeated');

test('a letter that is registered again an hour later is said to be repeated, and delivered once', async () => {
  const drop = await withDrop();
  const jane = journalist(drop.url);
  const uploaded = await upload(way(drop.url), contactOf(jane.identity), { text: 'once' });
  const sealed = uploaded.seal();
  await register(way(drop.url), sealed);
  await drop.tick();
  const first = await jane.read();
  expect([letters(first).length, repeated(first).length]).toEqual([1, 0]);
  drop.pass(3900);
  await register(way(drop.url), sealed);
  await drop.tick();
  const second = (await jane.read()).filter(({ kind }) => kind !== 'gone');
  const slot = [...drop.batches().keys()].at(-1)!;
  expect(second).toEqual([
    { kind: 'batch', slot, lines: 8 },
    { kind: 'repeated', slot },
  ]);
  expect(readdirSync(jane.inbox)).toHaveLength(1);
});

test('a letter that several lines of one batch name is not, and delivered once', async () => {
  const { drop, seal, read } = await desk();
  const sealed = seal();
  drop.tick(sealed, seal(), sealed);
  const events = await read();
  expect([letters(events).length, repeated(events).length, troubles(events).length]).toEqual([1, 0, 0]);
});

test('batches of one poll are told apart, too, and each that names it again is told of once', async () => {
  const { drop, jane, seal, read } = await desk();
  drop.tick(seal());
  const slots = [drop.tick(seal()), drop.tick(seal())];
  const events = await read();
  expect(letters(events)).toHaveLength(1);
  expect(repeated(events)).toEqual(slots.map((slot) => ({ kind: 'repeated', slot })));
  expect(await read()).toEqual([]);
  expect(readdirSync(jane.inbox)).toHaveLength(1);
});

test('a letter that is missing, and named again, is said to be both, each once', async () => {
  const { drop, jane, read } = await desk();
  const id = randomBytes(32);
  const { idKey } = contactOf(jane.identity);
  drop.tick(sealId(id, idKey));
  const slot = drop.tick(sealId(id, idKey));
  const events = await read();
  expect(troubles(events)).toEqual(['letter missing']);
  expect(repeated(events)).toEqual([{ kind: 'repeated', slot }]);
});

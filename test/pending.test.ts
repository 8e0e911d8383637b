import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { PendingLetter } from '../client/bookmark.ts';
import { sealCell } from '../client/cell.ts';
import { letterName } from '../client/collect.ts';
import { contactOf } from '../client/identity.ts';
import { poll } from '../client/poll.ts';
import { sealId } from '../client/sealed-id.ts';
import { upload } from '../client/send.ts';
import type { Transport } from '../client/transport.ts';
import { formatBatch } from '../wire/batch.ts';
import { formatSealedId } from '../wire/sealed-id.ts';
import { CELL_CONTENT_BYTES } from '../wire/sizes.ts';
import { batchKey, slotBefore } from '../wire/slot.ts';
import { formatUploadId, uploadKey } from '../wire/upload-id.ts';
import { sealedIds } from './drop.ts';
import { journalist, letters, troubles, way } from './people.ts';
import { plainDrop } from './plain-drop.ts';

/** A drop and a journalist for whom batches can be made up. */
function desk() {
  const drop = plainDrop();
  const jane = journalist(drop.url);
  const { idKey, cellKey } = contactOf(jane.identity);
  const [keys] = jane.identity.sealing;
  let slot = '2026-11-22T11:25:00Z';
  return {
    drop,
    jane,
    cellKey,
    /** Publishes a batch that names these ids. @returns its slot */
    publish(...ids: Uint8Array[]): string {
      slot = slotBefore(slot, -1);
      const lines = ids.map((id) => formatSealedId(sealId(id, idKey)));
      drop.objects.set(batchKey(slot), formatBatch([...lines, ...sealedIds(8 - lines.length)]));
      return slot;
    },
    /** Uploads a letter. @returns its id */
    async letter(): Promise<Uint8Array> {
      await upload(way(drop.url, drop.transport), contactOf(jane.identity), { text: 'here' });
      const text = [...drop.objects.keys()].at(-1)!.slice('uploads/'.length);
      return Buffer.from(text, 'base64url');
    },
    /** Has letters wait that are of no account. */
    fill(count: number, what: Partial<PendingLetter>) {
      for (let i = 0; i < count; i += 1) {
        const id = randomBytes(32);
        const letter = { id: formatUploadId(id), slot, keys: Buffer.from(keys!.id.publicKey).toString('hex') };
        const name = letterName(id, keys!);
        jane.bookmark.pending.set(name, { name, ...letter, tries: 1, pause: 60, ...what });
      }
    },
    read: (transport: Transport = drop.transport) => jane.read(transport),
  };
}

describe('when 1,000 letters wait for another try', () => {
  test('one that comes is delivered all the same, and one that is missing is said to be and given up', async () => {
    const { jane, publish, letter, fill, read } = desk();
    fill(1000, {});
    publish(await letter(), randomBytes(32));
    const events = await read();
    expect(letters(events)).toHaveLength(1);
    expect(troubles(events)).toEqual(['letter missing']);
    expect(jane.bookmark.pending.size).toBe(1000);
    expect(await read()).toEqual([]);
  });

  test('one that waits for room on the disk gives way to one that is missing', async () => {
    const { jane, publish, fill, read } = desk();
    fill(999, {});
    fill(1, { needs: Number.MAX_SAFE_INTEGER });
    publish(randomBytes(32));
    expect(troubles(await read())).toEqual(['letter missing']);
    const left = [...jane.bookmark.pending.values()];
    expect(left).toHaveLength(1000);
    expect(left.filter(({ needs }) => needs !== undefined)).toEqual([]);
  });
});

test('when 10,000 letters wait for their first try, further batches are left for later', async () => {
  const { drop, jane, publish, fill } = desk();
  const slots = [publish(randomBytes(32)), publish()];
  fill(10_000, { fresh: true });
  const taken: string[] = [];
  const options = { drop: way(drop.url, drop.transport), keys: jane.identity.sealing, ...jane };
  const polled = () => poll(options, (slot) => void taken.push(slot));
  await polled();
  expect([taken, jane.bookmark.slots.size]).toEqual([[], 0]);
  jane.bookmark.pending.delete([...jane.bookmark.pending.keys()][0]!);
  await polled();
  expect(taken).toEqual([slots[0]]);
  expect([...jane.bookmark.slots]).toEqual(slots);
});

test('a letter that turns out to need a newer version at a later try is said to, and left alone', async () => {
  const { drop, jane, cellKey, publish, read } = desk();
  const id = randomBytes(32);
  const content = new Uint8Array(CELL_CONTENT_BYTES);
  content[0] = 2;
  publish(id);
  expect(troubles(await read())).toEqual(['letter missing']);
  drop.objects.set(uploadKey(id), sealCell(content, 'root', cellKey, id));
  expect(troubles(await read())).toEqual(['letter too new']);
  expect(jane.bookmark.pending.size).toBe(0);
  publish(id);
  expect(troubles(await read())).toEqual([]);
});

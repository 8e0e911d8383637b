import { randomBytes } from 'node:crypto';
import type { Transport } from '../core/drop/transport.ts';
import { formatBatch } from '../wire/batch.ts';
import { formatSealedId } from '../wire/sealed-id.ts';
import { LINES_MIN, SEALED_ID_BYTES } from '../wire/sizes.ts';
import { batchKey, IDS_PREFIX, slotBefore } from '../wire/slot.ts';
import { formatUploadId, UPLOAD_HEADERS } from '../wire/upload-id.ts';
import { listed, listOf } from './list-xml.ts';

const URL_OF_IT = 'http://127.0.0.1:1';

/** A drop that is no more than its objects, for tests that ask it more often than a real one, throttled, answers. */
export function plainDrop() {
  const objects = new Map<string, Uint8Array>();
  let waiting: Uint8Array[] = [];
  let slot = '2026-11-22T11:25:00Z';
  const transport: Transport = async ({ method, url, body, signal }) => {
    signal?.throwIfAborted();
    const key = url.pathname.slice(1);
    if (key === 'register-id') {
      waiting.push(body!);
      return { status: 204, body: new Uint8Array() };
    }
    if (method === 'PUT') {
      objects.set(key, body!.slice()); // its sender may use those bytes for the next
      return { status: 200, body: new Uint8Array() };
    }
    if (key === 'upload-url') {
      const id = formatUploadId(randomBytes(32));
      const answer = { id, url: `${URL_OF_IT}/uploads/${id}`, headers: UPLOAD_HEADERS };
      return { status: 200, body: Buffer.from(JSON.stringify(answer)) };
    }
    if (key === '') {
      const after = url.searchParams.get('start-after') ?? '';
      const keys = [...objects.keys()].filter((each) => each.startsWith(IDS_PREFIX) && each > after).sort();
      const page = keys.slice(0, 1000).map((each) => listed(each, objects.get(each)!));
      return { status: 200, body: Buffer.from(listOf(page, { isTruncated: keys.length > 1000 })) };
    }
    const object = objects.get(key);
    return object === undefined ? { status: 403, body: new Uint8Array() } : { status: 200, body: object.slice() };
  };
  /** Publishes a batch of what was registered, and of these sealed ids. @returns its slot */
  const tick = (...sealedIds: Uint8Array[]): string => {
    slot = slotBefore(slot, -1);
    const lines = [...waiting, ...sealedIds];
    waiting = [];
    const rung = LINES_MIN * 2 ** Math.max(0, Math.ceil(Math.log2(lines.length / LINES_MIN)));
    while (lines.length < rung) lines.push(randomBytes(SEALED_ID_BYTES)); // nobody can open those
    objects.set(batchKey(slot), formatBatch(lines.map(formatSealedId)));
    return slot;
  };
  /** Lets slots pass without a batch. */
  const pass = (slots: number) => {
    slot = slotBefore(slot, -slots);
  };
  return { url: URL_OF_IT, objects, transport, tick, pass };
}

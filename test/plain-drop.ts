import { randomBytes } from 'node:crypto';
import type { Transport } from '../client/transport.ts';
import { formatUploadId, UPLOAD_HEADERS } from '../wire/upload-id.ts';

const URL_OF_IT = 'http://127.0.0.1:1';

/** A drop that is no more than its objects, for tests that ask it more often than a real one, throttled, answers. */
export function plainDrop() {
  const objects = new Map<string, Uint8Array>();
  const transport: Transport = async ({ method, url, body }) => {
    const key = url.pathname.slice(1);
    if (method === 'PUT') {
      objects.set(key, body!);
      return { status: 200, body: new Uint8Array() };
    }
    if (key === 'upload-url') {
      const id = formatUploadId(randomBytes(32));
      const answer = { id, url: `${URL_OF_IT}/uploads/${id}`, headers: UPLOAD_HEADERS };
      return { status: 200, body: Buffer.from(JSON.stringify(answer)) };
    }
    if (key === '') {
      const after = url.searchParams.get('start-after') ?? '';
      const keys = [...objects.keys()].filter((each) => each.startsWith('ids/') && each > after).sort();
      return { status: 200, body: Buffer.from(keys.map((each) => `<Key>${each}</Key>`).join('')) };
    }
    const object = objects.get(key);
    return object === undefined ? { status: 403, body: new Uint8Array() } : { status: 200, body: object };
  };
  return { url: URL_OF_IT, objects, transport };
}

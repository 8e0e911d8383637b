import { randomBytes } from 'node:crypto';
import { request as requestHttp } from 'node:http';
import { Socket } from 'node:net';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Call } from '../local/gateway.ts';
import { formatBatch } from '../wire/batch.ts';
import { formatSealedId } from '../wire/sealed-id.ts';
import { CELL_BYTES, LINES_MIN } from '../wire/sizes.ts';
import { batchKey } from '../wire/slot.ts';
import { formatSummary, idsOf, summaryKey } from '../wire/summary.ts';
import { sealedIds, withDrop } from './drop.ts';

interface Answer {
  readonly status: number;
  readonly headers: Record<string, unknown>;
  readonly body: string;
}

/** Sends exactly these headers, Host and Connection aside, which `fetch` would not. */
function send(
  method: string,
  url: string,
  headers: Record<string, string>,
  body?: Uint8Array | string,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = requestHttp(url, { method, headers, agent: false }, async (response) => {
      const parts: Buffer[] = [];
      for await (const part of response) parts.push(part);
      resolve({ status: response.statusCode!, headers: response.headers, body: Buffer.concat(parts).toString() });
    });
    request.on('error', reject).end(body);
  });
}

const cell = randomBytes(CELL_BYTES);

interface UploadUrl {
  readonly id: string;
  readonly url: string;
  readonly headers: Record<string, string>;
}

/** A drop, what its functions call, and an upload URL of it. */
async function withUploadUrl() {
  const calls: Call[] = [];
  const drop = await withDrop({ intercept: (call) => void calls.push(call) });
  const answer = await send('GET', `${drop.url}/upload-url`, {});
  return { drop, calls, answer, upload: JSON.parse(answer.body) as UploadUrl };
}

describe('GET /upload-url', () => {
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
  });

  test('answers with an id, the URL of its one PUT, the headers of that, and no more', async () => {
    const { drop, answer, upload } = await withUploadUrl();
    expect(answer.status).toBe(200);
    expect(answer.headers).toMatchObject({ 'content-type': 'application/json', 'cache-control': 'no-store' });
    expect(Object.keys(upload)).toEqual(['id', 'url', 'headers']);
    expect(upload.id).toMatch(/^[\w-]{43}$/);
    expect(Buffer.from(upload.id, 'base64url')).toHaveLength(32);
    expect(new URL(upload.url).pathname).toMatch(new RegExp(`/uploads/${upload.id}$`));
    expect(upload.headers).toEqual({ 'content-length': '1048576', 'if-none-match': '*' });
    expect(drop.printed).toEqual([]);
  });

  test('signs the length and the header that forbids overwriting, for 15 minutes, and no checksum', async () => {
    const { searchParams } = new URL((await withUploadUrl()).upload.url);
    expect(searchParams.get('X-Amz-SignedHeaders')).toBe('content-length;host;if-none-match');
    expect(searchParams.get('X-Amz-Expires')).toBe('900');
    expect([...searchParams.keys()].filter((name) => /checksum|if-none-match/i.test(name))).toEqual([]);
  });

  test('calls neither the bucket nor the queue', async () => {
    const { calls } = await withUploadUrl();
    expect(calls).toEqual([]);
  });

  test('opens no connection at all', async () => {
    const connect = vi.spyOn(Socket.prototype, 'connect').mockImplementation(() => {
      throw new Error('a connection');
    });
    const names = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'];
    for (const name of names) vi.stubEnv(name, 'x');
    vi.stubEnv('AWS_REGION', 'eu-central-1');
    const { handler } = await import('../lambdas/upload-url.ts');
    expect((await handler({ stageVariables: { bucket: 'x' } })).statusCode).toBe(200);
    expect(connect).not.toHaveBeenCalled();
    expect(() => new Socket().connect(1)).toThrow('a connection');
  });

  test('never gives an id twice, in 500 answers', async () => {
    const drop = await withDrop();
    const ids = new Set<string>();
    for (let i = 0; i < 500; i += 1) {
      const answer = (await drop.invoke('upload-url', {})) as Answer;
      ids.add((JSON.parse(answer.body) as UploadUrl).id);
    }
    expect(ids.size).toBe(500);
  });
});

describe('the PUT of a cell', () => {
  afterEach(() => void vi.useRealTimers());

  test('is taken with exactly the headers given, and the cell can be read by its id', async () => {
    const { drop, upload } = await withUploadUrl();
    expect((await send('PUT', upload.url, upload.headers, cell)).status).toBe(200);
    expect(drop.objects('')).toEqual([{ key: `uploads/${upload.id}`, bytes: CELL_BYTES }]);
    expect(drop.object(`uploads/${upload.id}`)!.equals(cell)).toBe(true);
    const read = await fetch(`${drop.url}/uploads/${upload.id}`);
    expect(Buffer.from(await read.arrayBuffer()).equals(cell)).toBe(true);
  });

  test('refuses a second one, and keeps the first', async () => {
    const { drop, upload } = await withUploadUrl();
    await send('PUT', upload.url, upload.headers, cell);
    expect((await send('PUT', upload.url, upload.headers, Buffer.alloc(CELL_BYTES))).status).toBe(412);
    expect((await send('PUT', upload.url, upload.headers, cell)).status).toBe(412);
    expect(drop.object(`uploads/${upload.id}`)!.equals(cell)).toBe(true);
  });

  const flip = (url: string) => url.replace(/(?<=X-Amz-Signature=)./, (digit) => (digit === '0' ? '1' : '0'));
  const other = randomBytes(32).toString('base64url');
  const refusals: [
    what: string,
    change: (upload: UploadUrl) => Partial<UploadUrl> & { body?: Uint8Array; method?: string },
  ][] = [
    [
      'one byte less',
      ({ headers }) => ({ headers: { ...headers, 'content-length': '1048575' }, body: cell.subarray(1) }),
    ],
    [
      'one byte more',
      ({ headers }) => ({
        headers: { ...headers, 'content-length': '1048577' },
        body: Buffer.concat([cell, Buffer.of(0)]),
      }),
    ],
    ['nothing', ({ headers }) => ({ headers: { ...headers, 'content-length': '0' }, body: Buffer.alloc(0) })],
    ['no length, in chunks', () => ({ headers: { 'transfer-encoding': 'chunked', 'if-none-match': '*' } })],
    ['another key', ({ id, url }) => ({ url: url.replace(id, other) })],
    ['a key under ids/', ({ url }) => ({ url: url.replace('/uploads/', '/ids/') })],
    ['no if-none-match', () => ({ headers: { 'content-length': '1048576' } })],
    ['another if-none-match', ({ headers }) => ({ headers: { ...headers, 'if-none-match': '"x"' } })],
    ['a changed signature', ({ url }) => ({ url: flip(url) })],
    ['no signature', ({ url }) => ({ url: url.replace(/&X-Amz-Signature=[^&]*/, '') })],
    ['no query at all', ({ url }) => ({ url: url.replace(/\?.*/, '') })],
    ['a longer expiry', ({ url }) => ({ url: url.replace('X-Amz-Expires=900', 'X-Amz-Expires=9000') })],
    ['if-none-match no longer among what is signed', ({ url }) => ({ url: url.replace('%3Bif-none-match', '') })],
    ['an ACL', ({ headers }) => ({ headers: { ...headers, 'x-amz-acl': 'public-read' } })],
    ['a tag', ({ headers }) => ({ headers: { ...headers, 'x-amz-tagging': 'a=b' } })],
    ['another storage class', ({ headers }) => ({ headers: { ...headers, 'x-amz-storage-class': 'GLACIER' } })],
    ['POST', () => ({ method: 'POST' })],
    ['DELETE', () => ({ method: 'DELETE' })],
  ];
  test.each(refusals)('refuses %s', async (what, change) => {
    const { drop, upload } = await withUploadUrl();
    const {
      method = 'PUT',
      url,
      headers,
      body = cell,
    } = { ...upload, ...change(upload) } as UploadUrl & { method?: string; body?: Uint8Array };
    const status = { 'no length, in chunks': 411, 'no signature': 400 }[what] ?? 403;
    expect((await send(method, url, headers, body)).status).toBe(status);
    expect(drop.objects('')).toEqual([]);
  });

  test('refuses a cell that ends early', async () => {
    const { drop, upload } = await withUploadUrl();
    await new Promise<void>((resolve) => {
      const request = requestHttp(upload.url, { method: 'PUT', headers: upload.headers, agent: false });
      request.on('error', () => {}).on('close', resolve);
      request.write(cell.subarray(1), () => setTimeout(() => request.destroy(), 50));
    });
    expect(drop.objects('')).toEqual([]);
  });

  test('is taken after 14 minutes', async () => {
    const { upload } = await withUploadUrl();
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 14 * 60_000 });
    expect((await send('PUT', upload.url, upload.headers, cell)).status).toBe(200);
  });

  test('refuses after 15 minutes', async () => {
    const { drop, upload } = await withUploadUrl();
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 15 * 60_000 + 1000 });
    expect((await send('PUT', upload.url, upload.headers, cell)).status).toBe(403);
    expect(drop.objects('')).toEqual([]);
  });
});

describe('PUT /register-id', () => {
  const random = randomBytes(80);
  const text = Buffer.from(`{"a":"${'x'.repeat(72)}"}`); // 80 bytes
  const types: [type: string, body: Buffer][] = [
    ['application/octet-stream', random],
    ['application/octet-stream', Buffer.alloc(80)],
    ['image/png', random],
    ['text/plain', text],
    ['text/plain;charset=utf-8', Buffer.from('\u00e9'.repeat(40))],
    ['application/json', text],
    ['application/x-www-form-urlencoded', text],
    ['nonsense', random],
    ['', random],
  ];
  test('takes 80 bytes of any content type, answers 204 and nothing, and queues them in one spelling', async () => {
    const drop = await withDrop();
    for (const [type, body] of types) {
      const headers = { ...(type !== '' && { 'content-type': type }), 'content-length': '80' };
      const answer = await send('PUT', `${drop.url}/register-id`, headers, body);
      expect([type, answer.status, answer.body]).toEqual([type, 204, '']);
      expect(Object.keys(answer.headers)).not.toContain('content-type');
    }
    expect(drop.waiting()).toBe(types.length);
    await drop.tick(); // it drops every other spelling
    const [batch] = drop.batches().values();
    expect(batch).toEqual(expect.arrayContaining(types.map(([, body]) => formatSealedId(body))));
    expect(drop.printed).toEqual([]);
  });

  test('decides on the decoded bytes, however the API hands them over', async () => {
    const drop = await withDrop();
    const events = [
      [{ body: random.toString('base64'), isBase64Encoded: true }, 204],
      [{ body: text.toString(), isBase64Encoded: false }, 204],
      [{ body: text.toString() }, 204],
      [{ body: text.toString('base64'), isBase64Encoded: false }, 400],
      [{ body: 'x'.repeat(80), isBase64Encoded: true }, 400],
      [{ body: '', isBase64Encoded: true }, 400],
      [{}, 400],
    ] as const;
    for (const [event, statusCode] of events) {
      expect(await drop.invoke('register-id', event)).toMatchObject({ statusCode });
    }
    expect(drop.waiting()).toBe(3);
  });

  const line = formatSealedId(random);
  test.each<[what: string, body: Uint8Array | string]>([
    ['nothing', ''],
    ['79 bytes', randomBytes(79)],
    ['81 bytes', randomBytes(81)],
    ['a line of a batch', line],
    ['a line with its newline', `${line}\n`],
    ['base64', random.toString('base64')],
    ['hex', random.toString('hex')],
    ['JSON', JSON.stringify({ id: line })],
    ['two at once', randomBytes(160)],
    ['a megabyte', randomBytes(2 ** 20)],
  ])('refuses %s: 400, always the same text, and nothing reaches the queue', async (_, body) => {
    const calls: Call[] = [];
    const drop = await withDrop({ intercept: (call) => void calls.push(call) });
    for (const type of ['application/octet-stream', 'text/plain', 'application/json']) {
      const headers = { 'content-type': type, 'content-length': `${Buffer.byteLength(body)}` };
      const answer = await send('PUT', `${drop.url}/register-id`, headers, body);
      expect(answer).toMatchObject({ status: 400, body: 'the body must be 80 bytes' });
    }
    expect(calls).toEqual([]);
    expect(drop.waiting()).toBe(0);
  });
});

describe('the list of batches', () => {
  test('shows nothing of summaries to a client of before, which knows of none', async () => {
    const slots = ['2026-11-22T10:05:00Z', '2026-11-22T10:10:00Z'];
    const periods = ['2026-11-22T10', '2026-11-22'];
    const batch = formatBatch(sealedIds(LINES_MIN));
    const summary = (period: string) => formatSummary(period, new Map(slots.map((slot) => [slot, idsOf(batch)])));
    const objects = {
      ...Object.fromEntries(slots.map((slot) => [batchKey(slot), batch])),
      ...Object.fromEntries(periods.map((period) => [summaryKey(period), summary(period)])),
    };
    const { url } = await withDrop({ planted: { objects } });
    for (const period of periods) expect((await send('GET', `${url}/${summaryKey(period)}`, {})).status).toBe(200);
    const listed = async (query: string) => {
      const { status, body } = await send('GET', `${url}/?list-type=2&prefix=ids%2F${query}`, {});
      expect(status).toBe(200);
      return [...body.matchAll(/<Key>(.*?)<\/Key>/g)].map(([, key]) => key);
    };
    expect(await listed('')).toEqual(slots.map(batchKey));
    expect(await listed('&start-after=ids%2F2026-11-22T10%3A05%3A00Z')).toEqual([batchKey(slots[1]!)]);
  });
});

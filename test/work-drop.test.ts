import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { tellWaits } from '../bin/waits.ts';
import { dropAt, getUploadUrl } from '../core/drop/drop.ts';
import type { Transport } from '../core/drop/transport.ts';
import { contactOf, newIdentity } from '../core/keys/identity.ts';
import { register, send } from '../core/send/send.ts';
import * as decoy from '../lambdas/decoy.ts';
import { sealDecoy } from '../lambdas/seal-decoy.ts';
import { loopback } from '../node/transport/transport.ts';
import { formatContact } from '../wire/contact.ts';
import { formatSealedId } from '../wire/sealed-id.ts';
import { slotAt, slotBefore } from '../wire/slot.ts';
import { solveWork } from '../wire/solve.ts';
import { formatUploadId, UPLOAD_HEADERS } from '../wire/upload-id.ts';
import { formatChallenge, parseChallenge } from '../wire/work.ts';
import { askingDrop } from './asking-drop.ts';
import { openDrop, type TestDrop } from './drop.ts';
import { faultyTransport } from './faulty-transport.ts';
import { afresh, done, lastingFolder } from './office.ts';
import { HASTY, journalist, letters, troubles, way, write } from './people.ts';

const BITS = 6;

/** A drop that asks for work; its functions go by the machine's clock, as they do anywhere. */
let drop: TestDrop;
beforeAll(async () => {
  drop = await openDrop({ outdir: askingDrop({ workBits: BITS }) });
});
afterAll(() => drop.close());
afterEach(() => expect(drop.printed).toEqual([]));

const get = (path: string) =>
  loopback({ method: 'GET', url: new URL(drop.url + path), headers: {}, answerMaxBytes: 10_000 });

const put = (url: string, body: Uint8Array, headers = {}) =>
  loopback({
    method: 'PUT',
    url: new URL(url),
    headers: { 'content-length': `${body.length}`, ...headers },
    body,
    answerMaxBytes: 10_000,
  });

/** What the drop asks for at the moment. */
const challenge = async () => parseChallenge(Buffer.from((await get('/upload-url')).body).toString());

describe('a drop that asks for work', () => {
  test('answers whoever has not done it with how much and in which slot, always in the same shape, and takes nothing', async () => {
    const sealed = sealDecoy();
    const before = drop.waiting();
    const { slot } = await challenge();
    const id = formatUploadId(randomBytes(32));
    const asked = [
      get('/upload-url'),
      get(`/upload-url?id=${id}`),
      get(`/upload-url?id=${id}&work=`),
      get(`/upload-url?id=${id}x&work=AAAAAAAAAAA`),
      get('/upload-url?work=AAAAAAAAAAA'),
      get('/upload-url?id=__proto__&work=constructor'),
      put(`${drop.url}/register-id`, sealed),
      put(`${drop.url}/register-id?work=`, sealed),
      put(`${drop.url}/register-id?work=A&work=A`, sealed),
      put(`${drop.url}/register-id?id=${id}`, sealed),
    ];
    for (const { status, body } of await Promise.all(asked)) {
      expect(status).toBe(428);
      const challenges = [slot, slotBefore(slot, -1)].map((each) => formatChallenge({ bits: BITS, slot: each }));
      expect(challenges).toContain(Buffer.from(body).toString());
    }
    expect((await put(`${drop.url}/register-id`, sealed.subarray(1))).status).toBe(400);
    expect(drop.waiting()).toBe(before);
  });

  test('gets what a client did the work for, and nothing of it is used twice', async () => {
    const asked: string[] = [];
    const bodies: Uint8Array[] = [];
    const watched: Transport = async (request) => {
      const answer = await loopback(request);
      const path = (request.url.pathname + request.url.search).replace(/\/[^/]+(?=\/uploads)/, '');
      asked.push(`${request.method} ${path.replace(/[\w-]{43}/g, '<id>').replace(/[?]X-.*/, '')} ${answer.status}`);
      if (path.startsWith('/register-id')) bodies.push(request.body!);
      return answer;
    };
    const jane = journalist(drop.url);
    await write(jane, { text: 'worked for' }, watched);
    expect(asked.map((each) => each.replace(/work=[\w-]{11} /, 'work=<nonce> '))).toEqual([
      'GET /upload-url 428',
      'GET /upload-url?id=<id>&work=<nonce> 200',
      'PUT /uploads/<id> 200',
      'PUT /register-id 428',
      'PUT /register-id?work=<nonce> 204',
    ]);
    expect(Buffer.compare(...(bodies as [Uint8Array, Uint8Array]))).not.toBe(0);
    await drop.tick();
    expect(letters(await jane.read())).toHaveLength(1);
  });

  test('takes a proof for one upload: the same again leads to the same place, where nothing is written twice', async () => {
    const id = randomBytes(32);
    const work = await solveWork('upload-url', id, await challenge());
    const urls = [];
    for (let i = 0; i < 2; i += 1) {
      const { status, body } = await get(`/upload-url?id=${formatUploadId(id)}&work=${work}`);
      expect(status).toBe(200);
      const answer = JSON.parse(Buffer.from(body).toString());
      expect(answer.id).toBe(formatUploadId(id));
      urls.push(answer.url);
    }
    const statuses = [];
    for (const url of urls) statuses.push((await put(url, randomBytes(2 ** 20), UPLOAD_HEADERS)).status);
    expect(statuses).toEqual([200, 412]);
  });

  test('takes a proof for one sealed id: replayed, it is published once; with another, it is refused', async () => {
    const sealed = sealDecoy();
    const work = await solveWork('register-id', sealed, { ...(await challenge()), bits: 20 });
    for (let i = 0; i < 3; i += 1) expect((await put(`${drop.url}/register-id?work=${work}`, sealed)).status).toBe(204);
    await drop.tick();
    expect((await put(`${drop.url}/register-id?work=${work}`, sealed)).status).toBe(204); // after it was published
    await drop.tick();
    expect(drop.waiting()).toBe(0);
    const lines = [...drop.batches().values()].flat();
    expect(lines.filter((line) => line === formatSealedId(sealed))).toHaveLength(1);
    // Luck takes one in 64; 7 of 20 once in 10^7 runs.
    let taken = 0;
    for (let i = 0; i < 20; i += 1) {
      if ((await put(`${drop.url}/register-id?work=${work}`, sealDecoy())).status === 204) taken += 1;
    }
    expect(taken).toBeLessThan(7);
  });

  test.each([503, 429] as const)('gets a letter once although each first try meets %d', async (fate) => {
    const transport = await faultyTransport(({ tries }) => (tries === 1 ? fate : 'pass'));
    const jane = journalist(drop.url);
    await write(jane, { text: 'in spite of it' }, transport);
    await drop.tick();
    const events = await jane.read();
    expect(troubles(events)).toEqual([]);
    expect(letters(events)).toHaveLength(1);
  });
});

describe('a client refuses', () => {
  const slot = slotAt(new Date());
  const drops = (answer: (asked: number) => { status: number; body: string }) => {
    let asked = 0;
    const transport: Transport = async () => {
      asked += 1;
      const { status, body } = answer(asked);
      return { status, body: Buffer.from(body) };
    };
    return { drop: way('http://127.0.0.1:1', transport), asked: () => asked };
  };

  test('a drop that asks for more than any drop may, before it does any of it', async () => {
    const { drop, asked } = drops(() => ({ status: 428, body: formatChallenge({ bits: 25, slot }) }));
    await expect(getUploadUrl(drop)).rejects.toThrow('the drop asks for more work than any drop may');
    await expect(register(drop, sealDecoy())).rejects.toThrow('the drop asks for more work than any drop may');
    expect(asked()).toBe(2);
  });

  test.each(['', '{}', '{"work":null}', '{"work":{"bits":6}}', `{"work":{"bits":6,"slot":"${slot}","mark":1}}`])(
    'what is no challenge: %s',
    async (body) => {
      const { drop } = drops(() => ({ status: 428, body }));
      await expect(getUploadUrl(drop)).rejects.toThrow('the drop asks for something other than work');
    },
  );

  test('an upload URL for another id than the one that the work was done for, and takes one for that', async () => {
    for (const isOther of [false, true]) {
      const transport: Transport = async ({ url }) => {
        const own = url.searchParams.get('id');
        if (own === null) return { status: 428, body: Buffer.from(formatChallenge({ bits: 6, slot })) };
        const id = isOther ? formatUploadId(new Uint8Array(32)) : own;
        const answer = { id, url: `http://127.0.0.1:1/uploads/${id}`, headers: UPLOAD_HEADERS };
        return { status: 200, body: Buffer.from(JSON.stringify(answer)) };
      };
      const asked = getUploadUrl(way('http://127.0.0.1:1', transport));
      if (isOther) await expect(asked).rejects.toThrow('something other than an upload URL');
      else expect((await asked).id).toHaveLength(32);
    }
  });

  test('to go on for ever with a drop that is never content', async () => {
    const { drop, asked } = drops(() => ({ status: 428, body: formatChallenge({ bits: 1, slot }) }));
    await expect(getUploadUrl(drop)).rejects.toThrow('the drop asks for work, and does not take it: try again later');
    expect(asked()).toBe(5);
  });

  test('to go on when its person has had enough', async () => {
    const { drop } = drops(() => ({ status: 428, body: formatChallenge({ bits: 24, slot }) }));
    const controller = new AbortController();
    const working = ({ tried }: { tried: number }) => tried > 0 && controller.abort(new Error('enough'));
    await expect(getUploadUrl({ ...drop, signal: controller.signal, working })).rejects.toThrow('enough');
  });
});

/** A front that passes everything on to the drop, and notes the head of each request and the length of its body. */
async function notingFront(seen: string[]): Promise<string> {
  const server = createServer(async (request, response) => {
    const body = await buffer(request);
    const path = request
      .url!.replace(/[?]X-.*/, '?...')
      .replace(/[\w-]{43}/, '<id>')
      .replace(/[\w-]{11}$/, '<nonce>');
    const headers = request.rawHeaders.map((text) => text.replace(/:\d+$/, ''));
    seen.push(JSON.stringify([request.method, path, headers, body.length]));
    const { host: _, connection: __, ...kept } = request.headers as Record<string, string>;
    const base = path.includes('/uploads/') ? drop.storage : drop.url;
    const method = request.method as 'GET' | 'PUT';
    const url = new URL(base + request.url);
    const answer = await loopback({
      method,
      url,
      headers: kept,
      answerMaxBytes: 2 ** 20,
      ...(body.length && { body }),
    });
    const text = Buffer.from(answer.body).toString().replaceAll(drop.storage, front);
    const { etag } = answer.headers!;
    const said = { 'content-length': Buffer.byteLength(text), ...(typeof etag === 'string' && { etag }) };
    response.writeHead(answer.status, said).end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const front = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return front;
}

test('decoys ask exactly what clients ask: the same requests with the same heads, in the same order', async () => {
  const seen: string[] = [];
  const front = await notingFront(seen);
  const before = drop.waiting();
  const jane = newIdentity(front, Math.floor(Date.now() / 1000));
  await send(dropAt(front, { patience: HASTY }), contactOf(jane), { text: 'hello' });
  const ofClient = seen.splice(0);
  const { signal } = new AbortController();
  await decoy.upload(await decoy.askForUrl(front, signal), signal);
  await decoy.register(front, signal);
  expect(seen).toEqual(ofClient);
  expect(seen).toHaveLength(5);
  expect(seen.filter((each) => each.includes('work=<nonce>'))).toHaveLength(2);
  expect(drop.waiting()).toBe(before + 2);
});

describe('through the command', () => {
  test('send, upload and register work as with any drop', async () => {
    const contact = join(lastingFolder(), 'jane.contact');
    writeFileSync(contact, formatContact(contactOf(newIdentity(drop.url, Math.floor(Date.now() / 1000)))));
    const before = drop.waiting();
    await done(afresh(['send', '--to', contact], { input: 'hello' }));
    expect(drop.waiting()).toBe(before + 1);
    const uploaded = await done(afresh(['upload', '--to', contact], { input: 'later' }));
    expect(drop.waiting()).toBe(before + 1);
    await done(afresh(['register', uploaded.out.trim(), '--drop', drop.url]));
    expect(drop.waiting()).toBe(before + 2);
  });

  test('says in one line, once in a while, that there is work, and about how long it takes', () => {
    let now = 0;
    const words: string[] = [];
    const write = vi.spyOn(process.stderr, 'write').mockImplementation((text) => words.push(String(text)) > 0);
    const { working, busy } = tellWaits(() => now);
    for (; now < 40_000; now += 10) working!({ tried: now * 1000, expected: 2 ** 24 });
    busy!();
    busy!();
    for (const quick = now; now < quick + 100; now += 10) working!({ tried: (now - quick) * 1000, expected: 2 ** 18 });
    write.mockRestore();
    expect(words).toEqual([
      ...Array(3).fill('proof of work: the drop asks for it because of floods; about 17 s each\n'),
      'the drop is busy: trying again, for up to half an hour\n',
    ]);
  });
});

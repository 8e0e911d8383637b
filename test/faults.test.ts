import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { dropAt, getUploadUrl, putCell } from '../core/drop/drop.ts';
import { PATIENCE, Unreachable, withRetries } from '../core/drop/retry.ts';
import { checkLoopback, type DropAnswer, type DropRequest, type Transport } from '../core/drop/transport.ts';
import { RefusedAddress, type Trouble } from '../core/drop/transport-fault.ts';
import { contactOf, newIdentity } from '../core/keys/identity.ts';
import { collect } from '../core/read/collect.ts';
import { send, upload } from '../core/send/send.ts';
import { loopback } from '../node/transport/transport.ts';
import { formatUploadId, UPLOAD_HEADERS } from '../wire/upload-id.ts';
import { withDrop } from './drop.ts';
import { type Fate, faultyTransport, type Passer } from './faulty-transport.ts';
import { fileOf, inboxOf, journalist, letters, troubles, way, write } from './people.ts';

const CONTENT = randomBytes(1_500_000);
const isCellPut = ({ method, url }: Passer) => method === 'PUT' && url.pathname.includes('/uploads/');

describe('a letter of two cells arrives once', () => {
  test.each<Fate>(['lost', 'answer lost', 'answer cut', 'body cut', 429, 500, 502, 503, 504])(
    'when the first try of each request of both people meets: %s',
    async (fate) => {
      const drop = await withDrop();
      const jane = journalist(drop.url);
      let met = 0;
      const network = await faultyTransport(({ tries }) => {
        if (tries > 1) return 'pass';
        met += 1;
        return fate;
      });
      await write(jane, { files: [fileOf('data', CONTENT)] }, network);
      expect(drop.objects('uploads/')).toHaveLength(2);
      await drop.tick();
      const events = await jane.read(network);
      expect(troubles(events)).toEqual([]);
      const [letter, ...others] = letters(events);
      expect(others).toEqual([]);
      expect(readFileSync(join(letter!.path, 'data')).equals(CONTENT)).toBe(true);
      expect(met).toBeGreaterThanOrEqual(8); // upload URLs, two cells, register; list, batch, two cells
    },
  );
});

describe('a PUT that meets 412 after its first try was cut off', () => {
  test('counts as done, and nothing is fetched to see that', async () => {
    const drop = await withDrop();
    const jane = journalist(drop.url);
    const asked: string[] = [];
    const network = await faultyTransport((passer) =>
      isCellPut(passer) && passer.tries === 1 ? 'answer lost' : 'pass',
    );
    const watched: Transport = async (request) => {
      const { method, url } = request;
      const named = `${method} ${url.pathname.replace(/^.*uploads.[\w-]{43}$/, '/uploads/<id>')}`;
      const answer = await network(request).catch((error) => {
        asked.push(`${named} lost`);
        throw error;
      });
      asked.push(`${named} ${answer.status}`);
      return answer;
    };
    await write(jane, { text: 'here' }, watched);
    const puts = ['PUT /uploads/<id> lost', 'PUT /uploads/<id> 412'];
    expect(asked).toEqual(['GET /upload-url 200', ...puts, 'PUT /register-id 204']);
    expect(drop.objects('uploads/')).toHaveLength(1);
    await drop.tick();
    expect(letters(await jane.read())).toHaveLength(1);
  });

  test('is tried under a new id, with nothing in common, when the first try itself met 412', async () => {
    const drop = await withDrop();
    const jane = journalist(drop.url);
    let place: URL | undefined;
    const network = await faultyTransport(async (passer) => {
      if (!isCellPut(passer) || place !== undefined) return 'pass';
      place = passer.url;
      return 412;
    });
    await write(jane, { text: 'here' }, network);
    const [upload, ...others] = drop.objects('uploads/');
    expect(others).toEqual([]);
    expect(place!.pathname.endsWith(upload!.key)).toBe(false);
  });
});

describe('a PUT that is answered with 400', () => {
  /** Sends a letter whose first PUT of a cell has an answer in S3's words. @returns how many upload URLs it took */
  async function urlsTaken(code: string): Promise<number> {
    const drop = await withDrop();
    const jane = journalist(drop.url);
    let [urls, puts] = [0, 0];
    const network: Transport = (request) => {
      if (request.url.pathname === '/upload-url') urls += 1;
      const isFirst = isCellPut({ ...request, tries: 0 }) && ++puts === 1;
      const body = Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code></Error>`);
      return isFirst ? Promise.resolve({ status: 400, body }) : loopback(request);
    };
    await write(jane, { text: 'here' }, network);
    expect([puts, drop.objects('uploads/').length]).toEqual([2, 1]);
    return urls;
  }

  test('because its body came to a standstill is tried again, as after any fault of the network', async () => {
    expect(await urlsTaken('RequestTimeout')).toBe(1);
  });

  test('for any other reason was refused: a new upload URL is asked for', async () => {
    expect(await urlsTaken('InvalidRequest')).toBe(2);
  });
});

test('an upload URL that has expired, or is refused for any other reason, is replaced by a new one', async () => {
  const drop = await withDrop();
  const jane = journalist(drop.url);
  let refused = 0;
  const network = await faultyTransport((passer) => {
    if (!isCellPut(passer) || refused === 2) return 'pass';
    refused += 1;
    return 403;
  });
  await write(jane, { text: 'here' }, network);
  expect(refused).toBe(2);
  expect(drop.objects('uploads/')).toHaveLength(1);
});

describe('a 200 in answer to the PUT of a cell counts as stored only as S3 gives it', () => {
  const ETAG = { etag: '"0f343b0931126a20f133d67c2b018a3b"' };
  const page = Buffer.from('<html>sign in to use this network</html>');
  test.each<[string, Partial<DropAnswer>, boolean]>([
    ['of S3', { headers: ETAG }, true],
    ['over a transport that hands no headers on', {}, true],
    ['with a page', { headers: ETAG, body: page }, false],
    ['with a page, over a transport that hands no headers on', { body: page }, false],
    ['without an ETag', { headers: { 'content-type': 'text/html' } }, false],
    ['with an empty ETag', { headers: { etag: '""' } }, false],
    ['with two ETags', { headers: { etag: ['"a"', '"b"'] } }, false],
  ])('%s', async (_, more, isStored) => {
    const id = randomBytes(32);
    let puts = 0;
    const transport: Transport = async () => {
      puts += 1;
      return { status: 200, body: new Uint8Array(), ...more };
    };
    const way = dropAt('http://127.0.0.1:1', { transport, patience: { tries: 3, firstWaitMilliseconds: 0 } });
    const url = new URL(`http://127.0.0.1:1/uploads/${formatUploadId(id)}`);
    const put = putCell(way, { id, url, headers: UPLOAD_HEADERS }, new Uint8Array());
    if (isStored) expect(await put).toMatchObject({ status: 200 });
    else await expect(put).rejects.toThrow('something on the way answers in place of the drop, and nothing is stored');
    expect(puts).toBe(isStored ? 1 : 3);
  });

  test('and a letter is registered only when each of its cells is', async () => {
    const drop = await withDrop();
    const jane = journalist(drop.url);
    const network = await faultyTransport((passer) => (isCellPut(passer) && passer.tries === 1 ? 200 : 'pass'));
    await write(jane, { files: [fileOf('data', CONTENT)] }, network);
    expect(drop.objects('uploads/')).toHaveLength(2);
    expect(drop.waiting()).toBe(1);
  });
});

describe('a drop that goes on failing', () => {
  test.each<[Fate, string, Trouble]>([
    ['lost', 'cannot be reached', 'unreachable'],
    [429, 'is busy', 'busy'],
    [503, 'has a fault', 'fault'],
  ])(
    '%s: the letter is given up after five tries, with one line, and told of what kind it is',
    async (fate, words, kind) => {
      let tries = 0;
      const network = await faultyTransport(() => {
        tries += 1;
        return fate;
      });
      const jane = newIdentity('http://127.0.0.1:1', 0, 4_000_000_000);
      const attempt = send(way(jane.drop, network), contactOf(jane), { text: 'never' });
      await expect(attempt).rejects.toThrow(new Unreachable(`the drop ${words}: try again later`, { kind }));
      expect(tries).toBe(PATIENCE.tries);
    },
  );

  test('nothing is registered when a cell cannot be uploaded', async () => {
    const drop = await withDrop();
    const jane = journalist(drop.url);
    const network = await faultyTransport((passer) => (isCellPut(passer) ? 503 : 'pass'));
    await expect(write(jane, { text: 'never' }, network)).rejects.toThrow('has a fault');
    expect(drop.waiting()).toBe(0);
  });

  test('a letter whose cell cannot be fetched now is delivered by a later poll, once', async () => {
    const drop = await withDrop();
    const jane = journalist(drop.url);
    await write(jane, { text: 'patience' });
    await drop.tick();
    const network = await faultyTransport(({ url }) => (url.pathname.startsWith('/uploads/') ? 503 : 'pass'));
    expect(troubles(await jane.read(network))).toEqual(['letter postponed']);
    expect(troubles(await jane.read(network))).toEqual([]); // it was said before
    expect(jane.bookmark.pending.size).toBe(1);
    const events = [];
    for (let poll = 0; poll < 5; poll += 1) events.push(...(await jane.read()));
    expect(letters(events)).toHaveLength(1);
    expect(jane.bookmark.pending.size).toBe(0);
    expect(await jane.read()).toEqual([]);
  });

  test('a batch that cannot be fetched is read by a later poll, and keeps no other from being read', async () => {
    const drop = await withDrop();
    const jane = journalist(drop.url);
    await write(jane, { text: 'first' });
    await drop.tick();
    await write(jane, { text: 'second' });
    await drop.tick();
    const [first] = drop.batches().keys();
    for (const fate of [500, 400, 302] as const) {
      const network = await faultyTransport(({ url }) => (url.pathname === `/ids/${first}` ? fate : 'pass'));
      const events = await jane.read(network);
      expect(troubles(events)).toEqual(fate === 500 ? ['batch postponed'] : []); // said once
      expect(letters(events)).toHaveLength(fate === 500 ? 1 : 0);
    }
    drop.pass(3 * 86_400); // far beyond the hour that is listed again
    await drop.tick();
    expect(letters(await jane.read())).toHaveLength(1);
    expect(jane.bookmark.unread.size).toBe(0);
  });

  test('batches that can never be fetched keep no newer one from being read', async () => {
    const drop = await withDrop();
    const jane = journalist(drop.url);
    for (let i = 0; i < 3; i += 1) await drop.tick();
    const bad = [...drop.batches().keys()].map((slot) => `/ids/${slot}`);
    const network = await faultyTransport(({ url }) => (bad.includes(url.pathname) ? 500 : 'pass'));
    await expect(jane.read(network)).rejects.toThrow(Unreachable);
    await write(jane, { text: 'newer' });
    await drop.tick();
    const events = await jane.read(network);
    expect(letters(events)).toHaveLength(1);
    expect(troubles(events)).toEqual([]);
    expect(jane.bookmark.unread.size).toBe(3);
  });

  test('a letter is not forgotten when its second try is interrupted', async () => {
    const drop = await withDrop();
    const jane = journalist(drop.url);
    await write(jane, { text: 'patience' });
    await drop.tick();
    const network = await faultyTransport(({ url }) => (url.pathname.startsWith('/uploads/') ? 503 : 'pass'));
    await jane.read(network);
    for (let poll = 0; poll < 6; poll += 1) {
      const stop = new AbortController();
      const stopping = await faultyTransport(({ url }) => {
        if (url.pathname.startsWith('/uploads/')) stop.abort();
        return 'pass';
      });
      const drop = dropAt(jane.identity.drop, { transport: stopping, signal: stop.signal });
      const { identity, bookmark } = jane;
      await collect({ drop, identity: () => identity, inbox: inboxOf(jane), bookmark }).catch(() => {});
      expect(bookmark.pending.size).toBe(1);
    }
    const events = [];
    for (let poll = 0; poll < 5; poll += 1) events.push(...(await jane.read()));
    expect(letters(events)).toHaveLength(1);
  });

  test('a drop that goes down in the middle of a poll ends it, and nothing is missed', async () => {
    const drop = await withDrop();
    const jane = journalist(drop.url);
    for (let i = 0; i < 5; i += 1) {
      await write(jane, { text: `letter ${i}` });
      await drop.tick();
    }
    const [, second] = drop.batches().keys();
    const network = await faultyTransport(({ url }) =>
      url.pathname.startsWith('/ids/') && url.pathname >= `/ids/${second}` ? 500 : 'pass',
    );
    await expect(jane.read(network)).rejects.toThrow(Unreachable);
    expect(letters(await jane.read())).toHaveLength(4);
  });
});

test('no two tries of a registration are the same, so that none of them stands out among decoys', async () => {
  const drop = await withDrop();
  const jane = journalist(drop.url);
  const network = await faultyTransport(({ url, tries }) =>
    url.pathname === '/register-id' && tries < 4 ? 'answer lost' : 'pass',
  );
  await write(jane, { text: 'once' }, network);
  expect(drop.waiting()).toBe(4);
  await drop.tick();
  const lines = [...drop.batches().values()].flat();
  expect(new Set(lines).size).toBe(lines.length);
  const events = await jane.read();
  expect(letters(events)).toHaveLength(1);
  expect(troubles(events)).toEqual([]);
});

test('an interrupted letter stops at once and registers nothing', async () => {
  const drop = await withDrop();
  const jane = newIdentity(drop.url, 0, 4_000_000_000);
  const stop = new AbortController();
  const network = await faultyTransport((passer) => {
    if (isCellPut(passer)) stop.abort();
    return 'pass';
  });
  const way = dropAt(drop.url, { transport: network, signal: stop.signal });
  await expect(upload(way, contactOf(jane), { files: [fileOf('data', CONTENT)] })).rejects.toThrow('aborted');
  expect(drop.waiting()).toBe(0);
});

test.each([
  ['does not answer', () => 'lost' as const],
  ['has a fault', () => 503],
  ['is busy', () => 429],
])('an abort while a drop that %s is waited for ends it with the reason given', async (_, fate) => {
  const drop = await withDrop();
  const [stop, reason] = [new AbortController(), new Error('enough')];
  const network = await faultyTransport(fate);
  const patience = { tries: 9, firstWaitMilliseconds: 60_000, busyTries: 9 };
  const way = dropAt(drop.url, { transport: network, signal: stop.signal, patience });
  const transport = (asked: DropRequest) => network(asked).finally(() => setImmediate(() => stop.abort(reason)));
  await expect(getUploadUrl({ ...way, transport })).rejects.toBe(reason);
});

describe('a drop that answers strangely is refused', () => {
  const answerTo = async (answer: (id: string) => unknown) => {
    const drop = await withDrop();
    const jane = newIdentity(drop.url, 0, 4_000_000_000);
    const transport: Transport = async (asked) => {
      const real = await loopback(asked);
      const { id } = JSON.parse(Buffer.from(real.body).toString());
      return { status: 200, body: Buffer.from(JSON.stringify(answer(id))) };
    };
    return upload(way(drop.url, transport), contactOf(jane), { text: 'x' });
  };
  const headers = { 'content-length': '1048576', 'if-none-match': '*' };
  const url = (id: string) => `http://127.0.0.1:1/b/uploads/${id}?x`;

  test.each<[string, (id: string) => unknown]>([
    ['when it asks for another header', (id) => ({ id, url: url(id), headers: { ...headers, 'x-mark': 'you' } })],
    ['when it asks for another length', (id) => ({ id, url: url(id), headers: { ...headers, 'content-length': '5' } })],
    ['when the URL is for another key', (id) => ({ id, url: url('other'), headers })],
    ['when the id has another spelling', (id) => ({ id: `${id}=`, url: url(`${id}=`), headers })],
    ['when it is no URL', (id) => ({ id, url: `uploads/${id}`, headers })],
    ['when the URL is no text', (id) => ({ id, url: [url(id)], headers })],
    ['when it says more', (id) => ({ id, url: url(id), headers, you: 1 })],
    ['when it says less', (id) => ({ id, url: url(id) })],
    ['when a header is missing', (id) => ({ id, url: url(id), headers: { 'if-none-match': '*' } })],
    [
      'when a header is spelled otherwise',
      (id) => ({ id, url: url(id), headers: { 'Content-Length': '1048576', 'if-none-match': '*' } }),
    ],
    ['when a header is a number', (id) => ({ id, url: url(id), headers: { ...headers, 'content-length': 1048576 } })],
    ['when it is a list', (id) => [id, url(id), headers]],
    ['when it is no object', () => null],
  ])('%s', async (_, answer) => {
    await expect(answerTo(answer)).rejects.toThrow('something other than an upload URL');
  });

  test('when the URL leads to another machine', async () => {
    const attempt = answerTo((id) => ({ id, url: `http://192.0.2.1/uploads/${id}`, headers }));
    await expect(attempt).rejects.toThrow(RefusedAddress);
    await expect(attempt).rejects.toThrow('an upload URL that leads astray');
  });
});

describe('which drops are contacted, and how', () => {
  const onion = `http://${'a'.repeat(55)}d.onion`;

  test('one on a loopback address directly, and names do not count as such', async () => {
    for (const url of ['http://127.0.0.1:8787', 'http://127.9.8.7', 'http://[::1]:8787']) {
      expect(dropAt(url).transport).toBe(loopback);
    }
    for (const url of ['https://127.0.0.1', 'http://localhost:8787', 'https://drop.example', 'http://[::2]', onion]) {
      expect(() => checkLoopback(new URL(url))).toThrow(RefusedAddress);
      const asked = loopback({ method: 'GET', url: new URL(url), headers: {}, answerMaxBytes: 1 });
      await expect(asked).rejects.toThrow(RefusedAddress);
    }
  });

  test('others over Tor, when nobody on the way can read along', () => {
    for (const url of ['https://drop.example', 'https://192.0.2.1:8443/base', onion, `https://x.${onion.slice(7)}`]) {
      expect(dropAt(url).transport).not.toBe(loopback);
    }
    for (const [url, words] of [
      ['http://localhost:8787', 'has an https:// or an .onion address'],
      ['http://127.0.0.1.example', 'has an https:// or an .onion address'],
      ['http://192.0.2.1', 'has an https:// or an .onion address'],
      ['http://0.0.0.0', 'has an https:// or an .onion address'],
      ['ftp://drop.example', 'has an https:// or an .onion address'],
      ['https://127.0.0.1', 'leads nowhere else'],
      ['http://x.onion', 'see whether it is whole'],
      [onion.replace('d.onion', 'a.onion'), 'see whether it is whole'],
      [onion.replace('http', 'ftp'), 'see whether it is whole'],
      ['drop.example', 'by its URL'],
      ['https://user@drop.example', 'by its URL'],
      ['https://drop.example/?', 'by its URL'],
      ['https://drop.example/#', 'by its URL'],
      // A dot at the end makes a name for the name service of what is an onion service without it.
      ['https://drop.example.', 'ends in a dot is refused'],
      [`${onion}.`, 'ends in a dot is refused'],
      [`${onion.replace('http', 'https')}.`, 'ends in a dot is refused'],
      ['http://localhost.:8787', 'ends in a dot is refused'],
    ]) {
      expect(() => dropAt(url!), url).toThrow(words);
    }
  });

  test('an .onion drop leads nowhere else, whatever it answers', async () => {
    const id = 'A'.repeat(43);
    const asked: string[] = [];
    for (const place of ['https://elsewhere.example', 'http://127.0.0.1:1//elsewhere.example', 'http://x:y@z:1/a']) {
      const transport: Transport = async ({ url, method }) => {
        asked.push(url.host);
        const answer = { id, url: `${place}/uploads/${id}?X-Amz-Signature=1`, headers: UPLOAD_HEADERS };
        return method === 'GET' ? { status: 200, body: Buffer.from(JSON.stringify(answer)) } : OK;
      };
      const jane = newIdentity(onion, 0, 4_000_000_000);
      await upload(way(onion, transport), contactOf(jane), { text: 'x' });
      const { url } = await getUploadUrl(way(onion, transport));
      expect(url.href).toBe(`${onion}${new URL(place).pathname.replace(/\/$/, '')}/uploads/${id}?X-Amz-Signature=1`);
    }
    expect(asked).toHaveLength(9);
    expect(new Set(asked)).toEqual(new Set([onion.slice('http://'.length)]));
  });
});

const OK = { status: 200, body: new Uint8Array() };

test('a longer answer than asked for is cut off', async () => {
  const drop = await withDrop();
  const url = new URL(`${drop.url}/upload-url`);
  const { body } = await loopback({ method: 'GET', url, headers: {}, answerMaxBytes: 5 });
  expect(body).toHaveLength(5);
});

test('waits double, and are never longer than stated', async () => {
  const waits: number[] = [];
  let last = Date.now();
  const transport: Transport = async () => {
    waits.push(Date.now() - last);
    last = Date.now();
    return { status: 503, body: new Uint8Array() };
  };
  const request = { method: 'GET', url: new URL('http://127.0.0.1:1'), headers: {}, answerMaxBytes: 1 } as const;
  await expect(withRetries(transport, () => request, { tries: 4, firstWaitMilliseconds: 40 })).rejects.toThrow(
    Unreachable,
  );
  for (const [i, wait] of waits.slice(1).entries()) expect(wait).toBeGreaterThanOrEqual(20 * 2 ** i - 1);
});

test('who waits is told of each try that failed, why, and when the next comes, and of the end; never of what or where', async () => {
  const answers = [503, 429, 200];
  const transport: Transport = async () => ({ status: answers.shift()!, body: new Uint8Array() });
  const request = { method: 'GET', url: new URL('http://127.0.0.1:1/secret'), headers: {}, answerMaxBytes: 1 } as const;
  const told: unknown[] = [];
  const asking = (what: string) => (failed?: unknown) => told.push(failed ?? `${what}: over`);
  const asked = { asking, what: 'batch' } as const;
  await withRetries(transport, () => request, { tries: 4, firstWaitMilliseconds: 1 }, asked);
  const failed = (tried: number, kind: string, why: string) => ({
    tried,
    tries: 4,
    kind,
    why,
    waitMilliseconds: expect.any(Number),
  });
  expect(told).toEqual([
    failed(1, 'fault', 'the drop has a fault'),
    failed(2, 'busy', 'the drop is busy'),
    'batch: over',
  ]);
  told.length = 0;
  const down: Transport = () => Promise.reject(new Error('127.0.0.1:1/secret'));
  await expect(withRetries(down, () => request, { tries: 2, firstWaitMilliseconds: 1 }, asked)).rejects.toThrow();
  expect(told).toEqual([{ ...failed(1, 'unreachable', 'the drop cannot be reached'), tries: 2 }, 'batch: over']);
});

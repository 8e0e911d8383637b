import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { checkOverTor, type DropRequest } from '../core/drop/transport.ts';
import { RefusedAddress, TransportFault } from '../core/drop/transport-fault.ts';
import { fetchTransport, transportTo } from '../page/transport.ts';

const ONION = `${'a'.repeat(55)}d.onion`;
const UNREACHABLE = 'the drop cannot be reached: try again later';
const SILENT = 'the drop fell silent: try again later';

/** What a front was asked. */
interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

let server: Server;
let base: string;
let asked: Asked[];
/** What it does when a request is there. */
let answer: (response: ServerResponse, asked: Asked) => void;

beforeEach(async () => {
  asked = [];
  answer = (response) => response.end('good');
  server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part);
    const each = { method: request.method!, path: request.url!, headers: request.headers, body: Buffer.concat(parts) };
    asked.push(each);
    response.setHeader('access-control-allow-origin', 'null');
    answer(response, each);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(() => {
  vi.unstubAllGlobals();
  server.closeAllConnections();
  server.close();
});

/** To this machine, as no page goes. */
const transport = fetchTransport(() => undefined);
const get = (more: Partial<DropRequest> = {}): DropRequest => ({
  method: 'GET',
  url: new URL(`${base}/list?a=b`),
  headers: {},
  answerMaxBytes: 1000,
  ...more,
});
const text = (body: Uint8Array) => Buffer.from(body).toString();

describe('an address', () => {
  test('is taken when it is a whole one of an onion service, or a name below it, where the command takes it, too', () => {
    const taken = [`http://${ONION}`, `https://${ONION}/`, `http://${ONION}:8080/a`, `http://www.drop-1.${ONION}`];
    for (const url of taken) {
      transportTo(new URL(url));
      checkOverTor(new URL(url));
    }
  });

  test.each([
    'https://drop.example',
    'http://127.0.0.1:8787',
    `http://${'a'.repeat(55)}.onion`,
    `http://${'a'.repeat(55)}e.onion`,
    `http://${ONION}.example`,
    `http://${ONION}.`,
    `ftp://${ONION}`,
    'http://short.onion',
    `http://a${ONION}`,
    `http://.${ONION}`,
  ])('is refused before anything is asked: %s', async (url) => {
    const fetching = vi.fn();
    vi.stubGlobal('fetch', fetching);
    expect(() => transportTo(new URL(url))).toThrow(RefusedAddress);
    const reached = transportTo(new URL(`http://${ONION}`));
    await expect(reached(get({ url: new URL(url) }))).rejects.toThrow(RefusedAddress);
    expect(fetching).not.toHaveBeenCalled();
  });
});

describe('a request', () => {
  test('that reads is sent as it is, with a range and nothing else of its heads', async () => {
    const { status, body, headers } = await transport(get({ headers: { range: 'bytes=0-9' } }));
    expect([status, text(body), headers?.['content-length']]).toEqual([200, 'good', '4']);
    expect(asked[0]).toMatchObject({ method: 'GET', path: '/list?a=b', headers: { range: 'bytes=0-9' } });
    await transport(get());
    expect(asked[1]!.headers.range).toBeUndefined();
  });

  test("that leaves something is a POST of plain text, and its heads are the front's to put in", async () => {
    const headers = { 'content-type': 'application/octet-stream', 'content-length': '5', 'if-none-match': '*' };
    const body = Uint8Array.of(0, 1, 2, 254, 255);
    await transport(get({ method: 'PUT', headers, body }));
    expect(asked[0]).toMatchObject({ method: 'POST', body: Buffer.from(body) });
    expect(asked[0]!.headers).toMatchObject({ 'content-type': 'text/plain', 'content-length': '5' });
    expect(asked[0]!.headers['if-none-match']).toBeUndefined();
    await transport(get({ method: 'PUT', headers: {} }));
    expect(asked[1]).toMatchObject({ method: 'POST', body: Buffer.alloc(0) });
  });

  test('says nothing of who asks, keeps nothing and follows nothing', async () => {
    const fetching = vi.fn(async () => new Response('good'));
    vi.stubGlobal('fetch', fetching);
    await transport(get());
    expect(fetching).toHaveBeenCalledWith(get().url, {
      method: 'GET',
      headers: {},
      cache: 'no-store',
      credentials: 'omit',
      mode: 'cors',
      redirect: 'error',
      referrerPolicy: 'no-referrer',
      signal: expect.any(AbortSignal),
    });
  });

  test.each<Partial<DropRequest>>([
    { method: 'POST' },
    { method: 'DELETE' },
    { headers: { 'if-none-match': '*' } },
    { headers: { range: 'bytes=0-9', accept: '*/*' } },
  ])('that a browser would ask about beforehand is a fault: %j', async (more) => {
    await expect(transport(get(more))).rejects.toThrow(TypeError);
    expect(asked).toEqual([]);
  });
});

describe('an answer', () => {
  test('of any status is one', async () => {
    for (const status of [204, 403, 404, 412, 429, 503]) {
      answer = (response) => response.writeHead(status).end();
      expect(await transport(get())).toMatchObject({ status, body: new Uint8Array() });
    }
  });

  test('is read to the limit, and then no further', async () => {
    let isClosed: Promise<unknown> = Promise.resolve();
    answer = (response) => {
      isClosed = once(response, 'close');
      response.write(Buffer.alloc(600, 1));
      response.write(Buffer.alloc(600, 2)); // and no end
    };
    const { body } = await transport(get());
    expect(Buffer.compare(body, Buffer.concat([Buffer.alloc(600, 1), Buffer.alloc(400, 2)]))).toBe(0);
    await isClosed;
  });

  test('of many parts is put together', async () => {
    const parts = Array.from({ length: 50 }, (_, i) => Buffer.alloc(1000, i));
    answer = async (response) => {
      for (const part of parts) {
        response.write(part);
        await new Promise((resolve) => setImmediate(resolve));
      }
      response.end();
    };
    const { body } = await transport(get({ answerMaxBytes: 10 ** 6 }));
    expect(Buffer.compare(body, Buffer.concat(parts))).toBe(0);
  });

  test('that is shorter than it said is none', async () => {
    answer = (response) => {
      response.writeHead(200, { 'content-length': 100 });
      response.write('half', () => response.destroy());
    };
    await expect(transport(get())).rejects.toEqual(new TransportFault(UNREACHABLE));
    // Where a browser takes the end of the connection for the end of the answer:
    vi.stubGlobal('fetch', async () => new Response('half', { headers: { 'content-length': '5' } }));
    await expect(transport(get())).rejects.toEqual(new TransportFault(UNREACHABLE));
    vi.stubGlobal('fetch', async () => new Response('whole', { headers: { 'content-length': '5' } }));
    expect(text((await transport(get())).body)).toBe('whole');
  });
});

describe('a fault', () => {
  test('of the transport is none of ours: no front, a broken connection, a redirection', async () => {
    for (const trouble of [
      (response: ServerResponse) => response.destroy(),
      (response: ServerResponse) => response.writeHead(302, { location: `${base}/other` }).end(),
    ]) {
      answer = trouble;
      await expect(transport(get())).rejects.toEqual(new TransportFault(UNREACHABLE));
    }
    expect(asked.map(({ path }) => path)).not.toContain('/other');
    const { port } = new URL(base);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await expect(transport(get({ url: new URL(`http://127.0.0.1:${port}`) }))).rejects.toEqual(
      new TransportFault(UNREACHABLE),
    );
  });

  test('is not an abort, which is told by its reason', async () => {
    const [ending, reason] = [new AbortController(), new Error('enough')];
    answer = () => ending.abort(reason);
    await expect(transport(get({ signal: ending.signal }))).rejects.toBe(reason);
    await expect(transport(get({ signal: ending.signal }))).rejects.toBe(reason);
    expect(asked).toHaveLength(1);
  });
});

describe('requests at the same time', () => {
  test('are sent one after another, by all transports of a page, whatever becomes of each', async () => {
    let [underWay, most] = [0, 0];
    answer = (response, { path }) => {
      underWay += 1;
      most = Math.max(most, underWay);
      setTimeout(() => {
        underWay -= 1;
        if (path === '/3') response.destroy();
        else response.end(path);
      }, 5);
    };
    const other = fetchTransport(() => undefined);
    const answers = Array.from({ length: 10 }, (_, i) =>
      (i % 2 === 0 ? transport : other)(get({ url: new URL(`${base}/${i}`) })).then(
        ({ body }) => text(body),
        (error: Error) => error.message,
      ),
    );
    expect(await Promise.all(answers)).toEqual(Array.from({ length: 10 }, (_, i) => (i === 3 ? UNREACHABLE : `/${i}`)));
    expect(most).toBe(1);
    expect(asked.map(({ path }) => path)).toEqual(Array.from({ length: 10 }, (_, i) => `/${i}`));
  });

  test('one that waits leaves at once when it is aborted, is not sent, and holds nobody', async () => {
    let release = () => {};
    answer = (response, { path }) => {
      if (path === '/first') release = () => response.end();
      else response.end();
    };
    const first = transport(get({ url: new URL(`${base}/first`) }));
    await vi.waitFor(() => expect(asked).toHaveLength(1));
    const [ending, reason] = [new AbortController(), new Error('enough')];
    const second = transport(get({ url: new URL(`${base}/second`), signal: ending.signal }));
    const third = transport(get({ url: new URL(`${base}/third`) }));
    ending.abort(reason);
    await expect(second).rejects.toBe(reason);
    expect(asked).toHaveLength(1); // while the first is still under way
    release();
    await Promise.all([first, third]);
    expect(asked.map(({ path }) => path)).toEqual(['/first', '/third']);
  });
});

describe('time', () => {
  /** A front that has been asked, and answers as it is told. */
  interface Front {
    head(): void;
    part(): Promise<void>;
    end(): void;
  }
  let fronts: Front[];

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    fronts = [];
    vi.stubGlobal('fetch', (_: URL, { signal }: { signal: AbortSignal }) => {
      const { promise, resolve, reject } = Promise.withResolvers<Response>();
      let stream: ReadableStreamDefaultController<Uint8Array>;
      const body = new ReadableStream<Uint8Array>({
        start: (controller) => {
          stream = controller;
        },
      });
      signal.addEventListener('abort', () => {
        reject(signal.reason);
        stream.error(signal.reason);
      });
      fronts.push({
        head: () => resolve(new Response(body)),
        part: async () => stream.enqueue(Uint8Array.of(1)),
        end: () => stream.close(),
      });
      return promise;
    });
  });
  afterEach(() => vi.useRealTimers());

  const pass = (seconds: number) => vi.advanceTimersByTimeAsync(seconds * 1000);
  /** What came of a request so far. */
  function begin(more?: Partial<DropRequest>) {
    const state = { outcome: 'none yet' };
    transport(get(more)).then(
      ({ body }) => {
        state.outcome = `${body.length} bytes`;
      },
      (error: Error) => {
        state.outcome = error.message;
      },
    );
    return state;
  }

  test('of two minutes without an answer is silence, and a cell has four minutes and sixteen seconds more', async () => {
    for (const [more, seconds] of [
      [{}, 120],
      [{ method: 'PUT', body: new Uint8Array(2 ** 20) }, 120 + 256],
    ] as const) {
      const request = begin(more);
      await pass(seconds - 1);
      expect(request.outcome).toBe('none yet');
      await pass(1);
      expect(request.outcome).toBe(SILENT);
      expect(vi.getTimerCount()).toBe(0);
    }
  });

  test('of silence begins anew with the head and each part of an answer', async () => {
    const request = begin();
    await pass(119);
    fronts[0]!.head();
    for (let i = 0; i < 5; i += 1) {
      await pass(119);
      fronts[0]!.part();
    }
    await pass(119);
    expect(request.outcome).toBe('none yet');
    fronts[0]!.end();
    await pass(0);
    expect(request.outcome).toBe('5 bytes');
    expect(vi.getTimerCount()).toBe(0);
    const other = begin();
    await pass(0);
    fronts[1]!.head();
    await pass(119);
    fronts[1]!.part();
    await pass(120);
    expect(other.outcome).toBe(SILENT);
  });

  test('of half an hour ends an answer that comes a byte at a time', async () => {
    const request = begin();
    await pass(0);
    fronts[0]!.head();
    for (let i = 0; i < 17; i += 1) {
      await pass(100);
      fronts[0]!.part();
    }
    await pass(99);
    expect(request.outcome).toBe('none yet');
    await pass(1);
    expect(request.outcome).toBe(UNREACHABLE);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('that a request waits for its turn is not its own', async () => {
    const [first, second] = [begin(), begin()];
    await pass(100);
    fronts[0]!.head();
    await pass(100);
    expect(fronts).toHaveLength(1);
    fronts[0]!.end();
    await pass(119);
    expect(first.outcome).toBe('0 bytes');
    expect(fronts).toHaveLength(2);
    expect(second.outcome).toBe('none yet');
    await pass(1);
    expect(second.outcome).toBe(SILENT);
  });
});

import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, createServer as createTcpServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { DropRequest } from '../core/drop/transport.ts';
import { TransportFault } from '../core/drop/transport-fault.ts';
import { checkSocks, connectThrough, type SocksPort } from '../node/transport/socks.ts';
import { overTor, parseSocksPort, TOR_PORTS } from '../node/transport/tor.ts';
import { transportOver } from '../node/transport/transport.ts';
import { socksServer } from './socks-server.ts';

const ONION = `http://${'a'.repeat(55)}d.onion`;
const ask = (more: Partial<DropRequest> = {}): DropRequest => ({
  method: 'GET',
  url: new URL(`${ONION}/x?y`),
  headers: {},
  answerMaxBytes: 1000,
  ...more,
});

/** A drop of sorts: says how many bytes it got. */
async function counter(): Promise<number> {
  const server = createServer((request, answer) => {
    buffer(request).then(
      ({ length }) => answer.end(String(length)),
      () => answer.destroy(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as { port: number }).port;
}

/** Why a request failed, or undefined. */
const faultOf = (attempt: Promise<unknown>) =>
  attempt.then(
    () => undefined,
    (error: unknown) => error,
  );

test.each([{}, { dribbles: true }, { bound: 3 }, { bound: 4 }] as const)(
  'a request goes through, its name unresolved, its body whole: %o',
  async (faults) => {
    const socks = await socksServer(await counter(), faults);
    const transport = overTor([socks.port]);
    const body = new Uint8Array(2 ** 20);
    const headers = { 'if-none-match': '*', 'content-length': String(body.length) };
    const { status, body: answer } = await transport(ask({ method: 'PUT', headers, body }));
    expect([status, Buffer.from(answer).toString()]).toEqual([200, String(2 ** 20)]);
    const [request] = socks.requests;
    expect([request!.host, request!.port]).toEqual([ONION.slice(7), 80]);
    const sent = request!.sent();
    const head = sent.subarray(0, sent.indexOf('\r\n\r\n') + 4);
    expect(head.toString()).toBe(
      `PUT /x?y HTTP/1.1\r\nhost: ${ONION.slice(7)}\r\nconnection: close\r\nif-none-match: *\r\ncontent-length: 1048576\r\n\r\n`,
    );
    expect(sent.length).toBe(head.length + 2 ** 20); // streamed as it is: no chunks, nothing before or after
  },
);

test('every request has a connection and credentials of its own: 128 random bits twice', async () => {
  const socks = await socksServer(await counter());
  const transport = overTor([socks.port]);
  for (let i = 0; i < 50; i += 1) await transport(ask());
  expect(socks.requests).toHaveLength(50);
  const credentials = socks.requests.flatMap(({ user, password }) => [user, password]);
  expect(new Set(credentials).size).toBe(100);
  for (const text of credentials) expect(text).toMatch(/^[0-9a-f]{32}$/);
  await expect.poll(() => socks.open.size).toBe(0);
});

describe('each refusal is told in one line that says what to do', () => {
  test.each([
    [1, false, 'see whether it is connected'],
    [2, false, 'see whether the address of the drop is right'],
    [3, false, 'see whether this machine is connected'],
    [4, false, 'see whether the address is right'],
    [5, false, 'try again later'],
    [6, false, 'try again'],
    [7, true, 'with --socks'],
    [8, true, 'with --socks'],
    [9, false, 'a reason unknown here (9)'],
    [0xf0, false, 'the onion service of the drop is not there'],
    [0xf1, false, 'see whether Tor is up to date'],
    [0xf2, false, 'try again later'],
    [0xf3, false, 'try again'],
    [0xf4, true, 'give your Tor the one that you got'],
    [0xf5, true, 'ask its operator'],
    [0xf6, true, 'copied as a whole'],
    [0xf7, false, 'try again later'],
    [0xff, false, 'a reason unknown here (255)'],
  ])('reply %i', async (reply, isFinal, words) => {
    const socks = await socksServer(1, { reply });
    const fault = await faultOf(overTor([socks.port])(ask()));
    expect(fault).toBeInstanceOf(TransportFault);
    expect(fault).toMatchObject({ isFinal, message: expect.stringContaining(words) });
    expect((fault as Error).message).not.toMatch(/\n|\.onion\/|127\.0\.0\.1/);
    await expect.poll(() => socks.open.size).toBe(0);
  });
});

describe('a proxy that does not keep requests apart, or is none, is not used', () => {
  const words = 'does not keep requests apart as Tor does';
  test.each([
    ['asks for nothing', { greeting: Uint8Array.of(5, 0) }],
    ['wants something else', { greeting: Uint8Array.of(5, 1) }],
    ['takes none of the methods', { greeting: Uint8Array.of(5, 0xff) }],
    ['speaks SOCKS 4', { greeting: Uint8Array.of(4, 2) }],
    ['speaks HTTP', { greeting: Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n') }],
    ['denies the credentials', { denied: 1 }],
  ])('one that %s', async (_, faults) => {
    const socks = await socksServer(await counter(), faults);
    const fault = await faultOf(overTor([socks.port, ...TOR_PORTS])(ask()));
    expect(fault).toMatchObject({ isFinal: true, message: expect.stringContaining(words) });
    expect(socks.requests).toEqual([]);
    await expect(checkSocks([socks.port])).rejects.toThrow(words);
    await expect.poll(() => socks.open.size).toBe(0);
  });

  test('one that isolates nothing, since it is not Tor', async () => {
    for (const faults of [{ isNoTor: true }, { hangsUpAt: 2 }]) {
      const socks = await socksServer(await counter(), faults);
      await expect(checkSocks([socks.port])).rejects.toThrow(words);
      await expect.poll(() => socks.open.size).toBe(0);
    }
  });
});

test.each([0, 1, 2])('a proxy that hangs up in place of answer %i is told so', async (hangsUpAt) => {
  const socks = await socksServer(await counter(), { hangsUpAt });
  await expect(overTor([socks.port])(ask())).rejects.toThrow('Tor hung up: see whether it is still running');
});

test.each([0, 1, 2, undefined])('an abort ends a request at once and closes it, silent at %o', async (silentAt) => {
  const dead = createServer(() => {});
  await new Promise<void>((resolve) => dead.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    dead.closeAllConnections();
    dead.close();
  });
  const socks = await socksServer((dead.address() as { port: number }).port, { silentAt });
  const stop = new AbortController();
  const asked = overTor([socks.port])(ask({ signal: stop.signal }));
  const fault = faultOf(asked);
  await expect.poll(() => socks.open.size).toBe(1);
  if (silentAt === undefined) await expect.poll(() => socks.requests[0]?.sent().length ?? 0).toBeGreaterThan(0);
  stop.abort(new Error('enough'));
  expect(await fault).toMatchObject({ message: 'enough' });
  await expect.poll(() => socks.open.size).toBe(0);
});

test('an abort while the first port is connected to ends it, and no other port is tried', async () => {
  const [first, second] = [await socksServer(await counter()), await socksServer(await counter(), { silentAt: 0 })];
  const stop = new AbortController();
  let reached = 0;
  const watched = new Proxy(second.port, {
    get(port, name) {
      if (name === 'port') reached += 1;
      return Reflect.get(port, name);
    },
  });
  const asked = faultOf(overTor([first.port, watched])(ask({ signal: stop.signal })));
  const checked = faultOf(checkSocks([first.port, watched], stop.signal));
  stop.abort(new Error('enough'));
  for (const fault of await Promise.all([asked, checked])) expect(fault).toMatchObject({ message: 'enough' });
  expect([reached, second.open.size]).toEqual([0, 0]);
});

test('the next port is tried where nobody listens, and nowhere else', async () => {
  const port = await counter();
  const [good, bad] = [await socksServer(port), await socksServer(port, { reply: 1 })];
  const nobody: SocksPort[] = [{ host: '127.0.0.1', port: 9 }, { path: join(tmpdir(), 'dead-drop-no-such-socket') }];
  expect((await overTor([...nobody, good.port, bad.port])(ask())).status).toBe(200);
  await expect(overTor([...nobody, bad.port, good.port])(ask())).rejects.toThrow('no way to the drop');
  expect(good.requests).toHaveLength(1);
  await expect(overTor(nobody)(ask())).rejects.toThrow('Tor is not running here: start Tor or Tor Browser');
  await expect(checkSocks(nobody)).rejects.toThrow('Tor is not running here');
  await checkSocks([...nobody, good.port]);
});

test('a connection that breaks off in the middle is told, and nothing goes another way', async () => {
  const socks = await socksServer(await counter());
  const asked = overTor([socks.port])(
    ask({ method: 'PUT', headers: { 'content-length': '999999999' }, body: new Uint8Array(999_999_999) }),
  );
  const fault = faultOf(asked);
  await expect.poll(() => socks.requests[0]?.sent().length ?? 0, { interval: 5 }).toBeGreaterThan(2 ** 16);
  for (const socket of socks.open) socket.destroy();
  expect(await fault).toMatchObject({ isFinal: false, message: 'the connection through Tor broke off: try again' });
  expect(socks.requests).toHaveLength(1);
});

describe('nothing is waited for without end', () => {
  const limits = { silenceMilliseconds: 150, slowestBytesPerSecond: 1000, requestMilliseconds: 400 };
  const anyone = () => {};

  /** A server that behaves in some way towards whoever connects. */
  async function server(behave: (socket: Socket) => void): Promise<number> {
    const open = new Set<Socket>();
    const listening = createTcpServer((socket) => {
      open.add(socket);
      socket.on('error', () => {});
      behave(socket);
    });
    await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      for (const socket of open) socket.destroy();
      listening.close();
    });
    return (listening.address() as { port: number }).port;
  }
  const to = (port: number, some = limits) => {
    const transport = transportOver(
      anyone,
      async () => {
        const socket = connect(port, '127.0.0.1');
        await once(socket, 'connect');
        return socket;
      },
      some,
    );
    return (more: Partial<DropRequest> = {}) => transport(ask({ url: new URL('http://127.0.0.1/'), ...more }));
  };

  test('a drop that falls silent, sooner without a body than with one', async () => {
    const silent = await server(() => {});
    await expect(to(silent)()).rejects.toThrow('the drop fell silent: try again later');
    const body = new Uint8Array(1000); // a second more
    const put = to(silent, { ...limits, requestMilliseconds: 500 })({ method: 'PUT', body });
    await expect(put).rejects.not.toThrow('fell silent'); // the request's own end came first
  });

  test('a drop that sends a byte now and then', async () => {
    const dripping = await server((socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n');
      const timer = setInterval(() => socket.write('x'), 20);
      socket.on('close', () => clearInterval(timer));
    });
    await expect(to(dripping)()).rejects.toThrow('timeout');
  });

  test('a SOCKS port that says nothing', async () => {
    const socks = await socksServer(1, { silentAt: 0 });
    const credentials = { user: Uint8Array.of(1), password: Uint8Array.of(1) };
    const target = { host: 'drop.example', port: 443 };
    const signal = new AbortController().signal;
    await expect(connectThrough([socks.port], credentials, target, signal, 100)).rejects.toThrow(
      'Tor found no way within two minutes',
    );
    await expect.poll(() => socks.open.size).toBe(0);
  });

  test.each([
    ['an answer that ends where the connection does', 'HTTP/1.1 200 OK\r\n\r\nhalf of it'],
    ['an answer that ends too soon', 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf of it'],
    ['a chunked answer that ends too soon', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n64\r\nhalf'],
    ['a head without an end', `HTTP/1.1 200 OK\r\nx: ${'x'.repeat(100_000)}`],
  ])('and %s is no answer', async (_, answer) => {
    const cutting = await server((socket) => socket.once('data', () => socket.end(answer)));
    await expect(to(cutting)()).rejects.toThrow();
  });
});

test('a SOCKS port is an address and a number, or a unix socket', () => {
  expect(parseSocksPort('127.0.0.1:9050')).toEqual({ host: '127.0.0.1', port: 9050 });
  expect(parseSocksPort('localhost:9150')).toEqual({ host: '127.0.0.1', port: 9150 }); // nobody is asked who that is
  expect(parseSocksPort('[::1]:9050')).toEqual({ host: '::1', port: 9050 });
  expect(parseSocksPort('10.152.152.10:9050')).toEqual({ host: '10.152.152.10', port: 9050 });
  expect(parseSocksPort('unix:/run/tor/socks')).toEqual({ path: '/run/tor/socks' });
  for (const text of [
    '',
    '9050',
    ':9050',
    'tor.example:9050',
    '127.0.0.1',
    '127.0.0.1:0',
    '127.0.0.1:65536',
    '127.0.0.1:9050/',
    '::1:9050',
    '[127.0.0.1]:9050',
    'unix:',
    'unix:relative',
    'socks5h://127.0.0.1:9050',
  ]) {
    expect(() => parseSocksPort(text), text).toThrow('like 127.0.0.1:9050, or as unix:/path');
  }
});

import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { connect, createServer as createTcpServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { createServer as createTlsServer } from 'node:tls';
import { gunzipSync } from 'node:zlib';
import { describe, expect, onTestFinished, test } from 'vitest';
import { checkPage } from '../gateway/check-page.ts';
import { checkTorrc } from '../gateway/check-torrc.ts';
import { type Front, INSTALLED, parseResolver, parseTarget, sha256 } from '../gateway/front.ts';
import { checkServed, waitUntilPublished } from '../gateway/run.ts';
import { writeFront } from '../gateway/write.ts';
import { command } from './command.ts';
import { proxyTo } from './nginx.ts';
import { folder } from './people.ts';
import { startNames } from './tor/names.ts';
import { makeCertificate, openTlsFront, tlsOf } from './tor/tls-front.ts';

/** The last of what nginx says. */
const CLOSE = ['Connection', 'close'];

const ID = 'A'.repeat(43);
const WHERE = ['--drop', 'https://drop.example', '--uploads', 'https://b.s3.example'];

/** Whether a program is there. In CI it must be: nothing is skipped there. */
const has = (name: string) =>
  process.env.CI !== undefined ||
  !spawnSync(name, ['--version'], { env: { PATH: `${process.env.PATH}:/usr/sbin` } }).error;
if (!has('nginx')) process.stderr.write('Some tests of the gateway are skipped: nginx is not installed\n');

/** An origin that says what it was asked, headers and all. */
async function echo(): Promise<string> {
  const server = createServer(async (incoming, answer) => {
    const { method, url, rawHeaders } = incoming;
    const bytes = await buffer(incoming).then(
      ({ length }) => length,
      () => -1,
    );
    answer.end(JSON.stringify({ method, url, rawHeaders, bytes }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as { port: number }).port}`;
}

async function ask(socketPath: string, method: string, path: string, headers = {}, body?: Uint8Array) {
  const asked = request({ socketPath, method, path, headers: { host: 'x.onion', ...headers }, agent: false });
  const answer = await new Promise<import('node:http').IncomingMessage>((resolve, reject) => {
    asked.on('response', resolve).on('error', reject).end(body);
  });
  const bytes = await buffer(answer);
  return { status: answer.statusCode, headers: answer.headers, bytes, text: bytes.toString() };
}

describe.skipIf(!has('nginx'))('what passes the front', () => {
  const chatter = {
    cookie: 'who=me',
    'user-agent': 'Mozilla/5.0',
    'accept-language': 'de',
    'x-forwarded-for': '192.0.2.1',
    referer: 'http://x',
    'x-mark': 'yes',
    'if-none-match': 'mark',
    'content-type': 'text/mark',
  };

  test('is the path, the query, the body and a plain range, with headers of the front’s own', async () => {
    const [drop, uploads] = [await echo(), await echo()];
    const { socket } = await proxyTo(drop, uploads);
    const seen = async (method: string, path: string, headers = {}, body?: Uint8Array) => {
      const { status, text } = await ask(socket, method, path, { ...chatter, ...headers }, body);
      expect(status).toBe(200);
      return JSON.parse(text);
    };
    const [api, storage] = [drop, uploads].map((url) => new URL(url).host);
    expect(await seen('GET', '/upload-url')).toEqual({
      method: 'GET',
      url: '/upload-url',
      rawHeaders: ['Host', api, ...CLOSE],
      bytes: 0,
    });
    const query = `?X-Amz-Credential=ASIA%2F20261122%2Feu%2Fs3%2Faws4_request&X-Amz-Signature=0a&x-id=PutObject`;
    const length = { 'content-length': 2 ** 20 };
    for (const path of [`/uploads/${ID}${query}`, `/bucket-1.x/uploads/${ID}${query}`]) {
      const put = await seen('PUT', path, length, Buffer.alloc(2 ** 20));
      expect(put).toMatchObject({ method: 'PUT', url: path, bytes: 2 ** 20 });
      expect(put.rawHeaders.toString()).toBe(
        ['Host', storage, 'If-None-Match', '*', ...CLOSE, 'Content-Length', 2 ** 20].toString(),
      );
    }
    const put = await seen('PUT', '/register-id', { 'content-length': 80 }, Buffer.alloc(80));
    expect(put.bytes).toBe(80);
    expect(put.rawHeaders).toEqual([
      ...['Host', api, 'Content-Type', 'application/octet-stream', ...CLOSE, 'Content-Length', '80'],
    ]);
    const asked = `/upload-url?id=${ID}&work=AbCdEfGh_-0`;
    expect(await seen('GET', asked)).toMatchObject({ url: asked, rawHeaders: ['Host', api, ...CLOSE] });
    const worked = '/register-id?work=AbCdEfGh_-0';
    expect(await seen('PUT', worked, { 'content-length': 80 }, Buffer.alloc(80))).toEqual({ ...put, url: worked });
    const slot = '2026-11-22T11:25:00Z';
    for (const path of [
      '/?list-type=2&prefix=ids%2F',
      `/?list-type=2&prefix=ids%2F&start-after=${encodeURIComponent(`ids/${slot}`)}`,
      `/ids/${slot}`,
      `/uploads/${ID}`,
    ]) {
      const got = await seen('GET', path, { range: 'bytes=0-4194303' });
      expect(got).toMatchObject({ url: path, rawHeaders: ['Host', api, 'Range', 'bytes=0-4194303', ...CLOSE] });
      expect((await seen('GET', path, { range: 'bytes=0-,5-9,7-' })).rawHeaders).toEqual(['Host', api, ...CLOSE]);
    }
  });

  test('is nothing else', async () => {
    const origin = await echo();
    const { socket, run } = await proxyTo(origin, origin);
    for (const [method, path] of [
      ['GET', '/'],
      ['GET', '/?list-type=2'],
      ['GET', '/?list-type=2&prefix='],
      ['GET', '/?list-type=2&prefix=uploads%2F'],
      ['GET', '/?list-type=2&prefix=ids%2F&max-keys=1'],
      ['GET', '/ids/'],
      ['GET', `/ids/${'x'.repeat(20)}`],
      ['GET', `/uploads/${ID}?versionId=1`],
      ['GET', `/uploads/${ID}/`],
      ['GET', `//uploads/${ID}`],
      ['GET', `/x/../uploads/${ID}`],
      ['GET', '/%75pload-url'],
      ['GET', '/Upload-URL'],
      ['PUT', '/Register-id'],
      ['PUT', `/./uploads/${ID}?acl`],
      ['PUT', `/../uploads/${ID}?x`],
      ['HEAD', '/upload-url'],
      ['POST', '/register-id'],
      ['PUT', '/register-id?x'],
      ['PUT', '/register-id?work='],
      ['PUT', '/register-id?work=AbCdEfGh_-0&x'],
      ['PUT', '/register-id?work=AbCdEfGh_-01'],
      ['PUT', `/register-id?id=${ID}&work=AbCdEfGh_-0`],
      ['GET', `/upload-url?id=${ID}`],
      ['GET', '/upload-url?work=AbCdEfGh_-0'],
      ['GET', `/upload-url?work=AbCdEfGh_-0&id=${ID}`],
      ['PUT', `/uploads/${ID}`],
      ['PUT', `/a/b/uploads/${ID}?x`],
      ['DELETE', `/uploads/${ID}?x`],
      ['OPTIONS', '*'],
    ] as const) {
      const { status } = await ask(socket, method, path);
      expect([400, 404], `${method} ${path}`).toContain(status);
    }
    const { text } = await ask(socket, 'GET', 'http://elsewhere.example/upload-url');
    expect(JSON.parse(text)).toMatchObject({
      url: '/upload-url',
      rawHeaders: ['Host', new URL(origin).host, ...CLOSE],
    });
    expect(readdirSync(run).sort()).toEqual(
      ['body', 'fastcgi', 'nginx.pid', 'proxy', 'proxy.sock', 'resolver.conf', 'scgi', 'uwsgi'].sort(),
    );
    for (const name of ['body', 'proxy']) expect(readdirSync(join(run, name))).toEqual([]);
  });

  test('is sent once when it is a registration, whatever becomes of it, and to the next address when it is not', async () => {
    let asked: string[] = [];
    const certificate = makeCertificate(folder());
    const hangUp = createTlsServer(tlsOf(certificate), (socket) => {
      socket.once('data', (data) => {
        asked.push(String(data).slice(0, 5));
        socket.destroy();
      });
    });
    // Two addresses on the same port; nginx gets both from the name server.
    await new Promise<void>((resolve) => hangUp.listen(0, '0.0.0.0', resolve));
    onTestFinished(() => void hangUp.close());
    const { port } = hangUp.address() as { port: number };
    const names = await startNames([1, 2]);
    onTestFinished(names.stop);
    const drop = `https://drop.test:${port}`;
    const { socket } = await proxyTo(drop, drop, {
      resolver: names.address,
      authorities: readFileSync(certificate.file, 'utf8'),
    });
    expect(await ask(socket, 'GET', '/upload-url')).toMatchObject({ status: 502 });
    expect(asked).toEqual(['GET /', 'GET /']);
    asked = [];
    expect(await ask(socket, 'PUT', '/register-id', { 'content-length': 80 }, Buffer.alloc(80))).toMatchObject({
      status: 502,
    });
    expect(asked).toEqual(['PUT /']);
  });

  test('reaches a drop whose certificate is right, and no other', async () => {
    const right = makeCertificate(folder());
    const origin = await echo();
    const front = await openTlsFront('drop.test', right, () => origin);
    onTestFinished(front.close);
    const names = await startNames();
    onTestFinished(names.stop);
    const statusOf = async (host: string, authorities: string) => {
      const drop = front.url.replace('drop.test', host);
      const { socket } = await proxyTo(drop, drop, { resolver: names.address, authorities });
      return (await ask(socket, 'GET', '/upload-url')).status;
    };
    const trusted = readFileSync(right.file, 'utf8');
    const stranger = readFileSync(makeCertificate(folder()).file, 'utf8');
    expect(await statusOf('drop.test', trusted)).toBe(200);
    expect(await statusOf('other.test', trusted)).toBe(502);
    expect(await statusOf('drop.test', stranger)).toBe(502);
  });

  test('goes straight through: a cell reaches the drop while it is still being sent', async () => {
    const { promise: arrived, resolve } = Promise.withResolvers<Socket>();
    const origin = createServer((incoming) => incoming.once('data', () => resolve(incoming.socket)));
    await new Promise<void>((done) => origin.listen(0, '127.0.0.1', done));
    onTestFinished(() => {
      origin.closeAllConnections();
      origin.close();
    });
    const url = `http://127.0.0.1:${(origin.address() as { port: number }).port}`;
    const { socket } = await proxyTo(url, url);
    const client = connect(socket);
    onTestFinished(() => void client.destroy());
    client.write(`PUT /uploads/${ID}?x HTTP/1.1\r\nhost: x\r\ncontent-length: 1048576\r\n\r\n${'x'.repeat(1000)}`);
    expect((await arrived).destroyed).toBe(false);
  });
});

/** An origin that keeps what arrives, byte for byte, and says the same each time. */
async function listen(says: string): Promise<{ url: string; heard: () => Buffer }> {
  const heard: Buffer[] = [];
  const server = createTcpServer((socket) => {
    let request = Buffer.alloc(0);
    socket
      .on('error', () => {})
      .on('data', (part) => {
        heard.push(part);
        request = Buffer.concat([request, part]);
        const end = request.indexOf('\r\n\r\n');
        const [, length = '0'] = /content-length: (\d+)/i.exec(request.subarray(0, end).toString()) ?? [];
        if (end >= 0 && request.length >= end + 4 + Number(length)) socket.end(says);
      });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const url = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  return { url, heard: () => Buffer.concat(heard.splice(0)) };
}

describe.skipIf(!has('nginx'))('what a page asks for', () => {
  /** What Tor Browser says of a sandboxed frame's fetch, and what it never would. */
  const browser = {
    'user-agent': 'Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0',
    accept: '*/*',
    'accept-language': 'en-US,en;q=0.5',
    'accept-encoding': 'gzip, deflate',
    'sec-fetch-dest': 'empty',
    'sec-fetch-mode': 'cors',
    'sec-fetch-site': 'cross-site',
    'sec-gpc': '1',
    dnt: '1',
    priority: 'u=4',
    pragma: 'no-cache',
    'cache-control': 'no-cache',
    connection: 'keep-alive',
    cookie: 'who=me',
    origin: 'null',
  };
  const text = { ...browser, 'content-type': 'text/plain;charset=UTF-8' };
  const slot = '2026-11-22T11:25:00Z';
  const range = { range: 'bytes=0-4194303' };
  const [id, cell] = [Buffer.alloc(80, 7), Buffer.alloc(2 ** 20, 9)];
  const query = '?X-Amz-Credential=ASIA%2F20261122%2Feu%2Fs3%2Faws4_request&X-Amz-Signature=0a&x-id=PutObject';
  const putId = { 'content-type': 'application/octet-stream' };
  const putCell = { 'if-none-match': '*' };
  /** Path, what a command says and sends, and with which headers of its own a page asks for the same. */
  const kinds: [path: string, command: Record<string, string>, body?: Buffer][] = [
    ['/upload-url', {}],
    [`/upload-url?id=${ID}&work=AbCdEfGh_-0`, {}],
    ['/?list-type=2&prefix=ids%2F', {}],
    [`/?list-type=2&prefix=ids%2F&start-after=${encodeURIComponent(`ids/${slot}`)}`, {}],
    [`/ids/${slot}`, range],
    [`/ids/${slot}`, {}],
    ['/summaries/2026-11-22', range],
    ['/summaries/2026-11-22T11', range],
    [`/uploads/${ID}`, {}],
    ['/register-id', putId, id],
    ['/register-id?work=AbCdEfGh_-0', putId, id],
    [`/uploads/${ID}${query}`, putCell, cell],
    [`/bucket-1.x/uploads/${ID}${query}`, putCell, cell],
  ];
  const says = 'HTTP/1.1 200 OK\r\nETag: "0123"\r\nContent-Length: 2\r\nX-Amz-Id-2: z\r\n\r\nhi';
  const lengthOf = (body?: Buffer): Record<string, string> =>
    body === undefined ? {} : { 'content-length': String(body.length) };

  /** The bytes of an answer as they come. */
  const raw = async (socketPath: string, head: string, body?: Buffer) => {
    const socket = connect(socketPath);
    socket.write(head);
    socket.write(body ?? '');
    return (await buffer(socket)).toString().replace(/^Date: .*\r\n/m, '');
  };
  const headOf = (method: string, path: string, headers: Record<string, string>) =>
    `${method} ${path} HTTP/1.1\r\n${Object.entries({ host: 'x.onion', ...headers })
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join('')}\r\n`;

  test.each(kinds)('arrives as what a command asks for, byte for byte: %s %j', async (path, said, body) => {
    const [drop, uploads] = [await listen(says), await listen(says)];
    const { socket } = await proxyTo(drop.url, uploads.url);
    const heard = () => Buffer.concat([drop.heard(), uploads.heard()]);
    const length = lengthOf(body);
    const isRead = body === undefined;
    const command = await ask(socket, isRead ? 'GET' : 'PUT', path, { connection: 'close', ...said, ...length }, body);
    const asCommand = heard();
    expect(command).toMatchObject({ status: 200, text: 'hi' });
    const of = isRead ? { ...browser, ...said } : text;
    const page = await ask(socket, isRead ? 'GET' : 'POST', path, { ...of, ...length }, body);
    expect(page).toMatchObject({ status: 200, text: 'hi' });
    const asPage = heard();
    expect(asPage.subarray(0, 200).toString()).toBe(asCommand.subarray(0, 200).toString());
    expect(asPage.equals(asCommand)).toBe(true);
    expect(asPage.length).toBeGreaterThan((body?.length ?? 0) + path.length);
    expect(asPage.toString('latin1')).not.toMatch(/mozilla|sec-|origin|cookie|language|text\/plain|cors|null/i);
  });

  test('is answered with leave to read it, whatever the answer; a command’s answers are what they were', async () => {
    const drop = await listen(says);
    const { socket } = await proxyTo(drop.url, drop.url);
    const plain = 'HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Length: 2\r\nConnection: close\r\n';
    const theirs = 'ETag: "0123"\r\nX-Amz-Id-2: z\r\n';
    const leave = 'Access-Control-Allow-Origin: null\r\nAccess-Control-Expose-Headers: ETag\r\nVary: Origin\r\n';
    const upload = `/uploads/${ID}?x`;
    expect(await raw(socket, headOf('GET', '/upload-url', {}))).toBe(`${plain}${theirs}\r\nhi`);
    expect(await raw(socket, headOf('GET', '/upload-url', browser))).toBe(`${plain}${theirs}${leave}\r\nhi`);
    const put = { 'if-none-match': '*', ...lengthOf(id) };
    expect(await raw(socket, headOf('PUT', upload, put), id)).toBe(`${plain}${theirs}\r\nhi`);
    expect(await raw(socket, headOf('POST', upload, { ...text, ...lengthOf(id) }), id)).toBe(
      `${plain}${theirs}${leave}\r\nhi`,
    );
    const allowed = {
      'access-control-allow-origin': 'null',
      'access-control-expose-headers': 'ETag',
      vary: 'Origin',
      connection: 'close',
    };
    const tooLong = lengthOf(Buffer.alloc(2 ** 20 + 1));
    const down = await proxyTo('http://127.0.0.1:1', 'http://127.0.0.1:1');
    for (const [status, path, method, length, through] of [
      [404, '/upload-url?x', 'GET', {}, socket],
      [404, '/nothing', 'POST', lengthOf(id), socket],
      [413, upload, 'POST', tooLong, socket],
      [502, '/upload-url', 'GET', {}, down.socket],
      [502, '/register-id', 'POST', lengthOf(Buffer.alloc(0)), down.socket],
    ] as const) {
      const { headers, ...answer } = await ask(through, method, path, { ...text, ...length });
      expect({ ...answer, headers }, path).toMatchObject({ status, headers: allowed });
      const ofCommand = await ask(through, method === 'POST' ? 'PUT' : method, path, length);
      expect(ofCommand.status, path).toBe(status);
      for (const name of Object.keys(ofCommand.headers)) expect(name).not.toMatch(/^(access-control-.*|vary)$/);
    }
  });

  test('is answered with nothing that would have a browser keep something, or go elsewhere, whatever a drop says', async () => {
    const said = {
      'set-cookie': 'a=b',
      'alt-svc': 'h2="elsewhere.example:443"',
      refresh: '0;url=https://elsewhere.example/',
      link: '<https://elsewhere.example/>; rel=preconnect',
      'access-control-allow-origin': '*',
      'access-control-allow-methods': 'PUT',
      'access-control-allow-headers': '*',
      'access-control-allow-credentials': 'true',
      'access-control-expose-headers': '*',
      'access-control-max-age': '600',
    };
    const lines = Object.entries(said).map(([name, value]) => `${name}: ${value}\r\n`);
    const drop = await listen(`HTTP/1.1 200 OK\r\n${lines.join('')}Content-Length: 2\r\n\r\nhi`);
    const { socket } = await proxyTo(drop.url, drop.url);
    const kept = { 'access-control-allow-origin': 'null', 'access-control-expose-headers': 'ETag', vary: 'Origin' };
    for (const [who, leave] of [
      [browser, kept],
      [{}, {}],
    ] as const) {
      const { headers, text: body } = await ask(socket, 'GET', '/upload-url', who);
      const { date: _, ...rest } = headers;
      expect(body).toBe('hi');
      expect(rest).toEqual({ server: 'nginx', 'content-length': '2', connection: 'close', ...leave });
    }
  });

  test('is asked for without asking first; a browser that does so all the same is answered by the front', async () => {
    const drop = await listen(says);
    const { socket } = await proxyTo(drop.url, drop.url);
    for (const [path] of kinds) {
      const asks = { ...browser, 'access-control-request-method': 'POST', 'access-control-request-headers': 'range' };
      const answer = await ask(socket, 'OPTIONS', path, asks);
      expect(answer).toMatchObject({ status: 204, text: '' });
      expect(Object.entries(answer.headers).filter(([name]) => /^access|^vary/.test(name))).toEqual([
        ['access-control-allow-origin', 'null'],
        ['access-control-expose-headers', 'ETag'],
        ['access-control-allow-methods', 'GET, POST'],
        ['access-control-allow-headers', 'Range'],
        ['vary', 'Origin'],
      ]);
      for (const origin of [{}, { origin: 'https://site.example' }]) {
        const { status, headers } = await ask(socket, 'OPTIONS', path, origin);
        expect(status).toBe(404);
        expect(Object.keys(headers).filter((name) => name.startsWith('access'))).toEqual([]);
      }
    }
    expect(drop.heard().length).toBe(0);
  });

  test('is not to be had for a site, nor as a page of the front’s, nor in a command’s way', async () => {
    const drop = await listen(says);
    const { socket } = await proxyTo(drop.url, drop.url);
    const upload = `/uploads/${ID}?x`;
    const length = lengthOf(id);
    const asked: [method: string, path: string, headers: Record<string, string>][] = [];
    for (const origin of ['https://site.example', 'http://x.onion', 'NULL', 'null, null', 'nullx', 'file://'])
      for (const [method, path] of [
        ['GET', '/upload-url'],
        ['POST', '/register-id'],
        ['POST', upload],
        ['PUT', upload],
      ])
        asked.push([method!, path!, { ...text, origin }]);
    for (const mode of ['navigate', 'no-cors', 'same-origin', 'websocket', 'cors']) {
      const headers = { 'sec-fetch-mode': mode };
      for (const path of ['/upload-url', `/uploads/${ID}`, `/ids/${slot}`]) asked.push(['GET', path, headers]);
      if (mode !== 'cors') asked.push(['POST', '/register-id', { ...text, ...headers }]);
    }
    // A command does not post, and a page does not put; nobody deletes.
    for (const path of ['/register-id', upload]) {
      asked.push(['POST', path, {}], ['PUT', path, { ...text }], ['DELETE', path, { ...text }], ['DELETE', path, {}]);
      asked.push(['PATCH', path, { ...text }], ['HEAD', path, { ...browser }]);
    }
    for (const path of ['/upload-url', '/', '/ids/', `/uploads/${ID}`, `/ids/${slot}`, '/?delete', '/register-id?x'])
      asked.push(['POST', path, { ...text }]);
    for (const [method, path, headers] of asked) {
      const { 'content-type': _, ...bare } = headers;
      const isRead = ['GET', 'HEAD'].includes(method);
      const answer = await ask(
        socket,
        method,
        path,
        isRead ? bare : { ...headers, ...length },
        isRead ? undefined : id,
      );
      expect(answer.status, `${method} ${path} ${JSON.stringify(headers)}`).toBe(404);
      if (headers.origin !== 'null') expect(answer.headers).not.toHaveProperty('access-control-allow-origin');
    }
    expect(drop.heard().length).toBe(0);
  });

  test('is sent once when it is a registration, as a command’s is', async () => {
    let asked = 0;
    const hangUp = createTcpServer((socket) => {
      socket.once('data', () => {
        asked += 1;
        socket.destroy();
      });
    });
    await new Promise<void>((resolve) => hangUp.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void hangUp.close());
    const url = `http://127.0.0.1:${(hangUp.address() as { port: number }).port}`;
    const { socket } = await proxyTo(url, url);
    expect(await ask(socket, 'POST', '/register-id', { ...text, ...lengthOf(id) }, id)).toMatchObject({ status: 502 });
    expect(asked).toBe(1);
  });
});

/** A page that a browser would show, with characters that are more than a byte. */
const PAGE = Buffer.from(`<!doctype html>\n<meta charset="utf-8">\n<p>${'Schreib an Jané '.repeat(9000)}\n`);

describe.skipIf(!has('nginx'))('the page', () => {
  const atRoot = { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document', 'accept-encoding': 'gzip, deflate' };

  test('is served at /, byte for byte, with strict headers, to be kept by nobody', async () => {
    const drop = await listen('');
    const { socket } = await proxyTo(drop.url, drop.url, { page: PAGE });
    const got = await ask(socket, 'GET', '/');
    expect(got.status).toBe(200);
    expect(got.bytes.equals(PAGE)).toBe(true);
    const { date: _, ...headers } = got.headers;
    expect(headers).toEqual({
      server: 'nginx',
      'content-type': 'text/html; charset=utf-8',
      'content-length': String(PAGE.length),
      connection: 'close',
      'cache-control': 'no-store',
      'content-security-policy': "frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
      'cross-origin-opener-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    });
    const packed = await ask(socket, 'GET', '/', atRoot);
    expect(packed.headers['content-encoding']).toBe('gzip');
    expect(gunzipSync(packed.bytes).equals(PAGE)).toBe(true);
    expect(packed.bytes.length).toBeLessThan(PAGE.length / 2);
    const head = await ask(socket, 'HEAD', '/');
    expect({ ...head.headers, date: _ }).toEqual(got.headers);
    expect(head).toMatchObject({ status: 200, text: '' });
    const since = { range: 'bytes=0-9', 'if-modified-since': new Date(Date.now() + 1e6).toUTCString() };
    expect(await ask(socket, 'GET', '/', since)).toMatchObject({ status: 200, text: PAGE.toString() });
    expect(drop.heard().length).toBe(0);
  });

  test('is nowhere else, and what the front hands on is as without it', async () => {
    const origin = await echo();
    const { socket } = await proxyTo(origin, origin, { page: PAGE });
    const nowhere = [
      '/?',
      '/?x',
      '/page',
      '/page.html',
      '/index.html',
      '//',
      '/./',
      '/x/..',
      '/?list-type=2',
      '/nginx.conf',
    ];
    for (const path of nowhere) expect((await ask(socket, 'GET', path, atRoot)).status, path).toBe(404);
    for (const [method, origin] of [
      ['POST', 'null'],
      ['GET', 'null'],
      ['POST', ''],
      ['PUT', ''],
      ['GET', 'https://x.example'],
    ])
      expect((await ask(socket, method!, '/', origin ? { origin } : {})).status, `${method} ${origin}`).toBe(404);
    const list = '/?list-type=2&prefix=ids%2F';
    for (const headers of [{}, { origin: 'null', 'sec-fetch-mode': 'cors' }])
      expect(JSON.parse((await ask(socket, 'GET', list, headers)).text)).toMatchObject({ method: 'GET', url: list });
    const { text } = await ask(socket, 'PUT', '/register-id', { 'content-length': 80 }, Buffer.alloc(80));
    expect(JSON.parse(text)).toMatchObject({ method: 'PUT', bytes: 80 });
  });

  test('that nginx cannot read, or that is another one, is noticed before anybody is told of the gateway', async () => {
    const drop = await listen('');
    const { socket, config } = await proxyTo(drop.url, drop.url, { page: PAGE });
    await checkServed(socket, PAGE);
    await expect(checkServed(socket, PAGE.subarray(1))).rejects.toThrow(/^nginx cannot read the page there: /);
    renameSync(join(config, 'page.html'), join(config, 'gone'));
    await expect(checkServed(socket, PAGE)).rejects.toThrow(/^nginx cannot read the page there: /);
  });
});

describe('a page file', () => {
  test('that is one is taken as it is, however it is written', () => {
    expect(checkPage(PAGE)).toBe(PAGE);
  });

  test.each([
    ['a picture', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0xff, 0x00]), 'it is no text'],
    ['nothing', Buffer.from(''), 'it does not begin with <!doctype html>'],
    ['a contact', Buffer.from('-----BEGIN DEAD DROP CONTACT-----\n'), 'it does not begin with <!doctype html>'],
    ['a page with a byte order mark', Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), PAGE]), 'it does not begin'],
    ['a page with zeros', Buffer.concat([PAGE, Buffer.alloc(1)]), 'it has bytes that are zero'],
    ['a page of more than 4 MiB', Buffer.concat([PAGE, Buffer.alloc(2 ** 22, 'x')]), 'it has more than 4 MiB'],
  ])('that is %s is refused', (_, bytes, why) => {
    expect(() => checkPage(bytes)).toThrow(`the page file is none: ${why}`);
  });
});

describe('the files', () => {
  const front: Front = {
    drop: 'https://drop.example',
    uploads: 'https://b.s3.example',
    places: INSTALLED,
  };

  test('are written by the command, for a server, over an earlier version', async () => {
    const cwd = folder();
    const files = ['nginx.conf', 'torrc', 'start', 'dead-drop-gateway.service', 'Containerfile'];
    mkdirSync(join(cwd, 'dead-drop-gateway'));
    writeFileSync(join(cwd, 'dead-drop-gateway/torrc'), 'old');
    const { status, out } = await command(['gateway', ...WHERE], { cwd });
    expect({ status, out }).toEqual({ status: 0, out: files.map((name) => `dead-drop-gateway/${name}\n`).join('') });
    expect(readdirSync(join(cwd, 'dead-drop-gateway')).sort()).toEqual([...files].sort());
    expect(readFileSync(join(cwd, 'dead-drop-gateway/torrc'), 'utf8')).toContain('HiddenServicePoWDefensesEnabled 1');
  });

  test.skipIf(!has('nginx'))('are taken by nginx, tor, bash and systemd, installed where they say', async () => {
    const place = folder();
    await writeFront(place, { ...front, page: PAGE });
    // In a mount namespace of its own, so that nothing of this machine changes.
    const user = process.getuid?.() === 0 ? ['-m'] : ['-Urm'];
    const install = [
      'mount -t tmpfs none /var/lib && mount -t tmpfs none /run && mkdir /run/dead-drop-gateway /var/lib/dead-drop-gateway',
      'mkdir /tmp/etc && cp -a /etc/. /tmp/etc && mount --bind /tmp/etc /etc && mkdir /etc/dead-drop-gateway',
      'cp nginx.conf torrc page.html start /etc/dead-drop-gateway',
      'bash -n /etc/dead-drop-gateway/start',
      'PATH=$PATH:/usr/sbin nginx -t -e stderr -c /etc/dead-drop-gateway/nginx.conf', // before anything has run
      'grep awk /etc/dead-drop-gateway/start > /tmp/pick && bash /tmp/pick && grep -q "^resolver .*;" /run/dead-drop-gateway/resolver.conf',
      'PATH=$PATH:/usr/sbin nginx -t -e stderr -c /etc/dead-drop-gateway/nginx.conf',
      'tor --verify-config -f /etc/dead-drop-gateway/torrc',
      'cp dead-drop-gateway.service /etc/systemd/system',
      'systemd-analyze verify /etc/systemd/system/dead-drop-gateway.service',
    ];
    const script = ['set -e', 'mount -t tmpfs none /tmp', ...install].join('\n');
    const { status, stderr } = spawnSync('unshare', [...user, 'bash', '-c', script], { cwd: place, encoding: 'utf8' });
    expect({ status, stderr }).toMatchObject({ status: 0 });
  });

  test('have the page among them as it is, say its hash, and name it where they say how to install them', async () => {
    const cwd = folder();
    writeFileSync(join(cwd, 'jane.html'), PAGE);
    const { status, out, words } = await command(['gateway', ...WHERE, '--page', 'jane.html'], { cwd });
    expect({ status, out }).toMatchObject({ status: 0, out: expect.stringContaining('dead-drop-gateway/page.html\n') });
    expect(words).toContain(`the page that is served has the SHA-256 ${sha256(PAGE)}\n`);
    const read = (name: string) => readFileSync(join(cwd, 'dead-drop-gateway', name));
    expect(read('page.html').equals(PAGE)).toBe(true);
    expect(read('nginx.conf').toString()).toContain('alias "/etc/dead-drop-gateway/page.html";');
    expect(read('dead-drop-gateway.service').toString()).toContain('install -m 644 nginx.conf torrc page.html /etc');
    expect(read('Containerfile').toString()).toContain('COPY start nginx.conf torrc page.html /etc/dead-drop-gateway/');
    writeFileSync(join(cwd, 'jane.html'), 'Dear Jane,\n');
    expect(await command(['gateway', ...WHERE, '--page', 'jane.html'], { cwd })).toMatchObject({
      status: 1,
      words: 'dead-drop: the page file is none: it does not begin with <!doctype html>\n',
    });
    expect(read('page.html').equals(PAGE)).toBe(true);
  });

  test('log nothing, and have the defences on', async () => {
    const place = folder();
    await writeFront(place, front);
    const read = (name: string) => readFileSync(join(place, name), 'utf8');
    expect(read('nginx.conf')).toMatch(/access_log off;/);
    expect(read('nginx.conf')).toMatch(/error_log \/dev\/null emerg;/);
    expect(read('nginx.conf')).toMatch(/proxy_ssl_verify on;/);
    expect(read('torrc')).toMatch(/^Log err stderr$/m);
    expect(read('torrc').match(/^Log /gm)).toHaveLength(1);
    expect(read('torrc')).toMatch(/^SocksPort 0$/m);
    expect(read('torrc')).toMatch(/^HiddenServicePort 80 unix:"\/run\/dead-drop-gateway\/proxy.sock"$/m);
    expect(read('Containerfile')).toContain('--log-driver=none');
  });
});

describe('a folder that is written again', () => {
  const front: Front = { drop: 'https://drop.example', uploads: 'https://b.s3.example', places: INSTALLED };

  test('keeps what somebody has changed in it, all of it, unless it is to be overwritten', async () => {
    const place = folder();
    const torrc = join(place, 'torrc');
    await writeFront(place, front);
    const written = readFileSync(torrc, 'utf8');
    await writeFront(place, { ...front, drop: 'https://other.example' }); // not changed by anybody
    for (const edit of [
      `${written}UseBridges 1\n`,
      `UseBridges 1\n${written}`,
      written.replace('SocksPort 0', 'SocksPort 1'),
    ]) {
      writeFileSync(torrc, edit);
      await expect(writeFront(place, front)).rejects.toThrow(
        /^changed since it was written: torrc; nothing was written/,
      );
      expect(readFileSync(torrc, 'utf8')).toBe(edit);
      expect(readFileSync(join(place, 'nginx.conf'), 'utf8')).toContain('other.example');
    }
    await writeFront(place, front, { overwrite: true });
    expect(readFileSync(torrc, 'utf8')).toBe(written);
    expect(readFileSync(join(place, 'nginx.conf'), 'utf8')).not.toContain('other.example');
  });

  test('keeps a page that somebody has changed in it, and takes another one in place of its own', async () => {
    const place = folder();
    const path = join(place, 'page.html');
    const [other, foreign]: [Buffer, string[]] = [Buffer.concat([PAGE, PAGE]), []];
    const write = (page: Buffer | undefined, overwrite = false) =>
      writeFront(place, { ...front, page }, { overwrite, foreign: (names) => foreign.push(...names) });
    await write(PAGE);
    await write(other);
    expect(readFileSync(path).equals(other)).toBe(true);
    writeFileSync(path, PAGE);
    await expect(write(other)).rejects.toThrow(/^changed since it was written: page.html; nothing was written/);
    expect(readFileSync(path).equals(PAGE)).toBe(true);
    await write(other, true);
    expect(readFileSync(path).equals(other)).toBe(true);
    expect(foreign).toEqual([]);
    await write(undefined);
    expect(readFileSync(join(place, 'nginx.conf'), 'utf8')).not.toContain('page.html');
    await write(PAGE); // nothing says any more whose it is
    expect(foreign).toEqual(['page.html']);
    expect(readFileSync(path).equals(PAGE)).toBe(true);
  });

  test('tells of files that nothing says who wrote', async () => {
    const place = folder();
    writeFileSync(join(place, 'start'), 'mine');
    const told: string[] = [];
    await writeFront(place, front, { foreign: (names) => told.push(...names) });
    expect(told).toEqual(['start']);
  });
});

describe('a torrc file', () => {
  test.each([
    ['bridges', '# mine\n\nUseBridges 1\nBridge 192.0.2.1:443 0123456789abcdef0123456789abcdef01234567\n'],
    ['a proxy, with Windows line ends', 'HTTPSProxy 192.0.2.1:3128\r\n'],
    ['nothing', ''],
  ])('with %s is taken', (_, text) => {
    expect(checkTorrc(Buffer.from(text))).toBe(text);
  });

  test.each([
    ['a picture', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0xff, 0x00])],
    ['a web page', Buffer.from('<!DOCTYPE html>\n<p>Bridges</p>')],
    ['JSON', Buffer.from('{"UseBridges": 1}')],
    ['a key', Buffer.from('-----BEGIN PRIVATE KEY-----\nAAAA\n')],
    ['bytes that are zero', Buffer.from('UseBridges 1\0')],
  ])('that is %s is refused', (_, bytes) => {
    expect(() => checkTorrc(bytes)).toThrow(/^the torrc file is none: /);
  });

  test.skipIf(!has('tor'))('with a setting that tor does not know is refused, with what tor says', () => {
    expect(() => checkTorrc(Buffer.from('Dear Jane,\n'))).toThrow(/^the torrc file is (none|refused by tor)/);
    expect(() => checkTorrc(Buffer.from('UseBridgse 1\n'))).toThrow(/^the torrc file is refused by tor: .*UseBridgse/);
    expect(() => checkTorrc(Buffer.from('UseBridges perhaps\n'))).toThrow(/^the torrc file is refused by tor: /);
  });
});

test('when tor comes no further, what it says of it is told, once, until it goes on', async () => {
  const path = join(folder(), 'control');
  const phase =
    'NOTICE BOOTSTRAP PROGRESS=5 TAG=conn SUMMARY="Connecting to a relay" WARNING="No route to host" REASON=NOROUTE';
  const server = createTcpServer((socket) => {
    socket.on('data', (chunk) => {
      const asked = String(chunk);
      if (asked.startsWith('GETINFO')) socket.write(`250-status/bootstrap-phase=${phase}\r\n250 OK\r\n`);
      else socket.write('250 OK\r\n');
      if (asked.startsWith('SETEVENTS')) socket.write(`650 STATUS_CLIENT ${phase}\r\n`);
    });
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  onTestFinished(() => void server.close());
  const end = new AbortController();
  const told: string[] = [];
  const percents: number[] = [];
  const stalled = (says: string) => {
    told.push(says);
    end.abort(new Error('enough'));
  };
  const progress = (percent: number) => percents.push(percent);
  await expect(waitUntilPublished(path, end.signal, { progress, stalled, patience: 20 })).rejects.toThrow('enough');
  expect(told).toEqual(['Connecting to a relay: No route to host']);
  expect(percents).toEqual([0, 5]);
});

describe('wrong usage ends with 2, and a word on what is right', () => {
  test.each<[string, string[], string]>([
    ['no drop', ['gateway'], '--drop'],
    ['a drop without TLS', ['gateway', '--drop', 'http://drop.example'], 'like https://drop.example'],
    ['a drop that would be a directive', ['gateway', '--drop', 'https://a.example/";return 200 "'], 'https://drop.ex'],
    ['a name server by name', ['gateway', ...WHERE, '--resolver', 'dns.example'], 'like 192.0.2.53'],
  ])('%s', async (_, args, words) => {
    const cwd = folder();
    const ended = await command(args, { cwd });
    expect(ended).toMatchObject({ status: 2, out: '' });
    expect(ended.words).toContain(words);
    expect(readdirSync(cwd)).toEqual([]);
  });

  test('a folder that a configuration cannot name, and a file that is not there, are refused', async () => {
    const run = (...args: string[]) => command(['gateway', ...WHERE, ...args], { cwd: folder() });
    expect(await run('--run', '--folder', 'a"b')).toMatchObject({
      status: 1,
      words: expect.stringContaining('has a character that is not taken'),
    });
    expect(await run('--torrc', 'secret')).toMatchObject({
      status: 1,
      words: 'dead-drop: the torrc file cannot be read\n',
    });
  });

  test('what is missing to run it is named', async () => {
    const cwd = folder();
    // Node is found by its path; what is not in /usr/sbin is not.
    const ended = await command(['gateway', '--run', ...WHERE], { cwd, env: { PATH: cwd } });
    expect(ended.status).toBe(1);
    expect(ended.words).toMatch(
      /^dead-drop: not installed here: .*setpriv \(apt-get install tor nginx-light util-linux\)\n$/,
    );
  });

  test('targets and name servers have one form', () => {
    expect(parseTarget('https://A.example/base/')).toBe('https://a.example/base');
    expect(parseTarget('http://127.0.0.1:8787')).toBe('http://127.0.0.1:8787');
    expect(parseResolver('[2001:db8::1]:53')).toBe('[2001:db8::1]:53');
    for (const text of [
      'https://u@a.example',
      'https://a.example/?q',
      'https://a.example/$x',
      'ftp://a.example',
      'a',
    ]) {
      expect(() => parseTarget(text), text).toThrow('like https://drop.example');
    }
  });
});

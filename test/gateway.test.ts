import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { connect, createServer as createControlServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { createServer as createTlsServer } from 'node:tls';
import { describe, expect, onTestFinished, test } from 'vitest';
import { checkTorrc } from '../gateway/check-torrc.ts';
import { type Front, INSTALLED, parseResolver, parseTarget, proxySocket } from '../gateway/front.ts';
import { waitUntilPublished } from '../gateway/run.ts';
import { writeFront } from '../gateway/write.ts';
import { command } from './command.ts';
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

/** Runs nginx as a front would, in front of an origin of ours, until the test ends. @returns the path of its socket */
async function proxyTo(
  drop: string,
  uploads: string,
  more: Partial<Front> = {},
): Promise<{ socket: string; run: string }> {
  const [config, run] = [folder(), folder()];
  const places = { config, run, state: join(config, 'state') };
  await writeFront(config, { drop, uploads, places, ...more });
  writeFileSync(join(run, 'resolver.conf'), 'resolver 127.0.0.1;\n');
  chmodSync(run, 0o755); // nginx's workers have a user of their own
  const nginx = spawn('nginx', ['-e', 'stderr', '-c', join(config, 'nginx.conf')], {
    env: { PATH: `${process.env.PATH}:/usr/sbin` },
    stdio: 'inherit',
  });
  onTestFinished(async () => {
    nginx.kill('SIGTERM');
    await new Promise((resolve) => nginx.once('exit', resolve));
  });
  const socket = proxySocket(places);
  await expect.poll(() => existsSync(socket)).toBe(true);
  return { socket, run };
}

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
  return { status: answer.statusCode, text: (await buffer(answer)).toString() };
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
    await writeFront(place, front);
    // In a mount namespace of its own, so that nothing of this machine changes.
    const user = process.getuid?.() === 0 ? ['-m'] : ['-Urm'];
    const install = [
      'mount -t tmpfs none /var/lib && mount -t tmpfs none /run && mkdir /run/dead-drop-gateway /var/lib/dead-drop-gateway',
      'mkdir /tmp/etc && cp -a /etc/. /tmp/etc && mount --bind /tmp/etc /etc && mkdir /etc/dead-drop-gateway',
      'cp nginx.conf torrc start /etc/dead-drop-gateway',
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
  const server = createControlServer((socket) => {
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

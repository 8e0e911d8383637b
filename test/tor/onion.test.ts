import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dropAt, getUpload } from '../../core/drop/drop.ts';
import type { Transport } from '../../core/drop/transport.ts';
import { parseContact, send } from '../../node/index.ts';
import { connectThrough } from '../../node/transport/socks.ts';
import { overSocks, overTor, parseSocksPort } from '../../node/transport/tor.ts';
import { command } from '../command.ts';
import { type Gateway, openGateway } from './onion-front.ts';
import { journey, network, openDesk, openStage, passphrase, type Stage, TEXT } from './stage.ts';
import { streamsDuring } from './streams.ts';

const PAGE = `<!doctype html>\n<p>${'Write to Jané. '.repeat(10_000)}\n`;

/** What Tor Browser says of a fetch in a sandboxed frame. */
const BROWSER = {
  'user-agent': 'Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0',
  accept: '*/*',
  'accept-language': 'en-US,en;q=0.5',
  'sec-fetch-dest': 'empty',
  'sec-fetch-mode': 'cors',
  'sec-fetch-site': 'cross-site',
  origin: 'null',
};

describe.skipIf(network === undefined)('through the onion front', () => {
  let stage: Stage;
  let gateway: Gateway;
  beforeAll(async () => {
    stage = await openStage();
    chmodSync(stage.folder, 0o755); // for nginx's workers, which are not root where this runs as root
    writeFileSync(join(stage.folder, 'jane.html'), PAGE);
    gateway = await openGateway(stage, join(stage.folder, 'gateway'), 'jane.html');
  });
  afterAll(async () => {
    gateway?.process.kill('SIGINT');
    await gateway?.ended;
    await stage.close();
  });

  test('the journey of the demo, byte for byte, without an exit, each request on a circuit of its own', async () => {
    const desk = await openDesk(stage, gateway.url, network!.socks);
    const streams = await streamsDuring(network!.control, () => journey(desk, stage.drop));
    expect(streams.length).toBeGreaterThanOrEqual(12);
    expect(new Set(streams.map(({ target }) => target))).toEqual(new Set([`${new URL(gateway.url).host}:80`]));
    expect(new Set(streams.map(({ circuit }) => circuit)).size).toBe(streams.length);
  });

  test('nothing but the protocol passes, and a drop answers as it does without a front', async () => {
    const transport = overTor([parseSocksPort(network!.socks)]);
    const ask = async (method: 'GET' | 'PUT', path: string, headers = {}, body?: Uint8Array) => {
      const url = new URL(gateway.url + path);
      return (await transport({ method, url, headers, ...(body && { body }), answerMaxBytes: 2000 })).status;
    };
    const id = 'A'.repeat(43);
    const cell = randomBytes(2 ** 20);
    const length = (bytes: Uint8Array) => ({ 'content-length': String(bytes.length) });
    expect(
      await Promise.all([
        ask('GET', '/upload-url'),
        ask('GET', `/uploads/${id}`),
        ask('GET', '/ids/2026-11-22T11:25:00Z'),
        ask('PUT', '/register-id', length(new Uint8Array(79)), new Uint8Array(79)),
        ask('PUT', `/uploads/${id}?X-Amz-Signature=none`, length(cell), cell),
        ask('GET', '/'), // where the page is
        ask('GET', '/?list-type=2&prefix=uploads%2F'),
        ask('GET', '/upload-url?x'),
        ask('GET', '/../upload-url/'),
        ask('PUT', `/uploads/${id}`, length(cell), cell),
        ask('PUT', '/upload-url', length(new Uint8Array(1)), new Uint8Array(1)),
        ask('GET', '/ids/'),
        ask('PUT', `/uploads/${id}?x`, length(Buffer.alloc(2 ** 20 + 1)), Buffer.alloc(2 ** 20 + 1)),
      ]),
    ).toEqual([200, 403, 403, 400, 400, 200, 404, 404, 404, 404, 404, 404, 413]);
  });

  const credentialsOf = (circuit: string) => ({ user: Buffer.from(circuit), password: Buffer.from('0') });

  /** Asks as a page does, over the one circuit that its browser has for it. @param headers - those of its browser */
  const asPage = (circuit: string, headers: Record<string, string> = BROWSER): Transport => {
    const transport = overSocks([parseSocksPort(network!.socks)], () => credentialsOf(circuit));
    return (request) => {
      const { range } = request.headers;
      if (request.body === undefined)
        return transport({ ...request, headers: { ...headers, ...(range !== undefined && { range }) } });
      const sent = { 'content-type': 'text/plain;charset=UTF-8', 'content-length': String(request.body.length) };
      return transport({ ...request, method: 'POST', headers: { ...headers, ...sent } });
    };
  };
  const get = (transport: Transport, path: string) =>
    transport({ method: 'GET', url: new URL(gateway.url + path), headers: {}, answerMaxBytes: 2 ** 21 });

  test('a page is had from the front, sends a letter as a command does, and reads it, all over one circuit', async () => {
    const desk = await openDesk(stage, gateway.url, network!.socks);
    const contact = parseContact(readFileSync(join(desk.cwd, 'jane.contact'), 'utf8'));
    const said: (string | undefined)[] = [];
    const streams = await streamsDuring(network!.control, async () => {
      const { 'user-agent': agent } = BROWSER;
      const { body } = await get(asPage('page', { 'user-agent': agent }), '/');
      expect(Buffer.from(body).toString()).toBe(PAGE);
      const transport: Transport = async (request) => {
        const answer = await asPage('page')(request);
        const { 'access-control-allow-origin': origin, 'access-control-expose-headers': exposed } = answer.headers!;
        said.push(`${request.method} ${answer.status} ${origin} ${exposed}`);
        return answer;
      };
      const drop = dropAt(gateway.url, { transport });
      const { id } = await send(drop, contact, { text: TEXT });
      expect((await getUpload(drop, id))?.length).toBe(2 ** 20);
    });
    expect(said).toEqual(['GET 200', 'PUT 200', 'PUT 204', 'GET 200'].map((each) => `${each} null ETag`));
    expect(streams).toHaveLength(5);
    expect(new Set(streams.map(({ circuit }) => circuit)).size).toBe(1);
    await stage.drop.tick();
    const read = await desk.run(['read', '--inbox', 'inbox'], { passphrase });
    expect(read, read.words).toMatchObject({ status: 0 });
    expect(readFileSync(join(desk.cwd, read.out.trim(), 'letter.txt'), 'utf8')).toBe(TEXT);
  });

  test('a page’s three hundred requests, one after another, pass over one circuit, which none of them ends', async () => {
    const transport = asPage('many');
    const streams = await streamsDuring(network!.control, async () => {
      // On a fast machine that is more than the drop takes in a second, and it says so: an answer all the same.
      for (let i = 0; i < 300; i += 1)
        expect([403, 429]).toContain((await get(transport, `/uploads/${'A'.repeat(43)}`)).status);
    });
    expect(streams).toHaveLength(300);
    expect(new Set(streams.map(({ circuit }) => circuit)).size).toBe(1);
  });

  test('of connections on a circuit eight are taken at a time, whoever ends them; the ninth ends the circuit', async () => {
    const over = new AbortController();
    /** Opens connections on the circuit of `transport`, over which nothing is asked. */
    const hold = async (count: number): Promise<Socket[]> => {
      const to = { host: new URL(gateway.url).hostname, port: 80 };
      const connecting = Array.from({ length: count }, () =>
        connectThrough([parseSocksPort(network!.socks)], credentialsOf('full'), to, over.signal),
      );
      return (await Promise.all(connecting)).map((socket) => socket.on('error', () => {}).resume());
    };
    const transport = asPage('full');
    const isAnswered = () => get(transport, '/upload-url').then(({ status }) => status === 200);
    const streams = await streamsDuring(network!.control, async () => {
      for (let i = 0; i < 3; i += 1) {
        const held = await hold(7);
        expect(await isAnswered()).toBe(true);
        await Promise.all(held.map((socket) => once(socket.destroy(), 'close')));
        // What has just ended counts for a moment more, until tor has told the proxy.
        expect(await isAnswered()).toBe(true);
      }
    });
    expect(streams).toHaveLength(27);
    expect(new Set(streams.map(({ circuit }) => circuit)).size).toBe(1);
    const held = [...(await hold(7)), ...(await hold(1))];
    const closed = held.map((socket) => once(socket, 'close'));
    expect(await isAnswered().catch(() => false)).toBe(false);
    await Promise.all(closed);
    expect(await isAnswered()).toBe(true); // over another one
    over.abort();
  });

  test('its keys are its own, its sockets nobody else’s, and nothing is logged', async () => {
    const state = join(gateway.folder, 'state');
    expect(statSync(state).mode & 0o077).toBe(0);
    expect(statSync(join(state, 'onion')).mode & 0o077).toBe(0);
    const files = readdirSync(gateway.folder, { recursive: true, encoding: 'utf8' });
    expect(files).toContain('state/onion/hs_ed25519_secret_key');
    expect(files.filter((name) => /log/i.test(name))).toEqual([]);
    const host = new URL(gateway.url).hostname;
    for (const name of files.filter((name) => statSync(join(gateway.folder, name)).isFile())) {
      const text = readFileSync(join(gateway.folder, name), 'latin1');
      if (!name.endsWith('/hostname')) expect(text, name).not.toContain(host.slice(0, 20));
      expect(text, name).not.toMatch(/GET \/uploads\/[\w-]{43}[^$]/);
    }
  });

  test('its proof-of-work defence is on, and this tor has one', () => {
    const torrc = join(gateway.folder, 'torrc');
    expect(readFileSync(torrc, 'utf8')).toMatch(/^HiddenServicePoWDefensesEnabled 1$/m);
    expect(spawnSync('tor', ['--verify-config', '-f', torrc], { encoding: 'utf8' }).stdout).toContain('valid');
    expect(spawnSync('tor', ['--list-modules'], { encoding: 'utf8' }).stdout).toContain('pow: yes');
  });

  test('what keeps tor from starting is said', async () => {
    const torrc = join(stage.folder, 'wrong');
    writeFileSync(torrc, 'NoSuchOption 1\n');
    const args = ['--drop', stage.url, '--uploads', stage.uploads, '--torrc', torrc, '--folder', 'wrong-gateway'];
    const { status, words } = await command(['gateway', '--run', ...args], { cwd: stage.folder });
    expect(status).toBe(1);
    expect(words).toContain("Unknown option 'NoSuchOption'");
  });

  test('interrupted, it takes tor and nginx with it; started again, it has the same address; killed, too', async () => {
    /** The gateway's processes: what the command has started, and what that has. */
    const family = (pid: number): { pid: number; name: string }[] => {
      const { stdout } = spawnSync('ps', ['-o', 'pid=,comm=', '--ppid', String(pid)], { encoding: 'utf8' });
      const children = stdout.split('\n').flatMap((line) => {
        const [, id, name] = /^\s*(\d+) (\S+)/.exec(line) ?? [];
        return name === undefined || name === 'ps' ? [] : [{ pid: Number(id), name }];
      });
      return [...children, ...children.flatMap((child) => family(child.pid))];
    };
    const living = (pids: readonly number[]) => pids.filter((pid) => existsSync(`/proc/${pid}`));
    const start = () => {
      const found = family(gateway.process.pid!);
      expect(found.map(({ name }) => name).sort()).toEqual(['bash', 'nginx', 'nginx', 'tor']);
      return found.map(({ pid }) => pid);
    };
    const first = start();
    gateway.process.kill('SIGINT');
    const { status, words } = await gateway.ended;
    expect({ status, words }).toMatchObject({ status: 130, words: expect.stringMatching(/interrupted\n$/) });
    expect(living(first)).toEqual([]);
    const { url } = gateway;
    gateway = await openGateway(stage, gateway.folder, 'jane.html');
    expect(gateway.url).toBe(url);
    const second = start();
    gateway.process.kill('SIGKILL');
    await expect.poll(() => living(second), { timeout: 20_000 }).toEqual([]);
    gateway = await openGateway(stage, gateway.folder, 'jane.html');
    const third = start();
    const { pid } = family(gateway.process.pid!).find(({ name }) => name === 'bash')!;
    process.kill(pid, 'SIGKILL'); // as when memory runs out
    expect(await gateway.ended).toMatchObject({ status: 1, words: expect.stringContaining('tor or nginx has ended') });
    await expect.poll(() => living(third), { timeout: 20_000 }).toEqual([]);
  });
});

import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { fingerprintOf, formatFingerprint } from '../core/keys/fingerprint.ts';
import { contactOf, newIdentity } from '../core/keys/identity.ts';
import { formatContact } from '../wire/contact.ts';
import { UPLOAD_HEADERS } from '../wire/upload-id.ts';
import { withoutRandomness } from './client-hello.ts';
import { type CommandOptions, command } from './command.ts';
import { ONION, onionDrop } from './onion-drop.ts';
import { folder } from './people.ts';
import { type SocksRequest, socksServer } from './socks-server.ts';

const passphrase = 'correct horse battery staple\n';
const HTTPS = 'https://drop.test';

/** Writes the contact of somebody, `jane.contact`, into a folder. @returns its fingerprint */
function contactIn(cwd: string, drop: string): string {
  const contact = contactOf(newIdentity(drop, 0, 4_000_000_000));
  writeFileSync(join(cwd, 'jane.contact'), formatContact(contact));
  return formatFingerprint(fingerprintOf(contact.identity));
}

describe('where Tor is', () => {
  test('is said by --socks, or by ALL_PROXY, and the first wins', async () => {
    const cwd = folder();
    contactIn(cwd, ONION);
    const [socks, other] = [await onionDrop(), await onionDrop()];
    const [here, there] = [socks, other].map(({ port }) => `127.0.0.1:${port.port}`);
    const send = (args: string[], env = {}) =>
      command(['send', '--to', 'jane.contact', ...args], { cwd, env, input: 'Dear Jane' });
    expect(await send(['--socks', here!], { ALL_PROXY: `socks5h://${there}` })).toMatchObject({ status: 0 });
    expect(await send([], { ALL_PROXY: `socks5h://${here}`, all_proxy: `socks5h://${there}` })).toMatchObject({
      status: 0,
    });
    expect(await send([], { ALL_PROXY: '', all_proxy: `socks5://${here}/` })).toMatchObject({ status: 0 });
    expect(socks.requests).toHaveLength(9);
    expect(other.requests).toHaveLength(0);
    expect(new Set(socks.requests.map(({ host, port }) => `http://${host}:${port}`))).toEqual(new Set([`${ONION}:80`]));
  });

  test('is no wish that could be misread', async () => {
    const cwd = folder();
    contactIn(cwd, ONION);
    const send = (args: string[], env = {}) =>
      command(['send', '--to', 'jane.contact', ...args], { cwd, env, input: 'Dear Jane' });
    for (const [args, env, words] of [
      [['--socks', 'tor.example:9050'], {}, 'like 127.0.0.1:9050'],
      [['--socks', '9050'], {}, 'like 127.0.0.1:9050'],
      [[], { ALL_PROXY: 'http://127.0.0.1:3128' }, 'ALL_PROXY is not like socks5h://127.0.0.1:9050'],
      [[], { ALL_PROXY: 'socks5h://me:secret@127.0.0.1:9050' }, 'ALL_PROXY is not like socks5h://127.0.0.1:9050'],
      [[], { ALL_PROXY: 'socks5h://tor.example:9050' }, 'ALL_PROXY is not like socks5h://127.0.0.1:9050'],
      [[], { OPENSSL_CONF: '/dev/null' }, 'OPENSSL_CONF, or --openssl-config, would set you apart'],
      [[], { NODE_OPTIONS: '--openssl-shared-config' }, 'would set you apart'],
      [['--without-tor'], {}, 'asks for words on the terminal, and there is none'],
      [['--without-tor', '--socks', '127.0.0.1:9'], {}, 'contradict each other'],
    ] as const) {
      const ended = await send([...args], env);
      expect(ended, words).toMatchObject({ status: 2, out: '' });
      expect(ended.words).toContain(words);
      expect(ended.words).not.toContain('secret');
    }
  });

  test('is asked before anybody writes a letter for nothing', async () => {
    const cwd = folder();
    const fingerprint = contactIn(cwd, HTTPS);
    const to = ['--to', 'jane.contact', '--fingerprint', fingerprint];
    const ended = await command(['send', ...to, '--socks', '127.0.0.1:9'], {
      cwd,
      keepInputOpen: true, // whoever waits for it waits for ever
    });
    expect(ended).toMatchObject({
      status: 1,
      words: 'dead-drop: Tor is not running here: start Tor or Tor Browser, or name its SOCKS port with --socks\n',
    });
  });
});

test('with each SOCKS error, and a proxy that is none, every command ends with one line that says what to do', async () => {
  const cwd = folder();
  for (const drop of [ONION, HTTPS]) {
    const identity = drop === ONION ? 'onion.identity' : 'https.identity';
    await command(['keygen', '--drop', drop, '--out', identity], { cwd, passphrase });
  }
  const fingerprint = contactIn(cwd, HTTPS);
  const replies = [1, 2, 3, 4, 5, 6, 7, 8, 0xf0, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7];
  const faults = [...replies.map((reply) => ({ reply })), { greeting: Uint8Array.of(5, 0) }, { hangsUpAt: 2 }];
  const commands: [string[], Partial<CommandOptions>][] = [
    [['send', '--to', 'jane.contact', '--fingerprint', fingerprint], { input: 'Dear Jane' }],
    [['register', `${'A'.repeat(107)}=`, '--drop', ONION], {}],
    [['read', '--identity', 'onion.identity'], { passphrase }],
  ];
  const runs = faults.map(async (fault, i) => {
    const socks = await socksServer(1, fault);
    const [args, options] = commands[i % commands.length]!;
    const ended = await command([...args, '--socks', `127.0.0.1:${socks.port.port}`], { cwd, ...options });
    expect(ended, JSON.stringify(fault)).toMatchObject({ status: 1, out: '' });
    expect(ended.words, JSON.stringify(fault)).toMatch(
      /^(1 cell \(1 MiB\), sent at once: [^\n]+\n)?(waiting for [^\n]+\n)*((nothing was|it is perhaps not) registered: [^\n]+\n)?dead-drop: [^\n]+: [^\n]+\n$/,
    );
    expect(ended.words).not.toMatch(/\n {4}at |undefined|\.onion\/|drop\.test/);
    return ended.words;
  });
  const lines = await Promise.all(runs);
  expect(new Set(lines).size).toBeGreaterThanOrEqual(16); // they tell the faults apart
});

describe('two clients on different machines and settings', () => {
  /** Settings that could show in a request, of two people who have nothing in common. */
  const machines = (cwd: string): { env: Record<string, string>; under: string[] }[] => {
    return [
      { env: { LANG: 'C.UTF-8', TZ: 'UTC' }, under: [] },
      {
        env: {
          LANG: 'de_DE.UTF-8',
          LC_ALL: 'de_DE.UTF-8',
          LANGUAGE: 'de:fr',
          TZ: 'Asia/Kathmandu',
          HOME: cwd,
          USER: 'jane',
          HTTP_PROXY: 'http://127.0.0.1:9',
          HTTPS_PROXY: 'http://127.0.0.1:9',
          NODE_USE_ENV_PROXY: '1',
          NODE_OPTIONS:
            '--tls-cipher-list=AES256-SHA --tls-max-v1.2 --max-http-header-size=9999 --no-network-family-autoselection',
          UNDICI_USE_MILO: '1',
          NODE_TLS_REJECT_UNAUTHORIZED: '0',
        },
        under: process.getuid?.() === 0 ? ['unshare', '--uts', 'sh', '-c', 'hostname other && exec "$@"', 'sh'] : [],
      },
    ];
  };

  test('send the same request heads, but for host, path and length', async () => {
    const heads: string[][] = [];
    for (const [i, { env, under }] of machines(folder()).entries()) {
      const cwd = join(folder(), `${'deep/'.repeat(i * 5)}`);
      mkdirSync(cwd, { recursive: true });
      const socks = await onionDrop();
      const transport = ['--socks', `127.0.0.1:${socks.port.port}`];
      const run = async (args: string[], options: Partial<CommandOptions> = {}) => {
        const ended = await command(args, { cwd, env, under, ...options });
        expect(ended, `${args[0]}: ${ended.words}`).toMatchObject({ status: 0 });
        return ended;
      };
      await run(['keygen', '--drop', ONION], { passphrase });
      writeFileSync(join(cwd, 'jane.contact'), (await run(['contact'], { passphrase })).out);
      writeFileSync(join(cwd, 'file'), Buffer.alloc(1_500_000 + i));
      await run(['send', '--to', 'jane.contact', 'file', ...transport]);
      const uploaded = await run(['upload', '--to', 'jane.contact', ...transport], { input: 'x'.repeat(i + 1) });
      await run(['register', uploaded.out.trim(), '--to', 'jane.contact', ...transport]);
      const read = await run(['read', ...transport], { passphrase });
      expect(read.out.trim().split('\n')).toHaveLength(2);
      heads.push(socks.requests.map(headOf));
    }
    expect(heads[0]!.length).toBe(5 + 3 + 5); // two cells and a registration; one; a list, a batch, three cells
    expect(heads[0]).toEqual(heads[1]);
    expect(new Set(heads[0])).toEqual(
      new Set([
        'GET * HTTP/1.1\r\nhost: *\r\nconnection: close\r\n\r\n',
        'PUT * HTTP/1.1\r\nhost: *\r\nconnection: close\r\nif-none-match: *\r\ncontent-length: *\r\n\r\n',
        'PUT * HTTP/1.1\r\nhost: *\r\nconnection: close\r\ncontent-type: application/octet-stream\r\ncontent-length: *\r\n\r\n',
        'GET * HTTP/1.1\r\nhost: *\r\nconnection: close\r\nrange: bytes=0-4194303\r\n\r\n',
      ]),
    );
  });

  test('say the same in their TLS hello, but for what is random in it', async () => {
    const cwd = folder();
    const seen = await Promise.all(
      machines(cwd).map(async ({ env, under }) => {
        const recorder = createServer((socket) => socket.once('data', () => socket.destroy()));
        await new Promise<void>((resolve) => recorder.listen(0, '127.0.0.1', resolve));
        onTestFinished(() => void recorder.close());
        const socks = await socksServer((recorder.address() as { port: number }).port);
        const ended = await command(
          ['register', `${'A'.repeat(107)}=`, '--drop', HTTPS, '--socks', `127.0.0.1:${socks.port.port}`],
          { cwd, env, under },
        );
        expect(ended.words).toContain('the connection through Tor broke off');
        return socks.requests.map(({ sent }) => withoutRandomness(sent()));
      }),
    );
    expect(seen.flat()).toHaveLength(10); // five tries each
    expect(new Set(seen.flat()).size).toBe(1);
    expect(seen[0]![0]!.length).toBeGreaterThan(400);
    expect(seen[0]![0]).not.toContain(Buffer.from('h2').toString('hex'));
  });
});

/** A request's head with host, path and length replaced by `*`. */
function headOf({ sent }: SocksRequest): string {
  const bytes = sent();
  return bytes
    .toString('latin1', 0, bytes.indexOf('\r\n\r\n') + 4)
    .replace(/ \S+ HTTP/, ' * HTTP')
    .replace(/\r\nhost: \S+/, '\r\nhost: *')
    .replace(/content-length: \d+/, 'content-length: *');
}

test('--without-tor leads a drop on this machine nowhere else', async () => {
  const answer = {
    id: 'A'.repeat(43),
    url: `https://elsewhere.example/uploads/${'A'.repeat(43)}`,
    headers: UPLOAD_HEADERS,
  };
  const server = createHttpServer((_, response) => response.end(JSON.stringify(answer)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const cwd = folder();
  contactIn(cwd, `http://127.0.0.1:${(server.address() as { port: number }).port}`);
  const ended = await command(['send', '--to', 'jane.contact', '--without-tor'], { cwd, input: 'Dear Jane' });
  expect(ended).toMatchObject({ status: 1, words: expect.stringContaining('an upload URL that leads astray') });
});

test('--without-tor goes on only when the words are typed on a terminal', async () => {
  const cwd = folder();
  contactIn(cwd, HTTPS);
  const program = join(import.meta.dirname, '../bin/dead-drop.ts');
  const typed = (words: string) =>
    new Promise<string>((resolve) => {
      const line = `${process.execPath} ${program} register ${'A'.repeat(107)}= --drop https://127.0.0.1.invalid --without-tor`;
      // script gives it a terminal; the name does not exist, so that nothing is reached either way.
      const child = spawn('script', ['-qec', line, join(cwd, 'screen')], { cwd, stdio: ['pipe', 'pipe', 'pipe'] });
      let screen = '';
      child.stdout.on('data', (part) => {
        if (!screen.includes('To go on') && (screen + part).includes('To go on')) child.stdin.write(`${words}\n`);
        screen += part;
      });
      child.once('exit', () => resolve(screen));
    });
  const [wrong, right] = await Promise.all([typed('yes'), typed('show them who I am')]);
  expect(wrong).toContain('those were not the words: nothing was sent');
  expect(wrong).not.toContain('cannot be reached');
  expect(right).toContain("Without Tor, the drop, its host and every network on the way see this machine's address");
  expect(right).toContain('the drop cannot be reached: try again later');
  expect(readFileSync(join(cwd, 'screen'), 'utf8')).not.toBe('');
});

import { type ChildProcess, execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { command } from '../command.ts';
import { type Desk, journey, network, openDesk, openStage, passphrase, type Stage } from './stage.ts';
import { watchSystemCalls } from './system-calls.ts';

/** A network namespace without a single interface that is up. */
const ALONE = ['unshare', process.getuid?.() === 0 ? '-n' : '-Urn'];

describe.skipIf(network === undefined)('nothing goes another way', () => {
  let stage: Stage;
  let desk: Desk;
  beforeAll(async () => {
    stage = await openStage();
    desk = await openDesk(stage, stage.url, network!.socks);
  });
  afterAll(() => stage.close());

  /** Runs something, and returns the addresses that it tried to reach. */
  const reached = async (args: string[], options: Parameters<Desk['run']>[1] = {}, status = 0) => {
    const { under, addresses } = watchSystemCalls(stage.folder);
    const ended = await desk.run(args, { ...options, under });
    expect(ended, `${args[0]}: ${ended.words}`).toMatchObject({ status });
    return { ...ended, addresses: addresses() };
  };

  test('every command reaches the SOCKS port and nothing else, and looks nothing up', async () => {
    const only = new Set([network!.socks]);
    writeFileSync(join(desk.cwd, 'file'), Buffer.alloc(1_200_000, 1));
    const to = ['--to', 'jane.contact'];
    expect((await reached(['send', ...to, 'file'])).addresses).toEqual(only);
    const uploaded = await reached(['upload', ...to], { input: 'later' });
    expect(uploaded.addresses).toEqual(only);
    const sealedId = uploaded.out.trim();
    expect((await reached(['register', sealedId, ...to])).addresses).toEqual(only);
    expect((await reached(['register', sealedId, '--drop', stage.url])).addresses).toEqual(only);
    expect((await reached(['open', sealedId, '--inbox', 'other'], { passphrase })).addresses).toEqual(only);
    await stage.drop.tick();
    const read = await reached(['read'], { passphrase });
    expect(read.out.trim().split('\n')).toHaveLength(2);
    expect(read.addresses).toEqual(only);
    expect((await reached(['read', '--drop', stage.url], { passphrase })).addresses).toEqual(only);
  });

  test('so does read --watch, as long as it runs', async () => {
    const watch = ['read', '--watch', '--every', '1', '--inbox', 'watched'];
    const { addresses, out } = await reached(
      watch,
      {
        passphrase,
        meanwhile: (strace) =>
          strace.stdout!.once('data', () => {
            // What strace is sent stays with strace.
            setTimeout(() => spawnSync('pkill', ['-INT', '-P', String(strace.pid)]), 3000);
          }),
      },
      130,
    );
    expect(out).toMatch(/^watched\/letter-/);
    expect(addresses).toEqual(new Set([network!.socks]));
  });

  test('a failing command does not try elsewhere: no Tor, a name that does not exist, a false certificate', async () => {
    const run = async (args: string[], env = {}) => {
      const { under, addresses } = watchSystemCalls(stage.folder);
      const { status, words } = await command(args, { cwd: desk.cwd, input: 'x', env, under });
      expect(status).toBe(1);
      return { words, addresses: addresses() };
    };
    const send = ['send', '--to', 'jane.contact', '--socks'];
    const register = ['register', `${'A'.repeat(107)}=`, '--drop', 'https://nowhere.example', '--socks'];
    const [absent, nowhere, untrusted] = await Promise.all([
      run([...send, '127.0.0.1:9']),
      run([...register, network!.socks]),
      run([...send, network!.socks], { NODE_EXTRA_CA_CERTS: '' }),
    ]);
    expect(absent.words).toContain('Tor is not running here');
    expect(absent.addresses).toEqual(new Set(['127.0.0.1:9']));
    expect(nowhere.words).toContain('see whether the address is right');
    expect(nowhere.addresses).toEqual(new Set([network!.socks]));
    expect(untrusted.words).toContain('certificate is not valid');
    expect(untrusted.addresses).toEqual(new Set([network!.socks]));
  });

  test('without --socks and ALL_PROXY, tor’s port and Tor Browser’s are tried, and nothing else', async () => {
    const { under, addresses } = watchSystemCalls(stage.folder);
    await command(['send', '--to', 'jane.contact'], {
      cwd: desk.cwd,
      input: 'x',
      env: { ALL_PROXY: '', all_proxy: '' },
      under,
    });
    const tried = [...addresses()];
    expect(tried).toContain('127.0.0.1:9050');
    expect(['127.0.0.1:9050', '127.0.0.1:9150']).toEqual(expect.arrayContaining(tried));
  });

  test('commands that need no network use none', async () => {
    const { under, addresses } = watchSystemCalls(stage.folder);
    const run = (args: string[], secret?: string) =>
      command(args, { cwd: desk.cwd, under, ...(secret && { passphrase: secret }) });
    const gateway = ['gateway', '--drop', stage.url, '--uploads', stage.uploads];
    for (const [args, secret] of [
      [['keygen', '--drop', stage.url, '--out', 'another'], passphrase],
      [['contact'], passphrase],
      [['help', 'send']],
      [['--version']],
      [gateway],
    ] as [string[], string?][]) {
      expect(await run(args, secret)).toMatchObject({ status: 0 });
      expect(addresses(), args[0]).toEqual(new Set());
    }
  });

  test.each([
    ['a lookup', `require('node:dns').lookup('drop.test', () => {})`],
    ['a lookup of localhost', `require('node:net').connect(9, 'localhost').on('error', () => {})`],
    ['a request of its own', `fetch('http://127.0.0.1:10001/').catch(() => {})`],
    [
      'a datagram',
      `const s = require('node:dgram').createSocket('udp4'); s.send('x', 53, '127.0.0.1', () => s.close())`,
    ],
    ['a resolver', `require('node:dns').resolve4('drop.test', () => {})`],
    ['a listening port', `const s = require('node:net').createServer().listen(0, '127.0.0.1', () => s.close())`],
  ])('this would be seen: %s', (_, code) => {
    const { under, addresses } = watchSystemCalls(stage.folder);
    const [strace, ...args] = under as [string, ...string[]];
    execFileSync(strace, [...args, process.execPath, '-e', code], { stdio: 'ignore', timeout: 60_000 });
    expect(addresses().size).toBeGreaterThan(0);
    expect(addresses()).not.toEqual(new Set([network!.socks]));
  });

  test('where the SOCKS port is the only way out, the whole journey works, and every command', async () => {
    const alone = await openDesk(stage, stage.url, `unix:${network!.socksPath}`);
    await journey(alone, stage.drop, ALONE);
    const run = async (args: string[], options: Parameters<Desk['run']>[1] = {}, status = 0) => {
      const ended = await alone.run(args, { under: ALONE, ...options });
      expect(ended, `${args[0]}: ${ended.words}`).toMatchObject({ status });
      return ended.out.trim();
    };
    const sealedId = await run(['upload', '--to', 'jane.contact', '--over', '1s'], { input: 'later' });
    await run(['register', sealedId, '--drop', stage.url]);
    await run(['open', sealedId], { passphrase });
    await stage.drop.tick();
    const stop = (child: ChildProcess) => child.stdout!.once('data', () => child.kill('SIGINT'));
    const watch = ['read', '--watch', '--every', '1', '--inbox', 'watched'];
    expect(await run(watch, { passphrase, meanwhile: stop }, 130)).toMatch(/^watched\/letter-/);
  });

  test('and that namespace has no other way', async () => {
    mkdirSync(join(desk.cwd, 'empty'));
    const ended = await desk.run(['send', '--to', 'jane.contact'], { input: 'x', under: ALONE });
    expect(ended).toMatchObject({ status: 1, words: expect.stringContaining('Tor is not running here') });
    const interfaces = execFileSync(ALONE[0]!, [...ALONE.slice(1), 'cat', '/proc/net/route'], { encoding: 'utf8' });
    expect(interfaces.trim().split('\n')).toHaveLength(1); // the heading
    expect(readFileSync('/proc/net/dev', 'utf8')).toContain('lo:');
  });
});

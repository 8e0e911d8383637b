import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, closeSync, copyFileSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterEach, expect, test, vi } from 'vitest';
import { secret } from '../bin/ask.ts';
import { letterText, readGiven } from '../bin/input.ts';
import { addSecretFiles, passphraseOption, sealedIdArgument, shieldSealedId } from '../bin/options.ts';
import { script } from '../scripts/script.ts';
import { folder } from './people.ts';

const root = join(import.meta.dirname, '..');
const launcher = join(root, 'bin/launch.js');
/** Has a process say that its Node is an older one. */
const OLD = `data:text/javascript,Object.defineProperty(process,'versions',{value:{...process.versions,node:'20.1.0'}})`;

afterEach(() => {
  vi.restoreAllMocks();
});

test('the command runs from other folders and under an older Node, through npx with secrets in files or standard input', () => {
  const place = folder();
  const [identity, secret] = [join(place, 'identity'), join(place, 'secret')];
  writeFileSync(secret, 'correct horse\n', { mode: 0o600 });
  const make = ['dead-drop', 'keygen', '--drop', 'http://127.0.0.1:1', '--out', identity, '--passphrase-file', '-'];
  const made = spawnSync('npx', make, { cwd: root, input: 'correct horse', encoding: 'utf8' });
  expect(made).toMatchObject({ status: 0, stdout: `${identity}\n` });

  const old = ['--import', OLD, launcher, 'contact', '--identity', 'identity'];
  const shown = spawnSync(process.execPath, [...old, '--passphrase-fd', '4'], {
    cwd: place,
    stdio: ['ignore', 'pipe', 'pipe', 'ignore', openSync(secret, 'r')],
    encoding: 'utf8',
  });
  expect(shown).toMatchObject({ status: 0, stdout: expect.stringMatching(/^-----BEGIN DEAD DROP CONTACT/) });
  expect(spawnSync(process.execPath, [...old, '--bogus'], { cwd: place }).status).toBe(2);

  mkdirSync(join(place, 'bin'));
  writeFileSync(join(place, 'package.json'), '{"type":"module"}');
  copyFileSync(launcher, join(place, 'bin/launch.js'));
  const alone = spawnSync(process.execPath, ['--import', OLD, 'bin/launch.js'], { cwd: place, encoding: 'utf8' });
  expect(alone).toMatchObject({ status: 1, stdout: '' });
  expect(alone.stderr).toMatch(
    /^dead-drop: this is Node 20\.1\.0, and it takes Node 22\.20, or 24\.7 or newer: [^\n]+\n$/,
  );
});

test('package.json names the launcher, which can be executed', () => {
  const { bin } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  expect(bin).toEqual({ 'dead-drop': 'bin/launch.js' });
  expect(execFileSync(join(root, bin['dead-drop']), ['--version'], { encoding: 'utf8' })).toMatch(/^\d+\.\d+\.\d+\n/);
});

test('each option of a descriptor has one of a file, which others should not be able to read, and whose name stays secret', () => {
  const words = vi.spyOn(process.stderr, 'write').mockReturnValue(true).mock.calls;
  const program = new Command('x');
  const below = program.command('y').addOption(passphraseOption()).exitOverride();
  addSecretFiles(program);
  expect(below.options.map(({ long }) => long)).toEqual(['--passphrase-fd', '--passphrase-file']);
  const parse = (path: string) => {
    below.setOptionValue('passphraseFd', undefined);
    program.exitOverride().parse(['y', '--passphrase-file', path], { from: 'user' });
    return below.opts<{ passphraseFd?: number }>().passphraseFd!;
  };
  const path = join(folder(), 'secret');
  writeFileSync(path, 'correct horse\n', { mode: 0o600 });
  expect(readFileSync(parse(path), 'utf8')).toBe('correct horse\n');
  expect(words).toEqual([]);
  for (const mode of [0o640, 0o604, 0o620]) {
    words.length = 0;
    chmodSync(path, mode);
    expect(parse(path)).toBeGreaterThan(2);
    expect(String(words)).toContain('others on this machine may read');
  }
  for (const wrong of ['abandon ability able', '', folder()]) {
    expect(() => parse(wrong)).toThrow(/^the file of a secret cannot be read$/);
  }
});

test('refuses a terminal where a file is meant: it shows a secret, and cuts a long line', async () => {
  const terminal = '/dev/ptmx';
  const fd = openSync(terminal, 'r+');
  const asked = { name: 'Passphrase', option: '--passphrase-fd', fd, signal: new AbortController().signal };
  await expect(secret(asked)).rejects.toThrow('leave the option out, and you are asked');
  await expect(letterText(terminal, false)).rejects.toThrow('the text file is a terminal: give a file');
  await expect(readGiven(terminal, 'contact file')).rejects.toThrow('the contact file is a terminal');
  closeSync(fd);
});

test('a sealed id is an argument however it was copied, also when it begins with a hyphen', () => {
  const id = `-${'A'.repeat(106)}=`;
  for (const copied of [id, `${id}\r\n`, id.slice(0, -1), `${id.slice(0, 50)}\n${id.slice(50)}`]) {
    expect(shieldSealedId(copied)).toBe(`:${copied}`);
    expect(sealedIdArgument(`:${copied}`)).toEqual(sealedIdArgument(`:${id}`));
  }
  for (const option of ['-', '--to', '-h']) expect(shieldSealedId(option)).toBe(option);
  expect(() => sealedIdArgument('secret')).toThrow(/^(?!.*secret)/);
});

test("the repository's own commands say how they are used, and end with 2 where they are used otherwise", () => {
  const exit = vi.spyOn(process, 'exit').mockImplementation((status) => {
    throw new Error(`ends with ${status}`);
  });
  const words = vi.spyOn(process.stderr, 'write').mockReturnValue(true).mock.calls;
  const out = vi.spyOn(process.stdout, 'write').mockReturnValue(true).mock.calls;
  const parse = (...args: string[]) => script('demo', 'Show something.').parse(args, { from: 'user' });
  for (const args of [['--bogus'], ['more'], ['--quick=1']]) {
    words.length = 0;
    expect(() => parse(...args)).toThrow('ends with 2');
    expect(words.flat().join('')).toMatch(/^error: [^\n]+\n\s*Usage: demo/);
  }
  expect(() => parse('--help')).toThrow('ends with 0');
  expect(out.flat().join('')).toContain('Usage: demo');
  expect(exit).toHaveBeenCalledTimes(4);
  // Each of them begins with that.
  const commands = Object.values<string>(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).scripts)
    .map((line) => /^node ((?:scripts|test|test\/\w+)\/[\w-]+\.ts)$/.exec(line)?.[1])
    .filter((path) => path !== undefined);
  expect(commands).toHaveLength(8);
  for (const path of commands) expect(readFileSync(join(root, path), 'utf8')).toMatch(/\bscript\(\s*'[\w:]+'/);
});

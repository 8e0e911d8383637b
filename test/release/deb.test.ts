import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, expect, inject, test } from 'vitest';
import { program } from '../../bin/program.ts';
import { grammarOf } from '../../scripts/release/grammar.ts';
import { fileOf } from './build.ts';

const release = inject('release');
const deb = fileOf(release, /_amd64\.deb$/);
const grammar = grammarOf(program);

/** A root in which the package is installed. */
const installed = mkdtempSync(join(tmpdir(), 'dead-drop-installed-'));
afterAll(() => rmSync(installed, { recursive: true }));

for (const name of ['info', 'updates', 'triggers'])
  mkdirSync(join(installed, 'var/lib/dpkg', name), { recursive: true });
writeFileSync(join(installed, 'var/lib/dpkg/status'), '');
const dpkg = (...args: string[]) =>
  spawnSync(
    'dpkg',
    [`--root=${installed}`, '--force-depends', '--force-not-root', '--log=/dev/null', '--path-include=/usr/*', ...args],
    {
      encoding: 'utf8',
      env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` },
    },
  );
const installation = dpkg('--install', deb);

const hasProgram = (name: string) => spawnSync(name, ['--version']).error === undefined;

test('the Debian package installs, and is what it says', () => {
  expect(installation, installation.stderr).toMatchObject({ status: 0 });
  expect(dpkg('--verify', 'dead-drop')).toMatchObject({ status: 0, stdout: '' });
  const field = (name: string) => execFileSync('dpkg-deb', ['--field', deb, name], { encoding: 'utf8' }).trim();
  expect(field('Package')).toBe('dead-drop');
  expect(field('Version')).toMatch(/^\d+\.\d+\.\d+(\+changed)?$/);
  expect(field('Suggests')).toBe('tor');
  expect(Number(field('Installed-Size'))).toBeGreaterThan(100_000);
  const executable = readFileSync(join(installed, 'usr/bin/dead-drop'));
  expect(executable.equals(readFileSync(fileOf(release, /-linux-x64$/)))).toBe(true);
  const arm = execFileSync('dpkg-deb', ['--field', fileOf(release, /_arm64\.deb$/), 'Architecture'], {
    encoding: 'utf8',
  });
  expect(arm.trim()).toBe('arm64');
});

test('it names what the executable takes of the system, and no newer than Debian 10 has it', () => {
  const linked = execFileSync('ldd', [fileOf(release, /-linux-x64$/)], { encoding: 'utf8' });
  const names = [...linked.matchAll(/^\s*(lib\S+) =>/gm)].map(([, name]) => name);
  const ofC = ['libdl.so.2', 'libm.so.6', 'libpthread.so.0', 'libc.so.6'];
  expect(names.sort()).toEqual([...ofC, 'libgcc_s.so.1', 'libstdc++.so.6'].sort());
});

test('all in it is root’s, and nobody else may write it', () => {
  const lines = execFileSync('dpkg-deb', ['--contents', deb], { encoding: 'utf8' }).trim().split('\n');
  expect(lines.length).toBeGreaterThan(grammar.length);
  for (const line of lines) expect(line).toMatch(/^(drwxr-xr-x|-rw-r--r--|-rwxr-xr-x) root\/root /);
  const executables = lines.filter((line) => line.startsWith('-rwx'));
  expect(executables.map((line) => line.split(' ').at(-1))).toEqual(['./usr/bin/dead-drop']);
});

test('it has the licence of each package that is in the executable', () => {
  const text = readFileSync(join(installed, 'usr/share/doc/dead-drop/copyright'), 'utf8');
  const bill = JSON.parse(readFileSync(fileOf(release, /\.cdx\.json$/), 'utf8'));
  const names: string[] = bill.components.map(({ name }: { name: string }) => name);
  expect(names).toEqual(expect.arrayContaining(['commander', 'libsodium', '@noble/hashes', 'unpdf', 'undici']));
  for (const name of names.filter((each) => !each.startsWith('node-'))) expect(text).toContain(`\n${name} `);
  expect(text).toContain('Node.js is licensed for use as follows');
  expect(text).not.toContain('brings no text of its licence');
});

test('every command has a manual page, which renders without a warning and has all of its options', () => {
  const pages = readdirSync(join(installed, 'usr/share/man/man1'));
  expect(pages.sort()).toEqual(grammar.map(({ path }) => `${['dead-drop', ...path].join('-')}.1.gz`).sort());
  for (const { path, options } of grammar) {
    const page = join(installed, 'usr/share/man/man1', `${['dead-drop', ...path].join('-')}.1.gz`);
    const env = { ...process.env, MANWIDTH: '200', LC_ALL: 'C.UTF-8' };
    const { stdout, stderr } = spawnSync('man', ['--warnings', '-l', page], { encoding: 'utf8', env });
    expect({ page, stderr }).toEqual({ page, stderr: '' });
    for (const { names } of options) expect(stdout).toContain(names.at(-1));
  }
});

/** What each shell offers behind words, and a part of what it has to. */
const offers: readonly [words: string, expected: readonly string[], never: readonly string[]][] = [
  ['dead-drop se', ['send'], ['read']],
  ['dead-drop mailbox ', ['new', 'read'], ['send']],
  ['dead-drop mailbox read --fi', ['--fingerprint'], ['--from']],
  ['dead-drop send --re', ['--reply-to-mailbox', '--resume'], ['--to']],
  ['dead-drop send --to ja', ['jane.contact'], ['--to']],
  ['dead-drop send ja', ['jane.contact'], ['--to']],
  ['dead-drop read --co', ['--cover'], []],
];

/** A folder with a file to complete. */
const cwd = mkdtempSync(join(tmpdir(), 'dead-drop-completed-'));
afterAll(() => rmSync(cwd, { recursive: true }));
writeFileSync(join(cwd, 'jane.contact'), '');

test.each(offers)('bash completes %j', (words, expected, never) => {
  const file = join(installed, 'usr/share/bash-completion/completions/dead-drop');
  const script = `source "$1"; shift; COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
    function=$(complete -p dead-drop); function=\${function#complete -F }; function=\${function% dead-drop}
    $function dead-drop "\${COMP_WORDS[COMP_CWORD]}" "\${COMP_WORDS[COMP_CWORD - 1]}"; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const out = execFileSync('bash', ['-c', script, 'bash', file, ...words.split(' ')], { cwd, encoding: 'utf8' });
  const offered = out.trim().split('\n');
  expect(offered).toEqual(expect.arrayContaining([...expected]));
  for (const word of never) expect(offered).not.toContain(word);
});

test.skipIf(!process.env.CI && !hasProgram('fish')).each(offers)('fish completes %j', (words, expected, never) => {
  const file = join(installed, 'usr/share/fish/vendor_completions.d/dead-drop.fish');
  const script = 'source $argv[1]; complete -C $argv[2]';
  const out = execFileSync('fish', ['--no-config', '-c', script, file, words], { cwd, encoding: 'utf8' });
  const offered = out
    .trim()
    .split('\n')
    .map((line) => line.split('\t')[0]);
  expect(offered).toEqual(expect.arrayContaining([...expected]));
  for (const word of never) expect(offered).not.toContain(word);
});

/** Asks a zsh on a terminal of its own for a list of what it would complete. */
const ZSH = `
  zmodload zsh/zpty
  zpty z zsh -f -i
  zpty -w z "cd $PWD; fpath=($1 \\$fpath); autoload -U compinit; compinit -u -D"
  zpty -w z "list() { zle list-choices; zle -R; print DO''NE > /dev/tty }; zle -N list; bindkey '^I' list; echo READY''NOW"
  while zpty -r z part; do all+=$part; [[ $all == *READYNOW* ]] && break; done
  zpty -w -n z "$2"$'\\t'
  all=
  while zpty -r z part; do all+=$part; [[ $all == *DONE* ]] && break; done
  print -r -- $all`;

test.skipIf(!process.env.CI && !hasProgram('zsh')).each(offers)('zsh completes %j', (words, expected, never) => {
  const folder = join(installed, 'usr/share/zsh/vendor-completions');
  expect(existsSync(join(folder, '_dead-drop'))).toBe(true);
  const env = { ...process.env, TERM: 'xterm' };
  const out = execFileSync('zsh', ['-f', '-c', ZSH, 'zsh', folder, words], { cwd, encoding: 'utf8', env });
  const lines = stripVTControlCharacters(out)
    .split(/[\r\n]+/)
    .map((line) => line.trim().split(/ +/)[0]);
  expect(lines).toEqual(expect.arrayContaining([...expected]));
  for (const word of never) expect(lines).not.toContain(word);
});

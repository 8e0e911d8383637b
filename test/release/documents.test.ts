import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, inject, test } from 'vitest';
import { blocksOf } from '../document-lines.ts';

const release = inject('release');

/** The files of a release, as somebody has downloaded them, and the command where a shell finds it. */
const place = mkdtempSync(join(tmpdir(), 'dead-drop-documents-'));
afterAll(() => rmSync(place, { recursive: true }));
for (const name of readdirSync(release)) symlinkSync(join(release, name), join(place, name));
mkdirSync(join(place, 'bin'));
symlinkSync(join(place, 'dead-drop-0.1.0-linux-x64'), join(place, 'bin/dead-drop'));

/** What lines say when they did what they are for. */
const SAYS: readonly (readonly [line: RegExp, words: RegExp])[] = [
  [/^minisign -V/, /^Signature and comment signature verified\nTrusted comment: dead-drop 0\.1\.0$/m],
  [/^sha256sum/, /^(dead-drop[^\n]*: OK\n){9}$/],
  [/--version$/, /^0\.1\.0\ncommit [0-9a-f]{40}.* \((executable|package)\)$/m],
];

const lines = ['docs/releasing.md', 'docs/install.md'].flatMap((document) =>
  blocksOf(document)
    .filter(({ needs }) => needs === 'a release')
    .flatMap(({ commands }) => commands.map((line) => ({ document, line }))),
);

const hasMinisign = spawnSync('minisign', ['-v']).error === undefined || process.env.CI !== undefined;

test('there are lines to type, and one that makes a key comes before the first that needs it', () => {
  expect(lines.length).toBeGreaterThan(10);
  expect(lines.findIndex(({ line }) => line.startsWith('minisign'))).toBe(
    lines.findIndex(({ line }) => line.startsWith('minisign -G')),
  );
});

test.each(lines.filter(({ line }) => hasMinisign || !line.startsWith('minisign')))('$document: $line', ({ line }) => {
  const env = { ...process.env, PATH: `${join(place, 'bin')}:${process.env.PATH}` };
  const input = 'correct horse\ncorrect horse\n'; // the passphrase of a key, twice
  const shell = ['-euo', 'pipefail', '-c', line];
  const { status, stdout, stderr } = spawnSync('bash', shell, { cwd: place, encoding: 'utf8', env, input });
  expect({ line, status }, stderr).toEqual({ line, status: 0 });
  for (const [, words] of SAYS.filter(([each]) => each.test(line))) expect(stdout).toMatch(words);
});

test('a file that was changed is found', () => {
  rmSync(join(place, 'dead-drop-0.1.0-page.html'));
  writeFileSync(join(place, 'dead-drop-0.1.0-page.html'), 'another page');
  const check = spawnSync('sha256sum', ['--check', '--ignore-missing', 'SHA256SUMS'], { cwd: place, encoding: 'utf8' });
  expect(check.status).toBe(1);
  expect(check.stdout).toContain('dead-drop-0.1.0-page.html: FAILED\n');
  if (!hasMinisign) return;
  rmSync(join(place, 'SHA256SUMS'));
  execFileSync('sh', ['-c', 'sha256sum dead-drop* > SHA256SUMS'], { cwd: place });
  const verified = spawnSync('minisign', ['-V', '-p', 'dead-drop.pub', '-m', 'SHA256SUMS'], { cwd: place });
  expect(verified.status).not.toBe(0);
});

import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, inject, test } from 'vitest';
import { folder } from '../people.ts';
import { root, sourceFiles } from './build.ts';

const NOBODY = 65534;

const isRoot = process.getuid?.() === 0;

/** Under the packages of this checkout, which are mounted there, as another user where that can be had. */
const SCRIPT = `
  mount --bind "$1/node_modules" node_modules && umask 077 &&
  exec ${isRoot ? `setpriv --reuid ${NOBODY} --regid ${NOBODY} --clear-groups` : ''} env -i "$2" HOME="$PWD" \\
    TZ=Pacific/Kiritimati LANG=tr_TR.UTF-8 LC_ALL=tr_TR.UTF-8 FAKETIME_DONT_FAKE_MONOTONIC=1 \\
    faketime '2031-05-06 07:08:09' node scripts/release.ts --changed --out "$PWD/made"`;

test('two releases of one commit are the same, byte by byte, whoever makes them, where and when', () => {
  const other = join(folder(), 'another place');
  for (const name of sourceFiles()) {
    mkdirSync(dirname(join(other, name)), { recursive: true });
    copyFileSync(join(root, name), join(other, name));
  }
  const git = (...args: string[]) => execFileSync('git', args, { cwd: other, stdio: 'pipe' });
  git('init', '--quiet');
  git('fetch', '--quiet', '--depth=1', root, 'HEAD');
  git('update-ref', '--no-deref', 'HEAD', 'FETCH_HEAD');
  git('reset', '--quiet');
  mkdirSync(join(other, 'node_modules'));
  chmodSync(dirname(other), 0o755);
  if (isRoot) execFileSync('chown', ['-R', `${NOBODY}:${NOBODY}`, other]);

  const path = `PATH=${join(other, 'node_modules/.bin')}:${process.env.PATH}`;
  const alone = [isRoot ? '-m' : '-Urm', 'sh', '-c', SCRIPT, 'sh', root, path];
  const ended = spawnSync('unshare', alone, { cwd: other, encoding: 'utf8' });
  expect(ended, ended.stderr).toMatchObject({ status: 0 });

  const [one, two] = [inject('release'), join(other, 'made')];
  const names = readdirSync(one).sort();
  expect(names).toHaveLength(10);
  expect(readdirSync(two).sort()).toEqual(names);
  for (const name of names) {
    expect(readFileSync(join(one, name)).equals(readFileSync(join(two, name))), name).toBe(true);
  }
});

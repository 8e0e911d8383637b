import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '../..');

const cache = join(root, 'node_modules/.cache/release/built');

/** Builds the release of this checkout as it is, unless that was done before. @returns its folder */
export function buildRelease(): string {
  const folder = join(cache, keyOf());
  if (existsSync(folder)) return folder;
  rmSync(cache, { recursive: true, force: true }); // 400 MB of another checkout
  mkdirSync(cache, { recursive: true });
  const unfinished = `${folder}.${process.pid}`;
  execFileSync(process.execPath, ['scripts/release.ts', '--changed', '--out', unfinished], {
    cwd: root,
    stdio: 'pipe',
  });
  renameSync(unfinished, folder);
  return folder;
}

/** The release that was built of this checkout, if one was. */
export function builtRelease(): string | undefined {
  const folder = join(cache, keyOf());
  return existsSync(folder) ? folder : undefined;
}

/** The file of a release with such a name. @throws Error when there is none, or more than one */
export function fileOf(folder: string, name: RegExp): string {
  const found = readdirSync(folder).filter((each) => name.test(each));
  if (found.length !== 1) throw new Error(`${found.length} files of the release are like ${name}`);
  return join(folder, found[0]!);
}

/** Everything that is not ignored: what is committed, and what is not yet. */
export function sourceFiles(): string[] {
  const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '-z'], { cwd: root, encoding: 'utf8' });
  return listed.split('\0').filter((name) => name !== '' && existsSync(join(root, name)));
}

function keyOf(): string {
  const digest = createHash('sha256');
  digest.update(execFileSync('git', ['rev-parse', 'HEAD'], { cwd: root }));
  digest.update(
    execFileSync('git', ['status', '--porcelain'], { cwd: root }).length === 0 ? 'as committed' : 'changed',
  );
  // The tests are not in it.
  for (const name of sourceFiles().filter((each) => !each.startsWith('test/')))
    digest.update(`${name}\0`).update(readFileSync(join(root, name)));
  return digest.digest('hex').slice(0, 16);
}

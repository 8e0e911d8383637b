import { mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { lockFile, withFileLock } from '../node/files/file-lock.ts';
import { clearUnfinished, intoPlace } from '../node/files/unfinished.ts';
import { locking } from './locking.ts';
import { folder } from './people.ts';

test("a lock is one person's at a time, tells nobody anything, and leaves nothing", () => {
  const [at, lock] = [folder(), () => lockFile(join(at, 'a'), 'it')];
  const first = lock()!;
  expect(lock()).toBeNull();
  expect(lock()).toBeNull();
  const { mode, size } = statSync(join(at, 'a.lock'));
  expect([mode & 0o777, size, readdirSync(at)]).toEqual([0o600, 0, ['a.lock']]);
  first[Symbol.dispose]();
  expect(readdirSync(at)).toEqual([]);
  using second = lock();
  expect(second).not.toBeNull();
});

test('who waits for a lock comes after whoever has it, though its mark is removed each time', async () => {
  const at = folder();
  let inside = 0;
  const order: number[] = [];
  const act = (who: number) => async () => {
    inside += 1;
    await new Promise((resolve) => setTimeout(resolve, 1));
    order.push(inside * 100 + who);
    inside -= 1;
  };
  await Promise.all([1, 2, 3, 4].map((who) => withFileLock(join(at, 'a'), 'it', act(who))));
  expect(order.sort()).toEqual([101, 102, 103, 104]);
  expect(readdirSync(at)).toEqual([]);
});

test('a suspended process keeps its lock and what it writes, however old; a killed one leaves both to the next', async () => {
  const path = join(folder(), 'a');
  using other = await locking(path);
  for (const each of [`${path}.lock`, other.unfinished, `${other.unfinished}.lock`]) utimesSync(each, 1e9, 1e9);
  expect(lockFile(path, 'it')).toBeNull();
  await clearUnfinished(join(path, '..'));
  expect(readFileSync(other.unfinished, 'utf8')).toBe('half');
  await other.kill();
  const left = [`${basename(other.unfinished)}`, `${basename(other.unfinished)}.lock`, 'a.lock'];
  expect(readdirSync(join(path, '..'))).toEqual(left);
  await clearUnfinished(join(path, '..'));
  expect(readdirSync(join(path, '..'))).toEqual(['a.lock']);
  using lock = lockFile(path, 'it');
  expect(lock).not.toBeNull();
});

test("the mark of an earlier version, and what one left unfinished, are in nobody's way", async () => {
  const at = folder();
  writeFileSync(join(at, 'a.lock'), String(process.pid));
  writeFileSync(join(at, `.unfinished-${process.pid}-0011223344556677`), 'half');
  await clearUnfinished(at);
  await withFileLock(join(at, 'a'), 'it', () => intoPlace(at, 'a', async (path) => writeFileSync(path, 'whole')));
  expect(readdirSync(at)).toEqual(['a']);
});

test('refuses to take for its mark what somebody else keeps under that name, which stays as it is', () => {
  const at = folder();
  mkdirSync(join(at, 'folder.lock'));
  writeFileSync(join(at, 'text.lock'), 'dependencies\n');
  new DatabaseSync(join(at, 'database.lock')).exec('CREATE TABLE kept (value)');
  const before = ['text.lock', 'database.lock'].map((name) => readFileSync(join(at, name)));
  for (const name of ['folder', 'text', 'database'])
    expect(() => lockFile(join(at, name), 'it'), name).toThrow('it cannot be locked: something else has the name');
  expect(['text.lock', 'database.lock'].map((name) => readFileSync(join(at, name)))).toEqual(before);
  expect(() => lockFile(join(at, 'none', 'a'), 'it')).toThrow('ENOENT');
});

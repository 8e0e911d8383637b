import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Identity, minuteOf, newIdentity, rotate, withoutPast } from '../core/keys/identity.ts';
import { createSecretFile } from '../node/files/secret-file.ts';
import { lockIdentity, unlockIdentity } from '../node/keys/identity-file.ts';
import { type IdentityStore, openIdentityStore } from '../node/keys/identity-store.ts';
import { locking } from './locking.ts';
import { folder } from './people.ts';

const DAY = 86_400;
const now = minuteOf(Date.now() / 1000);
const passphrase = Buffer.from('correct horse battery staple');
const quick = { memoryKibibytes: 64, passes: 1, lanes: 1 };

/** An identity file in a folder of its own. @returns its path */
async function fileOf(identity: Identity): Promise<string> {
  const path = join(folder(), 'jane.identity');
  await createSecretFile(path, await lockIdentity(identity, passphrase, quick));
  return path;
}

/** Holds an identity file until the test ends. */
async function hold(path: string): Promise<IdentityStore> {
  const held = (await openIdentityStore(path, passphrase))!;
  onTestFinished(() => held.wipe());
  return held;
}

/** Which minutes its epochs begin in, the first one's being 1. */
const numbers = ({ epochs }: Identity) => epochs.map(({ validFrom }) => (validFrom - now) / 60 + 1);

/** What stands in an identity file. */
const inFile = async (path: string) => (await unlockIdentity(readFileSync(path, 'utf8'), passphrase))!.identity;

const jane = () => newIdentity('http://127.0.0.1:8787', now);
const rotated = (identity: Identity) => rotate(identity, now);

test('an identity file is never written over another, and nobody else can read it', async () => {
  const path = await fileOf(jane());
  expect(statSync(path).mode & 0o777).toBe(0o600);
  await expect(createSecretFile(path, 'another')).rejects.toThrow('EEXIST');
  const held = await hold(path);
  await held.update(rotated);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readdirSync(join(path, '..'))).toEqual(['jane.identity']);
});

test('a wrong passphrase holds nothing', async () => {
  expect(await openIdentityStore(await fileOf(jane()), Buffer.from('wrong'))).toBeNull();
});

test('a change that gives the same identity writes nothing', async () => {
  const path = await fileOf(jane());
  const before = [readFileSync(path, 'utf8'), statSync(path).ino];
  const held = await hold(path);
  await held.update((identity) => identity);
  await held.destroyPast(now);
  expect([readFileSync(path, 'utf8'), statSync(path).ino]).toEqual(before);
});

describe('of two who hold one file', () => {
  test('each sees at once what the other changed, and nothing is lost when both change it', async () => {
    const path = await fileOf(jane());
    const [one, other] = [await hold(path), await hold(path)];
    await one.update(rotated);
    expect(numbers(other.current())).toEqual([1]);
    expect(await other.refresh()).toEqual(one.current());
    await other.update(rotated); // without having looked
    await one.update(rotated);
    expect(numbers(one.current())).toEqual([1, 2, 3, 4]);
    expect(await other.refresh()).toEqual(await inFile(path));
    expect(numbers(await inFile(path))).toEqual([1, 2, 3, 4]);
  });

  test('keys that stay are not wiped or moved when the other changes the file: a letter may be opening with them', async () => {
    const path = await fileOf(jane());
    const [one, other] = [await hold(path), await hold(path)];
    const [epoch] = other.current().epochs;
    await one.update(rotated);
    await other.refresh();
    expect(other.current().epochs[0]).toBe(epoch);
    expect(epoch!.cell.secretKey.some((byte) => byte !== 0)).toBe(true);
    expect(other.current()).toEqual(one.current());
  });

  test('one that destroys an epoch keeps those which the other issued meanwhile', async () => {
    const path = await fileOf(jane());
    const [one, other] = [await hold(path), await hold(path)];
    await one.update((identity) => rotate(identity, now + 40 * DAY));
    const { seed, id, cell, letter } = other.current().epochs[0]!;
    await other.destroyPast(now + 56 * DAY); // of the new one, it had not heard
    const left = [40 * 24 * 60 + 1];
    expect(numbers(other.current())).toEqual(left);
    for (const secret of [seed, id.secretKey, cell.secretKey, letter.secretKey])
      expect(secret.every((byte) => byte === 0)).toBe(true);
    expect(numbers(await one.refresh())).toEqual(left);
    expect(numbers(await inFile(path))).toEqual(left);
  });
});

/** Issues epochs in another process, one after another, once it is told to begin. */
async function rotating(path: string, times: number) {
  const root = new URL('..', import.meta.url).href;
  const code = `
    import { openIdentityStore } from '${root}node/keys/identity-store.ts';
    import { rotate } from '${root}core/keys/identity.ts';
    const held = await openIdentityStore(${JSON.stringify(path)}, Buffer.from('${passphrase}'));
    console.log('ready');
    process.stdin.once('data', async () => {
      for (let i = 0; i < ${times}; i += 1) await held.update((identity) => rotate(identity, ${now}));
      process.exit();
    });
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['pipe', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const ended = once(child, 'exit');
  await once(child.stdout, 'data');
  return {
    async go() {
      child.stdin.write('go');
      expect(await ended).toEqual([0, null]);
    },
  };
}

const upTo = (count: number) => Array.from({ length: count }, (_, i) => i + 1);

test('processes that change one file at the same time lose nothing of each other', async () => {
  const path = await fileOf(jane());
  const processes = await Promise.all([1, 2, 3].map(() => rotating(path, 3)));
  await Promise.all(processes.map(({ go }) => go()));
  expect(numbers(await inFile(path))).toEqual(upTo(10));
  expect(readdirSync(join(path, '..'))).toEqual(['jane.identity']);
});

test('one who reads a file again and again, while another process changes it, always finds it whole', async () => {
  const path = await fileOf(jane());
  const held = await hold(path);
  const other = await rotating(path, 80);
  let isOver = false;
  const end = other.go();
  const over = () => {
    isOver = true;
  };
  end.then(over, over);
  const seen = new Set<number>();
  while (!isOver) {
    const another = await hold(path);
    const [fresh, known] = [another.current(), await held.refresh()];
    expect(numbers(fresh)).toEqual(upTo((fresh.issued - now) / 60 + 1));
    expect(numbers(known)).toEqual(upTo((known.issued - now) / 60 + 1));
    seen.add(known.issued);
  }
  await end;
  expect(seen.size).toBeGreaterThan(3);
  expect(numbers(await held.refresh())).toEqual(upTo(81));
});

/** The number of a process that has ended. */
const deadPid = () => spawnSync(process.execPath, ['-e', '0']).pid;

describe('a process that was killed while it changed an identity', () => {
  test('before the new file was whole, leaves the old one, and what it left goes with the next change', async () => {
    const path = await fileOf(jane());
    const unfinished = join(path, '..', `.unfinished-${deadPid()}-0011223344556677`);
    writeFileSync(unfinished, readFileSync(path).subarray(0, 1000));
    writeFileSync(`${path}.lock`, String(deadPid()));
    const held = await hold(path);
    expect(numbers(held.current())).toEqual([1]);
    await held.update(rotated);
    expect(numbers(await inFile(path))).toEqual([1, 2]);
    expect(readdirSync(join(path, '..'))).toEqual(['jane.identity']);
  });

  test('does not keep others from it, and one that lives does, however long ago it began', async () => {
    const path = await fileOf(jane());
    const held = await hold(path);
    using other = await locking(path);
    utimesSync(`${path}.lock`, 1e9, 1e9);
    await expect(held.update(rotated)).rejects.toThrow('another command is changing the identity: try again');
    expect(numbers(held.current())).toEqual([1]);
    expect(existsSync(`${path}.lock`)).toBe(true);
    await other.kill();
    await held.update(rotated);
    expect(numbers(await inFile(path))).toEqual([1, 2]);
    expect(existsSync(`${path}.lock`)).toBe(false);
  });
});

test('a change that fails leaves file and identity as they were, and others can go on', async () => {
  const path = await fileOf(jane());
  const before = readFileSync(path, 'utf8');
  const [one, other] = [await hold(path), await hold(path)];
  const failing = one.update(() => {
    throw new Error('no');
  });
  await expect(failing).rejects.toThrow('no');
  expect(readFileSync(path, 'utf8')).toBe(before);
  await other.update(rotated);
  expect(numbers(await one.refresh())).toEqual([1, 2]);
});

test('keys are wiped when the file without them is written, and not when it could not be', async () => {
  const path = await fileOf(rotate(jane(), now + 40 * DAY));
  const held = await hold(path);
  const before = held.current();
  const { seed, id, cell, letter } = before.epochs[0]!;
  const failing = held.update((identity) => {
    rmSync(dirname(path), { recursive: true }); // there is nowhere to write it
    return withoutPast(identity, now + 56 * DAY);
  });
  await expect(failing).rejects.toThrow('ENOENT');
  expect(held.current()).toBe(before);
  for (const secret of [seed, id.secretKey, cell.secretKey, letter.secretKey])
    expect(secret.every((byte) => byte === 0)).toBe(false);
});

test('the file before is overwritten where it lay: of its lines none is left', async () => {
  const path = await fileOf(jane());
  const before = readFileSync(path, 'utf8');
  const held = await hold(path);
  const handle = openSync(path, 'r');
  onTestFinished(() => closeSync(handle));
  await held.update(rotated);
  const left = Buffer.alloc(before.length + 1);
  expect(readSync(handle, left, 0, left.length, 0)).toBe(before.length);
  const lines = before.split('\n').filter((line) => line.length >= 16);
  expect(lines.length).toBeGreaterThan(80);
  expect(lines.filter((line) => left.includes(line))).toEqual([]);
});

test('the size of an identity file does not tell how many epochs it has: 4 KiB take 33', async () => {
  const sizes = new Map<number, number>();
  let identity = jane();
  for (let count = 1; count <= 40; count += 1) {
    const { length } = await lockIdentity(identity, passphrase, quick);
    sizes.set(length, (sizes.get(length) ?? 0) + 1);
    identity = rotate(identity, now);
  }
  expect([...sizes.values()]).toEqual([33, 7]);
});

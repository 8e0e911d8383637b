import { copyFileSync, mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkClock } from '../bin/keys.ts';
import { checkPlace } from '../bin/publish.ts';
import { contactOf, type Identity, minuteOf, newIdentity, rotate, signingKeyOf } from '../core/keys/identity.ts';
import { revoke } from '../core/keys/revocation.ts';
import { replacePublicFile } from '../node/files/public-file.ts';
import { formatContact, parseContact } from '../wire/contact.ts';
import { formatRevocation } from '../wire/revocation.ts';
import { done, office } from './office.ts';
import { folder } from './people.ts';

const DAY = 86_400;
const now = minuteOf(Date.now() / 1000);
const jane = newIdentity('http://127.0.0.1:1', now - DAY);
const text = (identity: Identity) => formatContact(contactOf(identity));

const OTHER = 'that file holds something else than a contact of this identity: it is not overwritten';

test('a file that is published is whole at all times, and stays readable for whom it was', async () => {
  const at = folder();
  const path = join(at, 'jane.contact');
  await replacePublicFile(path, 'one');
  expect(statSync(path).mode & 0o044).toBe(0o044 & ~process.umask());
  writeFileSync(path, 'two', { mode: 0o640 });
  await replacePublicFile(path, 'three');
  expect(readFileSync(path, 'utf8')).toBe('three');
  mkdirSync(join(at, 'folder'));
  await expect(replacePublicFile(join(at, 'folder'), 'four')).rejects.toThrow('EISDIR');
  expect(readdirSync(at)).toEqual(['folder', 'jane.contact']);
});

test('only a contact of the same identity, or nothing, gives its place to what is published', async () => {
  const out = join(folder(), 'file');
  const next = rotate(jane, now);
  await checkPlace({ out }, jane); // which is not there
  const revocation = formatRevocation(revoke(signingKeyOf(jane), now));
  const forged = { ...contactOf(next), signature: contactOf(jane).signature };
  const cases: [string, string | undefined][] = [
    ['', undefined],
    [text(jane), undefined],
    [text(next), undefined],
    [text(newIdentity('http://127.0.0.1:1', now)), OTHER],
    [formatContact(forged), OTHER],
    ['-----BEGIN DEAD DROP IDENTITY-----\n', OTHER],
    ['<html>', OTHER],
    [formatRevocation(revoke(signingKeyOf(newIdentity('http://127.0.0.1:1', now)), now)), OTHER],
    [revocation, 'this identity is revoked there: nothing was changed'],
  ];
  for (const [content, message] of cases) {
    writeFileSync(out, content);
    const checking = checkPlace({ out }, next);
    if (message === undefined) await checking;
    else await expect(checking, content).rejects.toThrow(message);
    expect(readFileSync(out, 'utf8')).toBe(content);
  }
  for (const content of [revocation, text(next)]) {
    writeFileSync(out, content);
    await checkPlace({ out }, { signing: jane.signing }); // for a revocation, of which the signing key is enough
  }
});

test('a contact that is published shows an identity to be an older copy, and a branch of it', async () => {
  const out = join(folder(), 'file');
  writeFileSync(out, text(rotate(jane, now)));
  const older = 'the contact in that file has keys that this identity lacks: its file is an older copy';
  for (const copy of [jane, rotate(jane, now), rotate(jane, now + DAY)])
    await expect(checkPlace({ out }, copy)).rejects.toThrow(older);
  // Keys that are over and destroyed are no fault.
  writeFileSync(out, text(jane));
  const later = rotate(jane, now);
  await checkPlace({ out }, { ...later, epochs: later.epochs.slice(1) });
});

test('keys are issued by a clock that is right, as far as the file shows, or that somebody has looked at', async () => {
  const path = join(folder(), 'file');
  writeFileSync(path, '');
  const check = (issued: number, changed = now, clockIsRight = false) => {
    utimesSync(path, changed, changed);
    return checkClock({ ...jane, issued }, path, { clockIsRight });
  };
  for (const issued of [now - 200 * DAY, now - 30 * DAY, now, now + DAY / 2]) await check(issued);
  for (const isRight of [false, true]) {
    await expect(check(now + 2 * DAY, now, isRight)).rejects.toThrow('check the clock');
    await expect(check(now - 30 * DAY, now + 2 * DAY, isRight)).rejects.toThrow('check the clock');
  }
  for (const issued of [now - 211 * DAY, now - 5 * 365 * DAY, 0])
    await expect(check(issued)).rejects.toThrow('give --clock-is-right if it is');
  await check(now - 5 * 365 * DAY, now, true);
});

test('rotate --out and revoke --out leave what is published whole when they fail, and take its place when not', async () => {
  const { cwd, run } = await office(jane);
  const [out, identity, backup] = ['jane.contact', 'dead-drop.identity', 'backup'].map((name) => join(cwd, name)) as [
    string,
    string,
    string,
  ];
  const files = () => [out, identity].map((path) => readFileSync(path, 'utf8'));
  writeFileSync(out, text(jane));
  copyFileSync(identity, backup);
  const before = files();
  const refused = async (args: string[], passphrase?: string) => {
    const ended = await run(args, passphrase === undefined ? {} : { passphrase });
    expect(ended).toMatchObject({ status: 1, out: '' });
    return ended.words;
  };
  expect(await refused(['rotate', '--out', out], 'wrong\n')).toContain('wrong passphrase');
  expect(await refused(['rotate', '--out', identity])).toContain(OTHER);
  expect(files()).toEqual(before);

  const rotated = await done(run(['rotate', '--out', out]));
  expect(rotated.out).toBe(`${out}\n`);
  expect(rotated.words).toContain('replace your backup of it');
  expect(parseContact(files()[0]!).validFrom).toBeGreaterThan(contactOf(jane).validFrom);

  copyFileSync(backup, identity);
  const restored = files();
  expect(await refused(['rotate', '--out', out])).toContain('its file is an older copy');
  expect(files()).toEqual(restored);
  await done(run(['revoke', '--yes', '--out', out]));
  expect(files()[0]).toMatch(/^-----BEGIN DEAD DROP REVOCATION-----\n/);
});

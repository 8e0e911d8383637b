import { copyFileSync, existsSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { makeIdentity } from '../bin/keys.ts';
import { newIdentity } from '../core/keys/identity.ts';
import { unlockIdentity } from '../node/keys/identity-file.ts';
import { formatArmor, parseArmor } from '../wire/armor.ts';
import { parseContact } from '../wire/contact.ts';
import { parseRevocation } from '../wire/revocation.ts';
import { type CommandOptions, command } from './command.ts';
import { done, lastingFolder, office, PASSPHRASE } from './office.ts';
import { folder } from './people.ts';

const DROP = 'http://127.0.0.1:8787';
const RARE = 'for the drawer\n';
const APART = 'dead-drop: the signing key of this identity is in a file of its own: name it with --signing-key\n';
const KEY = ['--signing-key', 'dead-drop.signing-key', '--signing-key-passphrase-fd', '4'];

/** Somebody at work, who gives both passphrases. */
function desk() {
  const cwd = lastingFolder();
  const run = (args: readonly string[], options: Partial<CommandOptions> = {}) =>
    command(args, { cwd, passphrase: PASSPHRASE, secrets: { 4: RARE }, ...options });
  return { cwd, run };
}

test('keygen --offline makes two files; rotate and revoke need the second, and nothing else does', async () => {
  const { cwd, run } = desk();
  const made = await done(run(['keygen', '--offline', '--drop', DROP, '--signing-key-passphrase-fd', '4']));
  expect(made.words).toContain('the signing key is in dead-drop.signing-key: keep it where you do not read letters');
  const seed = async () =>
    (await unlockIdentity(readFileSync(join(cwd, 'dead-drop.identity')), Buffer.from(PASSPHRASE.trim())))!.identity
      .signing.secretKey;
  expect(await seed()).toBeUndefined();
  const first = parseContact((await done(run(['contact']))).out);
  expect(await run(['rotate'])).toMatchObject({ status: 1, out: '', words: APART });
  expect(await run(['revoke', '--yes'])).toMatchObject({ status: 1, out: '', words: expect.stringContaining(APART) });
  const second = parseContact((await done(run(['rotate', ...KEY]))).out);
  expect(second.identity).toEqual(first.identity);
  expect(second.validFrom).toBeGreaterThan(first.validFrom);
  expect(await seed()).toBeUndefined();
  const wrong = await run(['rotate', ...KEY], { secrets: { 4: PASSPHRASE } });
  expect(wrong).toMatchObject({
    status: 1,
    out: '',
    words: expect.stringContaining('wrong passphrase, or the file is'),
  });
});

test('detach moves the key of an identity, and refuses a second time; the key of another one is of no use', async () => {
  const { cwd, run } = await office(newIdentity(DROP, Date.now() / 1000));
  const secrets = { secrets: { 4: RARE } };
  const detached = await done(run(['detach', '--signing-key-passphrase-fd', '4'], secrets));
  expect(detached).toMatchObject({ out: 'dead-drop.signing-key\n' });
  expect(detached.words).toContain('older copies and backups of the identity still hold it: replace them\n');
  expect(await run(['rotate'])).toMatchObject({ status: 1, out: '', words: APART });
  await done(run(['rotate', ...KEY], secrets));
  const again = await run(['detach', '--signing-key-passphrase-fd', '4'], secrets);
  expect(again).toMatchObject({ status: 1, out: '' });
  expect(again.words).toContain('there is no signing key in this identity: it is in a file of its own already');
  const other = await office(newIdentity(DROP, Date.now() / 1000));
  copyFileSync(join(cwd, 'dead-drop.signing-key'), join(other.cwd, 'dead-drop.signing-key'));
  const before = readFileSync(join(other.cwd, 'dead-drop.identity'));
  expect(await other.run(['rotate', ...KEY], secrets)).toMatchObject({
    status: 1,
    out: '',
    words: 'dead-drop: the signing key is of another identity\n',
  });
  expect(readFileSync(join(other.cwd, 'dead-drop.identity'))).toEqual(before);
});

test('revoke asks on a terminal, or takes --yes, and needs no identity beside the signing key', async () => {
  const { cwd, run } = desk();
  await done(run(['keygen', '--offline', '--drop', DROP, '--signing-key-passphrase-fd', '4']));
  const { identity } = parseContact((await done(run(['contact']))).out);
  const asked = await run(['revoke', ...KEY]);
  expect(asked).toMatchObject({ status: 2, out: '' });
  expect(asked.words).toBe('dead-drop: revoke asks for words on the terminal, and there is none: give --yes\n');
  const elsewhere = lastingFolder();
  copyFileSync(join(cwd, 'dead-drop.signing-key'), join(elsewhere, 'dead-drop.signing-key'));
  const { out, words } = await done(command(['revoke', '--yes', ...KEY], { cwd: elsewhere, secrets: { 4: RARE } }));
  const revocation = parseRevocation(out);
  expect(revocation.identity).toEqual(identity);
  expect(Math.abs(revocation.when - Date.now() / 1000)).toBeLessThan(60);
  expect(words).toContain('for ever');
  expect(words).toContain('publish this in place of the contact');
  writeFileSync(join(elsewhere, 'jane.contact'), out);
  const sent = await command(['send', '--to', 'jane.contact'], { cwd: elsewhere, keepInputOpen: true });
  expect(sent).toMatchObject({ status: 1, out: '', words: expect.stringContaining('revoked this identity on 20') });
});

test('a passphrase from a file of Windows, or typed on a Mac, opens what was locked without its marks', async () => {
  const { run } = desk();
  await done(run(['keygen', '--drop', DROP], { passphrase: 'tr\u{e8}s secret' }));
  for (const passphrase of ['\u{feff}tr\u{e8}s secret\r\n', 'tre\u{300}s\u{a0}secret\n\n'])
    await done(run(['contact'], { passphrase }));
  const tab = await run(['contact'], { passphrase: 'tr\u{e8}s\tsecret' });
  expect(tab).toMatchObject({ status: 1, out: '', words: 'dead-drop: the passphrase has a control character\n' });
});

describe('refuses in one line', () => {
  test.each([
    ['keygen', `${DROP}/`],
    ['keygen', 'HTTP://127.1:8787'],
    ['desk new', `${DROP}//`],
  ])('%s a drop whose URL is spelled %s, and says how it is spelled', async (words, url) => {
    const { cwd, run } = desk();
    const ended = await run([...words.split(' '), '--drop', url, '--out', 'x'], { keepInputOpen: true });
    expect(ended).toMatchObject({ status: 1, out: '', words: `dead-drop: the drop's URL is spelled ${DROP}\n` });
    expect(existsSync(join(cwd, 'x'))).toBe(false);
  });

  test('an identity of before version 1', async () => {
    const { cwd, run } = await office(newIdentity(DROP, Date.now() / 1000));
    const path = join(cwd, 'dead-drop.identity');
    const old = parseArmor('DEAD DROP IDENTITY', readFileSync(path)).subarray(32); // it had no commitment
    writeFileSync(path, formatArmor('DEAD DROP IDENTITY', old));
    expect(await run(['contact'])).toMatchObject({
      status: 1,
      out: '',
      words: 'dead-drop: this identity is of before version 1\n',
    });
  });
});

test('an identity that cannot be written leaves no file of its signing key behind', async () => {
  const cwd = folder();
  const secretFd = (text: string) => {
    writeFileSync(join(cwd, text), text, { mode: 0o600 });
    return openSync(join(cwd, text), 'r');
  };
  const signingKey = join(cwd, 'key');
  const making = makeIdentity(
    {
      drop: DROP,
      out: join(cwd, 'missing/identity'),
      passphraseFd: secretFd('one'),
      offline: true,
      signingKey,
      signingKeyPassphraseFd: secretFd('two'),
    },
    (identity) => identity,
  );
  await expect(making).rejects.toThrow('ENOENT');
  expect(readdirSync(cwd).sort()).toEqual(['one', 'two']);
});

import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { pngQr, svgQr, terminalQr } from '../bin/qr.ts';
import { dayOf } from '../core/keys/day.ts';
import { epochKeys } from '../core/keys/epoch.ts';
import { fingerprintOf, fingerprintWords, formatFingerprint } from '../core/keys/fingerprint.ts';
import { contactOf, type Identity, issue, minuteOf, newIdentity, signingKeyOf } from '../core/keys/identity.ts';
import { revoke } from '../core/keys/revocation.ts';
import { formatArmor } from '../wire/armor.ts';
import { type Contact, formatContact, formatContactBytes } from '../wire/contact.ts';
import { formatRevocation } from '../wire/revocation.ts';
import { command } from './command.ts';
import { openDrop, type TestDrop } from './drop.ts';
import { done, ONE_LINE, office, PASSPHRASE } from './office.ts';
import { folder } from './people.ts';

const DAY = 86_400;
const now = minuteOf(Date.now() / 1000);

let drop: TestDrop;
let jane: Identity;
beforeAll(async () => {
  drop = await openDrop();
  jane = newIdentity(drop.url, now - DAY);
});
afterAll(() => drop.close());

const print = ({ signing }: Identity) => formatFingerprint(fingerprintOf(signing.publicKey));

/** Sends a letter to a contact that lies in a file, or on the web, and expects it to be refused in one line. */
async function expectRefused(contact: string, message: string, fingerprint = print(jane)): Promise<void> {
  const cwd = folder();
  const isAddress = contact.startsWith('http:');
  if (!isAddress) writeFileSync(join(cwd, 'secret-name'), contact);
  const to = isAddress ? contact : 'secret-name';
  const state = () => [drop.waiting(), drop.objects('uploads/').length];
  const before = state();
  const ended = await command(['send', '--to', to, '--fingerprint', fingerprint], {
    cwd,
    keepInputOpen: true, // nobody is let write a letter for nothing
  });
  expect(ended).toMatchObject({ status: 1, out: '', words: `dead-drop: ${message}\n` });
  expect(ended.words).toMatch(ONE_LINE);
  expect(ended.words).not.toMatch(/secret-name|\/tmp|127\.0\.0\.1/);
  expect(state()).toEqual(before);
}

/** A contact that its own identity signed, however it is spelled. */
function signed(keys: ReturnType<typeof epochKeys>, validFrom = now - DAY, validUntil = now + DAY): Contact {
  return contactOf(jane, issue(jane, keys, validFrom, validUntil));
}

const NO_CONTACT =
  'that is no whole contact: one is the text from its BEGIN line to its END line; get it anew where you found it';
const keys = () => epochKeys(new Uint8Array(32).fill(7));

describe('send refuses a contact', () => {
  test('of an identity that has another fingerprint', async () => {
    const mallory = newIdentity(drop.url, now);
    const message = 'the contact is of another identity than the fingerprint names: do not write to it';
    await expectRefused(formatContact(contactOf(mallory)), message);
    await expectRefused(
      formatContact(contactOf(mallory)),
      message,
      fingerprintWords(fingerprintOf(jane.signing.publicKey)),
    );
  });

  test('of which one byte was changed', async () => {
    const bytes = formatContactBytes(contactOf(jane));
    bytes[40]! ^= 1;
    await expectRefused(
      formatArmor('DEAD DROP CONTACT', bytes),
      'the contact is not signed by its identity: it was damaged or forged, ask for it again',
    );
  });

  test('whose keys another identity has signed anew', async () => {
    const mallory = newIdentity(drop.url, now);
    const { identity } = contactOf(jane);
    await expectRefused(
      formatContact({ ...contactOf(mallory), identity }),
      'the contact is not signed by its identity: it was damaged or forged, ask for it again',
    );
  });

  test('that is over', async () => {
    await expectRefused(
      formatContact(signed(keys(), now - 2 * DAY, now - DAY)),
      `the contact is no longer valid: it ended on ${dayOf(now - DAY)}, and the clock of this machine says ${dayOf(now)}: check that first, and if it is right, look for a newer contact where you found this one`,
    );
  });

  test('that is not valid yet', async () => {
    await expectRefused(
      formatContact(signed(keys(), now + DAY + 120, now + 2 * DAY)),
      `the contact is not valid yet: it begins on ${dayOf(now + DAY + 120)}, and the clock of this machine says ${dayOf(now)}: check that first, and if it is right, the clock of the contact's maker is ahead`,
    );
  });

  test('with a key that is not in its one spelling', async () => {
    const spelled = keys();
    spelled.id.publicKey[31]! |= 128;
    await expectRefused(
      formatContact(signed(spelled)),
      'the contact has a key that is not in its one spelling: do not write to it',
    );
  });

  test('that was cut off', async () => {
    await expectRefused(formatContact(contactOf(jane)).slice(0, -100), NO_CONTACT);
    const whole = formatContactBytes(contactOf(jane));
    await expectRefused(formatArmor('DEAD DROP CONTACT', whole.subarray(0, -2)), NO_CONTACT);
  });

  test('of before version 1', async () => {
    const old = formatContactBytes(contactOf(jane)).subarray(1); // it had no kind
    await expectRefused(
      formatArmor('DEAD DROP CONTACT', old),
      'this contact is of before version 1: ask for a newer one',
    );
  });

  test('of a newer version', async () => {
    const bytes = formatContactBytes(contactOf(jane));
    bytes[0] = 2;
    await expectRefused(formatArmor('DEAD DROP CONTACT', bytes), 'this contact needs a newer version of dead-drop');
  });
});

describe('send writes to nobody whose owner has revoked the identity', () => {
  const when = Date.parse('2026-11-28T12:00:00Z') / 1000;
  const revoked = () => formatRevocation(revoke(signingKeyOf(jane), when));
  const said = () =>
    `the owner of ${print(jane)} revoked this identity on 2026-11-28: nothing was sent, and nobody is to write to it any more`;

  test('which stands in the file, or at the address, of the contact', async () => {
    await expectRefused(revoked(), said());
    await expectRefused(await website((_, answer) => answer.end(revoked())), said());
    await expectRefused(`\u{feff}${revoked().replaceAll('\n', '\r\n')}`, said());
  });

  test('but takes a forged revocation, and that of another identity, for no word of theirs', async () => {
    const mallory = newIdentity(drop.url, now);
    const forged = formatRevocation({ ...revoke(signingKeyOf(mallory), when), identity: jane.signing.publicKey });
    const isForged = 'the revocation is not signed by its identity: it was damaged or forged';
    await expectRefused(forged, isForged);
    await expectRefused(await website((_, answer) => answer.end(forged)), isForged);
    const other = formatRevocation(revoke(signingKeyOf(mallory), when));
    const isOther = 'the revocation is of another identity than the fingerprint names: the contact is not there';
    await expectRefused(other, isOther);
    await expectRefused(await website((_, answer) => answer.end(other)), isOther);
  });
});

/** A web server, until the test ends. @returns an address of it */
async function website(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/secret-name/contact.txt`;
}

describe('send takes a contact from the web', () => {
  test('when its fingerprint is the one given, in either form', async () => {
    const url = await website((_, answer) => answer.end(formatContact(contactOf(jane))));
    for (const fingerprint of [print(jane), fingerprintWords(fingerprintOf(jane.signing.publicKey)).toUpperCase()]) {
      const args = ['send', '--to', url, '--fingerprint', fingerprint];
      const sent = await done(command(args, { cwd: folder(), input: 'Dear Jane' }));
      expect(sent.words).toMatch(
        /^1 cell \(1 MiB\), sent at once: .* is right 52 times in 100 whether it came; 50 is a guess\nsent: the letter will stand in the next batches, among others that nobody can tell from it\n$/,
      );
    }
  });

  test('and says whose it is when no fingerprint is given, before anything is written', async () => {
    const url = await website((_, answer) => answer.end(formatContact(contactOf(jane))));
    const ended = await command(['send', '--to', url], {
      cwd: folder(),
      keepInputOpen: true,
      meanwhile: (child) => child.stderr!.once('data', () => child.kill('SIGINT')),
    });
    expect(ended).toMatchObject({ status: 130, out: '' });
    expect(ended.words).toMatch(
      new RegExp(
        `^to the identity with the fingerprint ${print(jane)}\ncompare it with what was printed or read to you, or give that with --fingerprint\n`,
      ),
    );
  });
});

describe('send refuses an address', () => {
  const nothing: [string, RequestListener, string][] = [
    [
      'where nothing is',
      (_, answer) => answer.writeHead(404).end(),
      'there is no contact at that address (status 404)',
    ],
    [
      'that leads elsewhere',
      (_, answer) => answer.writeHead(302, { location: 'http://127.0.0.1:9/secret' }).end(),
      'the address of the contact leads elsewhere: give the one that it leads to',
    ],
    [
      'with something else',
      (_, answer) => answer.end('<html>Welcome</html>'),
      'what lies at that address is no contact',
    ],
    [
      'with the contact of somebody else',
      (_, answer) => answer.end(formatContact(contactOf(newIdentity(drop.url, now)))),
      'the contact is of another identity than the fingerprint names: do not write to it',
    ],
  ];
  test.each(nothing)('%s', async (_, answer, message) => {
    await expectRefused(await website(answer), message);
  });
});

test('refuses a fingerprint with a slip in it as wrong usage', async () => {
  const cwd = folder();
  writeFileSync(join(cwd, 'jane.contact'), formatContact(contactOf(jane)));
  const words = fingerprintWords(fingerprintOf(jane.signing.publicKey));
  for (const fingerprint of [print(jane).slice(1), `${words} zoo`, words.replace(/^\w+/, 'abandn')]) {
    const ended = await command(['send', '--to', 'jane.contact', '--fingerprint', fingerprint], { cwd });
    expect(ended, fingerprint).toMatchObject({ status: 2, out: '' });
    expect(ended.words).toContain("option '--fingerprint <fingerprint>' argument");
  }
});

test('contact prints the fingerprint in both forms, and writes files and codes but never over a file', async () => {
  const { cwd, run } = await office(jane);
  const text = formatContact(contactOf(jane));
  const printed = await done(run(['contact']));
  expect(printed.out).toBe(text);
  expect(printed.words).toMatch(
    new RegExp(
      `^fingerprint: ${print(jane)}\nin words:    ([a-z]+ ){14}[a-z]+\nvalid until \\d{4}-\\d\\d-\\d\\d [\\d:]{8}\n$`,
    ),
  );
  const written = await done(run(['contact', '--out', 'a.txt', '--svg', 'a.svg', '--png', 'a.png']));
  expect(written.out).toBe('');
  expect(readFileSync(join(cwd, 'a.txt'), 'utf8')).toBe(text);
  expect(readFileSync(join(cwd, 'a.svg'), 'utf8')).toBe(svgQr(text)); // which qr.test.ts has decoded
  expect(readFileSync(join(cwd, 'a.png')).equals(pngQr(text))).toBe(true);
  expect((await done(run(['contact', '--qr']))).out).toBe(`${terminalQr(text)}\n`);
  const again = await run(['contact', '--svg', 'a.svg']);
  expect(again).toMatchObject({ status: 1, out: '' });
  expect(again.words).toContain('a file to be written exists already: it is not overwritten');
  const { fingerprint, contact } = JSON.parse((await done(run(['contact', '--json']))).out);
  expect([fingerprint, contact]).toEqual([print(jane), text]);
  await done(command(['send', '--to', join(cwd, 'a.txt')], { cwd: folder(), input: 'Dear Jane' }));
});

test.each<[string, string[], number]>([
  ['a month unless another time is given', [], 30],
  ['a day, and no shorter, when that is asked for', ['--epoch', '1d'], 1],
])('keys are in use for %s, and for as long again after each rotate', async (_, epoch, days) => {
  const cwd = folder();
  const run = (...args: string[]) => command(args, { cwd, passphrase: PASSPHRASE });
  const validFor = ({ out }: { out: string }) => (JSON.parse(out).validUntil - Date.now() / 1000) / DAY;
  await done(run('keygen', '--drop', drop.url, ...epoch));
  expect(validFor(await done(run('contact', '--json')))).toBeCloseTo(days, 1);
  expect(validFor(await done(run('rotate', '--json')))).toBeCloseTo(days, 1);
  expect(await run('keygen', '--drop', drop.url, '--out', 'x', '--epoch', '12h')).toMatchObject({ status: 2, out: '' });
});

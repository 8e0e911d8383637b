import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fingerprintOf, formatFingerprint } from '../core/keys/fingerprint.ts';
import { contactOf, type Identity, newIdentity } from '../core/keys/identity.ts';
import { newWords } from '../core/keys/words.ts';
import { writerOf } from '../core/letter/proof.ts';
import { letterName } from '../core/read/collect.ts';
import { send } from '../core/send/send.ts';
import { type CommandOptions, command } from './command.ts';
import { openDrop, type TestDrop, withDrop } from './drop.ts';
import { docx, docxTells } from './metadata-samples.ts';
import { done, inTurn, lastingFolder, MAILBOX, office, toPresent } from './office.ts';
import { fileOf, way } from './people.ts';

const now = Math.floor(Date.now() / 1000);

let drop: TestDrop;
beforeAll(async () => {
  drop = await openDrop();
  toPresent(drop);
});
afterAll(() => drop.close());

/** A text that would clear the terminal, go up a line, turn what follows round, and go on to claim something. */
const HOSTILE = '\u001b[2J\u001b[1A\u202eanonymous\u0007\u009b31m';

/** The first line of a text, with what could break it. */
const FORGING = 'a\tb\u2028c';

/** A name that would go on in a line of its own. */
const FORGED_NAME = 'a.txt, 1 bytes\nsigned by\tJane\u2028file: b.txt';

describe('an inbox in which letters lie', () => {
  let desk: Awaited<ReturnType<typeof office>>;
  let jane: Identity;
  /** What was said when the first letters were read. */
  let read = '';
  const source = newIdentity('http://127.0.0.1:1', now);
  const names: Record<string, string> = {};
  const short = (text: string) => names[text]!.slice('letter-'.length).slice(0, 8);
  const print = formatFingerprint(fingerprintOf(source.signing.publicKey));

  beforeAll(async () => {
    jane = newIdentity(drop.url, now);
    desk = await office(jane);
    const write = async (text: string, rest: Partial<Parameters<typeof send>[2]> = {}) => {
      const { id } = await send(way(drop.url), contactOf(jane), { text, ...rest });
      names[text] = letterName(id, jane.epochs[0]!);
    };
    await write('first\nand more');
    await write('from a source', { from: writerOf(source), files: [fileOf('plan.pdf', Buffer.alloc(5000))] });
    await write(HOSTILE, { files: [fileOf('\u001b[31mred.txt', Buffer.from('x'))] });
    await drop.tick();
    read = (await done(desk.run(['read']))).words;
    await write('from the source again', { from: writerOf(source), files: [fileOf('list.txt', Buffer.from('a, b'))] });
    await write('');
    await write(FORGING, { files: [fileOf(FORGED_NAME, Buffer.from('x'))] });
    await write('acting', { files: [fileOf('plan.url', Buffer.from('x'))] });
    // Names that nobody chooses: letters are written until two begin alike, which takes 17 at most.
    for (let i = 0; !twins(); i += 1) await write(`twin ${i}`);
    await drop.tick();
    await done(desk.run(['read', '--encrypted']));
  });

  /** The first character of two letters' names, without `letter-`. */
  const twins = () => {
    const firsts = Object.values(names).map((name) => name['letter-'.length]!);
    return firsts.find((first, i) => firsts.indexOf(first) !== i);
  };

  test('is listed by conversations, with who can be answered, names, sizes and beginnings', async () => {
    const { out, words } = await done(desk.run(['inbox']));
    expect(words).toBe('');
    const when = '\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d';
    expect(out).toMatch(
      new RegExp(
        `(^|\n\n)with ${print}\n  ${when}  ${short('from a source')}  from a source \\[1 file\\] \\(5,013 bytes\\)\n` +
          `  ${when}  ${short('from the source again')}  from the source again \\[1 file\\] \\(encrypted, 25 bytes\\)\n\n`,
      ),
    );
    const first = `anonymous, cannot be answered\n  ${when}  ${short('first\nand more')}  first \\(14 bytes\\)\n\n`;
    expect(out).toMatch(new RegExp(`(^|\n\n)${first}`));
    expect(out).toMatch(new RegExp(`  ${short('')}  \\(empty\\) \\(encrypted, 0 bytes\\)\n`));
  });

  test('lists a hostile beginning in a form that does nothing to a terminal', async () => {
    const { out } = await done(desk.run(['inbox']));
    const line = out.split('\n').find((each) => each.includes(short(HOSTILE)))!;
    expect(line).toMatch(/\ufffd\[2J\ufffd\[1A\ufffdanonymous\ufffd\ufffd31m \[1 file\]/);
    expect(out).not.toMatch(/[\p{Cc}\p{Cf}](?<!\n)/u);
  });

  test('is listed as JSON, a conversation on each line', async () => {
    const { out } = await done(desk.run(['inbox', '--json']));
    const conversations = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const mine = conversations.find((each) => each[0].with === print);
    expect(mine).toMatchObject([
      {
        name: names['from a source'],
        isSent: false,
        isEncrypted: false,
        answers: false,
        files: 1,
        beginning: 'from a source',
      },
      { name: names['from the source again'], isEncrypted: true, bytes: 25 },
    ]);
    expect(conversations.filter((each) => each[0].with === undefined)).toHaveLength(Object.keys(names).length - 2);
  });

  test('shows a letter by its beginning, its whole name or its folder, in the clear or encrypted', async () => {
    const clear = names['from a source']!;
    const sealed = names['from the source again']!;
    for (const which of [
      short('from a source'),
      clear,
      `inbox/${clear}`,
      `inbox/${clear}/`,
      short('from a source').toUpperCase(),
    ]) {
      const { out, words } = await done(desk.run(['show', which]));
      expect(out, which).toBe('from a source');
      expect(words).toBe(`signed by ${print}\nfile: plan.pdf, 5,000 bytes\n`);
    }
    for (const which of [short('from the source again'), `inbox/${sealed}.sealed`]) {
      const { out, words } = await done(desk.run(['show', which]));
      expect(out, which).toBe('from the source again');
      expect(words).toBe(`signed by ${print}\nfile: list.txt, 4 bytes\n`);
    }
  });

  test('shows the name of a file in a form that does nothing to a terminal', async () => {
    const { words } = await done(desk.run(['show', names[HOSTILE]!]));
    const [, file, named] = words.split('\n');
    expect(file).toBe('file: _[31mred.txt, 1 bytes');
    expect(named).toBe('a file was named "\\u{1b}[31mred.txt": it is written as "_[31mred.txt"');
    expect(words).not.toMatch(/[\p{Cc}\p{Cf}](?<!\n)/u);
  });

  test('tells the true name of a file that had to be written under another one, in JSON as it was', async () => {
    expect(read).toMatch(/^a file was named "\\u\{1b\}\[31mred\.txt": it is written as "_\[31mred\.txt"$/m);
    const { out } = await done(desk.run(['show', '--json', names[HOSTILE]!]));
    expect(JSON.parse(out).files).toEqual([{ name: '_[31mred.txt', bytes: 1, named: '\u001b[31mred.txt' }]);
    const kept = readFileSync(join(desk.cwd, 'inbox', names[HOSTILE]!, '.names'));
    expect(kept.includes('red.txt')).toBe(false); // encrypted as the note is
  });

  test('lets no name of a file forge a line of its own', async () => {
    const { words } = await done(desk.run(['show', names[FORGING]!]));
    const lines = words.trimEnd().split('\n');
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(/^signed by nobody: /);
    expect(lines[1]).toBe(`file: ${FORGED_NAME.replaceAll(/[\n\t\u2028]/g, '\ufffd')}, 1 bytes`);
    expect(words).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}](?<!\n)/u);
    const { out } = await done(desk.run(['inbox']));
    expect(out.split('\n').find((each) => each.includes(short(FORGING)))).toContain('a\ufffdb\ufffdc [1 file] ');
  });

  test('shows a letter as JSON', async () => {
    const { out } = await done(desk.run(['show', '--json', short('from the source again')]));
    expect(JSON.parse(out)).toEqual({
      name: names['from the source again'],
      path: '',
      files: [{ name: 'list.txt', bytes: 4 }],
      from: print,
      proof: 'signature',
      answers: false,
      text: 'from the source again',
    });
  });

  test('saves an encrypted letter in the clear only when asked, into a folder without a note', async () => {
    const sealed = names['from the source again']!;
    expect(readdirSync(join(desk.cwd, 'inbox'))).toContain(`${sealed}.sealed`);
    const bytes = readFileSync(join(desk.cwd, 'inbox', `${sealed}.sealed`));
    expect(bytes.includes('the source again')).toBe(false);
    const { words } = await done(desk.run(['show', sealed, '--save', 'out']));
    const saved = join('out', sealed);
    expect(words.endsWith(`saved in the clear, 1 file: ${saved}\n`)).toBe(true); // its text is no file
    expect(readdirSync(join(desk.cwd, 'out', sealed)).sort()).toEqual(['letter.txt', 'list.txt']);
    expect(readFileSync(join(desk.cwd, 'out', sealed, 'list.txt'), 'utf8')).toBe('a, b');
    expect(readdirSync(join(desk.cwd, 'inbox'))).not.toContain(sealed);
    const again = await desk.run(['show', sealed, '--save', 'out']);
    expect(again).toMatchObject({ status: 1, out: 'from the source again' });
    expect(again.words).toMatch(/\ndead-drop: that letter was saved there already\n$/);
    await done(desk.run(['show', sealed, '--save', 'elsewhere']));
    const acting = await done(desk.run(['show', names.acting!, '--save', 'out']));
    expect(acting.words).toContain('\na file was named "plan.url": it is written as "plan.url.txt"\n');
    const clear = await done(desk.run(['show', names['from a source']!, '--save', 'out']));
    expect(clear.words).toContain('that letter is in the clear already, in its folder\n');
  });

  test('is refused a letter that is not there, or of which there are several', async () => {
    for (const [which, message] of [
      ['zzzz', 'there is no such letter in the inbox'],
      ['letter-', 'there is no such letter in the inbox'],
      [twins()!, 'more than one letter begins like that'],
    ]) {
      const ended = await desk.run(['show', which!]);
      expect(ended, which).toMatchObject({ status: 1, out: '', words: `dead-drop: ${message}\n` });
    }
    const nothing = await desk.run(['inbox', '--inbox', 'secret-name']);
    expect(nothing).toMatchObject({ status: 1, words: 'dead-drop: there is no inbox yet: dead-drop read makes one\n' });
  });
});

test('a source who wants to keeps answers in an inbox, answers them, and is believed', async () => {
  const jane = await office(newIdentity(drop.url, now));
  const cwd = lastingFolder();
  const words = newWords();
  const source = (args: string[], options: Partial<CommandOptions> = {}) =>
    done(command([...args, '--words-fd', '4'], { cwd, secrets: { 4: words }, ...options }));
  await source(['send', '--to', jane.contact, '--reply-to-mailbox'], { input: 'first' });
  await drop.tick();
  const letter = (await done(jane.run(['read']))).out.trim();
  await done(jane.run(['reply', letter], { input: 'second' }));
  await drop.tick();
  const read = await source(['mailbox', 'read', '--from', jane.contact, '--inbox', 'mine', '--encrypted']);
  expect(read.out).toMatch(/^mine\/letter-\w+\.sealed\n$/);
  expect((await source(['mailbox', 'read', '--from', jane.contact, '--inbox', 'mine'])).out).toBe('');
  const mine = ['--mailbox', '--inbox', 'mine'];
  expect((await source(['inbox', ...mine])).out).toContain('second (encrypted, 6 bytes)');
  expect((await source(['show', read.out.trim(), ...mine])).out).toBe('second');
  await source(['reply', read.out.trim(), ...mine, '--from', jane.contact], { input: 'third' });
  expect((await source(['inbox', ...mine])).out).toContain('  you answered\n');
  await drop.tick();
  const answer = await done(jane.run(['read']));
  expect(answer.words).toMatch(
    /\nanswers a letter that you wrote to this mailbox\nfrom the mailbox .{39}: you can be sure .*\n$/,
  );
  expect(readFileSync(join(jane.cwd, answer.out.trim(), 'letter.txt'), 'utf8')).toBe('third');
  writeFileSync(join(jane.cwd, 'plan.bin'), 'a plan');
  await done(jane.run(['reply', answer.out.trim(), 'plan.bin', '--name', 'Jane']));
  await drop.tick();
  const last = await source(['mailbox', 'read', '--from', jane.contact]);
  expect(last.out).toBe('second\n\nJane\n');
  const [first, then] = [1, 2].map(
    (number) => `answer ${number}, in the batch of \\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d:\n`,
  );
  expect(last.words).toMatch(
    new RegExp(`${first}answers a letter .*\n${then}answers a letter .*\nfile: plan.bin, 6 bytes\n`),
  );
  expect(last.words).toMatch(/\nfiles are not kept: read again with --inbox to keep answers and their files\n$/);
});

test('mailbox read --since looks no further back', async () => {
  const drop = await withDrop();
  toPresent(drop);
  drop.pass(-3 * 86_400);
  await drop.tick();
  drop.pass(3 * 86_400);
  await drop.tick();
  const cwd = lastingFolder();
  const secrets = { 4: newWords() };
  const batches = async (...since: string[]) => {
    const args = ['mailbox', 'read', '--drop', drop.url, ...since, '--words-fd', '4', '--json'];
    const { out, words } = await done(command(args, { cwd, secrets }));
    const nothing = new RegExp(`${since.includes('--inbox') ? 'nothing new' : 'no answer'}: read up to .*\n`);
    expect(words).toMatch(inTurn(MAILBOX, /(?:(?:reading: .*\n)?864 batches are gone .*\nso far, .*\n)?/, nothing));
    return out.split('\n').filter((line) => line.includes('"kind":"batch"')).length;
  };
  expect([await batches(), await batches('--since', '2d'), await batches('--since', '4d')]).toEqual([2, 1, 2]);
  const keep = (...since: string[]) => batches('--inbox', 'mine', ...since);
  expect([await keep('--since', '2d'), await keep(), await keep('--since', '4d')]).toEqual([1, 0, 0]); // it is known now
});

describe('the keys of an epoch that is over', () => {
  const DAY = 86_400;

  /** A journalist whose first keys are over in 40 days, at a drop of their own. */
  async function journalist() {
    const drop = await withDrop();
    toPresent(drop);
    const identity = newIdentity(drop.url, now, 15 * DAY);
    const { cwd, run } = await office(identity);
    const shift = join(cwd, 'shift.mjs');
    const ahead = 100 * DAY * 1000;
    writeFileSync(
      shift,
      `const real = Date.now;
      Date.now = () => real() + ${ahead};
      globalThis.Date = class extends Date { constructor(...all) { super(...(all.length ? all : [Date.now()])); } };`,
    );
    const read = (clock: 'right' | 'ahead') =>
      done(run(['read'], clock === 'right' ? {} : { env: { HOME: cwd, NODE_OPTIONS: `--import=${shift}` } }));
    return { drop, contact: contactOf(identity), read, run };
  }
  test('are not destroyed by a clock that is ahead alone, and open what comes', async () => {
    const { drop, contact, read, run } = await journalist();
    await drop.tick();
    await read('right');
    for (const _ of [1, 2]) {
      await drop.tick();
      expect((await read('ahead')).words).toMatch(
        inTurn(
          /your contact is valid no longer by the clock of this machine, [\d-]{10}: dead-drop rotate makes the next one\n/,
          /nothing new: read up to .*\. It has published nothing since, or the clock of this machine is ahead\n/,
        ),
      );
    }
    await send(way(drop.url), contact, { text: 'still here' });
    await drop.tick();
    expect((await read('ahead')).out).toMatch(/^inbox\/letter-\w+\n$/);
    await done(run(['contact'])); // which needs them
  });

  test('nor by a drop that is ahead alone, nor by any other command, but by read when both are', async () => {
    const { drop, read, run } = await journalist();
    await done(run(['rotate']));
    drop.pass(100 * DAY);
    await drop.tick();
    expect((await read('right')).words).not.toContain('destroyed');
    await done(run(['contact']));
    await done(run(['inbox']));
    const ended = await read('ahead');
    expect(ended.words).toContain('the keys of 2 epochs that are over were destroyed\n');
    const none = await run(['contact']);
    expect(none).toMatchObject({ status: 1, out: '' });
    expect(none.words).toContain('this identity has no keys left');
    const after = await run(['read']);
    expect([after.status, after.out]).toEqual([1, '']);
    expect(after.words).toContain('dead-drop: all keys of this identity are over, so that nothing can be read');
  });
});

describe('a document that tells who made it', () => {
  const report = docx();
  const begin = (contact: string) => ['send', '--to', contact, 'report.docx'];

  test('is not sent where nobody can be asked, and --anyway is named', async () => {
    const { cwd, contact, run } = await office(newIdentity(drop.url, now));
    writeFileSync(join(cwd, 'report.docx'), report);
    const waiting = drop.waiting();
    const ended = await run(begin(contact), { passphrase: undefined });
    expect(ended).toMatchObject({ status: 1, out: '' });
    expect(ended.words).toContain('report.docx tells who made it, or where:\n');
    for (const item of docxTells) expect(ended.words).toContain(`  ${item}\n`);
    expect(ended.words).toMatch(/\ndead-drop: nothing was sent: --anyway sends the files as they are\n$/);
    expect(drop.waiting()).toBe(waiting);
  });

  test('is sent with --anyway, byte for byte, after the same words', async () => {
    const { cwd, contact, run } = await office(newIdentity(drop.url, now));
    writeFileSync(join(cwd, 'report.docx'), report);
    const sent = await done(run([...begin(contact), '--anyway'], { passphrase: undefined }));
    expect(sent.words).toContain('report.docx tells who made it, or where:\n');
    expect(sent.words).not.toContain('remove it, or send a copy');
    await drop.tick();
    const { out } = await done(run(['read']));
    expect(readFileSync(join(cwd, out.trim(), 'report.docx')).equals(report)).toBe(true);
  });
});

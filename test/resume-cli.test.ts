import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { fingerprintOf, formatFingerprint } from '../core/keys/fingerprint.ts';
import { contactOf, newIdentity } from '../core/keys/identity.ts';
import { newWords } from '../core/keys/words.ts';
import { fileAt } from '../node/files/outgoing-file.ts';
import { newUnsentFile } from '../node/send/unsent-file.ts';
import { parseContact } from '../wire/contact.ts';
import { type CommandOptions, command } from './command.ts';
import { openDrop, withDrop } from './drop.ts';
import { docx } from './metadata-samples.ts';
import { done, IDENTIFIED, inTurn, lastingFolder, MAILBOX, office, PASSPHRASE, QUICK, toPresent } from './office.ts';

const now = Math.floor(Date.now() / 1000);

/** A letter of three cells, of which the last is the root. */
const TEXT = 'with the minutes of 3 May';
const CONTENT = randomBytes(2_500_000);

type Step = 's3:PutObject' | 'sqs:SendMessage';

/** A source with a letter, and a drop at which a process is stopped before so many of its calls are done. */
async function desk() {
  const stop: { at?: Step; after?: number; signal?: NodeJS.Signals; victim?: ChildProcess } = {};
  const done: Step[] = [];
  const drop = await withDrop({
    intercept({ action, phase }) {
      if (action !== 's3:PutObject' && action !== 'sqs:SendMessage') return;
      if (phase === 'after') return void done.push(action);
      if (stop.at !== action || done.filter((each) => each === action).length < stop.after!) return;
      stop.victim!.kill(stop.signal!);
      throw new Error('cut');
    },
  });
  toPresent(drop);
  const jane = await office(newIdentity(drop.url, now));
  const cwd = lastingFolder();
  writeFileSync(join(cwd, 'minutes'), CONTENT);
  const run = (args: string[], options: Partial<CommandOptions> = {}) =>
    command(args, { cwd, passphrase: PASSPHRASE, ...options });
  const begin = ['send', '--to', jane.contact, '--text-file', '-', 'minutes'];
  return {
    ...{ drop, jane, cwd, run, begin, state: join(cwd, 'f') },
    uploads: () => drop.objects('uploads/').length,
    /** Sends the letter until a call that a signal comes before. */
    async interrupt(
      at: Step,
      after: number,
      signal: NodeJS.Signals,
      more = ['--over', '3s', '--state', 'f'],
      options = {},
    ) {
      Object.assign(stop, { at, after, signal });
      const meanwhile = (child: ChildProcess) => {
        stop.victim = child;
      };
      const ended = await run([...begin, ...more], { input: TEXT, meanwhile, ...options });
      delete stop.at;
      return ended;
    },
    resume: (options: Partial<CommandOptions> = {}, more: string[] = []) =>
      run(['send', '--resume', 'f', ...more], options),
    /** Expects the letter to arrive whole. @returns what is said of who wrote it */
    async arrived() {
      await drop.tick();
      const read = await jane.run(['read']);
      const letter = join(jane.cwd, read.out.trim());
      expect(readFileSync(join(letter, 'letter.txt'), 'utf8')).toBe(TEXT);
      expect(readFileSync(join(letter, 'minutes')).equals(CONTENT)).toBe(true);
      return read.words;
    },
  };
}

describe('send --over --state', () => {
  test.each([0, 1, 2])('killed after %d of 3 cells is gone on with by --resume, with no cell twice', async (cells) => {
    const { state, uploads, interrupt, resume, arrived } = await desk();
    expect(await interrupt('s3:PutObject', cells, 'SIGKILL')).toMatchObject({ status: null, out: '' });
    expect(uploads()).toBe(cells);
    const kept = readFileSync(state, 'latin1');
    expect(kept).toMatch(/^-----BEGIN DEAD DROP UNSENT LETTER-----\n/);
    const inside = Buffer.from(kept.split('\n').slice(1, -2).join(''), 'base64');
    for (const secret of [TEXT, 'minutes', '127.0.0.1', 'BEGIN DEAD DROP CONTACT'])
      expect(inside.includes(secret)).toBe(false);
    const resumed = await done(resume());
    expect(resumed.words).toContain(`step ${cells + 1} of 4, a cell: `);
    expect(resumed.words).toMatch(/\nsent: the letter will stand in the next batches/);
    expect(uploads()).toBe(3);
    expect(existsSync(state)).toBe(false);
    await arrived();
  });

  test('killed between its last cell and its registration is registered by --resume, and uploads nothing', async () => {
    const { drop, state, uploads, interrupt, resume, arrived } = await desk();
    expect(await interrupt('sqs:SendMessage', 0, 'SIGKILL')).toMatchObject({ status: null, out: '' });
    expect([uploads(), drop.waiting()]).toEqual([3, 0]);
    await done(resume());
    expect([uploads(), existsSync(state)]).toEqual([3, false]);
    expect(drop.waiting()).toBeGreaterThanOrEqual(1); // the first registration may have arrived: that is harmless
    await arrived();
  });

  test('says at Ctrl-C that the rest is kept', async () => {
    const { interrupt, resume, arrived } = await desk();
    const ended = await interrupt('s3:PutObject', 1, 'SIGINT');
    expect(ended).toMatchObject({ status: 130, out: '' });
    expect(ended.words).toContain(
      '\nit can be interrupted and resumed; the files must stay as they are until they are sent\n',
    );
    expect(ended.words).toMatch(
      /\nwhat is left of it is kept: dead-drop send --resume goes on with it\ninterrupted\n$/,
    );
    await done(resume());
    await arrived();
  });

  test('with a mailbox asks for its words again, which are not kept, and for no others', async () => {
    const { interrupt, resume, arrived, state } = await desk();
    const words = newWords();
    const more = ['--over', '3s', '--state', 'f', '--reply-to-mailbox', '--words-fd', '4'];
    const begun = await interrupt('s3:PutObject', 1, 'SIGKILL', more, { secrets: { 4: words } });
    const unasked = await resume();
    expect(unasked).toMatchObject({ status: 2, out: '' });
    expect(unasked.words).toContain(
      'there is no terminal to ask for the words of the mailbox: give it with --words-file or --words-fd\n',
    );
    const others = await resume({ secrets: { 4: newWords() } }, ['--words-fd', '4']);
    expect(others).toMatchObject({ status: 1, out: '' });
    expect(others.words).toMatch(
      inTurn(IDENTIFIED, MAILBOX, 'dead-drop: those are the words of another mailbox than the letter was begun with\n'),
    );
    expect(existsSync(state)).toBe(true);
    const resumed = await done(resume({ secrets: { 4: words } }, ['--words-fd', '4']));
    expect(resumed.words).toMatch(MAILBOX);
    expect(MAILBOX.exec(resumed.words)![1]).toBe(MAILBOX.exec(begun.words)![1]);
    expect(MAILBOX.exec(others.words)![1]).not.toBe(MAILBOX.exec(begun.words)![1]);
    expect(await arrived()).toMatch(/\nfrom the mailbox .{39}: /);
  });
});

test('send --over without --state says at once that nothing is kept, and keeps nothing', async () => {
  const { cwd, uploads, interrupt } = await desk();
  const ended = await interrupt('s3:PutObject', 1, 'SIGINT', ['--over', '3s'], { passphrase: undefined });
  expect(ended).toMatchObject({ status: 130, out: '' });
  expect(ended.words).toContain('\nnothing is kept of it: if it is interrupted, it has to be sent anew\n');
  expect(ended.words).not.toContain('--resume');
  expect([uploads(), existsSync(join(cwd, 'f'))]).toEqual([1, false]);
});

test('send --state says that the rest is kept only where it can be gone on with', async () => {
  const cwd = lastingFolder();
  writeFileSync(join(cwd, 'minutes'), CONTENT);
  const changing = { isOn: true };
  const drop = await openDrop({
    intercept({ action, phase }) {
      if (action === 's3:PutObject' && phase === 'before' && changing.isOn) writeFileSync(join(cwd, 'minutes'), 'less');
    },
  });
  toPresent(drop);
  const { contact } = await office(newIdentity(drop.url, now));
  const begin = (state: string) =>
    command(['send', '--to', contact, '--text-file', '-', 'minutes', '--state', state], {
      ...{ cwd, passphrase: PASSPHRASE, input: TEXT },
    });
  const changed = await begin('f');
  expect(changed).toMatchObject({ status: 1, out: '' });
  expect(changed.words).toMatch(/(^|\n)dead-drop: a file changed while it was being read: [^\n]+\n$/);
  expect(changed.words).not.toContain('is kept');
  changing.isOn = false;
  await drop.close();
  const unreachable = await begin('g');
  expect(unreachable).toMatchObject({ status: 1, out: '' });
  expect(unreachable.words).toMatch(
    /\nwhat is left of it is kept: dead-drop send --resume goes on with it\ndead-drop: [^\n]+\n$/,
  );
});

test.each<[string, string[], string]>([
  ['--words-fd without --reply-to-mailbox', ['--words-fd', '4'], '--words-fd goes with --reply-to-mailbox'],
  ['--passphrase-fd without --state', ['--passphrase-fd', '4'], '--passphrase-fd goes with --state'],
])('send refuses %s as wrong usage', async (_, more, message) => {
  const { contact } = await office(newIdentity('http://127.0.0.1:1', now));
  const print = formatFingerprint(fingerprintOf(parseContact(readFileSync(contact)).identity));
  const args = ['send', '--to', contact, '--fingerprint', print, ...more];
  const ended = await command(args, { cwd: lastingFolder(), secrets: { 4: newWords() }, keepInputOpen: true });
  expect(ended).toMatchObject({ status: 2, out: '', words: `dead-drop: ${message}\n` });
});

test('a command about an inbox refuses --words-fd without --mailbox as wrong usage', async () => {
  const { run } = await office(newIdentity('http://127.0.0.1:1', now));
  for (const args of [['inbox'], ['show', 'x'], ['reply', 'x']]) {
    const ended = await run([...args, '--words-fd', '4'], { secrets: { 4: newWords() }, keepInputOpen: true });
    expect(ended, args[0]).toMatchObject({ status: 2, out: '', words: 'dead-drop: --words-fd goes with --mailbox\n' });
  }
});

describe('send --resume refuses', () => {
  /** A letter that was begun, and of which nothing went. */
  async function begun() {
    const cwd = lastingFolder();
    const path = join(cwd, 'minutes');
    writeFileSync(path, 'on 3 May');
    const contact = contactOf(newIdentity('http://127.0.0.1:1', now));
    const { bytes, changed } = await fileAt(path);
    const files = [{ path, bytes, changed: changed! }];
    const letter = { contact, text: TEXT, files };
    (await newUnsentFile(join(cwd, 'f'), 'unsent letter', Buffer.from(PASSPHRASE.trim()), letter, QUICK)).wipe();
    const run = (more: string[] = [], options: Partial<CommandOptions> = {}) =>
      command(['send', '--resume', 'f', ...more], { cwd, passphrase: PASSPHRASE, ...options });
    return { cwd, path, print: formatFingerprint(fingerprintOf(contact.identity)), run };
  }

  test('a wrong passphrase', async () => {
    const { run } = await begun();
    expect(await run([], { passphrase: 'another\n' })).toMatchObject({
      status: 1,
      out: '',
      words: 'dead-drop: wrong passphrase, or the file is damaged\n',
    });
  });

  test('a file that is damaged, is none, or is not there', async () => {
    const { cwd, run } = await begun();
    const text = readFileSync(join(cwd, 'f'), 'utf8');
    for (const [damage, message] of [
      [text.replace(/(\n.{64}){2}(\n.{1,64}\n-----END)/, '$2'), 'the unsent letter is damaged'],
      [
        text.replace(/(.)(.{10}\n-----END)/, (_, one, rest) => `${one === 'A' ? 'B' : 'A'}${rest}`),
        'the unsent letter is damaged',
      ],
      [text.slice(0, -30), 'not a dead drop unsent letter'],
      ['', 'not a dead drop unsent letter'],
    ]) {
      writeFileSync(join(cwd, 'f'), damage!);
      expect(await run()).toMatchObject({ status: 1, out: '', words: `dead-drop: ${message}\n` });
    }
    const gone = await command(['send', '--resume', 'secret-name'], { cwd, passphrase: PASSPHRASE });
    expect(gone).toMatchObject({ status: 1, words: 'dead-drop: the file of the unsent letter cannot be read\n' });
  });

  test('when a file of the letter has changed, or is gone', async () => {
    const { path, run } = await begun();
    appendFileSync(path, '!');
    const ended = await run();
    expect(ended).toMatchObject({ status: 1, out: '' });
    const changed = 'dead-drop: a file of the letter has changed since it was begun: begin the letter anew\n';
    expect(ended.words).toMatch(inTurn(IDENTIFIED, changed)); // not that the rest is kept
  });

  test('when the fingerprint given is another one, and asks nobody to compare the right one', async () => {
    const { cwd, path, print, run } = await begun();
    appendFileSync(path, '!'); // so that it ends here
    const message = 'a file of the letter has changed since it was begun: begin the letter anew';
    expect(await run(['--fingerprint', print])).toMatchObject({ status: 1, words: `dead-drop: ${message}\n` });
    const others = formatFingerprint(fingerprintOf(newIdentity('http://127.0.0.1:1', now).signing.publicKey));
    expect(await run(['--fingerprint', others])).toMatchObject({
      status: 1,
      out: '',
      words: 'dead-drop: the contact is of another identity than the fingerprint names: do not write to it\n',
    });
    expect(existsSync(join(cwd, 'f'))).toBe(true);
  });

  test('anything that would make it another letter, as wrong usage', async () => {
    const { run } = await begun();
    for (const more of [['minutes'], ['--text-file', '-'], ['--over', '1h'], ['--to', 'x'], ['--state', 'g']]) {
      const ended = await run(more);
      expect(ended, more.join(' ')).toMatchObject({ status: 2, out: '' });
      expect(ended.words).toMatch(/goes on with a letter as it was begun|cannot be used with option/);
    }
  });
});

test('--state never takes the place of a file', async () => {
  const { cwd, begin, run, uploads } = await desk();
  writeFileSync(join(cwd, 'f'), 'mine');
  const ended = await run([...begin, '--state', 'f'], { keepInputOpen: true }); // nobody is let write for nothing
  expect(ended).toMatchObject({ status: 1, out: '' });
  expect(ended.words).toContain('dead-drop: there is a file of that name: an unsent letter is kept in a new one\n');
  expect([readFileSync(join(cwd, 'f'), 'utf8'), uploads()]).toEqual(['mine', 0]);
});

test.each(['gone/f', 'minutes/f'])('--state is refused where no file can be made (%s)', async (state) => {
  const { begin, run, uploads } = await desk();
  const ended = await run([...begin, '--state', state], { keepInputOpen: true });
  expect(ended).toMatchObject({ status: 1, out: '' });
  expect(ended.words).toContain('dead-drop: no file can be made in the folder of --state: name one that is there');
  expect(uploads()).toBe(0);
});

describe('a text that is typed on a terminal, up to Ctrl-D', () => {
  /** Runs a command on a terminal, and types each answer when what it answers stands there. @returns the screen */
  function onTerminal(
    cwd: string,
    args: readonly string[],
    answers: readonly (readonly [string, string])[],
    before = '',
  ) {
    const program = join(import.meta.dirname, '../bin/dead-drop.ts');
    const line = [process.execPath, program, ...args].map((word) => `'${word}'`).join(' ');
    return new Promise<string>((resolve) => {
      const child = spawn('script', ['-qec', before + line, '/dev/null'], { cwd });
      const left = [...answers];
      let [screen, unseen] = ['', ''];
      child.stdout.on('data', (part) => {
        screen += part;
        unseen += part;
        if (left.length === 0 || !unseen.includes(left[0]![0])) return;
        unseen = '';
        child.stdin.write(left.shift()![1]);
      });
      child.once('close', () => resolve(screen));
    });
  }

  test('comes after all questions, and arrives', async () => {
    const drop = await withDrop();
    toPresent(drop);
    const jane = await office(newIdentity(drop.url, now));
    const cwd = lastingFolder();
    writeFileSync(join(cwd, 'report.docx'), docx());
    const text: [string, string][] = [
      ['write your letter', 'typed\n'],
      ['typed', '\u0004'],
    ];
    const send = ['send', '--to', jane.contact, '--text-file', '-'];
    const same: [string, string] = ['Is it the same?', 'yes\n'];
    const kept: [string, string][] = [
      ['New passphrase', 'x\r'],
      ['once more', 'x\r'],
    ];
    const screens = await Promise.all([
      onTerminal(cwd, [...send, '--state', 'f'], [same, ...kept, ...text]),
      onTerminal(cwd, [...send, '--state', 'g'], [same, ...kept], "printf 'typed\\n' | "),
      onTerminal(cwd, [...send, 'report.docx'], [same, ['as they are?', 'yes\n'], ...text]),
      onTerminal(cwd, [...send, '--reply-to-mailbox'], [same, ['Words of the mailbox', `${newWords()}\r`], ...text]),
      onTerminal(
        cwd,
        [...send, 'no-such', 'report.docx'],
        [same, ['without that?', 'yes\n'], ['as they are?', 'no\n']],
      ),
      onTerminal(cwd, send, [['Is it the same?', 'no\n']]),
      onTerminal(cwd, [...send, '--reply-to-mailbox'], [same, ['Words of the mailbox', '\u0003']]),
    ]);
    for (const screen of screens.slice(0, 4))
      expect(screen).toContain('sent: the letter will stand in the next batches');
    expect(screens[4]).toContain('no-such: a file to send does not exist\r\n');
    expect(screens[4]).toContain('nothing was sent: --anyway sends the files as they are');
    expect(screens[5]).toContain('nothing was sent: the contact may be of somebody else than you think');
    expect(screens[6]).toMatch(/\r\nnothing was sent\r\ninterrupted\r\n$/);
    expect(drop.waiting()).toBe(4);
    await drop.tick();
    for (const letter of (await done(jane.run(['read']))).out.trim().split('\n')) {
      expect(readFileSync(join(jane.cwd, letter, 'letter.txt'), 'utf8')).toBe('typed\n');
    }
  });
});

import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { newIdentity } from '../core/keys/identity.ts';
import { newWords } from '../core/keys/words.ts';
import type { Call } from '../local/gateway.ts';
import { type UnsentKind, unsentKindOf } from '../node/send/unsent-file.ts';
import { type CommandOptions, command, type Ended } from './command.ts';
import { withDrop } from './drop.ts';
import { done, lastingFolder, office, PASSPHRASE, toPresent } from './office.ts';

const now = Math.floor(Date.now() / 1000);

const KEPT = (by: string) => `what is left of it is kept: dead-drop ${by} --resume goes on with it\n`;

/** Before or after which call, counted from 1, a signal comes. */
interface Moment {
  readonly action: 's3:PutObject' | 'sqs:SendMessage';
  readonly phase: Call['phase'];
  readonly nth: number;
  readonly signal: NodeJS.Signals;
}

const at = (
  action: Moment['action'],
  nth = 1,
  phase: Call['phase'] = 'before',
  signal: NodeJS.Signals = 'SIGKILL',
) => ({
  ...{ action, nth, phase, signal },
});

/** A drop at which a command can be stopped, a journalist, and a source with a mailbox. */
async function world() {
  const stop: { at?: Moment; left?: number; victim?: ChildProcess } = {};
  const drop = await withDrop({
    intercept({ action, phase }) {
      const { at: moment, victim } = stop;
      if (moment === undefined || action !== moment.action || phase !== moment.phase) return;
      stop.left! -= 1;
      if (stop.left! > 0) return;
      if (stop.left === 0) victim!.kill(moment.signal); // and not once more, when it is tried again
      throw new Error('cut');
    },
  });
  toPresent(drop);
  const jane = await office(newIdentity(drop.url, now));
  /** Runs a command that is stopped. */
  const stopped = async (moment: Moment, run: (options: Partial<CommandOptions>) => Promise<Ended>) => {
    Object.assign(stop, { at: moment, left: moment.nth });
    const ended = await run({ meanwhile: (child) => (stop.victim = child) });
    delete stop.at;
    expect(ended.status, ended.words).toBe(moment.signal === 'SIGKILL' ? null : 130);
    return ended;
  };
  return { drop, jane, stopped, uploads: () => drop.objects('uploads/').length };
}

describe('upload --state', () => {
  const CONTENT = randomBytes(2_500_000); // with the root, three cells

  test.each([1, 2, 3])(
    'killed at cell %d is gone on with, prints the sealed id, and registers nothing',
    async (nth) => {
      const { drop, jane, stopped, uploads } = await world();
      const cwd = lastingFolder();
      writeFileSync(join(cwd, 'minutes'), CONTENT);
      const run = (args: string[], options: Partial<CommandOptions> = {}) =>
        command(args, { cwd, passphrase: PASSPHRASE, ...options });
      const begin = ['upload', '--to', jane.contact, 'minutes', '--state', 'f'];
      await stopped(at('s3:PutObject', nth), (options) => run(begin, options));
      expect(uploads()).toBe(nth - 1);
      const resumed = await done(run(['upload', '--resume', 'f']));
      expect(resumed.out).toMatch(/^[\w-]{107}=\n$/);
      expect([uploads(), drop.waiting(), existsSync(join(cwd, 'f'))]).toEqual([3, 0, false]);
      await done(command(['register', resumed.out.trim(), '--to', jane.contact], { cwd }));
      await drop.tick();
      const letter = (await done(jane.run(['read']))).out.trim();
      expect(readFileSync(join(jane.cwd, letter, 'minutes')).equals(CONTENT)).toBe(true);
    },
  );

  test('says at Ctrl-C that the rest is kept, and by which command it goes on', async () => {
    const { jane, stopped } = await world();
    const cwd = lastingFolder();
    const begin = ['upload', '--to', jane.contact, '--text-file', '-', '--state', 'f', '--json'];
    const input = 'on 3 May';
    const ended = await stopped(at('s3:PutObject', 1, 'before', 'SIGINT'), (options) =>
      command(begin, { cwd, passphrase: PASSPHRASE, input, ...options }),
    );
    expect(ended.words).toContain(`${KEPT('upload')}interrupted\n`);
    expect(ended.out).toBe('');
    const resumed = await done(command(['upload', '--resume', 'f', '--json'], { cwd, passphrase: PASSPHRASE }));
    expect(JSON.parse(resumed.out)).toEqual({ sealedId: expect.stringMatching(/^[\w-]{107}=$/) });
  });
});

describe('reply --state', () => {
  const ANSWER = `What we found: ${'more, '.repeat(10)}and a file`;

  /** A journalist with a letter of a mailbox's, and an answer of two cells to it. */
  async function answering() {
    const there = await world();
    const { drop, jane } = there;
    const [words, source] = [newWords(), lastingFolder()];
    const signed = ['send', '--to', jane.contact, '--reply-to-mailbox', '--words-fd', '4', '--text-file', '-'];
    await done(command(signed, { cwd: source, input: 'May I ask?', secrets: { 4: words } }));
    await drop.tick();
    const letter = (await done(jane.run(['read', '--encrypted']))).out.trim();
    writeFileSync(join(jane.cwd, 'table.csv'), randomBytes(1_200_000));
    const begin = ['reply', letter, 'table.csv', '--text-file', '-', '--state', 'f', '--name', 'Jane'];
    const start = (options: Partial<CommandOptions>) => jane.run(begin, { input: ANSWER, ...options });
    return {
      ...{ ...there, start, state: join(jane.cwd, 'f'), resume: () => jane.run(['reply', '--resume', 'f']) },
      /** Expects the answer to be there for the mailbox, once, and in the list of the inbox, once. */
      async arrived() {
        await drop.tick();
        const read = ['mailbox', 'read', '--from', jane.contact, '--words-fd', '4', '--json'];
        const got = await done(command(read, { cwd: source, secrets: { 4: words } }));
        const answers = got.out
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line))
          .filter(({ text }) => text !== undefined);
        expect(answers.map(({ text, answers }) => [text, answers])).toEqual([[`${ANSWER}\n\nJane\n`, true]]);
        const listed = (await done(jane.run(['inbox']))).out;
        expect(listed.match(/you answered/g)).toHaveLength(1);
      },
    };
  }

  test.each([
    ['before its first cell', at('s3:PutObject', 1), 0],
    ['before its root', at('s3:PutObject', 2), 1],
    ['before it is registered', at('sqs:SendMessage', 1), 2],
    ['when it is registered, and does not know', at('sqs:SendMessage', 1, 'after'), 2],
  ])('killed %s is gone on with, arrives once and is listed once', async (_, moment, cells) => {
    const { stopped, start, state, uploads, resume, arrived } = await answering();
    const before = uploads();
    await stopped(moment, start);
    expect(uploads() - before).toBe(cells);
    const kept = readFileSync(state, 'latin1');
    expect(kept).toMatch(/^-----BEGIN DEAD DROP UNSENT ANSWER-----\n/);
    const resumed = await done(resume());
    expect(resumed.words).toMatch(/\nsent: /);
    expect([uploads() - before, existsSync(state)]).toEqual([2, false]);
    await arrived();
  });

  test('that was sent and listed, but whose file is still there, is listed once all the same', async () => {
    const { stopped, start, state, resume, arrived, jane } = await answering();
    await stopped(at('sqs:SendMessage', 1, 'after'), start);
    const kept = readFileSync(state);
    await done(resume());
    writeFileSync(state, kept); // as if the process had been killed before it was removed
    await done(resume());
    expect(readdirSync(join(jane.cwd, 'inbox')).filter((name) => name.startsWith('.answer-'))).toHaveLength(1);
    await arrived();
  });

  test('says at Ctrl-C that the rest is kept; nobody else goes on with it, and it is no other letter then', async () => {
    const { drop, stopped, start, jane, resume, arrived } = await answering();
    const ended = await stopped(at('s3:PutObject', 2, 'before', 'SIGINT'), start);
    expect(ended.words).toContain(`${KEPT('reply')}interrupted\n`);
    const john = await office(newIdentity(drop.url, now));
    writeFileSync(join(john.cwd, 'f'), readFileSync(join(jane.cwd, 'f')));
    expect(await john.run(['reply', '--resume', 'f'])).toMatchObject({
      ...{ status: 1, out: '' },
      words: expect.stringContaining('dead-drop: it was begun with other keys than these, or the file is damaged\n'),
    });
    for (const more of [['x'], ['--text-file', '-'], ['--over', '1h'], ['--state', 'g'], ['--name', 'J']]) {
      const refused = await jane.run(['reply', '--resume', 'f', ...more]);
      expect(refused, more.join(' ')).toMatchObject({ status: 2, out: '' });
    }
    writeFileSync(join(jane.cwd, 'mine'), 'mine');
    const taken = await jane.run(['reply', 'x', '--state', 'mine'], { keepInputOpen: true });
    expect(taken).toMatchObject({ status: 1, words: expect.stringContaining('there is a file of that name') });
    await done(resume());
    await arrived();
  });
});

describe('desk invite --state', () => {
  const DESK = ['--identity', 'desk.identity'];

  /** A desk with nobody on it, its maker, and others. */
  async function desk(...names: string[]) {
    const there = await world();
    const { drop } = there;
    const maker = await office(newIdentity(drop.url, now));
    await done(maker.run(['desk', 'new', '--drop', drop.url]));
    const members = await Promise.all(
      names.map(async (name) => ({ name, ...(await office(newIdentity(drop.url, now))) })),
    );
    const invite = ({ name, contact }: (typeof members)[0]) => ['desk', 'invite', '--to', contact, '--name', name];
    /** Reads the letters that came. */
    const came = async ({ run }: (typeof members)[0]) =>
      (await done(run(['read', '--encrypted']))).out.trim().split('\n').filter(Boolean);
    const join_ = (member: (typeof members)[0], letter: string, words?: string) =>
      member.run(['desk', 'join', letter, '--desk-passphrase-fd', '5', ...(words ? ['--words-fd', '4'] : [])], {
        secrets: { 5: PASSPHRASE, 4: words },
      });
    const lacking = async () => (await done(maker.run(['desk', 'members']))).out;
    return { ...there, maker, members, invite, came, join: join_, lacking };
  }

  test.each([
    ['before its cell', at('s3:PutObject', 1)],
    ['before it is registered', at('sqs:SendMessage', 1)],
    ['when it is registered, and does not know', at('sqs:SendMessage', 1, 'after')],
  ])('killed %s is gone on with by desk update: one letter, under the words that were told', async (_, moment) => {
    const { drop, maker, members, stopped, invite, came, join, lacking, uploads } = await desk('Ann');
    const [ann] = members;
    const begun = await stopped(moment, (options) => maker.run([...invite(ann!), '--state', 'f'], options));
    expect(readFileSync(join_(maker.cwd, 'f'), 'latin1')).toMatch(/^-----BEGIN DEAD DROP UNSENT INVITATION-----\n/);
    expect(await lacking()).toContain('was not sent any keys');
    const resumed = await done(maker.run(['desk', 'update', '--resume', 'f', '--json']));
    expect(resumed.words).toBe('Ann: the keys are on their way\n');
    expect(JSON.parse(resumed.out)).toEqual({ sent: 1 });
    expect([uploads(), existsSync(join_(maker.cwd, 'f'))]).toEqual([1, false]);
    expect(await lacking()).toMatch(/^.{39} {2}Ann\n$/);
    await drop.tick();
    const letters = await came(ann!);
    expect(letters).toHaveLength(1);
    await done(join(ann!, letters[0]!, begun.out));
  });

  test('and rotate, which is interrupted at the second of three members: each gets the newest keys once', async () => {
    const { drop, maker, members, stopped, invite, came, join, lacking, uploads } = await desk('Ann', 'Ben', 'Cleo');
    for (const member of members) {
      const { out: words } = await done(maker.run(invite(member)));
      await drop.tick();
      await done(join(member, (await came(member)).at(-1)!, words));
    }
    const before = uploads();
    const rotate = ['rotate', ...DESK, '--state', 'f', '--over', '4s'];
    const ended = await stopped(at('sqs:SendMessage', 2, 'before', 'SIGINT'), (options) => maker.run(rotate, options));
    expect(ended.words).toContain('Ann: the keys are on their way\n');
    expect(ended.words).toContain(`${KEPT('desk update')}interrupted\n`);
    expect((await lacking()).match(/lacks the newest keys/g)).toHaveLength(2);
    expect(uploads() - before).toBe(2);
    const resumed = await done(maker.run(['desk', 'update', '--resume', 'f']));
    expect(resumed.words).toMatch(/Ben: the keys are on their way\n(.*\n)*Cleo: the keys are on their way\n$/);
    expect([uploads() - before, existsSync(join_(maker.cwd, 'f'))]).toEqual([3, false]);
    expect(await lacking()).not.toContain('lacks');
    await drop.tick();
    for (const member of members) {
      const letters = await came(member);
      expect(letters, member.name).toHaveLength(1);
      await done(join(member, letters[0]!));
    }
  });

  test('is refused when the desk has changed since, and rotate of an identity has nothing to keep', async () => {
    const { jane, maker, members, stopped, invite, uploads } = await desk('Ann');
    await stopped(at('s3:PutObject', 1), (options) => maker.run([...invite(members[0]!), '--state', 'f'], options));
    await maker.run(['rotate', ...DESK]);
    const refused = await maker.run(['desk', 'update', '--resume', 'f']);
    expect(refused).toMatchObject({ status: 1, out: '' });
    expect(refused.words).toMatch(/^dead-drop: the desk has changed since that was begun: remove that file, .*\n$/);
    expect(uploads()).toBe(0);
    const identity = readFileSync(join_(jane.cwd, 'dead-drop.identity'));
    const kept = await jane.run(['rotate', '--state', 'g']);
    expect(kept).toMatchObject({ status: 2, words: expect.stringContaining('--state goes with a desk') });
    writeFileSync(join_(maker.cwd, 'mine'), '');
    const taken = await maker.run(['rotate', ...DESK, '--state', 'mine']);
    expect(taken).toMatchObject({ status: 1, words: expect.stringContaining('there is a file of that name') });
    expect(readFileSync(join_(jane.cwd, 'dead-drop.identity')).equals(identity)).toBe(true);
  });

  const join_ = join;
});

test('what one command keeps, no other goes on with: it says which does, before it asks for anything', async () => {
  const kinds: Record<UnsentKind, string[]> = {
    'unsent letter': ['send'],
    'unsent upload': ['upload'],
    'unsent answer': ['reply'],
    'unsent invitation': ['desk', 'update'],
  };
  const cwd = lastingFolder();
  for (const kind of Object.keys(kinds) as UnsentKind[]) {
    const label = `DEAD DROP ${kind.toUpperCase()}`;
    writeFileSync(join(cwd, 'f'), `-----BEGIN ${label}-----\nAAAA\n-----END ${label}-----\n`);
    expect(await unsentKindOf(join(cwd, 'f'))).toBe(kind);
    for (const [other, words] of Object.entries(kinds)) {
      if (other === kind) continue;
      const refused = await command([...words, '--resume', 'f'], { cwd });
      const how = `dead-drop ${kinds[kind].join(' ')} --resume goes on with it`;
      const said = `dead-drop: that file keeps an ${kind}: ${how}\n`;
      expect(refused, words.join(' ')).toMatchObject({ status: 2, out: '', words: said });
    }
  }
});

test('two who go on with one letter at once are one too many: the other is refused, and the letter goes once', async () => {
  const { drop, jane, stopped, uploads } = await world();
  const cwd = lastingFolder();
  writeFileSync(join(cwd, 'minutes'), randomBytes(1_500_000));
  const run = (args: string[], options: Partial<CommandOptions> = {}) =>
    command(args, { cwd, passphrase: PASSPHRASE, ...options });
  const begin = ['send', '--to', jane.contact, 'minutes', '--over', '4s', '--state', 'f'];
  await stopped(at('s3:PutObject', 2), (options) => run(begin, options));
  const both = await Promise.all([run(['send', '--resume', 'f']), run(['send', '--resume', 'f'])]);
  const [sent, refused] = both.sort((one, other) => one.status! - other.status!);
  expect(sent!.status, sent!.words).toBe(0);
  expect(refused).toMatchObject({ status: 1, out: '' });
  expect(refused!.words).toContain('dead-drop: another command is sending that letter: wait until it ends\n');
  expect([uploads(), drop.waiting()]).toEqual([2, 1]);
});

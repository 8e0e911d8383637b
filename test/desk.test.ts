import type { ChildProcess } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { contactOf, type Identity, minuteOf, newIdentity, rotate, signingKeyOf } from '../core/keys/identity.ts';
import { openMailbox } from '../core/keys/mailbox.ts';
import { newWords } from '../core/keys/words.ts';
import { writerOf } from '../core/letter/proof.ts';
import { letterName } from '../core/read/collect.ts';
import { send } from '../core/send/send.ts';
import {
  addMember,
  epochsAside,
  findMember,
  INVITATION_NAME,
  invitationFor,
  membersOf,
  newDesk,
  noteSent,
  openInvitation,
  openRenewal,
  removeMember,
  renewDesk,
} from '../node/keys/desk.ts';
import { lockIdentity } from '../node/keys/identity-file.ts';
import { withoutSigningKey } from '../node/keys/signing-key.ts';
import type { CommandOptions } from './command.ts';
import { openDrop, type TestDrop, withDrop } from './drop.ts';
import { afresh, done, lastingFolder, office, PASSPHRASE, QUICK, toPresent } from './office.ts';
import { fileOf, way } from './people.ts';

const DAY = 86_400;
const now = minuteOf(Date.now() / 1000);
const DESK_PASSPHRASE = 'another horse\n';

type Run = Awaited<ReturnType<typeof office>>['run'];

const DESK = ['--identity', 'desk.identity'];

const WORDS = /^([a-z]+ ){11}[a-z]+\n$/;

const NOT_FROM_DESK =
  'that letter is not from this desk: somebody else put the invitation into it, or it is to another desk (see --out)';

/** Reads a member's own letters, and joins with the last that came. */
async function takeKeys(run: Run, words?: string, how: readonly string[] = []) {
  const { out } = await done(run(['read', ...how]));
  const letter = out.trim().split('\n').at(-1)!;
  const given = words === undefined ? [] : ['--words-fd', '4'];
  const secrets = { 5: DESK_PASSPHRASE, ...(words !== undefined && { 4: words }) };
  return run(['desk', 'join', letter, ...given, '--desk-passphrase-fd', '5'], { secrets });
}

/** Commands about a desk, with the passphrase that its keys have here. */
const asMember =
  (run: Run) =>
  (args: string[], options: Partial<CommandOptions> = {}) =>
    run([...args, ...DESK], { passphrase: DESK_PASSPHRASE, ...options });

describe('a desk of three', () => {
  test('reads one upload and one line, answers as one, and takes off a member who then reads no more', async () => {
    const drop = await withDrop();
    toPresent(drop);
    const [jane, john] = await Promise.all([office(newIdentity(drop.url, now)), office(newIdentity(drop.url, now))]);
    const maker = await office(newIdentity(drop.url, now));
    const counts = () => [drop.objects('uploads/').length, drop.waiting()] as const;

    const made = await done(maker.run(['desk', 'new', '--drop', drop.url]));
    expect(made.out).toBe('desk.identity\n');
    const invite = async (who: string, contact: string) => {
      const args = ['desk', 'invite', '--to', contact, '--name', who];
      const ended = await done(maker.run(args));
      expect(ended.out).toMatch(WORDS);
      expect(ended.words).toContain(`${who}: the keys are on their way\n`);
      return ended.out;
    };
    const janesWords = await invite('Jane', jane.contact);
    const johnsWords = await invite('John', john.contact);
    expect(counts()).toEqual([2, 2]);
    await drop.tick();
    const joined = await done(takeKeys(jane.run, janesWords));
    expect(joined.words).toContain('on the desk with you: nobody, and who made it\n'); // John came after the invitation
    expect((await done(takeKeys(john.run, johnsWords))).words).toContain(
      'on the desk with you: Jane, and who made it\n',
    );
    const listed = (await done(maker.run(['desk', 'members']))).out;
    expect(listed).toMatch(/^.{39} {2}Jane\n.{39} {2}John\n$/);
    expect((await done(asMember(john.run)(['desk', 'members']))).out).toBe(listed);

    // Whoever is on it hands out the same contact, under one fingerprint.
    const { out: contact, words: said } = await done(maker.run(['contact', ...DESK]));
    expect(await done(asMember(jane.run)(['contact']))).toMatchObject({ out: contact, words: said });
    const [, fingerprint] = /fingerprint: (.{39})\n/.exec(said)!;
    const shop = lastingFolder();
    const publish = (name: string, text: string) => {
      writeFileSync(join(shop, name), text);
      return join(shop, name);
    };
    const old = publish('old.contact', contact);

    const words = newWords();
    const source = (args: string[], input?: string) =>
      afresh([...args, '--words-fd', '4'], { input, secrets: { 4: words } });
    const write = async (text: string, to: string) => {
      await done(source(['send', '--to', to, '--fingerprint', fingerprint!, '--reply-to-mailbox'], text));
    };
    const read = ['read', '--inbox', 'desk-inbox'];
    const three = [
      { ...maker, as: (args: string[], options = {}) => maker.run([...args, ...DESK], options) },
      { ...jane, as: asMember(jane.run) },
      { ...john, as: asMember(john.run) },
    ] as const;
    const textsOf = (cwd: string) =>
      readdirSync(join(cwd, 'desk-inbox'))
        .filter((name) => name.startsWith('letter-'))
        .map((name) => readFileSync(join(cwd, 'desk-inbox', name, 'letter.txt'), 'utf8'))
        .sort();

    const before = counts();
    await write('for all of you', old);
    expect(counts()).toEqual([before[0] + 1, 1]);
    await drop.tick();
    const outs = [];
    for (const { as, cwd } of three) {
      outs.push((await done(as(read))).out);
      expect(textsOf(cwd)).toEqual(['for all of you']);
    }
    expect(new Set(outs).size).toBe(1); // under one name everywhere

    // Any of them answers, as the desk; a name is there only when it is given.
    const [letter] = outs[0]!.trim().split('\n');
    const reply = ['reply', letter!, '--inbox', 'desk-inbox'];
    await done(three[2].as(reply, { input: 'from one of us' }));
    await done(three[1].as([...reply, '--name', 'Jane'], { input: 'from me' }));
    await drop.tick();
    const answers = await done(source(['mailbox', 'read', '--from', old, '--fingerprint', fingerprint!, '--json']));
    const values = answers.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const letters = values.filter(({ text }) => text !== undefined);
    expect(new Set(letters.map(({ text }) => text))).toEqual(new Set(['from one of us', 'from me\n\nJane\n']));
    for (const { from, answers } of letters) expect([from, answers]).toEqual([fingerprint, true]);

    // Jane is taken off: what is written to the new contact is not for her.
    const removed = await done(maker.run(['desk', 'remove', 'Jane']));
    expect(removed.words).toMatch(
      /^until \d{4}-\d\d-\d\d [\d:]{8} they can still read what is written to earlier contacts, and sign in the desk's name\n/,
    );
    expect(removed.words).toMatch(/\nJohn: the keys are on their way\n$/);
    expect(removed.words).not.toContain('Jane: ');
    const fresh = publish('new.contact', removed.out);
    await write('to the old keys', old);
    await write('to the new keys', fresh);
    await drop.tick();
    // John polls before he takes the newer keys; what was written to them comes when he has them, without any words.
    const early = await done(three[2].as(read));
    expect(textsOf(john.cwd)).toEqual(['for all of you', 'to the old keys']);
    expect(early.words).not.toMatch(/skipped|postponed/);
    const taken = await done(takeKeys(john.run));
    expect(taken.words).toContain('on the desk with you: nobody, and who made it\n');
    await done(three[2].as(read));
    expect(textsOf(john.cwd)).toEqual(['for all of you', 'to the new keys', 'to the old keys']);
    await done(three[1].as(read));
    expect(textsOf(jane.cwd)).toEqual(['for all of you', 'to the old keys']);
    expect((await done(jane.run(['read']))).out).toBe(''); // no keys came to her
    expect((await done(maker.run(['desk', 'members']))).out).toMatch(/^.{39} {2}John\n$/);
  });
});

/** A desk's maker and one member of it, where the next upload, when told so, ends the process that does it. */
async function fragile(signal: NodeJS.Signals) {
  const state: { victim?: ChildProcess | undefined } = {};
  const drop = await withDrop({
    intercept({ action, phase }) {
      if (action !== 's3:PutObject' || phase !== 'before' || state.victim === undefined) return;
      state.victim.kill(signal);
      state.victim = undefined;
      throw new Error('cut');
    },
  });
  toPresent(drop);
  const [maker, jane] = [await office(newIdentity(drop.url, now)), await office(newIdentity(drop.url, now))];
  const meanwhile = (child: ChildProcess) => {
    state.victim = child;
  };
  return { drop, maker, jane, killed: { meanwhile } };
}

test('an invitation that was interrupted is given again, and its own words open it', async () => {
  const { drop, maker, jane, killed } = await fragile('SIGKILL');
  await done(maker.run(['desk', 'new', '--drop', drop.url]));
  const invite = ['desk', 'invite', '--to', jane.contact, '--name', 'Jane'];
  const cut = await maker.run(invite, killed);
  expect(cut).toMatchObject({ status: null, out: expect.stringMatching(WORDS) }); // before anything is sent
  expect(drop.waiting()).toBe(0);
  const lacking = /^.{39} {2}Jane {2}\(was not sent any keys: invite them again\)\n$/;
  expect((await done(maker.run(['desk', 'members']))).out).toMatch(lacking);
  expect(await maker.run(['desk', 'update'])).toMatchObject({
    status: 1,
    out: '',
    words: 'Jane was not sent any keys yet: invite them again\n',
  });
  const words = (await done(maker.run(invite))).out;
  expect(words).not.toBe(cut.out);
  expect((await done(maker.run(['desk', 'members']))).out).toMatch(/^.{39} {2}Jane\n$/);
  await drop.tick();
  const [letter] = (await done(jane.run(['read', '--encrypted']))).out.trim().split('\n');
  const joining = (spelled: string) =>
    jane.run(['desk', 'join', letter!, '--words-fd', '4', '--desk-passphrase-fd', '5'], {
      secrets: { 4: spelled, 5: DESK_PASSPHRASE },
    });
  expect(readdirSync(join(jane.cwd, 'inbox')).sort()).toEqual(['.bookmark', letter!.slice('inbox/'.length)]);
  const refused = await joining(cut.out); // of what never went
  expect(refused).toMatchObject({
    status: 1,
    out: '',
    words: 'dead-drop: those are not the words of this invitation\n',
  });
  expect((await done(joining(words))).words).toContain('the letter in which the keys came is removed from the inbox\n');
  expect(readdirSync(join(jane.cwd, 'inbox'))).toEqual(['.bookmark']);
  const again = await joining(words);
  expect(again).toMatchObject({ status: 1, out: '', words: 'dead-drop: there is no such letter in the inbox\n' });
});

test('an invitation that cannot be sent says that its words are of no use', async () => {
  const { drop, maker, jane, killed } = await fragile('SIGINT');
  await done(maker.run(['desk', 'new', '--drop', drop.url]));
  const args = ['desk', 'invite', '--to', jane.contact, '--name', 'Jane'];
  const nameless = await maker.run([...args.slice(0, -1), ' \u200b']);
  expect(nameless).toMatchObject({ status: 2, out: '', words: expect.stringContaining('--name is empty') });
  const ended = await maker.run(args, killed);
  expect(ended).toMatchObject({ status: 130, out: expect.stringMatching(WORDS) });
  expect(ended.words).toMatch(
    /\ntell them these words, .*\nJane was not sent the keys: those words are of no use, invite them again\ninterrupted\n$/,
  );
});

test('a newer contact keeps a member on the desk, and only --anew takes words again', async () => {
  const { drop, maker, jane, killed } = await fragile('SIGINT');
  await done(maker.run(['desk', 'new', '--drop', drop.url]));
  const invite = ['desk', 'invite', '--name', 'Jane', '--to'];
  const words = (await done(maker.run([...invite, jane.contact]))).out;
  await drop.tick();
  await done(takeKeys(jane.run, words));

  const renewed = async () => {
    const { out } = await done(jane.run(['rotate']));
    const path = join(jane.cwd, `${Date.now()}.contact`);
    writeFileSync(path, out);
    return path;
  };
  const same = async () => {
    const contacts = [maker.run(['contact', ...DESK]), asMember(jane.run)(['contact'])];
    const [makers, members] = await Promise.all(contacts.map(done));
    expect(members!.out).toBe(makers!.out);
  };
  const has = 'Jane is on the desk already, and has this contact from now on; --anew sends the keys anew\n';
  const first = await done(maker.run([...invite, await renewed()]));
  expect(first.out).toBe('');
  expect(first.words.endsWith(has)).toBe(true);
  expect(drop.waiting()).toBe(0);
  await done(maker.run(['rotate', ...DESK]));
  await drop.tick();
  expect((await done(takeKeys(jane.run))).words).not.toContain('words');
  await same();

  // Who lacks the newest keys gets them with it.
  expect((await maker.run(['rotate', ...DESK], killed)).status).toBe(130);
  const second = await done(maker.run([...invite, await renewed()]));
  expect(second.out).toBe('');
  expect(second.words.endsWith(`${has}Jane: the keys are on their way\n`)).toBe(true);
  expect(await done(maker.run(['desk', 'members']))).toMatchObject({ out: expect.not.stringContaining('lacks') });
  await drop.tick();
  await done(takeKeys(jane.run));
  await same();

  // A member who missed an epoch's letter joins with the one after it.
  await done(maker.run(['rotate', ...DESK]));
  await drop.tick();
  await done(jane.run(['read']));
  await done(maker.run(['rotate', ...DESK]));
  await drop.tick();
  await done(takeKeys(jane.run));
  await same();

  const anew = await done(maker.run([...invite, jane.contact, '--anew']));
  expect(anew.out).toMatch(WORDS);
  await drop.tick();
  const letter = (await done(jane.run(['read']))).out.trim();
  const join_ = ['desk', 'join', letter, '--desk-passphrase-fd', '5'];
  const asked = await jane.run(join_, { secrets: { 5: DESK_PASSPHRASE } });
  const lockedUnderWords = 'these keys are locked under words: they were sent anew, or you have them already\n';
  expect(asked).toMatchObject({ status: 2, out: '' });
  expect(asked.words).toContain(
    `${lockedUnderWords}dead-drop: there is no terminal to ask for the words of the invitation: give it with --words-file or --words-fd\n`,
  );
  const taken = await done(jane.run([...join_, '--words-fd', '4'], { secrets: { 4: anew.out, 5: DESK_PASSPHRASE } }));
  expect(taken.words.startsWith(lockedUnderWords)).toBe(true);
  await same();
});

describe('what a member is sent', () => {
  const jane = newIdentity('http://127.0.0.1:1', now);
  const own = jane.signing.publicKey;
  const words = Buffer.from(newWords());
  const memberOf = (desk: Identity) => findMember(desk, contactOf(jane))!;

  /** A desk with a member who has joined, both copies. */
  async function joined() {
    const made = addMember(newDesk(newIdentity('http://127.0.0.1:1', now)), 'Jane', contactOf(jane), now);
    const invitation = await invitationFor(made, memberOf(made), words, QUICK);
    const copy = (await openInvitation(invitation, words, own, now))!;
    return { invitation, copy, desk: noteSent(made, memberOf(made), made.issued) };
  }

  test('is of no use to a thief of the letter and of the keys that the member has after it', async () => {
    const { invitation, copy, desk } = await joined();
    const next = rotate(desk, now);
    const renewal = await invitationFor(next, memberOf(next), undefined, QUICK);
    const opened = await openRenewal(renewal, copy, own, now, next.issued);
    const after = renewDesk(copy, opened!);
    expect(after.issued).toBe(now + 60);
    const makers = noteSent(next, memberOf(next), next.issued);
    for (const stolen of [after, makers]) {
      const { secret } = memberOf(stolen);
      for (const text of [invitation, renewal]) expect(await openInvitation(text, secret!, own, now)).toBeNull();
    }
    for (const text of [invitation, renewal]) expect(await openRenewal(text, after, own, now, next.issued)).toBeNull();
    expect((await openRenewal(renewal, copy, own, now, next.issued))!.issued).toBe(now + 60); // which those of before do open
  });

  test('opens to a member who missed what went before, and to them again with what comes after', async () => {
    const { copy, desk } = await joined();
    const missed = rotate(desk, now);
    const next = rotate(noteSent(missed, memberOf(missed), missed.issued), now);
    const opened = await openRenewal(
      await invitationFor(next, memberOf(next), undefined, QUICK),
      copy,
      own,
      now,
      next.issued,
    );
    const after = renewDesk(copy, opened!);
    expect(after.epochs.map(({ seed }) => seed)).toEqual(next.epochs.map(({ seed }) => seed));
    const last = rotate(noteSent(next, memberOf(next), next.issued), now);
    const text = await invitationFor(last, memberOf(last), undefined, QUICK);
    expect(renewDesk(after, (await openRenewal(text, after, own, now, last.issued))!).issued).toBe(now + 180);
  });

  test('opens to a member who missed dozens of epochs, and years of minutes, up to ten years', async () => {
    const { copy, desk } = await joined();
    let next = desk;
    for (let i = 0; i < 30; i += 1) next = rotate(noteSent(next, memberOf(next), next.issued), now);
    const text = await invitationFor(next, memberOf(next), undefined, QUICK);
    expect((await openRenewal(text, copy, own, now, next.issued))?.issued).toBe(now + 30 * 60);
    const year = 365 * DAY;
    const late = rotate(desk, now + year);
    const later = await invitationFor(late, memberOf(late), undefined, QUICK);
    expect((await openRenewal(later, copy, own, now + year, late.issued))?.issued).toBe(now + year);
    // Nothing is derived beyond that, and nothing backwards.
    for (const epoch of [now + 10 * year + 60, now, now - 60])
      expect(await openRenewal(later, copy, own, now, epoch)).toBeNull();
  });

  test('is locked under words at first, and refuses to be locked under anything else', async () => {
    const made = addMember(newDesk(newIdentity('http://127.0.0.1:1', now)), 'Jane', contactOf(jane), now);
    await expect(invitationFor(made, memberOf(made), undefined, QUICK)).rejects.toThrow('they were not sent any keys');
  });

  test('is no other one when the desk has its signing key in a file of its own', async () => {
    const { copy, desk } = await joined();
    const key = signingKeyOf(desk);
    const next = withoutSigningKey(rotate({ ...withoutSigningKey(desk), signing: key }, now));
    const text = await invitationFor(next, memberOf(next), undefined, QUICK);
    const opened = await openRenewal(text, copy, own, now, next.issued);
    expect(renewDesk(copy, opened!).epochs.map(({ seed }) => seed)).toEqual(next.epochs.map(({ seed }) => seed));
  });

  test('goes on opening to a member whom a newer contact was given for', async () => {
    const { copy, desk } = await joined();
    const next = rotate(addMember(desk, 'Jane', contactOf(rotate(jane, now)), now), now);
    const text = await invitationFor(next, memberOf(next), undefined, QUICK);
    expect((await openRenewal(text, copy, own, now, next.issued))?.issued).toBe(now + 60);
    const anew = addMember(next, 'Jane', contactOf(jane), now, true);
    const locked = await invitationFor(anew, memberOf(anew), words, QUICK);
    expect(await openRenewal(locked, copy, own, now, next.issued)).toBeNull();
    expect((await openInvitation(locked, words, own, now))?.issued).toBe(now + 60);
  });
});

describe("a member's copy, and keys that its maker issued from an older one", () => {
  const url = 'http://127.0.0.1:1';
  const first = newDesk(newIdentity(url, now));
  const copy = rotate(rotate(first, now + 60), now + 120);
  const begins = ({ epochs }: Identity) => epochs.map(({ validFrom }) => (validFrom - now) / 60);

  test('keeps what the maker has lost, in its order, and says which that is', () => {
    const forked = rotate(rotate(first, now + 180), now + 240);
    const renewed = renewDesk(copy, forked);
    expect(begins(renewed)).toEqual([0, 1, 2, 3, 4]);
    expect(renewed.epochs.slice(0, 3)).toEqual(copy.epochs);
    expect(renewed.epochs[0]).toBe(copy.epochs[0]); // a letter may be opening with it
    expect(contactOf(renewed)).toEqual(contactOf(forked));
    expect(renewed.storageKey).toBe(copy.storageKey);
    expect(begins({ ...copy, epochs: epochsAside(copy, forked) })).toEqual([1, 2]);
    expect(epochsAside(copy, rotate(copy, now + 180))).toEqual([]);
    const destroyed = rotate(copy, now + 180);
    expect(epochsAside(copy, { ...destroyed, epochs: destroyed.epochs.slice(2) })).toEqual([]); // they were over
  });

  test.each<[string, Identity, string]>([
    ['issued in the same minute', rotate(first, now + 60), 'another branch'],
    ['issued in the same minute as the newest', rotate(first, now + 120), 'another branch'],
    ['with one of the same minute among them', rotate(rotate(first, now + 60), now + 180), 'another branch'],
    ['issued before the newest', rotate(first, now + 90), 'another branch'],
    ['that are older, and nothing besides', first, 'brings nothing new'],
    ['of another drop', { ...rotate(copy, now + 180), drop: 'http://127.0.0.1:2' }, 'to another desk'],
  ])('refuses keys %s', (_, newer, message) => {
    for (const isAnew of [false, true]) expect(() => renewDesk(copy, newer, isAnew)).toThrow(message);
  });
});

test('refuses to take a desk onto itself, of whatever epoch its contact is, and a mailbox onto a desk', async () => {
  const first = newDesk(newIdentity('http://127.0.0.1:1', now));
  const desk = rotate(first, now + 60);
  const own = "that is the desk's own contact";
  for (const contact of [contactOf(first), contactOf(desk)])
    for (const isAnew of [false, true]) expect(() => addMember(desk, 'Desk', contact, now, isAnew)).toThrow(own);
  const mailbox = await openMailbox(Buffer.from(newWords()), 'http://127.0.0.1:1', now);
  expect(() => addMember(desk, 'Jane', contactOf(mailbox), now)).toThrow('that is the contact of a mailbox');
  // Whoever was on it is taken on like anybody; the maker's own identity is somebody's.
  const jane = contactOf(newIdentity('http://127.0.0.1:1', now));
  const again = addMember(removeMember(addMember(desk, 'Jane', jane, now), 'Jane'), 'Jane', jane, now);
  expect(membersOf(again)).toMatchObject([{ name: 'Jane', epoch: 0 }]);
});

test('update sends what a failed delivery left, and to nobody twice', async () => {
  const { drop, maker, jane, killed } = await fragile('SIGINT');
  await done(maker.run(['desk', 'new', '--drop', drop.url]));
  const words = (await done(maker.run(['desk', 'invite', '--to', jane.contact, '--name', 'Jane']))).out;
  await drop.tick();
  await done(takeKeys(jane.run, words));
  const rotated = await maker.run(['rotate', ...DESK], killed);
  const { out: contact } = await done(maker.run(['contact', ...DESK]));
  expect(rotated).toMatchObject({ status: 130, out: contact }); // which was printed before anything was sent
  expect(rotated.words).toMatch(
    /\nvalid until .{19}\nnot all members were sent the newest keys: dead-drop desk update sends the rest\ninterrupted\n$/,
  );
  expect((await done(maker.run(['desk', 'members']))).out).toMatch(/^.{39} {2}Jane {2}\(lacks the newest keys\)\n$/);
  expect((await done(maker.run(['desk', 'update']))).words).toBe('Jane: the keys are on their way\n');
  expect((await done(maker.run(['desk', 'update']))).words).toBe('all members were sent the newest keys already\n');
  expect(drop.waiting()).toBe(1);
  await drop.tick();
  await done(takeKeys(jane.run));
  const contacts = [maker.run(['contact', ...DESK]), asMember(jane.run)(['contact'])];
  const [makers, members] = await Promise.all(contacts.map(done));
  expect(members!.out).toBe(makers!.out);
});

test('the file of a desk is as large as any identity up to two members, and one step larger up to four', async () => {
  const url = 'http://127.0.0.1:1';
  const lock = (identity: Identity) => lockIdentity(identity, Buffer.from('a'), QUICK);
  const sizes = [];
  let desk = newDesk(newIdentity(url, now));
  for (let members = 0; members <= 4; members += 1) {
    sizes.push((await lock(desk)).length);
    desk = addMember(desk, `member ${members}`, contactOf(newIdentity(url, now)), now);
  }
  const [two, four] = [sizes[0]!, sizes[4]!];
  expect(sizes).toEqual([two, two, two, four, four]);
  expect(four).toBeGreaterThan(two);
  expect((await lock(newIdentity(url, now))).length).toBe(two); // nor does it tell a desk from anybody
});

describe('desk join refuses an invitation', () => {
  let drop: TestDrop;
  let run: Run;
  let cwd: string;
  const letters: Record<string, string> = {};
  const words = newWords();

  beforeAll(async () => {
    drop = await openDrop();
    toPresent(drop);
    const [jane, john, mallory] = [1, 2, 3].map(() => newIdentity(drop.url, now)) as [Identity, Identity, Identity];
    ({ run, cwd } = await office(jane));
    const deskWith = (who: Identity, from: Identity, name = 'Jane') =>
      addMember(newDesk(from), name, contactOf(who), now);
    const invite = (desk: Identity, under?: string) =>
      invitationFor(desk, membersOf(desk)[0]!, under === undefined ? undefined : Buffer.from(under), QUICK);
    const mine = deskWith(jane, newIdentity(drop.url, now));
    const older = rotate(noteSent(mine, membersOf(mine)[0]!, mine.issued), now);
    const newer = rotate(older, now);
    const another = deskWith(jane, newIdentity(drop.url, now));
    const other = rotate(noteSent(another, membersOf(another)[0]!, another.issued), now);
    const johns = deskWith(john, newIdentity(drop.url, now), 'John');
    const past = newDesk(newIdentity(drop.url, now - 100 * DAY));
    const overs = addMember(past, 'Jane', contactOf(jane), now);
    const texts: Record<string, [string, Identity | undefined]> = {
      good: [await invite(mine, words), mine],
      again: [await invite(mine, words), mine],
      'newer again': [await invite(newer), newer],
      older: [await invite(older), older],
      newer: [await invite(newer), newer],
      johns: [await invite(johns, words), johns],
      over: [await invite(overs, words), undefined],
      anonymous: [await invite(mine, words), undefined],
      strangers: [await invite(mine, words), mallory],
      truncated: [(await invite(mine, words)).slice(0, -200), mine],
      other: [await invite(other), other],
      none: ['', mine],
    };
    for (const [text, [invitation, from]] of Object.entries(texts)) {
      const files = invitation ? [fileOf(INVITATION_NAME, Buffer.from(invitation))] : [];
      const { id } = await send(way(drop.url), contactOf(jane), { text, files, from: from && writerOf(from) });
      letters[text] = letterName(id, jane.epochs[0]!);
    }
    await drop.tick();
    await done(run(['read']));
    return () => drop.close();
  });

  const joining = (which: string, out = 'new.identity', given = words) => {
    const args = ['desk', 'join', letters[which]!, '--out', out, '--words-fd', '4', '--desk-passphrase-fd', '5'];
    return run(args, { secrets: { 4: given, 5: PASSPHRASE } });
  };

  test.each<[string, string, string, string?]>([
    ['with other words', 'good', 'those are not the words of this invitation', newWords()],
    ['with words that are mistyped', 'good', 'it takes 12 words, and these are 11', words.replace(/ \w+$/, '')],
    ['that is for somebody else', 'johns', 'that invitation is for somebody else'],
    ['whose keys are over', 'over', 'that invitation is over: ask for another'],
    ['that came in an anonymous letter', 'anonymous', NOT_FROM_DESK],
    ["that came in a stranger's letter", 'strangers', NOT_FROM_DESK],
    ['that was cut off', 'truncated', 'not a dead drop invitation'],
    ['where there is none', 'none', 'there is no invitation in that letter'],
  ])('%s', async (_, which, message, given) => {
    const ended = await joining(which, 'new.identity', given);
    expect(ended).toMatchObject({ status: 1, out: '', words: `dead-drop: ${message}\n` });
    expect(existsSync(join(cwd, 'new.identity'))).toBe(false);
  });

  test('that is of another desk than the one that is there, was joined already, or is not newer', async () => {
    const rest = 'the invitation is removed from the letter in which it came; what else was in it stays in the inbox\n';
    expect((await done(joining('good', 'mine.identity'))).words).toContain(rest);
    expect(readdirSync(join(cwd, 'inbox', letters.good!)).sort()).toEqual(['.letter', 'letter.txt']);
    const refused = async (which: string, message: string, before = '') => {
      const ended = await joining(which, 'mine.identity');
      expect(ended, which).toMatchObject({ status: 1, out: '', words: `${before}dead-drop: ${message}\n` });
    };
    for (const which of ['other', 'strangers', 'anonymous']) await refused(which, NOT_FROM_DESK);
    await done(joining('newer', 'mine.identity'));
    const kept = readFileSync(join(cwd, 'mine.identity'), 'utf8');
    const inbox = readdirSync(join(cwd, 'inbox')).sort();
    for (const joined of ['good', 'newer']) await refused(joined, 'there is no invitation in that letter');
    const before = 'these keys are locked under words: they were sent anew, or you have them already\n';
    for (const which of ['newer again', 'older'])
      await refused(which, 'those are not the words of this invitation', before);
    await refused('again', 'that invitation brings nothing new', before);
    expect(readFileSync(join(cwd, 'mine.identity'), 'utf8')).toBe(kept);
    expect(readdirSync(join(cwd, 'inbox')).sort()).toEqual(inbox);
  });
});

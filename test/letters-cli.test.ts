import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { getUploadUrl, putCell } from '../core/drop/drop.ts';
import { ticketOf } from '../core/keys/epoch.ts';
import { fingerprintOf, formatFingerprint } from '../core/keys/fingerprint.ts';
import { contactOf, type Identity, newIdentity } from '../core/keys/identity.ts';
import { openMailbox } from '../core/keys/mailbox.ts';
import { newWords, parseWords } from '../core/keys/words.ts';
import { sealCell } from '../core/letter/cell.ts';
import { unproven, type Writer, writeHead, writerOf } from '../core/letter/proof.ts';
import { sealId } from '../core/letter/sealed-id.ts';
import { register, send } from '../core/send/send.ts';
import type { Contact } from '../wire/contact.ts';
import { type Answered, HEAD_FIXED_BYTES, PROOF_AT } from '../wire/letter.ts';
import { CELL_CONTENT_BYTES } from '../wire/sizes.ts';
import { type CommandOptions, command, type Ended } from './command.ts';
import { openDrop, type TestDrop } from './drop.ts';
import { afresh, done, inTurn, MAILBOX, ONE_LINE, office, toPresent } from './office.ts';
import { way } from './people.ts';

const DAY = 86_400;
const now = Math.floor(Date.now() / 1000);
const TEXT = Buffer.from('It was me.');

let drop: TestDrop;
let jane: Identity;
let mallory: Identity;
const words = newWords();
let source: Identity;
beforeAll(async () => {
  drop = await openDrop();
  toPresent(drop);
  [jane, mallory] = [newIdentity(drop.url, now - DAY), newIdentity(drop.url, now - DAY)];
  source = await openMailbox(Buffer.from(words), drop.url, now);
});
afterAll(() => drop.close());

const print = ({ signing }: Identity) => formatFingerprint(fingerprintOf(signing.publicKey));

/** The content of a signed root, as a client writes it. @param to - for whom it is signed */
function rootOf(writer: Writer, to: Contact, id: Uint8Array, answers?: Answered): Uint8Array {
  const root = new Uint8Array(CELL_CONTENT_BYTES);
  root.set(TEXT, HEAD_FIXED_BYTES);
  const head = { textBytes: TEXT.length, files: [], cells: [], answers, writer: unproven(writer) };
  writeHead(root, head, writer, to, id);
  return root;
}

/** Uploads a root of any content for somebody, and registers it. */
async function plant(to: Contact, content: (id: Uint8Array) => Uint8Array): Promise<void> {
  const place = await getUploadUrl(way(drop.url));
  await putCell(way(drop.url), place, sealCell(content(place.id), 'root', to, place.id));
  await register(way(drop.url), sealId(place.id, to.idKey));
}

/** Plants one of each letter that cannot be believed, and a good one that says who is meant. */
async function plantAll(to: Identity, writer: Identity, good: string): Promise<void> {
  const contact = contactOf(to);
  const written = (by: Identity, answerer: Identity): Answered => {
    return { id: randomBytes(32), ticket: ticketOf(by.epochs.at(-1)!, answerer.signing.publicKey) };
  };
  await plant(contact, (id) => {
    const root = rootOf(writerOf(writer), contact, id);
    root[PROOF_AT]! ^= 1;
    return root;
  });
  await plant(contact, (id) => rootOf(writerOf(writer), contactOf(mallory), id)); // sealed anew by its reader
  await plant(contact, (id) => rootOf(writerOf(mallory), contact, id, written(to, writer)));
  await plant(contact, (id) => rootOf(writerOf(newIdentity(drop.url, now - 100 * DAY)), contact, id));
  await plant(contact, (id) => rootOf(writerOf(mallory), contact, id));
  await send(way(drop.url), contact, { text: good, from: writerOf(writer) });
}

const lines = (words: string, which: RegExp) => words.split('\n').filter((line) => which.test(line));
const FORGED =
  /^a letter of \S+Z is not from whom it says \(forged, meant for somebody else, or sent again by .*\): not opened yet, and tried again .*$/;
const STRAY =
  /^a letter of \S+Z answers a letter that was not written with these keys: not opened yet, and tried again .*$/;
const EXPIRED =
  /^a letter of \S+Z was written with keys that are over by the clock of this machine: not opened yet, and tried again .*$/;
const OVER =
  /^from somebody whose return contact is over since \d{4}-\d\d-\d\d by the clock of this machine: to be answered, they have to write again$/;

/** What both readers print of the same letters. */
describe('of letters that cannot be believed', () => {
  let read: Ended;
  let mailbox: Ended;
  let run: Awaited<ReturnType<typeof office>>['run'];
  beforeAll(async () => {
    const office_ = await office(jane);
    ({ run } = office_);
    await plantAll(jane, source, 'genuine');
    await plantAll(source, jane, 'genuine, too\n');
    await drop.tick();
    const { contact } = office_;
    read = await done(run(['read']));
    mailbox = await done(
      afresh(['mailbox', 'read', '--from', contact, '--fingerprint', print(jane), '--words-fd', '4'], {
        secrets: { 4: words },
      }),
    );
  });

  test('read and mailbox read say which are forged or swapped, and keep nothing of them', () => {
    for (const ended of [read, mailbox]) expect(lines(ended.words, FORGED)).toHaveLength(2);
  });

  test('read and mailbox read say which answers are stray', () => {
    for (const ended of [read, mailbox]) expect(lines(ended.words, STRAY)).toHaveLength(1);
  });

  test('one that was written with keys that are over is delivered and marked, and to a mailbox not delivered', async () => {
    expect([lines(read.words, EXPIRED).length, lines(mailbox.words, EXPIRED).length]).toEqual([0, 1]);
    expect(lines(read.words, OVER)).toHaveLength(1);
    const { out } = await done(run(['inbox']));
    expect(lines(out, /^with .{39}, whose return contact is over since /)).toHaveLength(1);
    const json = (await done(run(['inbox', '--json']))).out.trim().split('\n');
    const over = json.flatMap((line) => JSON.parse(line)).filter(({ contactOver }) => contactOver !== undefined);
    expect(over).toHaveLength(1);
    const shown = await done(run(['show', over[0].name]));
    expect(lines(shown.words, OVER)).toHaveLength(1);
    const refused = await run(['reply', over[0].name], { input: 'no' });
    expect([refused.status, refused.words]).toEqual([
      1,
      expect.stringMatching(
        /return contact of that letter ended on [\d-]+, and the clock of this machine says [\d-]+: /,
      ),
    ]);
  });

  test('read and mailbox read say how many are tried again, and end with 0: a stranger can have no more said', () => {
    const again = (count: number) =>
      `not opened yet, and tried again at a later read: ${count} letters (1 of 5 tries made)\n`;
    expect(read.words).toContain(again(3));
    expect(mailbox.words).toContain(again(4));
  });

  test('read delivers what is genuine, each with who wrote it, and whom that convinces', () => {
    expect(read.out.trim().split('\n')).toHaveLength(3);
    expect(read.words).toContain(`signed by ${print(mallory)}\n`);
    const convinced = 'you can be sure of that, and can prove it to nobody else';
    expect(read.words).toContain(`from the mailbox ${print(source)}: ${convinced}\n`);
  });

  test('mailbox read --from leaves out, and says so, what another identity has signed', () => {
    expect(
      lines(mailbox.words, /^a letter of \S+Z is not from the one whose contact was given: skipped$/),
    ).toHaveLength(1);
    expect(mailbox.out).toBe('genuine, too\n');
    expect(mailbox.words).not.toContain(print(mallory));
  });

  test('mailbox read --from with an inbox keeps what anybody has signed, and its listing says who', async () => {
    const { cwd, contact } = await office(jane);
    const run = (args: string[]) => done(command([...args, '--words-fd', '4'], { cwd, secrets: { 4: words } }));
    const kept = await run(['mailbox', 'read', '--from', contact, '--fingerprint', print(jane), '--inbox', 'mine']);
    expect(kept.out.trim().split('\n')).toHaveLength(2);
    expect(kept.words).not.toContain('not from the one whose contact was given');
    const listed = (await run(['inbox', '--mailbox', '--inbox', 'mine'])).out;
    for (const [who, text] of [
      [mallory, 'It was me.'],
      [jane, 'genuine, too'],
    ] as const) {
      expect(listed).toMatch(new RegExp(`with ${print(who)}\n  \\S+ \\S+  \\w{8}  ${text} \\(\\d+ bytes\\)\n`));
    }
  });

  test('neither says more than that: no id, no path, no text', () => {
    for (const ended of [read, mailbox]) expect(ended.words).not.toMatch(/\/tmp|[0-9a-f]{32}|It was me|[\w-]{43}/);
  });
});

describe('reply refuses', () => {
  let desk: Awaited<ReturnType<typeof office>>;
  const names: Record<string, string> = {};
  beforeAll(async () => {
    const elsewhere = await openMailbox(Buffer.from(words), 'http://127.0.0.1:1', now);
    const john = newIdentity(drop.url, now - DAY);
    desk = await office(john);
    const write = (text: string, from?: Writer) => send(way(drop.url), contactOf(john), { text, from });
    await write('anonymous');
    await write('elsewhere', writerOf(elsewhere));
    await drop.tick();
    await done(desk.run(['read']));
    for (const line of (await done(desk.run(['inbox', '--json']))).out.trim().split('\n')) {
      for (const { name, beginning } of JSON.parse(line)) names[beginning] = name;
    }
  });

  test('a letter that nobody signed', async () => {
    const ended = await desk.run(['reply', names.anonymous!], { keepInputOpen: true });
    expect(ended).toMatchObject({
      status: 1,
      out: '',
      words: 'dead-drop: that letter is anonymous: it has no return contact, and nobody can answer it\n',
    });
  });

  test('a return contact that names another drop, unless that is given', async () => {
    const refused = await desk.run(['reply', names.elsewhere!], { keepInputOpen: true });
    expect(refused).toMatchObject({ status: 1, out: '' });
    expect(refused.words).toBe(
      'dead-drop: the return contact names another drop than the one you know, http://127.0.0.1:1: give it with --drop if you trust it\n',
    );
    const waiting = drop.waiting();
    await done(desk.run(['reply', names.elsewhere!, '--drop', drop.url], { input: 'here' }));
    expect(drop.waiting()).toBe(waiting + 1);
  });
});

describe('reply --mailbox', () => {
  let letter: string;
  let cwd: string;
  let known: string;
  let elsewhere: string;
  beforeAll(async () => {
    const to = await openMailbox(Buffer.from(words), drop.url, now);
    const wanderer = newIdentity('http://127.0.0.1:1', now - DAY);
    await send(way(drop.url), contactOf(to), { text: 'write to me there', from: writerOf(wanderer) });
    await drop.tick();
    ({ cwd, contact: elsewhere } = await office(wanderer));
    ({ contact: known } = await office(jane));
    const args = ['mailbox', 'read', '--drop', drop.url, '--inbox', 'mine', '--words-fd', '4'];
    await done(command(args, { cwd, secrets: { 4: words } }));
    const listed = await done(
      command(['inbox', '--mailbox', '--inbox', 'mine', '--json', '--words-fd', '4'], { cwd, secrets: { 4: words } }),
    );
    const all = listed.out
      .trim()
      .split('\n')
      .flatMap((line) => JSON.parse(line));
    letter = all.find(({ beginning }) => beginning === 'write to me there').name;
  });
  const reply = (more: string[], options: Partial<CommandOptions> = {}) =>
    command(['reply', letter, '--mailbox', '--inbox', 'mine', ...more, '--words-fd', '4'], {
      ...{ cwd, secrets: { 4: words }, ...options },
    });

  test('without the drop or a contact of whom was written to is wrong usage', async () => {
    const ended = await reply([], { keepInputOpen: true });
    expect(ended).toMatchObject({ status: 2, out: '' });
    expect(ended.words).toMatch(
      inTurn(MAILBOX, 'dead-drop: give the contact that you wrote to with --from, or the drop with --drop\n'),
    );
  });

  test('refuses a return contact that names another drop than the known one', async () => {
    const waiting = drop.waiting();
    const ended = await reply(['--from', known], { keepInputOpen: true });
    expect(ended).toMatchObject({ status: 1, out: '' });
    expect(ended.words).toMatch(
      inTurn(
        MAILBOX,
        'dead-drop: the return contact names another drop than the one you know, http://127.0.0.1:1: give it with --drop if you trust it\n',
      ),
    );
    expect(drop.waiting()).toBe(waiting);
    await done(reply(['--from', elsewhere, '--drop', drop.url], { input: 'here' }));
    expect(drop.waiting()).toBe(waiting + 1);
  });
});

describe('the words of a mailbox are refused', () => {
  const list = words.split(' ');
  /** Two words swapped whose checksum is wrong then, which one in sixteen is not. */
  const swapped = () => {
    for (let i = 0; i < 11; i += 1) {
      const other = list.with(i, list[i + 1]!).with(i + 1, list[i]!);
      if (list[i] !== list[i + 1] && !fits(other.join(' '))) return other.join(' ');
    }
    throw new Error('no such pair');
  };

  const fits = (spelled: string) => {
    try {
      return parseWords(spelled).length > 0;
    } catch {
      return false;
    }
  };

  test.each<[string, () => string, string]>([
    [
      'with one that is not in the list',
      () => list.with(4, 'dedadrop').join(' '),
      "word 5 is not one of the list's: see whether it is mistyped",
    ],
    ['when they are eleven', () => list.slice(1).join(' '), 'it takes 12 words, and these are 11'],
    ['when two are swapped', swapped, 'one of the words is another one: the twelve do not fit together'],
  ])('%s', async (_, spelled, message) => {
    const args = ['mailbox', 'read', '--drop', drop.url, '--words-fd', '4'];
    const ended = await afresh(args, { secrets: { 4: spelled() } });
    expect(ended).toMatchObject({ status: 1, out: '', words: `dead-drop: ${message}\n` });
    expect(ended.words).toMatch(ONE_LINE);
  });

  test('by send, before a letter is written for nothing', async () => {
    const { contact } = await office(jane);
    const args = ['send', '--to', contact, '--fingerprint', print(jane), '--reply-to-mailbox', '--words-fd', '4'];
    const ended = await afresh(args, { secrets: { 4: list.slice(1).join(' ') }, keepInputOpen: true });
    expect(ended).toMatchObject({ status: 1, words: 'dead-drop: it takes 12 words, and these are 11\n' });
  });

  test('when nobody can be asked for them', async () => {
    const ended = await afresh(['mailbox', 'read', '--drop', drop.url]);
    expect(ended).toMatchObject({ status: 2, out: '' });
    expect(ended.words).toBe(
      'dead-drop: there is no terminal to ask for the words of the mailbox: give it with --words-file or --words-fd\n',
    );
  });
});

test('read says that a letter was registered again an hour later, and delivers it once', async () => {
  const mine = newIdentity(drop.url, now - DAY);
  const { run, contact } = await office(mine);
  const sealedId = (await done(run(['upload', '--to', contact], { input: 'once', passphrase: undefined }))).out.trim();
  const again = () => done(afresh(['register', sealedId, '--to', contact]));
  await again();
  await drop.tick();
  expect((await done(run(['read']))).out).toMatch(/^inbox\/letter-\w+\n$/);
  drop.pass(3900);
  await again();
  await drop.tick();
  const ended = await done(run(['read']));
  expect(ended.out).toBe('');
  expect(ended.words).toMatch(
    /^a line of \S+Z names a letter that came before: its sender tried twice, or somebody replays it\n13 batches are gone .*\nso far, .*\nnothing new: .*\n$/,
  );
});

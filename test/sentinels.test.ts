import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Transport } from '../core/drop/transport.ts';
import { contactOf, type Identity, newIdentity, rotate } from '../core/keys/identity.ts';
import { send } from '../core/send/send.ts';
import type { Call } from '../local/gateway.ts';
import { lockIdentity } from '../node/keys/identity-file.ts';
import { native } from '../node/sodium/engine.ts';
import { loopback } from '../node/transport/transport.ts';
import { formatContact } from '../wire/contact.ts';
import { parseUploadId } from '../wire/upload-id.ts';
import type { CommandOptions, Ended } from './command.ts';
import { openDrop, type TestDrop } from './drop.ts';
import { fileOf, way } from './people.ts';
import {
  addIdentity,
  addMailbox,
  marked,
  type Person,
  people,
  type Sentinels,
  searcher,
  secretWord,
  stretchedFor,
  watchFiles,
} from './sentinels.ts';

/** Whether file system calls can be watched here. In CI they have to be. */
const hasStrace = spawnSync('strace', ['-V']).status === 0 || process.env.CI !== undefined;
if (!hasStrace) process.stderr.write('strace is not installed: which files a command writes to is not watched\n');

/** What is to be done when all tests have ended: some of them run at the same time. */
const ends: (() => unknown)[] = [];
const atEnd = (end: () => unknown) => void ends.unshift(end);
afterAll(async () => {
  for (const end of ends) await end();
});

/** A folder that is gone at the end. */
function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'dead-drop-test-'));
  atEnd(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** Letters and unfinished ones have names that are drawn anew. */
const plain = (hit: string) =>
  hit.replace(/letter-[0-9a-f]{32}/g, 'letter-*').replace(/\.unfinished-[0-9a-f]+/g, '.unfinished-*');

/** A secret that is looked for from now on. */
function secretOf(sentinels: Sentinels, what: string, text = secretWord(what)): string {
  sentinels.set(what, Buffer.from(text));
  return text;
}

/** A file whose beginning, end and name are sentinels. @param cells - how many a letter with it has */
function secretFile(sentinels: Sentinels, cwd: string, cells: number): string {
  const name = secretOf(sentinels, 'file name', `name-${randomBytes(12).toString('hex')}.dat`);
  const ends = ['file start', 'file end'].map((what) => Buffer.from(secretOf(sentinels, what, marked(what))));
  const middle = randomBytes((cells - 0.5) * 2 ** 20);
  writeFileSync(join(cwd, name), Buffer.concat([ends[0]!, middle, ends[1]!]));
  return name;
}

/** Adds the ids of all uploads: who knows one can fetch it, and knows which letter it was. */
function addIds(sentinels: Sentinels, drop: TestDrop): void {
  for (const { key } of drop.objects('uploads/')) sentinels.set(key, parseUploadId(key.slice(-43)));
}

/** As little as an identity file takes, where it is not the passphrase that matters. */
const QUICK = { memoryKibibytes: 64, passes: 1, lanes: 1 };

/** What a command is expected to leave. */
interface Leaves {
  readonly status?: number | null;
  /** Every new find of a sentinel, as `text @ jane/cwd/inbox/letter-* /letter.txt`. @default - none */
  readonly finds?: readonly string[];
  /** What it may make, change or remove, by its path from where it runs. @default - nothing at all, anywhere */
  readonly writes?: RegExp;
  /** Whether its file system calls are watched. @default - where they can be */
  readonly isWatched?: boolean;
}

/** Runs commands in folders that are searched after each. */
function stage<Name extends string>(root: string, sentinels: Sentinels, ...names: Name[]) {
  const all = people(root, ...names);
  const search = searcher(root, sentinels);
  let before = new Set<string>();
  /** Finds that were not there the last time. */
  const news = (): string[] => {
    const hits = search.files();
    const fresh = [...hits].filter((hit) => !before.has(hit)).map(plain);
    before = hits;
    return [...new Set(fresh)].sort();
  };
  const step = async (who: Person, args: string[], options: Partial<CommandOptions> = {}, leaves: Leaves = {}) => {
    const { status = 0, finds = [], writes = /^$/, isWatched = hasStrace } = leaves;
    const watch = isWatched ? watchFiles(folder()) : undefined;
    news(); // what is there before is not its doing
    const ended = await who.run(args, { ...options, ...(watch && { under: watch.under }) });
    const said = `${args.join(' ')}: ${ended.words}`;
    expect(ended.status, said).toBe(status);
    expect(news(), said).toEqual([...finds].sort());
    expect([...search.bytes(Buffer.from(ended.words))].filter((name) => !SAID.test(name))).toEqual([]);
    if (watch) {
      const written = watch.written(who.cwd);
      expect(
        written.filter((path) => !writes.test(path)),
        said,
      ).toEqual([]);
      if (leaves.writes && status === 0) expect(written.length, said).toBeGreaterThan(0);
    }
    return ended;
  };
  return { root, sentinels, ...all, step, news };
}

/** What of the sentinels may be said on standard error: names, of files and of members. */
const SAID = /^(file name|name of a member)$|member name$/;

/** Where letters leave their texts and their file in an inbox of Jane's that is not encrypted. */
const inClear = (inbox: string, texts: string[], file?: string) => [
  ...texts.map((text) => `${text} @ jane/cwd/${inbox}/letter-*/letter.txt`),
  ...(file ? ['file name', 'file start', 'file end'] : []).map(
    (what) => `${what} @ jane/cwd/${inbox}/letter-*/${file}`,
  ),
];

/** Cells of a letter that is not whole, as encrypted as they came. */
const KEPT = expect.stringMatching(/^\.unfinished-[0-9a-f]{32}$/);

/** All that is in a folder. */
const within = (name: string) => new RegExp(`^${name}(/|$)`);

/** A file that is put in place, and what stands beside it meanwhile. */
const beside = (name: string) => new RegExp(`^(${name}(\\.lock)?|\\.unfinished-.*)$`);

describe('a secret that is written is found, and so is who wrote', () => {
  test.each<[string, string]>([
    ['as it is, in the folder of temporary files', "fs.writeFileSync(path.join(os.tmpdir(), 'x'), secret)"],
    [
      'in hex, in the home, beside other things',
      "fs.writeFileSync(path.join(os.homedir(), '.x'), 'a' + secret.toString('hex'))",
    ],
    ['as UTF-16, in a hidden folder', "fs.mkdirSync('.a'); fs.writeFileSync('.a/b', 'x' + secret, 'utf16le')"],
    [
      'as base64 behind something',
      "fs.writeFileSync('x', JSON.stringify(Buffer.concat([Buffer.from('y'), secret]).toString('base64')))",
    ],
    ['as the name of a file', "fs.writeFileSync('log ' + secret.toString('base64url'), '')"],
    [
      'in lines, as armour has them',
      "fs.writeFileSync('x', secret.toString('base64').match(/.{1,10}/g).join('\\r\\n'))",
    ],
    ['as bytes in JSON', "fs.writeFileSync('x', JSON.stringify({ secret }))"],
    ['as a typed array in JSON', "fs.writeFileSync('x', JSON.stringify(new Uint8Array(secret)))"],
    ['as JSON of its text', "fs.writeFileSync('x', JSON.stringify(String(secret)))"],
    ['as a console shows it', "fs.writeFileSync('x', util.inspect(secret))"],
    ['in part, since its beginning was wiped', "fs.writeFileSync('x', secret.fill(0, 0, secret.length - 16))"],
    [
      'the other way round, in the cache',
      "fs.writeFileSync(path.join(process.env.XDG_CACHE_HOME, 'y'), secret.reverse())",
    ],
    ['by a child of its own', "child.execFileSync('sh', ['-c', 'printf %s \"$0\" > y', String(secret)])"],
  ])('%s', (_, how) => {
    const sentinels: Sentinels = new Map();
    const secret = Buffer.from(secretOf(sentinels, 'secret', marked('secret').trim()));
    const { jane, news } = stage(folder(), sentinels, 'jane');
    expect(news()).toEqual([]);
    const modules = 'fs path os util'.split(' ').map((name) => `const ${name} = require('node:${name}');`);
    const code = `${modules.join('')} const child = require('node:child_process');
      const secret = Buffer.from('${secret.toString('hex')}', 'hex'); ${how}`;
    const watch = hasStrace ? watchFiles(folder()) : undefined;
    const [run, ...args] = [...(watch?.under ?? []), process.execPath, '-e', code];
    execFileSync(run!, args, { cwd: jane.cwd, env: { ...process.env, ...jane.env }, timeout: 60_000 });
    expect(news().length).toBeGreaterThan(0);
    if (watch) expect(watch.written(jane.cwd).length).toBeGreaterThan(0);
  });
});

describe.concurrent('a secret is left in no file that was not asked for, and no such file is written to, by', () => {
  const at = (who: Person, name: string) => join(who.cwd, name);

  /** An open drop, and people whose folders are empty. */
  async function opened<Name extends string>(...names: Name[]) {
    const drop = await openDrop();
    atEnd(drop.close);
    const sentinels: Sentinels = new Map();
    const there = stage(folder(), sentinels, ...names);
    const nothingLeft = (...all: Person[]) => {
      for (const who of all) expect(readdirSync(who.env.TMPDIR!)).toEqual([]);
    };
    return { drop, ...there, nothingLeft };
  }

  test('commands that send letters, read and answer them', async () => {
    const { drop, sentinels, jane, source, step, news, nothingLeft } = await opened('jane', 'source');
    const own = secretOf(sentinels, "Jane's passphrase");
    const to = ['--to', 'jane.contact'];

    await step(jane, ['keygen', '--drop', drop.url], { passphrase: own }, { writes: beside('dead-drop.identity') });
    await addIdentity(sentinels, 'Jane', at(jane, 'dead-drop.identity'), own);
    expect(news()).toEqual([]);
    await step(jane, ['contact'], { passphrase: own });
    await step(jane, ['contact', '--out', 'c'], { passphrase: own }, { writes: /^c$/ });
    copyFileSync(at(jane, 'c'), at(source, 'jane.contact'));

    await step(source, ['mailbox', 'new', '--out', 'words'], {}, { writes: /^words$/ });
    rmSync(at(source, 'words'));
    const words = (await step(source, ['mailbox', 'new'])).out.trim();
    await addMailbox(sentinels, words, drop.url);
    expect(news()).toEqual([]);
    const secrets = { 4: words };
    const file = secretFile(sentinels, source.cwd, 2);
    const texts = ['text 1', 'text 2', 'text 3', 'text 4'].map((what) => secretOf(sentinels, what, marked(what)));
    await step(source, ['send', ...to, '--text-file', '-', file], { input: texts[0]! });
    const signed = ['--reply-to-mailbox', '--words-fd', '4'];
    await step(source, ['send', ...to, ...signed], { input: texts[1]!, secrets });
    const kept = { passphrase: secretOf(sentinels, 'passphrase of the unsent letter'), input: texts[2]! };
    await step(source, ['send', ...to, '--over', '1s', '--state', 'unsent'], kept, { writes: beside('unsent') });
    expect(existsSync(at(source, 'unsent'))).toBe(false);
    const sealedId = (await step(source, ['upload', ...to], { input: texts[3]! })).out.trim();
    addIds(sentinels, drop);
    const open = ['open', sealedId, '--inbox', 'opened', '--encrypted'];
    await step(jane, open, { passphrase: own }, { writes: within('opened') });
    await step(source, ['register', sealedId, ...to]);

    await drop.tick();
    const clear = inClear('inbox', ['text 1', 'text 2', 'text 3', 'text 4'], file);
    await step(jane, ['read'], { passphrase: own }, { finds: clear, writes: within('inbox') });
    const sealed = ['--inbox', 'sealed'];
    await step(jane, ['read', '--encrypted', ...sealed], { passphrase: own }, { writes: within('sealed') });
    await step(jane, ['inbox'], { passphrase: own });
    const listed = (await step(jane, ['inbox', ...sealed, '--json'], { passphrase: own })).out.trim().split('\n');
    const notes = listed.flatMap((line) => JSON.parse(line));
    const answerable = notes.find((note) => note.with !== undefined).name;
    const withFile = notes.find((note) => note.files === 1).name;
    expect((await step(jane, ['show', answerable, ...sealed], { passphrase: own })).out).toBe(texts[1]);
    expect((await step(jane, ['show', withFile, ...sealed], { passphrase: own })).out).toBe(texts[0]);
    expect((await step(jane, ['show', withFile], { passphrase: own })).out).toBe(texts[0]);
    const save = ['show', withFile, ...sealed, '--save', 'saved'];
    await step(jane, save, { passphrase: own }, { finds: inClear('saved', ['text 1'], file), writes: within('saved') });

    const answer = secretOf(sentinels, 'answer', marked('answer'));
    const noted = { writes: /^sealed\/\.(answer|unfinished)-/ };
    await step(jane, ['reply', answerable, ...sealed], { passphrase: own, input: answer }, noted);
    addIds(sentinels, drop);
    await drop.tick();
    const mailbox = ['mailbox', 'read', '--from', 'jane.contact', '--words-fd', '4'];
    expect((await step(source, mailbox, { secrets })).out).toBe(answer);
    expect(readdirSync(source.cwd).sort()).toEqual(['jane.contact', file].sort());
    const box = ['--inbox', 'box'];
    await step(source, [...mailbox, ...box, '--encrypted'], { secrets }, { writes: within('box') });
    const mine = ['--mailbox', '--words-fd', '4', ...box];
    const came = JSON.parse((await step(source, ['inbox', ...mine, '--json'], { secrets })).out)[0].name;
    expect((await step(source, ['show', came, ...mine], { secrets })).out).toBe(answer);
    const input = secretOf(sentinels, 'second answer', marked('second answer'));
    await step(
      source,
      ['reply', came, ...mine, '--from', 'jane.contact'],
      { secrets, input },
      { writes: /^box\/\.(answer|unfinished)-/ },
    );
    await drop.tick();
    const stop: CommandOptions['meanwhile'] = (child) => child.stdout!.once('data', () => child.kill('SIGINT'));
    const watch = ['read', '--watch', '--every', '1', '--gap', '0', '--encrypted', '--inbox', 'watched'];
    await step(jane, watch, { passphrase: own, meanwhile: stop }, { status: 130, isWatched: false });
    expect(sentinels.size).toBeGreaterThan(30);
    nothingLeft(jane, source);
  }, 600_000);

  test('commands of a desk', async () => {
    const { drop, sentinels, jane, john, step, news, nothingLeft } = await opened('jane', 'john');
    const desk = ['--identity', 'desk.identity'];
    const deskKey = secretOf(sentinels, 'passphrase of the desk');
    const ours = { writes: beside('desk.identity') };
    await step(jane, ['desk', 'new', '--drop', drop.url], { passphrase: deskKey }, ours);
    const his = secretOf(sentinels, "John's passphrase");
    await step(john, ['keygen', '--drop', drop.url], { passphrase: his }, { writes: beside('dead-drop.identity') });
    await addIdentity(sentinels, 'John', at(john, 'dead-drop.identity'), his);
    const contact = (await john.run(['contact'], { passphrase: his })).out;
    writeFileSync(at(jane, 'john.contact'), contact);
    const name = secretOf(sentinels, 'name of a member');
    const invite = ['desk', 'invite', '--to', 'john.contact', '--name', name];
    const invited = (await step(jane, invite, { passphrase: deskKey }, ours)).out.trim();
    sentinels.set('words of the invitation', Buffer.from(invited));
    await addIdentity(sentinels, 'desk', at(jane, 'desk.identity'), deskKey);
    expect(news()).toEqual([]);
    await drop.tick();
    const hisInbox = { writes: within('inbox') };
    await step(john, ['read', '--encrypted'], { passphrase: his }, hisInbox);
    const newest = async () =>
      JSON.parse((await john.run(['inbox', '--json'], { passphrase: his })).out.trim().split('\n').at(-1)!).at(-1).name;
    const copyKey = secretOf(sentinels, "passphrase of John's copy of the desk");
    const joined = { writes: /^(desk\.identity(\.lock)?|\.unfinished-.*|inbox\/letter-[0-9a-f]+\.sealed)$/ };
    const join5 = ['--words-fd', '4', '--desk-passphrase-fd', '5'];
    const joining = { passphrase: his, secrets: { 4: invited, 5: copyKey } };
    await step(john, ['desk', 'join', await newest(), ...join5], joining, joined);
    await addIdentity(sentinels, 'copy of the desk', at(john, 'desk.identity'), copyKey);
    expect(news()).toEqual([]);

    await step(jane, ['rotate', ...desk], { passphrase: deskKey }, ours);
    await addIdentity(sentinels, 'desk', at(jane, 'desk.identity'), deskKey);
    expect(news()).toEqual([]);
    await drop.tick();
    await step(john, ['read', '--encrypted'], { passphrase: his }, hisInbox);
    await step(john, ['desk', 'join', await newest(), ...join5], joining, joined);
    await addIdentity(sentinels, 'copy of the desk', at(john, 'desk.identity'), copyKey);
    await step(john, ['desk', 'members'], { passphrase: copyKey });
    await step(jane, ['desk', 'remove', name], { passphrase: deskKey }, ours);
    await addIdentity(sentinels, 'desk', at(jane, 'desk.identity'), deskKey);
    expect(news()).toEqual([]);
    expect(sentinels.size).toBeGreaterThan(50);
    nothingLeft(jane, john);
  }, 600_000);

  test('commands that change an identity, and its signing key', async () => {
    const { drop, sentinels, jane, john, step, news, nothingLeft } = await opened('jane', 'john');
    const own = secretOf(sentinels, "Jane's passphrase");
    await step(jane, ['keygen', '--drop', drop.url], { passphrase: own }, { writes: beside('dead-drop.identity') });
    await addIdentity(sentinels, 'Jane', at(jane, 'dead-drop.identity'), own);
    await step(jane, ['rotate'], { passphrase: own }, { writes: beside('dead-drop.identity') });
    const { epochs } = await addIdentity(sentinels, 'Jane', at(jane, 'dead-drop.identity'), own);
    expect(epochs).toHaveLength(2);
    expect(news()).toEqual([]);

    await step(jane, ['revoke', '--yes'], { passphrase: own });
    const rare = { passphrase: own, secrets: { 4: secretOf(sentinels, 'passphrase of the signing key') } };
    const key4 = ['--signing-key-passphrase-fd', '4'];
    const apart = beside('dead-drop\\.(signing-key|identity)');
    await step(jane, ['detach', ...key4], rare, { writes: apart });
    await step(jane, ['rotate', '--signing-key', 'dead-drop.signing-key', ...key4], rare, { writes: apart });
    await addIdentity(sentinels, 'Jane', at(jane, 'dead-drop.identity'), own);
    await step(jane, ['revoke', '--yes', '--signing-key', 'dead-drop.signing-key', ...key4], rare);
    const second = ['--out', 'second.identity', '--signing-key', 'second.signing-key', ...key4];
    const johns = secretOf(sentinels, "John's passphrase");
    const both = beside('second\\.(signing-key|identity)');
    await step(
      john,
      ['keygen', '--offline', '--drop', drop.url, ...second],
      { ...rare, passphrase: johns },
      { writes: both },
    );
    await addIdentity(sentinels, "John's second", at(john, 'second.identity'), johns);
    expect(news()).toEqual([]);
    expect(sentinels.size).toBeGreaterThan(20);
    nothingLeft(jane, john);
  }, 600_000);

  /** Jane, a source and a drop that can be made to fail. */
  async function failing() {
    const sentinels: Sentinels = new Map();
    let fails: (call: Call) => boolean = () => false;
    const drop = await openDrop({
      intercept(call) {
        if (fails(call)) throw new Error('cut');
      },
    });
    atEnd(drop.close);
    const there = stage(folder(), sentinels, 'jane', 'source');
    const own = secretOf(sentinels, "Jane's passphrase");
    const { jane, source } = there;
    const identity = newIdentity(drop.url, Math.floor(Date.now() / 1000));
    const contact = contactOf(identity);
    const path = join(jane.cwd, 'dead-drop.identity');
    writeFileSync(path, await lockIdentity(identity, Buffer.from(own), QUICK), { mode: 0o600 });
    await addIdentity(sentinels, 'Jane', path, own);
    for (const { cwd } of [jane, source]) writeFileSync(join(cwd, 'jane.contact'), formatContact(contact));
    const failWhen = (when: typeof fails) => {
      fails = when;
    };
    return {
      ...there,
      drop,
      own,
      failWhen,
      contact,
    };
  }

  async function sendInVain() {
    const { sentinels, source, step, failWhen } = await failing();
    const file = secretFile(sentinels, source.cwd, 2);
    const input = secretOf(sentinels, 'text', marked('text'));
    let puts = 0;
    failWhen(({ action, phase }) => action === 's3:PutObject' && phase === 'before' && ++puts > 1);
    await step(source, ['send', '--to', 'jane.contact', '--text-file', '-', file], { input }, { status: 1 });
    expect(puts).toBeGreaterThan(1);
  }

  async function registerInVain() {
    const { sentinels, source, step, drop, failWhen } = await failing();
    const file = secretFile(sentinels, source.cwd, 2);
    const input = secretOf(sentinels, 'text', marked('text'));
    const passphrase = secretOf(sentinels, 'passphrase of the unsent letter');
    const send = ['send', '--to', 'jane.contact', '--text-file', '-', file, '--state', 'unsent'];
    failWhen(({ action }) => action === 'sqs:SendMessage');
    const writes = beside('unsent');
    await step(source, send, { input, passphrase }, { status: 1, writes });
    const state = readFileSync(join(source.cwd, 'unsent'), 'utf8');
    sentinels.set('stretched passphrase', await stretchedFor(state, 'UNSENT LETTER', passphrase));
    addIds(sentinels, drop);
    failWhen(() => false);
    const wrong = { passphrase: secretOf(sentinels, 'wrong passphrase') };
    await step(source, ['send', '--resume', 'unsent'], wrong, { status: 1, writes: /^unsent\.lock$/ });
    await step(source, ['send', '--resume', 'unsent'], { passphrase }, { writes });
    expect(readdirSync(source.cwd).sort()).toEqual(['jane.contact', file].sort());
  }

  async function readInVain(...options: string[]) {
    const { sentinels, jane, source, step, drop, own, failWhen } = await failing();
    const file = secretFile(sentinels, source.cwd, 3);
    const input = secretOf(sentinels, 'text', marked('text'));
    const sent = await source.run(['send', '--to', 'jane.contact', '--text-file', '-', file], { input });
    expect(sent.status).toBe(0);
    addIds(sentinels, drop);
    await drop.tick();
    let gets = 0; // a batch, the root, a further cell, and then the last one
    failWhen(({ action, phase }) => action === 's3:GetObject' && phase === 'before' && ++gets > 3);
    const read = ['read', ...options];
    const ended = await step(jane, read, { passphrase: own }, { status: 1, writes: within('inbox') });
    expect(ended.words).toContain('has to wait');
    expect(readdirSync(join(jane.cwd, 'inbox'))).toEqual(['.bookmark', KEPT]); // a cell that came, as it came
  }

  test('commands that fail because the drop cannot be reached any more, in the middle of sending and of reading', async () => {
    // Most of which is waiting.
    await Promise.all([sendInVain(), registerInVain(), readInVain(), readInVain('--encrypted')]);
  });

  test('commands that fail because a letter is damaged at its end, a passphrase is wrong, or words are', async () => {
    const { sentinels, jane, source, step, drop, own, contact } = await failing();
    const [start, text] = ['file start', 'text'].map((what) => secretOf(sentinels, what, marked(what)));
    const name = secretOf(sentinels, 'file name', `name-${randomBytes(12).toString('hex')}`);
    const content = Buffer.concat([Buffer.from(start!), randomBytes(2_500_000)]);
    let puts = 0;
    const damaging: Transport = (asked) => {
      if (asked.method === 'PUT' && asked.url.pathname.includes('/uploads/') && ++puts === 2) {
        const body = Buffer.from(asked.body!);
        body[500_000]! ^= 1;
        asked = { ...asked, body };
      }
      return loopback(asked);
    };
    await send(way(drop.url, damaging), contact, { text, files: [fileOf(name, content)] });
    expect(puts).toBe(3);
    await drop.tick();
    for (const [inbox, options] of [
      ['inbox', []],
      ['sealed', ['--encrypted']],
    ] as const) {
      const read = ['read', '--inbox', inbox, ...options];
      const ended = await step(jane, read, { passphrase: own }, { writes: within(inbox) });
      expect(ended.words).toContain('is damaged');
      expect(readdirSync(join(jane.cwd, inbox))).toEqual(['.bookmark', KEPT]);
    }
    const wrong = { passphrase: secretOf(sentinels, 'wrong passphrase') };
    for (const args of [
      ['read'],
      ['rotate'],
      ['inbox'],
      ['show', 'x'],
      ['reply', 'x'],
      ['contact'],
      ['desk', 'join', 'x'],
    ]) {
      await step(jane, args, wrong, { status: 1 });
    }
    const words = secretOf(
      sentinels,
      'wrong words',
      'abandon ability able about above absent absorb abstract absurd abuse access zoo',
    );
    const mailbox = ['mailbox', 'read', '--from', 'jane.contact', '--words-fd', '4'];
    await step(source, mailbox, { secrets: { 4: words } }, { status: 1 });
    const send_ = ['send', '--to', 'jane.contact', '--reply-to-mailbox', '--words-fd', '4'];
    await step(source, send_, { secrets: { 4: words }, input: text! }, { status: 1 });
  });

  test('commands that fail because the disk is full', async (context) => {
    const { sentinels, jane, source, step, own } = await failing();
    for (const { cwd } of [jane, source]) {
      const copies = readdirSync(cwd).map((name) => [name, readFileSync(join(cwd, name))] as const);
      try {
        execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', cwd], { stdio: 'ignore' });
      } catch {
        context.skip('only root can make a small disk');
      }
      atEnd(() => void execFileSync('umount', [cwd]));
      for (const [name, bytes] of copies) writeFileSync(join(cwd, name), bytes);
      try {
        writeFileSync(join(cwd, 'filler'), Buffer.alloc(65_536));
      } catch {
        // as much as fits
      }
    }
    const input = secretOf(sentinels, 'text', marked('text'));
    const passphrase = secretOf(sentinels, 'passphrase of the unsent letter');
    const state = ['send', '--to', 'jane.contact', '--state', 'unsent'];
    const full = { status: 1, writes: /^unsent(\.lock)?$/ };
    expect((await step(source, state, { input, passphrase }, full)).words).toContain('ENOSPC');
    const before = readFileSync(join(jane.cwd, 'dead-drop.identity'), 'utf8');
    const rotated = await step(
      jane,
      ['rotate'],
      { passphrase: own },
      { status: 1, writes: beside('dead-drop.identity') },
    );
    expect(rotated.words).toContain('ENOSPC');
    expect(readFileSync(join(jane.cwd, 'dead-drop.identity'), 'utf8')).toBe(before);
    expect(readdirSync(jane.cwd).filter((name) => name.startsWith('.unfinished'))).toEqual([]);
    const made = ['keygen', '--drop', 'http://127.0.0.1:9', '--out', 'other'];
    await step(jane, made, { passphrase: own }, { status: 1, writes: /^other$/ });
    rmSync(join(jane.cwd, 'filler'));
    expect(existsSync(join(jane.cwd, 'other'))).toBe(false); // half an identity is of no use, and in the way
    await step(jane, ['rotate'], { passphrase: own }, { writes: /^(dead-drop\.identity|\.unfinished-)/ });
    expect(readdirSync(jane.cwd).sort()).toEqual(['dead-drop.identity', 'jane.contact']);
  });
});

/** When a process is killed: at a system call, at a call of the storage's that its request leads to, or by chance. */
type Moment = { readonly call: string } | { readonly action: string; readonly nth: number } | 'chance';

interface Victim {
  readonly who: 'jane' | 'source' | 'john';
  readonly args: readonly string[];
  readonly options: Partial<CommandOptions>;
  readonly moments: readonly Moment[];
  /** What it may leave in the clear, because it was asked to. */
  readonly asked?: RegExp;
  /** Makes sure that the next run works, and that nothing is left of the killed one. */
  readonly again: (there: Record<'jane' | 'source' | 'john', Person>, run: () => Promise<Ended>) => Promise<void>;
}

describe('a command that is killed leaves no more, and the next one works', () => {
  let drop: TestDrop;
  let watching: ((call: Call) => void) | undefined;
  /** Folders of a journalist, a source and a colleague, of which each kill gets a copy. */
  let base: string;
  let name: string;
  let file: string;
  const sentinels: Sentinels = new Map();
  const secret = (what: string) => secretOf(sentinels, what);
  const own = secret("Jane's passphrase");
  const his = secret("John's passphrase");
  const copyKey = secret("passphrase of John's copy of the desk");
  const kept = secret('passphrase of the unsent letter');
  const text = secretOf(sentinels, 'text', marked('text'));
  const answer = secretOf(sentinels, 'answer', marked('answer'));
  const victims = new Map<string, Victim>();

  beforeAll(async () => {
    drop = await openDrop({ intercept: (call) => watching?.(call) });
    base = mkdtempSync(join(tmpdir(), 'dead-drop-test-'));
    const { jane, source, john } = people(base, 'jane', 'source', 'john');
    const done = async (who: Person, args: string[], options: Partial<CommandOptions> = {}) => {
      const ended = await who.run(args, options);
      expect(ended.status, `${args[0]}: ${ended.words}`).toBe(0);
      return ended.out.trim();
    };
    const identities = [
      ['Jane', jane, own],
      ['John', john, his],
    ] as const;
    for (const [whose, { cwd }, passphrase] of identities) {
      const identity = newIdentity(drop.url, Math.floor(Date.now() / 1000));
      const path = join(cwd, 'dead-drop.identity');
      writeFileSync(path, await lockIdentity(identity, Buffer.from(passphrase), QUICK), { mode: 0o600 });
      await addIdentity(sentinels, whose, path, passphrase);
    }
    for (const [whose, who, passphrase] of identities) {
      const contact = `${await done(who, ['contact'], { passphrase })}\n`;
      for (const { cwd } of [jane, source]) writeFileSync(join(cwd, `${whose}.contact`), contact);
    }
    file = secretFile(sentinels, source.cwd, 2);
    const words = await done(source, ['mailbox', 'new']);
    await addMailbox(sentinels, words, drop.url);
    const send = ['send', '--to', 'Jane.contact', '--text-file', '-'];
    const signed = ['--reply-to-mailbox', '--words-fd', '4', file];
    await done(source, [...send, ...signed], { input: text, secrets: { 4: words } });
    const deskKey = secret('passphrase of the desk');
    await done(jane, ['desk', 'new', '--drop', drop.url], { passphrase: deskKey });
    const invite = ['desk', 'invite', '--to', 'John.contact', '--name', secret('name of a member')];
    const invited = await done(jane, invite, { passphrase: deskKey });
    sentinels.set('words of the invitation', Buffer.from(invited));
    await addIdentity(sentinels, 'desk', join(jane.cwd, 'desk.identity'), deskKey);
    addIds(sentinels, drop);
    await drop.tick();
    const sealed = ['--encrypted', '--inbox', 'sealed'];
    for (const [, who, passphrase] of identities) await done(who, ['read', ...sealed], { passphrase });
    const nameIn = ({ cwd }: Person) => readdirSync(join(cwd, 'sealed')).find((each) => each.startsWith('letter-'))!;
    name = nameIn(jane);
    expect([...searcher(base, sentinels).files()].filter((hit) => !hit.includes('source/cwd/name-'))).toEqual([]);

    const quiet = (cwd: string) =>
      expect(readdirSync(cwd, { recursive: true }).filter((path) => /unfinished|lock/.test(String(path)))).toEqual([]);
    const reads =
      (inbox: string): Victim['again'] =>
      async ({ jane }, run) => {
        expect((await run()).status).toBe(0);
        const came = readdirSync(join(jane.cwd, inbox)).filter((each) => each.startsWith('letter-'));
        expect(came).toHaveLength(1);
        quiet(jane.cwd);
      };
    victims.set('send --state', {
      who: 'source',
      args: [...send, '--state', 'unsent', file],
      options: { input: text, passphrase: kept },
      moments: [
        { call: 'fsync' },
        { call: 'rename' },
        { action: 's3:PutObject', nth: 2 },
        { action: 'sqs:SendMessage', nth: 1 },
        'chance',
      ],
      async again({ source }, run) {
        const state = join(source.cwd, 'unsent');
        if (existsSync(state) && readFileSync(state).length > 0) {
          const resumed = await source.run(['send', '--resume', 'unsent'], { passphrase: kept });
          expect(resumed, resumed.words).toMatchObject({ status: 0 });
        } else {
          rmSync(state, { force: true }); // killed before anything stood in it
          expect((await run()).status).toBe(0);
        }
        expect(existsSync(state)).toBe(false);
        quiet(source.cwd);
      },
    });
    victims.set('read', {
      who: 'jane',
      args: ['read'],
      options: { passphrase: own },
      moments: [{ call: 'fsync' }, { call: 'rename' }, { action: 's3:GetObject', nth: 3 }, 'chance'],
      asked: /^(text|file \w+) @ jane\/cwd\/inbox\/(letter-\*|\.unfinished-\*)\//,
      again: reads('inbox'),
    });
    victims.set('read --encrypted', {
      who: 'jane',
      args: ['read', '--encrypted', '--inbox', 'another'],
      options: { passphrase: own },
      moments: [{ call: 'fsync' }, { call: 'rename' }, { action: 's3:GetObject', nth: 3 }, 'chance'],
      again: reads('another'),
    });
    victims.set('rotate', {
      who: 'jane',
      args: ['rotate'],
      options: { passphrase: own },
      moments: [{ call: 'fsync' }, { call: 'rename' }, { call: 'unlink' }, 'chance'],
      async again({ jane }, run) {
        const path = join(jane.cwd, 'dead-drop.identity');
        const count = async () => (await addIdentity(sentinels, 'Jane', path, own)).epochs.length;
        const before = await count();
        expect((await run()).status).toBe(0);
        expect(await count()).toBe(before + 1);
        quiet(jane.cwd);
      },
    });
    victims.set('reply', {
      who: 'jane',
      args: ['reply', name, '--inbox', 'sealed'],
      options: { passphrase: own, input: answer },
      moments: [
        { call: 'fsync' },
        { call: 'rename' },
        { action: 's3:PutObject', nth: 1 },
        { action: 'sqs:SendMessage', nth: 1 },
      ],
      async again({ jane }, run) {
        expect((await run()).status).toBe(0);
        expect((await jane.run(['read', ...sealed], { passphrase: own })).status).toBe(0); // it clears what is left
        quiet(jane.cwd);
      },
    });
    victims.set('desk join', {
      who: 'john',
      args: ['desk', 'join', nameIn(john), '--inbox', 'sealed', '--words-fd', '4', '--desk-passphrase-fd', '5'],
      options: { passphrase: his, secrets: { 4: invited, 5: copyKey } },
      moments: [{ call: 'fsync' }, 'chance', 'chance'],
      async again({ john }, run) {
        const made = join(john.cwd, 'desk.identity');
        if (existsSync(made) && readFileSync(made).length === 0) rmSync(made); // killed before anything stood in it
        const isThere = existsSync(made);
        const ended = await run();
        if (!isThere) expect(ended.status, ended.words).toBe(0); // otherwise it has these keys, with or without the letter
        await addIdentity(sentinels, 'copy of the desk', made, copyKey);
        quiet(john.cwd);
      },
    });
  });
  afterAll(async () => {
    await drop.close();
    rmSync(base, { recursive: true });
  });

  const killed: string[] = [];
  test.each(['send --state', 'read', 'read --encrypted', 'rotate', 'reply', 'desk join'])(
    '%s',
    async (what) => {
      const { who, args, options, moments, asked, again } = victims.get(what)!;
      let took = 0;
      for (const moment of moments) {
        if (moment !== 'chance' && 'call' in moment && !hasStrace) continue;
        const root = folder();
        cpSync(base, root, { recursive: true });
        const there = people(root, 'jane', 'source', 'john');
        const search = searcher(root, sentinels);
        const before = search.files();
        const run = () => there[who].run(args, options);
        const start = performance.now();
        const delay = Math.random() * (took || 800);
        const ended = await there[who].run(args, { ...options, ...killing(moment, delay) });
        watching = undefined;
        const said = `${what}, killed at ${JSON.stringify(moment)}, ${Math.round(delay)} ms`;
        if (moment === 'chance') took ||= performance.now() - start;
        else expect(ended.status, said).toBeNull();
        if (ended.status === null) killed.push(said);
        addIds(sentinels, drop);
        const finds = [...search.files()].filter((hit) => !before.has(hit)).map(plain);
        expect(
          finds.filter((hit) => !asked?.test(hit)),
          said,
        ).toEqual([]);
        await again(there, run);
        const after = [...search.files()].filter((hit) => !before.has(hit)).map(plain);
        expect(
          after.filter((hit) => !asked?.test(hit) || hit.includes('.unfinished')),
          said,
        ).toEqual([]);
      }
    },
    600_000,
  );

  test.runIf(hasStrace)('which was tried at fifteen moments and more', () => {
    expect(killed.length).toBeGreaterThanOrEqual(15);
  });

  /** Has a command killed. */
  function killing(moment: Moment, delay: number): Partial<CommandOptions> {
    if (moment === 'chance') {
      return { meanwhile: (child) => void setTimeout(() => child.kill('SIGKILL'), delay) };
    }
    if ('call' in moment) {
      const { call } = moment;
      return {
        under: [
          'strace',
          '-f',
          '-qq',
          '-o',
          '/dev/null',
          '-e',
          `trace=${call}`,
          '-e',
          `inject=${call}:signal=SIGKILL:when=1`,
        ],
      };
    }
    let left = moment.nth;
    return {
      meanwhile(child) {
        watching = ({ action, phase }) => {
          if (action === moment.action && phase === 'before' && --left === 0) child.kill('SIGKILL');
        };
      },
    };
  }
});

test.runIf(native !== undefined)(
  'an unlocked identity keeps its secret keys in memory that is not swapped, the more the more epochs it has',
  async (context) => {
    const now = Math.floor(Date.now() / 1000);
    const few = newIdentity('http://127.0.0.1:9', now);
    let many: Identity = few;
    for (let count = 0; count < 5; count += 1) many = rotate(many, now);
    const locked = [];
    for (const identity of [few, many]) {
      const path = join(folder(), 'identity');
      writeFileSync(path, await lockIdentity(identity, Buffer.from('x'), QUICK));
      const code = `
      import { readFileSync } from 'node:fs';
      const { openIdentityStore } = await import(${JSON.stringify(join(import.meta.dirname, '../node/keys/identity-store.ts'))});
      const kibibytes = () => Number(/VmLck:\\s+(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]);
      const before = kibibytes();
      const held = await openIdentityStore(${JSON.stringify(path)}, Buffer.from('x'));
      console.log(JSON.stringify([before, kibibytes(), held.current().epochs.length]));`;
      const out = execFileSync(process.execPath, ['--input-type=module', '-e', code], {
        encoding: 'utf8',
        timeout: 60_000,
      });
      locked.push(JSON.parse(out));
    }
    const [[before, one, epochs], [, six, moreEpochs]] = locked as [number[], number[]];
    if (one === 0) {
      process.stderr.write('this machine lets nobody lock memory: whether keys are swapped is not tested\n');
      context.skip();
    }
    expect([epochs, moreEpochs]).toEqual([1, 6]);
    expect(before).toBe(0);
    // A page each at least: of an identity its signing and storage keys and that of its file; of an epoch four.
    expect(one).toBeGreaterThanOrEqual(7 * 4);
    expect(six).toBeGreaterThanOrEqual(one! + 5 * 4 * 4);
  },
);

import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CommandOptions, command } from './command.ts';
import { openDrop, type TestDrop, withDrop } from './drop.ts';
import { folder } from './people.ts';

const passphrase = 'correct horse battery staple\n';

let drop: TestDrop;
beforeAll(async () => {
  drop = await openDrop();
});
afterAll(() => drop.close());

/** A folder with a journalist's identity and contact in it, and commands run there. */
async function desk(url = drop.url) {
  const cwd = folder();
  const run = (args: string[], options: Partial<CommandOptions> = {}) => command(args, { cwd, ...options });
  const made = await run(['keygen', '--drop', url], { passphrase });
  expect(made).toMatchObject({ status: 0, out: 'dead-drop.identity\n' });
  const contact = await run(['contact'], { passphrase });
  expect(contact.status).toBe(0);
  writeFileSync(join(cwd, 'jane.contact'), contact.out);
  const [, fingerprint] = /^fingerprint: (.{39})\n/.exec(contact.words)!;
  return { cwd, run, fingerprint: fingerprint! };
}

test('keygen, contact, send and read carry a letter; data goes to stdout, words to stderr', async () => {
  const { cwd, run, fingerprint } = await desk();
  expect(statSync(join(cwd, 'dead-drop.identity')).mode & 0o777).toBe(0o600);
  const content = randomBytes(2_500_000);
  writeFileSync(join(cwd, 'data.bin'), content);
  const sent = await run(['send', '--to', 'jane.contact', '--text-file', '-', 'data.bin'], { input: 'Dear Jane' });
  expect(sent).toMatchObject({ status: 0, out: '' });
  expect(sent.words).toMatch(
    new RegExp(`^to the identity with the fingerprint ${fingerprint}\\ncompare it with what `),
  );
  expect(sent.words).toContain('uploading: 1 of 3 MiB\nuploading: 2 of 3 MiB\nuploading: 3 of 3 MiB\nsent: ');
  await drop.tick();
  const read = await run(['read'], { passphrase });
  expect(read.status).toBe(0);
  expect(read.out).toMatch(/^inbox\/letter-[0-9a-f]{32}\n$/);
  expect(read.words).toMatch(
    /a letter came with the batch of \S+Z: 1 file\nsigned by nobody: it can be from anybody who has the contact\n$/,
  );
  const letter = join(cwd, read.out.trim());
  expect(readFileSync(join(letter, 'data.bin')).equals(content)).toBe(true);
  expect(readFileSync(join(letter, 'letter.txt'), 'utf8')).toBe('Dear Jane');
  expect(readdirSync(letter).sort()).toEqual(['.letter', 'data.bin', 'letter.txt']);
  expect(statSync(letter).mode & 0o777).toBe(0o700);
  expect(statSync(join(letter, 'data.bin')).mode & 0o777).toBe(0o600);
  const again = await run(['read'], { passphrase });
  expect(again).toMatchObject({ status: 0, out: '' });
  expect(again.words).toMatch(/^nothing new: read up to \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\b[^\n]*\n$/);
});

test('upload and register can be apart, and open takes the sealed id another way', async () => {
  const { cwd, run } = await desk();
  const uploaded = await run(['upload', '--to', 'jane.contact'], { input: 'later' });
  expect(uploaded.out).toMatch(/^[\w-]{107}=\n$/);
  const sealedId = uploaded.out.trim();
  const opened = await run(['open', sealedId], { passphrase });
  expect(opened.status).toBe(0);
  expect(readFileSync(join(cwd, opened.out.trim(), 'letter.txt'), 'utf8')).toBe('later');
  expect(await run(['register', sealedId, '--to', 'jane.contact'])).toMatchObject({ status: 0, out: '' });
  expect(await run(['register', sealedId, '--drop', drop.url, '--json'])).toMatchObject({
    out: '{"registered":true}\n',
  });
  await drop.tick();
  const other = await run(['read', '--inbox', 'other', '--json'], { passphrase });
  const events = other.out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(events.map(({ kind }) => kind)).toContain('letter');
});

test('a sealed id that begins with a hyphen is no option', async () => {
  const { run } = await desk();
  const sealedId = `-${'A'.repeat(105)}A=`;
  const ended = await run(['open', sealedId], { passphrase });
  expect(ended).toMatchObject({ status: 1, words: 'dead-drop: that sealed id is not for this identity\n' });
  expect(await run(['register', sealedId, '--drop', drop.url])).toMatchObject({ status: 0 });
});

describe('wrong usage ends with 2, and a word on what is right', () => {
  test.each<[string, string[], string]>([
    ['no command', [], 'Usage: dead-drop'],
    ['an unknown command', ['sned'], "unknown command 'sned'"],
    ['an unknown option', ['send', '--to', 'x', '--too', 'y'], "unknown option '--too'"],
    ['a missing option', ['send'], "required option '--to <contact>' not specified"],
    ['a sealed id of another length', ['open', 'abc'], 'a sealed id has 107 characters before its =, and these are 3'],
    ['a register without a drop', ['register', `${'A'.repeat(107)}=`], 'give the contact with --to'],
    ['no terminal for the passphrase', ['keygen', '--drop', 'http://127.0.0.1:1'], '--passphrase-fd'],
    [
      'a descriptor that is not open',
      ['keygen', '--drop', 'http://127.0.0.1:1', '--passphrase-fd', '77'],
      '77< secret.txt',
    ],
    ['a number that is none', ['read', '--every', 'soon'], 'whole number'],
    ['a time without a unit', ['send', '--to', 'x', '--over', '6'], 'like 90m, 6h or 2d'],
    ['a time beyond what a drop keeps', ['send', '--to', 'x', '--over', '8d'], 'at most 7d'],
  ])('%s', async (_, args, words) => {
    const ended = await command(args, { cwd: folder() });
    expect(ended).toMatchObject({ status: 2, out: '' });
    expect(ended.words).toContain(words);
    expect(ended.words).not.toMatch(/\n {4}at /);
  });

  test('help tells of commands within groups, and of a group by its name alone', async () => {
    for (const [args, usage] of [
      [['help', 'mailbox', 'read'], 'mailbox read'],
      [['help', 'desk', 'invite'], 'desk invite'],
      [['mailbox', 'help', 'read'], 'mailbox read'],
      [['help', 'mailbox'], 'mailbox'],
      [['mailbox'], 'mailbox'],
      [['desk'], 'desk'],
    ] as const) {
      const { status, out, words } = await command([...args], { cwd: folder() });
      expect([args, status, words]).toEqual([args, 0, '']);
      expect(out).toMatch(new RegExp(`^Usage: dead-drop ${usage} \\[`));
    }
  });

  test('help of what there is not is wrong usage', async () => {
    for (const args of [
      ['help', 'nonsense'],
      ['help', 'mailbox', 'nonsense'],
      ['mailbox', 'help', 'nonsense'],
      ['mailbox', 'nonsense'],
    ]) {
      const { status, out, words } = await command(args, { cwd: folder() });
      expect([args, status, out]).toEqual([args, 2, '']);
      expect(words).toMatch(/^error: unknown command '(mailbox )?nonsense'/);
    }
  });

  test('a host name that ends in a dot is refused, and Tor not asked for, by every command that takes an address', async () => {
    for (const args of [
      ['audit', 'https://drop.example.'],
      ['canary', 'https://drop.example.'],
      ['cover', 'https://drop.example.'],
      ['gateway', '--drop', 'https://drop.example.', '--uploads', 'https://s3.example'],
      ['send', '--to', 'https://news.example./jane.txt', '--text-file', '-'],
      ['mailbox', 'read', '--from', 'https://news.example./jane.txt'],
      ['audit', '--without-tor', 'https://drop.example.'],
    ]) {
      const { status, words } = await command(args, { cwd: folder() });
      expect([args, status]).toEqual([args, args[0] === 'gateway' ? 2 : 1]);
      expect(words).toMatch(/a host name that ends in a dot is refused: write (the address|it) without that dot/);
    }
    const made = await command(['keygen', '--drop', 'https://drop.example.'], { cwd: folder() });
    expect(made).toMatchObject({ status: 1, words: "dead-drop: the drop's URL is spelled https://drop.example\n" });
  });

  test('help is no error', async () => {
    for (const args of [['--help'], ['help', 'send'], ['read', '--help'], ['--version']]) {
      expect(await command(args, { cwd: folder() })).toMatchObject({ status: 0, words: '' });
    }
  });
});

describe('failures end with 1, in one line without paths or secrets', () => {
  const line = /^dead-drop: [^\n]+\n$/;

  test('what is wrong with a contact, a file or an identity', async () => {
    const { cwd, run, fingerprint } = await desk();
    mkdirSync(join(cwd, 'a-folder'));
    const contact = readFileSync(join(cwd, 'jane.contact'), 'utf8');
    writeFileSync(join(cwd, 'forged.contact'), contact.replace(/^(.)/m, '$1').replace(/\nA/, '\nB'));
    writeFileSync(join(cwd, 'windows.contact'), contact.replaceAll('\n', '\r\n'));
    const toJane = ['send', '--to', 'jane.contact', '--fingerprint', fingerprint];
    const cases: [string[], string, Partial<CommandOptions>?][] = [
      [['send', '--to', 'secret-name.contact'], 'the contact file cannot be read'],
      [['send', '--to', 'dead-drop.identity'], 'no whole contact'],
      [['send', '--to', 'forged.contact'], 'contact'],
      [[...toJane, 'secret-name'], 'a file to send does not exist'],
      [[...toJane, 'a-folder'], 'only regular files can be sent'],
      [[...toJane, '--text-file', 'secret-name'], 'the text file cannot be read'],
      [['read', '--identity', 'secret-name'], 'the identity file cannot be read', { passphrase }],
      [['read', '--identity', 'jane.contact'], 'not a dead drop identity', { passphrase }],
      [
        ['read'],
        'wrong passphrase, or the file is damaged: when you are sure of the passphrase, try your backup',
        { passphrase: 'correct horse' },
      ],
      [['read'], 'nothing was given for: passphrase', { passphrase: '\n' }],
      [['keygen', '--drop', drop.url], 'an identity is never overwritten', { passphrase }],
      [['keygen', '--drop', 'http://drop.example', '--out', 'x'], 'an https:// or an .onion address', { passphrase }],
      [['keygen', '--drop', 'nonsense', '--out', 'x'], 'by its URL', { passphrase }],
      [['open', `${'A'.repeat(107)}=`], 'not for this identity', { passphrase }],
    ];
    for (const [args, words, options] of cases) {
      const ended = await run(args, options);
      expect(ended, args.join(' ')).toMatchObject({ status: 1, out: '' });
      expect(ended.words, args.join(' ')).toMatch(line);
      expect(ended.words).toContain(words);
      expect(ended.words).not.toMatch(/secret-name|\/tmp|correct/);
    }
    expect(existsSync(join(cwd, 'x'))).toBe(false);
    expect(await run(['send', '--to', 'windows.contact'], { input: 'CRLF' })).toMatchObject({ status: 0 });
  });

  test('a drop that is not there', async () => {
    const { cwd, run } = await desk();
    const made = await run(['keygen', '--drop', 'http://127.0.0.1:9', '--out', 'far'], { passphrase });
    expect(made.status).toBe(0);
    const start = Date.now();
    const ended = await run(['read', '--identity', 'far'], { passphrase });
    expect(ended).toMatchObject({
      status: 1,
      words: expect.stringMatching(/^(waiting for .*\n)*dead-drop: the drop cannot be reached: try again later\n$/),
    });
    expect(Date.now() - start).toBeGreaterThan(7000); // it did try again
    expect(existsSync(join(cwd, 'inbox'))).toBe(false);
  });

  test('an inbox that belongs to another identity', async () => {
    const [jane, john] = [await desk(), await desk()];
    await drop.tick();
    expect(await jane.run(['read'], { passphrase })).toMatchObject({ status: 0 });
    const ended = await john.run(['read', '--inbox', join(jane.cwd, 'inbox')], { passphrase });
    expect(ended).toMatchObject({ status: 1 });
    expect(ended.words).toContain('belongs to another identity');
  });
});

test('an interrupted send says so, ends with 130 and registers nothing', async () => {
  const { cwd, run } = await desk();
  writeFileSync(join(cwd, 'large'), Buffer.alloc(200 * 2 ** 20));
  const before = drop.waiting();
  const ended = await run(['send', '--to', 'jane.contact', 'large'], {
    meanwhile: (child) => child.stderr!.once('data', () => child.kill('SIGINT')),
  });
  expect(ended).toMatchObject({ status: 130, out: '' });
  expect(ended.words).toMatch(
    /\n(nothing was sent|nothing was registered: the letter does not arrive, .*)\ninterrupted\n$/,
  );
  expect(drop.waiting()).toBe(before);
});

test('an interrupted read leaves nothing half done, and the next one goes on', async () => {
  const { cwd, run } = await desk();
  writeFileSync(join(cwd, 'large'), randomBytes(64 * 2 ** 20));
  await run(['send', '--to', 'jane.contact', 'large']);
  await drop.tick();
  for (const signal of ['SIGINT', 'SIGKILL'] as const) {
    await run(['read'], { passphrase, meanwhile: (child) => child.stderr!.once('data', () => child.kill(signal)) });
  }
  expect(readdirSync(join(cwd, 'inbox')).filter((name) => name.startsWith('letter'))).toEqual([]);
  const read = await run(['read'], { passphrase });
  expect(read.status).toBe(0);
  expect(readdirSync(join(cwd, 'inbox')).sort()).toEqual(['.bookmark', read.out.trim().slice('inbox/'.length)]);
  expect(readFileSync(join(cwd, read.out.trim(), 'large')).equals(readFileSync(join(cwd, 'large')))).toBe(true);
});

test('read --watch delivers what comes, until it is interrupted', async () => {
  const { run } = await desk();
  let seen = '';
  const watching = run(['read', '--watch', '--every', '1'], {
    passphrase,
    meanwhile: (child) =>
      child.stdout!.on('data', (chunk) => {
        seen += chunk;
        if (seen.split('\n').length > 2) child.kill('SIGINT');
      }),
  });
  for (const text of ['one', 'two']) {
    expect(await run(['send', '--to', 'jane.contact'], { input: text })).toMatchObject({ status: 0 });
    await drop.tick();
  }
  const ended = await watching;
  expect(ended.out.trim().split('\n')).toHaveLength(2);
  expect(ended.status).toBe(130);
});

test('send --over tells its plan, keeps to it, and can be interrupted', async () => {
  const { cwd, run } = await desk();
  writeFileSync(join(cwd, 'data'), randomBytes(1_500_000));
  const before = drop.waiting();
  const sent = await run(['send', '--to', 'jane.contact', '--over', '4s', 'data']);
  expect(sent).toMatchObject({ status: 0, out: '' });
  const moment = '\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d';
  const plan = new RegExp(`the plan: 2 cells, then the registration, the first at ${moment}, the last at ${moment}\\n`);
  expect(sent.words).toMatch(plan);
  const steps = sent.words.match(/^step . of 3, (a cell|the registration): (at .{19}|now)$/gm)!;
  expect(steps.map((line) => line.replace(/:.*/, ''))).toEqual([
    'step 1 of 3, a cell',
    'step 2 of 3, a cell',
    'step 3 of 3, the registration',
  ]);
  expect(drop.waiting()).toBe(before + 1);
  const ended = await run(['send', '--to', 'jane.contact', '--over', '7d'], {
    input: 'later',
    meanwhile: (child) => child.stderr!.once('data', () => child.kill('SIGINT')),
  });
  expect(ended).toMatchObject({ status: 130, out: '' });
  expect(drop.waiting()).toBe(before + 1);
});

test('send --over waits for a drop that fails; Ctrl-C then ends it with the sealed id', async () => {
  let isBroken = true;
  const mine = await withDrop({
    intercept({ action }) {
      if (isBroken && action === 'sqs:SendMessage') throw new Error('broken');
    },
  });
  const { run } = await desk(mine.url);
  let [seen, isAsked] = ['', false];
  const ended = await run(['send', '--to', 'jane.contact', '--over', '1s'], {
    input: 'later',
    meanwhile: (child) =>
      child.stderr!.on('data', (chunk) => {
        seen += chunk;
        if (isAsked || !/trying again\nstep 2 of 2.*\n/.test(seen)) return; // a second one would end it at once
        isAsked = child.kill('SIGINT');
      }),
  });
  expect(ended.status).toBe(130);
  expect(ended.words).toMatch(
    /\nthe drop has a fault; trying again\nstep 2 of 2, the registration: at .*\nthe letter is uploaded, .*\ninterrupted\n$/,
  );
  expect(ended.out).toMatch(/^[\w-]{107}=\n$/);
  isBroken = false;
  expect(await run(['register', ended.out.trim(), '--to', 'jane.contact'])).toMatchObject({ status: 0 });
  expect(mine.waiting()).toBe(1);
});

test('the help of --over says that the time must stay below what the drop keeps', async () => {
  for (const name of ['send', 'upload']) {
    const { out } = await command([name, '--help'], { cwd: folder() });
    expect(out.replace(/\s+/g, ' ')).toContain("--over must stay well below the drop's retention");
  }
});

/** More than what may be taken of memory, and a gibibyte in `npm run soak`. */
const LARGE_MEBIBYTES = process.env.SOAK ? 1024 : 384;

test(`a file of ${LARGE_MEBIBYTES} MiB is sent with at most 192 MiB of memory, and read with at most 256`, async () => {
  const { cwd, run } = await desk();
  const part = randomBytes(2 ** 20);
  for (let i = 0; i < LARGE_MEBIBYTES; i += 1) {
    part.writeUInt32BE(i);
    writeFileSync(join(cwd, 'large'), part, { flag: 'a' });
  }
  const sent = await run(['send', '--to', 'jane.contact', 'large']);
  expect(sent.status).toBe(0);
  await drop.tick();
  const read = await run(['read'], { passphrase });
  expect(read.status).toBe(0);
  const arrived = readFileSync(join(cwd, read.out.trim(), 'large'));
  expect(arrived.length).toBe(LARGE_MEBIBYTES * 2 ** 20);
  expect(arrived.equals(readFileSync(join(cwd, 'large')))).toBe(true);
  for (const [{ peakMebibytes }, most] of [
    [sent, 192],
    [read, 256],
  ] as const) {
    expect(peakMebibytes).toBeGreaterThan(30); // it was measured
    expect(peakMebibytes).toBeLessThan(most);
  }
}, 600_000);

import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, inject, test } from 'vitest';
import { THREADS_FROM } from '../../node/open-boxes.ts';
import { type CommandOptions, command } from '../command.ts';
import { sealedIds, withDrop } from '../drop.ts';
import * as sample from '../metadata-samples.ts';
import { folder } from '../people.ts';
import { bareRoot } from './bare-root.ts';
import { fileOf, root } from './build.ts';

const release = inject('release');
const executable = fileOf(release, /-linux-x64$/);

const passphrase = 'correct horse battery staple\n';

/** What the environment of the tests has, and points to files that are not in that root. */
const BARE = { NODE_EXTRA_CA_CERTS: '', NODE_COMPILE_CACHE: '' };

/** A folder where the executable runs, in a root that has nothing but it. */
function bare() {
  const [place, cwd] = [folder(), folder()];
  const program = bareRoot(executable, place, cwd);
  const run = (args: readonly string[], options: Partial<CommandOptions> = {}) =>
    command(args, { cwd, program, env: BARE, ...options });
  return { place, cwd, run };
}

test('in a root without Node, the executable makes keys, sends, looks into documents and reads', async () => {
  const { place, cwd, run } = bare();
  const there = readdirSync(place, { recursive: true, encoding: 'utf8' });
  expect(there).toContain('usr/bin/dead-drop');
  expect(there.filter((name) => /(^|\/)(node|npm|sh|bash)$|\.js$/.test(name))).toEqual([]);

  const drop = await withDrop();
  expect(await run(['keygen', '--drop', drop.url], { passphrase })).toMatchObject({ status: 0 });
  expect(await run(['contact', '--out', 'jane.contact'], { passphrase })).toMatchObject({ status: 0 });
  const recording = randomBytes(2_500_000);
  writeFileSync(join(cwd, 'recording.wav'), recording);
  writeFileSync(join(cwd, 'report.docx'), sample.docx());
  const letter = ['send', '--to', 'jane.contact', '--text-file', '-', 'recording.wav', 'report.docx'];
  const warned = await run(letter, { input: 'hello' });
  expect(warned.status).toBe(1);
  for (const told of sample.docxTells) expect(warned.words).toContain(told);
  const sent = await run([...letter, '--anyway'], { input: 'hello' });
  expect(sent).toMatchObject({ status: 0, out: '' });
  await drop.tick();
  const read = await run(['read', '--inbox', 'inbox'], { passphrase });
  expect(read, read.words).toMatchObject({ status: 0 });
  const came = join(cwd, read.out.trim());
  expect(readFileSync(join(came, 'letter.txt'), 'utf8')).toBe('hello');
  expect(readFileSync(join(came, 'recording.wav')).equals(recording)).toBe(true);
  for (const { words } of [warned, sent, read]) expect(words).not.toMatch(/[Ww]arning|Experimental/);
});

test('the child that looks into documents may write nothing in the executable either', async () => {
  const { cwd, run } = bare();
  const drop = await withDrop();
  await run(['keygen', '--drop', drop.url], { passphrase });
  await run(['contact', '--out', 'jane.contact'], { passphrase });
  writeFileSync(join(cwd, 'report.docx'), sample.docx());
  const calls = join(folder(), 'calls');
  const under = ['strace', '-f', '-v', '-s', '1000', '-e', 'trace=execve', '-o', calls];
  await run(['send', '--to', 'jane.contact', 'report.docx'], { under });
  const started = readFileSync(calls, 'utf8')
    .split('\n')
    .filter((line) => line.includes('"metadata/child"'));
  expect(started).toHaveLength(1);
  const [, granted] = /"NODE_OPTIONS=([^"]+)"/.exec(started[0]!)!;

  // The same process with what a document would have it do.
  writeFileSync(
    join(cwd, 'hostile.cjs'),
    `const { readFileSync, writeFileSync } = require('node:fs');
     readFileSync(${JSON.stringify(join(cwd, 'report.docx'))});
     try { writeFileSync(${JSON.stringify(join(cwd, 'taken'))}, ''); console.log('written'); }
     catch (error) { console.log(error.code); }
     console.log(require('node:v8').getHeapStatistics().heap_size_limit < 2 ** 30);
     process.exit();`,
  );
  const hostile = (options: string) =>
    run(['metadata/child'], { env: { ...BARE, NODE_OPTIONS: `${options} --require=${cwd}/hostile.cjs` } });
  expect(await hostile(granted!)).toMatchObject({ out: 'ERR_ACCESS_DENIED\ntrue\n' });
  expect(existsSync(join(cwd, 'taken'))).toBe(false);
  expect(await hostile('')).toMatchObject({ out: 'written\nfalse\n' });
});

test('secrets come as they do to the command: from a file, from standard input, from a descriptor', async () => {
  const { cwd, run } = bare();
  writeFileSync(join(cwd, 'secret'), passphrase, { mode: 0o600 });
  const made = await run(['keygen', '--drop', 'http://127.0.0.1:1', '--passphrase-file', '-'], { input: passphrase });
  expect(made, made.words).toMatchObject({ status: 0 });
  const ways = [await run(['contact', '--passphrase-file', 'secret']), await run(['contact'], { passphrase })];
  for (const { status, out } of ways) expect([status, out]).toEqual([0, ways[0]!.out]);
  expect(await run(['contact'], { passphrase: 'wrong horse\n' })).toMatchObject({ status: 1, out: '' });
});

test('it tries what is many on threads', async () => {
  const { run } = bare();
  const drop = await withDrop({ planted: { messages: sealedIds(THREADS_FROM) } });
  expect(await run(['keygen', '--drop', drop.url], { passphrase })).toMatchObject({ status: 0 });
  expect(await run(['contact', '--out', 'jane.contact'], { passphrase })).toMatchObject({ status: 0 });
  expect(await run(['send', '--to', 'jane.contact'], { input: 'hello' })).toMatchObject({ status: 0 });
  await drop.tick();
  expect([...drop.batches().values()].flat().length).toBeGreaterThan(THREADS_FROM);
  const read = await run(['read', '--inbox', 'inbox'], { passphrase });
  expect(read, read.words).toMatchObject({ status: 0, out: expect.stringMatching(/^inbox\//) });
});

test('it says what it is: the version, the commit, and the hash of the programs in it', async () => {
  const { run } = bare();
  const { status, out, words } = await run(['--version']);
  const [version, commit, programs] = out.split('\n');
  expect({ status, words, version }).toEqual({ status: 0, words: '', version: '0.1.0' });
  const head = execFileSync('git', ['rev-parse', 'HEAD'], { cwd: root, encoding: 'utf8' }).trim();
  expect(commit).toMatch(new RegExp(`^commit ${head}(, with changes)? \\(executable\\)$`));
  const hash = createHash('sha256')
    .update(readFileSync(fileOf(release, /\.js$/)))
    .digest('hex');
  expect(programs).toContain(hash);
});

test('it has the page of its version in it', async () => {
  const { out } = await bare().run(['page', '--hash']);
  const page = readFileSync(fileOf(release, /-page\.html$/));
  expect(out.trim()).toBe(createHash('sha256').update(page).digest('hex'));
});

test('it starts in half of the time that the command of a checkout takes', () => {
  const checkout = [join(root, 'bin/dead-drop.ts')];
  const env = { ...process.env, ...BARE };
  const took = (file: string, args: readonly string[]) => {
    const began = performance.now();
    execFileSync(file, [...args, '--version'], { stdio: 'ignore', env });
    return performance.now() - began;
  };
  const pairs = Array.from({ length: 15 }, () => [took(executable, []), took(process.execPath, checkout)] as const);
  const ratios = pairs.map(([one, other]) => one / other).sort((a, b) => a - b);
  expect(ratios[7]).toBeLessThan(0.5);
});

test('what cannot be in it is said in one line', async () => {
  const { cwd, run } = bare();
  mkdirSync(join(cwd, 'node_modules/sodium-native'), { recursive: true });
  writeFileSync(join(cwd, 'node_modules/sodium-native/index.js'), "require('node:fs').writeFileSync('taken', '')");
  writeFileSync(join(cwd, 'template.json'), '{"Resources":{}}');
  const { status, words } = await run(['doctor', '--template', 'template.json']);
  expect({ status, words }).toMatchObject({ status: 1, words: expect.stringMatching(/^dead-drop: [^\n]+\n$/) });
  // Nor does it take programs from where it happens to run.
  expect(existsSync(join(cwd, 'taken'))).toBe(false);
});

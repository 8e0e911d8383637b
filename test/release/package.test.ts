import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, inject, test } from 'vitest';
import lock from '../../package-lock.json' with { type: 'json' };
import { withoutRandomness } from '../client-hello.ts';
import { type CommandOptions, command } from '../command.ts';
import { withDrop } from '../drop.ts';
import * as sample from '../metadata-samples.ts';
import { folder } from '../people.ts';
import { fileOf, root } from './build.ts';
import { clientHello } from './client-hello.ts';
import { fetchNodes } from './nodes.ts';

const release = inject('release');
const nodes = await fetchNodes();

/** Somebody's folder, in which the package was installed from the registry of others and the released tarball. */
const place = mkdtempSync(join(tmpdir(), 'dead-drop-package-'));
afterAll(() => rmSync(place, { recursive: true }));
writeFileSync(join(place, 'package.json'), '{"type":"module"}');
const npm = ['install', '--prefer-offline', '--no-audit', '--no-fund', fileOf(release, /\.tgz$/)];
execFileSync('npm', npm, { cwd: place, stdio: 'pipe' });
const installed = join(place, 'node_modules/dead-drop');

const passphrase = 'correct horse battery staple\n';

test.each([...nodes])('on Node %s the installed package sends, looks into documents and reads', async (_, node) => {
  const cwd = folder();
  const program = [node, join(installed, 'bin/launch.js')];
  const run = (args: readonly string[], options: Partial<CommandOptions> = {}) =>
    command(args, { cwd, program, ...options });
  const version = await run(['--version']);
  expect(version.out).toMatch(/^0\.1\.0\ncommit [0-9a-f]{40}(, with changes)? \(package\)\n$/);
  const drop = await withDrop();
  const made = await run(['keygen', '--drop', drop.url], { passphrase });
  expect(made).toMatchObject({ status: 0, out: 'dead-drop.identity\n' });
  await run(['contact', '--out', 'jane.contact'], { passphrase });
  const recording = randomBytes(1_500_000);
  writeFileSync(join(cwd, 'recording.wav'), recording);
  writeFileSync(join(cwd, 'report.docx'), sample.docx());
  const letter = ['send', '--to', 'jane.contact', 'recording.wav', 'report.docx', '--anyway'];
  const sent = await run(letter);
  expect(sent, sent.words).toMatchObject({ status: 0, out: '' });
  expect(sent.words).toContain(sample.docxTells[0]);
  await drop.tick();
  const read = await run(['read', '--inbox', 'inbox'], { passphrase });
  expect(read, read.words).toMatchObject({ status: 0 });
  expect(readFileSync(join(cwd, read.out.trim(), 'recording.wav')).equals(recording)).toBe(true);
  for (const { words } of [version, made, sent, read]) expect(words).not.toMatch(/Warning|node:/);
});

test.each([...nodes])('on Node %s the library is there', (_, node) => {
  const script = `const { contactOf, formatContact, newIdentity, parseContact } = await import('dead-drop');
    console.log(parseContact(formatContact(contactOf(newIdentity('http://127.0.0.1:1', 0, 1)))).drop);`;
  const out = execFileSync(node, ['--input-type=module', '-e', script], { cwd: place, encoding: 'utf8' });
  expect(out).toBe('http://127.0.0.1:1\n');
});

test('every Node says the same hello to a drop: none tells its people from others', async () => {
  const hellos = new Map<string, string>();
  for (const [version, node] of nodes) {
    const hello = await clientHello(node, join(installed, 'node/transport/tls.js'));
    hellos.set(version, withoutRandomness(hello));
  }
  expect(nodes.size).toBe(3);
  expect([...hellos.values()][0]).toContain('11ec04c0'); // a key of X25519MLKEM768, 1,216 bytes
  expect(new Set(hellos.values()).size).toBe(1);
});

test('what npm would publish is what the tarball has, and no release that lies there', () => {
  const unpacked = folder();
  execFileSync('tar', ['--extract', '--file', fileOf(release, /\.tgz$/), '--strip-components=1'], { cwd: unpacked });
  const names = readdirSync(unpacked, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(unpacked.length + 1));
  mkdirSync(join(unpacked, 'release'));
  writeFileSync(join(unpacked, 'release/SHA256SUMS'), '');
  const [packed] = Object.values(
    JSON.parse(
      execFileSync('npm', ['pack', '--dry-run', '--json'], { cwd: unpacked, encoding: 'utf8', stdio: 'pipe' }),
    ),
  );
  const { files } = packed as { files: { path: string }[] };
  expect(files.map(({ path }) => path).sort()).toEqual(names.sort());
});

test('the package says which Node it takes, and brings what runs there alone', () => {
  const { engines, dependencies, devDependencies } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
  expect(engines).toEqual({ node: '^22.20.0 || >=24.7.0' });
  expect(devDependencies).toBeUndefined();
  for (const version of Object.values(dependencies)) expect(version).toMatch(/^\d+\.\d+\.\d+$/);
  expect(readdirSync(join(place, 'node_modules'))).not.toContain('aws-cdk-lib');
});

test('the list of what is in the executables has every package of the command, each as the lockfile has it', () => {
  const bill = JSON.parse(readFileSync(fileOf(release, /\.cdx\.json$/), 'utf8'));
  expect(bill).toMatchObject({ bomFormat: 'CycloneDX', specVersion: '1.6' });
  const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const components: { name: string; version: string; hashes: { content: string }[] }[] = bill.components;
  expect(components.map(({ name }) => name)).toEqual(expect.arrayContaining(Object.keys(dependencies)));
  const packages = lock.packages as unknown as Record<string, { version: string; integrity: string }>;
  for (const { name, version, hashes } of components.filter((each) => !each.name.startsWith('node-'))) {
    const locked = Object.entries(packages).filter(
      ([path, each]) => path.endsWith(`/${name}`) && each.version === version,
    );
    expect(locked.map(([, { integrity }]) => Buffer.from(integrity.slice(7), 'base64').toString('hex'))).toContain(
      hashes[0]!.content,
    );
  }
  expect(components.filter(({ name }) => name.startsWith('node-'))).toHaveLength(3);
  expect(components.map(({ name }) => name)).not.toContain('vitest');
});

test('sha256sum finds every file of the release as it says', () => {
  const sums = readFileSync(join(release, 'SHA256SUMS'), 'utf8').trimEnd().split('\n');
  const names = sums.map((line) => line.replace(/^[0-9a-f]{64} {2}/, ''));
  expect([...names, 'SHA256SUMS'].sort()).toEqual(readdirSync(release).sort());
  execFileSync('sha256sum', ['--check', '--strict', '--quiet', 'SHA256SUMS'], { cwd: release });
});

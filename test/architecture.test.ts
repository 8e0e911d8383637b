import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { expect, test } from 'vitest';
import { AWS_PACKAGES } from '../doctor/calls.ts';

const root = join(import.meta.dirname, '..');

/** What each folder may import of ours, besides itself. */
const arrows: Record<string, string[]> = {
  wire: [],
  core: ['wire'],
  node: ['wire', 'core'],
  page: ['wire', 'core', 'metadata'],
  lambdas: ['wire'],
  lib: ['wire', 'lambdas'],
  local: ['wire', 'lib'],
  gateway: [],
  doctor: ['wire', 'core', 'node', 'lib'],
  metadata: [],
  bin: ['wire', 'core', 'node', 'page', 'lib', 'gateway', 'doctor', 'metadata'],
  scripts: ['wire', 'node', 'lib', 'local', 'doctor', 'bin'],
};

/** What each folder of the core may import of it, besides itself. */
const within: Record<string, string[]> = {
  keys: [],
  drop: ['keys'],
  letter: ['keys', 'drop'],
  inbox: ['keys', 'drop', 'letter'],
  send: ['keys', 'drop', 'letter'],
  cover: ['keys', 'drop', 'letter', 'send'],
  read: ['keys', 'drop', 'letter', 'inbox', 'cover'],
  canary: ['keys', 'drop', 'letter', 'inbox', 'send', 'read'],
  audit: ['drop', 'letter'],
};

/** What may be imported of others, where that is limited: little that can break or betray us. */
const packages: Record<string, string[]> = {
  wire: ['#machine'],
  core: ['#platform', '@scure/base', '@scure/bip39', '@scure/bip39/wordlists/english.js', 'sax'],
  node: ['libsodium-wrappers', 'sodium-native', 'undici'],
  page: [
    '#platform',
    '@noble/ciphers/chacha.js',
    '@noble/ciphers/salsa.js',
    '@noble/ciphers/utils.js',
    '@noble/curves/ed25519.js',
    '@noble/curves/utils.js',
    '@noble/hashes/argon2.js',
    '@noble/hashes/blake2.js',
    '@noble/hashes/legacy.js',
    '@noble/hashes/sha2.js',
    '@noble/post-quantum/hybrid.js',
  ],
  gateway: [],
  doctor: [...AWS_PACKAGES],
  lambdas: ['@aws-sdk/client-s3', '@aws-sdk/client-sqs', '@aws-sdk/s3-request-presigner', 'libsodium-wrappers'],
};

const files = Object.keys(arrows).flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => ({ folder, name: join(folder, name), text: readFileSync(join(root, folder, name), 'utf8') })),
);

const imports = files.flatMap(({ folder, name, text }) =>
  [...text.matchAll(/\b(?:from |import\()'([^']+)'/g)].map(([, what]) => ({ folder, name, what: what! })),
);

/** Where a file of ours leads: what it imports of ours. */
const ours = imports
  .filter(({ what }) => what.startsWith('.'))
  .map(({ folder, name, what }) => ({ folder, name, target: relative(root, join(root, dirname(name), what)) }));

test('there are files and imports to look at', () => {
  expect(new Set(files.map(({ folder }) => folder))).toEqual(new Set(Object.keys(arrows)));
  expect(imports.length).toBeGreaterThan(200);
});

test('arrows between folders point one way', () => {
  const wrong = ours.filter(({ folder, target }) => {
    const [of] = target.split('/') as [string];
    return of !== folder && !arrows[folder]!.includes(of) && target !== 'package.json';
  });
  expect(wrong).toEqual([]);
});

test('so do those within the core', () => {
  const core = ours.filter(({ name }) => name.startsWith('core/') && name !== 'core/platform.ts');
  expect(new Set(core.map(({ name }) => name.split('/')[1]))).toEqual(new Set(Object.keys(within)));
  const wrong = core.filter(({ name, target }) => {
    if (!target.startsWith('core/') || target === 'core/platform.ts') return false;
    const [from, to] = [name.split('/')[1]!, target.split('/')[1]!];
    return from !== to && !within[from]!.includes(to);
  });
  expect(wrong).toEqual([]);
});

test('wire, core, node and Lambdas need few packages of others', () => {
  const wrong = imports.filter(({ folder, what }) => {
    if (what.startsWith('.') || what.startsWith('node:')) return false;
    return packages[folder] !== undefined && !packages[folder].includes(what);
  });
  expect(wrong).toEqual([]);
});

test('the page knows nothing of Node, not by a type either', () => {
  const page = imports.filter(({ folder }) => folder === 'page');
  expect(page.length).toBeGreaterThan(20);
  expect(page.filter(({ what }) => what.startsWith('node:'))).toEqual([]);
});

test('the doctor knows AWS by its types, and reaches it in one file', () => {
  const loaded = files.filter(({ folder, text }) => {
    return folder === 'doctor' && /^import (?!type )[^;]*'@aws-sdk|\bimport\(/m.test(text);
  });
  expect(loaded.map(({ name }) => name)).toEqual(['doctor/open-aws.ts']);
});

test('no Lambda prints, or reads who asked', () => {
  const lambdas = files.filter(({ folder }) => folder === 'lambdas');
  expect(lambdas.length).toBeGreaterThanOrEqual(4);
  for (const { text } of lambdas) expect(text).not.toMatch(/console\.|process\.std|requestContext/);
});

test('wire and core know neither Node nor a browser', () => {
  const there = files.filter(({ folder }) => folder === 'wire' || folder === 'core');
  expect(there.length).toBeGreaterThan(90);
  const home = /\bfrom 'node:|\bimport\('|^await |\bBuffer[.(]|\bprocess\.[a-z]|\bdocument\.[a-z]|\bwindow\./m;
  expect(there.filter(({ text }) => home.test(text)).map(({ name }) => name)).toEqual([]);
});

test('randomness comes from the system only', () => {
  const wrong = files.filter(({ folder, text }) => folder !== 'local' && text.includes('Math.random'));
  expect(wrong.map(({ name }) => name)).toEqual([]);
});

test('every test that the documents name is there', () => {
  const inDocs = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'));
  const documents = ['README.md', 'SECURITY.md', ...inDocs.map((name) => join('docs', name))];
  const named = documents.flatMap((name) =>
    [...readFileSync(join(root, name), 'utf8').matchAll(/[\w-]+\.test\.ts/g)].map(([test]) => test),
  );
  expect(new Set(named).size).toBeGreaterThan(10);
  const there = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' }).map((name) => basename(name));
  expect(named.filter((test) => !there.includes(test))).toEqual([]);
});

#!/usr/bin/env node
import { execFileSync } from 'node:child_process';
import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

// Node strips types in a checkout, but not in node_modules: what is published is compiled, into dist/.
const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');
const {
  private: _,
  scripts,
  devDependencies,
  allowScripts,
  ...rest
} = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

rmSync(dist, { recursive: true, force: true });
execFileSync(join(root, 'node_modules/.bin/tsc'), ['-p', join(root, 'tsconfig.build.json')], { stdio: 'inherit' });
for (const name of ['LICENSE', 'README.md', 'SECURITY.md']) copyFileSync(join(root, name), join(dist, name));

/** What only operators need, and what makes a large backlog faster: a source installs none of it. */
const optional = [
  '@aws-sdk/client-s3',
  '@aws-sdk/client-sqs',
  '@aws-sdk/s3-request-presigner',
  'aws-cdk-lib',
  'constructs',
  'esbuild',
  'sodium-native',
];
const entry = (path: string) => ({ types: `./${path}.d.ts`, default: `./${path}.js` });
const published = {
  ...rest,
  engines: { node: '>=24.7' },
  bin: { 'dead-drop': 'bin/dead-drop.js' },
  exports: { '.': entry('client/index'), './cdk': entry('lib/dead-drop') },
  peerDependencies: Object.fromEntries(optional.map((name) => [name, `^${devDependencies[name]}`])),
  peerDependenciesMeta: Object.fromEntries(optional.map((name) => [name, { optional: true }])),
};
writeFileSync(join(dist, 'package.json'), `${JSON.stringify(published, null, 2)}\n`);
console.log('built into dist: publish that folder');

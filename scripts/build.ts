#!/usr/bin/env node
import { execFileSync } from 'node:child_process';
import { copyFileSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { bundlePage } from '../bin/bundle-page.ts';
import { AWS_PACKAGES } from '../doctor/calls.ts';
import { BUNDLED } from '../lib/check-packages.ts';
import { NODE_NEEDED } from '../node/sodium/node-version.ts';
import { script } from './script.ts';

script('build', 'Build the package that is published, in dist/.').parse();

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
for (const name of ['LICENSE', 'README.md', 'SECURITY.md', 'bin/launch.js'])
  copyFileSync(join(root, name), join(dist, name));
cpSync(join(root, 'docs'), join(dist, 'docs'), { recursive: true });
for (const name of ['README.md', ...readdirSync(join(dist, 'docs')).map((name) => `docs/${name}`)]) {
  if (name.endsWith('.md')) pointIntoPackage(join(dist, name));
}

mkdirSync(join(dist, 'page'), { recursive: true });
writeFileSync(join(dist, 'page/template.html'), await bundlePage());

/** What only operators need, and what makes a large backlog faster: a source installs none of it. */
const optional = [...new Set([...BUNDLED, ...AWS_PACKAGES, 'aws-cdk-lib', 'constructs', 'sodium-native'])].sort();
const entry = (path: string) => ({ types: `./${path}.d.ts`, default: `./${path}.js` });
const published = {
  ...rest,
  engines: { node: `>=${NODE_NEEDED}` },
  exports: { '.': entry('node/index'), './cdk': entry('lib/dead-drop') },
  imports: { '#machine': entry('node/machine'), '#platform': entry('node/platform'), '#program': entry('node/program') },
  peerDependencies: Object.fromEntries(optional.map((name) => [name, `^${devDependencies[name]}`])),
  peerDependenciesMeta: Object.fromEntries(optional.map((name) => [name, { optional: true }])),
};
writeFileSync(join(dist, 'package.json'), `${JSON.stringify(published, null, 2)}\n`);
console.log('built into dist: publish that folder');

/** Lets a document's links lead to what is in the package: compiled files; where there is none, the words stay. */
function pointIntoPackage(path: string): void {
  const isThere = (place: string) => existsSync(join(dirname(path), place.replace(/#.*$/, '')));
  const text = readFileSync(path, 'utf8').replace(
    /(?<!!)\[([^\]]+)\]\((?!https?:|#)([^)]+)\)/g,
    (link, words: string, place: string) => {
      if (isThere(place)) return link;
      const compiled = place.replace(/\.ts$/, '.js');
      return isThere(compiled) ? `[${words}](${compiled})` : words;
    },
  );
  writeFileSync(path, text);
}

import { execFileSync } from 'node:child_process';
import { copyFileSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { bundlePage } from '../../bin/bundle-page.ts';
import { AWS_PACKAGES } from '../../doctor/calls.ts';
import { BUNDLED } from '../../lib/check-packages.ts';
import { ENGINES } from '../../node/sodium/node-version.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { gzip, tar } from './archive.ts';
import type { Source } from './source.ts';

const root = join(import.meta.dirname, '../..');

/** What only operators need, and what makes a large backlog faster: a source installs none of it. */
const OPTIONAL = [...new Set([...BUNDLED, ...AWS_PACKAGES, 'aws-cdk-lib', 'constructs', 'sodium-native'])].sort();

/**
 * Builds the package that is published. Node strips types in a checkout, but not in node_modules: it is compiled.
 *
 * @param source - what it says that it was made of
 */
export async function buildPackage(folder: string, source?: Source): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  const project = join(root, 'tsconfig.build.json');
  execFileSync(join(root, 'node_modules/.bin/tsc'), ['-p', project, '--outDir', folder], { stdio: 'inherit' });
  for (const name of ['LICENSE', 'README.md', 'SECURITY.md', 'bin/launch.js'])
    copyFileSync(join(root, name), join(folder, name));
  cpSync(join(root, 'docs'), join(folder, 'docs'), { recursive: true });
  for (const name of ['README.md', ...readdirSync(join(folder, 'docs')).map((name) => `docs/${name}`)]) {
    if (name.endsWith('.md')) pointIntoPackage(join(folder, name));
  }
  mkdirSync(join(folder, 'page'), { recursive: true });
  writeFileSync(join(folder, 'page/template.html'), await bundlePage());
  if (source !== undefined) writeFileSync(join(folder, 'release.json'), JSON.stringify(source));
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(published(), null, 2)}\n`);
}

function published(): object {
  const { private: _, scripts, devDependencies, allowScripts, ...rest } = packageJson;
  const versions = devDependencies as Readonly<Record<string, string>>;
  const entry = (path: string) => ({ types: `./${path}.d.ts`, default: `./${path}.js` });
  return {
    ...rest,
    engines: { node: ENGINES },
    // A release is made in dist/release, which is in the folder that is published.
    files: ['*', '!/release'],
    exports: { '.': entry('node/index'), './cdk': entry('lib/dead-drop') },
    imports: {
      '#machine': entry('node/machine'),
      '#platform': entry('node/platform'),
      '#program': entry('node/program'),
    },
    peerDependencies: Object.fromEntries(OPTIONAL.map((name) => [name, `^${versions[name]}`])),
    peerDependenciesMeta: Object.fromEntries(OPTIONAL.map((name) => [name, { optional: true }])),
  };
}

/** Packs a folder as `npm pack` does, whatever the machine. @param time - of its files, in seconds since 1970 */
export async function packPackage(folder: string, time: number): Promise<Uint8Array> {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  const launcher = join(folder, packageJson.bin['dead-drop']);
  const entries = names.map((path) => ({
    name: `package${path.slice(folder.length)}`,
    content: readFileSync(path),
    mode: path === launcher ? 0o755 : 0o644,
  }));
  return gzip(await tar(entries, time));
}

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

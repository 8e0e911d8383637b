import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundlePage, bundleScript } from '../../bin/bundle-page.ts';
import { program } from '../../bin/program.ts';
import { PROGRAMS } from '../../node/executable/program.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { billOfMaterials, copyrightOf, packagesOf } from './components.ts';
import { debianPackage } from './deb.ts';
import { inject, packBlob } from './executable.ts';
import { grammarOf } from './grammar.ts';
import { buildPackage, packPackage } from './package.ts';
import { bundleProgram } from './programs.ts';
import { findSource, type Source } from './source.ts';
import { fetchNode, NODE_VERSION, type Target } from './targets.ts';

const root = join(import.meta.dirname, '../..');
const cache = join(root, 'node_modules/.cache/release');

const { version } = packageJson;
const NAME = `dead-drop-${version}`;

/** A file of a release. */
export interface Made {
  readonly name: string;
  readonly content: Uint8Array;
  readonly isExecutable?: boolean;
}

/**
 * Makes every file of a release, one after another.
 *
 * @throws Error in one line when what they are made with or of is not what this commit names
 */
export async function* makeRelease(targets: readonly Target[], isChangedAllowed = false): AsyncGenerator<Made> {
  if (process.versions.node !== NODE_VERSION)
    throw new Error(`a release is made with Node ${NODE_VERSION}, which npm ci installs: type npm run release`);
  const source = findSource(root, isChangedAllowed);
  const work = mkdtempSync(join(tmpdir(), 'dead-drop-release-'));
  try {
    await buildPackage(join(work, 'package'), source);
    yield { name: `${NAME}.tgz`, content: await packPackage(join(work, 'package'), source.time) };
    const page = await bundlePage();
    yield { name: `${NAME}-page.html`, content: Buffer.from(page) };
    yield* makeExecutables(targets, source, page, work);
  } finally {
    rmSync(work, { recursive: true });
  }
}

async function* makeExecutables(
  targets: readonly Target[],
  source: Source,
  page: string,
  work: string,
): AsyncGenerator<Made> {
  const programs = new Map<string, string>();
  const files = new Set((await bundleScript()).files);
  for (const name of PROGRAMS) {
    const bundled = await bundleProgram(name);
    programs.set(name, bundled.text);
    for (const file of bundled.files) files.add(file);
  }
  const places = packagesOf(files);
  yield { name: `${NAME}.js`, content: Buffer.from([...programs.values()].join('')) };
  yield { name: `${NAME}.cdx.json`, content: Buffer.from(billOfMaterials(places, version, source)) };

  const { text: main } = await bundleProgram('node/executable/main');
  const assets = new Map([...programs, ['page/template.html', page], ['release.json', JSON.stringify(source)]]);
  const blob = packBlob(main, assets, work);
  const grammar = grammarOf(program);
  for (const target of targets) {
    const { binary, licence } = await fetchNode(target, cache);
    const executable = inject(binary, blob, work);
    yield { name: `${NAME}-${target.name}${target.ending}`, content: executable, isExecutable: true };
    if (target.debian === undefined) continue;
    const { debian: architecture } = target;
    const copyright = copyrightOf(places, licence);
    const ofDebian = source.changed ? `${version}+changed` : version;
    const content = { executable, architecture, version: ofDebian, grammar, copyright, ...source };
    yield { name: `dead-drop_${ofDebian}_${architecture}.deb`, content: await debianPackage(content) };
  }
}

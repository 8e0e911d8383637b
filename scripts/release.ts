#!/usr/bin/env node
import { createHash } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { makeRelease } from './release/release.ts';
import { TARGETS } from './release/targets.ts';
import { parseScript, script } from './script.ts';

const names = TARGETS.map(({ name }) => name);

const command = script('release', 'Make all that a release has, in dist/release/: the same bytes from the same commit.')
  .option('--changed', 'from a checkout with changes, too: --version says so')
  .option('--only <machine...>', `executables of these machines only: ${names.join(', ')}`, names)
  .option('--out <folder>', 'where to', 'dist/release');
const { changed, only, out } = parseScript<{ changed?: boolean; only: readonly string[]; out: string }>(command);

const folder = resolve(import.meta.dirname, '..', out);
const sums = new Map<string, string>();

try {
  const unknown = only.find((name) => !names.includes(name));
  if (unknown !== undefined) throw new Error(`--only is one of ${names.join(', ')}, received '${unknown}'`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const targets = TARGETS.filter(({ name }) => only.includes(name));
  for await (const { name, content, isExecutable } of makeRelease(targets, changed)) {
    writeFileSync(join(folder, name), content, { mode: isExecutable ? 0o755 : 0o644 });
    sums.set(name, createHash('sha256').update(content).digest('hex'));
    console.log(`made ${name}`);
  }
  // As sha256sum --check reads it.
  const lines = [...sums].sort().map(([name, sum]) => `${sum}  ${name}\n`);
  writeFileSync(join(folder, 'SHA256SUMS'), lines.join(''));
  console.log(`made SHA256SUMS, and all of it in ${out}; none for macOS, whose executables only macOS can sign`);
} catch (error) {
  console.error(`release: ${(error as Error).message}`);
  process.exitCode = 1;
}

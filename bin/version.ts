import { existsSync, readFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { form, programsHash, readBuilt } from '#program';
import packageJson from '../package.json' with { type: 'json' };

/** Of what a release was made: see scripts/release.ts. */
interface Release {
  readonly commit: string;
  /** Whether files differed from that commit. */
  readonly changed: boolean;
}

/** The version, then what it was made of, and what it can be compared with: a line each. */
export function versionText(): string {
  const release = readBuilt('release.json');
  const { commit, changed }: Partial<Release> =
    release === undefined ? { commit: commitOf(join(import.meta.dirname, '..')) } : JSON.parse(release);
  const hash = programsHash();
  return [
    packageJson.version,
    `commit ${commit ?? 'unknown'}${changed ? ', with changes' : ''} (${form})`,
    ...(hash === undefined ? [] : [`programs ${hash} (SHA-256, that of dead-drop-${packageJson.version}.js)`]),
    '',
  ].join('\n');
}

/** The commit that a checkout is at, read without starting git. @returns undefined when that cannot be told */
function commitOf(root: string): string | undefined {
  try {
    const mark = join(root, '.git');
    const [, place] = existsSync(join(mark, 'HEAD')) ? [] : (/^gitdir: (.+)\n/.exec(readFileSync(mark, 'utf8')) ?? []);
    const folder = place === undefined ? mark : isAbsolute(place) ? place : join(root, place);
    const head = readFileSync(join(folder, 'HEAD'), 'utf8').trim();
    const [, name] = /^ref: (.+)$/.exec(head) ?? [];
    const found = name === undefined ? head : refOf(folder, name);
    return /^[0-9a-f]{40,64}$/.test(found ?? '') ? found : undefined;
  } catch {
    return undefined;
  }
}

/** What a branch is at. A worktree has its branches where the repository has them. */
function refOf(folder: string, name: string): string | undefined {
  const common = join(folder, 'commondir');
  const home = existsSync(common) ? join(folder, readFileSync(common, 'utf8').trim()) : folder;
  if (existsSync(join(home, name))) return readFileSync(join(home, name), 'utf8').trim();
  const packed = readFileSync(join(home, 'packed-refs'), 'utf8').split('\n');
  return packed.find((line) => line.endsWith(` ${name}`))?.split(' ')[0];
}

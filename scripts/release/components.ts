import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import lock from '../../package-lock.json' with { type: 'json' };
import type { Source } from './source.ts';
import { NODE_VERSION, TARGETS } from './targets.ts';

const root = join(import.meta.dirname, '../..');

/** A package of others, as the lockfile has it: `node_modules/commander`. */
interface Locked {
  readonly version: string;
  readonly integrity: string;
  readonly license: string;
}

const locked = lock.packages as unknown as Readonly<Record<string, Locked>>;

const nameOf = (place: string) => place.replace(/^.*node_modules\//, '');

/** The packages that files belong to: their places in the lockfile, in order. */
export function packagesOf(files: Iterable<string>): string[] {
  const places = [...files].flatMap((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? []);
  return [...new Set(places)].sort();
}

/**
 * A list of all that is in the executables (CycloneDX 1.6), as `npm sbom` makes one of all that is installed. Its number
 * and its time are functions of the rest.
 */
export function billOfMaterials(places: readonly string[], version: string, { commit, time }: Source): string {
  const ofNode = TARGETS.map(({ node, integrity }) => component(node, NODE_VERSION, 'MIT', integrity));
  const others = places.map((place) => {
    const { version, license, integrity } = lockedAt(place);
    return component(nameOf(place), version, license, integrity);
  });
  const self = `pkg:npm/dead-drop@${version}`;
  const rest = {
    version: 1,
    metadata: {
      timestamp: new Date(time * 1000).toISOString(),
      component: {
        'bom-ref': self,
        type: 'application',
        name: 'dead-drop',
        version,
        purl: self,
        licenses: [{ license: { id: 'Apache-2.0' } }],
        properties: [{ name: 'commit', value: commit }],
      },
    },
    components: [...ofNode, ...others],
    dependencies: [{ ref: self, dependsOn: [...ofNode, ...others].map(({ 'bom-ref': ref }) => ref) }],
  };
  const serialNumber = `urn:uuid:${uuidOf(JSON.stringify(rest))}`;
  const head = {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
  };
  return `${JSON.stringify({ ...head, serialNumber, ...rest }, null, 2)}\n`;
}

function component(name: string, version: string, license: string, integrity: string) {
  const purl = `pkg:npm/${name.replace('@', '%40')}@${version}`;
  const content = Buffer.from(integrity.replace('sha512-', ''), 'base64').toString('hex');
  return {
    'bom-ref': purl,
    type: 'library',
    name,
    version,
    purl,
    hashes: [{ alg: 'SHA-512', content }],
    licenses: [/[ (]/.test(license) ? { expression: license } : { license: { id: license } }],
  };
}

/** A UUID of a hash (RFC 9562, version 8: what it is made of is nobody else's matter). */
function uuidOf(text: string): string {
  const bytes = createHash('sha256').update(text).digest().subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x80;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** What Debian calls the copyright file: our licence, then that of each package, then that of Node. */
export function copyrightOf(places: readonly string[], licenceOfNode: string): string {
  const others = places.map((place) => {
    const { version, license } = lockedAt(place);
    return [`${nameOf(place)} ${version} (${license})`, licenceTextOf(place)];
  });
  const all = [
    ['dead-drop (Apache-2.0)', 'The text of this licence is in /usr/share/common-licenses/Apache-2.0.'],
    ...others,
    [`Node.js ${NODE_VERSION}`, licenceOfNode],
  ];
  const rule = '-'.repeat(72);
  return `${all.map(([title, text]) => `${rule}\n${title}\n${rule}\n\n${text!.trim()}\n`).join('\n')}`;
}

function licenceTextOf(place: string): string {
  const folder = join(root, place);
  const file = readdirSync(folder).find((name) => /^licen[cs]e(\.|$)/i.test(name));
  return file === undefined ? 'The package brings no text of its licence.' : readFileSync(join(folder, file), 'utf8');
}

/** @throws Error when the lockfile does not have it, or another version is installed */
function lockedAt(place: string): Locked {
  const found = locked[place];
  if (found?.integrity === undefined) throw new Error(`${place} is not in the lockfile`);
  const installed = JSON.parse(readFileSync(join(root, place, 'package.json'), 'utf8'));
  if (installed.version !== found.version)
    throw new Error(`${nameOf(place)} is not installed as the lockfile has it: run npm ci`);
  return found;
}

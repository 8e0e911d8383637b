import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A resource as the template has it, its references not yet resolved. */
export interface Resource {
  readonly Type: string;
  readonly Properties?: Record<string, unknown>;
  readonly Metadata?: Record<string, unknown>;
}

/** One stack of a cloud assembly. */
export interface Assembly {
  readonly stack: string;
  readonly account: string;
  readonly region: string;
  readonly resources: Record<string, Resource>;
  /** Folders of bundled code, by the object key that the template refers to them with. */
  readonly assets: ReadonlyMap<string, string>;
  /** The path of the construct that made a resource, by its logical id, where the app tells. */
  readonly paths: ReadonlyMap<string, string>;
}

interface Manifest {
  readonly artifacts?: Record<string, Artifact>;
}

interface Artifact {
  readonly type: string;
  readonly environment?: string;
  readonly additionalMetadataFile?: string;
  readonly properties?: { readonly templateFile?: string; readonly file?: string; readonly stackName?: string };
}

interface FileAssets {
  readonly files?: Record<string, FileAsset>;
}

interface FileAsset {
  readonly source: { readonly path: string; readonly packaging: string };
  readonly destinations: Record<string, { readonly objectKey: string }>;
}

/** What stands for the parts of an environment that a stack leaves open. */
const [ANY_ACCOUNT, ANY_REGION] = ['123456789012', 'us-east-1'];

/**
 * Reads the one stack of a synthesized app.
 *
 * @param outdir - the app's output folder, usually `cdk.out`
 * @throws Error when it holds no stack, more than one, or a template with parts that the local drop does not know
 */
export function readAssembly(outdir: string): Assembly {
  const artifacts = Object.entries(readJson<Manifest>(outdir, 'manifest.json').artifacts ?? {});
  const stacks = artifacts.filter(([, { type }]) => type === 'aws:cloudformation:stack');
  if (stacks.length !== 1) throw new Error(`${outdir} has ${stacks.length} stacks, expected one`);
  const [name, { environment, properties, additionalMetadataFile }] = stacks[0]!;
  const template = readJson<Record<string, unknown>>(outdir, properties?.templateFile ?? '');
  checkSections(template);
  const [, account, region] = /^aws:\/\/([^/]+)\/(.+)$/.exec(environment ?? '') ?? [];
  return {
    stack: properties?.stackName ?? name,
    account: account === undefined || account.startsWith('unknown') ? ANY_ACCOUNT : account,
    region: region === undefined || region.startsWith('unknown') ? ANY_REGION : region,
    resources: template.Resources as Record<string, Resource>,
    assets: readAssets(outdir, artifacts),
    paths: additionalMetadataFile === undefined ? new Map() : readPaths(outdir, additionalMetadataFile),
  };
}

/** What a template may have besides resources; every other section could change what the resources mean. */
const SECTIONS = ['Resources', 'Outputs', 'Description', 'Metadata', 'AWSTemplateFormatVersion'];

/** What every CDK template has, and what concerns a deployment only. */
const INERT: Record<string, string> = {
  Parameters: 'BootstrapVersion',
  Rules: 'CheckBootstrapVersion',
  Conditions: 'CDKMetadataAvailable',
};

function checkSections(template: Record<string, unknown>): void {
  for (const [section, content] of Object.entries(template)) {
    if (SECTIONS.includes(section)) continue;
    for (const name of Object.keys(content as object)) {
      if (INERT[section] !== name) throw new Error(`the local drop does not know ${section}.${name} of the template`);
    }
  }
}

function readAssets(outdir: string, artifacts: [string, Artifact][]): Map<string, string> {
  const folders = new Map<string, string>();
  for (const [, { type, properties }] of artifacts) {
    if (type !== 'cdk:asset-manifest') continue;
    for (const { source, destinations } of Object.values(readJson<FileAssets>(outdir, properties!.file!).files ?? {})) {
      if (source.packaging !== 'zip') continue;
      for (const { objectKey } of Object.values(destinations)) folders.set(objectKey, join(outdir, source.path));
    }
  }
  return folders;
}

function readPaths(outdir: string, file: string): Map<string, string> {
  const entries = Object.entries(readJson<Record<string, { type: string; data?: unknown }[]>>(outdir, file));
  const ids = (path: string, notes: { type: string; data?: unknown }[]) =>
    notes.filter(({ type }) => type === 'aws:cdk:logicalId').map(({ data }) => [String(data), path] as const);
  return new Map(entries.flatMap(([path, notes]) => ids(path, notes)));
}

function readJson<T>(outdir: string, file: string): T {
  const path = join(outdir, file);
  if (!existsSync(path)) throw new Error(`${path} is missing: synthesize the app first`);
  return JSON.parse(readFileSync(path, 'utf8')) as T;
}

import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sharedOutdir } from './drop.ts';
import { lastingFolder } from './office.ts';

/** What is different from a drop as anybody would deploy it. */
export interface Asking {
  /** What `workBits` puts into the template, as test/template.test.ts shows; synthesizing it would take some seconds. */
  readonly workBits: number;
  /** How many ids a tick publishes at most, in place of PUBLISHED_MAX; one round of receiving comes on top as ever. */
  readonly publishedMax?: number;
}

/** The folder of a drop that asks for work: the bundled functions as they are, but for these numbers. */
export function askingDrop({ workBits, publishedMax }: Asking): string {
  const outdir = lastingFolder();
  cpSync(sharedOutdir(), outdir, { recursive: true });
  const path = join(outdir, 'DeadDrop.template.json');
  const template = JSON.parse(readFileSync(path, 'utf8'));
  // biome-ignore lint/suspicious/noExplicitAny: any part of a template
  for (const { Type, Properties } of Object.values<any>(template.Resources)) {
    if (Type === 'AWS::ApiGatewayV2::Stage') Properties.StageVariables.workBits = String(workBits);
  }
  writeFileSync(path, JSON.stringify(template));
  if (publishedMax !== undefined) publishFewer(outdir, publishedMax);
  return outdir;
}

/** @throws Error unless the number stands in exactly one place of the bundles, the publisher's */
function publishFewer(outdir: string, publishedMax: number): void {
  const bundles = readdirSync(outdir, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('index.mjs'))
    .map((name) => ({ path: join(outdir, name), code: readFileSync(join(outdir, name), 'utf8') }))
    .filter(({ code }) => code.includes('=11e4'));
  const [publisher, ...others] = bundles;
  const parts = publisher?.code.split('=11e4') ?? [];
  if (others.length > 0 || parts.length !== 2) throw new Error('the most that a tick publishes is written otherwise');
  writeFileSync(publisher!.path, parts.join(`=${publishedMax}`));
}

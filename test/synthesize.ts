import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { synthesize as synthesizeInto } from '../lib/synthesize.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The folder of a drop with little cover, its Lambdas bundled: one for the whole run. */
    outdir: string;
  }
}

/** Less cover than by default, so that tests have room on the disk, and batches that can be read. */
const LITTLE_COVER = { decoysPerMinute: 0.25, linesPerBatch: 8 };

/** Writes into a new folder what `cdk deploy -c name=value` would deploy; whoever asks for it removes it. */
export async function synthesize(context: Record<string, number | string> = {}): Promise<string> {
  const outdir = mkdtempSync(join(tmpdir(), 'dead-drop-'));
  await synthesizeInto(outdir, undefined, { ...LITTLE_COVER, ...context });
  return outdir;
}

/** Runs once before all test files. */
export default async function setup({ provide }: TestProject): Promise<() => void> {
  const outdir = await synthesize();
  provide('outdir', outdir);
  return () => rmSync(outdir, { recursive: true });
}

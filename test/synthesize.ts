import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The folder of a drop as anybody would deploy it, its Lambdas bundled: one for the whole run. */
    outdir: string;
  }
}

/** Writes into a new folder what `cdk deploy -c name=value` would deploy; whoever asks for it removes it. */
export async function synthesize(context: Record<string, number> = {}): Promise<string> {
  const outdir = mkdtempSync(join(tmpdir(), 'dead-drop-'));
  const env = { ...process.env, CDK_OUTDIR: outdir, CDK_CONTEXT_JSON: JSON.stringify(context) };
  await promisify(execFile)(process.execPath, [join(import.meta.dirname, '../bin/cdk.ts')], { env });
  return outdir;
}

/** Runs once before all test files. */
export default async function setup({ provide }: TestProject): Promise<() => void> {
  const outdir = await synthesize();
  provide('outdir', outdir);
  return () => rmSync(outdir, { recursive: true });
}

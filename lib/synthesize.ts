import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** The app that `cdk deploy` runs. Only a checkout has it. */
export const APP = join(import.meta.dirname, '../scripts/cdk.ts');

/**
 * Writes what `cdk deploy` would deploy into a folder, in a process of its own: the CDK and its bundler talk while
 * they work.
 *
 * @param context - what `cdk deploy -c name=value` would be given
 * @throws Error with the last line that they said
 */
export async function synthesize(folder: string, signal?: AbortSignal, context = {}): Promise<void> {
  const env = { ...process.env, CDK_OUTDIR: folder, CDK_CONTEXT_JSON: JSON.stringify(context) };
  await promisify(execFile)(process.execPath, [APP], { env, signal, maxBuffer: 2 ** 26 }).catch((error) => {
    const [line] = String(error.stderr).trim().split('\n').slice(-1);
    throw new Error(`the template could not be synthesized: ${line || error.message}`);
  });
}

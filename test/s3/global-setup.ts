import type { TestProject } from 'vitest/node';
import { missingPackages, type RadosgwDescription, startRadosgw } from './radosgw.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** A radosgw, one for the whole run; undefined where it cannot be started. */
    radosgw: RadosgwDescription | undefined;
  }
}

/** Runs once before all test files. @throws Error in CI when something is not installed: nobody would see tests skipped */
export default async function setup({ provide, vitest }: TestProject): Promise<(() => Promise<void>) | undefined> {
  const missing = missingPackages();
  if (missing.length > 0) {
    const how = `apt-get install --no-install-recommends ${missing.join(' ')}`;
    if (process.env.CI) throw new Error(`the S3 tests must not be skipped in CI: ${how}`);
    vitest.logger.warn(`The S3 tests are skipped, because not all that they need is installed: ${how}`);
    provide('radosgw', undefined);
    return undefined;
  }
  const { close, ...description } = await startRadosgw();
  provide('radosgw', description);
  return close;
}

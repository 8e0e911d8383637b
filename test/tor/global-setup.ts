import type { TestProject } from 'vitest/node';
import { type NetworkDescription, startNetwork } from './network.ts';
import { missingPackages } from './node.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** A private Tor network, one for the whole run; undefined where it cannot be started. */
    tor: NetworkDescription | undefined;
  }
}

/** Runs once before all test files. @throws Error in CI when something is not installed: nobody would see tests skipped */
export default async function setup({ provide, vitest }: TestProject): Promise<(() => Promise<void>) | undefined> {
  const missing = missingPackages();
  if (missing.length > 0) {
    const how = `apt-get install ${missing.join(' ')}`;
    if (process.env.CI) throw new Error(`the Tor tests must not be skipped in CI: ${how}`);
    vitest.logger.warn(`The Tor tests are skipped, because not all that they need is installed: ${how}`);
    provide('tor', undefined);
    return undefined;
  }
  const { close, ...description } = await startNetwork();
  provide('tor', description);
  return close;
}

import type { TestProject } from 'vitest/node';
import { type NetworkDescription, startNetwork } from './network.ts';
import { torIsInstalled } from './node.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** A private Tor network, one for the whole run; undefined where tor is not installed. */
    tor: NetworkDescription | undefined;
  }
}

/** Runs once before all test files. @throws Error when tor is not installed where nobody would see tests skipped */
export default async function setup({ provide, vitest }: TestProject): Promise<(() => Promise<void>) | undefined> {
  if (!torIsInstalled()) {
    if (process.env.CI) throw new Error('tor is not installed, and CI must not skip its tests: apt-get install tor');
    vitest.logger.warn('The Tor tests are skipped: tor is not installed (apt-get install tor).');
    provide('tor', undefined);
    return undefined;
  }
  const { close, ...description } = await startNetwork();
  provide('tor', description);
  return close;
}

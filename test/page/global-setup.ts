import type { TestProject } from 'vitest/node';
import { missingPackages } from './browser.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Whether there is what tests of the page need. */
    hasBrowsers: boolean;
  }
}

/** Runs once before all test files. @throws Error in CI when something is not installed: nobody would see tests skipped */
export default function setup({ provide, vitest }: TestProject): void {
  const missing = missingPackages();
  provide('hasBrowsers', missing.length === 0);
  if (missing.length === 0) return;
  const how = `apt-get install ${missing.join(' ')}`;
  if (process.env.CI) throw new Error(`the page's tests must not be skipped in CI: ${how}`);
  vitest.logger.warn(`The page's tests are skipped, because not all that they need is installed: ${how}`);
}

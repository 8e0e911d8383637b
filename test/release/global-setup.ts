import type { TestProject } from 'vitest/node';
import { buildRelease } from './build.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The folder of a release of this checkout, one for the whole run. */
    release: string;
  }
}

/** Runs once before all test files. */
export default function setup({ provide }: TestProject): void {
  provide('release', buildRelease());
}

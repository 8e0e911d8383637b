import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

const common = {
  // A test that takes this long hangs: no test is about time.
  testTimeout: 600_000,
  hookTimeout: 600_000,
  pool: 'forks',
  // Commands that tests run start in half of the time. No command writes this cache for anybody else.
  env: { NODE_COMPILE_CACHE: join(import.meta.dirname, 'node_modules/.cache/node') },
} as const;

/** Tests that say nothing of where the core runs. */
const IN_BOTH = ['vectors', 'letter-vectors', 'transport-vectors', 'codecs', 'key-check', 'words', 'work'];

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...common,
          name: 'drop',
          include: ['test/*.test.ts'],
          maxWorkers: 3,
          globalSetup: ['test/synthesize.ts'],
        },
      },
      {
        // What a browser runs, in Node: the same tests of everything that has bytes, under the page's own cryptography.
        resolve: { conditions: ['page'] },
        ssr: { resolve: { conditions: ['page'] } },
        test: {
          ...common,
          name: 'noble',
          include: IN_BOTH.map((name) => `test/${name}.test.ts`),
          maxWorkers: 2,
          globalSetup: ['test/synthesize.ts'],
        },
      },
      {
        test: {
          ...common,
          name: 's3',
          include: ['test/s3/*.test.ts'],
          globalSetup: ['test/synthesize.ts', 'test/s3/global-setup.ts'],
        },
      },
      {
        test: {
          ...common,
          name: 'tor',
          include: ['test/tor/*.test.ts'],
          // One file after another: they share a Tor network, and look at its circuits.
          fileParallelism: false,
          globalSetup: ['test/synthesize.ts', 'test/tor/global-setup.ts'],
        },
      },
      {
        test: {
          ...common,
          name: 'release',
          include: ['test/release/*.test.ts'],
          // One file after another: what they make and start is large.
          fileParallelism: false,
          globalSetup: ['test/synthesize.ts', 'test/release/global-setup.ts'],
        },
      },
      {
        test: {
          ...common,
          name: 'page',
          include: ['test/page/*.test.ts'],
          // One file after another: a browser takes a core.
          fileParallelism: false,
          globalSetup: ['test/synthesize.ts', 'test/page/global-setup.ts'],
        },
      },
    ],
  },
});

import { defineConfig } from 'vitest/config';

// A test that takes this long hangs: no test is about time.
const common = { testTimeout: 180_000, hookTimeout: 180_000, pool: 'forks' } as const;

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...common,
          name: 'drop',
          include: ['test/*.test.ts'],
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
    ],
  },
});

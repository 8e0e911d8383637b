import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { folder } from '../people.ts';
import { bareRoot } from '../release/bare-root.ts';
import { buildRelease, builtRelease, fileOf } from '../release/build.ts';
import { journey, network, openDesk, openStage, type Stage } from './stage.ts';
import { streamsDuring } from './streams.ts';

/** Elsewhere than in CI it is not built for this alone: npm run test:release builds it. */
const release = network === undefined ? undefined : process.env.CI ? buildRelease() : builtRelease();

describe.skipIf(release === undefined)('an executable in a root without Node', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage();
  });
  afterAll(async () => {
    await stage.close();
  });

  test('makes the journey of the demo over Tor, byte for byte, each request on a circuit of its own', async () => {
    const place = folder();
    const program = bareRoot(fileOf(release!, /-linux-x64$/), place, stage.folder);
    expect(existsSync(join(place, 'usr/bin/node'))).toBe(false);
    const desk = await openDesk(stage, stage.url, network!.socks, program);
    const streams = await streamsDuring(network!.control, () => journey(desk, stage.drop));
    expect(streams.length).toBeGreaterThanOrEqual(12);
    expect(new Set(streams.map(({ circuit }) => circuit)).size).toBe(streams.length);
  });
});

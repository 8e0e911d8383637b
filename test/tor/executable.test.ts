import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { folder } from '../people.ts';
import { bareRoot } from '../release/bare-root.ts';
import { buildRelease, builtRelease, fileOf } from '../release/build.ts';
import { journey, network, openDesk, openStage, type Stage } from './stage.ts';
import { streamsDuring } from './streams.ts';

/** Elsewhere than in CI it is not built for this alone: npm run test:release builds it. */
const release = network === undefined ? undefined : process.env.CI ? buildRelease() : builtRelease();

describe.skipIf(release === undefined)(
  'an executable in a root without Node, and without a network but for Tor',
  () => {
    let stage: Stage;
    beforeAll(async () => {
      stage = await openStage();
    });
    afterAll(async () => {
      await stage.close();
    });

    test('makes the journey of the demo over Tor, byte for byte, each request on a circuit of its own', async () => {
      const place = folder();
      const program = bareRoot(fileOf(release!, /-linux-x64$/), place, stage.folder, false);
      expect(existsSync(join(place, 'usr/bin/node'))).toBe(false);
      // Tor's port is the one thing of a network that it can reach.
      const port = join(stage.folder, 'tor.sock');
      const server = await forward(port, network!.socks);
      const desk = await openDesk(stage, stage.url, `unix:${port}`, program);
      const streams = await streamsDuring(network!.control, () => journey(desk, stage.drop));
      expect(streams.length).toBeGreaterThanOrEqual(12);
      expect(new Set(streams.map(({ circuit }) => circuit)).size).toBe(streams.length);
      server.close();
    });
  },
);

/** Makes a SOCKS port one that is a file. @param socks - `127.0.0.1:...` */
async function forward(path: string, socks: string): Promise<Server> {
  const [host, port] = socks.split(':') as [string, string];
  const server = createServer((near) => {
    const far = connect(Number(port), host);
    near.pipe(far).pipe(near);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const)
      one.on('error', () => other.destroy());
  });
  server.listen(path);
  await once(server, 'listening');
  return server;
}

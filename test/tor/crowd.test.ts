import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SLOT_SECONDS } from '../../wire/sizes.ts';
import { toPresent } from '../office.ts';
import { openGateway } from './onion-front.ts';
import { type Desk, network, openDesk, openStage, type Stage } from './stage.ts';
import { streamsDuring } from './streams.ts';

/** How a drop is reached: its URL, and what makes it reachable there. */
const TRANSPORTS: [transport: string, open: (stage: Stage) => Promise<{ url: string; close(): Promise<unknown> }>][] = [
  ['exits', async ({ url }) => ({ url, close: async () => {} })],
  [
    'an onion front',
    async (stage) => {
      const gateway = await openGateway(stage, join(stage.folder, 'gateway'));
      const close = () => {
        gateway.process.kill('SIGINT');
        return gateway.ended;
      };
      return { url: gateway.url, close };
    },
  ],
];

describe.skipIf(network === undefined).each(TRANSPORTS)('through %s', (_, open) => {
  let stage: Stage;
  let front: Awaited<ReturnType<typeof open>>;
  let desk: Desk;
  beforeAll(async () => {
    stage = await openStage();
    front = await open(stage);
    desk = await openDesk(stage, front.url, network!.socks);
    const { drop } = stage;
    toPresent(drop);
    drop.pass(-3 * SLOT_SECONDS);
    for (let i = 0; i < 3; i += 1) await drop.tick();
    drop.pass((Date.now() - drop.clock.now()) / 1000); // an audit looks at clocks
  });
  afterAll(async () => {
    await front?.close();
    await stage?.close();
  });

  const watched = async (act: () => Promise<void>) => {
    const streams = await streamsDuring(network!.control, act);
    expect(new Set(streams.map(({ circuit }) => circuit)).size).toBe(streams.length);
    return streams.length;
  };

  test('an audit finds nothing wrong, and each of its requests has a circuit of its own', async () => {
    const requests = await watched(async () => {
      const ended = await desk.run(['audit', front.url]);
      expect(ended, ended.out + ended.words).toMatchObject({ status: 0 });
      expect(ended.words).toMatch(/\n\d\d pass, 0 fail, \d\d cannot tell\n$/);
    });
    expect(requests).toBeGreaterThan(100);
  });

  test('a canary comes back, cover is sent and fetched, and each request has a circuit of its own', async () => {
    let isOver = false;
    const publish = async () => {
      while (!isOver) {
        await stage.drop.tick();
        await sleep(500);
      }
    };
    const canary = async () => {
      const ended = await desk.run(['canary', front.url, '--look', '2']);
      expect(ended, ended.words).toMatchObject({ status: 0, out: expect.stringMatching(/^came back after /) });
    };
    const cover = async () => {
      let [seen, isEnding] = ['', false];
      const meanwhile = (child: ChildProcess) =>
        child.stdout!.on('data', (chunk) => {
          seen += chunk;
          // Once: a second one would end it where it stands.
          if (!isEnding && /"isThere":true/.test(seen)) isEnding = child.kill('SIGINT');
        });
      const ended = await desk.run(['cover', front.url, '--every', '2', '--json'], { meanwhile });
      expect(ended, ended.words).toMatchObject({ status: 130, out: expect.stringContaining('"kind":"sent"') });
    };
    const requests = await watched(async () => {
      const ticks = publish();
      await Promise.all([canary(), cover()]).finally(() => {
        isOver = true;
      });
      await ticks;
    });
    expect(requests).toBeGreaterThan(12);
  });
});

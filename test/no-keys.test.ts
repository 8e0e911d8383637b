import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Transport } from '../core/drop/transport.ts';
import { newIdentity } from '../core/keys/identity.ts';
import { NoKeys } from '../core/read/poll.ts';
import { watch } from '../core/read/watch.ts';
import { lockIdentity } from '../node/keys/identity-file.ts';
import { done, office, PASSPHRASE, QUICK } from './office.ts';
import { inboxOf, journalist, letters, way, write } from './people.ts';
import { plainDrop } from './plain-drop.ts';
import { simulatedTime } from './simulated-time.ts';
import { seeded } from './statistics.ts';

const HOUR = 3_600_000;
const WORDS = 'all keys of this identity are over, so that nothing can be read: issue new ones with dead-drop rotate';

test('who has no keys left asks the drop for nothing, and is told why', async () => {
  const jane = journalist('http://127.0.0.1:1');
  jane.identity = { ...jane.identity, epochs: [] };
  let asked = 0;
  const transport: Transport = async () => {
    asked += 1;
    throw new Error('asked');
  };
  await expect(jane.read(transport)).rejects.toThrow(new NoKeys(jane.identity));
  const member = { ...jane.identity, signing: { ...jane.identity.signing, secretKey: undefined } };
  jane.identity = member;
  await expect(jane.read(transport)).rejects.toThrow('ask the maker of the desk for new ones');
  expect(asked).toBe(0);
});

test('who watches when the keys go waits without a request, is told once, and goes on with new keys', async () => {
  const drop = plainDrop();
  const jane = journalist(drop.url);
  const whole = jane.identity;
  const time = simulatedTime();
  const stop = new AbortController();
  const [faults, asked, events]: [unknown[], string[], Parameters<typeof letters>[0][number][]] = [[], [], []];
  let isToRotate = false;
  const ended = watch({
    drop: {
      ...way(
        drop.url,
        time.standing(async (request) => {
          asked.push(request.url.pathname);
          return drop.transport(request);
        }),
      ),
      signal: stop.signal,
    },
    identity: () => jane.identity,
    inbox: inboxOf(jane),
    bookmark: jane.bookmark,
    save: async () => {
      if (isToRotate) jane.identity = whole; // as another process has it
    },
    report: (event) => events.push(event),
    trouble: (error) => faults.push(error),
    every: 300,
    random: seeded('no keys').below,
    sleep: time.sleep,
    now: time.now,
  }).catch(() => {});
  await time.passUntil(() => asked.length === 3);
  jane.identity = { ...whole, epochs: [] };
  const since = time.now();
  await time.passUntil(() => time.now() > since + 10 * HOUR);
  expect([asked.length, faults]).toEqual([3, [new NoKeys(whole)]]);
  jane.identity = whole;
  await write(jane, { text: 'for the new keys' }, drop.transport);
  drop.tick();
  jane.identity = { ...whole, epochs: [] };
  isToRotate = true;
  await time.passUntil(() => letters(events).length === 1);
  expect(faults).toHaveLength(1);
  stop.abort();
  await ended;
});

test('read and open say so and end with 1, before the drop or Tor is asked for, also when they are to watch', async () => {
  for (const url of ['http://127.0.0.1:1', 'https://drop.example']) {
    const identity = newIdentity(url, 1);
    const desk = await office(identity);
    const none = await lockIdentity({ ...identity, epochs: [] }, Buffer.from(PASSPHRASE.trim()), QUICK);
    writeFileSync(join(desk.cwd, 'dead-drop.identity'), none);
    const sealedId = `${'A'.repeat(107)}=`;
    for (const args of [['read'], ['read', '--watch'], ['open', sealedId]]) {
      const { status, words } = await desk.run(args);
      expect([args, status, words.includes(`dead-drop: ${WORDS}`)]).toEqual([args, 1, true]);
    }
    await done(desk.run(['rotate', '--clock-is-right']));
    const { status, words } = await desk.run(['read']);
    expect([status, words.includes('all keys')]).toEqual([1, false]);
  }
});

import { expect, test } from 'vitest';
import type { Call } from '../local/gateway.ts';
import { formatBatch } from '../wire/batch.ts';
import { parseSealedId } from '../wire/sealed-id.ts';
import { batchKey, slotBefore } from '../wire/slot.ts';
import { dayOf, hourOf, idsOf, parseSummary, summaryKey } from '../wire/summary.ts';
import { FIRST_SLOT, openDrop, sealedIds, type TestDrop } from './drop.ts';

/** Drops that run at a time: the publisher mostly waits for its queue. */
const WIDTH = 8;

/** What waits at the start: sealed ids, one of them twice, and what is none; an hour of batches is already there. */
function start() {
  const messages = sealedIds(17);
  const objects = Object.fromEntries(
    Array.from({ length: 12 }, (_, i) => [batchKey(slotBefore(FIRST_SLOT, i + 1)), formatBatch(sealedIds(8))]),
  );
  const planted = { messages: [...messages, messages[0]!, 'poison', 'x'.repeat(108)], objects };
  return { messages, planted };
}

/** The hour that is over at the first tick, and of which there are batches. */
const HOUR = hourOf(slotBefore(FIRST_SLOT, 12));

/** Publishes with a killer beside it: the publisher dies at the call number `at`, before or after that is done. */
async function publish(at: number): Promise<{ calls: string[]; drop: TestDrop; messages: string[] }> {
  const { messages, planted } = start();
  const calls: string[] = [];
  const intercept = ({ role, action, phase }: Call) => {
    if (role !== 'publish-ids') return;
    calls.push(`${phase} ${action}`);
    if (calls.length - 1 !== at) return;
    drop.kill('publish-ids');
    throw new Error('nobody hears the answer');
  };
  const drop = await openDrop({ planted, intercept });
  const end = drop.tick();
  if (at < 0) await end;
  else await expect(end).rejects.toThrow('publish-ids failed: the process ended');
  return { calls: [...calls], drop, messages };
}

async function check({ drop, messages }: { drop: TestDrop; messages: string[] }, kill: string): Promise<void> {
  for (let i = 0; drop.waiting() > 0 && i < 3; i += 1) await drop.tick();
  expect(drop.waiting(), kill).toBe(0);
  const lines = [...drop.batches().values()].flat();
  for (const line of lines) parseSealedId(line);
  expect(lines.filter((line) => messages.includes(line)).sort(), kill).toEqual([...messages].sort());
  expect(new Set(lines).size, kill).toBe(lines.length);
  const summary = drop.object(summaryKey(HOUR));
  // A run that dies leaves it to the next, which there is not where nothing waits any more.
  if (summary === undefined) await drop.tick();
  const hour = drop.objects(`ids/${HOUR}`).map(({ key }) => [key.slice('ids/'.length), idsOf(drop.object(key)!)]);
  expect([...parseSummary(drop.object(summaryKey(HOUR))!, HOUR)], kill).toEqual(hour);
  expect(drop.object(summaryKey(dayOf(HOUR))), kill).toBeUndefined(); // it is not over
  expect(drop.printed, kill).toEqual([]);
}

test('a publisher killed before or after any call between receiving and deleting loses nothing and repeats nothing', async () => {
  const alive = await publish(-1);
  await check(alive, 'alive');
  await alive.drop.close();
  const steps = alive.calls.map((call, at) => ({ call, at }));
  expect(steps[0]!.call).toBe('before sqs:ReceiveMessage');
  expect(steps.at(-1)!.call).toBe('after s3:PutObject'); // the summary
  expect(steps.length).toBeGreaterThan(40);
  expect(new Set(alive.calls).size).toBe(10); // receiving, reading, listing, writing and deleting, before and after

  const next = steps.values();
  let killed = 0;
  const work = async () => {
    for (const { call, at } of next) {
      const dead = await publish(at);
      await check(dead, `${at}, ${call}`);
      await dead.drop.close();
      killed += 1;
    }
  };
  await Promise.all(Array.from({ length: WIDTH }, work));
  expect(killed).toBe(steps.length);
}, 600_000);

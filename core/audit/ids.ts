import { randomBytes } from '#platform';
import { latin1 } from '../../wire/bytes.ts';
import { SEALED_ID_BYTES } from '../../wire/sizes.ts';
import { slotAt, slotBefore } from '../../wire/slot.ts';
import { getBatch } from '../drop/drop.ts';
import { listBatches } from '../drop/list.ts';
import { TransportFault } from '../drop/transport-fault.ts';
import { alike } from './alike.ts';
import { type AuditFinding, type Check, cannotTell, fail, pass, some } from './check.ts';
import { each } from './each.ts';
import { refuses } from './refuse.ts';
import type { Visit } from './visit.ts';

/** What can be registered. */
export const ID_CHECKS: readonly Check[] = [
  {
    name: 'register-lengths',
    group: 'ids',
    promise: 'What has not exactly 80 bytes is not registered, and is always refused in the same words.',
    requests: 6,
    async run(visit) {
      await visit.register(); // where nothing at all is taken, a refusal says nothing of lengths
      const lengths = [0, 1, SEALED_ID_BYTES - 1, SEALED_ID_BYTES + 1, 2 * SEALED_ID_BYTES];
      const answers = await each(lengths, async (length) => {
        const headers = { 'content-type': 'application/octet-stream', 'content-length': String(length) };
        const url = visit.at('/register-id');
        const answer = await visit.ask({ method: 'PUT', url, headers, body: randomBytes(length) });
        return { length, answer };
      });
      const [first] = answers;
      for (const { length, answer } of answers) {
        if (answer.status === 428) return cannotTell('the drop asks for work before it looks at the length');
        if (answer.status < 300) return fail(`${length} bytes are answered with ${answer.status}`);
        if (!refuses(answer.status)) return cannotTell(`${length} bytes are answered with ${answer.status}`);
        if (!alike(first!.answer, answer)) return fail(`${length} bytes are refused otherwise than ${first!.length}`);
      }
      return pass(`${lengths.join(', ')} bytes, each with ${first!.answer.status}`);
    },
  },
  {
    name: 'register-id',
    group: 'ids',
    promise: 'A sealed id is taken, and the answer says nothing.',
    requests: 1,
    async run(visit) {
      try {
        const { head } = await visit.register();
        if (Number(head?.headers?.['content-length'] ?? 0) > 0) return fail('the answer has a body');
        return pass('one was registered, genuine and for nobody: 204 and no body');
      } catch (error) {
        visit.drop.signal?.throwIfAborted();
        if (error instanceof TransportFault) throw error;
        return fail((error as Error).message.replace(/: is its address right\?$/, ''));
      }
    },
  },
  {
    name: 'published',
    group: 'ids',
    promise: 'What is registered stands in one of the next two batches, once.',
    requests: 0,
    run: published,
  },
];

/** How often the list is asked for while the next batches are waited for. */
const WAIT_MILLISECONDS = 60_000;

/** Two slots and what a publisher takes, as often as the list is asked for. */
const WAITS_MAX = 16;

/** Looks for our own line in the batches that come. Nobody else can look for it, nor know that it is looked for. */
async function published(visit: Visit): Promise<AuditFinding> {
  const { wait } = visit;
  if (wait === undefined) return cannotTell('it takes a quarter of an hour, and was not waited for');
  const { time } = await visit.list();
  const { lines, at } = await visit.register();
  // A batch that was being written when it was registered may have it, and may be the one after that.
  const since = slotBefore(slotAt(new Date(time + at)), 1);
  const batches = new Map<string, string>();
  const unread = new Set<string>();
  for (let waited = 0; waited < WAITS_MAX && batches.size < 3; waited += 1) {
    await wait(WAIT_MILLISECONDS);
    for await (const { slot } of listBatches(visit.drop, { after: since })) {
      if (batches.has(slot) || batches.size === 3) continue;
      const body = await getBatch(visit.drop, slot);
      if (body === null) unread.add(slot);
      else batches.set(slot, latin1(body));
    }
  }
  // Each try seals the id anew, so that more than one of these lines may have arrived; but none of them twice.
  const slotsOf = lines.map((line) =>
    [...batches].flatMap(([slot, body]) => Array<string>(body.split(`${line}\n`).length - 1).fill(slot)),
  );
  const twice = slotsOf.find((slots) => slots.length > 1);
  if (twice !== undefined) return fail(`it came ${twice.length} times, in ${twice.join(', ')}`);
  const found = slotsOf.flat();
  if (found.length > 0) return pass(`it came with ${found[0]}`);
  for (const slot of batches.keys()) unread.delete(slot);
  if (unread.size > 0) return cannotTell(`it may be in ${some([...unread])}, which was listed and not given out`);
  if (batches.size < 3) return fail(`only ${batches.size} batches came, and it is in none of them`);
  return fail(`it is in none of ${[...batches.keys()].join(', ')}`);
}

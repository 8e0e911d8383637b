import { expect, test } from 'vitest';
import { dropAt } from '../core/drop/drop.ts';
import { newIdentity } from '../core/keys/identity.ts';
import { firstBookmark } from '../core/read/bookmark.ts';
import type { CollectOptions } from '../core/read/collect.ts';
import { poll } from '../core/read/poll.ts';
import type { Call } from '../local/gateway.ts';
import { Refusal } from '../local/request.ts';
import { parseSealedId } from '../wire/sealed-id.ts';
import { SLOT_SECONDS } from '../wire/sizes.ts';
import { slotAt } from '../wire/slot.ts';
import { openDrop, sealedIds } from './drop.ts';
import { seeded } from './statistics.ts';

/** Whose letters are looked for: nobody without keys asks for anything. */
const SOMEBODY = newIdentity('http://127.0.0.1', 0);

/** Whole drops, each with a history of its own. A publisher mostly waits, for its queue and between its tries. */
const RUNS = process.env.SOAK ? 300 : 6;

const WIDTH = process.env.SOAK ? 16 : 6;

const SEED = process.env.SEED ?? 'drops';

/** Ticks in which things fail, before those in which nothing does. */
const TICKS = 3;

const QUIET_TICKS = 6;

/** One drop: the deployed template, its bundled publisher, and HTTP between them that fails. */
async function history(seed: string): Promise<{ faults: number; deaths: number }> {
  const { uniform, below } = seeded(seed);
  const rates = { s3: 0.5 * below(2), sqs: 0.3 * below(2), dies: 0.02 * below(3), off: below(2) === 0 };
  let [isQuiet, faults, deaths] = [false, 0, 0];
  const intercept = ({ role, service, phase }: Call) => {
    if (role !== 'publish-ids' || isQuiet) return;
    if (uniform() < rates.dies) {
      deaths += 1;
      drop.kill('publish-ids');
      throw new Error('nobody hears the answer');
    }
    if (uniform() < 0.03) register(1); // between any two calls
    if (uniform() >= rates[service] * (phase === 'after' ? 0.3 : 1)) return;
    faults += 1;
    if (uniform() < 0.5) throw new Error('the connection is cut');
    if (service === 's3') throw new Refusal(503, 'SlowDown', 'Please reduce your request rate.');
    throw new Refusal(403, 'RequestThrottled', 'Request is throttled.');
  };
  const first = sealedIds(1 + below(12));
  const drop = await openDrop({ planted: { messages: [...first, first[0]!, 'no sealed id'] }, intercept });
  const accepted = new Set(first);
  const sending: Promise<void>[] = [];
  const register = (count: number) => {
    for (const line of sealedIds(count)) {
      const body = Buffer.from(parseSealedId(line));
      const sent = fetch(`${drop.url}/register-id`, { method: 'PUT', body }).then(({ status }) => {
        if (status === 204) accepted.add(line);
      });
      sending.push(sent);
    }
  };

  const read = new Set<string>();
  const reading = {
    drop: dropAt(drop.url),
    identity: () => SOMEBODY,
    random: () => 0, // what failed is tried again at each poll
    bookmark: firstBookmark(),
    report: (event: { kind: string; slot: string }) => void (event.kind === 'batch' && read.add(event.slot)),
  } as unknown as CollectOptions;

  for (let tick = 0; tick < TICKS; tick += 1) {
    drop.pass(SLOT_SECONDS);
    const off = rates.off ? below(5) - 2 : 0;
    const event = { time: slotAt(new Date(drop.clock.now() + off * SLOT_SECONDS * 1000)) };
    // The same event up to three times, one after another or at once: then the others are turned away.
    const copies = Array.from({ length: 1 + below(3) }, () => () => drop.invoke('publish-ids', event).catch(() => {}));
    if (uniform() < 0.5) for (const copy of copies) await copy();
    else await Promise.all(copies.map((copy) => copy()));
    if (uniform() < 0.5) await poll(reading, () => {});
  }
  await Promise.all(sending);
  isQuiet = true;
  for (let tick = 0; tick < QUIET_TICKS && drop.waiting() > 0; tick += 1) await drop.tick();
  await poll(reading, () => {});

  const batches = drop.batches();
  const lines = [...batches.values()].flat();
  for (const line of lines) parseSealedId(line);
  expect(lines.filter((line) => accepted.has(line)).sort(), seed).toEqual([...accepted].sort());
  expect(new Set(lines).size, seed).toBe(lines.length);
  expect([...read].sort(), seed).toEqual([...batches.keys()]);
  expect(drop.waiting(), seed).toBe(0);
  expect(drop.printed, seed).toEqual([]);
  await drop.close();
  return { faults, deaths };
}

test(`${RUNS} local drops whose storage fails half of the time lose nothing, repeat nothing, and are read whole`, async () => {
  const next = Array.from({ length: RUNS }, (_, i) => `${SEED} ${i}`).values();
  const all = { faults: 0, deaths: 0 };
  const work = async () => {
    for (const seed of next) {
      const { faults, deaths } = await history(seed);
      all.faults += faults;
      all.deaths += deaths;
    }
  };
  await Promise.all(Array.from({ length: WIDTH }, work));
  expect(all.faults / RUNS).toBeGreaterThan(3);
  expect(all.deaths).toBeGreaterThan(0);
}, 3_600_000);

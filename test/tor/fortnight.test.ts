import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SEALED_ID_BYTES } from '../../wire/sizes.ts';
import { batchKey, slotBefore } from '../../wire/slot.ts';
import { batchOf, dayOf, formatSummary, hourOf, slotsOf, summaryKey } from '../../wire/summary.ts';
import { FIRST_SLOT } from '../drop.ts';
import { network, openDesk, openStage, passphrase, type Stage } from './stage.ts';
import { streamsDuring } from './streams.ts';

/** As core/read/catch-up.ts has it. */
const AT_A_TIME = 8;

/** What a drop has after a fortnight: a batch in each slot, and each summary that is written by then. */
function fortnight(): Record<string, Uint8Array> {
  const slots = Array.from({ length: 14 * 288 }, (_, i) => slotBefore(FIRST_SLOT, 14 * 288 - i));
  const batches = new Map(slots.map((slot) => [slot, new Uint8Array(randomBytes(8 * SEALED_ID_BYTES))]));
  const periods = [...new Set(slots.flatMap((slot) => [hourOf(slot), dayOf(slot)]))];
  const over = periods.filter((period) => slotsOf(period).at(-1)! < slotBefore(FIRST_SLOT, 4));
  return Object.fromEntries([
    ...[...batches].map(([slot, ids]) => [batchKey(slot), batchOf(ids)]),
    ...over.map((period) => [summaryKey(period), formatSummary(period, batches)]),
  ]);
}

describe.skipIf(network === undefined)('through exits', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage({ objects: fortnight() });
  });
  afterAll(() => stage?.close());

  test('who was away for a fortnight catches up, each request on a circuit of its own, eight at a time', async () => {
    const desk = await openDesk(stage, stage.url, network!.socks);
    const sent = await desk.run(['send', '--to', 'jane.contact', '--text-file', '-'], { input: 'a fortnight later' });
    expect(sent, sent.words).toMatchObject({ status: 0 });
    await stage.drop.tick();
    let most = 0;
    const streams = await streamsDuring(
      network!.control,
      async () => {
        const read = await desk.run(['read', '--inbox', 'inbox'], { passphrase });
        expect(read, read.words).toMatchObject({ status: 0 });
        const letter = join(desk.cwd, read.out.trim(), 'letter.txt');
        expect(readFileSync(letter, 'utf8').trim()).toBe('a fortnight later');
      },
      (open) => {
        most = Math.max(most, open);
      },
    );
    expect(new Set(streams.map(({ circuit }) => circuit)).size).toBe(streams.length);
    // 5 pages of the list, 14 days, 10 or 11 hours, what is not summed up yet, a cell. Tor may fail a request.
    expect(streams.length).toBeGreaterThan(35);
    expect(streams.length).toBeLessThanOrEqual(64);
    expect(most).toBeGreaterThan(AT_A_TIME / 2);
    expect(most).toBeLessThanOrEqual(AT_A_TIME);
  });
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { dropAt } from '../core/drop/drop.ts';
import { PATIENCE, type Patience, Unreachable } from '../core/drop/retry.ts';
import type { Transport } from '../core/drop/transport.ts';
import { contactOf } from '../core/keys/identity.ts';
import type { Sleep } from '../core/platform.ts';
import { register, send } from '../core/send/send.ts';
import { sealDecoy } from '../lambdas/seal-decoy.ts';
import { throttle } from '../local/throttle.ts';
import { loopback } from '../node/transport/transport.ts';
import { formatSealedId } from '../wire/sealed-id.ts';
import { PUBLISHED_MAX, SLOT_SECONDS } from '../wire/sizes.ts';
import { slotAt } from '../wire/slot.ts';
import { solveWork } from '../wire/solve.ts';
import { checkWork, hasZeros, workAttempt } from '../wire/work.ts';
import { askingDrop } from './asking-drop.ts';
import { sealedIds, sharedOutdir, type TestDrop, withDrop } from './drop.ts';
import { journalist, letters, troubles, way } from './people.ts';
import { simulatedTime } from './simulated-time.ts';
import { seeded } from './statistics.ts';

// What clients wait for between two tries passes in simulated time, where they are told so; what the drop does, as ever.
const waits = vi.hoisted(() => ({ sleep: undefined as Sleep | undefined }));
vi.mock('node:timers/promises', async (original) => {
  const timers = await original<typeof import('node:timers/promises')>();
  const setTimeout = (milliseconds: number, value: unknown, options: { signal?: AbortSignal } = {}) =>
    waits.sleep?.(milliseconds, options.signal) ?? timers.setTimeout(milliseconds, value, options);
  return { ...timers, setTimeout };
});

// Hashes are computed as ever, and counted.
const counted = vi.hoisted(() => ({ hashes: 0 }));
vi.mock('node:crypto', async (original) => {
  const crypto = await original<typeof import('node:crypto')>();
  const hash = (...given: Parameters<typeof crypto.hash>) => {
    counted.hashes += 1;
    return crypto.hash(...given);
  };
  return { ...crypto, hash };
});

/** What a tick publishes at most in these tests, up to a round of receiving more. */
const FEW = 100;

/** A drop that asks for a little work, and publishes FEW. */
let outdir: string;
beforeAll(() => {
  outdir = askingDrop({ workBits: 4, publishedMax: FEW });
});

describe('what a registration costs', () => {
  const BITS = 6;
  const PROOFS = 1000;
  const AT = new Date('2026-11-22T11:26:30Z');
  const { bytes } = seeded('floods');

  // The number of tries has the standard deviation of its mean; 4.9 of them are exceeded once in a million runs.
  const band = (4.9 * 2 ** BITS) / Math.sqrt(PROOFS);
  const distance = (hashes: number) => Math.abs(hashes / PROOFS - 2 ** BITS);

  const solveAll = async (bits: number) => {
    const before = counted.hashes;
    const proofs = [];
    for (let i = 0; i < PROOFS; i += 1) {
      const sealed = bytes(80);
      proofs.push({ sealed, work: await solveWork('register-id', sealed, { bits, slot: slotAt(AT) }) });
    }
    return { proofs, hashes: counted.hashes - before };
  };

  test('its sender 2^bits hashes on average: of 1,000 proofs, wrongly refused once in a million', async () => {
    expect(distance((await solveAll(BITS)).hashes)).toBeLessThan(band);
    for (const bits of [BITS - 1, BITS + 1]) expect(distance((await solveAll(bits)).hashes)).toBeGreaterThan(band);
  });

  test('the drop four hashes at most, with a good proof or a bad one, however many bits: 65,536 times less than 2^18', async () => {
    const { proofs } = await solveAll(4);
    for (const { sealed, work } of proofs) {
      for (const [wanted, bits] of [
        [true, 4],
        [false, 32],
      ] as const) {
        const before = counted.hashes;
        expect(checkWork('register-id', sealed, work, bits, AT)).toBe(wanted);
        expect(counted.hashes - before).toBeLessThanOrEqual(4);
      }
    }
    expect(2 ** 18 / 4).toBe(65_536);
  });

  test('as much again for each further one: what was done for one is worth nothing for another', () => {
    const [one, other] = [bytes(80), bytes(80)].map((sealed) => workAttempt('register-id', sealed, slotAt(AT)));
    let [both, found] = [0, 0];
    for (let i = 0; i < 200_000; i += 1) {
      for (const attempt of [one!, other!]) new DataView(attempt.buffer).setUint32(36, i);
      const [isOne, isOther] = [hasZeros(one!, 6), hasZeros(other!, 6)];
      if (isOne) found += 1;
      if (isOne && isOther) both += 1;
    }
    expect(found).toBeGreaterThan(2800); // 3,125 expected, standard deviation 55
    expect(both).toBeLessThan(90); // 49 expected, standard deviation 7
  });
});

describe('a flood of ten times what the front lets in', () => {
  const [RATE, BURST] = [50, 100];
  const LETTERS = 12;

  /**
   * Sends letters to a drop behind a throttle that a flood keeps empty: ten times as many worthless requests as it lets
   * in, each independent of the others, at each route.
   *
   * @returns the minutes that each letter took, or why it was not sent
   */
  async function sendAll(drop: TestDrop, contact: ReturnType<typeof contactOf>, patience: Patience) {
    const time = simulatedTime();
    waits.sleep = time.sleep;
    const { uniform } = seeded('arrivals');
    const start = time.now();
    let refused = 0;
    const front = () => {
      const passes = throttle(RATE, BURST);
      let next = 0;
      return () => {
        const now = time.now() - start + 1000; // the flood has been there for a second
        while (next < now) {
          passes(next);
          next += -Math.log(1 - uniform()) * (1000 / (10 * RATE));
        }
        return passes(now);
      };
    };
    const routes: Record<string, () => boolean> = { '/upload-url': front(), '/register-id': front() };
    const transport: Transport = time.standing(async (request) => {
      if (routes[request.url.pathname]?.() ?? true) return loopback(request);
      refused += 1;
      return { status: 429, body: new Uint8Array() };
    });
    const outcomes = await time.run(
      Promise.all(
        Array.from({ length: LETTERS }, async (_, i) => {
          // Not at full seconds, at which the throttle has just been filled by one.
          const [begins, now] = [(i + uniform()) * 10_000, () => time.now()];
          await time.sleep(begins);
          try {
            await send(dropAt(drop.url, { transport, patience }), contact, { text: `letter ${i}` }, { now });
            return (time.now() - start - begins) / 60_000;
          } catch (error) {
            if (!(error instanceof Unreachable)) throw error;
            return 'the drop is busy';
          }
        }),
      ),
    );
    waits.sleep = undefined;
    return { outcomes, refused };
  }

  test('delays no letter of one cell by more than 45 minutes, and loses none: of 12, wrong once in a million', async () => {
    const drop = await withDrop({ outdir });
    const jane = journalist(drop.url);
    const { outcomes, refused } = await sendAll(drop, contactOf(jane.identity), PATIENCE);
    const minutes = outcomes.map((outcome) => {
      expect(outcome).toBeTypeOf('number');
      return Number(outcome);
    });
    expect(Math.max(...minutes)).toBeLessThan(45);
    // Four requests are let in by one try in eleven, 7.5 s apart: 5.0 minutes, of 12 letters with a deviation of 0.8.
    const mean = minutes.reduce((sum, each) => sum + each, 0) / LETTERS;
    expect(mean).toBeGreaterThan(1);
    expect(mean).toBeLessThan(9);
    expect(refused).toBeGreaterThan(LETTERS * 10);
    await drop.tick();
    const events = await jane.read();
    expect(troubles(events)).toEqual([]);
    expect(letters(events)).toHaveLength(LETTERS);
    expect(drop.waiting()).toBe(0);
  });

  test('would keep nearly all of them out, if clients had five tries for it as for a fault', async () => {
    const drop = await withDrop({ outdir });
    const { tries, firstWaitMilliseconds } = PATIENCE;
    const { outcomes } = await sendAll(drop, contactOf(journalist(drop.url).identity), {
      tries,
      firstWaitMilliseconds,
    });
    // One in 50 gets in; half of 12 never do.
    expect(outcomes.filter((outcome) => outcome === 'the drop is busy').length).toBeGreaterThan(LETTERS / 2);
  });

  test('lets no more in within a tick than the next one publishes, by default', () => {
    const template = JSON.parse(readFileSync(join(sharedOutdir(), 'DeadDrop.template.json'), 'utf8'));
    const settings = Object.values<{ Type: string; Properties: Record<string, Record<string, number>> }>(
      template.Resources,
    ).flatMap(({ Type, Properties }) =>
      Type === 'AWS::ApiGatewayV2::Stage' ? [Properties.DefaultRouteSettings!] : [],
    );
    expect(settings).toMatchObject([{ ThrottlingRateLimit: RATE, ThrottlingBurstLimit: BURST }]);
    expect(RATE * SLOT_SECONDS + BURST).toBe(15_100);
    expect(PUBLISHED_MAX).toBe(110_000);
    expect(RATE * SLOT_SECONDS + BURST).toBeLessThan(PUBLISHED_MAX);
    expect(Math.floor(PUBLISHED_MAX / SLOT_SECONDS)).toBe(366); // as many a second may get in without end
  });
});

describe('a queue with ten times what a tick publishes', () => {
  test('is published within ten ticks and one more, each id once, and with it who came last', async () => {
    const flood = sealedIds(10 * FEW);
    const drop = await withDrop({ outdir, planted: { messages: flood } });
    const honest = sealDecoy();
    await register(way(drop.url), honest);
    expect(drop.waiting()).toBe(flood.length + 1);
    let ticks = 0;
    for (; drop.waiting() > 0; ticks += 1) {
      const before = drop.waiting();
      await drop.tick();
      // No tick takes less than the most, or all that there is.
      expect(before - drop.waiting()).toBeGreaterThanOrEqual(Math.min(before, FEW));
      expect(ticks).toBeLessThan(11);
    }
    expect(ticks).toBeGreaterThan(5); // of at most 150 each: rounds of receiving double
    const lines = [...drop.batches().values()].flat();
    const counts = new Map<string, number>();
    for (const line of lines) counts.set(line, (counts.get(line) ?? 0) + 1);
    for (const line of [...flood, formatSealedId(honest)]) expect(counts.get(line)).toBe(1);
    expect(drop.printed).toEqual([]);
  });

  test('is no obstacle for who was there before it: the tick before it has published that', async () => {
    const drop = await withDrop({ outdir });
    const honest = sealDecoy();
    await register(way(drop.url), honest);
    await drop.tick();
    expect([...drop.batches().values()].flat()).toContain(formatSealedId(honest));
    expect(drop.waiting()).toBe(0);
  });

  test('cannot be made by requests without work, nor with work that was done for something else', async () => {
    const drop = await withDrop({ outdir });
    const work = await solveWork('register-id', sealDecoy(), { bits: 4, slot: slotAt(new Date()) });
    let taken = 0;
    for (const query of ['', `?work=${work}`]) {
      for (let i = 0; i < 100; i += 1) {
        const { status } = await fetch(`${drop.url}/register-id${query}`, {
          method: 'PUT',
          body: Buffer.from(sealDecoy()),
        });
        if (status === 204) taken += 1;
        else expect([428, 429]).toContain(status);
      }
    }
    // By luck one in sixteen of the second hundred; 28 of them once in 10^10 runs.
    expect(taken).toBeLessThan(28);
    expect(drop.waiting()).toBe(taken);
  });
});

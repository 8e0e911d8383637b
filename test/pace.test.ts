import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { contactOf } from '../client/identity.ts';
import { paceOver, sleepFor } from '../client/pace.ts';
import { register, send, type UploadOptions, upload } from '../client/send.ts';
import { loopback, type Transport } from '../client/transport.ts';
import { withDrop } from './drop.ts';
import { faultyRoad } from './faulty-road.ts';
import { fileOf, journalist, letters, troubles, way } from './people.ts';
import { simulatedTime } from './simulated-time.ts';
import { seeded } from './statistics.ts';

const DAY = 86_400_000;

/** A letter of three cells. */
const LETTER = { files: [fileOf('data', randomBytes(2_500_000))] };

/** A drop, a journalist, and a source in no hurry who notes what leaves and when. */
async function desk(road: Transport = loopback) {
  const drop = await withDrop();
  const jane = journalist(drop.url);
  const time = simulatedTime();
  const stop = new AbortController();
  const sent: { what: string; at: number }[] = [];
  const plans: number[][] = [];
  const told: [number, number][] = [];
  const transport = time.standing((asked) => {
    const what = asked.url.pathname.includes('/uploads/') ? 'cell' : asked.url.pathname.slice(1);
    sent.push({ what, at: time.now() });
    return road(asked);
  });
  const pace = paceOver(DAY, {
    signal: stop.signal,
    plan: (moments) => plans.push(moments.map(Number)),
    next: (step, at) => told.push([step, Number(at)]),
    random: seeded('pace').below,
    now: time.now,
    sleep: time.sleep,
  });
  const options: UploadOptions = { pace };
  const to = [way(drop.url, transport), contactOf(jane.identity), LETTER, options] as const;
  return { drop, jane, time, stop, sent, plans, told, pace, to };
}

/** What leaves in each step of a letter of three cells that is sent. */
const STEPS = [['upload-url', 'cell'], ['upload-url', 'cell'], ['upload-url', 'cell'], ['register-id']];

describe('a letter that is spread over a day', () => {
  test('leaves at the moments of its plan and not before, the registration included, and arrives', async () => {
    const { drop, jane, time, sent, plans, told, to } = await desk();
    await time.run(send(...to));
    const [plan, ...more] = plans as [number[]];
    expect(more).toEqual([]);
    expect(plan).toHaveLength(4);
    expect(sent).toEqual(STEPS.flatMap((step, i) => step.map((what) => ({ what, at: plan[i] }))));
    expect(told).toEqual(plan.map((at, step) => [step, at]));
    await drop.tick();
    expect(letters(await jane.read())).toHaveLength(1);
  });

  test('has a step for each cell only, when it is uploaded and registered some other time', async () => {
    const { time, sent, plans, to } = await desk();
    const uploaded = await time.run(upload(...to));
    expect(uploaded.cells).toBe(3);
    expect(plans.map((plan) => plan.length)).toEqual([3]);
    expect(sent.map(({ at }) => at)).toEqual(plans[0]!.flatMap((at) => [at, at]));
  });

  test('can be registered by hand as the last step of one plan', async () => {
    const { drop, time, sent, plans, pace, to } = await desk();
    const [way, contact, draft, options] = to;
    const whole = async () => {
      const uploaded = await upload(way, contact, draft, { ...options, toRegister: true });
      await pace(uploaded.cells, uploaded.cells + 1);
      await register(way, uploaded);
    };
    await time.run(whole());
    expect(sent.at(-1)).toEqual({ what: 'register-id', at: plans[0]![3] });
    expect(drop.waiting()).toBe(1);
  });

  test('tries again within a step at once', async () => {
    const road = await faultyRoad(({ tries }) => (tries === 1 ? 503 : 'pass'));
    const { drop, jane, time, sent, plans, to } = await desk(road);
    await time.run(send(...to));
    expect(sent).toHaveLength(12); // three upload URLs of which one is asked for twice, three cells and an id, each twice
    expect(new Set(sent.map(({ at }) => at))).toEqual(new Set(plans[0]));
    await drop.tick();
    const events = await jane.read();
    expect(troubles(events)).toEqual([]);
    expect(letters(events)).toHaveLength(1);
  });

  test.each([0, 1, 2, 3])('ends at once and registers nothing when it is aborted before step %d', async (step) => {
    const { drop, time, stop, sent, told, to } = await desk();
    const sending = send(...to).catch((error: unknown) => error);
    await time.passUntil(() => told.length === step + 1);
    const reason = new Error('enough');
    const at = time.now();
    stop.abort(reason);
    expect(await sending).toBe(reason);
    expect(time.now()).toBe(at);
    expect(sent.map(({ what }) => what)).toEqual(STEPS.slice(0, step).flat());
    expect(drop.waiting()).toBe(0);
  });
});

describe('a pace', () => {
  test('goes by the clock on the wall: a machine that was asleep goes on within a minute', async () => {
    const waits: number[] = [];
    let now = 0;
    let plan: number[] = [];
    const pace = paceOver(DAY, {
      plan: (moments) => {
        plan = moments.map(Number);
      },
      random: seeded('asleep').below,
      now: () => now,
      sleep: async (milliseconds) => {
        waits.push(milliseconds);
        now += waits.length === 10 ? 2 * DAY : milliseconds; // the tenth minute lasts two days
      },
    });
    await pace(0, 2);
    expect(plan[0]).toBeGreaterThan(20 * 60_000);
    expect(waits).toEqual(Array(10).fill(60_000));
    await pace(1, 2);
    expect(waits).toHaveLength(10);
  });

  test('draws a new plan for each letter', async () => {
    const { time, plans, pace } = await desk();
    for (let letter = 0; letter < 3; letter += 1) await time.run(pace(0, 1));
    expect(plans).toHaveLength(3);
    expect(plans[1]![0]).toBeGreaterThan(plans[0]![0]!);
    expect(plans[2]![0]).toBeGreaterThan(plans[1]![0]!);
  });

  test('sleeps by the machine unless it is told otherwise, and ends with the reason of the abort', async () => {
    const stop = new AbortController();
    const pace = paceOver(DAY, { signal: stop.signal, random: () => DAY });
    const waiting = pace(0, 1).catch((error: unknown) => error);
    const reason = new Error('enough');
    stop.abort(reason);
    expect(await waiting).toBe(reason);
    await expect(sleepFor(DAY, stop.signal)).rejects.toBe(reason);
    await paceOver(0)(0, 1);
  });
});

import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { paceOver } from '../core/drop/pace.ts';
import { Unreachable } from '../core/drop/retry.ts';
import type { DropAnswer, DropRequest } from '../core/drop/transport.ts';
import { contactOf } from '../core/keys/identity.ts';
import { register, send, TooLate, type UploadOptions, upload } from '../core/send/send.ts';
import { sleepFor } from '../node/sleep.ts';
import { loopback } from '../node/transport/transport.ts';
import { withDrop } from './drop.ts';
import { faultyTransport } from './faulty-transport.ts';
import { fileOf, journalist, letters, troubles, way } from './people.ts';
import { simulatedTime } from './simulated-time.ts';
import { seeded } from './statistics.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;

/** A letter of three cells. */
const LETTER = { files: [fileOf('data', randomBytes(2_500_000))] };

const nothing = async () => {};

/**
 * A drop, a journalist, and a source in no hurry who notes what leaves and when.
 *
 * @param network - the way there, told the time
 */
async function desk(network: (asked: DropRequest, now: number) => Promise<DropAnswer> = loopback) {
  const drop = await withDrop();
  const jane = journalist(drop.url);
  const time = simulatedTime();
  const stop = new AbortController();
  const sent: { what: string; at: number }[] = [];
  const plans: number[][] = [];
  const told: [number, number][] = [];
  const faults: string[] = [];
  const asleep = { for: 0 };
  const now = () => time.now() + asleep.for; // timers do not see it
  const transport = time.standing((asked) => {
    const what = asked.url.pathname.includes('/uploads/') ? 'cell' : asked.url.pathname.slice(1);
    sent.push({ what, at: now() });
    return network(asked, now());
  });
  const pace = paceOver(DAY, {
    signal: stop.signal,
    plan: (moments) => plans.push(moments.map(Number)),
    next: (step, at) => told.push([step, Number(at)]),
    trouble: (error) => faults.push(error.message),
    random: seeded('pace').below,
    now,
    sleep: time.sleep,
  });
  const options: UploadOptions = { pace, now };
  const to = [way(drop.url, transport), contactOf(jane.identity), LETTER, options] as const;
  return { drop, jane, time, now, asleep, stop, sent, plans, told, faults, pace, to };
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
      await pace(uploaded.cells, uploaded.cells + 1, () => register(way, uploaded, options.now));
    };
    await time.run(whole());
    expect(sent.at(-1)).toEqual({ what: 'register-id', at: plans[0]![3] });
    expect(drop.waiting()).toBe(1);
  });

  test('tries again within a step at once', async () => {
    const network = await faultyTransport(({ tries }) => (tries === 1 ? 503 : 'pass'));
    const { drop, jane, time, sent, plans, to } = await desk(network);
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

describe('a letter whose way to the drop is gone for an hour', () => {
  test.each([0, 1, 2, 3])(
    'at step %d waits, begins that step anew every 5 to 15 minutes, and arrives',
    async (step) => {
      let gone = Number.POSITIVE_INFINITY;
      const puts = new Set<string>();
      const { drop, jane, time, plans, told, faults, to } = await desk((asked, now) => {
        if (asked.method === 'PUT') {
          const isCell = asked.url.pathname.includes('/uploads/');
          puts.add(isCell ? asked.url.pathname : Buffer.from(asked.body!).toString('hex'));
          if (now >= gone && now < gone + 60 * MINUTE) throw new Error('no network');
        }
        return loopback(asked);
      });
      const sending = send(...to);
      await time.passUntil(() => plans.length === 1);
      gone = plans[0]![step]!;
      await time.run(sending);
      const tries = told.filter(([each]) => each === step).map(([, at]) => at);
      expect(tries[0]).toBe(gone);
      for (const [i, at] of tries.slice(1).entries()) {
        expect(at - tries[i]! >= 5 * MINUTE && at - tries[i]! <= 15 * MINUTE).toBe(true);
      }
      expect(faults).toEqual(Array(tries.length - 1).fill('the drop cannot be reached: try again later'));
      expect(faults.length).toBeGreaterThanOrEqual(4);
      // A cell has one upload URL for the five tries of a request; an id is sealed anew for each.
      expect(puts.size).toBe(4 + faults.length * (step === 3 ? 5 : 1));
      await drop.tick();
      const events = await jane.read();
      expect(troubles(events)).toEqual([]);
      expect(letters(events)).toHaveLength(1);
    },
  );

  test('ends at once when it is aborted while it waits', async () => {
    const { time, now, stop, faults, to } = await desk(async () => {
      throw new Error('no network');
    });
    const sending = send(...to).catch((error: unknown) => error);
    await time.passUntil(() => faults.length === 3);
    const [reason, at] = [new Error('enough'), now()];
    stop.abort(reason);
    expect(await sending).toBe(reason);
    expect(now()).toBe(at);
  });

  test('fails at once when it is not spread', async () => {
    const { time, faults, to } = await desk(async () => {
      throw new Error('no network');
    });
    const [way, contact, draft] = to;
    await expect(time.run(send(way, contact, draft))).rejects.toBeInstanceOf(Unreachable);
    expect(faults).toEqual([]);
  });

  test('a step that fails for good, until somebody changes something, is not waited for', async () => {
    const time = simulatedTime();
    const pace = paceOver(0, { now: time.now, sleep: time.sleep });
    const act = () => Promise.reject(new Unreachable('no such drop', { isFinal: true }));
    await expect(time.run(pace(0, 1, act))).rejects.toThrow('no such drop');
    expect(time.now()).toBe(simulatedTime().now());
  });
});

describe('a letter that takes longer than its cells may be kept', () => {
  test.each([1, 2, 3])('since the machine slept for 15 days before step %d, is refused', async (step) => {
    const { drop, time, asleep, sent, told, to } = await desk();
    const sending = send(...to).catch((error: unknown) => error);
    await time.passUntil(() => told.length === step + 1);
    asleep.for = 15 * DAY;
    const error = await time.run(sending);
    expect(error).toBeInstanceOf(TooLate);
    expect((error as Error).message).toMatch(/^the letter took more than 8 days, .*: send it anew$/);
    expect(sent.map(({ what }) => what)).toEqual(STEPS.slice(0, step).flat());
    expect(drop.waiting()).toBe(0);
  });

  test('is one whose machine slept for days since its first step: 15 days before it, and 7 since, do no harm', async () => {
    const { drop, jane, time, asleep, told, to } = await desk();
    const sending = send(...to);
    await time.passUntil(() => told.length === 1);
    asleep.for = 15 * DAY;
    await time.passUntil(() => told.length === 4);
    asleep.for += 7 * DAY;
    await time.run(sending);
    await drop.tick();
    expect(letters(await jane.read())).toHaveLength(1);
  });

  test('since the drop stayed away for 8 days, is given up', async () => {
    const { time, now, sent, faults, to } = await desk(async () => {
      throw new Error('no network');
    });
    const [way, ...rest] = to;
    const hasty = { ...way, patience: { tries: 1, firstWaitMilliseconds: 0 } };
    await expect(time.run(send(hasty, ...rest))).rejects.toBeInstanceOf(TooLate);
    const took = now() - sent[0]!.at;
    expect(took > 8 * DAY && took <= 8 * DAY + 15 * MINUTE).toBe(true);
    expect(faults.length).toBeGreaterThan(8 * 24 * 4);
  });

  test('is refused when it is registered by hand, and at any other pace', async () => {
    const { drop, to } = await desk();
    const [way, contact, draft] = to;
    let now = Date.parse('2026-11-22T11:25:00Z');
    const uploaded = await upload(way, contact, draft, { now: () => now });
    expect(uploaded.since).toBe(now);
    now += 8 * DAY + 1;
    await expect(register(way, uploaded, () => now)).rejects.toBeInstanceOf(TooLate);
    expect(drop.waiting()).toBe(0);
    await register(way, uploaded, () => now - 1);
    expect(drop.waiting()).toBe(1);
    const slow = async <T>(step: number, _: number, act: () => Promise<T>) => {
      now += step * 8 * DAY + 1;
      return act();
    };
    await expect(send(way, contact, draft, { now: () => now, pace: slow })).rejects.toBeInstanceOf(TooLate);
    expect(drop.waiting()).toBe(1);
  });
});

describe('a pace', () => {
  /** A day of 12 steps, during whose first waits the machine falls asleep until some time after a moment of the plan. */
  async function sleepy(step: number, after: number) {
    const [plans, taken, waits]: [number[][], number[], number[]] = [[], [], []];
    let now = 0;
    const pace = paceOver(DAY, {
      plan: (moments) => plans.push(moments.map(Number)),
      random: seeded('asleep').below,
      now: () => now,
      sleep: async (milliseconds) => {
        waits.push(milliseconds);
        now = waits.length === 10 ? plans[0]![step]! + after : now + milliseconds;
      },
    });
    for (let next = 0; next < 12; next += 1) await pace(next, 12, async () => void taken.push(now));
    return { plans, taken, waits };
  }

  test('goes by the clock on the wall: a machine that was asleep goes on within a minute', async () => {
    const { plans, taken, waits } = await sleepy(0, 4 * MINUTE);
    expect(plans).toHaveLength(1);
    expect(plans[0]![0]).toBeGreaterThan(20 * MINUTE);
    expect(waits.slice(0, 10)).toEqual(Array(10).fill(MINUTE));
    expect(taken).toEqual([plans[0]![0]! + 4 * MINUTE, ...plans[0]!.slice(1)]);
  });

  test('draws missed steps and all others anew, over what is left of the time', async () => {
    const { plans, taken } = await sleepy(8, 6 * MINUTE);
    const [first, second, ...more] = plans as [number[], number[]];
    const woken = first[8]! + 6 * MINUTE;
    expect(more).toEqual([]);
    expect(taken).toEqual(second);
    expect(second).toHaveLength(12);
    expect(second.every((at) => at >= woken && at <= DAY)).toBe(true);
    expect(second.at(-1)! - second[0]!).toBeGreaterThan((DAY - woken) / 2);
  });

  test('gives each missed step five minutes on average, when its time is over', async () => {
    const { plans, taken } = await sleepy(11, 2 * DAY);
    const [first, second] = plans as [number[], number[]];
    const woken = first[11]! + 2 * DAY;
    expect(taken).toEqual(second);
    expect(second.every((at) => at >= woken && at <= woken + 12 * 5 * MINUTE)).toBe(true);
    expect(second.at(-1)! - second[0]!).toBeGreaterThan(30 * MINUTE);
  });

  test('is no slower than it was asked to be, when its steps take longer than their share', async () => {
    let now = 0;
    const take = async (milliseconds: number) => {
      now += milliseconds;
    };
    const pace = paceOver(60 * MINUTE, { random: seeded('slow').below, now: () => now, sleep: take });
    for (let step = 0; step < 600; step += 1) await pace(step, 600, () => take(MINUTE));
    expect(now).toBeLessThan(660 * MINUTE);
  });

  test('takes a step again only when the drop cannot be reached', async () => {
    const fault = new Error('the disk is full');
    let tries = 0;
    const pace = paceOver(0);
    const failing = pace(0, 1, async () => {
      tries += 1;
      throw fault;
    });
    await expect(failing).rejects.toBe(fault);
    expect(tries).toBe(1);
  });

  /** Takes the steps of a letter from one on, as a later process does. */
  async function resumed(first: number, steps: number, end: number, start = 0) {
    const [plans, taken]: [[number, number[]][], number[]] = [[], []];
    let now = start;
    const pace = paceOver(DAY, {
      end,
      plan: (moments, from) => plans.push([from, moments.map(Number)]),
      random: seeded('resumed').below,
      now: () => now,
      sleep: async (milliseconds) => {
        now += milliseconds;
      },
    });
    for (let step = first; step < steps; step += 1) await pace(step, steps, async () => void taken.push(now));
    return { plans, taken };
  }

  test('that begins with a later step spreads what is left over what is left of the time', async () => {
    const { plans, taken } = await resumed(5, 12, DAY, 0.75 * DAY);
    const [[first, plan], ...more] = plans as [[number, number[]]];
    expect([more, first, plan.length]).toEqual([[], 5, 7]);
    expect(taken).toEqual(plan);
    expect(plan.every((at) => at >= 0.75 * DAY && at <= DAY)).toBe(true);
    expect(plan.at(-1)! - plan[0]!).toBeGreaterThan(DAY / 8);
  });

  test('that is resumed after its end gives each step that is left five minutes on average', async () => {
    const { plans, taken } = await resumed(5, 12, DAY, 2 * DAY);
    const [[first, plan], ...more] = plans as [[number, number[]]];
    expect([more, first, plan.length]).toEqual([[], 5, 7]);
    expect(taken).toEqual(plan);
    expect(plan.every((at) => at >= 2 * DAY && at <= 2 * DAY + 7 * 5 * MINUTE)).toBe(true);
    expect(plan.at(-1)! - plan[0]!).toBeGreaterThan(10 * MINUTE);
  });

  test('that is resumed for its last step takes it before its end', async () => {
    const { plans, taken } = await resumed(11, 12, DAY, 0.5 * DAY);
    expect(plans).toEqual([[11, taken]]);
    expect(taken[0]! > 0.5 * DAY && taken[0]! <= DAY).toBe(true);
  });

  test('draws a new plan for each letter', async () => {
    const { time, plans, pace } = await desk();
    for (let letter = 0; letter < 3; letter += 1) await time.run(pace(0, 1, nothing));
    expect(plans).toHaveLength(3);
    expect(plans[1]![0]).toBeGreaterThan(plans[0]![0]!);
    expect(plans[2]![0]).toBeGreaterThan(plans[1]![0]!);
  });

  test('sleeps by the machine unless it is told otherwise, and ends with the reason of the abort', async () => {
    const stop = new AbortController();
    const pace = paceOver(DAY, { signal: stop.signal, random: () => DAY });
    const waiting = pace(0, 1, nothing).catch((error: unknown) => error);
    const reason = new Error('enough');
    stop.abort(reason);
    expect(await waiting).toBe(reason);
    await expect(sleepFor(DAY, stop.signal)).rejects.toBe(reason);
    await paceOver(0)(0, 1, nothing);
  });
});

import { publish } from '../lambdas/publish.ts';
import { summarize } from '../lambdas/summarize.ts';
import { SLOT_SECONDS } from '../wire/sizes.ts';
import { slotAt, slotBefore } from '../wire/slot.ts';
import { dayOf, hourOf, slotsOf } from '../wire/summary.ts';
import { type Breakage, FAITHFUL, type Fates, toolsFor } from './publisher-calls.ts';
import { broken, HOUR_SLOTS } from './publisher-invariants.ts';
import { openReader } from './publisher-reader.ts';
import { openWorld, type Random, START } from './publisher-world.ts';
import { seeded } from './statistics.ts';
import { openTurns } from './turns.ts';

/** What a history may be told to do otherwise. */
export interface Otherwise {
  readonly breakage?: Breakage;
  /** What a reader's list begins after. */
  readonly after?: (slot: string) => string;
  /** Lets publishers of different slots, run at once, be handed the same message. */
  readonly sharing?: boolean;
}

/** What became of a history. */
export interface Outcome {
  /** What is promised and does not hold. */
  readonly broken: readonly string[];
  readonly publishers: number;
  readonly crashes: number;
  readonly calls: number;
  /** Ticks without faults until nothing waited any more. */
  readonly quietTicks: number;
}

const TICK = SLOT_SECONDS * 1000;

/** A run that lasts longer is ended. As in lib/dead-drop.ts. */
const TIMEOUT = 240_000;

/** How long an event may wait: a minute each in Scheduler and in Lambda's queue. */
const EVENT_AGE = 120_000;

/** How long after its sender's death a request may still be carried out. */
const AFTERLIFE = 30_000;

/** More than an hour of them: what was not deleted before is no longer looked back at. */
const OUTAGE_TICKS = 15;

/** Ticks without faults after which nothing may wait any more. */
export const QUIET_TICKS = 5;

/** Runs publishers, and a reader beside them, through a history of faults that the seed decides; then all is well. */
export async function history(seed: string, otherwise: Otherwise = {}): Promise<Outcome> {
  const random = seeded(seed);
  const plan = draw(random, otherwise);
  const [world, turns] = [openWorld(random), openTurns()];
  let [isQuiet, isFirst, publishers, crashes, calls] = [false, true, 0, 0, 0];
  const happens = (chance: number) => !isQuiet && random.uniform() < chance;
  const reader = openReader(world, turns, () => happens(plan.readerFaults), otherwise.after);
  const ghosts = new Map<number, number>(); // dead publishers whose request is on its way, and until when

  const fates: Fates = {
    of(kind) {
      const isReading = kind === 'get' || kind === 'list';
      if (plan.isOutage) return kind === (isFirst ? 'delete' : 'put') && !isQuiet ? 'refused' : 'done';
      if (isReading && happens(plan.denials)) return 'denied';
      if (kind === 'put' && happens(plan.conflicts)) return 'conflict';
      if (!happens(isReading || kind === 'put' ? plan.s3Faults : plan.sqsFaults)) return 'done';
      if (!isReading && happens(0.4)) return 'lost';
      return 'refused';
    },
    most: () => (happens(plan.short) ? random.below(10) : 10),
    again: () => (happens(plan.duplicates) ? random.below(1000) : undefined),
    keeps: () => happens(plan.sqsFaults / 2),
  };

  /** Runs publishers at once, each for a slot, until each has ended or is dead. */
  const run = async (slots: readonly string[]) => {
    const started = world.now();
    const first = publishers;
    publishers += slots.length;
    // Its own clock may be ten minutes off.
    const now = plan.clocks ? (random.below(3) - 1) * 600_000 : 0;
    const running = new Set<number>();
    for (const [i, slot] of slots.entries()) {
      const who = first + i;
      running.add(who);
      const tools = toolsFor(who, world, turns, isQuiet ? FAITHFUL : fates, otherwise.breakage);
      const end = () => running.delete(who);
      publish(slot, { ...tools, now: () => world.now() + now })
        .finally(() => summarize(slot, tools.batches))
        .then(end, end);
    }
    const crash = (who: number) => {
      turns.kill(who, () => ghosts.has(who));
      crashes += 1;
      running.delete(who);
    };
    for (;;) {
      const standing = await turns.standing();
      if (running.size === 0) break;
      world.pass(happens(plan.slow) ? 10_000 : random.below(300));
      if (world.now() - started > TIMEOUT) for (const who of running) crash(who);
      for (const [who, until] of ghosts) if (world.now() > until) await land(who);
      if (happens(plan.crashes) && running.size > 0) {
        const who = [...running][random.below(running.size)]!;
        if (random.uniform() < 0.5) ghosts.set(who, world.now() + AFTERLIFE);
        crash(who);
      }
      if (happens(plan.arrivals)) register();
      if (happens(plan.polls)) reader.poll();
      const turn = standing[random.below(standing.length)];
      if (turn === undefined) continue;
      calls += 1;
      await turns.pass(turn);
    }
  };

  /** Carries out what a dead publisher had sent. */
  const land = async (who: number) => {
    ghosts.delete(who);
    for (const turn of [...(await turns.standing())]) if (turn.who === who) await turns.pass(turn);
  };
  const landAll = async () => {
    for (const who of [...ghosts.keys()]) await land(who);
  };

  const register = () => {
    world.register();
    if (happens(0.1)) world.send('no sealed id');
    const again = [...world.accepted][random.below(world.accepted.size)]!;
    if (happens(plan.repeats)) world.send(again);
  };

  const tick = async (number: number, groups: readonly (readonly number[])[]) => {
    const time = START + number * TICK;
    world.pass(Math.max(0, time - world.now()));
    // A deleted message comes back: SQS warns of it.
    if (happens(plan.duplicates)) world.bringBack(random);
    for (const [i, group] of groups.entries()) {
      if (world.now() - time > EVENT_AGE) break;
      if (group[0] !== groups[i - 1]?.[0]) await landAll(); // else two slots' publishers would be at work at once
      await run(group.map((slots) => slotAt(new Date(time + slots * TICK))));
    }
    await landAll();
  };

  for (let number = 0; number < plan.ticks; number += 1) {
    for (let i = random.below(plan.most + 1); i > 0; i -= 1) register();
    if (!happens(plan.missed)) await tick(number, events(random, plan));
    isFirst = false;
  }

  isQuiet = true;
  let quietTicks = 0;
  for (; quietTicks < QUIET_TICKS && world.waiting() > 0; quietTicks += 1) await tick(plan.ticks + quietTicks, [[0]]);
  // With one more, what could be summed up is.
  await tick(plan.ticks + quietTicks, [[0]]);
  const last = slotAt(new Date(START + (plan.ticks + quietTicks) * TICK));
  // What is read meanwhile comes to its end, and is followed by one whole poll.
  for (let polls = 0; polls < 2; polls += 1) {
    reader.poll();
    while (reader.isPolling()) {
      const [turn] = await turns.standing();
      if (turn !== undefined) await turns.pass(turn);
    }
  }
  const wrong = broken(world, reader.read, plan.isOutage ? Number.POSITIVE_INFINITY : HOUR_SLOTS);
  if (world.waiting() > 0) wrong.push('something still waits');
  const over = [hourOf(slotBefore(last, 16)), dayOf(slotBefore(last, 288 + 4))];
  const isMissing = (period: string) =>
    slotsOf(period).some((slot) => world.batches().has(slot)) && !world.summaries().has(period);
  if (over.some(isMissing)) wrong.push('a summary was never written');
  return { broken: wrong, publishers, crashes, calls, quietTicks };
}

type Plan = ReturnType<typeof draw>;

/** Which faults a history has, and how often. */
function draw({ below, uniform }: Random, { sharing = false }: Otherwise) {
  const one = <T>(...values: T[]): T => values[below(values.length)]!;
  // First nothing can be deleted, then for more than an hour nothing written: all else is well.
  if (uniform() < 0.03) return { ...NOTHING, isOutage: true, ticks: OUTAGE_TICKS, most: 2, polls: 0.1 };
  const areDifferent = sharing || uniform() < 0.2;
  const duplicates = one(0, 0.1, 0.5);
  return {
    isOutage: false,
    ticks: uniform() < 0.02 ? 20 : 3 + Math.min(below(6), below(6)),
    /** Sealed ids before a tick, at most. */
    most: one(1, 2, 2, 4, 12),
    s3Faults: one(0, 0.1, 0.5),
    /** Reads that are refused for good, as to whoever has a wrong clock or no right. */
    denials: one(0, 0, 0.02, 0.2),
    sqsFaults: one(0, 0.1, 0.5),
    conflicts: one(0, 0.2),
    slow: one(0, 0.05, 0.3),
    crashes: one(0, 0.01, 0.05, 0.2),
    short: one(0, 0.5, 1),
    missed: one(0, 0.3),
    arrivals: one(0, 0.02, 0.1),
    polls: one(0.01, 0.1),
    readerFaults: one(0, 0.1, 0.5),
    /** Whether the times of events, which name slots, and the publishers' clocks may be ten minutes off. */
    clocks: uniform() < 0.4,
    copies: one(0, 0, 0.2),
    /** Whether publishers of different slots run at once. What one of them holds the others may then not be handed. */
    areDifferent,
    duplicates: areDifferent && !sharing ? 0 : duplicates,
    repeats: areDifferent && !sharing ? 0 : one(0, 0.2),
  };
}

/** No faults at all. */
const NOTHING = {
  s3Faults: 0,
  denials: 0,
  sqsFaults: 0,
  conflicts: 0,
  slow: 0,
  crashes: 0,
  short: 0,
  missed: 0,
  arrivals: 0,
  readerFaults: 0,
  clocks: false,
  copies: 0,
  areDifferent: false,
  duplicates: 0,
  repeats: 0,
};

/** The events of a tick: groups that run one after another, of publishers that run at once, by how many slots off. */
function events({ below, uniform }: Random, plan: Plan): number[][] {
  const off = () => (plan.clocks ? below(5) - 2 : 0);
  const slot = off();
  if (plan.areDifferent && uniform() < 0.7) return [[slot, slot + 1 - 2 * below(2)]];
  if (uniform() >= plan.copies) return [[slot]];
  const copies = 2 + below(9);
  return uniform() < 0.5
    ? [Array(copies).fill(slot)]
    : Array.from({ length: copies }, () => [uniform() < 0.8 ? slot : off()]);
}

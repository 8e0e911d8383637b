import { publish } from '../lambdas/publish.ts';
import { SLOT_SECONDS } from '../wire/sizes.ts';
import { batchKey, slotAt, slotBefore } from '../wire/slot.ts';
import { type Breakage, FAITHFUL, type Fates, toolsFor } from './publisher-calls.ts';
import { broken } from './publisher-invariants.ts';
import { openReader } from './publisher-reader.ts';
import { openWorld, START } from './publisher-world.ts';
import { seeded } from './statistics.ts';
import { openTurns, type Turn } from './turns.ts';

/** Two publishers at once. */
export interface Pair {
  /** The slot of each, in slots from the first. */
  readonly slots: readonly [number, number];
  /** How many sealed ids wait, one to a receive. */
  readonly waiting: number;
  /** Whether one more waits that stands in the batch before. */
  readonly known: boolean;
  /** Whether one that waits was registered twice. */
  readonly twice?: boolean;
  /** How many of the two may die, each at any moment. */
  readonly deaths: number;
  readonly breakage?: Breakage;
}

/** What was found over all orders. */
export interface Found {
  readonly orders: number;
  /** What is promised and did not hold, in how many orders. */
  readonly broken: Record<string, number>;
}

/** One thing that may happen next. */
type Move = { readonly turn: Turn } | { readonly dies: number };

const TICK = SLOT_SECONDS * 1000;
const FIRST = slotAt(new Date(START));

/**
 * Runs two publishers in every order of their calls, and every moment of dying.
 *
 * Orders that differ only in calls of the two that do not concern each other have the same outcome; of these one is
 * run, the one in which the first publisher goes first. A death is like one at any later moment before the dead one's
 * next call.
 */
export async function everyOrder(pair: Pair): Promise<Found> {
  const found: Record<string, number> = {};
  let orders = 0;
  // The number of the move taken at each fork, and how many moves there were.
  for (let path: { at: number; of: number }[] = []; ; ) {
    let fork = 0;
    const wrong = await oneOrder(pair, (moves) => {
      if (moves.length === 1) return moves[0]!;
      path[fork] ??= { at: 0, of: moves.length };
      return moves[path[fork++]!.at]!;
    });
    if (wrong !== undefined) orders += 1;
    for (const what of wrong ?? []) found[what] = (found[what] ?? 0) + 1;
    path = path.slice(0, path.findLastIndex(({ at, of }) => at + 1 < of) + 1);
    if (path.length === 0) return { orders, broken: found };
    path.at(-1)!.at += 1;
  }
}

/** @returns what did not hold, or undefined when this order is left out */
async function oneOrder(pair: Pair, choose: (moves: readonly Move[]) => Move): Promise<string[] | undefined> {
  const [world, turns] = [openWorld(seeded('orders')), openTurns()];
  const slots = pair.slots.map((slot) => slotBefore(FIRST, -slot));
  const start = (who: number, slot: string, fates: Fates) => {
    running.add(who);
    const end = () => running.delete(who);
    publish(slot, toolsFor(who, world, turns, fates, pair.breakage)).then(end, end);
  };
  const running = new Set<number>();
  const finish = async () => {
    for (;;) {
      const [turn] = await turns.standing();
      if (turn === undefined) return;
      await turns.pass(turn);
    }
  };
  if (pair.known) {
    world.register();
    start(-2, slotBefore(FIRST, 1), { ...FAITHFUL, keeps: () => true });
    await finish();
    world.pass(TICK);
  }
  for (let i = 0; i < pair.waiting; i += 1) {
    const line = world.register();
    if (pair.twice && i === 0) world.send(line);
  }

  const contested = new Set(['queue', ...slots.map(batchKey)]);
  for (const [who, slot] of slots.entries()) start(who, slot, { ...FAITHFUL, most: () => 1 });
  let deaths = pair.deaths;
  let [last, died]: [Turn | undefined, boolean] = [undefined, false];
  for (;;) {
    const standing = await turns.standing();
    const free = standing.find(({ touches }) => !contested.has(touches));
    if (free !== undefined) {
      await turns.pass(free);
      continue;
    }
    const moves: Move[] = [];
    for (const who of [...running].sort()) {
      const turn = standing.find((each) => each.who === who)!; // its others are the same call once more
      if (last === undefined || who >= last.who || meet(turn, last)) moves.push({ turn });
      if (deaths > 0 && !died && (last === undefined || last.who === who)) moves.push({ dies: who });
    }
    if (running.size === 0) break;
    if (moves.length === 0) return undefined; // another order has the same outcome
    const move = choose(moves);
    if ('turn' in move) {
      last = move.turn;
      died = false;
      await turns.pass(move.turn);
    } else {
      turns.kill(move.dies);
      running.delete(move.dies);
      deaths -= 1;
      died = true;
    }
  }
  return after(pair);

  async function after({ slots }: Pair): Promise<string[]> {
    for (let slot = Math.max(...slots) + 1; world.waiting() > 0 && slot < 6; slot += 1) {
      world.pass(TICK);
      start(10 + slot, slotBefore(FIRST, -slot), FAITHFUL);
      await finish();
    }
    const reader = openReader(world, turns, () => false);
    reader.poll();
    await finish();
    return [...broken(world, reader.read), ...(world.waiting() > 0 ? ['something still waits'] : [])];
  }
}

/** Whether it matters which of two calls comes first. */
function meet(one: Turn, other: Turn): boolean {
  return one.touches === other.touches && (one.changes || other.changes);
}

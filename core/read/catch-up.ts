import { md5 as md5Of } from '#platform';
import { LINE_BYTES, SUMMARY_LINES_MAX } from '../../wire/sizes.ts';
import { batchOf, dayOf, hourOf, isSummedUp, parseSummary } from '../../wire/summary.ts';
import { inOrder } from '../drop/ahead.ts';
import { type Drop, getSummary } from '../drop/drop.ts';
import type { ListedBatch } from '../drop/list.ts';
import { Unreachable } from '../drop/retry.ts';
import type { Transport } from '../drop/transport.ts';
import { type Batch, readBatch, type Unread } from './read-batch.ts';

/** Requests at a time, at most. */
const WIDTH = 8;

/** Summaries in a row that a drop has not, after which it is asked for none any more: one of before has none. */
const MISSING_MAX = 3;

/** Summaries in a row that were not given out before the drop counts as down. */
const UNREACHABLE_MAX = 3;

/** Listed batches that one request may bring: those of a period, or one. */
interface Part {
  readonly period?: string;
  readonly batches: readonly ListedBatch[];
}

/**
 * Reads all batches that a drop lists, in the order of their days and hours, by as few requests as it can: summaries of
 * days, then of hours, then batches. A day is read while the list goes on. What is asked for depends on the list and on
 * what the drop answers, and never on what was read before. Protocol, "Reading".
 *
 * @param list - gives the batches, in order, over a drop whose requests count among all others
 * @returns those that came together
 * @throws Unreachable when three summaries in a row were not given out; what the list throws
 */
export async function* catchUp(
  drop: Drop,
  list: (way: Drop) => AsyncIterable<ListedBatch>,
): AsyncGenerator<readonly (Batch | Unread)[]> {
  const bounded = { ...drop, transport: atMost(WIDTH, drop.transport) };
  let newest = ''; // of those listed so far
  let [missing, outages] = [0, 0];

  const isWorthAsking = ({ period, batches }: Part) => {
    const told = batches.filter(({ size, md5 }) => size !== undefined && md5 !== undefined);
    if (period === undefined || told.length < 2) return false;
    const lines = told.reduce((sum, { size }) => sum + size! / LINE_BYTES, 0);
    return lines <= SUMMARY_LINES_MAX && isSummedUp(period, newest);
  };

  /** What the summary of a period has of its listed batches. */
  const summed = async ({ period, batches }: Part, way: Drop): Promise<ReadonlyMap<string, Uint8Array>> => {
    try {
      const body = await getSummary(way, period!);
      outages = 0;
      missing = body === null ? missing + 1 : 0;
      return body === null ? new Map() : takenFrom(body, period!, batches);
    } catch (error) {
      way.signal?.throwIfAborted();
      outages = error instanceof Unreachable ? outages + 1 : outages;
      if (outages >= UNREACHABLE_MAX) throw error;
      return new Map(); // the batches may still be had
    }
  };

  const fetch = async (part: Part, signal: AbortSignal) => {
    const way = { ...bounded, signal };
    if (part.period === undefined) return { part, got: [await readBatch(way, part.batches[0]!.slot)] };
    const found = missing < MISSING_MAX ? await summed(part, way) : new Map<string, Uint8Array>();
    return { part, got: [...found].map(([slot, ids]) => ({ slot, ids, damaged: 0 })) };
  };

  /** Batches in parts: those of an hour, or of a day, where its summary is worth asking for. */
  const byHour = (batches: readonly ListedBatch[]) =>
    inPeriods(batches, hourOf).flatMap((hour) => (isWorthAsking(hour) ? [hour] : oneByOne(hour.batches)));
  const byDay = (batches: readonly ListedBatch[]) =>
    inPeriods(batches, dayOf).flatMap((day) => (isWorthAsking(day) ? [day] : byHour(day.batches)));

  /** Parts as the list goes on: those of a day as soon as it is known to be over, the last ones when the list has ended. */
  async function* listed(signal: AbortSignal): AsyncGenerator<Part> {
    let waiting: ListedBatch[] = [];
    for await (const batch of list({ ...bounded, signal })) {
      newest = batch.slot;
      const day = dayOf(waiting[0]?.slot ?? newest);
      if (day !== dayOf(newest) && isSummedUp(day, newest)) {
        yield* byDay(waiting.filter(({ slot }) => dayOf(slot) === day));
        waiting = waiting.filter(({ slot }) => dayOf(slot) !== day);
      }
      waiting.push(batch);
    }
    yield* byDay(waiting);
  }

  async function* read(parts: readonly Part[] | typeof listed): AsyncGenerator<readonly (Batch | Unread)[]> {
    for await (const { part, got } of inOrder(parts, WIDTH, fetch, drop.signal)) {
      if (got.length > 0) yield got;
      const have = new Set(got.map(({ slot }) => slot));
      const left = part.batches.filter(({ slot }) => !have.has(slot));
      if (part.period !== undefined && left.length > 0)
        yield* read(part.period === dayOf(part.period) ? byHour(left) : oneByOne(left));
    }
  }
  yield* read(listed);
}

const oneByOne = (batches: readonly ListedBatch[]): Part[] => batches.map((one) => ({ batches: [one] }));

function inPeriods(batches: readonly ListedBatch[], periodOf: (slot: string) => string): Part[] {
  return [...Map.groupBy(batches, ({ slot }) => periodOf(slot))].map(([period, each]) => ({ period, batches: each }));
}

/**
 * The sealed ids that a summary has of batches, as far as the list says the same of them. So one that is cut, older than
 * a batch, of another period, or wrong brings nothing that they do not hold.
 */
export function takenFrom(body: Uint8Array, period: string, batches: readonly ListedBatch[]): Map<string, Uint8Array> {
  let summary: Map<string, Uint8Array>;
  try {
    summary = parseSummary(body, period);
  } catch {
    return new Map();
  }
  const taken = new Map<string, Uint8Array>();
  for (const { slot, size, md5 } of batches) {
    const ids = summary.get(slot);
    const batch = ids && batchOf(ids);
    if (batch && batch.length === size && md5Of(batch) === md5) taken.set(slot, ids!);
  }
  return taken;
}

/** A transport that has so many requests under way at a time, at most; others wait, in their order. */
function atMost(width: number, transport: Transport): Transport {
  const waiting: (() => void)[] = [];
  let free = width;
  return async (request) => {
    if (free > 0) free -= 1;
    else await new Promise<void>((enter) => waiting.push(enter));
    try {
      request.signal?.throwIfAborted();
      return await transport(request);
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free += 1;
    }
  };
}

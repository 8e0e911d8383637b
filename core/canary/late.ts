import { isSame } from '../../wire/bytes.ts';
import type { CellEntry } from '../../wire/letter.ts';
import { type Drop, getUpload } from '../drop/drop.ts';
import { Unreachable } from '../drop/retry.ts';
import { cellDigest } from '../letter/cell.ts';
import type { Random, Sleep } from '../platform.ts';
import type { LateOutcome } from './outcome.ts';

const DAY_MILLISECONDS = 86_400_000;

/** A timer stands still while a machine sleeps: none runs for longer without a look at the clock on the wall. */
const LOOK_MILLISECONDS = 3_600_000;

/** What fetching late goes by. */
export interface Lateness {
  /** For how long the drop says that it keeps an upload. */
  readonly retentionDays: number;
  readonly random: Random;
  readonly sleep: Sleep;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/**
 * Fetches a cell once more, as a journalist does who reads late: at a moment that is uniform from now to a day before the
 * drop may delete it.
 *
 * @param since - when the letter's first cell was on its way: milliseconds since 1970
 * @returns undefined when there is no such moment, or the machine slept through it
 * @throws the reason of the drop's signal when that is aborted
 */
export async function fetchLate(
  drop: Drop,
  { id, digest }: CellEntry,
  since: number,
  { retentionDays, random, sleep, now }: Lateness,
): Promise<LateOutcome | undefined> {
  const end = since + (retentionDays - 1) * DAY_MILLISECONDS;
  const left = Math.floor(end - now());
  if (left <= 0) return undefined;
  const at = now() + random(left);
  while (now() < at) await sleep(Math.min(at - now(), LOOK_MILLISECONDS), drop.signal);
  if (now() >= end) return undefined;
  const seconds = Math.round((now() - since) / 1000);
  try {
    const cell = await getUpload(drop, id);
    if (cell === null) return { kind: 'deleted', seconds, why: 'missing' };
    const isIt = isSame(await cellDigest(cell), digest);
    return isIt ? { kind: 'kept', seconds } : { kind: 'deleted', seconds, why: 'damaged' };
  } catch (error) {
    drop.signal?.throwIfAborted();
    if (error instanceof Unreachable) return { kind: 'unanswered', seconds };
    if (error instanceof TypeError) throw error; // a fault of ours
    return { kind: 'deleted', seconds, why: 'not given out' };
  }
}

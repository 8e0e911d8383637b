import { randomInt } from 'node:crypto';
import { isRung, linesOf } from '../../wire/batch.ts';
import { parseSealedId } from '../../wire/sealed-id.ts';
import { DELETION_MARGIN_DAYS, LINE_BYTES, RETENTION_DAYS, SLOT_SECONDS } from '../../wire/sizes.ts';
import { slotAt, slotBefore } from '../../wire/slot.ts';
import { oneTry } from '../cover/cover.ts';
import { type Epoch, keysName } from '../keys/epoch.ts';
import { endOf, type Identity } from '../keys/identity.ts';
import { type Drop, getBatch } from '../road/drop.ts';
import { type ListFault, listSlots } from '../road/list.ts';
import { Unreachable } from '../road/retry.ts';
import { forgetLetters, forgetOld, listAfter, noteKeys, noteSlot, presentSlot, type TriedKeys } from './bookmark.ts';
import type { CollectEvent, CollectOptions } from './collect.ts';
import { findGaps } from './gaps.ts';
import { noteLoss } from './losses.ts';
import { type GivenUp, isTriedAgain, TRIES } from './luck.ts';
import { isOwnFault } from './own-fault.ts';
import { type FoundId, tryIds } from './try-ids.ts';

/** The slots that a drop keeps, and those that it may not have forgotten yet. */
const RETENTION_SLOTS = ((RETENTION_DAYS + DELETION_MARGIN_DAYS) * 86_400) / SLOT_SECONDS;

/** Batches in a row that cannot be fetched before the drop counts as down. */
const UNREACHABLE_BATCHES = 3;

/** Thrown when nothing can be read, because all keys are over, and before anything is asked for. */
export class NoKeys extends Error {
  constructor({ signing }: Pick<Identity, 'signing'>) {
    const how = signing.secretKey ? 'issue new ones with dead-drop rotate' : 'ask whoever made the desk for new ones';
    super(`all keys of this identity are over, so that nothing can be read: ${how}`);
  }
}

/** @throws NoKeys when an identity has none */
export function checkKeys(identity: Identity): void {
  if (identity.epochs.length === 0) throw new NoKeys(identity);
}

/**
 * Lists a drop's batches, reads each new one and tries every line, then those again that failed before and whose turn it
 * is. Protocol step 10, and "Reading".
 *
 * The bookmark is left to be saved afterwards: between two requests, that would show in their distance. A poll that is
 * killed is only read again.
 *
 * @param take - is given the ids that a batch's lines opened to, if any, and awaited before the batch counts as read
 * @param hasRoom - whether another batch is read in this poll, rather than left for a later one. @default - always: that
 *   fewer are read than there are would show what was found
 * @returns when it began, before the list was asked for: milliseconds since 1970
 * @throws NoKeys; Unreachable when the drop is; NoDrop when it is none. The bookmark holds what was read.
 */
export async function poll(
  options: CollectOptions,
  take: (slot: string, found: readonly FoundId[]) => void | Promise<void>,
  hasRoom: () => boolean = () => true,
): Promise<number> {
  const { drop, identity, bookmark, report, random = randomInt, now = Date.now } = options;
  const { unread } = bookmark;
  checkKeys(identity());
  const begun = now();
  const { epochs } = identity();
  const earlier = [...unread.keys()].sort();
  const before = [...bookmark.slots, ...earlier];
  noteKeys(bookmark, epochs.map(triedKeys));
  const present = () => new Date(now());
  const listed = new Set<string>();

  /** Reads one. @returns what kept it from being read */
  const read = async (way: Drop, slot: string): Promise<Unread | undefined> => {
    const batch = await readBatch({ ...options, drop: way }, slot);
    if (!(batch instanceof Uint8Array)) return batch;
    const found = await tryIds(batch, epochs);
    if (found.length > 0) await take(slot, found);
    noteSlot(bookmark, slot, present());
    return undefined;
  };
  const giveUp = (slot: string, why: GivenUp) => {
    noteSlot(bookmark, slot, present());
    noteLoss(bookmark.losses, 'batch', 1, slot);
    report?.({ kind: 'given up', slot, what: 'batch', why });
  };
  /** Keeps one for another try. */
  const keep = (slot: string, { isOutage, event }: Unread) => {
    const { tries, outages } = unread.get(slot) ?? { tries: 0, outages: 0 };
    const next = isOutage ? { tries, outages: outages + 1 } : { tries: tries + 1, outages };
    if (!unread.has(slot) || (tries === 0 && event.kind === 'skipped')) report?.(event);
    if (next.tries === TRIES) giveUp(slot, 'tried in vain');
    else unread.set(slot, next);
  };

  let outages = 0;
  const failed: string[] = [];
  try {
    for await (const slot of newSlots(options, listed)) {
      if (!hasRoom()) break;
      const failure = await read(drop, slot);
      outages = failure?.isOutage ? outages + 1 : 0;
      if (failure === undefined) continue;
      keep(slot, failure);
      if (!failure.isOutage) failed.push(slot);
      if (outages === UNREACHABLE_BATCHES) throw failure.error;
    }
  } finally {
    const gaps = findGaps(bookmark, before, listed);
    if (gaps) report?.({ kind: 'gone', from: gaps.first, to: gaps.last, batches: gaps.count });
  }
  const time = presentSlot(bookmark, present(), [...listed].sort().at(-1));
  /** Whether no drop can have it. */
  const isOver = (slot: string) => time !== undefined && slot < slotBefore(time, RETENTION_SLOTS);
  // They were listed: an exit may be at fault, or who answers it. Unless they were being deleted at that moment.
  for (const slot of failed) if (isOver(slot)) noteSlot(bookmark, slot, present());
  // Known to be bad: that says nothing of the drop, and is no reason to wait long.
  outages = 0;
  for (const slot of earlier) {
    if (!hasRoom() || outages === UNREACHABLE_BATCHES) break;
    if (!unread.has(slot)) continue;
    if (isOver(slot)) giveUp(slot, 'too old');
    else if (isTriedAgain(unread.get(slot)!, random)) {
      const failure = await read(oneTry(drop), slot);
      outages = failure?.isOutage ? outages + 1 : 0;
      if (failure !== undefined) keep(slot, failure);
    }
  }
  const keys = new Set(identity().epochs.map(keysName));
  for (const letter of forgetLetters(bookmark, keys, present())) {
    const why = keys.has(letter.keys) ? 'too old' : 'no keys';
    noteLoss(bookmark.losses, 'letter', 1, letter.slot);
    report?.({ kind: 'given up', slot: letter.slot, what: 'letter', why });
  }
  forgetOld(bookmark, keys, present());
  return begun;
}

function triedKeys(epoch: Epoch): TriedKeys {
  const slot = (seconds: number) => slotAt(new Date(seconds * 1000));
  return {
    name: keysName(epoch),
    since: slot(epoch.validFrom),
    until: slot(epoch.validUntil),
    over: slot(endOf(epoch)),
  };
}

/** Why a batch was not read. */
interface Unread {
  /** Whether nothing was answered. */
  readonly isOutage: boolean;
  readonly event: CollectEvent;
  readonly error?: unknown;
}

/**
 * The slots to be read for the first time, in order. What is wrong with the list is reported when it is new.
 *
 * @param listed - gets all that are listed
 */
async function* newSlots({ drop, bookmark, report, now }: CollectOptions, listed: Set<string>): AsyncGenerator<string> {
  const { slots, unread, faults } = bookmark;
  const found = new Set<ListFault>();
  const tell = (fault: ListFault) => {
    found.add(fault);
    if (!faults.has(fault)) report?.({ kind: 'list', fault });
    faults.add(fault);
  };
  const after = listAfter({ slots }, now && new Date(now()));
  let isEmpty = true;
  for await (const slot of listSlots(drop, { after, now, tell })) {
    isEmpty = false;
    listed.add(slot);
    if (!slots.has(slot) && !unread.has(slot)) yield slot;
  }
  // The list begins an hour before the last slot read. Where it is empty, that slot is gone: the drop has begun anew,
  // with an earlier clock perhaps, or nobody has read for longer than it keeps anything.
  if (isEmpty && found.size === 0 && after !== undefined) {
    slots.clear();
    for await (const slot of listSlots(drop, { now, tell })) {
      listed.add(slot);
      if (!unread.has(slot)) yield slot;
    }
  }
  for (const fault of faults) if (!found.has(fault)) faults.delete(fault);
}

/** The sealed ids of a slot's batch, one after another; a line that is not one is reported and left out. */
async function readBatch({ drop, report }: CollectOptions, slot: string): Promise<Uint8Array | Unread> {
  let body: Uint8Array | null;
  try {
    body = await getBatch(drop, slot);
  } catch (error) {
    drop.signal?.throwIfAborted();
    const event = { kind: 'postponed', slot, what: 'batch', why: (error as Error).message } as const;
    return { isOutage: error instanceof Unreachable || isOwnFault(error), event, error };
  }
  if (body === null || !isRung(body.length / LINE_BYTES)) {
    const why = body === null ? 'missing' : 'damaged';
    return { isOutage: false, event: { kind: 'skipped', slot, what: 'batch', why } };
  }
  const sealedIds: Uint8Array[] = [];
  for (const line of linesOf(body)) {
    try {
      sealedIds.push(parseSealedId(line));
    } catch {
      report?.({ kind: 'skipped', slot, what: 'line', why: 'damaged' });
    }
  }
  report?.({ kind: 'batch', slot, lines: sealedIds.length });
  return Buffer.concat(sealedIds);
}

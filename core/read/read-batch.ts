import { isRung, linesOf } from '../../wire/batch.ts';
import { concat } from '../../wire/bytes.ts';
import { parseSealedId } from '../../wire/sealed-id.ts';
import { LINE_BYTES } from '../../wire/sizes.ts';
import { type Drop, getBatch } from '../drop/drop.ts';
import { Unreachable } from '../drop/retry.ts';
import type { CollectEvent } from './collect.ts';
import { isOwnFault } from './own-fault.ts';

/** A batch that was read, from wherever its lines came. */
export interface Batch {
  readonly slot: string;
  /** Its sealed ids, 80 bytes each, one after another. */
  readonly ids: Uint8Array;
  /** How many of its lines are no sealed ids, and are left out. */
  readonly damaged: number;
}

/** Why a batch was not read. */
export interface Unread {
  readonly slot: string;
  /** Whether nothing was answered. */
  readonly isOutage: boolean;
  readonly event: CollectEvent;
  readonly error?: unknown;
}

/** Reads the batch of a slot. */
export async function readBatch(drop: Drop, slot: string): Promise<Batch | Unread> {
  let body: Uint8Array | null;
  try {
    body = await getBatch(drop, slot);
  } catch (error) {
    drop.signal?.throwIfAborted();
    const event = { kind: 'postponed', slot, what: 'batch', why: (error as Error).message } as const;
    return { slot, isOutage: error instanceof Unreachable || isOwnFault(error), event, error };
  }
  if (body === null || !isRung(body.length / LINE_BYTES)) {
    const why = body === null ? 'missing' : 'damaged';
    return { slot, isOutage: false, event: { kind: 'skipped', slot, what: 'batch', why } };
  }
  const ids: Uint8Array[] = [];
  let damaged = 0;
  for (const line of linesOf(body)) {
    try {
      ids.push(parseSealedId(line));
    } catch {
      damaged += 1;
    }
  }
  return { slot, ids: concat(ids), damaged };
}

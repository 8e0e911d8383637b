import sodium from 'libsodium-wrappers';
import { isRung, linesOf } from '../wire/batch.ts';
import { parseSealedId } from '../wire/sealed-id.ts';
import { LINE_BYTES } from '../wire/sizes.ts';
import { formatUploadId, parseUploadId } from '../wire/upload-id.ts';
import { type Bookmark, listAfter, withSlot } from './bookmark.ts';
import { type Drop, getBatch, listSlots } from './drop.ts';
import type { SealingKeys } from './identity.ts';
import {
  clearUnfinished,
  isOpened,
  type OpenedLetter,
  type OpenProgress,
  openLetter,
  type Unopened,
} from './open-letter.ts';
import { tryIds } from './try-ids.ts';

await sodium.ready;

/** What happens while collecting. `slot` names the batch that it happened with. */
export type CollectEvent =
  | { readonly kind: 'batch'; readonly slot: string; readonly lines: number }
  | { readonly kind: 'letter'; readonly slot: string; readonly letter: OpenedLetter }
  | {
      readonly kind: 'skipped';
      readonly slot: string;
      readonly what: 'line' | 'batch' | 'letter';
      readonly why: Unopened;
    }
  | { readonly kind: 'postponed'; readonly slot: string; readonly why: string };

/** What collecting needs. */
export interface CollectOptions {
  readonly drop: Drop;
  /** Sets of sealing keys to try each line with. */
  readonly keys: readonly SealingKeys[];
  /** Folder that gets a folder for each letter. */
  readonly inbox: string;
  readonly bookmark: Bookmark;
  /** Called after every batch, so that an interruption costs one batch at most. */
  readonly save?: (bookmark: Bookmark) => Promise<void>;
  readonly report?: (event: CollectEvent) => void;
  readonly progress?: OpenProgress;
}

/**
 * Polls a drop once: reads every new batch, tries every line, and writes the letters that open into the inbox.
 * Protocol steps 10 and 11.
 *
 * What is damaged, missing or expired is reported and skipped. A letter is delivered once, whatever names it again.
 *
 * @returns the bookmark for the next poll
 * @throws Unreachable when the drop is; everything read until then is saved
 */
export async function collect(options: CollectOptions): Promise<Bookmark> {
  const { drop, keys, inbox, save } = options;
  await clearUnfinished(inbox);
  let bookmark = options.bookmark;
  for (const { id, slot, keys: index } of bookmark.pending) {
    const pending = bookmark.pending.filter((other) => other.id !== id);
    if (keys[index] === undefined) continue;
    bookmark = await deliver(options, { ...bookmark, pending }, slot, parseUploadId(id), index);
    await save?.(bookmark);
  }
  const read = new Set(bookmark.slots);
  for await (const slot of listSlots(drop, listAfter(bookmark))) {
    if (read.has(slot)) continue;
    const sealedIds = await readBatch(options, slot);
    for (const found of await tryIds(sealedIds, keys)) {
      bookmark = await deliver(options, bookmark, slot, found.id, found.keys);
    }
    bookmark = withSlot(bookmark, slot);
    await save?.(bookmark);
  }
  return bookmark;
}

/** The name of a letter's folder: the same for every line that names it, and meaningless to whoever lacks the key. */
export function letterName(id: Uint8Array, keys: SealingKeys): string {
  return `letter-${Buffer.from(sodium.crypto_generichash(16, id, keys.id.secretKey)).toString('hex')}`;
}

/** The sealed ids of a slot's batch, one after another; what is not one is reported and left out. */
async function readBatch({ drop, report }: CollectOptions, slot: string): Promise<Uint8Array> {
  const skip = (what: 'line' | 'batch', why: Unopened) => report?.({ kind: 'skipped', slot, what, why });
  const sealedIds: Uint8Array[] = [];
  const body = await getBatch(drop, slot);
  if (body === null) skip('batch', 'missing');
  else if (!isRung(body.length / LINE_BYTES)) skip('batch', 'damaged');
  else {
    for (const line of linesOf(body)) {
      try {
        sealedIds.push(parseSealedId(line));
      } catch {
        skip('line', 'damaged');
      }
    }
    report?.({ kind: 'batch', slot, lines: sealedIds.length });
  }
  return Buffer.concat(sealedIds);
}

/** Opens a letter unless it was seen before. @returns the bookmark with what became of it */
async function deliver(
  { drop, keys, inbox, report, progress }: CollectOptions,
  bookmark: Bookmark,
  slot: string,
  id: Uint8Array,
  index: number,
): Promise<Bookmark> {
  const name = letterName(id, keys[index]!);
  if (bookmark.seen[name] !== undefined) return bookmark;
  const seen = { ...bookmark, seen: { ...bookmark.seen, [name]: slot } };
  if (await isOpened(inbox, name)) return seen;
  try {
    const letter = await openLetter(drop, keys[index]!, id, inbox, name, progress);
    if (typeof letter === 'string') report?.({ kind: 'skipped', slot, what: 'letter', why: letter });
    else report?.({ kind: 'letter', slot, letter });
    return seen;
  } catch (error) {
    drop.signal?.throwIfAborted();
    report?.({ kind: 'postponed', slot, why: (error as Error).message });
    const pending = { id: formatUploadId(id), slot, keys: index };
    return { ...bookmark, pending: [...bookmark.pending.filter((other) => other.id !== pending.id), pending] };
  }
}

import sodium from 'libsodium-wrappers';
import { isRung, linesOf } from '../wire/batch.ts';
import { parseSealedId } from '../wire/sealed-id.ts';
import { LINE_BYTES } from '../wire/sizes.ts';
import { formatUploadId, parseUploadId } from '../wire/upload-id.ts';
import { type Bookmark, forgetLetters, listAfter, noteSlot, type PendingLetter } from './bookmark.ts';
import { type Drop, getBatch, listSlots } from './drop.ts';
import type { SealingKeys } from './identity.ts';
import {
  clearUnfinished,
  freeBytes,
  isOpened,
  NoRoom,
  type OpenedLetter,
  type OpenProgress,
  openLetter,
  type Unopened,
} from './open-letter.ts';
import { Unreachable } from './retry.ts';
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
  | { readonly kind: 'postponed'; readonly slot: string; readonly what: 'batch' | 'letter'; readonly why: string };

/** What collecting needs. */
export interface CollectOptions {
  readonly drop: Drop;
  /** Sets of sealing keys to try each line with. */
  readonly keys: readonly SealingKeys[];
  /** Folder that gets a folder for each letter. */
  readonly inbox: string;
  /** What was read before. It is brought up to date while collecting. */
  readonly bookmark: Bookmark;
  /** Called when the bookmark is worth keeping: after what was found, and now and then. */
  readonly save?: (bookmark: Bookmark) => Promise<void>;
  readonly report?: (event: CollectEvent) => void;
  readonly progress?: OpenProgress;
}

/** Batches in a row that cannot be fetched before the drop counts as down. */
const UNREACHABLE_BATCHES = 3;

/** Batches without a letter in them after which the bookmark is kept all the same. */
const SAVE_EVERY = 100;

/** Tries of a letter that is missing or damaged, each after twice as many polls: about a day at a poll a slot. */
const TRIES = 9;

/** Polls between two tries, at most. */
const PAUSE_MAX = 64;

/** Polls between two tries of a letter that the drop could not give out: the road may be better soon. */
const OUTAGE_PAUSE = 3;

/** What the system says when no letter at all could be written. */
const INBOX_FAULTS = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOENT', 'ENOTDIR', 'EIO', 'ENOSPC', 'EMFILE']);

/** Letters kept for another try, at most: what a flooder names beyond them is given up. */
const PENDING_MAX = 1000;

/**
 * Polls a drop once: reads every new batch, tries every line, and writes the letters that open into the inbox; then
 * tries again what could not be opened before. Protocol steps 10 and 11, and "Reading".
 *
 * What is damaged, missing or expired is reported and skipped. A letter is delivered once, whatever names it again.
 *
 * @throws Unreachable when the drop is; Error when the inbox cannot be written to. The bookmark holds what was read.
 */
export async function collect(options: CollectOptions): Promise<void> {
  const { drop, keys, inbox, bookmark, save, report } = options;
  await clearUnfinished(inbox);
  const earlier = [...bookmark.pending.values()];
  let [unreachable, unsaved] = [0, 0];
  try {
    for await (const slot of newSlots(drop, bookmark)) {
      let sealedIds: Uint8Array;
      try {
        sealedIds = await readBatch(options, slot);
        unreachable = 0;
      } catch (error) {
        drop.signal?.throwIfAborted();
        if (bookmark.unread.has(slot)) continue; // known to be bad: that says nothing of the drop
        bookmark.unread.add(slot);
        unsaved += 1;
        report?.({ kind: 'postponed', slot, what: 'batch', why: (error as Error).message });
        unreachable = error instanceof Unreachable ? unreachable + 1 : 0;
        if (unreachable === UNREACHABLE_BATCHES) throw error;
        continue;
      }
      const found = await tryIds(sealedIds, keys);
      for (const { id, keys: index } of found) await deliver(options, slot, id, keys[index]!);
      noteSlot(bookmark, slot);
      unsaved += 1;
      if (found.length > 0 || unsaved === SAVE_EVERY) {
        await save?.(bookmark);
        unsaved = 0;
      }
    }
    for (const letter of earlier) await tryAgain(options, letter);
    forgetLetters(bookmark);
  } finally {
    if (unsaved > 0 || earlier.length > 0) await save?.(bookmark);
  }
}

/** The name of a letter's folder: the same for every line that names it, and meaningless to whoever lacks the key. */
export function letterName(id: Uint8Array, keys: SealingKeys): string {
  return `letter-${Buffer.from(sodium.crypto_generichash(16, id, keys.id.secretKey)).toString('hex')}`;
}

/** The slots to be read: those new in the list, in order, then those that could not be read before. */
async function* newSlots(drop: Drop, { slots, unread }: Bookmark): AsyncGenerator<string> {
  const earlier = [...unread].sort();
  const after = listAfter({ slots });
  let listed = false;
  for await (const slot of listSlots(drop, after)) {
    listed = true;
    if (!slots.has(slot) && !unread.has(slot)) yield slot;
  }
  // The list begins an hour before the last slot read. Where it is empty, that slot is gone: the drop has begun anew,
  // with an earlier clock perhaps, or nobody has read for longer than it keeps anything.
  if (!listed && after !== undefined) {
    slots.clear();
    for await (const slot of listSlots(drop)) if (!unread.has(slot)) yield slot;
  }
  yield* earlier;
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

/** Opens a letter unless it was seen before; what cannot be opened now is reported, and kept for another try. */
async function deliver(options: CollectOptions, slot: string, id: Uint8Array, keys: SealingKeys): Promise<void> {
  const { seen, pending } = options.bookmark;
  const name = letterName(id, keys);
  if (seen.has(name) || pending.has(name)) return;
  const letter = { name, id: formatUploadId(id), slot, keys: nameOf(keys), tries: 0, pause: 0 };
  const failure = await open(options, letter, keys);
  if (failure === undefined) return;
  if (failure.kind === 'skipped' && failure.why === 'too new') seen.set(name, slot);
  else if (hasPlace(pending)) pending.set(name, { ...letter, ...failure.next });
  const { next: _, ...event } = failure;
  options.report?.(event);
}

/** Whether one more letter can be kept. Those that only wait for room on the disk give way: they cost a flooder least. */
function hasPlace(pending: Bookmark['pending']): boolean {
  if (pending.size < PENDING_MAX) return true;
  const [name] = [...pending].find(([, { needs }]) => needs !== undefined) ?? [];
  return name !== undefined && pending.delete(name);
}

/** Tries a letter again that failed before, in silence but for its first failure of its own. */
async function tryAgain(options: CollectOptions, letter: PendingLetter): Promise<void> {
  const { bookmark, keys: all, inbox, report } = options;
  const { pending, seen } = bookmark;
  const keys = all.find((set) => nameOf(set) === letter.keys);
  if (keys === undefined) return void pending.delete(letter.name); // nobody can open it any more
  if (letter.pause > 0 || (letter.needs !== undefined && (await freeBytes(inbox)) < letter.needs)) {
    pending.set(letter.name, { ...letter, pause: Math.max(0, letter.pause - 1) });
    return;
  }
  const failure = await open(options, letter, keys); // when this throws, the letter is still pending
  if (failure === undefined) return void pending.delete(letter.name);
  const { next, ...event } = failure;
  if (letter.tries === 0 && event.kind === 'skipped') report?.(event);
  if (next.tries < TRIES) return void pending.set(letter.name, { ...letter, ...next });
  pending.delete(letter.name);
  seen.set(letter.name, letter.slot);
}

/** Why a letter did not open: the event to report, and what changes for its next try. */
type Failure = Extract<CollectEvent, { kind: 'skipped' | 'postponed' }> & {
  readonly next: Pick<PendingLetter, 'tries' | 'pause' | 'needs'>;
};

/** Opens a letter into the inbox. @returns undefined when it stands there */
async function open(options: CollectOptions, letter: PendingLetter, keys: SealingKeys): Promise<Failure | undefined> {
  const { drop, inbox, bookmark, save, report, progress } = options;
  const { name, slot, tries } = letter;
  const next = { tries: tries + 1, pause: Math.min(2 ** tries, PAUSE_MAX) - 1, needs: undefined };
  if (!(await isOpened(inbox, name))) {
    try {
      const opened = await openLetter(drop, keys, parseUploadId(letter.id), inbox, name, progress);
      if (typeof opened === 'string') return { kind: 'skipped', slot, what: 'letter', why: opened, next };
      report?.({ kind: 'letter', slot, letter: opened });
    } catch (error) {
      drop.signal?.throwIfAborted();
      const { message, code } = error as NodeJS.ErrnoException;
      const postponed = { kind: 'postponed', slot, what: 'letter' } as const;
      // Neither is the letter's doing, so that neither counts as a try.
      if (error instanceof NoRoom) return { ...postponed, why: message, next: { tries, pause: 0, needs: error.needs } };
      if (error instanceof Unreachable)
        return { ...postponed, why: message, next: { ...next, tries, pause: OUTAGE_PAUSE } };
      if (code === undefined) return { kind: 'skipped', slot, what: 'letter', why: 'damaged', next };
      if (INBOX_FAULTS.has(code)) throw error;
      return { ...postponed, why: `the file system does not take it (${code})`, next };
    }
  }
  bookmark.seen.set(name, slot);
  await save?.(bookmark);
  return undefined;
}

/** A name for a set of keys that stays theirs when others come and go. */
function nameOf(keys: SealingKeys): string {
  return Buffer.from(keys.id.publicKey).toString('hex');
}

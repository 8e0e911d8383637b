import sodium from 'libsodium-wrappers';
import { formatUploadId, parseUploadId } from '../wire/upload-id.ts';
import type { Bookmark, PendingLetter } from './bookmark.ts';
import type { Drop } from './drop.ts';
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
import { poll } from './poll.ts';
import { Unreachable } from './retry.ts';
import type { FoundId } from './try-ids.ts';

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
  /** Called when the bookmark is worth keeping: after what was found or tried, and now and then. */
  readonly save?: (bookmark: Bookmark) => Promise<void>;
  readonly report?: (event: CollectEvent) => void;
  readonly progress?: OpenProgress;
  /** Awaited before each request for a cell. @default - at once */
  readonly beforeCell?: () => Promise<void>;
}

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
  await clearUnfinished(options.inbox);
  const earlier = triedBefore(options.bookmark); // a letter that fails in this poll waits for the next
  await poll(options, async (slot, found) => {
    noteFound(options, slot, found);
    await tryFresh(options);
  });
  await tryRound(options, earlier);
}

/** The name of a letter's folder: the same for every line that names it, and meaningless to whoever lacks the key. */
export function letterName(id: Uint8Array, keys: SealingKeys): string {
  return `letter-${Buffer.from(sodium.crypto_generichash(16, id, keys.id.secretKey)).toString('hex')}`;
}

/** Puts the letters that a batch named among those to be tried, unless they were seen before. */
export function noteFound({ bookmark, keys }: CollectOptions, slot: string, found: readonly FoundId[]): void {
  const { seen, pending } = bookmark;
  for (const { id, keys: index } of found) {
    const set = keys[index]!;
    const name = letterName(id, set);
    if (seen.has(name) || pending.has(name)) continue;
    pending.set(name, { name, id: formatUploadId(id), slot, keys: nameOf(set), fresh: true, tries: 0, pause: 0 });
  }
}

/** Tries each letter that was tried before, when its pause is over, and the fresh ones as soon as they are there. */
export async function tryRound(options: CollectOptions, earlier = triedBefore(options.bookmark)): Promise<void> {
  const { bookmark, save } = options;
  try {
    await tryFresh(options);
    for (const letter of earlier) {
      if (bookmark.pending.has(letter.name)) await tryLetter(options, letter);
      await tryFresh(options);
    }
  } finally {
    if (earlier.length > 0) await save?.(bookmark);
  }
}

/** Tries the letters that were not tried yet, those included that are found meanwhile: a map's iterator meets them. */
async function tryFresh(options: CollectOptions): Promise<void> {
  for (const letter of options.bookmark.pending.values()) if (letter.fresh) await tryLetter(options, letter);
}

function triedBefore({ pending }: Bookmark): PendingLetter[] {
  return [...pending.values()].filter(({ fresh }) => !fresh);
}

/** Opens a letter when it is its turn. A failure is reported when it is the first, and the letter kept for another try. */
async function tryLetter(options: CollectOptions, letter: PendingLetter): Promise<void> {
  const { bookmark, keys: all, inbox, save, report } = options;
  const { pending, seen } = bookmark;
  const { name, slot, fresh, tries, pause, needs } = letter;
  const keys = all.find((set) => nameOf(set) === letter.keys);
  if (keys === undefined) return void pending.delete(name); // nobody can open it any more
  if (pause > 0 || (needs !== undefined && (await freeBytes(inbox)) < needs)) {
    return void pending.set(name, { ...letter, pause: Math.max(0, pause - 1) });
  }
  const failure = await open(options, letter, keys); // when this throws, the letter is still pending
  if (failure === undefined) {
    pending.delete(name);
    seen.set(name, slot);
  } else {
    const { next, ...event } = failure;
    const tooNew = event.why === 'too new';
    if (tooNew || next.tries === TRIES) seen.set(name, slot);
    if (seen.has(name) || (fresh && !hasPlace(bookmark))) pending.delete(name);
    else pending.set(name, { ...letter, ...next, fresh: false });
    if (fresh || tooNew || (tries === 0 && event.kind === 'skipped')) report?.(event);
  }
  await save?.(bookmark);
}

/** Whether one more letter can be kept. Those that only wait for room on the disk give way: they cost a flooder least. */
function hasPlace(bookmark: Bookmark): boolean {
  const tried = triedBefore(bookmark);
  if (tried.length < PENDING_MAX) return true;
  const { name } = tried.find(({ needs }) => needs !== undefined) ?? {};
  return name !== undefined && bookmark.pending.delete(name);
}

/** Why a letter did not open: the event to report, and what changes for its next try. */
type Failure = Extract<CollectEvent, { kind: 'skipped' | 'postponed' }> & {
  readonly next: Pick<PendingLetter, 'tries' | 'pause' | 'needs'>;
};

/** Opens a letter into the inbox. @returns undefined when it stands there */
async function open(options: CollectOptions, letter: PendingLetter, keys: SealingKeys): Promise<Failure | undefined> {
  const { drop, inbox, report, progress, beforeCell } = options;
  const { name, slot, tries } = letter;
  const next = { tries: tries + 1, pause: Math.min(2 ** tries, PAUSE_MAX) - 1, needs: undefined };
  if (await isOpened(inbox, name)) return undefined;
  try {
    const opened = await openLetter(drop, keys, parseUploadId(letter.id), inbox, name, progress, beforeCell);
    if (typeof opened === 'string') return { kind: 'skipped', slot, what: 'letter', why: opened, next };
    report?.({ kind: 'letter', slot, letter: opened });
    return undefined;
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

/** A name for a set of keys that stays theirs when others come and go. */
function nameOf(keys: SealingKeys): string {
  return Buffer.from(keys.id.publicKey).toString('hex');
}

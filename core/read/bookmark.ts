import { RETENTION_DAYS, SLOT_SECONDS } from '../../wire/sizes.ts';
import { slotAt, slotBefore } from '../../wire/slot.ts';
import { dayOf } from '../../wire/summary.ts';
import type { ListFault } from '../drop/list.ts';
import type { Losses } from './losses.ts';
import type { Failures } from './luck.ts';

/** A letter that was found and is to be opened, or could not be and is tried again. */
export interface PendingLetter {
  /** Of its folder. */
  readonly name: string;
  /** Upload id as text. */
  readonly id: string;
  readonly slot: string;
  /** Which keys opened its line: their X25519 public key in hexadecimal. */
  readonly keys: string;
  readonly state: PendingState;
  /** Whether it was being put into the inbox: a process that is killed then may not have told of it. */
  readonly isArriving?: boolean;
}

/** What a letter waits for. */
export type PendingState =
  /**
   * Its first try, whose failure is still to be reported. `luck` was drawn when it was found: where too many wait, those
   * that drew the highest are left out.
   */
  | { readonly kind: 'new'; readonly luck: number }
  /** Another try. */
  | ({ readonly kind: 'failed' } & Failures)
  /** So many bytes of disk. What failed before still counts. */
  | ({ readonly kind: 'without room'; readonly needs: number } & Failures);

/** How often a letter was asked for in vain. */
export function failuresOf({ state }: PendingLetter): Failures {
  return state.kind === 'new' ? { tries: 0, outages: 0 } : state;
}

/** A letter that was delivered, or given up for good: the slot that named it, and which keys opened its line. */
export type SettledLetter = Pick<PendingLetter, 'slot' | 'keys'>;

/** What a journalist's client remembers of one drop between polls. It changes while polling. */
export interface Bookmark {
  /** Slots whose batches were read, as far back as the overlap reaches. */
  readonly slots: Set<string>;
  /** Slots whose batches were asked for in vain, and are asked for again. */
  readonly unread: Map<string, Failures>;
  /** Letters delivered, or given up for good, by folder name, for as long as there are keys that open them. */
  readonly settled: Map<string, SettledLetter>;
  /** Letters to be tried, by folder name, in the order in which they were found. */
  readonly pending: Map<string, PendingLetter>;
  /** Names of the keys that what was read was tried with. */
  readonly keys: Set<string>;
  /** Keys that read into this inbox and are not over, by name, whether the identity still has them or not. */
  readonly known: Map<string, KnownKeys>;
  /** Slot up to which the list was looked through for batches that are gone. */
  checked: string | undefined;
  /** What was lost to this reader. */
  readonly losses: Losses;
  /** What was wrong with the last list, so that it is told once. */
  readonly faults: Set<ListFault>;
}

/**
 * Nothing was read yet.
 *
 * @param since - what came before this slot is left alone
 * @param keys - names of the keys that are used then. @default - all that there are
 */
export function firstBookmark(since?: string, keys: readonly string[] = []): Bookmark {
  return {
    slots: new Set(since === undefined ? [] : [since]),
    unread: new Map(),
    settled: new Map(),
    pending: new Map(),
    keys: new Set(keys),
    known: new Map(),
    checked: undefined,
    losses: new Map(),
    faults: new Set(),
  };
}

/** How many slots before the last are listed again: a batch may be written late. */
export const OVERLAP_SLOTS = 12;

/**
 * The bookmark of one who has watched until now: a first one would be that of somebody who has never read, and who reads
 * all that the drop has, or an hour of it, as no journalist does who watches.
 *
 * @param now - milliseconds since 1970
 * @param keys - names of the keys that are used
 */
export function watchedBookmark(now: number, keys: readonly string[]): Bookmark {
  const bookmark = firstBookmark(undefined, keys);
  for (let before = 1; before <= OVERLAP_SLOTS; before += 1) {
    bookmark.slots.add(slotBefore(slotAt(new Date(now)), before));
  }
  return bookmark;
}

/** How long a letter waits to be opened, at most: longer than any drop keeps its upload. */
const PENDING_SLOTS = (2 * RETENTION_DAYS * 86_400) / SLOT_SECONDS;

/** By how much a clock may be behind before a batch is taken for one of the future. */
const AHEAD_SLOTS = 86_400 / SLOT_SECONDS;

/**
 * The slot to list from for whoever has been away, or undefined to list everything: the one before a day, so that it says
 * on which day they came last, and nothing finer.
 */
export function catchUpAfter(bookmark: Pick<Bookmark, 'slots'>, now = new Date()): string | undefined {
  const after = listAfter(bookmark, now);
  return after && slotBefore(`${dayOf(after)}T00:00:00Z`, 1);
}

/**
 * The slot to list from for whoever was here a moment ago, or undefined to list everything. A slot of the future, which a drop
 * may make up, does not keep others from being listed; unless all that were read are: then it is this machine's clock that
 * is behind.
 */
export function listAfter({ slots }: Pick<Bookmark, 'slots'>, now = new Date()): string | undefined {
  const latest = slotBefore(slotAt(now), -AHEAD_SLOTS);
  const all = [...slots].sort();
  const last = all.findLast((slot) => slot <= latest) ?? all.at(-1);
  return last === undefined ? undefined : slotBefore(last, OVERLAP_SLOTS);
}

/** Notes that a batch was read, or is given up. Forgets slots that no further list reaches. */
export function noteSlot(bookmark: Bookmark, slot: string, now?: Date): void {
  const { slots, unread } = bookmark;
  slots.add(slot);
  unread.delete(slot);
  const after = catchUpAfter(bookmark, now);
  for (const read of slots) if (after !== undefined && read <= after) slots.delete(read);
}

/** What is remembered of keys: slots. */
export interface KnownKeys {
  /** In which they were issued. */
  readonly since: string;
  /** In which their contact ends. */
  readonly until: string;
  /** After which nothing that was sealed to them can be on a drop. */
  readonly over: string;
}

/** Keys that lines are tried with. */
export interface TriedKeys extends KnownKeys {
  readonly name: string;
}

/**
 * Notes with which keys lines are tried from now on. Where batches were read before without some of them, those since
 * these exist are read again: a desk's keys may come to a member after the first letters to them.
 */
export function noteKeys({ slots, keys, known }: Bookmark, tried: readonly TriedKeys[]): void {
  for (const { name, since, until, over } of tried) known.set(name, { since, until, over });
  // Newest first: the slot put in for older ones is the one that is left.
  const fresh = tried.filter(({ name }) => !keys.has(name)).sort((a, b) => (a.since < b.since ? 1 : -1));
  keys.clear();
  for (const { name } of tried) keys.add(name);
  const last = [...slots].sort().at(-1);
  for (const { since } of fresh) {
    if (last === undefined || last < since) continue;
    for (const slot of slots) if (slot >= since) slots.delete(slot);
    slots.add(slotBefore(since, 1));
  }
}

/**
 * Forgets the letters that are settled when the keys are gone that open them, and not before: until then
 * somebody may register them again. Those that wait are given up then, too, and when no drop can still have them; a slot
 * in the future does not make the others older.
 *
 * @param keys - names of those that there are
 * @returns the letters that waited
 */
export function forgetLetters(
  { slots, settled, pending }: Bookmark,
  keys: ReadonlySet<string>,
  now = new Date(),
): PendingLetter[] {
  const earliest = slots.size === 0 ? undefined : [...slots, slotAt(now)].sort()[0]!;
  const isOld = ({ slot }: PendingLetter) => earliest !== undefined && slot < slotBefore(earliest, PENDING_SLOTS);
  forgetSettled({ settled }, keys);
  const over = [...pending.values()].filter((letter) => isOld(letter) || !keys.has(letter.keys));
  for (const { name } of over) pending.delete(name);
  return over;
}

/** Forgets the letters that are settled and that no keys open any more. */
export function forgetSettled({ settled }: Pick<Bookmark, 'settled'>, keys: ReadonlySet<string>): void {
  for (const [name, letter] of settled) if (!keys.has(letter.keys)) settled.delete(name);
}

/**
 * The slot of the present, by the clock or the newest batch that is known, whichever is earlier: one may be wrong.
 *
 * @param newest - of the batches that were listed
 * @returns undefined where no batch is known: a clock alone says nothing
 */
export function presentSlot(
  { slots }: Pick<Bookmark, 'slots'>,
  now: Date,
  newest: string | undefined = undefined,
): string | undefined {
  const known = [...slots, ...(newest === undefined ? [] : [newest])].sort().at(-1);
  const clock = slotAt(now);
  return known !== undefined && clock < known ? clock : known;
}

/**
 * Keys that read into this inbox, are not over, and are not among those of the identity: then its file is older than one
 * that read before, or was copied before that one got new keys.
 *
 * @param keys - names of those that there are
 */
export function missingKeys(bookmark: Bookmark, keys: ReadonlySet<string>, now: Date): KnownKeys[] {
  const present = presentSlot(bookmark, now);
  return [...bookmark.known].flatMap(([name, each]) =>
    keys.has(name) || (present !== undefined && each.over <= present) ? [] : [each],
  );
}

/** Forgets keys that the identity has no more, and losses, where they are so old that nothing depends on them. */
export function forgetOld(bookmark: Bookmark, keys: ReadonlySet<string>, now: Date): void {
  const present = presentSlot(bookmark, now);
  if (present === undefined) return;
  const { known, losses } = bookmark;
  for (const [name, { over }] of known) if (!keys.has(name) && over <= present) known.delete(name);
  const oldest = slotBefore(present, PENDING_SLOTS);
  for (const [what, { last }] of losses) if (last < oldest) losses.delete(what);
}

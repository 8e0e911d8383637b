import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RETENTION_DAYS, SLOT_SECONDS } from '../../wire/sizes.ts';
import { slotAt, slotBefore } from '../../wire/slot.ts';
import { createSecretFile } from '../files/secret-file.ts';
import { intoPlace } from '../files/unfinished.ts';
import { openStored, sealStored } from '../inbox/letter-note.ts';
import type { Identity } from '../keys/identity.ts';

/** A letter that was found and is to be opened, or could not be and is tried again. */
export interface PendingLetter {
  /** Of its folder. */
  readonly name: string;
  /** Upload id as text. */
  readonly id: string;
  readonly slot: string;
  /** Which keys opened its line: their X25519 public key in hexadecimal. */
  readonly keys: string;
  /** Whether it was never tried, so that its first failure is still to be reported. */
  readonly fresh?: boolean;
  /** Drawn when it was found: where too many wait, those that drew the highest are left out. */
  readonly luck?: number;
  /** How often it was tried in vain, those tries left out whose failure was not its own doing. */
  readonly tries: number;
  /** Polls that still pass before the next try. */
  readonly pause: number;
  /** Bytes of disk that it needs, where that is what it waits for. */
  readonly needs?: number | undefined;
}

/** What a journalist's client remembers of one drop between polls. It changes while polling. */
export interface Bookmark {
  /** Slots whose batches were read, as far back as the overlap reaches. */
  readonly slots: Set<string>;
  /** Slots whose batches could not be fetched, and are asked for again. */
  readonly unread: Set<string>;
  /** Letters delivered or given up, by folder name, with the slot that named them. */
  readonly seen: Map<string, string>;
  /** Letters to be tried, by folder name, in the order in which they were found. */
  readonly pending: Map<string, PendingLetter>;
  /** Names of the keys that what was read was tried with. */
  readonly keys: Set<string>;
}

/**
 * Nothing was read yet.
 *
 * @param since - what came before this slot is left alone
 * @param keys - names of the keys that are used then. @default - all that there are
 */
export function firstBookmark(since?: string, keys: readonly string[] = []): Bookmark {
  const slots = since === undefined ? [] : [since];
  return { slots: new Set(slots), unread: new Set(), seen: new Map(), pending: new Map(), keys: new Set(keys) };
}

/** How many slots before the last are listed again: a batch may be written late. */
const OVERLAP_SLOTS = 12;

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

/** How long a letter is remembered: longer than any drop keeps its upload. */
const MEMORY_SLOTS = (2 * RETENTION_DAYS * 86_400) / SLOT_SECONDS;

const NAME = '.bookmark';

/** The slot to list from, or undefined to list everything. */
export function listAfter({ slots }: Pick<Bookmark, 'slots'>): string | undefined {
  const last = [...slots].sort().at(-1);
  return last === undefined ? undefined : slotBefore(last, OVERLAP_SLOTS);
}

/** Notes that a batch was read. Forgets slots that the next list does not reach. */
export function noteSlot(bookmark: Bookmark, slot: string): void {
  const { slots, unread } = bookmark;
  slots.add(slot);
  unread.delete(slot);
  const after = listAfter(bookmark)!;
  for (const read of slots) if (read <= after) slots.delete(read);
}

/** Keys that lines are tried with. */
export interface TriedKeys {
  readonly name: string;
  /** Slot in which they were issued. */
  readonly since: string;
}

/**
 * Notes with which keys lines are tried from now on. Where batches were read before without some of them, those since
 * these exist are read again: a desk's keys may come to a member after the first letters to them.
 */
export function noteKeys({ slots, keys }: Bookmark, tried: readonly TriedKeys[]): void {
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

/** Forgets letters that no drop can still have. A slot in the future does not make the others older. */
export function forgetLetters({ slots, seen, pending }: Bookmark, now = new Date()): void {
  const earliest = [...slots, slotAt(now)].sort()[0]!;
  const memory = slotBefore(earliest, MEMORY_SLOTS);
  for (const [name, when] of seen) if (when < memory) seen.delete(name);
  for (const [name, { slot }] of pending) if (slot < memory) pending.delete(name);
}

/**
 * Reads the bookmark that an inbox has for a drop.
 *
 * @throws Error when it was not written with this identity, or is damaged
 */
export async function readBookmark(inbox: string, identity: Identity, drop: string): Promise<Bookmark> {
  const { slots, unread, seen, pending, keys } = (await readAll(inbox, identity))[drop] ?? EMPTY;
  return {
    slots: new Set(slots),
    unread: new Set(unread),
    seen: new Map(Object.entries(seen)),
    pending: new Map(pending.map((letter) => [letter.name, letter])),
    keys: new Set(keys),
  };
}

/** Writes it, encrypted for the identity, in one step: a crash leaves the old one or the new one. */
export async function writeBookmark(
  inbox: string,
  identity: Identity,
  drop: string,
  { slots, unread, seen, pending, keys }: Bookmark,
): Promise<void> {
  const mine = {
    slots: [...slots],
    unread: [...unread],
    seen: Object.fromEntries(seen),
    pending: [...pending.values()],
    keys: [...keys],
  };
  const text = Buffer.from(JSON.stringify({ ...(await readAll(inbox, identity)), [drop]: mine }));
  const padded = Buffer.alloc(Math.ceil((text.length + 1) / PAD_BYTES) * PAD_BYTES, ' ');
  padded.set(text);
  const sealed = sealStored(padded, NAME, identity.storageKey);
  await intoPlace(inbox, NAME, (unfinished) => createSecretFile(unfinished, sealed));
}

/** What the file holds, by the drop's base URL: one drop's slots and upload ids mean nothing to another. */
type Written = Record<
  string,
  { slots: string[]; unread: string[]; seen: Record<string, string>; pending: PendingLetter[]; keys: string[] }
>;

const EMPTY: Written[string] = { slots: [], unread: [], seen: {}, pending: [], keys: [] };

/** Blanks fill the text up to a multiple of this, so that its size tells little of how many letters came. */
const PAD_BYTES = 16_384;

async function readAll(inbox: string, identity: Identity): Promise<Written> {
  let file: Uint8Array;
  try {
    file = await readFile(join(inbox, NAME));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw new Error('the bookmark in the inbox cannot be read');
  }
  try {
    return JSON.parse(Buffer.from(openStored(file, NAME, identity.storageKey)).toString());
  } catch {
    throw new Error(
      `the inbox belongs to another identity, or its bookmark is damaged: choose another inbox, or remove ${NAME} from it`,
    );
  }
}

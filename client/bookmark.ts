import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import sodium from 'libsodium-wrappers';
import { NONCE_BYTES, RETENTION_DAYS, SLOT_SECONDS } from '../wire/sizes.ts';
import { slotAt, slotBefore } from '../wire/slot.ts';
import type { Identity } from './identity.ts';

await sodium.ready;

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
}

/** Nothing was read yet. */
export function firstBookmark(): Bookmark {
  return { slots: new Set(), unread: new Set(), seen: new Map(), pending: new Map() };
}

/** How many slots before the last are listed again: a batch may be written late. */
const OVERLAP_SLOTS = 12;

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
  const { slots, unread, seen, pending } = (await readAll(inbox, identity))[drop] ?? EMPTY;
  return {
    slots: new Set(slots),
    unread: new Set(unread),
    seen: new Map(Object.entries(seen)),
    pending: new Map(pending.map((letter) => [letter.name, letter])),
  };
}

/** Writes it, encrypted for the identity, in one step: a crash leaves the old one or the new one. */
export async function writeBookmark(
  inbox: string,
  identity: Identity,
  drop: string,
  { slots, unread, seen, pending }: Bookmark,
): Promise<void> {
  await mkdir(inbox, { recursive: true, mode: 0o700 });
  const mine = {
    slots: [...slots],
    unread: [...unread],
    seen: Object.fromEntries(seen),
    pending: [...pending.values()],
  };
  const text = Buffer.from(JSON.stringify({ ...(await readAll(inbox, identity)), [drop]: mine }));
  const nonce = randomBytes(NONCE_BYTES);
  const locked = sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(text, null, null, nonce, keyOf(identity));
  const unfinished = join(inbox, `${NAME}-${process.pid}`);
  try {
    await using file = await open(unfinished, 'w', 0o600);
    await file.writeFile(Buffer.concat([nonce, locked]));
    await file.sync();
    await rename(unfinished, join(inbox, NAME));
  } finally {
    await rm(unfinished, { force: true });
  }
}

/** What the file holds, by the drop's base URL: one drop's slots and upload ids mean nothing to another. */
type Written = Record<
  string,
  { slots: string[]; unread: string[]; seen: Record<string, string>; pending: PendingLetter[] }
>;

const EMPTY: Written[string] = { slots: [], unread: [], seen: {}, pending: [] };

async function readAll(inbox: string, identity: Identity): Promise<Written> {
  let file: Uint8Array;
  try {
    file = await readFile(join(inbox, NAME));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw new Error('the bookmark in the inbox cannot be read');
  }
  const [nonce, locked] = [file.subarray(0, NONCE_BYTES), file.subarray(NONCE_BYTES)];
  try {
    const text = sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(null, locked, null, nonce, keyOf(identity));
    return JSON.parse(Buffer.from(text).toString());
  } catch {
    throw new Error(
      `the inbox belongs to another identity, or its bookmark is damaged: choose another inbox, or remove ${NAME} from it`,
    );
  }
}

function keyOf(identity: Identity): Uint8Array {
  const length = sodium.crypto_aead_xchacha20poly1305_ietf_KEYBYTES;
  return sodium.crypto_generichash(length, 'dead-drop 1 bookmark', identity.signing.secretKey.subarray(0, 32));
}

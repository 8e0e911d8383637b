import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sodium from 'libsodium-wrappers';
import { NONCE_BYTES, RETENTION_DAYS, SLOT_SECONDS } from '../wire/sizes.ts';
import { slotBefore } from '../wire/slot.ts';
import type { Identity } from './identity.ts';

await sodium.ready;

/** What a journalist's client remembers between polls. */
export interface Bookmark {
  /** Slots whose batches were read, as far back as the overlap reaches. */
  readonly slots: readonly string[];
  /** Letters delivered or given up, by folder name, with the slot that named them. */
  readonly seen: Readonly<Record<string, string>>;
  /** Letters that could not be fetched yet: upload id as text, slot, and which set of keys opens them. */
  readonly pending: readonly { readonly id: string; readonly slot: string; readonly keys: number }[];
}

/** Nothing was read yet. */
export const FIRST: Bookmark = { slots: [], seen: {}, pending: [] };

/** How many slots before the last are listed again: a batch may be written late. */
const OVERLAP_SLOTS = 12;

/** How long a letter is remembered: longer than any drop keeps its upload. */
const SEEN_SLOTS = (2 * RETENTION_DAYS * 86_400) / SLOT_SECONDS;

const NAME = '.bookmark';

/** The slot to list from, or undefined to list everything. */
export function listAfter({ slots }: Bookmark): string | undefined {
  const last = slots.at(-1);
  return last === undefined ? undefined : slotBefore(last, OVERLAP_SLOTS);
}

/** The bookmark after one more batch was read. Forgets what can no longer matter. */
export function withSlot(bookmark: Bookmark, slot: string): Bookmark {
  const slots = [...bookmark.slots, slot].sort();
  const [overlap, memory] = [slotBefore(slots.at(-1)!, OVERLAP_SLOTS), slotBefore(slots.at(-1)!, SEEN_SLOTS)];
  const seen = Object.fromEntries(Object.entries(bookmark.seen).filter(([, when]) => when >= memory));
  return { ...bookmark, slots: slots.filter((read) => read > overlap), seen };
}

/** Reads the bookmark of an inbox. @throws Error when it was not written with this identity, or is damaged */
export async function readBookmark(inbox: string, identity: Identity): Promise<Bookmark> {
  let file: Uint8Array;
  try {
    file = await readFile(join(inbox, NAME));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return FIRST;
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

/** Writes the bookmark of an inbox, encrypted for the identity, in one step: a crash leaves the old one or the new one. */
export async function writeBookmark(inbox: string, identity: Identity, bookmark: Bookmark): Promise<void> {
  await mkdir(inbox, { recursive: true, mode: 0o700 });
  const nonce = randomBytes(NONCE_BYTES);
  const text = Buffer.from(JSON.stringify(bookmark));
  const locked = sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(text, null, null, nonce, keyOf(identity));
  const unfinished = join(inbox, `${NAME}-${process.pid}`);
  try {
    await writeFile(unfinished, Buffer.concat([nonce, locked]), { mode: 0o600 });
    await rename(unfinished, join(inbox, NAME));
  } finally {
    await rm(unfinished, { force: true });
  }
}

function keyOf(identity: Identity): Uint8Array {
  const length = sodium.crypto_aead_xchacha20poly1305_ietf_KEYBYTES;
  return sodium.crypto_generichash(length, 'dead-drop 1 bookmark', identity.signing.secretKey.subarray(0, 32));
}

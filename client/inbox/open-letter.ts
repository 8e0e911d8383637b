import sodium from 'libsodium-wrappers';
import type { Contact } from '../../wire/contact.ts';
import type { Epoch } from '../keys/epoch.ts';
import type { Identity } from '../keys/identity.ts';
import { fetchLetter, NotWhole, type OpenProgress, type Unopened } from '../letter/letter-contents.ts';
import type { Drop } from '../road/drop.ts';
import { type Gate, openGate } from '../road/gate.ts';
import type { Inbox } from './inbox.ts';

await sodium.ready;

/** A letter that stands in an inbox. */
export interface OpenedLetter {
  readonly name: string;
  /** Its folder, or its file where the inbox is encrypted; empty where it is on no disk. */
  readonly path: string;
  /** Names in that folder. The text, if there is one, is `letter.txt`. */
  readonly files: readonly { readonly name: string; readonly bytes: number }[];
  /** Who signed it. A letter that nobody signed is anonymous. */
  readonly from?: Contact | undefined;
  /** Id of the letter that it answers. */
  readonly answers?: Uint8Array | undefined;
}

/** Thrown when a letter has cells besides its root, and whoever asked for it has no place for those. */
export class LongLetter extends Error {}

/** What opening a letter may be given. */
export interface OpenOptions {
  /** What the inbox is to remember as the letter's time: seconds since 1970. @default - now */
  readonly time?: number | undefined;
  readonly progress?: OpenProgress | undefined;
  /** Each request for a cell goes through it. @default - at once */
  readonly gate?: Gate | undefined;
  /** Asked, with their number, whether there is a place for the cells that a letter has besides its root. */
  readonly takePlace?: ((cells: number) => boolean) | undefined;
}

/**
 * Fetches the letter with this id, opens it, checks it and puts it into an inbox under this name, whole or not at all.
 * Protocol step 11.
 *
 * @throws Unreachable when the drop is; NoRoom; LongLetter; the system's error when the inbox cannot be written to
 */
export async function openLetter(
  drop: Drop,
  reader: Identity,
  epoch: Epoch,
  id: Uint8Array,
  inbox: Inbox,
  name: string,
  options: OpenOptions = {},
): Promise<OpenedLetter | Unopened> {
  const { time = Math.floor(Date.now() / 1000), progress, gate = openGate, takePlace } = options;
  try {
    const contents = await fetchLetter(drop, reader, epoch, id, gate);
    const { head, root } = contents;
    try {
      if (head.cells.length > 0 && takePlace?.(head.cells.length) === false)
        throw new LongLetter('a letter of several cells has to wait');
      return await inbox.take({ name, id, time, contents, progress });
    } finally {
      sodium.memzero(root);
    }
  } catch (error) {
    if (error instanceof NotWhole) return error.why;
    throw error;
  }
}

import { wipe } from '../../wire/bytes.ts';
import type { Contact } from '../../wire/contact.ts';
import type { Drop } from '../drop/drop.ts';
import { type Scheduler, unscheduled } from '../drop/scheduler.ts';
import type { Epoch } from '../keys/epoch.ts';
import type { Identity } from '../keys/identity.ts';
import { fetchLetter, NotOpened, type OpenProgress, type Unopened } from '../letter/letter-contents.ts';
import type { Inbox } from './inbox.ts';

/** A file of a letter that stands in an inbox. */
export interface OpenedFile {
  /** In the letter's folder, or as it was sent where the letter has none. */
  readonly name: string;
  readonly bytes: number;
  /** As it was sent, where that was not safe to write. */
  readonly named?: string | undefined;
}

/** A letter that stands in an inbox. */
export interface OpenedLetter {
  readonly name: string;
  /** Its folder, or its file where the inbox is encrypted; empty where it is on no disk. */
  readonly path: string;
  /** The text, if there is one, is no file of these: it is `letter.txt`. */
  readonly files: readonly OpenedFile[];
  /** Who wrote it. A letter without a writer is anonymous. */
  readonly from?: Contact | undefined;
  /** Id of the letter that it answers. */
  readonly answers?: Uint8Array | undefined;
}

/** What opening a letter may be given. */
export interface OpenOptions {
  /** What the inbox is to remember as the letter's time: seconds since 1970. @default - now */
  readonly time?: number | undefined;
  readonly progress?: OpenProgress | undefined;
  /** Each request for a cell goes through it. @default - at once */
  readonly scheduler?: Scheduler | undefined;
  /**
   * Asked, with their number, whether there is a place for the cells that a letter has besides its root. It is given the
   * root, too, encrypted as the drop gave it out, to be kept where there is none.
   */
  readonly takePlace?: ((cells: number, root: Uint8Array) => boolean) | undefined;
  /** The root that `takePlace` was given. @default - the one that the inbox keeps, or fetched */
  readonly root?: Uint8Array | undefined;
  /** Milliseconds since 1970. @default Date.now */
  readonly now?: (() => number) | undefined;
}

/**
 * Fetches the letter with this id, opens it, checks it and puts it into an inbox under this name, whole or not at all.
 * Protocol step 11. What an inbox on the disk keeps of one that was interrupted is not fetched again.
 *
 * @returns 'no place' where `takePlace` says so: nothing else is kept of it then
 * @throws Unreachable when the drop is; NoRoom; the system's error when the inbox cannot be written to
 */
export async function openLetter(
  drop: Drop,
  reader: Identity,
  epoch: Epoch,
  id: Uint8Array,
  inbox: Inbox,
  name: string,
  options: OpenOptions = {},
): Promise<OpenedLetter | Unopened | 'no place'> {
  const { progress, scheduler = unscheduled, takePlace, now = Date.now } = options;
  const { time = Math.floor(now() / 1000) } = options;
  try {
    const fetched = options.root ?? (await inbox.keptRoot?.(name));
    const contents = await fetchLetter(drop, reader, epoch, id, scheduler, now() / 1000, fetched);
    const { head, root, rootCell } = contents;
    try {
      if (head.cells.length > 0 && takePlace?.(head.cells.length, rootCell) === false) return 'no place';
      return await inbox.take({ name, id, time, contents, progress });
    } finally {
      wipe(root);
    }
  } catch (error) {
    if (error instanceof NotOpened) return error.why;
    throw error;
  }
}

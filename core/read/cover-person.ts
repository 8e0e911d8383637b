import type { Cover } from '../cover/cover.ts';
import type { Drop } from '../drop/drop.ts';
import { onNoDisk } from '../inbox/inbox.ts';
import { keysName } from '../keys/epoch.ts';
import type { Identity } from '../keys/identity.ts';
import { bodyParts } from '../letter/letter-contents.ts';
import type { Random, Sleep } from '../platform.ts';
import { watchedBookmark } from './bookmark.ts';
import type { CollectEvent } from './collect.ts';
import { watch } from './watch.ts';

/** What a cover person needs. It goes on until the drop's signal is aborted. */
export interface CoverPersonOptions {
  readonly drop: Drop;
  /** Made for this, and thrown away afterwards: whoever gets its contact can have letters sent to it. */
  readonly identity: Identity;
  readonly cover: Cover;
  /** Seconds between two polls on average, and of a tick. */
  readonly every: number;
  readonly report?: (event: CollectEvent) => void;
  readonly trouble: (error: unknown) => void;
  readonly random?: Random;
  readonly sleep?: Sleep;
  /** Milliseconds since 1970. @default Date.now */
  readonly now?: () => number;
}

/**
 * Does what an ordinary source and an ordinary journalist do, without having anything to tell or to read: writes cover
 * letters, and watches under cover with an identity of its own. Everything that comes is fetched whole, and kept nowhere.
 *
 * @throws the reason of the drop's signal when it is aborted, with everything at rest
 */
export async function coverPerson(options: CoverPersonOptions): Promise<never> {
  const { identity, now = Date.now } = options;
  const bookmark = watchedBookmark(now(), identity.epochs.map(keysName));
  return watch({ ...options, identity: () => identity, inbox: nowhere, bookmark });
}

/** Takes letters whole, and keeps nothing. */
const nowhere = onNoDisk(async ({ name, contents }) => {
  for await (const _ of bodyParts(contents)); // each further cell is fetched, as from an inbox that keeps it
  return { name, path: '', files: [] };
});

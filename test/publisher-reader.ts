import type { Transport } from '../core/drop/transport.ts';
import { newIdentity } from '../core/keys/identity.ts';
import { type Bookmark, firstBookmark } from '../core/read/bookmark.ts';
import type { CollectEvent, CollectOptions } from '../core/read/collect.ts';
import { poll } from '../core/read/poll.ts';
import { IDS_PREFIX } from '../wire/slot.ts';
import { batchOf, parseSummary, SUMMARIES_PREFIX } from '../wire/summary.ts';
import type { World } from './publisher-world.ts';
import type { Turns } from './turns.ts';

/** Whose letters are looked for: nobody without keys asks for anything. */
const SOMEBODY = newIdentity('http://127.0.0.1', 0);

/** Who reads, among those who take turns. */
export const READER = -1;

/**
 * Reads the batches of a world as a client does, with the client's own poll and bookmark.
 *
 * @param fails - whether a request of the reader's gets no answer
 * @param after - what a list is asked to begin after. @default - what the client asks for
 */
export function openReader(world: World, turns: Turns, fails: () => boolean, after = (slot: string) => slot) {
  const [given, read] = [new Map<string, Uint8Array>(), new Map<string, Uint8Array>()];
  let polls = 0;
  const bookmark: Bookmark = firstBookmark();
  const transport: Transport = async ({ url }) =>
    turns.take(READER, '', false, async () => {
      if (fails()) throw new Error('no answer');
      const key = url.pathname.slice(1);
      const query = [...url.searchParams].map(([name, value]) => {
        return name === 'start-after'
          ? ([name, `ids/${after(value.slice('ids/'.length))}`] as const)
          : ([name, value] as const);
      });
      const { status, body } = await world.ask('GET', key, {}, undefined, query);
      const bytes = Buffer.from(body as Uint8Array);
      if (status === 200 && key.startsWith(IDS_PREFIX)) given.set(key.slice(IDS_PREFIX.length), bytes);
      if (status === 200 && key.startsWith(SUMMARIES_PREFIX))
        for (const [slot, ids] of parseSummary(bytes, key.slice(SUMMARIES_PREFIX.length)))
          given.set(slot, batchOf(ids));
      return { status, body: bytes };
    });
  const options = {
    drop: { url: 'http://127.0.0.1', transport, patience: { tries: 1, firstWaitMilliseconds: 0 } },
    identity: () => SOMEBODY,
    bookmark,
    random: () => 0, // what failed is tried again at each poll
    report(event: CollectEvent) {
      if (event.kind === 'batch') read.set(event.slot, given.get(event.slot)!);
    },
  } as unknown as CollectOptions;
  let polling: Promise<void> | undefined;
  return {
    /** The batches that were read, as they were then. */
    read,
    /** Begins a poll, unless one is going on. It ends early when the drop fails, and the next goes on from there. */
    poll(): void {
      if (polling) return;
      polls += 1; // as who watches, and now and then as who was away
      polling = poll(options, () => {}, { isWatching: polls % 4 !== 1 }).then(end, end);
    },
    isPolling: () => polling !== undefined,
  };
  function end() {
    polling = undefined;
  }
}

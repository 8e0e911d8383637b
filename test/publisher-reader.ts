import { newIdentity } from '../client/keys/identity.ts';
import { type Bookmark, firstBookmark } from '../client/read/bookmark.ts';
import type { CollectOptions } from '../client/read/collect.ts';
import { poll } from '../client/read/poll.ts';
import type { Transport } from '../client/road/transport.ts';
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
  const read = new Map<string, Uint8Array>();
  const bookmark: Bookmark = firstBookmark();
  const transport: Transport = async ({ url }) =>
    turns.take(READER, '', false, async () => {
      if (fails()) throw new Error('no answer');
      const isList = url.pathname === '/';
      const query = [...url.searchParams].map(([name, value]) => {
        return name === 'start-after'
          ? ([name, `ids/${after(value.slice('ids/'.length))}`] as const)
          : ([name, value] as const);
      });
      const { status, body } = await world.ask('GET', url.pathname.slice(1), {}, undefined, query);
      const bytes = Buffer.from(body as Uint8Array);
      if (!isList && status === 200) read.set(url.pathname.slice('/ids/'.length), bytes);
      return { status, body: bytes };
    });
  const options = {
    drop: { url: 'http://127.0.0.1', transport, patience: { tries: 1, firstWaitMilliseconds: 0 } },
    identity: () => SOMEBODY,
    bookmark,
    random: () => 0, // what failed is tried again at each poll
  } as unknown as CollectOptions;
  let polling: Promise<void> | undefined;
  return {
    /** The batches that were read, as they were then. */
    read,
    /** Begins a poll, unless one is going on. It ends early when the drop fails, and the next goes on from there. */
    poll(): void {
      polling ??= poll(options, () => {}).then(end, end);
    },
    isPolling: () => polling !== undefined,
  };
  function end() {
    polling = undefined;
  }
}

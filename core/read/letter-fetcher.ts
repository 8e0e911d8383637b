import type { Random } from '../platform.ts';
import { failuresOf, type PendingLetter } from './bookmark.ts';
import type { CollectOptions } from './collect.ts';
import { isTriedAgain } from './luck.ts';
import { triedBefore, tryLetter } from './try-letter.ts';

/** Letters open at a time, at most. Half of the places stay for those that end with their root, which is soon. */
const OPEN_MAX = 16;

/**
 * Letters of several cells open at a time, at most. Each holds about 7 MiB: the root as it came and opened, the list of
 * cells in it (which takes some 3 MiB when it is full), a cell, and what of it is being written.
 */
const LONG_MAX = 8;

/** Those among them that have more than 64 MiB to come, at most: so that others need not wait for them to end. */
const HUGE_MAX = 4;
const HUGE_CELLS = 64;

/**
 * Roots kept of letters that turned out to be long when there was no place for their further cells: 16 MiB, encrypted as
 * they came. Those of others are fetched a second time, when there is a place.
 */
const KEPT_ROOTS_MAX = 16;

/** One letter in four is one that failed before, where both wait: a flood holds up neither all that is new nor them. */
const TRIED_EVERY = 4;

/**
 * Opens the letters that wait, several at a time and in an order that luck alone decides: so that a flood puts a letter
 * off by its share and not by all of it, and long letters do not stop short ones. It is for requests that go through one
 * scheduler; otherwise, they would show how many letters there are.
 *
 * @param tell - told of a failure that concerns more than one letter. Nothing more is begun then until the next poll
 */
export function letterFetcher(options: CollectOptions, random: Random, tell: (error: unknown) => void) {
  const { bookmark, drop, inbox } = options;
  const open = new Map<string, Promise<void>>();
  /** How many further cells those open have that have a place for them. */
  const long = new Map<string, number>();
  /** The same of those that turned out to be long when there was no such place, and their roots, as far as kept. */
  const putOff = new Map<string, { readonly cells: number; readonly root: Uint8Array | undefined }>();
  let clearing: Promise<void> = Promise.resolve();
  /** What is unfinished of letters that wait no longer goes, but for those that are open. */
  const clear = async () => {
    await clearing;
    await inbox.clearUnfinished((name) => bookmark.pending.has(name));
  };
  const isNew = ({ state }: PendingLetter) => state.kind === 'new';
  let waiting: PendingLetter[] = [];
  let isHalted = false;
  let shown: string | undefined;

  const hasPlace = (cells: number) => {
    const huge = [...long.values()].filter((each) => each > HUGE_CELLS).length;
    return long.size < LONG_MAX && (cells <= HUGE_CELLS || huge < HUGE_MAX);
  };

  const begin = () => {
    while (open.size < OPEN_MAX && !isHalted && !drop.signal?.aborted) {
      const able =
        putOff.size === 0
          ? waiting
          : waiting.filter(({ name }) => !putOff.has(name) || hasPlace(putOff.get(name)!.cells));
      if (able.length === 0) return;
      const [untried, tried] = [able.filter(isNew), able.filter((each) => !isNew(each))];
      const from = untried.length === 0 || (tried.length > 0 && random(TRIED_EVERY) === 0) ? tried : untried;
      const letter = from[random(from.length)]!;
      waiting.splice(waiting.indexOf(letter), 1);
      if (!bookmark.pending.has(letter.name)) continue; // left out since
      const before = putOff.get(letter.name);
      putOff.delete(letter.name);
      if (before) long.set(letter.name, before.cells); // so that its root is not opened in vain again
      open.set(letter.name, tryIt(letter, before?.root));
    }
  };

  const tryIt = async (letter: PendingLetter, root: Uint8Array | undefined) => {
    const { name } = letter;
    const takePlace = (cells: number, fetched: Uint8Array) => {
      long.delete(name);
      if (hasPlace(cells)) {
        long.set(name, cells);
        return true;
      }
      const kept = [...putOff.values()].filter((each) => each.root !== undefined).length;
      putOff.set(name, { cells, root: kept < KEPT_ROOTS_MAX ? fetched : undefined });
      return false;
    };
    // Shown of one letter at a time, from its beginning to its end.
    const progress = (done: number, total: number) => {
      shown ??= name;
      if (shown === name) options.progress?.(done, total);
    };
    try {
      const end = await tryLetter({ ...options, progress }, letter, { takePlace, root });
      if (end === 'no place') waiting.push(letter);
    } catch (error) {
      if (!isHalted) {
        isHalted = true;
        tell(error);
      }
    } finally {
      open.delete(name);
      long.delete(name);
      if (shown === name) shown = undefined;
    }
    begin();
  };

  return {
    /** Whether a letter is open, or was and waits for a place. */
    isBegun: ({ name }: PendingLetter): boolean => open.has(name) || putOff.has(name),
    /** To be called after each poll: what it found, and what luck has tried again, waits with the others from now on. */
    afterPoll(): void {
      const isClosed = ({ name }: PendingLetter) => !open.has(name);
      // One whose turn has come keeps it, however long it waits.
      const turns = new Set(waiting.map(({ name }) => name));
      const isDue = (letter: PendingLetter) => turns.has(letter.name) || isTriedAgain(failuresOf(letter), random);
      const due = triedBefore(bookmark).filter((letter) => isClosed(letter) && isDue(letter));
      for (const name of putOff.keys()) if (!bookmark.pending.has(name)) putOff.delete(name);
      waiting = [...[...bookmark.pending.values()].filter(isNew).filter(isClosed), ...due];
      isHalted = false;
      clearing = clear().catch(tell);
      begin();
    },
    /** Resolves when no letter is open. */
    async rest(): Promise<void> {
      while (open.size > 0) await Promise.all(open.values());
      await clear();
    },
  };
}

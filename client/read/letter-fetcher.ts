import { LongLetter } from '../inbox/open-letter.ts';
import type { Random } from '../road/moments.ts';
import type { PendingLetter } from './bookmark.ts';
import type { CollectOptions } from './collect.ts';
import { countPoll, triedBefore, tryLetter } from './try-letter.ts';

/** Letters open at a time, at most. Half of the places stay for those that end with their root, which is soon. */
const OPEN_MAX = 16;

/**
 * Letters of several cells open at a time, at most. Each holds about 6 MiB: the root, the list of cells in it (which takes
 * some 3 MiB when it is full), a cell, and what of it is being written.
 */
const LONG_MAX = 8;

/** Those among them that have more than 64 MiB to come, at most: so that others need not wait for them to end. */
const HUGE_MAX = 4;
const HUGE_CELLS = 64;

/** One letter in four is one that failed before, where both wait: a flood holds up neither all that is new nor them. */
const TRIED_EVERY = 4;

/**
 * Opens the letters that wait, several at a time and in an order that luck alone decides: so that a flood puts a letter
 * off by its share and not by all of it, and long letters do not stop short ones. It is for requests that go through one
 * gate; otherwise, they would show how many letters there are.
 *
 * @param tell - told of a failure that concerns more than one letter. Nothing more is begun then until the next poll
 */
export function letterFetcher(options: CollectOptions, random: Random, tell: (error: unknown) => void) {
  const { bookmark, drop } = options;
  const open = new Map<string, Promise<void>>();
  /** How many further cells those open have that have a place for them. */
  const long = new Map<string, number>();
  /** The same of those that turned out to be long when there was no such place. */
  const putOff = new Map<string, number>();
  const isFresh = ({ fresh }: PendingLetter) => fresh === true;
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
        putOff.size === 0 ? waiting : waiting.filter(({ name }) => !putOff.has(name) || hasPlace(putOff.get(name)!));
      if (able.length === 0) return;
      const [fresh, tried] = [able.filter(isFresh), able.filter((each) => !isFresh(each))];
      const from = fresh.length === 0 || (tried.length > 0 && random(TRIED_EVERY) === 0) ? tried : fresh;
      const letter = from[random(from.length)]!;
      waiting.splice(waiting.indexOf(letter), 1);
      if (!bookmark.pending.has(letter.name)) continue; // left out since
      open.set(letter.name, tryIt(letter));
    }
  };

  const tryIt = async (letter: PendingLetter) => {
    const { name } = letter;
    const takePlace = (cells: number) => {
      const isFree = hasPlace(cells);
      (isFree ? long : putOff).set(name, cells);
      return isFree;
    };
    // Shown of one letter at a time, from its beginning to its end.
    const progress = (done: number, total: number) => {
      shown ??= name;
      if (shown === name) options.progress?.(done, total);
    };
    try {
      putOff.delete(name);
      await tryLetter({ ...options, progress }, letter, takePlace);
    } catch (error) {
      if (error instanceof LongLetter) waiting.push(letter);
      else if (!isHalted) {
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
    /** To be called after each poll, which counts towards pauses: what it found waits with the others from now on. */
    afterPoll(): void {
      const isClosed = ({ name }: PendingLetter) => !open.has(name);
      const due = countPoll(bookmark, triedBefore(bookmark).filter(isClosed));
      waiting = [...[...bookmark.pending.values()].filter(isFresh).filter(isClosed), ...due];
      isHalted = false;
      begin();
    },
    /** Resolves when no letter is open. */
    async rest(): Promise<void> {
      while (open.size > 0) await Promise.all(open.values());
    },
  };
}

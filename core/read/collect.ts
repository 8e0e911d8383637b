import { blake2b, randomInt } from '#platform';
import { toHex, wipe } from '../../wire/bytes.ts';
import { formatUploadId } from '../../wire/upload-id.ts';
import type { Drop } from '../drop/drop.ts';
import type { ListFault } from '../drop/list.ts';
import type { Scheduler } from '../drop/scheduler.ts';
import type { Inbox } from '../inbox/inbox.ts';
import type { OpenedLetter } from '../inbox/open-letter.ts';
import { derive } from '../keys/derive.ts';
import { type Epoch, keysName } from '../keys/epoch.ts';
import type { Identity } from '../keys/identity.ts';
import type { OpenProgress, Unopened } from '../letter/letter-contents.ts';
import type { Random } from '../platform.ts';
import { type Bookmark, failuresOf } from './bookmark.ts';
import { type GivenUp, isTriedAgain } from './luck.ts';
import { checkKeys, poll } from './poll.ts';
import type { FoundId } from './try-ids.ts';
import { triedBefore, tryLetter } from './try-letter.ts';
import { WAITING_MAX } from './waiting.ts';

/** What happens while collecting. `slot` names the batch that it happened with. */
export type CollectEvent =
  | { readonly kind: 'batch'; readonly slot: string; readonly lines: number }
  | { readonly kind: 'letter'; readonly slot: string; readonly letter: OpenedLetter }
  | {
      /** A line names a letter that another batch named before: its sender tried twice, or somebody replays it. */
      readonly kind: 'repeated';
      readonly slot: string;
    }
  | {
      readonly kind: 'skipped';
      readonly slot: string;
      readonly what: 'line' | 'batch' | 'letter';
      readonly why: Unopened;
    }
  | { readonly kind: 'postponed'; readonly slot: string; readonly what: 'batch' | 'letter'; readonly why: string }
  /** What was skipped or postponed before is not asked for again: what is in it is lost to this reader. */
  | { readonly kind: 'given up'; readonly slot: string; readonly what: 'batch' | 'letter'; readonly why: GivenUp }
  /** Something is wrong with the list of batches, which was right the last time. */
  | { readonly kind: 'list'; readonly fault: ListFault }
  /** So many batches between these slots are gone from the drop, or were never there. Letters in them are lost. */
  | { readonly kind: 'gone'; readonly from: string; readonly to: string; readonly batches: number }
  /** So many letters of this batch or earlier ones were left out, because too many wait. */
  | { readonly kind: 'crowded'; readonly slot: string; readonly letters: number };

/** What kept a letter from being opened when it was tried: what it is, the transport, the drop, or this machine. */
export type TryFailure = Unopened | 'no answer' | 'drop busy' | 'drop fault' | 'no room' | 'not written' | 'own fault';

/** What collecting needs. */
export interface CollectOptions {
  readonly drop: Drop;
  /** Whose letters are collected; asked anew whenever keys are needed, since epochs come and go. */
  readonly identity: () => Identity;
  readonly inbox: Inbox;
  /** What was read before. It is brought up to date while collecting. */
  readonly bookmark: Bookmark;
  /** Called when the bookmark is worth keeping: after a poll, and after each try of a letter. */
  readonly save?: (bookmark: Bookmark) => Promise<void>;
  readonly report?: (event: CollectEvent) => void;
  /** Told of each try of a letter, by its name, and what kept it from being opened: before that is saved. */
  readonly tried?: (name: string, failure: TryFailure | undefined) => void;
  readonly progress?: OpenProgress;
  /** Each request for a cell goes through it. @default - at once */
  readonly scheduler?: Scheduler;
  /** @default - the system's */
  readonly random?: Random | undefined;
  /** Milliseconds since 1970. @default Date.now */
  readonly now?: (() => number) | undefined;
}

/**
 * Polls a drop once: reads every new batch, tries every line, and writes the letters that open into the inbox; then
 * tries again what could not be opened before. Protocol steps 10 and 11, and "Reading".
 *
 * What is damaged, missing or expired is reported and skipped. A letter is delivered once, whatever names it again. While
 * too many letters wait, tried or not, further batches are left for the next time, so that none is lost.
 *
 * @throws NoKeys when there is none to read with, and then nothing is asked for; Unreachable when the drop is; NoDrop when
 *   it is none; Error when the inbox cannot be written to. The bookmark holds what was read.
 */
export async function collect(options: CollectOptions): Promise<void> {
  const { inbox, bookmark, save, identity, random = randomInt } = options;
  const waits = (name: string) => bookmark.pending.has(name);
  checkKeys(identity());
  await inbox.clearUnfinished(waits);
  const earlier = triedBefore(bookmark); // a letter that fails in this poll waits for the next
  try {
    const take = async (slot: string, found: readonly FoundId[]) => {
      noteFound(options, slot, found, random);
      await tryNew(options);
    };
    await poll(options, take, { hasRoom: () => bookmark.pending.size < WAITING_MAX });
    await tryNew(options); // those that an earlier poll found, and did not come to
    for (const letter of earlier) {
      if (bookmark.pending.has(letter.name) && isTriedAgain(failuresOf(letter), random))
        await tryLetter(options, letter);
    }
  } finally {
    // One that is still empty makes no inbox for a drop that was never reached.
    if (bookmark.slots.size + bookmark.unread.size > 0) await save?.(bookmark);
    await inbox.clearUnfinished(waits);
  }
}

/** The name of a letter's folder: the same for every line that names it, and meaningless to whoever lacks the key. */
export function letterName(id: Uint8Array, { seed }: Pick<Epoch, 'seed'>): string {
  const key = derive(seed, 'letter name');
  const name = blake2b(NAME_BYTES, id, key);
  wipe(key);
  return `letter-${toHex(name)}`;
}

/** 128 bits: two letters of one reader hardly ever have the same. */
const NAME_BYTES = 16;

/** Numbers that a letter draws from: so many that two hardly ever draw the same. */
const LUCK = 2 ** 47;

/** Puts the letters that a batch named among those to be tried, unless they wait or are settled already. */
export function noteFound(
  { bookmark, report }: CollectOptions,
  slot: string,
  found: readonly Omit<FoundId, 'line'>[],
  random: Random = randomInt,
): void {
  const { settled, pending } = bookmark;
  for (const { id, keys: set } of found) {
    const name = letterName(id, set);
    const before = settled.get(name) ?? pending.get(name);
    if (before !== undefined) {
      if (before.slot !== slot) report?.({ kind: 'repeated', slot });
      continue;
    }
    const state = { kind: 'new', luck: random(LUCK) } as const;
    pending.set(name, { name, id: formatUploadId(id), slot, keys: keysName(set), state });
  }
}

/** Tries the letters that were not tried yet, in the order in which they were found. */
async function tryNew(options: CollectOptions): Promise<void> {
  for (const letter of options.bookmark.pending.values())
    if (letter.state.kind === 'new') await tryLetter(options, letter);
}

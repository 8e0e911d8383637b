import type { Contact } from '../../wire/contact.ts';
import { drawCells } from '../../wire/drawn-cells.ts';
import type { Drop } from '../drop/drop.ts';
import { exponential } from '../drop/moments.ts';
import { isAnyWaiting } from '../drop/mutex.ts';
import type { Random, Sleep } from '../platform.ts';
import { type SentSoFar, send } from '../send/send.ts';
import { coverDraft } from './draft.ts';
import { contactOfNobody } from './nobody.ts';

/**
 * Sends one cover letter.
 *
 * @param to - whose it is. @default - nobody's
 * @returns the upload ids of its cells, in the order in which a reader fetches them: root first
 */
export type SendCover = (drop: Drop, cells: number, to?: Contact) => Promise<Uint8Array[]>;

/** Sends a cover letter as any letter is sent: by `send` itself, so that there is nothing in which the two differ. */
export const sendCover: SendCover = async (drop, cells, to = contactOfNobody(drop.url, Date.now() / 1000)) => {
  let ids: Uint8Array[] = [];
  const keep = async (soFar: SentSoFar) => {
    ids = soFar.cells.flatMap((cell) => cell?.id ?? []);
  };
  await send(drop, to, coverDraft(cells), { keep });
  return [ids.at(-1)!, ...ids.slice(0, -1)];
};

/** What writing cover letters needs. */
export interface CoverLetters {
  readonly drop: Drop;
  /** Between the beginnings of two letters, on average. */
  readonly everyMilliseconds: number;
  /** Draws to whom the next one goes; undefined is nobody. @default - nobody, always */
  readonly to?: () => Contact | undefined;
  /** Told of each letter that was sent, the ids of its cells, and when it was begun: a machine may have slept since. */
  readonly sent: (ids: readonly Uint8Array[], to: Contact | undefined, since: number) => void;
  /** Told when letters begin to fail, not each time. */
  readonly trouble: (error: unknown) => void;
  readonly random: Random;
  readonly sleep: Sleep;
  /** Milliseconds since 1970. @default Date.now */
  readonly now?: () => number;
  readonly send?: SendCover | undefined;
}

/** Letters under way at a time, at most, some 4 MiB each. When a drop hangs, those that come on top are left out. */
const UNDER_WAY_MAX = 32;

/**
 * Writes cover letters until the drop's signal is aborted. They begin at the moments of a Poisson process, whatever
 * becomes of them and whatever else is going on, but for proofs of work that wait to be solved; those that fail are not
 * tried again.
 *
 * @throws the reason of the signal, with everything at rest
 */
export async function writeCover(options: CoverLetters): Promise<never> {
  const { drop, everyMilliseconds, to, sent, trouble, random, sleep, now = Date.now, send = sendCover } = options;
  const underWay = new Set<Promise<void>>();
  let isFailing = false;
  const write = async () => {
    const [contact, since] = [to?.(), now()];
    try {
      sent(await send(drop, drawCells(random), contact), contact, since);
      isFailing = false;
    } catch (error) {
      if (drop.signal?.aborted || isFailing) return;
      isFailing = true;
      trouble(error);
    }
  };
  try {
    for (;;) {
      await sleep(exponential(everyMilliseconds, random), drop.signal);
      // Where a drop asks for more work than this machine does, fewer letters: more would only wait until proofs are over.
      if (underWay.size >= UNDER_WAY_MAX || isAnyWaiting()) continue;
      const letter = write();
      underWay.add(letter);
      letter.finally(() => underWay.delete(letter));
    }
  } finally {
    await Promise.all(underWay);
  }
}

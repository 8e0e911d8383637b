import { type Drop, type DropOptions, dropAt } from '../core/drop/drop.ts';
import { listBatches } from '../core/drop/list.ts';
import { unscheduled } from '../core/drop/scheduler.ts';
import type { DropAnswer } from '../core/drop/transport.ts';
import { safeFileName, untaken } from '../core/inbox/file-name.ts';
import { type Inbox, onlyFrom, onNoDisk } from '../core/inbox/inbox.ts';
import { textOf } from '../core/inbox/text-inbox.ts';
import { type Epoch, keysName } from '../core/keys/epoch.ts';
import type { Identity } from '../core/keys/identity.ts';
import { slicer } from '../core/letter/body.ts';
import { bodyParts, fetchLetter, type OpenProgress } from '../core/letter/letter-contents.ts';
import { type Bookmark, catchUpAfter, firstBookmark } from '../core/read/bookmark.ts';
import { type CollectEvent, collect } from '../core/read/collect.ts';
import { fromUtf8, wipe } from '../wire/bytes.ts';
import { bodyBytes, type FileEntry, type LetterWriter } from '../wire/letter.ts';
import { slotAt } from '../wire/slot.ts';
import type { Fault } from './fault.ts';
import type { Person } from './people.ts';
import { type Watching, watchRequests } from './waits.ts';

/** An answer to a letter of this mailbox. */
export interface Answer {
  readonly id: Uint8Array;
  readonly name: string;
  readonly epoch: Epoch;
  /** Of the batch that named it: seconds since 1970. */
  readonly time: number;
  readonly text: string;
  /** As they were named, by a stranger. */
  readonly files: readonly FileEntry[];
  /** All that is in it. */
  readonly bytes: number;
  readonly writer: LetterWriter | undefined;
  /** Whether it answers a letter of this mailbox. */
  readonly isAnswer: boolean;
  /** Its first cell, sealed, where it has files: so that the drop is not asked for it again, which no command does. */
  readonly root: Uint8Array | undefined;
}

/** What there is to read. */
export interface Extent {
  readonly batches: number;
  /** What is fetched of them, at most. */
  readonly bytes: number;
}

/** What reading left open, in sums. */
export interface Standing {
  /** Of what was found, so much could not be fetched, and is asked for again at another look. */
  readonly unfetched: number;
  /** Letters left out that nobody could open, or that are of somebody else. */
  readonly leftOut: number;
  /** Batches that are gone from the drop, or were never published. */
  readonly gone: number;
  /** Whether the drop's list is wrong somewhere. */
  readonly isListWrong: boolean;
  /** The newest batch that was read, in seconds since 1970; undefined when the drop has none. */
  readonly upTo: number | undefined;
}

/** What is told of a look, and what ends it. */
export interface Looking extends Watching {
  readonly signal?: AbortSignal;
  /** Told of each answer when it comes. */
  readonly came?: (answer: Answer) => void;
  /** Told how many batches were read. */
  readonly read?: (batches: number) => void;
  /** @default - the platform's, and the protocol's */
  readonly way?: Pick<DropOptions, 'transport' | 'patience'>;
  /** Milliseconds since 1970. @default Date.now */
  readonly now?: () => number;
}

/** The answers of one person to one mailbox. What was read is remembered as long as this is. */
export interface Reading {
  /** Asks how much there is to read. @throws as `listBatches` does */
  extent(looking?: Looking): Promise<Extent>;
  /** Reads what is new. @throws as `collect` does */
  look(looking?: Looking): Promise<Standing>;
}

/** What was found of the answers to a mailbox. */
export interface Found {
  readonly reading: Reading;
  /** In the order in which they came. */
  readonly answers: Shown[];
  /** How many of the newest are shown. */
  shown: number;
  standing: Standing | undefined;
  fault?: Fault | undefined;
}

/** An answer, and its files where they were fetched. */
export interface Shown {
  readonly answer: Answer;
  saved?: readonly { readonly name: string; readonly url: string }[];
  fault?: Fault | undefined;
}

/** What is shown at once of many answers: what a browser has laid out in a moment, at Safer, too. */
export const LOT = { answers: 20, characters: 500_000 } as const;

/** How many of the newest answers are shown with the next lot: so many, or fewer long ones. */
export function withNextLot({ answers, shown }: Pick<Found, 'answers' | 'shown'>): number {
  const next = answers
    .slice(0, answers.length - shown)
    .reverse()
    .slice(0, LOT.answers);
  let characters = 0;
  const past = next.findIndex(({ answer }, place) => {
    characters += answer.text.length;
    return place > 0 && characters > LOT.characters;
  });
  return shown + (past === -1 ? next.length : past);
}

/** Answers of which the first cell is kept: 32 MiB of them, at most. */
const ROOTS_MAX = 32;

/** @param days - how far back */
export function readingOf(mailbox: Identity, { contact }: Person, days: number, now: () => number = Date.now): Reading {
  const since = slotAt(new Date(now() - days * 86_400_000));
  const bookmark = firstBookmark(since, mailbox.epochs.map(keysName));
  const open = ({ signal, way, ...watching }: Looking) =>
    dropAt(contact.drop, { ...way, signal, ...watchRequests(watching) });
  /** What the drop said when it was asked how much there is. The look that follows does not ask again: no command does. */
  const listed = new Map<string, DropAnswer>();
  const remember = ({ transport, ...drop }: Drop): Drop => ({
    ...drop,
    async transport(request) {
      const answer = await transport(request);
      if (answer.status === 200) listed.set(request.url.href, answer);
      return answer;
    },
  });
  const recall = ({ transport, ...drop }: Drop): Drop => ({
    ...drop,
    transport(request) {
      const said = listed.get(request.url.href);
      listed.delete(request.url.href);
      return said === undefined ? transport(request) : Promise.resolve(said);
    },
  });
  return {
    async extent(looking = {}) {
      listed.clear();
      let [batches, bytes] = [0, 0];
      // From the beginning of a day, as `collect` lists.
      const after = catchUpAfter(bookmark, new Date(now()));
      for await (const { size } of listBatches(remember(open(looking)), { after, now })) {
        batches += 1;
        bytes += size ?? 0;
      }
      return { batches, bytes };
    },
    async look(looking = {}) {
      const tally = tallying(looking);
      await collect({
        drop: recall(open(looking)),
        identity: () => mailbox,
        inbox: onlyFrom(contact.identity, answersInto(mailbox, bookmark, looking.came)),
        bookmark,
        report: tally.report,
        now,
      });
      return standingOf(bookmark, tally);
    },
  };
}

/** An inbox that shows each answer, and fetches no more of it than its text. */
function answersInto(mailbox: Identity, bookmark: Bookmark, came?: (answer: Answer) => void): Inbox {
  let roots = 0;
  return onNoDisk(async ({ name, id, time, contents }) => {
    const { head } = contents;
    const text = await textOf(contents);
    const epoch = mailbox.epochs.find((each) => keysName(each) === bookmark.pending.get(name)?.keys)!;
    const isAnswer = head.answers !== undefined;
    const { files, writer } = head;
    const isKept = files.length > 0 && roots < ROOTS_MAX;
    if (isKept) roots += 1;
    const root = isKept ? contents.rootCell : undefined;
    came?.({ id, name, epoch, time, text: fromUtf8(text), files, bytes: bodyBytes(head), writer, isAnswer, root });
    wipe(text);
    return { name, path: '', files, from: writer?.contact, answers: head.answers?.id };
  });
}

function tallying({ read }: Looking) {
  let [batches, leftOut, gone, isListWrong] = [0, 0, 0, false];
  const report = (event: CollectEvent) => {
    if (event.kind === 'batch') {
      batches += 1;
      read?.(batches);
    }
    if (event.kind === 'skipped' && event.what === 'letter') leftOut += 1;
    if (event.kind === 'gone') gone += event.batches;
    if (event.kind === 'list') isListWrong = true;
  };
  return { report, sums: () => ({ leftOut, gone, isListWrong }) };
}

function standingOf({ pending, unread, slots }: Bookmark, { sums }: ReturnType<typeof tallying>): Standing {
  const newest = [...slots].sort().at(-1);
  const upTo = newest === undefined ? undefined : Date.parse(newest) / 1000;
  return { unfetched: pending.size + unread.size, ...sums(), upTo };
}

/** A file of an answer, whole, under a name that is safe to save. */
export interface SavedFile {
  readonly name: string;
  readonly content: Blob;
}

/**
 * Fetches the files of an answer, all or none.
 *
 * @throws NotOpened when the letter is damaged, or gone; Unreachable
 */
export async function filesOf(
  mailbox: Identity,
  { contact }: Person,
  { id, epoch, root }: Answer,
  { signal, way, progress, ...watching }: Looking & { readonly progress?: OpenProgress } = {},
): Promise<SavedFile[]> {
  const drop = dropAt(contact.drop, { ...way, signal, ...watchRequests(watching) });
  const contents = await fetchLetter(drop, mailbox, epoch, id, unscheduled, undefined, root);
  const body = slicer(bodyParts(contents, progress));
  const taken = new Set<string>();
  try {
    await take(body, contents.head.textBytes, wipe);
    const saved: SavedFile[] = [];
    for (const { name, bytes } of contents.head.files) {
      const parts: Blob[] = [];
      // Of a Blob the browser decides where it lies.
      await take(body, bytes, (part) => void parts.push(new Blob([part])));
      saved.push({ name: untaken(safeFileName(name), taken), content: new Blob(parts, { type: UNKNOWN }) });
    }
    await body.finish();
    return saved;
  } finally {
    await body.stop();
    wipe(contents.root);
  }
}

/** What a browser shows in no tab, but saves: a file that a stranger named and wrote. */
const UNKNOWN = 'application/octet-stream';

/** How much of a file is in memory at a time. */
const PART_BYTES = 2 ** 20;

async function take(body: ReturnType<typeof slicer>, bytes: number, use: (part: Uint8Array<ArrayBuffer>) => void) {
  for (let left = bytes; left > 0; left -= PART_BYTES) {
    const part = new Uint8Array(Math.min(left, PART_BYTES));
    await body.fill(part);
    use(part);
    wipe(part);
  }
}

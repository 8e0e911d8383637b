import { isSame, wipe } from '../../wire/bytes.ts';
import { bodyBytes, type CellEntry, type LetterHead, parseHead } from '../../wire/letter.ts';
import { CELL_CONTENT_BYTES } from '../../wire/sizes.ts';
import { NewerVersion } from '../../wire/version.ts';
import { inOrder } from '../drop/ahead.ts';
import { type Drop, getUpload } from '../drop/drop.ts';
import { type Scheduler, unscheduled } from '../drop/scheduler.ts';
import type { Epoch } from '../keys/epoch.ts';
import type { Identity } from '../keys/identity.ts';
import { cellDigest, openCell } from './cell.ts';
import { checkProof, type Disbelief } from './proof.ts';
import { release } from './release.ts';

/** Why a letter was not opened, `unwanted` being for an inbox to say. Nothing of it is left then. */
export type Unopened = 'missing' | 'damaged' | 'too new' | Disbelief | 'unwanted';

/** Thrown where a letter is not opened, for what it is and not for how it is fetched or kept. */
export class NotOpened extends Error {
  readonly why: Unopened;
  constructor(why: Unopened) {
    super(`the letter is ${why}`);
    this.why = why;
  }
}

/** How many bytes of a letter have come, of how many. */
export type OpenProgress = (bytesDone: number, bytesTotal: number) => void;

/** The contents of a letter's cells, decrypted: of the root, and of the further ones as they are asked for. */
export interface LetterContents {
  readonly root: Uint8Array;
  readonly head: LetterHead;
  /** Where the body begins in the root. */
  readonly bodyAt: number;
  /** Those of the first further cells, so many, in their order; whoever takes them wipes them. @throws NotOpened */
  further(cells: number): AsyncIterable<Uint8Array>;
}

/** Keeps the cells of a letter as the drop gave them out: the root is number 0, the first further one number 1. */
export interface KeptCells {
  /** @returns undefined when it has none. One that it has may be damaged */
  get(number: number): Promise<Uint8Array | undefined>;
  put(number: number, cell: Uint8Array): Promise<void>;
}

/** A letter that is being fetched. */
export interface FetchedLetter extends LetterContents {
  /** As the drop gave it out. */
  readonly rootCell: Uint8Array;
  /**
   * Fetches all cells that are not kept, or are damaged, and keeps each as soon as it has come. What is asked for from then
   * on comes from there.
   *
   * @throws NotOpened; Unreachable when the drop is
   */
  fetchInto(kept: KeptCells, progress?: OpenProgress): Promise<void>;
}

/**
 * Requests for cells of one letter that are under way at a time, where no scheduler decides when they are made. A circuit to the
 * drop takes longer to build than a cell takes to come, and gives less than most lines have.
 */
export const CELLS_AT_ONCE = 9;

/**
 * Fetches the root of a letter, opens it, and checks what it says of its writer. Protocol step 11, and "Signature".
 *
 * @param scheduler - each request for a cell goes through it: one after another, unless it is the open one
 * @param now - seconds since 1970
 * @param fetched - the root, where it was fetched before. It is fetched again when it is damaged
 * @throws NotOpened; Unreachable when the drop is
 */
export async function fetchLetter(
  drop: Drop,
  reader: Identity,
  epoch: Epoch,
  id: Uint8Array,
  scheduler: Scheduler,
  now = Date.now() / 1000,
  fetched?: Uint8Array,
): Promise<FetchedLetter> {
  const fetchCell = async (cellId: Uint8Array, signal = drop.signal) => {
    const cell = await scheduler(() => getUpload({ ...drop, signal }, cellId));
    if (cell === null) throw new NotOpened('missing');
    return cell;
  };
  const { publicKey: identity } = reader.signing;
  const openRoot = (cell: Uint8Array) => openCell(cell, 'root', identity, epoch.cell, id);
  let rootCell = fetched ?? (await fetchCell(id));
  let root = openRoot(rootCell);
  if (root === null && fetched !== undefined) {
    rootCell = await fetchCell(id);
    root = openRoot(rootCell);
  }
  if (root === null) throw new NotOpened('damaged');
  const { head, bodyAt } = parseRoot(root);
  const disbelief = checkProof(root, head, reader, epoch, id, now);
  if (disbelief !== undefined) throw new NotOpened(disbelief);
  let kept: KeptCells | undefined;
  const getCell = async (entry: CellEntry, number: number, signal: AbortSignal) => {
    const isNamed = async (cell: Uint8Array) => isSame(await cellDigest(cell), entry.digest);
    const before = await kept?.get(number);
    if (before !== undefined && (await isNamed(before))) return before;
    const cell = await fetchCell(entry.id, signal);
    if (!(await isNamed(cell))) throw new NotOpened('damaged');
    await kept?.put(number, cell);
    return cell;
  };
  const width = scheduler === unscheduled ? CELLS_AT_ONCE : 1;
  const getCells = <T>(cells: number, ahead: number, use: (cell: Uint8Array, entry: CellEntry) => T) =>
    inOrder(
      head.cells.slice(0, cells).entries(),
      ahead,
      async ([index, entry], signal) => use(await getCell(entry, index + 1, signal), entry),
      drop.signal,
    );
  async function* further(cells: number) {
    for await (const { cell, entry } of getCells(cells, kept ? 1 : width, (cell, entry) => ({ cell, entry }))) {
      const content = openCell(cell, 'further', identity, epoch.cell, entry.id);
      release(cell);
      if (content === null) throw new NotOpened('damaged');
      yield content;
    }
  }
  const fetchInto = async (into: KeptCells, progress?: OpenProgress) => {
    kept = into;
    const total = bodyBytes(head);
    let done = root.length - bodyAt;
    const came = (cell: Uint8Array) => {
      release(cell);
      done += CELL_CONTENT_BYTES;
      progress?.(Math.min(done, total), total);
    };
    progress?.(Math.min(done, total), total);
    const before = await into.get(0);
    if (before === undefined || !isSame(before, rootCell)) await into.put(0, rootCell);
    for await (const _ of getCells(head.cells.length, width, came));
  };
  return { root, head, bodyAt, further, rootCell, fetchInto };
}

/** The contents of a letter as far as the first bytes of its body, so many, need them: the rest is not fetched. */
export function upTo(bytes: number, contents: LetterContents): LetterContents {
  const needed = Math.ceil(Math.max(0, bytes - (contents.root.length - contents.bodyAt)) / CELL_CONTENT_BYTES);
  return { ...contents, further: (cells) => contents.further(Math.min(cells, needed)) };
}

/** Reads the head from the content of a root. @throws NotOpened */
export function parseRoot(root: Uint8Array): ReturnType<typeof parseHead> {
  try {
    return parseHead(root);
  } catch (error) {
    throw new NotOpened(error instanceof NewerVersion ? 'too new' : 'damaged');
  }
}

/**
 * The body of a letter part by part, without its padding. Contents are wiped and gone when the next part is asked for.
 *
 * @param keep - is given each content as it is, the root's first, and awaited
 * @throws NotOpened when a cell, the text or the padding will not do
 */
export async function* bodyParts(
  { root, head, bodyAt, further }: LetterContents,
  progress?: OpenProgress,
  keep?: (content: Uint8Array, index: number) => Promise<void>,
): AsyncGenerator<Uint8Array> {
  const total = bodyBytes(head);
  let done = 0;
  const isText = textChecker(head.textBytes);
  const used = (part: Uint8Array) => {
    const bytes = Math.min(part.length, total - done);
    if (!isText(part.subarray(0, bytes)) || part.subarray(bytes).some((byte) => byte !== 0))
      throw new NotOpened('damaged');
    done += bytes;
    progress?.(done, total);
    return part.subarray(0, bytes);
  };
  const rootPart = used(root.subarray(bodyAt));
  await keep?.(root, 0);
  yield rootPart;
  let number = 0;
  for await (const content of further(head.cells.length)) {
    try {
      const part = used(content);
      number += 1;
      await keep?.(content, number);
      yield part;
    } finally {
      wipe(content); // wherever the reader stops
      release(content);
    }
  }
}

/** Tells, part by part, whether a body begins with a text in UTF-8, of which a character may stand in two parts. */
function textChecker(textBytes: number): (part: Uint8Array) => boolean {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let left = textBytes;
  return (part) => {
    if (left === 0) return true;
    const text = part.subarray(0, left);
    left -= text.length;
    try {
      decoder.decode(text, { stream: left > 0 });
      return true;
    } catch {
      return false;
    }
  };
}

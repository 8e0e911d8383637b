import sodium from 'libsodium-wrappers';
import { bodyBytes, type CellEntry, type LetterHead, parseHead } from '../../wire/letter.ts';
import { NewerVersion } from '../../wire/version.ts';
import type { Epoch } from '../keys/epoch.ts';
import type { Identity } from '../keys/identity.ts';
import { type Drop, getUpload } from '../road/drop.ts';
import type { Gate } from '../road/gate.ts';
import { cellDigest, openCell } from './cell.ts';
import { checkProof, type Disbelief } from './proof.ts';

await sodium.ready;

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

/** The contents of a letter's cells, decrypted: of the root, and of each further cell when it is asked for. */
export interface LetterContents {
  readonly root: Uint8Array;
  readonly head: LetterHead;
  /** Where the body begins in the root. */
  readonly bodyAt: number;
  /** @throws NotOpened */
  further(cell: CellEntry, index: number): Promise<Uint8Array>;
}

/** A letter that is being fetched: its contents, and its root as the drop gave it out. */
export interface FetchedLetter extends LetterContents {
  readonly rootCell: Uint8Array;
}

/**
 * Fetches the root of a letter, opens it, and checks what it says of its writer. Protocol step 11, and "Signature".
 *
 * @param gate - each request for a cell goes through it
 * @param now - seconds since 1970
 * @param fetched - the root, where it was fetched before and need not be again
 * @throws NotOpened; Unreachable when the drop is
 */
export async function fetchLetter(
  drop: Drop,
  reader: Identity,
  epoch: Epoch,
  id: Uint8Array,
  gate: Gate,
  now = Date.now() / 1000,
  fetched?: Uint8Array,
): Promise<FetchedLetter> {
  const fetchCell = async (cellId: Uint8Array) => {
    const cell = await gate(() => getUpload(drop, cellId));
    if (cell === null) throw new NotOpened('missing');
    return cell;
  };
  const { publicKey: identity } = reader.signing;
  const rootCell = fetched ?? (await fetchCell(id));
  const root = openCell(rootCell, 'root', identity, epoch.cell, id);
  if (root === null) throw new NotOpened('damaged');
  const { head, bodyAt } = parseRoot(root);
  const disbelief = checkProof(root, head, reader, epoch, id, now);
  if (disbelief !== undefined) throw new NotOpened(disbelief);
  const further = async (entry: CellEntry) => {
    const cell = await fetchCell(entry.id);
    const isNamed = Buffer.from(entry.digest).equals(cellDigest(cell));
    const content = isNamed ? openCell(cell, 'further', identity, epoch.cell, entry.id) : null;
    if (content === null) throw new NotOpened('damaged');
    return content;
  };
  return { root, head, bodyAt, further, rootCell };
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
 * The body of a letter part by part, without its padding. Contents are wiped when the next part is asked for.
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
  for (const [index, entry] of head.cells.entries()) {
    const content = await further(entry, index);
    try {
      const part = used(content);
      await keep?.(content, index + 1);
      yield part;
    } finally {
      sodium.memzero(content); // wherever the reader stops
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

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

/** Thrown where a letter turns out not to be whole, or not to be believed. */
export class NotWhole extends Error {
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
  /** @throws NotWhole */
  further(cell: CellEntry, index: number): Promise<Uint8Array>;
}

/**
 * Fetches the root of a letter, opens it, and checks what it says of its writer. Protocol step 11, and "Signature".
 *
 * @param gate - each request for a cell goes through it
 * @param now - seconds since 1970
 * @throws NotWhole; Unreachable when the drop is
 */
export async function fetchLetter(
  drop: Drop,
  reader: Identity,
  epoch: Epoch,
  id: Uint8Array,
  gate: Gate,
  now = Date.now() / 1000,
): Promise<LetterContents> {
  const fetchCell = async (cellId: Uint8Array) => {
    const cell = await gate(() => getUpload(drop, cellId));
    if (cell === null) throw new NotWhole('missing');
    return cell;
  };
  const root = openCell(await fetchCell(id), 'root', epoch.cell, id);
  if (root === null) throw new NotWhole('damaged');
  const { head, bodyAt } = parseRoot(root);
  const disbelief = checkProof(root, head, reader, epoch, id, now);
  if (disbelief !== undefined) throw new NotWhole(disbelief);
  const further = async (entry: CellEntry) => {
    const cell = await fetchCell(entry.id);
    const isNamed = Buffer.from(entry.digest).equals(cellDigest(cell));
    const content = isNamed ? openCell(cell, 'further', epoch.cell, entry.id) : null;
    if (content === null) throw new NotWhole('damaged');
    return content;
  };
  return { root, head, bodyAt, further };
}

/** Reads the head from the content of a root. @throws NotWhole */
export function parseRoot(root: Uint8Array): ReturnType<typeof parseHead> {
  try {
    return parseHead(root);
  } catch (error) {
    throw new NotWhole(error instanceof NewerVersion ? 'too new' : 'damaged');
  }
}

/**
 * The body of a letter part by part, without its padding. Contents are wiped when the next part is asked for.
 *
 * @param keep - is given each content as it is, the root's first, and awaited
 * @throws NotWhole when a cell or the padding will not do
 */
export async function* bodyParts(
  { root, head, bodyAt, further }: LetterContents,
  progress?: OpenProgress,
  keep?: (content: Uint8Array, index: number) => Promise<void>,
): AsyncGenerator<Uint8Array> {
  const total = bodyBytes(head);
  let done = 0;
  const used = (part: Uint8Array) => {
    const bytes = Math.min(part.length, total - done);
    if (part.subarray(bytes).some((byte) => byte !== 0)) throw new NotWhole('damaged');
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

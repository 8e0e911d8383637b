import { createHash, randomBytes } from 'node:crypto';
import { type CellRecipient, sealCell } from '../core/letter/cell.ts';
import { type CellEntry, formatHead, furtherCells, type LetterParts } from '../wire/letter.ts';
import { CELL_CONTENT_BYTES } from '../wire/sizes.ts';

/**
 * The root cell of a letter with a file of so many zeros.
 *
 * @param cells - its further cells; several letters may share them. @default - some that are nowhere
 */
export function claim(bytes: number, id: Uint8Array, to: CellRecipient, cells?: readonly CellEntry[]): Uint8Array {
  const parts: LetterParts = { textBytes: 0, files: [{ name: 'zeros', bytes }] };
  const nowhere = () => ({ id: randomBytes(32), digest: randomBytes(32) });
  const content = new Uint8Array(CELL_CONTENT_BYTES);
  content.set(formatHead({ ...parts, cells: cells ?? Array.from({ length: furtherCells(parts) }, nowhere) }));
  return sealCell(content, 'root', to, id);
}

/** The digest of a cell, at once and as docs/protocol.md has it. */
export const digestOf = (cell: Uint8Array) =>
  createHash('sha256').update('dead-drop 1 cell digest').update(cell).digest();

/** A further cell of zeros, and what a letter says of it. */
export function zeros(to: CellRecipient): { cell: Uint8Array; entry: CellEntry } {
  const id = randomBytes(32);
  const cell = sealCell(new Uint8Array(CELL_CONTENT_BYTES), 'further', to, id);
  return { cell, entry: { id, digest: digestOf(cell) } };
}

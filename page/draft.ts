import { type Draft, isBlank } from '../core/letter/body.ts';
import { utf8 } from '../wire/bytes.ts';
import { DRAWN_CELLS_MAX } from '../wire/drawn-cells.ts';
import { furtherCells, type LetterParts } from '../wire/letter.ts';
import { FILE_NAME_MAX_BYTES, FILES_MAX, TEXT_MAX_BYTES } from '../wire/sizes.ts';
import { VisitFault } from './fault.ts';

/** What a letter takes. */
export interface Weight {
  /** Each is 1 MiB on the way. */
  readonly cells: number;
  /** Whether no decoy is as long, so that it stands out. */
  readonly standsOut: boolean;
}

/** What a cell may take over Tor before anything is known of this visit's transport, in seconds. */
export const CELL_SECONDS = { least: 2, most: 20 };

/** Weighs a letter before anything of it is sent. @throws VisitFault when it is none that can be sent */
export function weigh({ text = '', files = [] }: Draft): Weight {
  const textBytes = utf8(text).length;
  if (isBlank(text) && files.every(({ bytes }) => bytes === 0)) throw new VisitFault({ kind: 'nothing' });
  if (!text.isWellFormed()) throw new VisitFault({ kind: 'noText' });
  if (textBytes > TEXT_MAX_BYTES) throw new VisitFault({ kind: 'textTooLong' });
  if (files.length > FILES_MAX) throw new VisitFault({ kind: 'fileCount', count: files.length });
  const misnamed = files.find(({ name }) => !name.isWellFormed() || !isNameLength(utf8(name).length));
  if (misnamed) throw new VisitFault({ kind: 'fileName', name: misnamed.name });
  const cells = 1 + cellsBesidesRoot({ textBytes, files });
  return { cells, standsOut: cells > DRAWN_CELLS_MAX };
}

const isNameLength = (bytes: number) => bytes >= 1 && bytes <= FILE_NAME_MAX_BYTES;

function cellsBesidesRoot(parts: LetterParts): number {
  try {
    return furtherCells(parts);
  } catch {
    throw new VisitFault({ kind: 'tooLarge' });
  }
}

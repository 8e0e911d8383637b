import { randomBytes } from '#platform';
import { concat, toHex, utf8 } from '../../wire/bytes.ts';
import { furtherCells } from '../../wire/letter.ts';
import { CELL_CONTENT_BYTES } from '../../wire/sizes.ts';
import type { Draft, OutgoingFile } from '../letter/body.ts';
import type { Random } from '../platform.ts';

/** A text that fits into the root, as most letters are. */
const TEXT_BYTES = { least: 200, most: 5000 };

const FILE_NAME = 'file';

/** What a canary says, and how many cells that takes. */
export interface CanaryLetter {
  readonly draft: Draft;
  readonly cells: number;
  /** The bytes of its body: text, then file. */
  readonly body: Uint8Array;
}

/** Makes a letter of this many cells out of random bytes: a text, and a file when there is more than one. */
export function drawLetter(cells: number, random: Random): CanaryLetter {
  const text = toHex(randomBytes(Math.floor((TEXT_BYTES.least + random(TEXT_BYTES.most - TEXT_BYTES.least)) / 2)));
  if (cells === 1) return { draft: { text }, cells, body: utf8(text) };
  // The last cell is filled to anywhere: nobody sees where, but whoever reads must get along with it.
  const content = randomBytes((cells - 1) * CELL_CONTENT_BYTES + random(CELL_CONTENT_BYTES / 2) - text.length);
  const files: OutgoingFile[] = [
    {
      name: FILE_NAME,
      bytes: content.length,
      async *read() {
        yield content;
      },
    },
  ];
  const needed = furtherCells({ textBytes: text.length, files }) + 1;
  if (needed !== cells) throw new Error('a canary has another number of cells than was drawn');
  return { draft: { text, files }, cells, body: concat([utf8(text), content]) };
}

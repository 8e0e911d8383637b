import { CELL_CONTENT_BYTES } from '../../wire/sizes.ts';
import type { Draft } from '../letter/body.ts';

/** What a cover letter says, so that whoever opens one knows that there is nothing in it, and can delete it. */
export const COVER_TEXT = 'This is cover, and says nothing: delete it.';

/** A letter that takes so many cells, and is of no interest. */
export function coverDraft(cells: number): Draft {
  if (cells === 1) return { text: COVER_TEXT };
  const zeros = new Uint8Array(CELL_CONTENT_BYTES);
  const file = {
    name: 'cover',
    bytes: (cells - 1) * CELL_CONTENT_BYTES,
    async *read() {
      for (let cell = 1; cell < cells; cell += 1) yield zeros;
    },
  };
  return { text: COVER_TEXT, files: [file] };
}

import type { Contact } from '../../wire/contact.ts';
import type { CellEntry } from '../../wire/letter.ts';
import { type Drop, getUploadUrl, putCell, type UploadUrl } from '../drop/drop.ts';
import { NoDrop } from '../drop/no-drop.ts';
import { type CellRole, cellDigest, sealCell, sealDigestedCell } from '../letter/cell.ts';

/** How often a cell is sealed anew for another id before the drop counts as broken. */
const UPLOADS_PER_CELL = 3;

/** What a cell is to be, once its id is there. */
export interface UnsealedCell {
  readonly to: Contact;
  readonly role: CellRole;
  /** Its content under an id: exactly 1,047,408 bytes. */
  readonly content: (id: Uint8Array) => Uint8Array;
  /** Where it is sealed to, DIGESTED_CELL_BYTES, to be digested beside other cells. @default - new ones each time */
  readonly sealed?: Uint8Array<ArrayBuffer>;
}

/**
 * Uploads one cell, with a new id and a new encapsulation each time the drop refuses it. Protocol step 3.
 *
 * That something is there (412) after a try that seemed to fail means that the try had arrived: storage takes a cell whole
 * or not at all, and nobody else has the URL. To look would show a sender. Protocol, "Trying again".
 *
 * @param first - where the first try goes. @default - it is asked for
 */
export async function uploadCell(drop: Drop, cell: UnsealedCell, first?: UploadUrl): Promise<CellEntry> {
  const { to, role, content, sealed: into } = cell;
  for (let tried = 0; tried < UPLOADS_PER_CELL; tried += 1) {
    const place = (tried === 0 && first) || (await getUploadUrl(drop));
    const { cell: sealed, digest } = into
      ? sealDigestedCell(content(place.id), role, to, place.id, undefined, into)
      : sealHere(content(place.id), role, to, place.id);
    const { status, triedBefore } = await putCell(drop, place, sealed);
    if (status === 200 || (status === 412 && triedBefore)) return { id: place.id, digest: await digest };
  }
  throw new NoDrop('the drop refuses uploads: try again later');
}

/** Of a short letter, whose requests nothing else is to come between. */
function sealHere(content: Uint8Array, role: CellRole, to: Contact, id: Uint8Array) {
  const cell = sealCell(content, role, to, id);
  return { cell, digest: cellDigest(cell) };
}

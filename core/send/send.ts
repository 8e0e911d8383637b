import { utf8, wipe } from '../../wire/bytes.ts';
import type { Contact } from '../../wire/contact.ts';
import { DRAWN_CELLS_MAX } from '../../wire/drawn-cells.ts';
import { type CellEntry, formatHead, furtherCells, type LetterHead } from '../../wire/letter.ts';
import { CELL_CONTENT_BYTES, CELL_DIGEST_BYTES, LETTER_MAX_DAYS, UPLOAD_ID_BYTES } from '../../wire/sizes.ts';
import { type Drop, putSealedId } from '../drop/drop.ts';
import { atOnce, type Pace } from '../drop/pace.ts';
import { checkContact } from '../keys/identity.ts';
import { bodyOf, type Draft, slicer } from '../letter/body.ts';
import { DIGESTED_CELL_BYTES } from '../letter/cell.ts';
import { unproven, writeHead } from '../letter/proof.ts';
import { sealId } from '../letter/sealed-id.ts';
import { inTurn, SIDE_BY_SIDE, sideBySide } from './side-by-side.ts';
import { type UnsealedCell, uploadCell } from './upload-cell.ts';

/** How far a letter's cells have come. */
export interface UploadProgress {
  readonly cellsDone: number;
  readonly cellsTotal: number;
}

/** How far a letter has come: what a later `upload` of the same draft to the same contact needs to go on. */
export interface SentSoFar {
  /** When its first cell was on its way: milliseconds since 1970. */
  readonly since: number;
  /** Those that are uploaded, by their place in the letter; the root has the last. Of a long one, some may be ahead. */
  readonly cells: readonly (CellEntry | undefined)[];
}

/** A letter that is on the drop, and not registered yet. */
export interface Uploaded {
  /** How many cells it has. When it is paced, this is also the number of the registration's step. */
  readonly cells: number;
  /** When its first cell was on its way, from which on the drop may keep it: milliseconds since 1970. */
  readonly since: number;
  /** Of the letter: a secret between its two people. */
  readonly id: Uint8Array;
  /** Seals the letter's id to the journalist: 80 bytes, other ones each time. Protocol step 5. */
  seal(): Uint8Array;
}

/** What uploading needs besides the letter. */
export interface UploadOptions {
  /** Milliseconds since 1970. @default Date.now */
  readonly now?: () => number;
  readonly progress?: (progress: UploadProgress) => void;
  /**
   * Takes each step, of which nothing reaches the drop earlier: for each cell one, in which its upload URL is asked for
   * and used, and one for the registration. Steps may be hours apart, and of a file no more is read than fills the next.
   * A step that is taken again begins with a new upload URL and seals anew; what is tried again within a step is not
   * paced. @default - at once
   */
  readonly pace?: Pace;
  /** Whether the registration is to come and counts as the last step: `send` says so. @default false */
  readonly toRegister?: boolean;
  /** Goes on where an interrupted upload of the same draft to the same contact had come. */
  readonly resume?: SentSoFar | undefined;
  /** Told, and awaited, after each cell. What it is told is worth keeping in secret only: it names the uploads. */
  readonly keep?: ((soFar: SentSoFar) => Promise<void>) | undefined;
}

/** What sending needs besides. */
export interface SendOptions extends UploadOptions {
  /** Told when all cells are there: from then on the letter may be registered, and before, nobody can read any of it. */
  readonly uploaded?: ((uploaded: Uploaded) => void) | undefined;
}

/** Thrown for a letter that took so long that it could be gone in part before it is read. Only a new one will do. */
export class TooLate extends Error {}

/**
 * Sends a letter: uploads its cells, root last, then registers it. Protocol steps 2 to 6.
 *
 * Nothing of it is kept. An interrupted letter leaves cells that nobody can read or attribute, and is sent anew.
 *
 * @throws Error in one line when the contact, the letter or the drop will not do; TooLate when it took over 8 days
 */
export async function send(drop: Drop, contact: Contact, draft: Draft, options: SendOptions = {}): Promise<Uploaded> {
  const { pace = atOnce, now } = options;
  const uploaded = await upload(drop, contact, draft, { ...options, toRegister: true });
  options.uploaded?.(uploaded);
  await pace(uploaded.cells, uploaded.cells + 1, () => register(drop, uploaded, now));
  return uploaded;
}

/**
 * Registers a letter uploaded before. Protocol step 6. Harmless when repeated.
 *
 * @param what - the letter, whose id is sealed anew for each try, or its sealed id (80 bytes). Decoys are never tried
 *   twice, so that two equal registrations show the drop's operator a real one: prefer the letter.
 * @throws TooLate when the letter's first cell was uploaded more than 8 days ago; of a sealed id, nobody knows
 */
export async function register(drop: Drop, what: Uploaded | Uint8Array, now: () => number = Date.now): Promise<void> {
  if (!(what instanceof Uint8Array)) checkAge(what.since, now());
  await putSealedId(drop, what instanceof Uint8Array ? () => what : what.seal);
}

/**
 * Uploads a letter's cells, root last, without registering it. Protocol steps 2 to 4.
 *
 * A letter that is longer than any decoy, and not paced, has some of its further cells under way at a time.
 *
 * @returns the letter, to be registered within the drop's retention
 * @throws TooLate when its last cell is not on its way within 8 days of the first
 */
export async function upload(
  drop: Drop,
  contact: Contact,
  draft: Draft,
  options: UploadOptions = {},
): Promise<Uploaded> {
  const { now = Date.now, progress, pace = atOnce, toRegister = false, resume, keep } = options;
  checkContact(contact, (resume?.since ?? now()) / 1000);
  const { text = '', files = [], from, answers } = draft;
  if (!text.isWellFormed()) throw new Error('the text is not Unicode: half of a character is missing in it');
  const parts = { textBytes: utf8(text).length, files };
  const count = furtherCells(parts);
  const writer = from && unproven(from);
  const head: LetterHead = { ...parts, answers, writer, cells: placeholders(count) };
  const rootBodyAt = formatHead(head).length; // refuses too much before anything is sent
  let since = resume?.since ?? Number.POSITIVE_INFINITY;
  const cells: (CellEntry | undefined)[] = Array.from({ length: count + 1 }, (_, place) => resume?.cells[place]);
  let done = cells.filter((cell) => cell !== undefined).length;
  const report = () => progress?.({ cellsDone: done, cellsTotal: count + 1 });
  const begin = () => {
    since = Math.min(since, now());
    checkAge(since, now());
    checkAge(contact.validUntil * 1000, now()); // its keys are destroyed some time after that
  };
  const add = async (place: number, cell: CellEntry) => {
    cells[place] = cell;
    done += 1;
    await keep?.({ since, cells: cells.slice(0, cells.findLastIndex((each) => each !== undefined) + 1) });
    report();
  };
  const addStep = async (place: number, cell: UnsealedCell) => {
    const entry = await pace(done, count + 1 + Number(toRegister), async () => {
      begin();
      return uploadCell(drop, cell);
    });
    await add(place, entry);
  };
  const isLong = count + 1 > DRAWN_CELLS_MAX && pace === atOnce;
  const body = slicer(bodyOf(draft));
  const root = new Uint8Array(CELL_CONTENT_BYTES);
  const contents = Array.from({ length: isLong ? SIDE_BY_SIDE : 1 }, () => new Uint8Array(CELL_CONTENT_BYTES));
  // Used again and again: new ones would fill the memory until they are collected.
  const sealed = Array.from({ length: isLong ? SIDE_BY_SIDE : 0 }, () => new Uint8Array(DIGESTED_CELL_BYTES));
  const further = (lane: number): UnsealedCell => {
    const content = contents[lane]!;
    return { to: contact, role: 'further', content: () => content, sealed: sealed[lane]! };
  };
  let read = 0;
  /** Reads the content of the next cell that is not there yet. @returns its place */
  const readNext = async (content: Uint8Array) => {
    do {
      await body.fill(content);
      read += 1;
    } while (cells[read - 1] !== undefined);
    return read - 1;
  };
  try {
    report();
    if (cells[count] === undefined) {
      await body.fill(root.subarray(rootBodyAt));
      const left = count - done;
      if (isLong) {
        const [reading, adding] = [inTurn(), inTurn()];
        await sideBySide(drop, left, async (within, place, lane) => {
          begin();
          const at = await reading(() => readNext(contents[lane]!));
          const entry = await uploadCell(within, further(lane), place);
          await adding(() => add(at, entry));
        });
      } else {
        for (let i = 0; i < left; i += 1) {
          const at = await readNext(contents[0]!);
          await addStep(at, further(0));
        }
      }
      await body.finish();
      const content = (id: Uint8Array) => {
        writeHead(root, { ...head, cells: cells.slice(0, count) as CellEntry[] }, from, contact, id);
        return root;
      };
      await addStep(count, { to: contact, role: 'root', content });
    }
    const { id } = cells[count]!;
    return { cells: count + 1, since, id, seal: () => sealId(id, contact.idKey) };
  } finally {
    await body.stop();
    for (const secret of [root, ...contents]) wipe(secret);
  }
}

function checkAge(since: number, now: number): void {
  if (now - since <= LETTER_MAX_DAYS * 86_400_000) return;
  throw new TooLate(
    `the letter took more than ${LETTER_MAX_DAYS} days, and its beginning may be gone before it is read: send it anew`,
  );
}

/** Entries that only take their space, until the cells are there. */
function placeholders(count: number): CellEntry[] {
  const none = { id: new Uint8Array(UPLOAD_ID_BYTES), digest: new Uint8Array(CELL_DIGEST_BYTES) };
  return Array.from({ length: count }, () => none);
}

import sodium from 'libsodium-wrappers';
import type { Contact } from '../../wire/contact.ts';
import { type CellEntry, formatHead, furtherCells, type LetterHead } from '../../wire/letter.ts';
import { CELL_CONTENT_BYTES, CELL_DIGEST_BYTES, LETTER_MAX_DAYS, UPLOAD_ID_BYTES } from '../../wire/sizes.ts';
import { checkContact } from '../keys/identity.ts';
import { bodyOf, type Draft, slicer } from '../letter/body.ts';
import { type CellRole, cellDigest, sealCell } from '../letter/cell.ts';
import { unproven, writeHead } from '../letter/proof.ts';
import { sealId } from '../letter/sealed-id.ts';
import { type Drop, getUploadUrl, putCell, putSealedId } from '../road/drop.ts';
import { atOnce, type Pace } from '../road/pace.ts';

await sodium.ready;

/** How far a letter's cells have come. */
export interface UploadProgress {
  readonly cellsDone: number;
  readonly cellsTotal: number;
}

/** How far a letter has come: what a later `upload` of the same draft to the same contact needs to go on. */
export interface SentSoFar {
  /** When its first cell was on its way: milliseconds since 1970. */
  readonly since: number;
  /** Those that are uploaded, in order; the root is the last. */
  readonly cells: readonly CellEntry[];
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

/** How often a cell is sealed anew for another id before the drop counts as broken. */
const UPLOADS_PER_CELL = 3;

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
  const parts = { textBytes: Buffer.byteLength(text), files };
  const count = furtherCells(parts);
  const writer = from && unproven(from);
  const head: LetterHead = { ...parts, answers, writer, cells: placeholders(count) };
  const rootBodyAt = formatHead(head).length; // refuses too much before anything is sent
  const report = (cellsDone: number) => progress?.({ cellsDone, cellsTotal: count + 1 });
  let since = resume?.since ?? Number.POSITIVE_INFINITY;
  const cells: CellEntry[] = [...(resume?.cells ?? [])];
  const addCell = async (content: (id: Uint8Array) => Uint8Array, role: CellRole) => {
    const cell = await pace(cells.length, count + 1 + Number(toRegister), async () => {
      since = Math.min(since, now());
      checkAge(since, now());
      checkAge(contact.validUntil * 1000, now()); // its keys are destroyed some time after that
      return uploadCell(drop, contact, content, role);
    });
    cells.push(cell);
    await keep?.({ since, cells: [...cells] });
    report(cells.length);
  };
  const body = slicer(bodyOf(draft));
  const root = new Uint8Array(CELL_CONTENT_BYTES);
  const content = new Uint8Array(CELL_CONTENT_BYTES);
  try {
    report(cells.length);
    if (cells.length <= count) {
      await body.fill(root.subarray(rootBodyAt));
      for (let skipped = 0; skipped < cells.length; skipped += 1) await body.fill(content);
      while (cells.length < count) {
        await body.fill(content);
        await addCell(() => content, 'further');
      }
      await body.finish();
      const rootFor = (id: Uint8Array) => {
        writeHead(root, { ...head, cells }, from, contact, id);
        return root;
      };
      await addCell(rootFor, 'root');
    }
    const { id } = cells.at(-1)!;
    return { cells: cells.length, since, id, seal: () => sealId(id, contact.idKey) };
  } finally {
    await body.stop();
    sodium.memzero(root);
    sodium.memzero(content);
  }
}

function checkAge(since: number, now: number): void {
  if (now - since <= LETTER_MAX_DAYS * 86_400_000) return;
  throw new TooLate(
    `the letter took more than ${LETTER_MAX_DAYS} days, and its beginning may be gone before it is read: send it anew`,
  );
}

/**
 * Uploads one cell, with a new id and a new encapsulation each time the drop refuses it. Protocol step 3.
 *
 * That something is there (412) after a try that seemed to fail means that the try had arrived: storage takes a cell whole
 * or not at all, and nobody else has the URL. To look would show a sender. Protocol, "Trying again".
 *
 * @param content - of the cell under an id
 */
async function uploadCell(
  drop: Drop,
  contact: Contact,
  content: (id: Uint8Array) => Uint8Array,
  role: CellRole,
): Promise<CellEntry> {
  for (let tried = 0; tried < UPLOADS_PER_CELL; tried += 1) {
    const place = await getUploadUrl(drop);
    const cell = sealCell(content(place.id), role, contact, place.id);
    const { status, triedBefore } = await putCell(drop, place, cell);
    if (status === 200 || (status === 412 && triedBefore)) return { id: place.id, digest: cellDigest(cell) };
  }
  throw new Error('the drop refuses uploads: try again later');
}

/** Entries that only take their space, until the cells are there. */
function placeholders(count: number): CellEntry[] {
  const none = { id: new Uint8Array(UPLOAD_ID_BYTES), digest: new Uint8Array(CELL_DIGEST_BYTES) };
  return Array.from({ length: count }, () => none);
}

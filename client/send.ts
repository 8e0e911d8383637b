import sodium from 'libsodium-wrappers';
import type { Contact } from '../wire/contact.ts';
import { type CellEntry, formatHead, furtherCells, type LetterHead, type LetterParts } from '../wire/letter.ts';
import { CELL_CONTENT_BYTES, CELL_DIGEST_BYTES, UPLOAD_ID_BYTES } from '../wire/sizes.ts';
import { bodyOf, type Draft, slicer } from './body.ts';
import { type CellRole, cellDigest, sealCell } from './cell.ts';
import { type Drop, getUpload, getUploadUrl, putCell, putSealedId } from './drop.ts';
import { checkContact } from './identity.ts';
import { atOnce, type Pace } from './pace.ts';
import { Unreachable } from './retry.ts';
import { sealId } from './sealed-id.ts';

await sodium.ready;

/** How far a letter's cells have come. */
export interface UploadProgress {
  readonly cellsDone: number;
  readonly cellsTotal: number;
}

/** A letter that is on the drop, and not registered yet. */
export interface Uploaded {
  /** How many cells it has. When it is paced, this is also the number of the registration's step. */
  readonly cells: number;
  /** When its first cell was on its way, from which on the drop may keep it: milliseconds since 1970. */
  readonly since: number;
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
}

/**
 * How long a letter may take from its first cell to its registration: a week, and a day for what holds it up. The drop
 * keeps nothing for more than 14 days, so that the journalist has six for reading it.
 */
const LETTER_MAX_DAYS = 8;

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
export async function send(drop: Drop, contact: Contact, draft: Draft, options: UploadOptions = {}): Promise<void> {
  const { pace = atOnce, now } = options;
  const uploaded = await upload(drop, contact, draft, { ...options, toRegister: true });
  await pace(uploaded.cells, uploaded.cells + 1, () => register(drop, uploaded, now));
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
  { now = Date.now, progress, pace = atOnce, toRegister = false }: UploadOptions = {},
): Promise<Uploaded> {
  checkContact(contact, new Date(now()));
  const parts = partsOf(draft);
  const count = furtherCells(parts);
  const head: LetterHead = { ...parts, answers: draft.answers, cells: placeholders(count) };
  const rootBodyAt = formatHead(head).length; // refuses too much before anything is sent
  const report = (cellsDone: number) => progress?.({ cellsDone, cellsTotal: count + 1 });
  let since = Number.POSITIVE_INFINITY;
  const cells: CellEntry[] = [];
  const addCell = async (content: Uint8Array, role: CellRole) => {
    const cell = await pace(cells.length, count + 1 + Number(toRegister), async () => {
      since = Math.min(since, now());
      checkAge(since, now());
      return uploadCell(drop, contact.cellKey, content, role);
    });
    cells.push(cell);
    report(cells.length);
  };
  const body = slicer(bodyOf(draft));
  const root = new Uint8Array(CELL_CONTENT_BYTES);
  const content = new Uint8Array(CELL_CONTENT_BYTES);
  try {
    report(0);
    await body.fill(root.subarray(rootBodyAt));
    while (cells.length < count) {
      await body.fill(content);
      await addCell(content, 'further');
    }
    await body.finish();
    root.set(formatHead({ ...head, cells }));
    await addCell(root, 'root');
    const { id } = cells.at(-1)!;
    return { cells: cells.length, since, seal: () => sealId(id, contact.idKey) };
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

/** Uploads one cell, with a new id and a new encapsulation each time the drop refuses it. Protocol step 3. */
async function uploadCell(drop: Drop, cellKey: Uint8Array, content: Uint8Array, role: CellRole): Promise<CellEntry> {
  for (let tried = 0; tried < UPLOADS_PER_CELL; tried += 1) {
    const place = await getUploadUrl(drop);
    const cell = sealCell(content, role, cellKey, place.id);
    const { status, triedBefore } = await putCell(drop, place, cell);
    if (status === 200 || (status === 412 && triedBefore && (await holds(drop, place.id, cell)))) {
      return { id: place.id, digest: cellDigest(cell) };
    }
  }
  throw new Error('the drop refuses uploads: try again later');
}

/** Whether an upload is this very cell: then a try that seemed to fail had arrived. Protocol, "Trying again". */
async function holds(drop: Drop, id: Uint8Array, cell: Uint8Array): Promise<boolean> {
  try {
    const there = await getUpload(drop, id);
    return there !== null && Buffer.from(cell).equals(there);
  } catch (error) {
    if (error instanceof Unreachable) throw error;
    return false;
  }
}

function partsOf({ text = '', files = [], returnContact }: Draft): LetterParts {
  return { textBytes: Buffer.byteLength(text), hasReturnContact: returnContact !== undefined, files };
}

/** Entries that only take their space, until the cells are there. */
function placeholders(count: number): CellEntry[] {
  const none = { id: new Uint8Array(UPLOAD_ID_BYTES), digest: new Uint8Array(CELL_DIGEST_BYTES) };
  return Array.from({ length: count }, () => none);
}

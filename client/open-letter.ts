import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import sodium from 'libsodium-wrappers';
import { CONTACT_BYTES } from '../wire/contact.ts';
import { bodyBytes, type LetterHead, NewerVersion, parseHead } from '../wire/letter.ts';
import { CELL_CONTENT_BYTES } from '../wire/sizes.ts';
import { type Slicer, slicer } from './body.ts';
import { cellDigest, openCell } from './cell.ts';
import { type Drop, getUpload } from './drop.ts';
import { safeFileName, untaken } from './file-name.ts';
import { type Gate, openGate } from './gate.ts';
import type { SealingKeys } from './identity.ts';
import { type Room, takeRoom } from './room.ts';

/** A letter that stands in a folder of its own. */
export interface OpenedLetter {
  readonly folder: string;
  /** Names in that folder. The text, if there is one, is `letter.txt`. */
  readonly files: readonly { readonly name: string; readonly bytes: number }[];
  /** Whether the letter claims a signature. This version does not check it. */
  readonly signatureUnchecked: boolean;
}

/** Why a letter was not opened. Nothing of it is left then. */
export type Unopened = 'missing' | 'damaged' | 'too new';

/** Thrown when a letter has cells besides its root, and whoever asked for it has no place for those. */
export class LongLetter extends Error {}

/** How many bytes of a letter have come, of how many. */
export type OpenProgress = (bytesDone: number, bytesTotal: number) => void;

await sodium.ready;

const TEXT_NAME = 'letter.txt';
/** The contact's bytes as they came: reading them is for the version that answers. */
const RETURN_CONTACT_NAME = 'return-contact.bin';
const UNFINISHED = '.unfinished-';

/** Three hours without a sign of life: what is being written gives one every ten minutes, if only that it waits. */
const IDLE_MAX = 3 * 3_600_000;
const SIGN_OF_LIFE_MILLISECONDS = 10 * 60_000;

/** What a file of any size may take besides its bytes. */
const BLOCK_BYTES = 4096;

/**
 * Fetches the letter with this id, opens it and writes it into a new folder `join(inbox, name)`. Protocol step 11.
 *
 * It is written to a hidden folder beside it first, which is renamed when everything is right and removed when not.
 *
 * @param gate - each request for a cell goes through it
 * @param takePlace - asked, with their number, whether there is a place for the cells that a letter has besides its root
 * @throws Unreachable when the drop is; NoRoom; LongLetter; the system's error when the inbox cannot be written to
 */
export async function openLetter(
  drop: Drop,
  keys: SealingKeys,
  id: Uint8Array,
  inbox: string,
  name: string,
  progress?: OpenProgress,
  gate: Gate = openGate,
  takePlace: (cells: number) => boolean = () => true,
): Promise<OpenedLetter | Unopened> {
  const fetchCell = (cellId: Uint8Array) => gate(() => getUpload(drop, cellId));
  const cell = await fetchCell(id);
  if (cell === null) return 'missing';
  const root = openCell(cell, 'root', keys.cell, id);
  if (root === null) return 'damaged';
  try {
    const { head, bodyAt } = parse(root);
    if (head.cells.length > 0 && !takePlace(head.cells.length))
      throw new LongLetter('a letter of several cells has to wait');
    const body = slicer(bodyParts(fetchCell, keys, head, root.subarray(bodyAt), progress));
    const files = await intoFolder(inbox, name, head, (folder, room) => writeFiles(folder, room, head, body));
    return { folder: join(inbox, name), files, signatureUnchecked: head.signed !== undefined };
  } catch (error) {
    if (error instanceof NotWhole) return error.why;
    throw error;
  } finally {
    sodium.memzero(root);
  }
}

/** Lets `write` fill a new folder, which gets its name when that went well and is gone when not. @throws NoRoom */
async function intoFolder<T>(
  inbox: string,
  name: string,
  head: LetterHead,
  write: (folder: string, room: Room) => Promise<T>,
): Promise<T> {
  await mkdir(inbox, { recursive: true, mode: 0o700 });
  using room = await takeRoom(inbox, bodyBytes(head) + (head.files.length + 2) * BLOCK_BYTES);
  const unfinished = join(inbox, `${UNFINISHED}${process.pid}-${randomBytes(8).toString('hex')}`);
  await mkdir(unfinished, { mode: 0o700 });
  const signs = setInterval(() => giveSign(unfinished), SIGN_OF_LIFE_MILLISECONDS).unref();
  try {
    const result = await write(unfinished, room);
    await rename(unfinished, join(inbox, name));
    await syncFolder(inbox);
    return result;
  } finally {
    clearInterval(signs);
    await rm(unfinished, { recursive: true, force: true });
  }
}

/** Shows that a folder is in use. */
function giveSign(folder: string): void {
  const now = new Date();
  utimes(folder, now, now).catch(() => {}); // if it is gone, writing to it says so
}

/** Removes what a killed process left unfinished in an inbox; what a living one is writing stays. */
export async function clearUnfinished(inbox: string): Promise<void> {
  for (const name of await readdir(inbox).catch(() => [])) {
    if (!name.startsWith(UNFINISHED)) continue;
    const folder = join(inbox, name);
    // Another process may have been given the number of the dead one, but it does not write here.
    if (isAlive(Number.parseInt(name.slice(UNFINISHED.length), 10)) && (await idleMilliseconds(folder)) < IDLE_MAX)
      continue;
    await rm(folder, { recursive: true, force: true });
  }
}

/** How long nothing was written in a folder, and no sign given. */
async function idleMilliseconds(folder: string): Promise<number> {
  const paths = [folder, ...(await readdir(folder).catch(() => [])).map((name) => join(folder, name))];
  // What has gone meanwhile was in use.
  const times = await Promise.all(
    paths.map(async (path) => (await stat(path).catch(() => undefined))?.mtimeMs ?? Date.now()),
  );
  return Date.now() - Math.max(...times);
}

/** Whether a letter of this name was opened before. */
export async function isOpened(inbox: string, name: string): Promise<boolean> {
  return stat(join(inbox, name)).then(
    () => true,
    () => false,
  );
}

/** Makes a rename in a folder outlast a power cut, where the system lets a folder be opened for that. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  await handle?.sync().catch(() => {});
  await handle?.close();
}

/** Thrown inside, where a letter turns out not to be whole. */
class NotWhole extends Error {
  readonly why: Unopened;
  constructor(why: Unopened) {
    super(`the letter is ${why}`);
    this.why = why;
  }
}

function parse(root: Uint8Array): ReturnType<typeof parseHead> {
  try {
    return parseHead(root);
  } catch (error) {
    throw new NotWhole(error instanceof NewerVersion ? 'too new' : 'damaged');
  }
}

/** The body of a letter part by part, without its padding. @throws NotWhole when a cell or the padding will not do */
async function* bodyParts(
  fetchCell: (id: Uint8Array) => Promise<Uint8Array | null>,
  keys: SealingKeys,
  head: LetterHead,
  rootPart: Uint8Array,
  progress?: OpenProgress,
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
  yield used(rootPart);
  for (const { id, digest } of head.cells) {
    const cell = await fetchCell(id);
    if (cell === null) throw new NotWhole('missing');
    const content = Buffer.from(digest).equals(cellDigest(cell)) ? openCell(cell, 'further', keys.cell, id) : null;
    if (content === null) throw new NotWhole('damaged');
    yield used(content);
    sodium.memzero(content);
  }
}

/** Writes the body of a letter into the files of a folder, under safe names. */
async function writeFiles(folder: string, room: Room, head: LetterHead, body: Slicer): Promise<OpenedLetter['files']> {
  const written: { name: string; bytes: number }[] = [];
  // Taken even where the letter has neither, so that no file of a stranger's poses as one.
  const taken = new Set([TEXT_NAME, RETURN_CONTACT_NAME]);
  const buffer = new Uint8Array(CELL_CONTENT_BYTES);
  const write = async (name: string, bytes: number) => {
    await using file = await open(join(folder, name), 'wx', 0o600);
    for (let left = bytes; left > 0; left -= buffer.length) {
      const part = buffer.subarray(0, left);
      await body.fill(part);
      await file.writeFile(part);
      room.wrote(part.length);
    }
    await file.sync();
    written.push({ name, bytes });
  };
  if (head.textBytes > 0) await write(TEXT_NAME, head.textBytes);
  if (head.hasReturnContact) await write(RETURN_CONTACT_NAME, CONTACT_BYTES);
  for (const { name, bytes } of head.files) await write(untaken(safeFileName(name), taken), bytes);
  await body.finish();
  sodium.memzero(buffer);
  return written;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

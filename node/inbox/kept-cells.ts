import { access, constants, lstat, mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { KeptCells } from '../../core/letter/letter-contents.ts';
import { CELL_BYTES, DELETION_MARGIN_DAYS, RETENTION_DAYS } from '../../wire/sizes.ts';
import { type FileLock, lockFile } from '../files/file-lock.ts';
import { createSecretFile } from '../files/secret-file.ts';
import { clear, UNFINISHED } from '../files/unfinished.ts';

/** How old cells may be that nobody is known to wait for: after that, no drop can still have those that are lacking. */
const KEPT_MILLISECONDS = (RETENTION_DAYS + DELETION_MARGIN_DAYS) * 86_400_000;

const LETTER = 'letter-';

const OURS = new RegExp(`^${UNFINISHED}([0-9a-f]{32})(?:\\.lock)?$`);
const CELL = /^\d+$/;

const WHOLLY = { recursive: true, force: true } as const;

/** The cells of one unfinished letter, on the disk: nobody else's until they are disposed of. */
export interface CellsOnDisk extends KeptCells, Disposable {
  /** How many there are. */
  readonly count: number;
  /** Removes them. They are as encrypted as on the drop: nothing has to be overwritten. */
  remove(): Promise<void>;
}

/**
 * Opens the place in an inbox's folder where the cells of a letter are kept until it is whole: a hidden folder, with a file
 * for each. A process that is killed leaves whole files, and one that it was writing, which nobody reads.
 *
 * @param name - of the letter in the inbox
 * @returns undefined while another process has it, or where something of somebody else's has its name
 */
export async function keepCells(folder: string, name: string): Promise<CellsOnDisk | undefined> {
  const place = placeOf(folder, name);
  const lock = (await isUsable(place)) ? lockPlace(place) : null;
  if (lock === null) return undefined;
  return {
    count: (await readdir(place).catch(() => [])).filter((file) => CELL.test(file)).length,
    get: (number) => readCell(join(place, `${number}`)),
    async put(number, cell) {
      const path = join(place, `${number}`);
      await mkdir(place, { recursive: true, mode: 0o700 });
      await rm(`${path}.new`, WHOLLY);
      await createSecretFile(`${path}.new`, cell);
      await rm(path, WHOLLY); // a file is not renamed over a folder
      await rename(`${path}.new`, path);
    },
    remove: () => rm(place, WHOLLY),
    [Symbol.dispose]: () => lock[Symbol.dispose](),
  };
}

/** The root of a letter, where it is kept. @returns undefined when it is not */
export function keptRoot(folder: string, name: string): Promise<Uint8Array | undefined> {
  return readCell(join(placeOf(folder, name), '0'));
}

/** @returns undefined where there is nothing of a cell's size: what else has its name may have no end */
async function readCell(path: string): Promise<Uint8Array | undefined> {
  const status = await lstat(path).catch(() => undefined);
  return status?.isFile() && status.size === CELL_BYTES ? readFile(path).catch(() => undefined) : undefined;
}

/** Whether nothing has the name of a place, or a folder that this user may change. */
async function isUsable(place: string): Promise<boolean> {
  const status = await lstat(place).catch(() => undefined);
  if (status === undefined) return true;
  const { R_OK, W_OK, X_OK } = constants;
  return status.isDirectory() && access(place, R_OK | W_OK | X_OK).then(yes, no);
}

/** @returns null while another process has it, or where its lock cannot be had: the letter comes without it */
function lockPlace(place: string): FileLock | null {
  try {
    return lockFile(place, 'the folder');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).errno !== undefined) throw error; // a full disk, which is said
    return null;
  }
}

const yes = () => true;
const no = () => false;

/**
 * Removes kept cells, but for those that another process is at.
 *
 * @param isOver - whether nobody needs those of a letter, by its name. Where that is not known, their age says it
 */
export async function clearKept(folder: string, isOver: (name: string) => Promise<boolean | undefined>): Promise<void> {
  const names = (await readdir(folder).catch(() => [])).flatMap((name) => OURS.exec(name)?.[1] ?? []);
  for (const name of new Set(names)) {
    const place = join(folder, UNFINISHED + name);
    if ((await isOver(LETTER + name)) ?? (await isOld(place))) await clear(place).catch(() => {});
  }
}

/** Whether the last cell came so long ago. What is not there, but for a lock that was left, is old. */
async function isOld(place: string): Promise<boolean> {
  const { mtimeMs } = (await stat(place).catch(() => undefined)) ?? { mtimeMs: 0 };
  return mtimeMs < Date.now() - KEPT_MILLISECONDS;
}

/** A letter's name is a hash under a secret key, and says nothing to others. */
function placeOf(folder: string, name: string): string {
  return join(folder, UNFINISHED + name.slice(LETTER.length));
}

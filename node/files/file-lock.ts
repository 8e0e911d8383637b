import { closeSync, existsSync, lstatSync, openSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';

/** How long another process may take to change a file. */
const WAIT_MILLISECONDS = 10_000;
const LOOK_MILLISECONDS = 50;

/** SQLite's result code for a lock that somebody else has. */
const SQLITE_BUSY = 5;

/** What is held until it is disposed of, or its process ends, however that ends. */
export type FileLock = Disposable;

/**
 * Does something while nobody else does it to the same file: no other process of this machine, in whatever container, nor
 * of another one where the file system has locks across machines.
 *
 * @param what - the file, in the words of an error: `the identity`
 * @throws Error when another takes too long, or the file cannot be locked where it is
 */
export async function withFileLock<T>(path: string, what: string, act: () => Promise<T>): Promise<T> {
  using _lock = await waitForLock(path, what);
  return await act();
}

async function waitForLock(path: string, what: string): Promise<FileLock> {
  const end = performance.now() + WAIT_MILLISECONDS;
  for (;;) {
    const lock = lockFile(path, what);
    if (lock !== null) return lock;
    if (performance.now() > end) throw new Error(`another command is changing ${what}: try again`);
    await sleep(LOOK_MILLISECONDS);
  }
}

/**
 * Locks a file, by a lock of the kernel's on an empty one beside it, `FILE.lock`. Only that ends with its process, and is
 * not taken from one that was suspended. Node has such locks in SQLite alone, which has them on every system.
 *
 * @param what - the file, in the words of an error: `the identity`
 * @returns null when somebody else has it @throws Error when the file cannot be locked where it is
 */
export function lockFile(path: string, what: string): FileLock | null {
  const mark = `${path}.lock`;
  for (;;) {
    makeMark(mark);
    const before = markOf(mark, what);
    const lock = lockMark(mark, what);
    // Whoever had it before may have removed it meanwhile: then this is a lock on what nobody else will find.
    const isSame = before !== undefined && markOf(mark, what) === before;
    if (lock === null && isSame) return null;
    if (lock && isSame) return { [Symbol.dispose]: () => release(mark, lock) };
    lock?.close();
  }
}

/** Never opens one that is there: of a process's descriptors, the first to be closed takes all of its locks away. */
function makeMark(mark: string): void {
  try {
    closeSync(openSync(mark, 'wx', 0o600));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

/** Which file a mark is. @returns undefined when it is gone @throws Error when it is no mark */
function markOf(mark: string, what: string): string | undefined {
  const status = lstatSync(mark, { bigint: true, throwIfNoEntry: false });
  if (status === undefined) return undefined;
  if (!status.isFile()) throw inTheWay(what);
  if (status.size > 0n) emptyOld(mark, what);
  return `${status.ino} ${status.birthtimeNs}`;
}

/** Empties the mark of an earlier version, which had the number of a process in it. */
function emptyOld(mark: string, what: string): void {
  if (!/^\d{1,10}$/.test(readFileSync(mark, 'latin1'))) throw inTheWay(what);
  truncateSync(mark);
}

function inTheWay(what: string): Error {
  return new Error(`${what} cannot be locked: something else has the name of its lock, with .lock at the end`);
}

/** @returns null when somebody else has it, or it is gone */
function lockMark(mark: string, what: string): DatabaseSync | null {
  let database: DatabaseSync | undefined;
  try {
    const { DatabaseSync: Database } = sqlite();
    database = new Database(new URL('?mode=rw', pathToFileURL(mark))); // which makes none
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE'); // and no further file beside it
    return database;
  } catch (error) {
    database?.close();
    if ((error as { errcode?: number }).errcode === SQLITE_BUSY || !existsSync(mark)) return null;
    throw new Error(`${what} cannot be locked in that folder: keep it on a disk of this machine, in a folder of yours`);
  }
}

/** A Node that is too old has none, and says that it is, rather than that. Node 22 warns that it may change, as it did not. */
function sqlite(): typeof import('node:sqlite') {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return process.getBuiltinModule('node:sqlite');
  } finally {
    process.emitWarning = emitWarning;
  }
}

/** First the mark, so that nobody finds one whose lock is over. Where it cannot be removed, it stays, empty. */
function release(mark: string, lock: DatabaseSync): void {
  if (!lock.isOpen) return; // another has it by now
  try {
    rmSync(mark, { force: true });
  } catch {
  } finally {
    lock.close();
  }
}

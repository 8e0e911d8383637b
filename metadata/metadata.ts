import type { ChildProcess } from 'node:child_process';
import { on, once } from 'node:events';
import { constants } from 'node:fs';
import { access, open, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { startProcess } from '#program';
import { DONE, type MetadataItem, type Unread } from './finding.ts';
import { kindOf, PDF_HEADER_WITHIN_BYTES } from './kind.ts';
import { plain } from './plain.ts';

/** What one file tells of whoever made it. All text in it is safe for a terminal. */
export interface FileMetadata {
  /** The file's own name, without its folder. */
  readonly name: string;
  /** At most a hundred, each once. */
  readonly metadata: readonly MetadataItem[];
  /** Why the file, or some of it, could not be looked into. What was found until then is in `metadata`. */
  readonly unread?: Unread;
}

const FILE_MAX_BYTES = 256 * 2 ** 20;
const FILE_SECONDS = 20;
const HEAP_MAX_MIB = 512;

/** What Node grants the child: it reads, and starts one thread. It may write nothing. */
const GRANTED = [`--max-old-space-size=${HEAP_MAX_MIB}`, '--permission', '--allow-fs-read=*', '--allow-worker'];

/**
 * Looks for what files tell of their author, one after another, in a process that a hostile file can neither keep busy
 * for long nor fill, and that may write nothing. Nothing is printed.
 *
 * @param seconds - how long one file may take
 * @returns one entry for each path, in order
 * @throws Error when a path is no file that can be read, or the reason of `signal`
 */
export async function findMetadata(
  paths: readonly string[],
  signal?: AbortSignal,
  seconds: number = FILE_SECONDS,
): Promise<FileMetadata[]> {
  const all: FileMetadata[] = [];
  let child: ChildProcess | undefined;
  try {
    for (const path of paths) {
      signal?.throwIfAborted();
      const size = await sizeOf(path);
      const name = plain(basename(path));
      if (size > FILE_MAX_BYTES) all.push({ name, metadata: [], unread: (await isLookedInto(path)) ? 'size' : 'kind' });
      else {
        if (!child?.connected) child = startChild();
        all.push({ name, ...(await lookInto(child, path, seconds, signal)) });
      }
    }
  } finally {
    child?.kill('SIGKILL');
  }
  return all;
}

async function sizeOf(path: string): Promise<number> {
  const file = await stat(path);
  if (!file.isFile()) throw new Error('only files can be looked into');
  await access(path, constants.R_OK);
  return file.size;
}

/** Whether a file is of a kind that would be looked into if it were smaller. A text shows all that it has. */
async function isLookedInto(path: string): Promise<boolean> {
  await using file = await open(path);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(PDF_HEADER_WITHIN_BYTES));
  const kind = kindOf(buffer.subarray(0, bytesRead));
  return kind !== undefined && kind !== 'text';
}

/** A process and not a thread: one that has no memory left takes all its threads with it. */
function startChild(): ChildProcess {
  const child = startProcess('metadata/child', GRANTED, {
    env: { SystemRoot: process.env.SystemRoot }, // without which no program starts on Windows
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  // One that fails between two files is no matter of either.
  return child.on('error', () => {});
}

async function lookInto(child: ChildProcess, path: string, seconds: number, signal?: AbortSignal) {
  const metadata: MetadataItem[] = [];
  const also: { unread?: Unread } = {};
  const time = AbortSignal.timeout(seconds * 1000);
  const stop = signal === undefined ? time : AbortSignal.any([time, signal]);
  try {
    child.send(path);
    for await (const [finding] of on(child, 'message', { signal: stop, close: ['disconnect'] })) {
      if (finding === DONE) return { metadata, ...also };
      if (typeof finding === 'string') also.unread ??= finding as Unread;
      else metadata.push(finding);
    }
    await exit(child);
    // Node ends itself when the heap is full, the child when its memory is; a fault that no one caught exits with 1.
    also.unread = child.exitCode === 1 ? 'damaged' : 'size';
  } catch (error) {
    signal?.throwIfAborted();
    if (child.pid === undefined) throw error; // it could not be started
    also.unread = time.aborted ? 'time' : 'damaged';
    child.kill('SIGKILL');
    await exit(child);
  }
  return { metadata, ...also };
}

async function exit(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}

import type { BigIntStats } from 'node:fs';
import { access, constants, lstat, open, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Answered } from '../../wire/letter.ts';
import { CELL_CONTENT_BYTES } from '../../wire/sizes.ts';
import type { Writer } from './proof.ts';

/** A file to be sent: a name, a size known beforehand, and its bytes, which may be read once. */
export interface OutgoingFile {
  readonly name: string;
  readonly bytes: number;
  /** When it was last changed, where that is known: nanoseconds since 1970. */
  readonly changed?: string;
  /** Its bytes in order, in parts, each of which may be gone when the next is asked for. */
  read(): AsyncIterable<Uint8Array>;
}

/** What a source writes. */
export interface Draft {
  readonly text?: string;
  readonly files?: readonly OutgoingFile[];
  /** Who writes it, and where an answer may go. @default - nobody: it is anonymous to the journalist, too */
  readonly from?: Writer | undefined;
  /** The letter that this one answers, as it named itself. Only a letter that has a writer answers. */
  readonly answers?: Answered | undefined;
}

/** Thrown for a file of a draft that cannot be read any more as it was looked at. */
export class FileFault extends Error {
  /** Which of the draft's files, from 0. */
  readonly place: number;
  constructor(message: string, place: number) {
    super(message);
    this.place = place;
  }
}

/**
 * A file on disk.
 *
 * @param name - under which it goes. @default - its own, without its folder
 * @throws Error when it cannot be read or is no regular file
 */
export async function fileAt(path: string, name = basename(path)): Promise<OutgoingFile> {
  // Looked at before it is opened: to open a named pipe is to wait for its other end.
  const status = await stat(path, { bigint: true }).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw new Error(UNREADABLE);
    const isLink = await lstat(path).catch(() => undefined);
    throw new Error(isLink ? 'a file to send is a link to nothing' : 'a file to send does not exist');
  });
  if (!status.isFile()) {
    const hint = status.isDirectory() ? 'pack a folder into an archive first' : 'no pipes, sockets or devices';
    throw new Error(`only regular files can be sent: ${hint}`);
  }
  await access(path, constants.R_OK).catch(() => {
    throw new Error(UNREADABLE);
  });
  const { size, mtimeNs } = status;
  return { name, bytes: Number(size), changed: String(mtimeNs), read: () => readFile(path, status) };
}

/**
 * Reads a file as it was when it was looked at. Hours may lie between its parts, and one that is written to meanwhile
 * would be sent half old, half new.
 */
async function* readFile(path: string, before: BigIntStats): AsyncGenerator<Uint8Array> {
  await using handle = await open(path, 'r');
  const checkUnchanged = async () => {
    const { size, mtimeNs } = await handle.stat({ bigint: true });
    // Not the inode's number: FAT, and so most USB sticks, may give a file another one each time it is opened.
    if (size !== before.size || mtimeNs !== before.mtimeNs) throw new Error(CHANGED);
  };
  await checkUnchanged();
  // One for all parts: new ones would fill the memory until they are collected.
  const part = new Uint8Array(CELL_CONTENT_BYTES);
  try {
    for (;;) {
      const { bytesRead } = await handle.read(part);
      if (bytesRead === 0) break;
      yield part.subarray(0, bytesRead);
    }
  } finally {
    part.fill(0);
  }
  await checkUnchanged();
}

const UNREADABLE = 'a file to send cannot be read';
const CHANGED = 'a file changed while it was being read: send it again when it stands still';
const GONE = 'a file to send is not there any more';

/** The bytes of a letter's body, one after another: text, files. Protocol, "Letter". @throws FileFault */
export async function* bodyOf(draft: Draft): AsyncGenerator<Uint8Array> {
  if (draft.text) yield Buffer.from(draft.text);
  for (const [place, file] of (draft.files ?? []).entries()) {
    let left = file.bytes;
    try {
      for await (const part of file.read()) {
        left -= part.length;
        if (left < 0) break;
        yield part;
      }
    } catch (error) {
      throw new FileFault(faultOf(error as NodeJS.ErrnoException), place);
    }
    if (left !== 0) throw new FileFault(CHANGED, place);
  }
}

/** The system's own words would name a path. */
function faultOf({ code, message }: NodeJS.ErrnoException): string {
  if (code === undefined) return message;
  return code === 'ENOENT' ? GONE : UNREADABLE;
}

/** Takes an exact number of bytes at a time from a stream of parts of any size. */
export function slicer(parts: AsyncIterable<Uint8Array>) {
  const iterator = parts[Symbol.asyncIterator]();
  let rest: Uint8Array = new Uint8Array();
  return {
    /** Fills `target`, and zeros what the stream no longer fills. @returns how many bytes came from the stream */
    async fill(target: Uint8Array): Promise<number> {
      let at = 0;
      while (at < target.length) {
        if (rest.length === 0) {
          const next = await iterator.next();
          if (next.done) break;
          rest = next.value;
        }
        const part = rest.subarray(0, target.length - at);
        target.set(part, at);
        at += part.length;
        rest = rest.subarray(part.length);
      }
      target.fill(0, at);
      return at;
    },
    /** Reads on to the end, so that a fault at the end shows, and lets go of the source. */
    async finish(): Promise<void> {
      while (!(await iterator.next()).done);
    },
    /** Lets go of the source wherever it is. */
    async stop(): Promise<void> {
      await iterator.return?.();
    },
  };
}

import { utf8 } from '../../wire/bytes.ts';
import type { Answered } from '../../wire/letter.ts';
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

/** Whether nothing of a text can be seen: it is empty, blank, or of invisible characters. */
export function isBlank(text: string): boolean {
  return /^[\s\p{C}\p{Z}\p{M}\p{Default_Ignorable_Code_Point}\u2800]*$/u.test(text);
}

/** Why a file cannot be sent. */
export const UNREADABLE = 'a file to send cannot be read';
export const CHANGED = 'a file changed while it was being read: send it again when it stands still';
const GONE = 'a file to send is not there any more';

/** The bytes of a letter's body, one after another: text, files. Protocol, "Letter". @throws FileFault */
export async function* bodyOf(draft: Draft): AsyncGenerator<Uint8Array> {
  if (draft.text) yield utf8(draft.text);
  for (const [place, file] of (draft.files ?? []).entries()) {
    let left = file.bytes;
    try {
      for await (const part of file.read()) {
        left -= part.length;
        if (left < 0) break;
        yield part;
      }
    } catch (error) {
      throw new FileFault(faultOf(error as Error), place);
    }
    if (left !== 0) throw new FileFault(CHANGED, place);
  }
}

/** The system's own words would name a path. */
function faultOf({ code, message }: Error & { readonly code?: unknown }): string {
  if (typeof code !== 'string') return message;
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

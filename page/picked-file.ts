import { sha256Aside } from '#platform';
import { CHANGED, type OutgoingFile, UNREADABLE } from '../core/letter/body.ts';
import { isSame, wipe } from '../wire/bytes.ts';

/** How much of a file is in memory at a time. */
const PART_BYTES = 2 ** 20;

/**
 * A file as the browser gives it, of whose place it says nothing.
 *
 * Firefox reads whatever lies there by then, and says neither that it was written to nor when. So what was read is
 * remembered, 32 bytes for each MiB, and looked at once more at the end: an upload that is gone on with reads it all again.
 */
export function pickedFile(file: File): OutgoingFile {
  const { name, size, lastModified } = file;
  const digests = new Map<number, Uint8Array>();
  return { name, bytes: size, changed: String(lastModified * 1_000_000), read: () => readFile(file, size, digests) };
}

/** Reads a file part by part. @throws Error when it is not what it was, when it was picked or at an earlier reading */
async function* readFile(file: Blob, size: number, digests: Map<number, Uint8Array>): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < size; at += PART_BYTES) {
    const part = await readPart(file, size, at, digests);
    try {
      yield part;
    } finally {
      wipe(part);
    }
  }
  for (let at = 0; at < size; at += PART_BYTES) wipe(await readPart(file, size, at, digests));
}

async function readPart(file: Blob, size: number, at: number, digests: Map<number, Uint8Array>): Promise<Uint8Array> {
  const part = new Uint8Array(await bytesOf(file.slice(at, at + PART_BYTES)));
  if (part.length !== Math.min(PART_BYTES, size - at)) throw new Error(CHANGED);
  const digest = await sha256Aside(part);
  if (!isSame(digest, digests.get(at) ?? digest)) throw new Error(CHANGED);
  digests.set(at, digest);
  return part;
}

/** The browser's own words may name a place. */
function bytesOf(part: Blob): Promise<ArrayBuffer> {
  return part.arrayBuffer().catch(() => {
    throw new Error(UNREADABLE);
  });
}

import { CHANGED, type OutgoingFile, UNREADABLE } from '../core/letter/body.ts';

/** How much of a file is in memory at a time. */
const PART_BYTES = 2 ** 20;

/** A file as the browser gives it, of whose place it says nothing. */
export function pickedFile(file: File): OutgoingFile {
  const { name, size, lastModified } = file;
  return { name, bytes: size, changed: String(lastModified * 1_000_000), read: () => readFile(file, size) };
}

/** Reads a file part by part. @throws Error when it is not any more what it was when it was picked */
async function* readFile(file: Blob, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < size; at += PART_BYTES) {
    const part = new Uint8Array(await bytesOf(file.slice(at, at + PART_BYTES)));
    if (part.length !== Math.min(PART_BYTES, size - at)) throw new Error(CHANGED);
    try {
      yield part;
    } finally {
      part.fill(0);
    }
  }
}

/** The browser's own words may name a place. */
function bytesOf(part: Blob): Promise<ArrayBuffer> {
  return part.arrayBuffer().catch(() => {
    throw new Error(UNREADABLE);
  });
}

import { parseSealedId } from './sealed-id.ts';
import { LINE_BYTES, LINES_MAX, LINES_MIN, SEALED_ID_CHARACTERS } from './sizes.ts';

/** Whether a batch may have this many lines: 8, 16, 32, ... up to LINES_MAX. */
export function isRung(lines: number): boolean {
  return lines >= LINES_MIN && lines <= LINES_MAX && Number.isInteger(Math.log2(lines / LINES_MIN));
}

/** The smallest rung, not below `least`, that holds `waiting` sealed ids. @throws RangeError beyond the last rung. */
export function rungFor(waiting: number, least: number): number {
  let rung = least;
  while (rung < waiting) rung *= 2;
  if (!isRung(rung)) throw new RangeError('no batch has that many lines');
  return rung;
}

/**
 * Writes a batch: each line of 108 characters, a sealed id, and a newline.
 *
 * @param toLine - makes a line of an item, so that a long batch need not be held as text too
 * @throws Error unless the lines fill a rung and each is a sealed id in its one spelling
 */
export function formatBatch<T = string>(items: readonly T[], toLine: (item: T) => string = String): Uint8Array {
  if (!isRung(items.length)) throw new Error('invalid batch');
  const body = new Uint8Array(items.length * LINE_BYTES);
  for (const [i, item] of items.entries()) {
    const line = toLine(item);
    parseSealedId(line);
    writeLine(body, i, line);
  }
  return body;
}

/** Writes a line of a batch, and its newline, to its place. */
export function writeLine(body: Uint8Array, place: number, line: string): void {
  const at = place * LINE_BYTES;
  ENCODER.encodeInto(line, body.subarray(at, at + SEALED_ID_CHARACTERS));
  body[at + SEALED_ID_CHARACTERS] = NEWLINE;
}

const ENCODER = new TextEncoder();

/**
 * The lines of a batch, as text without the newline. Whether each is a sealed id is for `parseSealedId` to say: a
 * damaged line leaves its neighbours readable.
 *
 * @throws Error when the body is not a rung of lines of 109 bytes
 */
export function* linesOf(body: Uint8Array): Generator<string> {
  if (!isRung(body.length / LINE_BYTES)) throw new Error('invalid batch');
  for (let at = 0; at < body.length; at += LINE_BYTES) {
    // A line whose newline is missing or elsewhere keeps its wrong last character, and so is no sealed id.
    const end = body[at + SEALED_ID_CHARACTERS] === NEWLINE ? at + SEALED_ID_CHARACTERS : at + LINE_BYTES;
    yield DECODER.decode(body.subarray(at, end));
  }
}

const NEWLINE = 0x0a;

/** What is not ASCII becomes something that is no sealed id's either. */
const DECODER = new TextDecoder('utf-8', { ignoreBOM: true });

import { concat, latin1 } from '../../wire/bytes.ts';
import { type Budget, STEP_BYTES } from './budget.ts';

/** A part of a zip file, as its list names it (APPNOTE.TXT 4.3.12). */
export interface Part {
  readonly name: string;
  /** Where it stands in the file. */
  readonly at: number;
  /** Its bytes, unpacked. @throws Error when it is damaged, or too much */
  read(): Promise<Uint8Array>;
}

const [STORED, DEFLATED] = [0, 8];

/** The parts of a zip file. @throws Error when it has no list, or a broken one, or is too much */
export async function partsOf(bytes: Uint8Array, budget: Budget): Promise<Part[]> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const end = latin1(bytes.subarray(-65_557)).lastIndexOf('PK\x05\x06');
  if (end === -1) throw new Error('no list of parts');
  const endAt = Math.max(0, bytes.length - 65_557) + end;
  const parts: Part[] = [];
  let at = view.getUint32(endAt + 16, true);
  for (let left = view.getUint16(endAt + 10, true); left > 0; left -= 1) {
    if (view.getUint32(at, true) !== 0x02014b50) throw new Error('a broken list');
    const [method, packed] = [view.getUint16(at + 10, true), view.getUint32(at + 20, true)];
    const [name, extra, comment] = [28, 30, 32].map((field) => view.getUint16(at + field, true)) as [
      number,
      number,
      number,
    ];
    const local = view.getUint32(at + 42, true);
    await budget.step(STEP_BYTES + name);
    parts.push({
      name: new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + name)),
      at: local,
      read: () => {
        const start = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
        return unpacked(bytes.subarray(start, start + packed), method, budget);
      },
    });
    at += 46 + name + extra + comment;
  }
  return parts;
}

async function unpacked(bytes: Uint8Array, method: number, budget: Budget): Promise<Uint8Array> {
  if (method === STORED) return bytes;
  if (method !== DEFLATED) throw new Error('packed in another way');
  return inflated(bytes, 'deflate-raw', budget);
}

/** What it takes to begin, however little there is. */
const INFLATING_BYTES = 2 ** 14;

/** As much is unpacked at once: 4 MiB of it at most, since nothing is packed to less than a thousandth. */
const PACKED_BYTES = 2 ** 12;

/**
 * Unpacks bytes, to their end or until there are `enough` of them.
 *
 * @throws Error when they are damaged, or become too many
 */
export async function inflated(
  bytes: Uint8Array,
  format: 'deflate' | 'deflate-raw',
  budget: Budget,
  enough = Number.POSITIVE_INFINITY,
): Promise<Uint8Array> {
  await budget.step(INFLATING_BYTES);
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of inPieces(bytes).pipeThrough(new DecompressionStream(format))) {
    await budget.step(part.length);
    parts.push(part);
    length += part.length;
    if (length >= enough) break;
  }
  return concat(parts);
}

function inPieces(bytes: Uint8Array): ReadableStream<Uint8Array<ArrayBuffer>> {
  let at = 0;
  return new ReadableStream({
    pull(to) {
      if (at < bytes.length) to.enqueue(bytes.subarray(at, at + PACKED_BYTES) as Uint8Array<ArrayBuffer>);
      else to.close();
      at += PACKED_BYTES;
    },
  });
}

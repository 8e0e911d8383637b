import { latin1 } from '../../wire/bytes.ts';

/** A part of a zip file, as its list names it (APPNOTE.TXT 4.3.12). */
export interface Part {
  readonly name: string;
  /** Its bytes, unpacked. @throws Error when it is damaged, or larger than it may be */
  read(): Promise<Uint8Array>;
}

/** The most that one part may have once unpacked. */
const PART_MAX_BYTES = 16 * 2 ** 20;

const [STORED, DEFLATED] = [0, 8];

/** The parts of a zip file. @throws Error when it has no list, or a broken one */
export function partsOf(bytes: Uint8Array): Part[] {
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
    parts.push({
      name: new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + name)),
      read: () => {
        const start = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
        return unpacked(bytes.subarray(start, start + packed), method);
      },
    });
    at += 46 + name + extra + comment;
  }
  return parts;
}

async function unpacked(bytes: Uint8Array, method: number): Promise<Uint8Array> {
  if (method === STORED) return bytes;
  if (method !== DEFLATED) throw new Error('packed in another way');
  return inflated(bytes, 'deflate-raw');
}

/** Unpacks bytes. @throws Error when they are damaged, or become too many */
export async function inflated(bytes: Uint8Array, format: 'deflate' | 'deflate-raw'): Promise<Uint8Array> {
  const stream = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream().pipeThrough(new DecompressionStream(format));
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of stream) {
    length += part.length;
    if (length > PART_MAX_BYTES) throw new Error('too large');
    parts.push(part);
  }
  return new Uint8Array(await new Blob(parts as Uint8Array<ArrayBuffer>[]).arrayBuffer());
}

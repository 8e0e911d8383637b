import { TextDecoder } from 'node:util';

/** A property that is text. Those of the document's own making have a name. */
export interface Property {
  readonly id: number;
  readonly name: string | undefined;
  readonly value: string;
}

const [DICTIONARY_ID, CODE_PAGE_ID] = [0, 1];
const [VT_I2, VT_LPSTR, VT_LPWSTR] = [0x02, 0x1e, 0x1f];
const UTF16_CODE_PAGE = 1200;

/** Encodings of code pages whose name is not `windows-` and the number. */
const ENCODINGS: Readonly<Record<number, string>> = {
  932: 'shift_jis',
  936: 'gbk',
  949: 'euc-kr',
  950: 'big5',
  1200: 'utf-16le',
  10000: 'macintosh',
  65001: 'utf-8',
};

/** The texts of a stream of property sets ([MS-OLEPS] 2.21). @throws Error when it is damaged */
export function* properties(stream: Buffer): Generator<Property> {
  // The second set is the document's own; there is never a third.
  for (let set = 0; set < Math.min(stream.readUInt32LE(24), 2); set += 1) {
    yield* inSet(stream.subarray(stream.readUInt32LE(28 + 20 * set + 16)));
  }
}

function* inSet(set: Buffer): Generator<Property> {
  const offsets = new Map<number, number>();
  for (let at = 8, left = set.readUInt32LE(4); left > 0; at += 8, left -= 1) {
    offsets.set(set.readUInt32LE(at), set.readUInt32LE(at + 4));
  }
  const pageAt = offsets.get(CODE_PAGE_ID);
  const page = pageAt !== undefined && set.readUInt16LE(pageAt) === VT_I2 ? set.readUInt16LE(pageAt + 4) : 1252;
  const decoder = decoderOf(page);
  const dictionaryAt = offsets.get(DICTIONARY_ID);
  const names = dictionaryAt === undefined ? undefined : dictionary(set.subarray(dictionaryAt), page, decoder);
  for (const [id, at] of offsets) {
    if (id === DICTIONARY_ID || at + 8 > set.length) continue;
    const [type, length] = [set.readUInt16LE(at), set.readUInt32LE(at + 4)];
    const text = set.subarray(at + 8, at + 8 + (type === VT_LPWSTR ? 2 : 1) * length);
    if (type === VT_LPSTR) yield { id, name: names?.get(id), value: upToNul(decoder.decode(text)) };
    if (type === VT_LPWSTR)
      yield { id, name: names?.get(id), value: upToNul(new TextDecoder('utf-16le').decode(text)) };
  }
}

/** Names of the properties, by their ids (2.17): those in UTF-16 count characters, and fill up to four bytes. */
function dictionary(bytes: Buffer, page: number, decoder: TextDecoder): Map<number, string> {
  const names = new Map<number, string>();
  for (let at = 4, left = bytes.readUInt32LE(0); left > 0; left -= 1) {
    const length = bytes.readUInt32LE(at + 4) * (page === UTF16_CODE_PAGE ? 2 : 1);
    names.set(bytes.readUInt32LE(at), upToNul(decoder.decode(bytes.subarray(at + 8, at + 8 + length))));
    at += 8 + (page === UTF16_CODE_PAGE ? Math.ceil(length / 4) * 4 : length);
  }
  return names;
}

function decoderOf(page: number): TextDecoder {
  try {
    return new TextDecoder(ENCODINGS[page] ?? `windows-${page}`);
  } catch {
    return new TextDecoder('windows-1252');
  }
}

function upToNul(text: string): string {
  return text.split('\0', 1)[0]!;
}

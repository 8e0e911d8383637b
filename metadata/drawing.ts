import type { MetadataItem } from './finding.ts';

/** Where the header of an EMF has its signature, and the length and place of its description ([MS-EMF] 2.2.9). */
const [SIGNATURE_AT, DESCRIPTION_AT] = [40, 60];

/** Drawings by lines that have no field for anything: WMF with and without a place on the page, StarView's. */
const PLAIN = ['\x01\0\x09\0', '\xd7\xcd\xc6\x9a', 'VCLMTF'];

/** What a drawing by lines tells, which is how it was called, and by what it was made; `undefined` where it is none. */
export function drawing(bytes: Uint8Array): MetadataItem[] | undefined {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = file.toString('latin1', 0, 8);
  if (PLAIN.some((begin) => start.startsWith(begin))) return [];
  if (!start.startsWith('\x01\0\0\0')) return undefined;
  // Too short for a header, there is nothing in it.
  if (file.length < DESCRIPTION_AT + 8) return [];
  if (file.toString('latin1', SIGNATURE_AT, SIGNATURE_AT + 4) !== ' EMF') return undefined;
  const [characters, at] = [file.readUInt32LE(DESCRIPTION_AT), file.readUInt32LE(DESCRIPTION_AT + 4)];
  return [{ what: 'description of a drawing', value: file.toString('utf16le', at, at + 2 * characters) }];
}

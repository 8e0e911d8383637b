import { concat, fromUtf8, latin1 } from '../../wire/bytes.ts';
import { readMarkup, readPackets } from './markup.ts';
import { type MetadataKind, startOf, type Told, VALUE_MAX_BYTES } from './metadata.ts';
import { readResources } from './photoshop.ts';
import { readTiff } from './tiff.ts';
import { inflated } from './zip.ts';

/** JPEG, PNG, WebP and TIFF by how they begin. */
export function imageReader(start: string): ((bytes: Uint8Array, told: Told) => Promise<void>) | undefined {
  if (start.startsWith('\xff\xd8\xff')) return readJpeg;
  if (start.startsWith('\x89PNG\r\n\x1a\n')) return readPng;
  if (start.startsWith('RIFF') && start.startsWith('WEBP', 8)) return readWebp;
  if (start.startsWith('II*\0') || start.startsWith('MM\0*')) return readWholeTiff;
  return undefined;
}

const [SOS, APP1, APP13, COM] = [0xda, 0xe1, 0xed, 0xfe];

const PHOTOSHOP = 'Photoshop 3.0\0';

/** Segments up to the picture itself (ITU-T T.81, B.2). */
async function readJpeg(bytes: Uint8Array, told: Told): Promise<void> {
  const resources: Uint8Array[] = [];
  for (let at = 2; at + 4 <= bytes.length && bytes[at] === 0xff; ) {
    await told.budget.step();
    const marker = bytes[at + 1]!;
    if (marker === 0xff) {
      at += 1; // any number of these may stand before a marker
      continue;
    }
    if (marker === SOS) break;
    const end = at + 2 + bytes[at + 2]! * 256 + bytes[at + 3]!;
    const content = bytes.subarray(at + 4, end);
    if (marker === COM) told.add('comment', new TextDecoder().decode(startOf(content)));
    if (marker === APP1 && latin1(content.subarray(0, 6)) === 'Exif\0\0') await readTiff(content.subarray(6), told);
    if (marker === APP13 && latin1(content.subarray(0, PHOTOSHOP.length)) === PHOTOSHOP)
      resources.push(content.subarray(PHOTOSHOP.length));
    at = end;
  }
  await readPackets(bytes, told);
  // They go on in the next segment where one is too small for them.
  await readResources(concat(resources), told);
}

/** Texts of PNG by their keyword (PNG Specification, third edition, 11.3.3). */
const TEXTS: ReadonlyMap<string, MetadataKind> = new Map([
  ['Author', 'author'],
  ['Copyright', 'author'],
  ['Software', 'program'],
  ['Source', 'camera'],
  ['Title', 'title'],
  ['Creation Time', 'time'],
]);

async function readPng(bytes: Uint8Array, told: Told): Promise<void> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 8; at + 12 <= bytes.length; ) {
    await told.budget.step();
    const length = view.getUint32(at);
    const type = latin1(bytes.subarray(at + 4, at + 8));
    const content = bytes.subarray(at + 8, at + 8 + length);
    if (type === 'eXIf') await readTiff(content, told);
    if (/^(tEXt|zTXt|iTXt)$/.test(type)) await readText(type, content, told);
    at += 12 + length;
  }
}

const XMP = 'XML:com.adobe.xmp';

/** The longest keyword. */
const KEYWORD_MAX_BYTES = 79;

/** @throws Error when it has no keyword, or is damaged */
async function readText(type: string, content: Uint8Array, told: Told): Promise<void> {
  const end = content.subarray(0, KEYWORD_MAX_BYTES + 1).indexOf(0);
  if (end === -1) throw new Error('a text without a keyword');
  const keyword = latin1(content.subarray(0, end));
  const isPacked = type === 'zTXt' || (type === 'iTXt' && content[end + 1] === 1);
  const body = content.subarray(type === 'iTXt' ? behindLanguage(content, end + 3) : end + (isPacked ? 2 : 1));
  const enough = keyword === XMP ? undefined : VALUE_MAX_BYTES;
  const text = isPacked ? await inflated(body, 'deflate', told.budget, enough) : body;
  if (keyword === XMP) await readMarkup(text, told);
  else told.add(TEXTS.get(keyword) ?? 'comment', type === 'iTXt' ? fromUtf8(startOf(text)) : latin1(startOf(text)));
}

/** Behind a flag and a method: language and translated keyword, each up to a zero. */
function behindLanguage(content: Uint8Array, at: number): number {
  const language = content.indexOf(0, at);
  return content.indexOf(0, language + 1) + 1;
}

/** Chunks of RIFF, each of an even length. */
async function readWebp(bytes: Uint8Array, told: Told): Promise<void> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 12; at + 8 <= bytes.length; ) {
    await told.budget.step();
    const length = view.getUint32(at + 4, true);
    const content = bytes.subarray(at + 8, at + 8 + length);
    if (latin1(bytes.subarray(at, at + 4)) === 'EXIF') {
      await readTiff(latin1(content.subarray(0, 6)) === 'Exif\0\0' ? content.subarray(6) : content, told);
    }
    at += 8 + length + (length % 2);
  }
  await readPackets(bytes, told);
}

async function readWholeTiff(bytes: Uint8Array, told: Told): Promise<void> {
  await readTiff(bytes, told);
  await readPackets(bytes, told);
}

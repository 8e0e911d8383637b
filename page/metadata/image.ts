import { latin1 } from '../../wire/bytes.ts';
import { packetsIn, readMarkup } from './markup.ts';
import type { MetadataKind, Told } from './metadata.ts';
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

const [SOS, APP1, COM] = [0xda, 0xe1, 0xfe];

/** Segments up to the picture itself (ITU-T T.81, B.2). */
async function readJpeg(bytes: Uint8Array, told: Told): Promise<void> {
  for (let at = 2; at + 4 <= bytes.length && bytes[at] === 0xff; ) {
    const marker = bytes[at + 1]!;
    if (marker === 0xff) {
      at += 1; // any number of these may stand before a marker
      continue;
    }
    if (marker === SOS) break;
    const end = at + 2 + bytes[at + 2]! * 256 + bytes[at + 3]!;
    const content = bytes.subarray(at + 4, end);
    if (marker === COM) told.add('comment', new TextDecoder().decode(content));
    if (marker === APP1 && latin1(content.subarray(0, 6)) === 'Exif\0\0') readTiff(content.subarray(6), told);
    at = end;
  }
  readPackets(bytes, told);
}

/** Texts of PNG by their keyword (PNG Specification, third edition, 11.3.3). */
const TEXTS: Readonly<Record<string, MetadataKind>> = {
  Author: 'author',
  Copyright: 'author',
  Software: 'program',
  Source: 'camera',
  Title: 'title',
  'Creation Time': 'time',
};

async function readPng(bytes: Uint8Array, told: Told): Promise<void> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 8; at + 12 <= bytes.length; ) {
    const length = view.getUint32(at);
    const type = latin1(bytes.subarray(at + 4, at + 8));
    const content = bytes.subarray(at + 8, at + 8 + length);
    if (type === 'eXIf') readTiff(content, told);
    if (/^(tEXt|zTXt|iTXt)$/.test(type)) await readText(type, content, told);
    at += 12 + length;
  }
}

async function readText(type: string, content: Uint8Array, told: Told): Promise<void> {
  const end = content.indexOf(0);
  const keyword = latin1(content.subarray(0, end));
  let text: string;
  if (type === 'tEXt') text = latin1(content.subarray(end + 1));
  else if (type === 'zTXt') text = latin1(await inflated(content.subarray(end + 2), 'deflate'));
  else {
    // A flag, a method, then language and translated keyword, each up to a zero.
    const language = content.indexOf(0, end + 3);
    const body = content.subarray(content.indexOf(0, language + 1) + 1);
    text = new TextDecoder().decode(content[end + 1] === 1 ? await inflated(body, 'deflate') : body);
  }
  if (keyword === 'XML:com.adobe.xmp') readMarkup(text, told);
  else told.add(TEXTS[keyword] ?? 'comment', text);
}

/** Chunks of RIFF, each of an even length. */
async function readWebp(bytes: Uint8Array, told: Told): Promise<void> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 12; at + 8 <= bytes.length; ) {
    const length = view.getUint32(at + 4, true);
    const content = bytes.subarray(at + 8, at + 8 + length);
    if (latin1(bytes.subarray(at, at + 4)) === 'EXIF') {
      readTiff(latin1(content.subarray(0, 6)) === 'Exif\0\0' ? content.subarray(6) : content, told);
    }
    at += 8 + length + (length % 2);
  }
  readPackets(bytes, told);
}

async function readWholeTiff(bytes: Uint8Array, told: Told): Promise<void> {
  readTiff(bytes, told);
  readPackets(bytes, told);
}

function readPackets(bytes: Uint8Array, told: Told): void {
  for (const packet of packetsIn(latin1(bytes))) readMarkup(packet, told);
}

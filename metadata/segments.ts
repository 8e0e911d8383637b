import type { MetadataItem } from './finding.ts';

/** What a picture has besides the fields that its parser reads. A picture that breaks off is told as far as it goes. */
export function segments(bytes: Uint8Array): Iterable<MetadataItem> {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = file.toString('latin1', 0, 4);
  if (start.startsWith('\xff\xd8')) return inJpeg(file);
  if (start === '\x89PNG') return inPng(file);
  return start === 'GIF8' ? inGif(file) : [];
}

/** Application segments of JPEG whose content is read elsewhere, or tells nothing (ITU-T T.81, B.2.4.6). */
const JPEG_KNOWN: ReadonlyMap<number, RegExp> = new Map([
  [0, /^(JFIF|JFXX)\0/],
  [1, /^(Exif\0|http:\/\/ns\.adobe\.com\/)/],
  [2, /^(ICC_PROFILE|MPF)\0/],
  [12, /^Ducky/],
  [13, /^Photoshop 3\.0\0/],
  [14, /^Adobe/],
]);

const [EOI, SOS, APP0, APP15, COM] = [0xd9, 0xda, 0xe0, 0xef, 0xfe];

function* inJpeg(file: Buffer): Generator<MetadataItem> {
  for (let at = 2; at + 2 <= file.length && file[at] === 0xff; ) {
    const marker = file[at + 1]!;
    if (marker === EOI) {
      yield* behind(file.subarray(at + 2));
      return;
    }
    if (marker === 0xff || at + 4 > file.length) {
      at += 1; // a marker may have any number of these in front
      continue;
    }
    const end = at + 2 + file.readUInt16BE(at + 2);
    if (end > file.length) return;
    const content = file.subarray(at + 4, end);
    if (marker === COM) yield { what: 'comment', value: content.toString('utf8') };
    if (marker >= APP0 && marker <= APP15 && !JPEG_KNOWN.get(marker - APP0)?.test(content.toString('latin1', 0, 32))) {
      yield { what: 'part of the picture, not looked into', value: `APP${marker - APP0} ${nameOf(content)}` };
    }
    at = marker === SOS ? endOfScan(file, end) : end;
  }
}

/** The first marker behind a scan: in it, 0xff is followed by 0 or by the number of a restart. */
function endOfScan(file: Buffer, from: number): number {
  for (let at = file.indexOf(0xff, from); at !== -1; at = file.indexOf(0xff, at + 1)) {
    const next = file[at + 1] ?? 0;
    if (next !== 0 && next !== 0xff && (next & 0xf8) !== 0xd0) return at;
  }
  return file.length;
}

/** Chunks of PNG whose content is read elsewhere, or is the picture itself (PNG Specification, third edition, 11). */
const PNG_KNOWN =
  /^(IHDR|PLTE|IDAT|IEND|tRNS|cHRM|gAMA|iCCP|sBIT|sRGB|cICP|mDCV|cLLI|tEXt|zTXt|iTXt|bKGD|hIST|pHYs|sPLT|eXIf|tIME|acTL|fcTL|fdAT|oFFs|pCAL|sCAL|sTER|gIF[gx]|iDOT|CgBI|vpAg|orNT)$/;

function* inPng(file: Buffer): Generator<MetadataItem> {
  for (let at = 8; at + 12 <= file.length; ) {
    const type = file.toString('latin1', at + 4, at + 8);
    if (!PNG_KNOWN.test(type)) yield { what: 'part of the picture, not looked into', value: type };
    at += 12 + file.readUInt32BE(at);
    if (type === 'IEND') yield* behind(file.subarray(at));
    if (type === 'IEND') return;
  }
}

/** Extensions of GIF by programs (GIF89a, 26) that are read elsewhere, or tell nothing. */
const GIF_KNOWN = /^(NETSCAPE2\.0|ANIMEXTS1\.0|XMP DataXMP|ICCRGBG1012)$/;

const [TABLE, EXTENSION, IMAGE, TRAILER, COMMENT, APPLICATION] = [0x80, 0x21, 0x2c, 0x3b, 0xfe, 0xff];

function* inGif(file: Buffer): Generator<MetadataItem> {
  const tableBytes = (flags = 0) => (flags & TABLE ? 3 * 2 ** ((flags & 7) + 1) : 0);
  let at = 13 + tableBytes(file[10]);
  while (at < file.length) {
    const kind = file[at];
    if (kind === TRAILER) {
      yield* behind(file.subarray(at + 1));
      return;
    }
    const label = file[at + 1];
    const name = file.toString('latin1', at + 3, at + 14);
    if (kind === IMAGE) at += 11 + tableBytes(file[at + 9]);
    else if (kind === EXTENSION) at += 2;
    else return;
    if (kind === EXTENSION && label === APPLICATION && name === 'XMP DataXMP') {
      // A packet has no lengths in it; what follows it leads to a block of length 0 from wherever one comes.
      at = file.indexOf(0, at);
      if (at === -1) return;
      while (file[at] === 0) at += 1;
      continue;
    }
    let text = '';
    for (; at < file.length && file[at] !== 0; at += 1 + file[at]!) {
      if (label === COMMENT && kind === EXTENSION) text += file.toString('latin1', at + 1, at + 1 + file[at]!);
    }
    at += 1;
    if (text !== '') yield { what: 'comment', value: text };
    if (kind === EXTENSION && label === APPLICATION && !GIF_KNOWN.test(name)) {
      yield { what: 'part of the picture, not looked into', value: name };
    }
  }
}

/** A picture ends, and the file goes on: a second picture, a film, or something that somebody put there. */
function* behind(rest: Buffer): Generator<MetadataItem> {
  // Line ends and zeros are what is left of how it was sent or kept.
  if (rest.some((byte) => byte > 0x20)) yield { what: 'file inside, not looked into', value: 'behind the picture' };
}

/** What a segment calls itself: text up to a zero. */
function nameOf(content: Buffer): string {
  return /^[ -~]*/.exec(content.toString('latin1', 0, 32))![0];
}

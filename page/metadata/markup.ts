import { fromUtf8 } from '../../wire/bytes.ts';
import { type MetadataKind, startOf, type Told } from './metadata.ts';
import { placesOf } from './places.ts';

/** Properties of XMP, of Office Open XML and of OpenDocument that tell of a person, a machine or a moment. */
const FIELDS: Readonly<Record<string, MetadataKind>> = {
  'dc:creator': 'author',
  'meta:initial-creator': 'author',
  'cp:lastModifiedBy': 'editor',
  'pdf:Author': 'author',
  'photoshop:AuthorsPosition': 'author',
  'dc:rights': 'author',
  'aux:OwnerName': 'owner',
  'exifEX:CameraOwnerName': 'owner',
  'aux:SerialNumber': 'serial',
  'exifEX:BodySerialNumber': 'serial',
  'tiff:Make': 'camera',
  'tiff:Model': 'camera',
  'tiff:Artist': 'author',
  'exif:GPSLatitude': 'place',
  'exif:GPSLongitude': 'place',
  'xmp:CreatorTool': 'program',
  'pdf:Producer': 'program',
  'meta:generator': 'program',
  'xmp:CreateDate': 'time',
  'dcterms:created': 'time',
  'dcterms:modified': 'time',
  'meta:creation-date': 'time',
  'dc:title': 'title',
  'dc:description': 'comment',
  Company: 'company',
  Manager: 'company',
  Application: 'program',
  // Who changed a document or commented on it, the last one in Excel's list.
  'w:author': 'editor',
  'w15:author': 'editor',
  userName: 'editor',
  displayName: 'editor',
  author: 'editor',
};

const NAMES = Object.keys(FIELDS).join('|');

/** An element or its end, an attribute with its quote, or an element of which the name of a person is an attribute. */
const MARKS = new RegExp(String.raw`<(/?)(${NAMES})(?=[\s/>])|\s(${NAMES})=(["'])|<(p:cmAuthor|userInfo)(?=\s)`, 'g');

const [QUOTE, APOSTROPHE, SLASH, TAG_END] = [0x22, 0x27, 0x2f, 0x3e];

/** Reads what markup tells, in elements and attributes of known names, wherever they stand. */
export async function readMarkup(bytes: Uint8Array, told: Told): Promise<void> {
  const ends = { tag: nextOf(bytes, TAG_END), '"': nextOf(bytes, QUOTE), "'": nextOf(bytes, APOSTROPHE) };
  const tell = (what: MetadataKind, from: number, to: number) => {
    if (to === bytes.length) return; // it has no end
    const value = startOf(bytes.subarray(from, to));
    told.budget.spend(value.length);
    told.add(what, unescaped(fromUtf8(value).replace(/<[^>]*(?:>|$)/g, ' ')));
  };
  const open = new Map<string, number>();
  for await (const { from, to, groups } of placesOf(bytes, MARKS, told.budget)) {
    const [slash, element, attribute, quote, person] = groups;
    if (attribute !== undefined) tell(FIELDS[attribute]!, to, ends[quote as '"' | "'"](to));
    else if (person !== undefined) tellPerson(startOf(bytes.subarray(to, ends.tag(to))), told);
    else if (slash === '') {
      const start = ends.tag(to) + 1;
      if (bytes[start - 2] !== SLASH && !open.has(element!)) open.set(element!, start);
    } else if (open.has(element!)) {
      tell(FIELDS[element!]!, open.get(element!)!, from);
      open.delete(element!);
    }
  }
}

/** Of a tag whose attribute `name` is a person. */
function tellPerson(tag: Uint8Array, { budget, add }: Told): void {
  budget.spend(tag.length);
  const name = /\sname="([^"]*)"/.exec(fromUtf8(tag))?.[1];
  if (name !== undefined) add('editor', unescaped(name));
}

/**
 * Finds the next of a byte, for places that come in their order. What it found is kept until it is passed: all of them
 * together are one pass, also where the next one is far, or none is left.
 */
function nextOf(bytes: Uint8Array, byte: number): (from: number) => number {
  let next = -1;
  return (from) => {
    if (next < from) {
      next = bytes.indexOf(byte, from);
      if (next === -1) next = bytes.length;
    }
    return next;
  };
}

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
]);

function unescaped(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(\w+));/gi, (all, decimal, hexadecimal, name) => {
    if (name !== undefined) return ENTITIES.get(name) ?? all;
    const code = decimal === undefined ? Number.parseInt(hexadecimal, 16) : Number(decimal);
    return code <= 0x10ffff ? String.fromCodePoint(code) : all;
  });
}

const PACKET_EDGES = /<(\/?)rdf:RDF(?=[\s>])/g;

/** Reads the packets of XMP that stand in a file as they are. @throws Error when one of them has no end */
export async function readPackets(bytes: Uint8Array, told: Told): Promise<void> {
  let start: number | undefined;
  for await (const { from, groups } of placesOf(bytes, PACKET_EDGES, told.budget)) {
    if (groups[0] === '') start ??= from;
    else if (start !== undefined) {
      await readMarkup(bytes.subarray(start, from), told);
      start = undefined;
    }
  }
  if (start !== undefined) throw new Error('a packet without an end');
}

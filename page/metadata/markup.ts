import type { MetadataKind, Told } from './metadata.ts';

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
};

/** Who changed a document or commented on it: in attributes, and in Excel's list of authors. */
const AUTHOR =
  /\b(?:w:author|w15:author|userName|displayName)="([^"]*)"|<(?:p:cmAuthor|userInfo) [^>]*\bname="([^"]*)"|<author>([^<]*)</g;

/** Reads what markup tells, in elements and attributes of known names, wherever they stand. */
export function readMarkup(text: string, told: Told): void {
  for (const [name, what] of Object.entries(FIELDS)) {
    const element = new RegExp(String.raw`<${name}(?: [^>]*)?>([\s\S]*?)</${name}>`, 'g');
    for (const [, content] of text.matchAll(element)) told.add(what, unescaped(content!.replace(/<[^>]*>/g, ' ')));
    for (const [, value] of text.matchAll(new RegExp(` ${name}="([^"]*)"`, 'g'))) told.add(what, unescaped(value!));
  }
  for (const [, ...names] of text.matchAll(AUTHOR)) told.add('editor', unescaped(names.join('')));
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function unescaped(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(\w+));/gi, (all, decimal, hexadecimal, name) => {
    if (name !== undefined) return ENTITIES[name] ?? all;
    const code = decimal === undefined ? Number.parseInt(hexadecimal, 16) : Number(decimal);
    return code <= 0x10ffff ? String.fromCodePoint(code) : all;
  });
}

/** The packets of XMP that stand in a file as they are. @param text - the file, a character a byte */
export function packetsIn(text: string): string[] {
  const found = [...text.matchAll(/<rdf:RDF[\s\S]{0,1000000}?<\/rdf:RDF>/g)].map(([packet]) => packet);
  return found.map((packet) => new TextDecoder().decode(Uint8Array.from(packet, (one) => one.charCodeAt(0))));
}

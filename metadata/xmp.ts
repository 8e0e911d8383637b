import type { Finding, MetadataItem } from './finding.ts';
import { elements } from './xml.ts';

/** Properties that tell of a person, a machine or a place, whichever schema they are of (XMP Specification, part 2). */
const FIELDS: Readonly<Record<string, string>> = {
  creator: 'author',
  contributor: 'contributor',
  publisher: 'publisher',
  rights: 'copyright',
  Author: 'author',
  Artist: 'author',
  AuthorsPosition: 'position of the author',
  CaptionWriter: 'editor',
  Credit: 'credit',
  Source: 'source',
  Owner: 'owner',
  OwnerName: 'owner of the camera',
  CameraOwnerName: 'owner of the camera',
  SerialNumber: 'serial number of the camera',
  BodySerialNumber: 'serial number of the camera',
  LensSerialNumber: 'serial number of the lens',
  Make: 'make of the camera',
  Model: 'model of the camera',
  GPSLatitude: 'latitude where it was taken',
  GPSLongitude: 'longitude where it was taken',
  CiEmailWork: 'contact',
  CiTelWork: 'contact',
  CiAdrExtadr: 'contact',
  CiAdrCity: 'contact',
  CiUrlWork: 'contact',
  Company: 'company',
  Manager: 'manager',
  filePath: 'file on a machine or in a network',
  OriginalDocumentID: 'id that it shares with its original',
};

/** How a packet begins and ends, by the bytes of a character. */
const FORMS = (['utf8', 'utf16le', 'utf16be'] as const).map((encoding) => {
  const encoded = (text: string) =>
    encoding === 'utf16be' ? Buffer.from(text, 'utf16le').swap16() : Buffer.from(text, encoding);
  return { encoding, start: encoded('<rdf:RDF'), end: encoded('</rdf:RDF>') };
});

/** What lies further apart is no packet. */
const PACKET_MAX_BYTES = 16 * 2 ** 20;

/** How often it is tried to read what ends as a packet: from each of the last beginnings before it. */
const STARTS_MAX = 16;

/**
 * Every XMP packet that stands in a file as it is, those of earlier versions of the file too. What ends as one and cannot be
 * read is damaged, and so is what has no end.
 */
export function* xmp(bytes: Uint8Array): Generator<Finding> {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (const { encoding, start, end } of FORMS) {
    let starts: number[] = [];
    let from = 0;
    for (let at = file.indexOf(start); at !== -1; ) {
      starts.push(at);
      at = file.indexOf(start, at + 1);
      const stop = file.indexOf(end, from);
      if (stop === -1) {
        yield 'damaged';
        break;
      }
      if (at !== -1 && at < stop) continue;
      from = stop + end.length;
      yield* nearest(file, starts, from, encoding);
      starts = [];
    }
  }
}

/** Reads the packet that ends at `end` from the first of these places from which it can be read: others are stray. */
function* nearest(file: Buffer, starts: readonly number[], end: number, encoding: Encoding): Generator<Finding> {
  for (const start of starts.slice(-STARTS_MAX)) {
    if (end - start > PACKET_MAX_BYTES) continue;
    try {
      yield* [...inPacket(decoded(file.subarray(start, end), encoding))];
      return;
    } catch {
      // The next one may be the beginning.
    }
  }
  yield 'damaged';
}

type Encoding = (typeof FORMS)[number]['encoding'];

function decoded(packet: Buffer, encoding: Encoding): Uint8Array {
  if (encoding === 'utf8') return packet;
  return Buffer.from(new TextDecoder(encoding === 'utf16le' ? 'utf-16le' : 'utf-16be').decode(packet));
}

/** @throws Error when it is none */
function* inPacket(packet: Uint8Array): Generator<MetadataItem> {
  for (const { name, attributes, text, parent } of elements(packet)) {
    // A list is an element of its own within the property: <dc:creator><rdf:Seq><rdf:li>.
    yield* inField(name === 'li' ? (parent?.parent?.name ?? '') : name, text);
    for (const [attribute, value] of attributes) yield* inField(attribute, value);
  }
}

function* inField(name: string, value: string): Generator<MetadataItem> {
  if (Object.hasOwn(FIELDS, name)) yield { what: FIELDS[name]!, value };
}

import type { Trace } from './finding.ts';
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

const [START, END] = ['<rdf:RDF', '</rdf:RDF>'];

/** What lies further apart is no packet. */
const PACKET_MAX_BYTES = 16 * 2 ** 20;

/** Every XMP packet that stands in a file as it is, those of earlier versions of the file too. */
export function* xmp(bytes: Uint8Array): Generator<Trace> {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let start = file.indexOf(START); start !== -1; start = file.indexOf(START, start + 1)) {
    const end = file.indexOf(END, start);
    if (end === -1) return;
    if (end - start <= PACKET_MAX_BYTES) yield* inPacket(file.subarray(start, end + END.length));
    start = end;
  }
}

function* inPacket(packet: Uint8Array): Generator<Trace> {
  try {
    for (const { name, attributes, text, parent } of elements(packet)) {
      // A list is an element of its own within the property: <dc:creator><rdf:Seq><rdf:li>.
      yield* inField(name === 'li' ? (parent?.parent?.name ?? '') : name, text);
      for (const [attribute, value] of attributes) yield* inField(attribute, value);
    }
  } catch {
    // Packets are found by how they look; one that does not parse may be none.
  }
}

function* inField(name: string, value: string): Generator<Trace> {
  if (Object.hasOwn(FIELDS, name)) yield { what: FIELDS[name]!, value };
}

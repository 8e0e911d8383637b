import ExifReader from 'exifreader';
import type { Finding } from './finding.ts';
import { segments } from './segments.ts';
import { xmp } from './xmp.ts';

/** Fields of Exif, the notes of the camera's maker, IPTC and PNG that tell of a person, a machine or a place. */
const FIELDS: Readonly<Record<string, string>> = {
  Artist: 'author',
  Author: 'author',
  XPAuthor: 'author',
  'By-line': 'author',
  Photographer: 'author',
  Creator: 'author',
  Copyright: 'copyright',
  'Copyright Notice': 'copyright',
  'Writer/Editor': 'editor',
  Credit: 'credit',
  Source: 'source',
  Contact: 'contact',
  CameraOwnerName: 'owner of the camera',
  OwnerName: 'owner of the camera',
  BodySerialNumber: 'serial number of the camera',
  CameraSerialNumber: 'serial number of the camera',
  SerialNumber: 'serial number of the camera',
  InternalSerialNumber: 'serial number of the camera',
  LensSerialNumber: 'serial number of the lens',
  ImageUniqueID: 'id of the picture',
  Make: 'make of the camera',
  Model: 'model of the camera',
  HostComputer: 'computer',
  UserComment: 'comment',
  XPComment: 'comment',
  Comment: 'comment',
  ImageDescription: 'description',
};

/** Texts of PNG that tell of the program, or are told as XMP. */
const PNG_HARMLESS = /^(Software|Creation Time|Title|XML:com\.adobe\.xmp)$/;

/** What a compressed block of text in a picture may have once unpacked. */
const BLOCK_MAX_BYTES = 4 * 2 ** 20;

/** JPEG, PNG, GIF, TIFF (and what cameras make of it), WebP, HEIC, AVIF and JPEG XL. */
export async function* image(bytes: Uint8Array): AsyncGenerator<Finding> {
  // XMP is read below, wherever it stands, by the same parser as that of a PDF.
  const { gps, exif, makerNotes, iptc, pngText, Thumbnail } = await ExifReader.load(bufferOf(bytes), {
    expanded: true,
    async: true,
    excludeTags: { xmp: true, icc: true, photoshop: true, mpf: true },
    decompress: { maxDecompressedSize: BLOCK_MAX_BYTES },
  }).catch((error) => {
    if (error?.name === 'MetadataMissingError') return {} as ExifReader.ExpandedTags;
    throw error;
  });
  if (gps?.Latitude !== undefined && gps.Longitude !== undefined) {
    yield { what: 'place where it was taken', value: `${gps.Latitude.toFixed(5)}, ${gps.Longitude.toFixed(5)}` };
  }
  for (const [name, tag] of [exif, makerNotes, iptc, pngText].flatMap((tags) => Object.entries(tags ?? {}))) {
    const what = Object.hasOwn(FIELDS, name) ? FIELDS[name] : undefined;
    for (const one of what === undefined ? [] : [tag].flat()) {
      yield { what: what!, value: descriptionOf(one) };
    }
  }
  for (const [name, tag] of Object.entries(pngText ?? {})) {
    if (Object.hasOwn(FIELDS, name) || PNG_HARMLESS.test(name)) continue;
    for (const one of [tag].flat()) yield { what: `field of its own: ${name}`, value: descriptionOf(one) };
  }
  if (Thumbnail !== undefined) yield { what: 'small preview', value: 'may show what was cut away or covered later' };
  yield* segments(bytes);
  yield* xmp(bytes);
}

function descriptionOf(tag: unknown): string {
  return String((tag as { description?: unknown } | undefined)?.description ?? '');
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

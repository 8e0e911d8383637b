import ExifReader from 'exifreader';
import type { Trace } from './finding.ts';
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

/** What a compressed block of text in a picture may have once unpacked. */
const BLOCK_MAX_BYTES = 4 * 2 ** 20;

/** JPEG, PNG, GIF, TIFF (and what cameras make of it), WebP, HEIC, AVIF and JPEG XL. */
export async function* image(bytes: Uint8Array): AsyncGenerator<Trace> {
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
      yield { what: what!, value: String((one as { description?: unknown }).description ?? '') };
    }
  }
  if (Thumbnail !== undefined) yield { what: 'small preview', value: 'may show what was cut away or covered later' };
  yield* xmp(bytes);
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

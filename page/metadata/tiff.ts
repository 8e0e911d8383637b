import { latin1 } from '../../wire/bytes.ts';
import { type MetadataKind, startOf, type Told } from './metadata.ts';
import { readIptc, readResources } from './photoshop.ts';

/** Fields of TIFF 6.0 and Exif 2.32 that tell of a person, a machine or a moment, by their numbers. */
const FIELDS: ReadonlyMap<number, MetadataKind> = new Map([
  [0x010e, 'comment'], // ImageDescription
  [0x010f, 'camera'], // Make
  [0x0110, 'camera'], // Model
  [0x0131, 'program'],
  [0x0132, 'time'],
  [0x013b, 'author'], // Artist
  [0x013c, 'program'], // HostComputer
  [0x8298, 'author'], // Copyright
  [0x9003, 'time'], // DateTimeOriginal
  [0x9c9b, 'title'], // XPTitle, of Windows, as the next two
  [0x9c9c, 'comment'],
  [0x9c9d, 'author'],
  [0x9286, 'comment'], // UserComment
  [0xa430, 'owner'],
  [0xa431, 'serial'],
  [0xa435, 'serial'], // of the lens
]);

const [EXIF, GPS, THUMBNAIL, IPTC, PHOTOSHOP] = [0x8769, 0x8825, 0x0201, 0x83bb, 0x8649];
const UTF16 = new Set([0x9c9b, 0x9c9c, 0x9c9d]);
const USER_COMMENT = 0x9286;

/** Bytes of each type of TIFF, by its number. */
const TYPE_BYTES = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8];

/** Reads what TIFF, and so Exif, tells. @throws RangeError when it breaks off, Error when it is too much */
export async function readTiff(bytes: Uint8Array, told: Told): Promise<void> {
  const order = latin1(bytes.subarray(0, 2));
  if (order !== 'II' && order !== 'MM') return;
  const isLittle = order === 'II';
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const u16 = (at: number) => view.getUint16(at, isLittle);
  const u32 = (at: number) => view.getUint32(at, isLittle);
  const ahead: { at: number; isPlace: boolean }[] = [{ at: u32(4), isPlace: false }];
  const seen = new Set([0]);
  const embedded: (() => Promise<void>)[] = [];
  // It grows on the way.
  for (const { at, isPlace } of ahead) {
    await told.budget.step();
    if (seen.has(at)) continue; // one may name itself
    seen.add(at);
    const count = u16(at);
    const place = new Map<number, Uint8Array>();
    for (let entry = 0; entry < count; entry += 1) {
      await told.budget.step();
      const start = at + 2 + 12 * entry;
      const [tag, type, length] = [u16(start), u16(start + 2), u32(start + 4)];
      const size = (TYPE_BYTES[type] ?? 1) * length;
      const from = size <= 4 ? start + 8 : u32(start + 8);
      const whole = bytes.subarray(from, from + size);
      const value = startOf(whole);
      if (isPlace) place.set(tag, value);
      else if (tag === EXIF || tag === GPS) ahead.push({ at: u32(start + 8), isPlace: tag === GPS });
      else if (tag === THUMBNAIL) told.mark('preview');
      else if (tag === IPTC) embedded.push(() => readIptc(whole, told));
      else if (tag === PHOTOSHOP) embedded.push(() => readResources(whole, told));
      else {
        const what = FIELDS.get(tag);
        if (what === undefined) continue;
        told.budget.spend(value.length);
        told.add(what, textOf(tag, value));
      }
    }
    if (isPlace) readPlace(place, isLittle, told);
    else ahead.push({ at: u32(at + 2 + 12 * count), isPlace: false });
  }
  // Last, since damage in them is none in the rest.
  for (const read of embedded) await read();
}

/** Latitude and longitude, each as degrees, minutes and seconds, beside the letter of its half. */
function readPlace(fields: ReadonlyMap<number, Uint8Array>, isLittle: boolean, told: Told): void {
  const [south, latitude, west, longitude] = [1, 2, 3, 4].map((tag) => fields.get(tag));
  if (latitude === undefined || longitude === undefined) return;
  const degrees = (value: Uint8Array, half: Uint8Array | undefined, negative: string) => {
    const view = new DataView(value.buffer, value.byteOffset, value.length);
    const part = (index: number) => view.getUint32(8 * index, isLittle) / view.getUint32(8 * index + 4, isLittle);
    const sum = part(0) + part(1) / 60 + part(2) / 3600;
    return latin1(half ?? new Uint8Array()).startsWith(negative) ? -sum : sum;
  };
  const [north, east] = [degrees(latitude, south, 'S'), degrees(longitude, west, 'W')];
  if (Number.isFinite(north) && Number.isFinite(east)) told.add('place', `${north.toFixed(5)}, ${east.toFixed(5)}`);
  else told.mark('place');
}

function textOf(tag: number, value: Uint8Array): string {
  if (UTF16.has(tag)) return new TextDecoder('utf-16le').decode(value);
  // The eight bytes before it say how it is encoded.
  return new TextDecoder().decode(tag === USER_COMMENT ? value.subarray(8) : value);
}

import { unzipSync } from 'fflate';

/** The most that one part, and all parts together, may have once unpacked. */
const PART_MAX_BYTES = 64 * 2 ** 20;
const PARTS_MAX_BYTES = 256 * 2 ** 20;

export interface Unzipped {
  /** Of all parts, wanted or not. */
  readonly names: readonly string[];
  readonly parts: ReadonlyMap<string, Uint8Array>;
  /** A wanted part was left out because of its size. */
  readonly tooLarge: boolean;
  /** Every wanted part is there. It is not where two have one name, or one that no table can have. */
  readonly isWhole: boolean;
  /** What stands behind the parts, for a person. */
  readonly comment: string;
}

/** Unpacks the wanted parts of a zip file. @throws Error when it is damaged */
export function unzip(bytes: Uint8Array, wanted: (name: string) => boolean): Unzipped {
  const names: string[] = [];
  let [left, tooLarge, taken] = [PARTS_MAX_BYTES, false, 0];
  const parts = unzipSync(bytes, {
    filter: ({ name, size, originalSize }) => {
      names.push(name);
      if (!wanted(name)) return false;
      // What a part says of its size is all that it gets. One that is stored takes what it has.
      const takes = Math.max(size, originalSize);
      if (takes > PART_MAX_BYTES || takes > left) {
        tooLarge = true;
        return false;
      }
      left -= takes;
      taken += 1;
      return true;
    },
  });
  const found = new Map(Object.entries(parts));
  return { names, parts: found, tooLarge, isWhole: found.size === taken, comment: commentOf(bytes) };
}

/** The names of all parts. @throws Error when the file is damaged */
export function namesIn(bytes: Uint8Array): readonly string[] {
  return unzip(bytes, () => false).names;
}

/** The end of the list of parts has its comment at 22, behind its length (APPNOTE.TXT 4.3.16). */
function commentOf(bytes: Uint8Array): string {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = file.lastIndexOf('PK\x05\x06');
  return end === -1 ? '' : file.toString('utf8', end + 22);
}

/** Whether a password is needed, by the flags of the first part (APPNOTE.TXT 4.4.4, bit 0). */
export function isLocked(zip: Uint8Array): boolean {
  return (zip[6]! & 1) === 1;
}

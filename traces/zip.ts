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
}

/** Unpacks the wanted parts of a zip file. @throws Error when it is damaged */
export function unzip(bytes: Uint8Array, wanted: (name: string) => boolean): Unzipped {
  const names: string[] = [];
  let [left, tooLarge] = [PARTS_MAX_BYTES, false];
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
      return true;
    },
  });
  return { names, parts: new Map(Object.entries(parts)), tooLarge };
}

/** Whether a password is needed, by the flags of the first part (APPNOTE.TXT 4.4.4, bit 0). */
export function isLocked(zip: Uint8Array): boolean {
  return (zip[6]! & 1) === 1;
}

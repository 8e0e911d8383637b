import { fromUtf8, utf8 } from './bytes.ts';

/** Writes the fields of a byte table one after the other; integers are big-endian. @throws RangeError past the end. */
export function writer(bytes: Uint8Array) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const take = (length: number) => {
    at += length;
    return at - length;
  };
  return {
    uint8: (value: number) => view.setUint8(take(1), value),
    uint16: (value: number) => view.setUint16(take(2), value),
    uint32: (value: number) => view.setUint32(take(4), value),
    uint64: (value: number) => view.setBigUint64(take(8), BigInt(value)),
    bytes: (value: Uint8Array) => bytes.set(value, take(value.length)),
    /** A text behind the number of its bytes (UTF-8, at most `most` and 255), then zeros up to `most`. */
    text: (value: string, most: number) => {
      const text = utf8(value);
      if (text.length > most) throw new RangeError('the text is too long');
      view.setUint8(take(1), text.length);
      bytes.set(text, take(most));
    },
  };
}

/** Reads the fields of a byte table one after the other. @throws RangeError past the end or beyond 2^53 - 1. */
export function reader(bytes: Uint8Array) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const take = (length: number) => {
    if (at + length > bytes.length) throw new RangeError('the bytes end too early');
    at += length;
    return at - length;
  };
  return {
    uint8: () => view.getUint8(take(1)),
    uint16: () => view.getUint16(take(2)),
    uint32: () => view.getUint32(take(4)),
    uint64: () => {
      const value = Number(view.getBigUint64(take(8)));
      if (!Number.isSafeInteger(value)) throw new RangeError('the number is too large');
      return value;
    },
    /** A copy, so that the table itself can be wiped: `slice` of Node's Buffer makes none. */
    bytes: (length: number) => new Uint8Array(bytes.subarray(take(length), at)),
    /** What `text` wrote. */
    text: (most: number) => {
      const length = view.getUint8(take(1));
      return fromUtf8(bytes.subarray(take(most), at).subarray(0, length));
    },
    position: () => at,
  };
}

import type { Finding } from './finding.ts';

const [NOTE, FILEPASS, WRITEACCESS] = [0x1c, 0x2f, 0x5c];

/** Excel's records ([MS-XLS] 2.1.4): a type and a length of two bytes each, then as many bytes. */
export function* inWorkbook(stream: Buffer): Generator<Finding> {
  for (let at = 0; at + 4 <= stream.length; at += 4 + stream.readUInt16LE(at + 2)) {
    const [type, length] = [stream.readUInt16LE(at), stream.readUInt16LE(at + 2)];
    const record = stream.subarray(at + 4, at + 4 + length);
    if (type === FILEPASS) {
      yield 'encrypted';
      return;
    }
    if (type === WRITEACCESS) yield { what: 'last saved by', value: text(record) };
    // A note has its row, column, flags and object before its author (2.4.179).
    if (type === NOTE && length > 8) yield { what: 'author of a comment', value: text(record.subarray(8)) };
  }
}

/** XLUnicodeString (2.5.294): how many characters, whether they have two bytes, then the characters. */
function text(bytes: Buffer): string {
  if (bytes.length < 3) return '';
  const [characters, width] = [bytes.readUInt16LE(0), 1 + (bytes[2]! & 1)];
  // Excel 5 and some programs write the text without all that.
  if (3 + characters * width > bytes.length) return bytes.toString('latin1');
  return bytes.toString(width === 2 ? 'utf16le' : 'latin1', 3, 3 + characters * width);
}

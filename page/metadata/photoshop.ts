import { fromUtf8, latin1 } from '../../wire/bytes.ts';
import { type MetadataKind, startOf, type Told } from './metadata.ts';

/** Fields of the application record of IPTC-IIM 4.2 that tell of a person, a place or a moment, by their numbers. */
const FIELDS: ReadonlyMap<number, MetadataKind> = new Map([
  [5, 'title'],
  [55, 'time'],
  [65, 'program'],
  [80, 'author'], // By-line
  [85, 'author'], // their title
  [90, 'place'], // City
  [92, 'place'], // Sub-location
  [95, 'place'], // Province/State
  [101, 'place'], // Country
  [105, 'title'], // Headline
  [110, 'author'], // Credit
  [115, 'author'], // Source
  [116, 'author'], // Copyright Notice
  [118, 'author'], // Contact
  [120, 'comment'], // Caption
  [122, 'editor'], // of the caption
]);

const [IPTC, FIELD_MARK, APPLICATION_RECORD] = [0x0404, 0x1c, 2];

/** How a resource begins: those of other programs have marks of their own. */
const MARKS = new Set(['8BIM', 'AgHg', 'DCSR', 'MeSa', 'PHUT']);

/** Reads what Photoshop puts into a picture ("Image Resource Blocks" in its file format). @throws Error when it is damaged, or too much */
export async function readResources(bytes: Uint8Array, told: Told): Promise<void> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 0; at < bytes.length; ) {
    await told.budget.step();
    if (!MARKS.has(latin1(bytes.subarray(at, at + 4)))) throw new Error('a broken resource');
    // A number, then a name behind its length, padded, as the content is.
    const lengthAt = at + 6 + even(1 + view.getUint8(at + 6));
    const [from, length] = [lengthAt + 4, view.getUint32(lengthAt)];
    if (view.getUint16(at + 4) === IPTC) await readIptc(bytes.subarray(from, from + length), told);
    if (from + length > bytes.length) throw new Error('a resource breaks off');
    at = from + even(length);
  }
}

const even = (length: number) => length + (length % 2);

/** Reads IPTC-IIM: fields, each a mark, a record, a number, and a content behind its length. @throws Error as above */
export async function readIptc(bytes: Uint8Array, told: Told): Promise<void> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 0; bytes[at] === FIELD_MARK; ) {
    await told.budget.step();
    const length = view.getUint16(at + 3);
    // A longer one says in so many bytes how long it is: none of those that are told.
    if (length >= 2 ** 15 || at + 5 + length > bytes.length) throw new Error('a field breaks off');
    const what = view.getUint8(at + 1) === APPLICATION_RECORD ? FIELDS.get(view.getUint8(at + 2)) : undefined;
    if (what !== undefined) told.add(what, textOf(startOf(bytes.subarray(at + 5, at + 5 + length))));
    at += 5 + length;
  }
}

/** Programs say seldom how a text is encoded, and rarely right: UTF-8 is known when it is seen. */
function textOf(bytes: Uint8Array): string {
  const text = fromUtf8(bytes);
  return text.includes('\ufffd') ? latin1(bytes) : text;
}

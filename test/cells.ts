import { deflateRawSync } from 'node:zlib';
import sodium from 'libsodium-wrappers';
import { contactOf, newIdentity } from '../core/keys/identity.ts';
import { sealCell, sealCoverCell } from '../core/letter/cell.ts';
import { sealDecoyCell } from '../lambdas/seal-decoy.ts';
import { wasm } from '../node/sodium/engine.ts';
import { CELL_CONTENT_BYTES, COMMITMENT_BYTES, UPLOAD_ID_BYTES, XWING_CIPHERTEXT_BYTES } from '../wire/sizes.ts';
import { byColumns, byThreshold, byValue, type Learner } from './classify.ts';
import { type KeyFacts, keyFacts } from './key-facts.ts';
import { bitsOf, onesOf } from './lines.ts';
import { likelihood, ML_KEM_CIPHERTEXT_BYTES, numbersOf } from './ml-kem.ts';

/** Makes a cell. */
export type MakeCell = () => Uint8Array;

/** Letters of several kinds to several people, root and further cells in turn, by the engine that is always there. */
function letters(): MakeCell {
  const contacts = Array.from({ length: 5 }, () => contactOf(newIdentity('http://127.0.0.1:8787', 0)));
  const contents = [
    new Uint8Array(CELL_CONTENT_BYTES), // little in much padding
    new Uint8Array(CELL_CONTENT_BYTES).fill(0x20), // text
    sodium.randombytes_buf(CELL_CONTENT_BYTES), // what is compressed or encrypted already
    Uint8Array.from({ length: CELL_CONTENT_BYTES }, (_, i) => i >> 8), // a picture's rows
  ];
  let turn = 0;
  return () => {
    turn += 1;
    const to = contacts[turn % contacts.length]!;
    const role = turn % 2 === 0 ? 'root' : 'further';
    return sealCell(contents[turn % contents.length]!, role, to, sodium.randombytes_buf(UPLOAD_ID_BYTES), wasm);
  };
}

/** A source's cells, those of cover, and those that the decoy function uploads. */
export const cellMakers = () => ({
  real: letters(),
  cover: () => sealCoverCell(sodium.randombytes_buf(UPLOAD_ID_BYTES), wasm),
  decoy: sealDecoyCell,
});

/** The first bytes of a cell, before its content: X-Wing ciphertext and commitment. */
export const HEAD_BYTES = XWING_CIPHERTEXT_BYTES + COMMITMENT_BYTES;

/** What comes before a cell's content, as an observer looks at it. */
export interface Head {
  readonly bytes: Uint8Array;
  readonly likelihood: number;
  readonly key: KeyFacts;
}

/** Looks at the beginnings of cells. */
export function readHeads(cells: readonly Uint8Array[]): Head[] {
  const keys = keyFacts(cells.map((cell) => cell.subarray(ML_KEM_CIPHERTEXT_BYTES, XWING_CIPHERTEXT_BYTES)));
  return cells.map((cell, i) => {
    const ciphertext = cell.subarray(0, ML_KEM_CIPHERTEXT_BYTES);
    return {
      bytes: cell.subarray(0, HEAD_BYTES),
      likelihood: likelihood(ciphertext),
      key: keys[i]!,
    };
  });
}

const commitment = ({ bytes }: Head) => bytes.subarray(XWING_CIPHERTEXT_BYTES);

/** Each way to tell the beginnings of cells apart that is tried. */
export const HEAD_LEARNERS: Readonly<Record<string, Learner<Head>>> = {
  'likelihood as an ML-KEM ciphertext': byThreshold((head) => head.likelihood),
  'each number of 10 bits': byColumns(({ bytes }) => numbersOf(bytes).subarray(0, 768), 1024),
  'each number of 4 bits': byColumns(({ bytes }) => numbersOf(bytes).subarray(768), 16),
  'each byte': byColumns(({ bytes }) => bytes, 256),
  'each bit': byColumns(({ bytes }) => bitsOf(bytes), 2),
  'ones among the bits': byThreshold(({ bytes }) => onesOf(bytes)),
  'X25519: number below p': byValue(({ key }) => key.belowP),
  'X25519: top bit': byValue(({ key }) => key.topBit),
  'X25519: curve or twist': byValue(({ key }) => key.onCurve),
  'X25519: order of the point': byValue(({ key }) => key.inSubgroup),
  commitment: byColumns((head) => bitsOf(commitment(head)), 2),
  'ones in the commitment': byThreshold((head) => onesOf(commitment(head))),
};

/** What can be measured of a whole cell. */
export interface Measured {
  readonly bytes: number;
  /** Chi-square of how often each byte occurs after the head. */
  readonly histogram: number;
  /** How many bits are set there, and how many are like the one before in the same place of its byte. */
  readonly ones: number;
  readonly alike: number;
  /** Blocks of 16 bytes that occurred before in the cell. */
  readonly repeated: number;
  /** Bytes to which the cell is deflated at best. */
  readonly deflated: number;
}

/** What can be measured of 1,024 bytes of a cell. */
export interface Piece {
  readonly ones: number;
  readonly alike: number;
  /** The sum of the squares of how often each byte occurs. */
  readonly squares: number;
}

const PIECE_BYTES = 1024;

/** Measures a cell's content and tag piece by piece. */
export function pieces(cell: Uint8Array): Piece[] {
  const [found, counts] = [[] as Piece[], new Uint16Array(256)];
  for (let at = HEAD_BYTES; at + PIECE_BYTES <= cell.length; at += PIECE_BYTES) {
    counts.fill(0);
    let [ones, unlike, squares] = [0, 0, 0];
    for (let i = at; i < at + PIECE_BYTES; i += 1) {
      const count = counts[cell[i]!]!;
      squares += 2 * count + 1;
      counts[cell[i]!] = count + 1;
      ones += BITS[cell[i]!]!;
      if (i > at) unlike += BITS[cell[i]! ^ cell[i - 1]!]!;
    }
    found.push({ ones, alike: (PIECE_BYTES - 1) * 8 - unlike, squares });
  }
  return found;
}

/** Each way to tell pieces apart that is tried. */
export const PIECE_LEARNERS: Readonly<Record<string, Learner<Piece>>> = {
  'how often each byte occurs': byThreshold(({ squares }) => squares),
  'ones among the bits': byThreshold((piece) => piece.ones),
  'bits like those before': byThreshold(({ alike }) => alike),
};

/** Of a cell so much is deflated, from its beginning and its end: the whole takes longer than all the rest. */
const DEFLATED_BYTES = 2 ** 15;

/** Measures a whole cell. */
export function measure(cell: Uint8Array): Measured {
  const rest = cell.subarray(HEAD_BYTES);
  const [counts, bits] = [new Uint32Array(256), new Uint32Array(256)];
  for (let i = 0; i < rest.length; i += 1) {
    counts[rest[i]!]! += 1;
    bits[rest[i]! ^ (rest[i - 1] ?? 0)]! += 1;
  }
  const set = (histogram: Uint32Array) => histogram.reduce((sum, count, byte) => sum + count * BITS[byte]!, 0);
  const expected = rest.length / 256;
  return {
    bytes: cell.length,
    histogram: counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0),
    ones: set(counts),
    alike: rest.length * 8 - set(bits),
    repeated: repeatedBlocks(cell),
    deflated: [cell.subarray(0, DEFLATED_BYTES), cell.subarray(-DEFLATED_BYTES)].reduce(
      (sum, part) => sum + deflateRawSync(part).length,
      0,
    ),
  };
}

const BITS = Uint8Array.from({ length: 256 }, (_, byte) => onesOf(Uint8Array.of(byte)));

/** How many blocks of 16 bytes are like one before. Sorted by their first 6 bytes, which meet by chance now and then. */
function repeatedBlocks(cell: Uint8Array): number {
  const text = Buffer.from(cell.buffer, cell.byteOffset, cell.byteLength);
  const blocks = Float64Array.from({ length: cell.length >> 4 }, (_, i) => text.readUIntBE(i * 16, 6)).sort();
  const close = new Set(blocks.filter((block, i) => block === blocks[i - 1]));
  if (close.size === 0) return 0;
  const seen = new Set<string>();
  let repeated = 0;
  for (let at = 0; at < cell.length; at += 16) {
    if (!close.has(text.readUIntBE(at, 6))) continue;
    const block = text.toString('latin1', at, at + 16);
    if (seen.has(block)) repeated += 1;
    seen.add(block);
  }
  return repeated;
}

/** Each way to tell whole cells apart that is tried. */
export const CELL_LEARNERS: Readonly<Record<string, Learner<Measured>>> = {
  size: byValue(({ bytes }) => bytes),
  'how often each byte occurs': byThreshold(({ histogram }) => histogram),
  'ones among the bits': byThreshold((cell) => cell.ones),
  'bits like those before': byThreshold(({ alike }) => alike),
  'repeated blocks': byValue(({ repeated }) => repeated),
  'what it can be deflated to': byThreshold(({ deflated }) => deflated),
};

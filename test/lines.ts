import { randomBytes, randomInt } from 'node:crypto';
import { contactOf, newIdentity } from '../core/keys/identity.ts';
import { sealId } from '../core/letter/sealed-id.ts';
import { sealDecoy } from '../lambdas/seal-decoy.ts';
import { linesOf } from '../wire/batch.ts';
import { formatSealedId, parseSealedId } from '../wire/sealed-id.ts';
import { SEALED_ID_BYTES, UPLOAD_ID_BYTES } from '../wire/sizes.ts';
import { byColumns, byThreshold, byValue, type Learner } from './classify.ts';
import { type KeyFacts, keyFacts } from './key-facts.ts';
import { poisson } from './poisson.ts';
import { openTicks, type Tick } from './ticks.ts';

/** Where a line comes from: a source, the decoy function, the publisher. */
export type Kind = 'real' | 'decoy' | 'filler';

/** A line as a reader of batches looks at it. */
export interface Line {
  readonly text: string;
  /** What any decoder makes of it, 80 bytes or not. */
  readonly bytes: Uint8Array;
  readonly bits: Uint8Array;
  readonly key: KeyFacts;
}

/** What sources register: upload ids, sealed to one of several contacts. */
export function sources(): () => Uint8Array {
  const contacts = Array.from({ length: 5 }, () => contactOf(newIdentity('http://127.0.0.1:8787', 0)));
  let turn = 0;
  return () => {
    turn += 1;
    return sealId(randomBytes(UPLOAD_ID_BYTES), contacts[turn % contacts.length]!.idKey);
  };
}

/** A flood comes once in so many ticks. */
const FLOOD_EVERY = 500;

/**
 * Plays ticks with a Poisson number of real registrations and of decoys in each, and now and then many at once.
 *
 * @returns the ticks, each kind's lines as the batches have them, at which place of smallest batches the first real one
 * of a tick stood, and what is left
 */
export async function playTicks(count: number, linesPerBatch: number, mean: number) {
  const world = await openTicks(linesPerBatch);
  const origins = new Map<string, Kind>();
  const lines: Record<Kind, string[]> = { real: [], decoy: [], filler: [] };
  const seal = { real: sources(), decoy: sealDecoy };
  const [ticks, places] = [[] as Tick[], Array<number>(linesPerBatch).fill(0)];
  const uniform = () => randomInt(2 ** 47) / 2 ** 47;
  for (let tick = 1; tick <= count; tick += 1) {
    let first: string | undefined;
    for (const kind of ['real', 'decoy'] as const) {
      const flood = kind === 'real' && tick % FLOOD_EVERY === 0 ? randomInt(10, 100) : 0;
      for (let left = flood + poisson(mean, uniform); left > 0; left -= 1) {
        const sealed = seal[kind]();
        const line = formatSealedId(sealed);
        origins.set(line, kind);
        if (kind === 'real') first ??= line;
        await world.register(sealed);
      }
    }
    const seen = await world.tick();
    ticks.push(seen);
    const batch = seen.written.flatMap(({ body }) => [...linesOf(body)]);
    for (const line of batch) {
      lines[origins.get(line) ?? 'filler'].push(line);
      origins.delete(line);
    }
    if (first !== undefined && batch.length === linesPerBatch) places[batch.indexOf(first)]! += 1;
  }
  const left = { ...world.left(), lines: origins.size };
  world.close();
  return { ticks, lines, places, left };
}

/** Looks at lines. */
export function read(texts: readonly string[]): Line[] {
  const decoded = texts.map((text) => new Uint8Array(Buffer.from(text, 'base64')));
  const facts = keyFacts(decoded.map((bytes) => bytes.subarray(0, 32)));
  return texts.map((text, i) => ({ text, bytes: decoded[i]!, bits: bitsOf(decoded[i]!), key: facts[i]! }));
}

/** The bits of bytes, the lowest of each first. */
export function bitsOf(bytes: Uint8Array): Uint8Array {
  const bits = new Uint8Array(bytes.length * 8);
  for (let i = 0; i < bits.length; i += 1) bits[i] = (bytes[i >> 3]! >> (i & 7)) & 1;
  return bits;
}

/** How many of the bits of bytes are set. */
export function onesOf(bytes: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 1) sum += ONES[bytes[i]!]!;
  return sum;
}

const ONES = Uint8Array.from({ length: 256 }, (_, byte) => byte.toString(2).replaceAll('0', '').length);

/** Which bits differ from the one after. */
function changesOf(bits: Uint8Array): Uint8Array {
  const changes = new Uint8Array(bits.length - 1);
  for (let i = 0; i < changes.length; i += 1) changes[i] = bits[i]! ^ bits[i + 1]!;
  return changes;
}

const isCanonical = ({ text }: Line) => {
  try {
    return parseSealedId(text).length === SEALED_ID_BYTES;
  } catch {
    return false;
  }
};

/** Each way to tell lines apart that is tried, by its name. */
export const LINE_LEARNERS: Readonly<Record<string, Learner<Line>>> = {
  length: byValue(({ text }) => text.length),
  alphabet: byValue(({ text }) => [...new Set(text.replace(/[A-Za-z0-9]/g, ''))].sort().join('')),
  'alphabet beyond base64url': byValue(({ text }) => text.replace(/[A-Za-z0-9_-]/g, '')),
  'one spelling': byValue(isCanonical),
  'last character': byValue(({ text }) => text.replace(/=*$/, '').at(-1)),
  'number below p': byValue(({ key }) => key.belowP),
  'top bit': byValue(({ key }) => key.topBit),
  'curve or twist': byValue(({ key }) => key.onCurve),
  'order of the point': byValue(({ key }) => key.inSubgroup),
  'ones among the bits': byThreshold(({ bytes }) => onesOf(bytes)),
  'distinct bytes': byThreshold(({ bytes }) => new Set(bytes).size),
  'each byte': byColumns(({ bytes }) => bytes, 256),
  'each bit': byColumns(({ bits }) => bits, 2),
  'bits beside each other': byColumns(({ bits }) => changesOf(bits), 2),
};

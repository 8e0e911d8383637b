import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const folder = new URL('vectors/', import.meta.url);

/** Everything in `test/vectors/`: what a format is, or one fault of it, made from docs/protocol.md and not by this code. */
const vectors = readdirSync(folder).map((name) => ({
  name,
  ...JSON.parse(readFileSync(new URL(name, folder), 'utf8')),
}));

export type Vector = (typeof vectors)[number];

/** Kinds of vectors, by the test that checks them. */
const KINDS = {
  'vectors.test.ts': [
    'sealed id',
    'sealed id text',
    'upload id',
    'slot',
    'batch',
    'cell',
    'contact',
    'fingerprint',
    'words',
    'epoch',
    'mailbox',
  ],
  'letter-vectors.test.ts': ['head', 'letter'],
  'locked-vectors.test.ts': ['identity file', 'signing key file', 'invitation', 'revocation', 'passphrase'],
  'transport-vectors.test.ts': ['list', 'summary', 'upload url'],
  'work.test.ts': ['work', 'work challenge'],
} as const;

/** Registers a test for each vector of the kinds that a test file checks. */
export function checkVectors<File extends keyof typeof KINDS>(
  file: File,
  checks: Record<(typeof KINDS)[File][number], (vector: Vector) => unknown>,
): Vector[] {
  const kinds: readonly string[] = KINDS[file];
  const own = vectors.filter((vector) => kinds.includes(vector.kind));

  test('there are vectors of every kind, good ones and refused ones, and none of another', () => {
    expect(new Set(vectors.map((vector) => vector.kind))).toEqual(new Set(Object.values(KINDS).flat()));
    for (const kind of kinds) {
      const ofKind = own.filter((vector) => vector.kind === kind);
      expect(ofKind.some((vector) => !isFault(vector))).toBe(kind !== 'sealed id text');
      const alwaysGood = ['epoch', 'mailbox'].includes(kind);
      expect(ofKind.some(isFault)).toBe(!alwaysGood);
    }
  });

  test.each(own)('$name: $about', async (vector) => {
    await checks[vector.kind as keyof typeof checks](vector);
  });

  return own;
}

/** Whether a vector is one that a reader does not take. */
export function isFault({ refusedWith, why, opens, opensTo, proves }: Vector): boolean {
  return refusedWith !== undefined || why !== undefined || opens === false || opensTo === null || proves === false;
}

export const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'));
export const hex = (value: Uint8Array) => Buffer.from(value).toString('hex');

/** Bytes that are given as `[byte, count]` pairs. */
export function spelledOut(pairs: readonly [number, number][]): Buffer {
  return Buffer.concat(pairs.map(([byte, count]) => Buffer.alloc(count, byte)));
}

/** What is said of something that is refused. */
export async function refusal(act: () => unknown): Promise<string> {
  try {
    await act();
  } catch (error) {
    return (error as Error).message;
  }
  return 'not refused';
}

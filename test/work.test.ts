import { createHash, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { dropAt, putSealedId } from '../core/drop/drop.ts';
import { isAnyWaiting, oneAtATime } from '../core/drop/mutex.ts';
import { Unreachable } from '../core/drop/retry.ts';
import type { Transport } from '../core/drop/transport.ts';
import { LOST_URLS_PER_LETTER } from '../lambdas/decoy-letters.ts';
import { sealDecoy } from '../lambdas/seal-decoy.ts';
import { decoyMemory, PROOFS_PER_LETTER } from '../lib/decoy-memory.ts';
import { loopback } from '../node/transport/transport.ts';
import { DRAWN_CELLS_MEAN } from '../wire/drawn-cells.ts';
import { slotAt } from '../wire/slot.ts';
import { solveWork, type WorkProgress } from '../wire/solve.ts';
import { formatUploadId } from '../wire/upload-id.ts';
import { checkWork, formatChallenge, hasZeros, parseChallenge, workAttempt } from '../wire/work.ts';
import { withDrop } from './drop.ts';
import { journalist, write } from './people.ts';
import { bytes, checkVectors, hex, refusal } from './vectors.ts';

const AT = new Date('2026-11-22T11:26:30Z');
const BITS = 8;
const ID = randomBytes(32);
const SEALED = sealDecoy();

const later = (seconds: number) => new Date(AT.getTime() + seconds * 1000);

checkVectors('work.test.ts', {
  work({ purpose, bound, bits, slot, seed, nonce, hash, work, at, proves }) {
    expect(checkWork(purpose, bytes(bound), work, bits, new Date(at * 1000))).toBe(proves);
    if (!proves) return;
    const attempt = workAttempt(purpose, bytes(bound), slot);
    expect(hex(attempt)).toBe(`${seed}${'00'.repeat(8)}`);
    attempt.set(bytes(nonce), 32);
    expect(createHash('sha256').update(attempt).digest('hex')).toBe(hash);
  },
  async 'work challenge'({ text, bits, slot, refusedWith }) {
    if (refusedWith) return expect(await refusal(() => parseChallenge(text))).toBe(refusedWith);
    expect(parseChallenge(text)).toEqual({ bits, slot });
    expect(formatChallenge({ bits, slot })).toBe(text);
  },
});

describe('a proof of work', () => {
  const challenge = { bits: BITS, slot: slotAt(AT) };

  test('is found for whatever it is bound to, and taken: 100 of each kind', async () => {
    for (let i = 0; i < 100; i += 1) {
      const [id, sealed] = [randomBytes(32), randomBytes(80)];
      const proofs = [await solveWork('upload-url', id, challenge), await solveWork('register-id', sealed, challenge)];
      for (const proof of proofs) expect(proof).toMatch(/^[\w-]{11}$/);
      expect(checkWork('upload-url', id, proofs[0], BITS, AT)).toBe(true);
      expect(checkWork('register-id', sealed, proofs[1], BITS, AT)).toBe(true);
    }
  });

  test('is good in the slot that it names and the next one, neither before nor after', async () => {
    const sealed = randomBytes(80);
    const proof = await solveWork('register-id', sealed, { bits: 20, slot: slotAt(AT) });
    const isTaken = (now: Date) => checkWork('register-id', sealed, proof, 20, now);
    expect([-91, -90, 0, 209, 210, 509, 510].map((seconds) => isTaken(later(seconds)))).toEqual(
      [false, true, true, true, true, true, false], // the slot is 11:25:00, 90 s earlier, to 11:30:00, 210 s later
    );
  });

  /** How many of 100 are taken, of which 256 times fewer should be. */
  const taken = async (check: (sealed: Buffer, proof: string, other: Buffer) => boolean) => {
    let count = 0;
    for (let i = 0; i < 100; i += 1) {
      const [sealed, other] = [randomBytes(80), randomBytes(80)];
      if (check(sealed, await solveWork('register-id', sealed, challenge), other)) count += 1;
    }
    return count;
  };

  // More than 8 of 100 at one in 256 each: once in 10^9 runs.
  test.each<[string, (sealed: Buffer, proof: string, other: Buffer) => boolean]>([
    ['another sealed id', (_, proof, other) => checkWork('register-id', other, proof, BITS, AT)],
    ['an upload URL', (sealed, proof) => checkWork('upload-url', sealed, proof, BITS, AT)],
    ['an earlier slot', (sealed, proof) => checkWork('register-id', sealed, proof, BITS, later(-600))],
    ['a later slot', (sealed, proof) => checkWork('register-id', sealed, proof, BITS, later(600))],
    ['an id that one bit tells from it', (s, p) => checkWork('register-id', flip(s), p, BITS, AT)],
  ])('is refused for %s', async (_, check) => {
    expect(await taken(check)).toBeLessThan(9);
    expect(await taken((sealed, proof) => checkWork('register-id', sealed, proof, BITS, AT))).toBe(100);
  });

  const flip = (sealed: Buffer) => Buffer.concat([Buffer.from([sealed[0]! ^ 1]), sealed.subarray(1)]);

  test('is refused in any other spelling, whatever a client sends', async () => {
    const proof = await solveWork('register-id', SEALED, challenge);
    const is = (text?: string) => checkWork('register-id', SEALED, text, BITS, AT);
    expect(is(proof)).toBe(true);
    const others = [undefined, '', `${proof}=`, ` ${proof}`, `${proof},${proof}`, `${proof}A`, proof.slice(1)];
    for (const text of others) expect(is(text)).toBe(false);
    fc.assert(fc.property(fc.string({ maxLength: 20 }), (text) => !is(text)));
  });

  test('has exactly as many zero bits as are asked for, or more: against SHA-256 by bits, 2,000 digests', () => {
    const attempt = workAttempt('upload-url', ID, slotAt(AT));
    for (let i = 0; i < 2000; i += 1) {
      new DataView(attempt.buffer).setUint32(36, i);
      const digest = createHash('sha256').update(attempt).digest();
      const zeros = [...digest]
        .map((byte) => byte.toString(2).padStart(8, '0'))
        .join('')
        .indexOf('1');
      expect(hasZeros(attempt, zeros)).toBe(true);
      expect(hasZeros(attempt, zeros + 1)).toBe(false);
    }
  });

  test('is given up at once when its person interrupts', async () => {
    const controller = new AbortController();
    const progress = vi.fn(({ tried }: { tried: number }) => tried > 0 && controller.abort(new Error('enough')));
    const hopeless = { bits: 32, slot: slotAt(AT) };
    const solving = solveWork('upload-url', ID, hopeless, { signal: controller.signal, progress });
    await expect(solving).rejects.toThrow('enough');
    expect(progress.mock.calls.map(([{ tried }]) => tried)).toEqual([0, 8192]);
  });
});

describe('the decoy function', () => {
  test('has CPU for the work of its decoys twice over, or the construct refuses', () => {
    expect(PROOFS_PER_LETTER).toBe(Math.round(DRAWN_CELLS_MEAN) + 1 + LOST_URLS_PER_LETTER);
    expect(decoyMemory(100, 200, 0)).toBe(192);
    expect(decoyMemory(16, 24, 12)).toBe(192 + 27);
    expect(decoyMemory(16, 8, 18)).toBe(192 + 1392);
    expect(() => decoyMemory(16, 24, 20)).toThrow(
      '4 times decoysPerMinute and looseCellsPerMinute must be at most 22.88 together with workBits 20: with more, ' +
        'there is no time for the decoys, received 88',
    );
    expect(decoyMemory(0, 0, 24)).toBe(192);
  });
});

describe('a client', () => {
  const asks = JSON.stringify({ work: { bits: 4, slot: slotAt(AT) } });

  /** A drop that asks for work, and answers what comes with a proof as told; after that with 204. */
  function askingDrop(...statuses: number[]) {
    const proofs: string[] = [];
    const transport: Transport = async ({ url }) => {
      const proof = url.searchParams.get('work');
      if (proof === null) return { status: 428, body: Buffer.from(asks) };
      proofs.push(proof);
      const status = statuses.shift() ?? 204;
      return { status, body: Buffer.from(status === 428 ? asks : '') };
    };
    const patience = { tries: 5, firstWaitMilliseconds: 1, busyTries: 50 };
    return { proofs, drop: dropAt('http://127.0.0.1:1', { transport, patience }) };
  }

  test('keeps a proof that a busy front has not looked at', async () => {
    const { proofs, drop } = askingDrop(...Array(8).fill(429));
    await putSealedId(drop, () => randomBytes(80));
    expect(proofs).toHaveLength(9);
    expect(new Set(proofs).size).toBe(1);
  });

  test('makes another after a fault, when nobody knows what became of the first, and for another challenge', async () => {
    for (const status of [500, 428]) {
      const { proofs, drop } = askingDrop(429, status);
      await putSealedId(drop, () => randomBytes(80));
      expect([proofs.length, new Set(proofs).size]).toEqual([3, 2]);
    }
  });

  test('gives a drop up that is never content, as one that may be tried again later', async () => {
    const { proofs, drop } = askingDrop(...Array(100).fill(428));
    await expect(putSealedId(drop, () => randomBytes(80))).rejects.toThrow(Unreachable);
    expect(proofs).toHaveLength(4);
  });
});

describe('proofs that several letters of a process need', () => {
  /** A drop that asks for work without looking at it, and what is told of it. */
  function registering(bits: number, working: (progress: WorkProgress) => void, signal?: AbortSignal) {
    const challenge = Buffer.from(JSON.stringify({ work: { bits, slot: slotAt(AT) } }));
    const transport: Transport = async ({ url }) =>
      url.searchParams.has('work') ? { status: 204, body: new Uint8Array() } : { status: 428, body: challenge };
    return putSealedId(dropAt('http://127.0.0.1:1', { transport, working, signal }), () => randomBytes(80));
  }

  test('are solved one at a time, in the order in which they are asked for', async () => {
    const told: number[] = [];
    // Of 65,536 hashes on average, with a look at anything else after each 8,192.
    await Promise.all(Array.from({ length: 8 }, (_, i) => registering(16, () => told.push(i))));
    expect(told.length).toBeGreaterThan(8);
    expect(told).toEqual(told.toSorted());
    expect(isAnyWaiting()).toBe(false);
  });

  test('are given up at an abort while they wait; and the next one begins when the one before fails', async () => {
    const begun: string[] = [];
    let fail = (_: Error) => {};
    const one = oneAtATime(() => new Promise<void>((_, reject) => (fail = reject)));
    const stop = new AbortController();
    const other = registering(4, () => begun.push('other'), stop.signal);
    const third = registering(4, () => begun.push('third'));
    await expect.poll(isAnyWaiting).toBe(true);
    stop.abort(new Error('enough'));
    await expect(other).rejects.toThrow('enough');
    expect(begun).toEqual([]);
    fail(new Error('given up'));
    await expect(one).rejects.toThrow('given up');
    await third;
    expect(new Set(begun)).toEqual(new Set(['third']));
    await expect(oneAtATime(async () => {}, stop.signal)).rejects.toThrow('enough');
  });
});

describe('a drop without work', () => {
  test('takes what it always took, and answers the same, whatever the query says', async () => {
    const drop = await withDrop();
    const asked: string[] = [];
    const watched: Transport = (request) => {
      asked.push(request.url.pathname + request.url.search);
      return loopback(request);
    };
    await write(journalist(drop.url), { text: 'hello' }, watched);
    expect(asked.filter((path) => !path.startsWith('/drop') && !path.includes('/uploads/'))).toEqual([
      '/upload-url',
      '/register-id',
    ]);
    const { status, body } = await loopback({
      method: 'GET',
      url: new URL(`${drop.url}/upload-url?id=${formatUploadId(ID)}&work=AAAAAAAAAAA`),
      headers: {},
      answerMaxBytes: 10_000,
    });
    expect(status).toBe(200);
    expect(JSON.parse(Buffer.from(body).toString()).id).not.toBe(formatUploadId(ID));
  });
});

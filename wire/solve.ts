import { pause, randomBytes, toBase64 } from '#machine';
import { WORK_NONCE_BYTES } from './sizes.ts';
import { hasZeros, type WorkChallenge, type WorkPurpose, workAttempt } from './work.ts';

/** Hashes between two looks at anything else: some milliseconds of them. */
const SLICE = 8192;

/** How far a proof of work has come. What was tried does not count: luck begins anew with each hash. */
export interface WorkProgress {
  readonly tried: number;
  /** 2^bits: how many it takes on average. */
  readonly expected: number;
}

/** What solving can be told. */
export interface SolveOptions {
  readonly signal?: AbortSignal | undefined;
  readonly progress?: ((progress: WorkProgress) => void) | undefined;
}

/**
 * Does the work that a challenge asks for, in slices between which everything else goes on.
 *
 * @param bound - what the work is done for
 * @returns the nonce, as text of 11 characters
 * @throws the reason of an abort
 */
export async function solveWork(
  purpose: WorkPurpose,
  bound: Uint8Array,
  { bits, slot }: WorkChallenge,
  { signal, progress }: SolveOptions = {},
): Promise<string> {
  const attempt = workAttempt(purpose, bound, slot);
  const at = attempt.length - WORK_NONCE_BYTES;
  // From a random number on, which then says nothing of how many were tried. Its lower half counts round.
  attempt.set(randomBytes(WORK_NONCE_BYTES), at);
  const lower = new DataView(attempt.buffer, attempt.byteOffset + at + 4);
  let number = lower.getUint32(0);
  for (let tried = 0; ; tried += 1) {
    if (tried % SLICE === 0) {
      signal?.throwIfAborted();
      progress?.({ tried, expected: 2 ** bits });
      await pause();
    }
    number = (number + 1) >>> 0;
    lower.setUint32(0, number);
    if (hasZeros(attempt, bits)) return toBase64(attempt.subarray(at), 'base64url');
  }
}

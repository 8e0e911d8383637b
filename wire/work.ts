import { sha256, sha256Word } from '#machine';
import { readBase64Url } from './base64.ts';
import { concat, utf8 } from './bytes.ts';
import { WORK_BITS_MAX, WORK_NONCE_BYTES } from './sizes.ts';
import { parseSlot, slotAt, slotBefore } from './slot.ts';

/** What a proof of work is for: the endpoint that takes it, and no other does. */
export type WorkPurpose = 'upload-url' | 'register-id';

/** What a drop asks for: how many zero bits, in which slot. */
export interface WorkChallenge {
  readonly bits: number;
  readonly slot: string;
}

/** The status of an answer that is a challenge: Precondition Required (RFC 6585). */
export const WORK_ASKED = 428;

/** Thrown where a drop asks for more than any drop may. */
export class TooMuchWork extends Error {}

/**
 * Whether a nonce proves work: for this purpose, bound to these bytes, in the slot of `now` or the one before.
 * Nothing has to be remembered for that, and no secret known.
 *
 * @param bound - what the work was done for: an upload id (32 bytes) or a sealed id (80 bytes)
 * @param work - the nonce as text; what is no nonce proves nothing
 */
export function checkWork(
  purpose: WorkPurpose,
  bound: Uint8Array,
  work: string | undefined,
  bits: number,
  now: Date,
): boolean {
  const nonce = readBase64Url(work ?? '', WORK_NONCE_BYTES);
  if (nonce === null) return false;
  const slot = slotAt(now);
  return [slot, slotBefore(slot, 1)].some((each) => {
    const attempt = workAttempt(purpose, bound, each);
    attempt.set(nonce, attempt.length - WORK_NONCE_BYTES);
    return hasZeros(attempt, bits);
  });
}

/**
 * What is hashed: SHA-256 of everything that the work is bound to (32 bytes), then a nonce, to be filled in. So that each
 * attempt is one block of SHA-256, for those who compute cleverly and those who do not.
 *
 * @internal
 */
export function workAttempt(purpose: WorkPurpose, bound: Uint8Array, slot: string): Uint8Array {
  const label = utf8(`dead-drop 1 work ${purpose}`);
  return concat([sha256(label, utf8(slot), bound), new Uint8Array(WORK_NONCE_BYTES)]);
}

/** Whether the SHA-256 of an attempt begins with so many zero bits, up to 32. */
export function hasZeros(attempt: Uint8Array, bits: number): boolean {
  return sha256Word(attempt) < 2 ** (32 - bits);
}

/** Writes a challenge, as JSON without blanks. */
export function formatChallenge({ bits, slot }: WorkChallenge): string {
  return JSON.stringify({ work: { bits, slot } });
}

/** Reads a challenge. @throws TooMuchWork when it asks for more than WORK_BITS_MAX; Error when it is none */
export function parseChallenge(text: string): WorkChallenge {
  const { bits, slot } = challengeIn(text);
  if (!Number.isInteger(bits) || bits < 1) throw new Error('invalid challenge');
  parseSlot(slot);
  if (formatChallenge({ bits, slot }) !== text) throw new Error('invalid challenge');
  if (bits > WORK_BITS_MAX) throw new TooMuchWork('the drop asks for more work than any drop may');
  return { bits, slot };
}

function challengeIn(text: string): WorkChallenge {
  try {
    const { bits, slot } = JSON.parse(text).work;
    return { bits, slot: String(slot) };
  } catch {
    throw new Error('invalid challenge');
  }
}

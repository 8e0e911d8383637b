import { fromUtf8 } from '../../wire/bytes.ts';
import { type SolveOptions, solveWork, type WorkProgress } from '../../wire/solve.ts';
import { parseChallenge, TooMuchWork, WORK_ASKED, type WorkChallenge, type WorkPurpose } from '../../wire/work.ts';
import type { Drop } from './drop.ts';
import { oneAtATime } from './mutex.ts';
import { NoDrop } from './no-drop.ts';
import { type AskedFor, type RetriedAnswer, Unreachable, withRetries } from './retry.ts';
import type { DropRequest } from './transport.ts';

/** How often a drop may ask one request for work: the time that a proof is good for may pass before it is seen. */
const CHALLENGES_MAX = 4;

/** Does what a challenge asks for, bound to an upload id or a sealed id. @returns the proof, as it stands in a URL */
export type Prove = (bound: Uint8Array) => Promise<string>;

/**
 * Sends a request that leaves something with the drop, and does the work that the drop asks for. Protocol, "Proof of
 * work". Proofs are solved one at a time in a process. Nothing is remembered of what one request was asked for: the next
 * one, on other circuits, begins without it.
 *
 * @param next - makes the request of each try; it proves when it can, which it cannot before the drop has asked
 * @throws as `withRetries` does, also when the drop is never content; Error when it asks for more than any drop may
 */
export async function sendWithWork(
  drop: Drop,
  purpose: WorkPurpose,
  next: (prove: Prove | undefined) => Promise<DropRequest>,
): Promise<RetriedAnswer> {
  const { transport, patience, signal, working, busy, asking } = drop;
  let prove: Prove | undefined;
  let proved: DropRequest | undefined;
  let isUnseen = false;
  const tell = () => {
    isUnseen = true;
    busy?.();
  };
  // A front that is busy has not looked at the proof: it is as good as before, and another costs as much again.
  const request = async () => {
    if (proved === undefined || !isUnseen) proved = await next(prove);
    isUnseen = false;
    const made = proved;
    if (prove === undefined) proved = undefined;
    return made;
  };
  const retried = patience.busyTries === undefined ? undefined : { tries: patience.busyTries, tell };
  for (let asked = 0; asked <= CHALLENGES_MAX; asked += 1) {
    const answer = await withRetries(transport, request, patience, { asking, what: WHAT[purpose] }, retried);
    if (answer.status !== WORK_ASKED) return answer;
    prove = proverOf(purpose, readChallenge(answer.body), { signal, progress: working });
    proved = undefined;
  }
  throw new Unreachable('the drop asks for work, and does not take it: try again later', { kind: 'fault' });
}

const WHAT: Readonly<Record<WorkPurpose, AskedFor>> = { 'upload-url': 'place', 'register-id': 'registration' };

function proverOf(purpose: WorkPurpose, challenge: WorkChallenge, options: SolveOptions): Prove {
  return (bound) => oneAtATime(() => solveWork(purpose, bound, challenge, options), options.signal);
}

function readChallenge(body: Uint8Array): WorkChallenge {
  try {
    return parseChallenge(fromUtf8(body));
  } catch (error) {
    if (error instanceof TooMuchWork) throw error;
    throw new NoDrop('the drop asks for something other than work: is its address right?');
  }
}

/** Told of work that is done for a drop, often. */
export type Working = (progress: WorkProgress) => void;

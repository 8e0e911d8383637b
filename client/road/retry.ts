import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { RefusedAddress, RoadFault } from './road-fault.ts';
import type { DropAnswer, DropRequest, Transport } from './transport.ts';

/** How often and how patiently a request is tried again. */
export interface Patience {
  readonly tries: number;
  /** The wait before the second try; each further one is twice as long, up to a minute. */
  readonly firstWaitMilliseconds: number;
  /** How often what leaves a letter is tried while the drop answers 429, which then count by themselves. @default - `tries` */
  readonly busyTries?: number;
}

/**
 * Five tries within about fifteen seconds of waiting. In a flood of ten times what a drop takes, one try in eleven gets in,
 * and 200 in vain happen once in 10^8 times; they take some 25 minutes.
 */
export const PATIENCE: Patience = { tries: 5, firstWaitMilliseconds: 1000, busyTries: 200 };

const WAIT_MAX_MILLISECONDS = 60_000;

/** A drop that is busy answers at once, and has room again at any moment. */
const BUSY_WAIT_MAX_MILLISECONDS = 10_000;

/** After so long, one try more than the first has to do: a Tor that finds no way takes two minutes to say so. */
const TRIES_MILLISECONDS = 300_000;

/** Thrown when no try was answered, or every answer was 429 or 5xx. */
export class Unreachable extends RoadFault {}

/** An answer, and whether an earlier try may have taken effect without our learning of it. */
export interface RetriedAnswer extends DropAnswer {
  readonly triedBefore: boolean;
}

/**
 * Sends a request until it is answered with something other than 429 or 5xx. Protocol, "Trying again".
 *
 * @param next - makes the request of each try
 * @param busy - how many answers of 429 end it, where they count by themselves, and what is told of each
 * @throws Unreachable when the tries are used up, or a fault is final; RefusedAddress and the reason of an abort at once
 */
export async function withRetries(
  transport: Transport,
  next: () => DropRequest | Promise<DropRequest>,
  patience: Patience,
  busy?: { readonly tries: number; readonly tell?: (() => void) | undefined },
): Promise<RetriedAnswer> {
  const start = performance.now();
  let faults = 0;
  for (let tried = 1; ; tried += 1) {
    const request = await next();
    let trouble: string;
    let isBusy = false;
    try {
      const answer = await transport(request);
      if (answer.status !== 429 && answer.status < 500) return { ...answer, triedBefore: tried > 1 };
      isBusy = answer.status === 429;
      trouble = `the drop ${isBusy ? 'is busy' : 'has a fault'}: try again later`;
    } catch (error) {
      if (error instanceof RefusedAddress) throw error;
      request.signal?.throwIfAborted();
      trouble = error instanceof RoadFault ? error.message : 'the drop cannot be reached: try again later';
      if (error instanceof RoadFault && error.isFinal) throw new Unreachable(trouble, error);
    }
    if (busy !== undefined && isBusy) {
      if (tried - faults >= busy.tries) throw new Unreachable(trouble);
      busy.tell?.();
    } else {
      faults += 1;
      const isLong = faults > 1 && performance.now() - start > TRIES_MILLISECONDS;
      if (isLong || faults >= patience.tries) throw new Unreachable(trouble);
    }
    await wait(patience, tried, isBusy ? BUSY_WAIT_MAX_MILLISECONDS : WAIT_MAX_MILLISECONDS, request.signal);
  }
}

/** Waits between half of the whole delay and all of it, so that clients that failed together do not return together. */
async function wait(patience: Patience, tried: number, most: number, signal: AbortSignal | undefined): Promise<void> {
  const whole = Math.min(patience.firstWaitMilliseconds * 2 ** (tried - 1), most);
  await sleep(randomInt(Math.floor(whole / 2), whole + 1), undefined, { signal });
}

import { randomInt, sleepFor } from '#platform';
import type { DropAnswer, DropRequest, Transport } from './transport.ts';
import { RefusedAddress, TransportFault, type Trouble } from './transport-fault.ts';

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

/** A try that failed. */
export interface FailedTry {
  /** Which one, from 1 on, and of how many. */
  readonly tried: number;
  readonly tries: number;
  readonly kind: Trouble;
  /** The same in words, which name no place and no id. */
  readonly why: string;
  /** Until the next. */
  readonly waitMilliseconds: number;
}

/** What a request is for. */
export type AskedFor =
  /** Where a cell may go. */
  | 'place'
  /** A cell is on its way to the drop. */
  | 'upload'
  | 'registration'
  /** The list of batches. */
  | 'list'
  | 'batch'
  /** One that the drop has. */
  | 'cell'
  | 'contact'
  /** Whatever an audit asks for. */
  | 'answer';

/**
 * Told when a request begins, and what it is for, never which one. What it gives is told of each try that failed and has a
 * next, and, without one, of the end.
 */
export type Asking = (what: AskedFor) => (failed?: FailedTry) => void;

/** Who is told of a request, and what it is for. */
export interface Asked {
  readonly asking: Asking | undefined;
  readonly what: AskedFor;
}

const WAIT_MAX_MILLISECONDS = 60_000;

/** A drop that is busy answers at once, and has room again at any moment. */
const BUSY_WAIT_MAX_MILLISECONDS = 10_000;

/** After so long, one try more than the first has to do: a Tor that finds no way takes two minutes to say so. */
const TRIES_MILLISECONDS = 300_000;

/** Thrown when no try was answered, or every answer was 429 or 5xx. */
export class Unreachable extends TransportFault {}

/** An answer, and whether an earlier try may have taken effect without our learning of it. */
export interface RetriedAnswer extends DropAnswer {
  readonly triedBefore: boolean;
}

/**
 * Sends a request until it is answered with something other than 429 or 5xx. Protocol, "Trying again".
 *
 * @param next - makes the request of each try
 * @param asked - who is told how it goes
 * @param busy - how many answers of 429 end it, where they count by themselves, and what is told of each
 * @throws Unreachable when the tries are used up, or a fault is final; RefusedAddress and the reason of an abort at once
 */
export async function withRetries(
  transport: Transport,
  next: () => DropRequest | Promise<DropRequest>,
  patience: Patience,
  asked?: Asked,
  busy?: Busy,
): Promise<RetriedAnswer> {
  const tell = asked?.asking?.(asked.what);
  try {
    return await retried(transport, next, patience, tell, busy);
  } finally {
    tell?.();
  }
}

async function retried(
  transport: Transport,
  next: () => DropRequest | Promise<DropRequest>,
  patience: Patience,
  tell: ReturnType<Asking> | undefined,
  busy: Busy | undefined,
): Promise<RetriedAnswer> {
  const start = performance.now();
  let faults = 0;
  for (let tried = 1; ; tried += 1) {
    const request = await next();
    let trouble: string;
    let kind: Trouble = 'unreachable';
    try {
      const answer = await transport(request);
      if (answer.status !== 429 && answer.status < 500) return { ...answer, triedBefore: tried > 1 };
      kind = answer.status === 429 ? 'busy' : 'fault';
      trouble = `the drop ${kind === 'busy' ? 'is busy' : 'has a fault'}: try again later`;
    } catch (error) {
      if (error instanceof RefusedAddress) throw error;
      request.signal?.throwIfAborted();
      if (error instanceof TransportFault && error.isFinal) throw new Unreachable(error.message, error);
      trouble = 'the drop cannot be reached: try again later';
      if (error instanceof TransportFault) ({ message: trouble, kind } = error);
    }
    const isBusy = kind === 'busy';
    if (busy !== undefined && isBusy) {
      if (tried - faults >= busy.tries) throw new Unreachable(trouble, { kind });
      busy.tell?.();
    } else {
      faults += 1;
      const isLong = faults > 1 && performance.now() - start > TRIES_MILLISECONDS;
      if (isLong || faults >= patience.tries) throw new Unreachable(trouble, { kind });
    }
    const waitMilliseconds = waitOf(patience, tried, isBusy ? BUSY_WAIT_MAX_MILLISECONDS : WAIT_MAX_MILLISECONDS);
    const [number, tries] = busy !== undefined && isBusy ? [tried - faults, busy.tries] : [faults, patience.tries];
    tell?.({ tried: number, tries, kind, why: trouble.replace(/: try again( later)?$/, ''), waitMilliseconds });
    await sleepFor(waitMilliseconds, request.signal);
  }
}

/** Between half of the whole delay and all of it, so that clients that failed together do not return together. */
function waitOf(patience: Patience, tried: number, most: number): number {
  const whole = Math.min(patience.firstWaitMilliseconds * 2 ** (tried - 1), most);
  const least = Math.floor(whole / 2);
  return least + randomInt(whole + 1 - least);
}

interface Busy {
  readonly tries: number;
  readonly tell?: (() => void) | undefined;
}

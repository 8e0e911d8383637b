import { NoDrop } from '../core/drop/list.ts';
import { Unreachable } from '../core/drop/retry.ts';
import { RefusedAddress } from '../core/drop/transport-fault.ts';
import { FileFault } from '../core/letter/body.ts';
import { isOwnFault } from '../core/read/own-fault.ts';
import { TooLate } from '../core/send/send.ts';
import { TooMuchWork } from '../wire/work.ts';

/** What can go wrong that needs no more words than its own: each is a sentence of the catalog. */
export type PlainFault =
  | 'unreachable'
  | 'busy'
  | 'dropFault'
  | 'captive'
  | 'noDrop'
  | 'astray'
  | 'tooMuchWork'
  | 'tooLate'
  | 'stopped'
  | 'own'
  | 'contactDamaged'
  | 'misfit'
  | 'sealedId'
  | 'nothing'
  | 'textTooLong'
  | 'tooLarge'
  | 'noText'
  | 'letterGone'
  | 'notAnswerable'
  | 'otherDrop';

/** What went wrong, as it is told: never with an id, a path or a secret. */
export type Fault =
  | { readonly kind: PlainFault }
  /** Moments in seconds since 1970. */
  | { readonly kind: 'contactEarly' | 'contactOver'; readonly when: number; readonly now: number }
  /** How many words there are, or files. */
  | { readonly kind: 'wordCount' | 'fileCount'; readonly count: number }
  /** Which of the words is on no list, from 1. */
  | { readonly kind: 'word'; readonly number: number }
  /** A file, by its name. */
  | { readonly kind: 'file' | 'fileName'; readonly name: string };

/** Something went wrong of which the page has a sentence of its own. */
export class VisitFault extends Error {
  readonly fault: Fault;
  constructor(fault: Fault) {
    super(fault.kind);
    this.fault = fault;
  }
}

/**
 * What an error of the core means for whoever is here.
 *
 * @param files - names of the files that were to be sent
 */
export function faultOf(error: unknown, files: readonly string[] = []): Fault {
  if (error instanceof VisitFault) return error.fault;
  if (error instanceof FileFault) return { kind: 'file', name: files[error.place] ?? '' };
  return { kind: plainFaultOf(error) };
}

function plainFaultOf(error: unknown): PlainFault {
  if (error instanceof TooLate) return 'tooLate';
  if (error instanceof TooMuchWork) return 'tooMuchWork';
  if (error instanceof RefusedAddress) return 'astray';
  if (error instanceof NoDrop) return 'noDrop';
  if (error instanceof Unreachable) return whyUnreachable(error);
  if (error instanceof DOMException && error.name === 'AbortError') return 'stopped';
  if (isOwnFault(error) || !(error instanceof Error)) return 'own';
  // What the core says of an answer that no drop gives.
  return /^(the drop|what answers)/.test(error.message) ? 'noDrop' : 'own';
}

function whyUnreachable({ status, message }: Unreachable): PlainFault {
  if (status === 429) return 'busy';
  if (status !== undefined && status >= 500) return 'dropFault';
  return message.startsWith('something on the way') ? 'captive' : 'unreachable';
}

/** Whether what failed can be gone on with, as long as the page is open. */
export function canGoOn({ kind }: Fault): boolean {
  return ['unreachable', 'busy', 'dropFault', 'captive', 'stopped'].includes(kind);
}

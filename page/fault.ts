import { NoDrop } from '../core/drop/no-drop.ts';
import { Unreachable } from '../core/drop/retry.ts';
import { RefusedAddress, type Trouble } from '../core/drop/transport-fault.ts';
import { FileFault } from '../core/letter/body.ts';
import { NotOpened } from '../core/letter/letter-contents.ts';
import { TooLate } from '../core/send/send.ts';
import { TooMuchWork } from '../wire/work.ts';

/** What can go wrong that needs no more words than its own: each is a sentence of the catalog. */
export type PlainFault =
  | Trouble
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
  if (error instanceof Unreachable) return error.kind;
  if (error instanceof NotOpened) return 'letterGone';
  if (error instanceof DOMException && error.name === 'AbortError') return 'stopped';
  return 'own';
}

/** Whether what failed can be gone on with, as long as the page is open. */
export function canGoOn({ kind }: Fault): boolean {
  return ['unreachable', 'busy', 'fault', 'captive', 'stopped'].includes(kind);
}

/** What keeps a request from its answer. */
export type Trouble =
  | 'unreachable'
  /** Answered with 429. */
  | 'busy'
  /** Answered with 5xx, or as no drop goes on answering. */
  | 'fault'
  /** Somebody on the way answers in place of the drop. */
  | 'captive';

/** Thrown when the transport to the drop fails. The message says in one line what a person can do about it. */
export class TransportFault extends Error {
  /** Whether trying again is of no use as long as nobody changes something. */
  readonly isFinal: boolean;
  readonly kind: Trouble;
  constructor(message: string, { isFinal = false, kind = 'unreachable' as Trouble } = {}) {
    super(message);
    this.isFinal = isFinal;
    this.kind = kind;
  }
}

/** Thrown for an address that a transport must not contact. */
export class RefusedAddress extends TransportFault {
  constructor(message: string) {
    super(message, { isFinal: true });
  }
}

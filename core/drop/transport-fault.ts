/** Thrown when the transport to the drop fails. The message says in one line what a person can do about it. */
export class TransportFault extends Error {
  /** Whether trying again is of no use as long as nobody changes something. */
  readonly isFinal: boolean;
  constructor(message: string, { isFinal = false } = {}) {
    super(message);
    this.isFinal = isFinal;
  }
}

/** Thrown for an address that a transport must not contact. */
export class RefusedAddress extends TransportFault {
  constructor(message: string) {
    super(message, { isFinal: true });
  }
}

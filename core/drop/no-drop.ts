/** Thrown when what answers at a drop's address answers as no drop does. */
export class NoDrop extends Error {
  constructor(message = 'what answers at that address is no drop: is the address right?') {
    super(message);
  }
}

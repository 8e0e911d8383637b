const OWN = [TypeError, RangeError, ReferenceError, SyntaxError];

/** Whether an error is a fault of this program, and says nothing of the drop, the letter or the disk that it met. */
export function isOwnFault(error: unknown): boolean {
  return OWN.some((kind) => error instanceof kind);
}

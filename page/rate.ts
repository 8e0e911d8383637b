/** How fast something goes, as far as it is known. */
export interface Rate {
  /** Bytes a second. */
  readonly bytesPerSecond: number;
  readonly secondsLeft: number;
}

/**
 * The rate of what has come since a beginning.
 *
 * @param done - what was there, and what is there now
 * @returns undefined before anything has come
 */
export function rateOf(
  done: { readonly first: number; readonly now: number; readonly total: number },
  milliseconds: number,
  unitBytes: number,
): Rate | undefined {
  const came = done.now - done.first;
  if (came <= 0 || milliseconds <= 0) return undefined;
  const perSecond = came / (milliseconds / 1000);
  return { bytesPerSecond: perSecond * unitBytes, secondsLeft: (done.total - done.now) / perSecond };
}

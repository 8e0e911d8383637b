/** What the clock of this machine says: seconds since 1970, which moments are given in. */
export function presentSeconds(): number {
  return Date.now() / 1000;
}

/** The last moment that a date has (ECMA-262, section 21.4.1.1); eight bytes have later ones. */
const LAST_MILLISECONDS = 8.64e15;

/** The day of a moment in seconds since 1970, as `2026-11-22` in UTC. Later ones than a date has are the last day. */
export function dayOf(seconds: number): string {
  return new Date(Math.min(seconds * 1000, LAST_MILLISECONDS)).toISOString().split('T')[0]!;
}

/** A day beside that of the clock, which is to be looked at before anything is done because of either. */
export function besideClock(seconds: number, nowSeconds: number): string {
  return `${dayOf(seconds)}, and the clock of this machine says ${dayOf(nowSeconds)}: check that first, and if it is right`;
}

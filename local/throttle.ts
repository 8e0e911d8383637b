/**
 * A token bucket: holds up to `burst` requests, and is filled at `perSecond`.
 *
 * @returns a function that tells whether one more request may pass at `now` (milliseconds)
 */
export function throttle(perSecond: number, burst: number): (now: number) => boolean {
  let [tokens, filled] = [burst, 0];
  return (now) => {
    tokens = Math.min(burst, tokens + (Math.max(0, now - filled) * perSecond) / 1000);
    filled = Math.max(now, filled);
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  };
}

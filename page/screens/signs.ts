import { LOOK_MILLISECONDS, type Signs } from '../browser.ts';

/** What this browser shows of itself. */
export function signsOf(): Signs {
  const year = new Date().getUTCFullYear();
  return {
    userAgent: navigator.userAgent,
    isGecko: 'mozInnerScreenX' in window,
    offsets: [0, 6].map((month) => new Date(year, month, 1).getTimezoneOffset()),
    ticks: countTicks(),
  };
}

function countTicks(): number {
  const begun = performance.now();
  const seen = new Set<number>();
  // A clock that stood still would hold this for ever.
  for (let looks = 0; looks < LOOKS_MAX; looks += 1) {
    const now = performance.now();
    seen.add(now);
    if (now - begun >= LOOK_MILLISECONDS) break;
  }
  return seen.size;
}

const LOOKS_MAX = 10_000_000;

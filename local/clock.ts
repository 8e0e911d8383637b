import type { Database } from './database.ts';

/** The drop's time in milliseconds since 1970. Everything that waits, expires or is scheduled goes by it. */
export interface Clock {
  now(): number;
}

/** Milliseconds of real time by which the remembered time is ahead. */
const AHEAD = 1000;

/**
 * A clock that runs `speed` times as fast as the real one, and that never goes back: neither when the machine's clock
 * does, nor over a restart. What is remembered is always a little ahead of every time handed out, because nothing
 * can be remembered while being killed.
 */
export function startClock(database: Database, speed: number): Clock {
  const start = Math.max(Date.now(), Number(database.recall('clock') ?? 0));
  const started = Date.now();
  let [last, remembered] = [start, 0];
  return {
    now() {
      last = Math.max(last, Math.floor(start + (Date.now() - started) * speed));
      if (last >= remembered) {
        remembered = last + AHEAD * speed;
        database.remember('clock', String(remembered));
      }
      return last;
    },
  };
}

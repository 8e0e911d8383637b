import { pause } from '../time.ts';

/** How much work one file may make, counted in bytes that are looked at: a small file may unpack to a large one, or name a part often. */
export interface Budget {
  /** @throws Error when no more is left */
  spend(bytes: number): void;
  /** Spends so much, and lets the page go on from time to time. Without a number: what a part, chunk or entry takes that has no bytes. */
  step(bytes?: number): Promise<void>;
}

/** A larger file is not looked into: its bytes have to be in memory. */
export const LOOKED_MAX_BYTES = 32 * 2 ** 20;

/** A PDF is gone through twice, and so is a part of a document: once to unpack it. As much again is for what is found in them. */
const BUDGET_BYTES = 4 * LOOKED_MAX_BYTES;

/** What one thing takes, however small it is: about as long as so many bytes. */
export const STEP_BYTES = 64;

/** The page goes on after so much work. */
export const REST_BYTES = 2 ** 18;

/** @param rest - lets everything else go on that waits */
export function budgetOf(bytes = BUDGET_BYTES, rest = pause): Budget {
  let [left, awake] = [bytes, 0];
  const spend = (some: number) => {
    if (some > left) throw new Error('too much work for one file');
    left -= some;
    awake += some;
  };
  return {
    spend,
    async step(some = STEP_BYTES) {
      spend(some);
      if (awake < REST_BYTES) return;
      awake = 0;
      await rest();
    },
  };
}

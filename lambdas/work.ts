import { slotAt } from '../wire/slot.ts';
import { formatChallenge, WORK_ASKED } from '../wire/work.ts';

/** How many zero bits a proof of work has to have, by the stage's variables; 0 where they ask for none. */
export const workBitsOf = ({ workBits = '0' }: { readonly workBits?: string }) => Number(workBits);

/** The answer to whoever has not proved work, the same for everybody: what to do, and in which slot. */
export function askForWork(bits: number, now: Date) {
  return {
    statusCode: WORK_ASKED,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
    body: formatChallenge({ bits, slot: slotAt(now) }),
  };
}

import { slotAt } from '../wire/slot.ts';
import { formatChallenge, WORK_ASKED } from '../wire/work.ts';

/** How many zero bits a proof of work has to have here; 0 where none is asked for. */
export const workBits = Number(process.env.WORK_BITS ?? 0);

/** The answer to whoever has not proved work, the same for everybody: what to do, and in which slot. */
export function askForWork(now: Date) {
  return {
    statusCode: WORK_ASKED,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
    body: formatChallenge({ bits: workBits, slot: slotAt(now) }),
  };
}

import type { DropOptions, WorkProgress } from '../node/index.ts';
import { say } from './terminal.ts';

/** Work that is over sooner than this is not talked about. */
const SHORT_SECONDS = 2;

/** How long after a line about work the next one comes, at least. */
const LINE_SECONDS = 15;

/** Says on standard error why a command is slow: because the drop asks for work, or is busy. */
export function tellWaits(now: () => number = () => performance.now()): Pick<DropOptions, 'working' | 'busy'> {
  let [begun, said] = [0, Number.NEGATIVE_INFINITY];
  let isBusySaid = false;
  return {
    working({ tried, expected }: WorkProgress) {
      const time = now();
      if (tried === 0) begun = time;
      const seconds = (time - begun) / 1000;
      if (tried === 0 || seconds === 0) return;
      // Luck has no memory: however long it took so far, the average is still ahead.
      const average = (seconds / tried) * expected;
      if (average < SHORT_SECONDS || seconds < 0.5 || time - said < LINE_SECONDS * 1000) return;
      said = time;
      say(`proof of work: the drop asks for it because of floods; about ${Math.ceil(average)} s each`);
    },
    busy() {
      if (!isBusySaid) say('the drop is busy: trying again, for up to half an hour');
      isBusySaid = true;
    },
  };
}

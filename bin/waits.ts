import { timeWork } from '../core/drop/work-time.ts';
import type { DropOptions } from '../node/index.ts';
import { say } from './terminal.ts';

/** How long after a line about work the next one comes, at least. */
const LINE_MILLISECONDS = 15_000;

/** Says on standard error why a command is slow: because the drop asks for work, or is busy. */
export function tellWaits(now: () => number = () => performance.now()): Pick<DropOptions, 'working' | 'busy'> {
  const secondsOf = timeWork(now);
  let said = Number.NEGATIVE_INFINITY;
  let isBusySaid = false;
  return {
    working(progress) {
      const seconds = secondsOf(progress);
      if (seconds === undefined || now() - said < LINE_MILLISECONDS) return;
      said = now();
      say(`proof of work: the drop asks for it because of floods; about ${seconds} s each`);
    },
    busy() {
      if (!isBusySaid) say('the drop is busy: trying again, for up to half an hour');
      isBusySaid = true;
    },
  };
}

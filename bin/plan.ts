import type { PaceOptions } from '../client/index.ts';
import { say } from './terminal.ts';

/**
 * Tells the plan of a letter that is spread over a time, and each step before it is waited for.
 *
 * @param toRegister - whether the last step is the registration
 * @param clear - makes room on the terminal
 */
export function planTeller(toRegister: boolean, clear: () => void): Required<Pick<PaceOptions, 'plan' | 'next'>> {
  let steps = 0;
  const kind = (step: number) => (toRegister && step === steps - 1 ? 'the registration' : 'a cell');
  return {
    plan(moments) {
      steps = moments.length;
      const cells = toRegister ? steps - 1 : steps;
      const what = `${cells} ${cells === 1 ? 'cell' : 'cells'}${toRegister ? ', then the registration' : ''}`;
      clear();
      say(`the plan: ${what}, the first at ${clock(moments[0]!)}, the last at ${clock(moments.at(-1)!)}`);
      say('leave this running and the machine awake; the files must stay as they are until they are sent');
    },
    next(step, at) {
      clear();
      say(`step ${step + 1} of ${steps}, ${kind(step)}: ${at.getTime() > Date.now() ? `at ${clock(at)}` : 'now'}`);
    },
  };
}

/** A moment as the clock on the wall shows it, with the day, in a form that is the same everywhere. */
function clock(at: Date): string {
  const two = (number: number) => String(number).padStart(2, '0');
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

import type { PaceOptions } from '../node/index.ts';
import { counted, describe, say } from './terminal.ts';

/**
 * Tells the plan of a letter that is spread over a time, each step before it is waited for, and what holds it up.
 *
 * @param toRegister - whether the last step is the registration
 * @param isKept - whether it can be gone on with after an interruption
 * @param clear - makes room on the terminal
 */
export function planTeller(
  toRegister: boolean,
  isKept: boolean,
  clear: () => void,
): Pick<PaceOptions, 'plan' | 'next' | 'trouble'> {
  let steps = 0;
  let trouble: { readonly step: number; readonly since: Date } | undefined;
  let current = 0;
  const kind = (step: number) => (toRegister && step === steps - 1 ? 'the registration' : 'a cell');
  return {
    plan(moments, first) {
      const [from, to] = [clock(moments[0]!), clock(moments.at(-1)!)];
      clear();
      if (steps > 0) {
        const left = `${steps - first} of ${steps} steps`;
        return say(`late, as after a sleep of this machine: ${left} are planned anew, from ${from} to ${to}`);
      }
      steps = first + moments.length;
      const cells = moments.length - Number(toRegister);
      const registration = toRegister ? 'the registration' : '';
      const uploads = cells > 0 ? counted(cells, 'cell') : '';
      const what = [uploads, registration].filter(Boolean).join(', then ');
      say(`the plan: ${what}, the first at ${from}, the last at ${to}`);
      const stay = 'the files must stay as they are until they are sent';
      say(isKept ? `it can be interrupted and resumed; ${stay}` : `leave this running and the machine awake; ${stay}`);
    },
    next(step, at) {
      clear();
      current = step;
      say(`step ${step + 1} of ${steps}, ${kind(step)}: ${at.getTime() > Date.now() ? `at ${clock(at)}` : 'now'}`);
    },
    trouble(error) {
      clear();
      const isNew = trouble?.step !== current;
      if (isNew) trouble = { step: current, since: new Date() };
      const since = isNew ? '' : `, since ${clock(trouble!.since)}`;
      say(`${describe(error).replace(/: try again( later)?$/, '')}${since}; trying again`);
    },
  };
}

/** A moment as the clock on the wall shows it, with the day, in a form that is the same everywhere. */
export function clock(at: Date): string {
  const two = (number: number) => String(number).padStart(2, '0');
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

import { sleepFor } from '#platform';
import { type Fault, faultOf } from '../fault.ts';
import { openVisitMailbox, type Visit } from '../visit.ts';
import { doing, type Screen } from './app.ts';
import { button, el, p, warning } from './element.ts';
import { faultWords } from './fault-words.ts';

/**
 * Opens the mailbox of this visit, which takes a while, and goes on.
 *
 * @param before - where to go when the words are wrong
 */
export function openingScreen(then: Screen, before: Screen): Screen {
  let fault: Fault | undefined;
  const open = async (visit: Visit): Promise<Screen> => {
    try {
      // What is shown has to be there before the work begins.
      await sleepFor(BEGIN_MILLISECONDS, visit.end.signal);
      await openVisitMailbox(visit);
      return then;
    } catch (error) {
      fault = faultOf(error);
      return screen;
    }
  };
  const screen = doing(open, (app) => {
    const { t } = app;
    const back = button(t.common.back, () => app.show(before));
    return {
      title: t.opening.title,
      body: fault
        ? [warning(faultWords(t, fault)), el('div', { class: 'actions' }, back)]
        : [p(t.opening.lead), p(t.plain.safer), p(t.common.busy, 'working')],
    };
  });
  return screen;
}

const BEGIN_MILLISECONDS = 50;

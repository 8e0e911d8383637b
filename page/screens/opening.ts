import { type Fault, faultOf } from '../fault.ts';
import { openVisitMailbox } from '../visit.ts';
import type { App, Screen } from './app.ts';
import { button, el, p, warning } from './element.ts';
import { faultWords } from './fault-words.ts';

/**
 * Opens the mailbox of this visit, which takes a while, and goes on.
 *
 * @param before - where to go when the words are wrong
 */
export function openingScreen(then: Screen, before: Screen): Screen {
  let isBegun = false;
  let fault: Fault | undefined;
  const open = async (app: App) => {
    try {
      await openVisitMailbox(app.visit);
      return then;
    } catch (error) {
      fault = faultOf(error);
      return screen;
    }
  };
  const screen: Screen = (app) => {
    const { t } = app;
    if (!isBegun) {
      isBegun = true;
      // What is shown has to be there before the work begins.
      setTimeout(() => app.run(() => open(app)), BEGIN_MILLISECONDS);
    }
    const back = button(t.common.back, () => app.show(before));
    return {
      title: t.opening.title,
      body: fault
        ? [warning(faultWords(t, fault)), el('div', { class: 'actions' }, back)]
        : [p(t.opening.lead), p(t.plain.safer), p(t.common.busy, 'working')],
    };
  };
  return screen;
}

const BEGIN_MILLISECONDS = 50;

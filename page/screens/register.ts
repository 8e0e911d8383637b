import { type Fault, faultOf } from '../fault.ts';
import { areApart } from '../people.ts';
import { registerLater, sealedIdOf } from '../sending.ts';
import type { Visit } from '../visit.ts';
import { type App, doing, type Screen } from './app.ts';
import { button, el, field, p, points, warning } from './element.ts';
import { faultWords, sentenceOf } from './fault-words.ts';
import { personScreen } from './person.ts';
import { newProgress } from './progress.ts';
import { endActions } from './sent.ts';

/** Asks for the sealed id of a letter that is uploaded already. */
export const registerScreen: Screen = (app) => {
  const { t, visit } = app;
  const area = el('textarea', { rows: '3', dir: 'ltr', class: 'print' });
  area.value = visit.typedSealedId;
  const typed = field(app, 'sealed-id', t.register.label, area, t.register.hint);
  area.addEventListener('input', () => {
    visit.typedSealedId = area.value;
    typed.clear();
  });
  const go = () => {
    try {
      sealedIdOf(visit.typedSealedId);
      app.show(registeringScreen());
    } catch (error) {
      typed.fail(sentenceOf(faultOf(error)));
    }
  };
  return {
    title: t.register.title,
    body: [
      onlyTo(app),
      typed.root,
      el(
        'div',
        { class: 'actions' },
        button(t.register.go, go, { class: 'main' }),
        button(t.common.back, () => app.show(personScreen)),
      ),
    ],
  };
};

/** Of whose letters the registration is, where that makes a difference. The drop does not know it. */
function onlyTo({ people, t, visit }: App): HTMLElement | undefined {
  return areApart(people) ? warning(t.register.onlyTo(visit.person!.name)) : undefined;
}

function registeringScreen(): Screen {
  const progress = newProgress();
  const register = async (visit: Visit) => {
    try {
      await registerLater(visit.person!.contact, visit.typedSealedId, progress.watch(visit));
      visit.typedSealedId = '';
      return registeredScreen;
    } catch (error) {
      return unregisteredScreen(faultOf(error));
    }
  };
  return doing(register, (app) => ({ title: app.t.register.working, body: [progress.draw(app)] }));
}

const registeredScreen: Screen = (app) => ({
  title: app.t.register.done,
  body: [p(app.t.register.doneLead), onlyTo(app), points(app.t.sent.close, app.t.sent.newIdentity), endActions(app)],
});

function unregisteredScreen(fault: Fault): Screen {
  return (app) => ({
    title: app.t.register.failed,
    body: [
      warning(faultWords(app.t, fault)),
      p(app.t.register.failedLead),
      el(
        'div',
        { class: 'actions' },
        button(app.t.common.tryAgain, () => app.show(registerScreen), { class: 'main' }),
      ),
    ],
  });
}

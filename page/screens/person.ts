import { untimely } from '../people.ts';
import type { Screen } from './app.ts';
import { firstScreen } from './choose.ts';
import { button, choice, el, facts, p, points, warning } from './element.ts';
import { faultWords } from './fault-words.ts';
import { readScreen } from './read.ts';
import { registerScreen } from './register.ts';
import { writeScreen } from './write.ts';

/** Who somebody is, and what one can do. */
export const personScreen: Screen = (app) => {
  const { t, visit } = app;
  const { name, contact, fingerprint, words } = visit.person!;
  const fault = untimely(contact, Date.now() / 1000);
  const unknown = el('p', { class: 'warning', hidden: visit.compared !== 'unknown' }, t.person.unknownMeans);
  const compared = choice(
    app,
    'compared',
    t.person.compare,
    [
      ['same', t.person.same],
      ['unknown', t.person.unknown],
    ],
    visit.compared,
    (value) => {
      visit.compared = value;
      unknown.hidden = value !== 'unknown';
      compared.clear();
    },
  );
  const go = (screen: Screen) => () => {
    if (visit.compared === undefined) compared.fail((shown) => shown.person.chooseOne);
    else app.show(screen);
  };
  const leave = () => app.end(firstScreen); // a mailbox of its own for each person
  const others = app.people.length > 1 ? button(t.common.back, leave, { class: 'quiet' }) : undefined;
  return {
    title: t.person.title(name),
    body: [
      p(t.person.lead),
      facts(
        [t.person.fingerprint, [el('span', { class: 'print', dir: 'ltr' }, fingerprint)]],
        [t.person.inWords, [el('span', { class: 'print', dir: 'ltr', lang: 'en' }, words)]],
      ),
      p(t.plain.falsePage),
      compared.root,
      unknown,
      points(t.plain.keepOpen, t.plain.linked),
      fault && warning(faultWords(t, fault)),
      el('h2', {}, t.person.doWhat),
      el(
        'div',
        { class: 'actions' },
        fault ? undefined : button(t.person.write, go(writeScreen), { class: 'main' }),
        button(t.person.read, go(readScreen)),
        button(t.person.register, go(registerScreen)),
        others,
      ),
    ],
  };
};

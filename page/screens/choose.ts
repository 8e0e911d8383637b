import type { App, Screen } from './app.ts';
import { button, el, p } from './element.ts';
import { personScreen } from './person.ts';

/** Where a visit begins. */
export const firstScreen: Screen = (app) => {
  const [only, ...others] = app.people;
  if (others.length > 0) return chooseScreen(app);
  app.visit.person = only;
  return personScreen(app);
};

/** To whom. */
const chooseScreen: Screen = (app) => ({
  title: app.t.choose.title,
  body: [
    p(app.t.choose.lead),
    el('ul', { class: 'choices' }, ...app.people.map((_, place) => el('li', {}, personButton(app, place)))),
  ],
});

function personButton(app: App, place: number): HTMLElement {
  const person = app.people[place]!;
  const choose = () => {
    app.visit.person = person;
    app.show(personScreen);
  };
  const made = button('', choose);
  made.append(el('bdi', {}, person.name), el('span', { class: 'print', dir: 'ltr' }, person.fingerprint));
  return made;
}

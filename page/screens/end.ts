import type { Screen } from './app.ts';
import { firstScreen } from './choose.ts';
import { button, el, p, points } from './element.ts';

/** Nothing is left. */
export const endScreen: Screen = (app) => ({
  title: app.t.end.title,
  body: [
    p(app.t.end.lead),
    points(app.t.end.close, app.t.end.newIdentity),
    el(
      'div',
      { class: 'actions' },
      button(app.t.end.again, () => app.show(firstScreen)),
    ),
  ],
});

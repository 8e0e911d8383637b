import type { Judgement } from '../browser.ts';
import type { Screen } from './app.ts';
import { p, warning } from './element.ts';

/** Another browser, which is told why it is not used. */
export function refusedScreen(judgement: Exclude<Judgement, 'tor'>): Screen {
  return ({ t }) => ({
    title: t.refused.title,
    body: [warning(t.refused[judgement]), p(t.refused.why), p(t.refused.how)],
  });
}

/** The people in this page cannot be read. */
export const brokenScreen: Screen = ({ t }) => ({
  title: t.refused.broken,
  body: [warning(t.faults.contactDamaged), p(t.refused.brokenHow)],
});

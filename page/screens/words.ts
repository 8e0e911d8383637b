import { isWord, placesToAsk } from '../mailbox.ts';
import { drawWords, forgetWords } from '../visit.ts';
import type { Screen } from './app.ts';
import { confirmScreen } from './confirm.ts';
import { button, el, field, p, warning } from './element.ts';
import { openingScreen } from './opening.ts';
import { writeScreen } from './write.ts';

/** Shows twelve new words. */
export const wordsScreen: Screen = (app) => {
  const { t, visit } = app;
  if (visit.words.length === 0) drawWords(visit);
  const back = () => {
    forgetWords(visit);
    app.show(writeScreen);
  };
  return {
    title: t.words.title,
    body: [
      p(t.words.lead),
      el('ol', { class: 'words', dir: 'ltr', lang: 'en' }, ...visit.words.map((word) => el('li', {}, word))),
      warning(t.words.secret),
      p(t.words.lost),
      el(
        'div',
        { class: 'actions' },
        button(t.words.done, () => app.show(askScreen(placesToAsk())), { class: 'main' }),
        button(t.common.back, back),
      ),
    ],
  };
};

/** Asks some of them back. */
function askScreen(places: readonly number[]): Screen {
  const given = new Map<number, string>();
  return (app) => {
    const { t, visit } = app;
    const asked = places.map((place) => {
      const input = el('input', { type: 'text', dir: 'ltr', lang: 'en' });
      input.value = given.get(place) ?? '';
      const asking = field(app, `word-${place}`, t.ask.word(place + 1), input);
      input.addEventListener('input', () => {
        given.set(place, input.value);
        asking.clear();
      });
      return { place, input, asking };
    });
    const next = () => {
      const wrong = asked.filter(({ place, input }) => !isWord(visit.words[place]!, input.value));
      // The first is failed last, and has the focus.
      for (const { place, asking } of wrong.reverse()) asking.fail(({ ask }) => ask.wrong(place + 1));
      if (wrong.length === 0) app.show(openingScreen(confirmScreen, wordsScreen));
    };
    return {
      title: t.ask.title,
      body: [
        p(t.ask.lead),
        ...asked.map(({ asking }) => asking.root),
        el(
          'div',
          { class: 'actions' },
          button(t.common.next, next, { class: 'main' }),
          button(t.ask.showAgain, () => app.show(wordsScreen)),
        ),
      ],
    };
  };
}

import { type Fault, faultOf } from '../fault.ts';
import { checkWords, printOf } from '../mailbox.ts';
import { type Extent, type Found, readingOf } from '../reading.ts';
import { forgetWords, type Visit } from '../visit.ts';
import { lookingScreen } from './answers.ts';
import { doing, type Screen } from './app.ts';
import { button, choice, el, field, p, warning } from './element.ts';
import { faultWords, sentenceOf } from './fault-words.ts';
import { openingScreen } from './opening.ts';
import { personScreen } from './person.ts';
import { newProgress } from './progress.ts';

/** How far back answers can be looked for, in days. */
const DAYS = { today: '1', threeDays: '3', week: '7', fortnight: '14' } as const;

/** Asks for the words, and how far back to look. */
export const readScreen: Screen = (app) => {
  const { t, visit } = app;
  const area = el('textarea', { rows: '3', dir: 'ltr', lang: 'en' });
  area.value = visit.typedWords;
  const words = field(app, 'words', t.read.words, area, t.read.wordsHint);
  area.addEventListener('input', () => {
    visit.typedWords = area.value;
    words.clear();
  });
  const options = (['today', 'threeDays', 'week', 'fortnight'] as const).map(
    (key) => [DAYS[key], t.read[key]] as const,
  );
  const since = choice(
    app,
    'since',
    t.read.since,
    options,
    options.find(([days]) => Number(days) === visit.days)?.[0],
    (days) => {
      visit.days = Number(days);
    },
  );
  const look = () => {
    if (visit.mailbox) return app.show(extentScreen());
    try {
      checkWords(visit.typedWords);
    } catch (error) {
      return words.fail(sentenceOf(faultOf(error)));
    }
    app.show(openingScreen(extentScreen(), readScreen));
  };
  const back = () => {
    forgetWords(visit);
    app.show(personScreen);
  };
  return {
    title: t.read.title(visit.person!.name),
    body: [
      visit.mailbox ? p(t.sent.mailbox(printOf(visit.mailbox))) : words.root,
      since.root,
      el('p', { class: 'hint' }, t.read.lookHint),
      el('div', { class: 'actions' }, button(t.read.look, look, { class: 'main' }), button(t.common.back, back)),
    ],
  };
};

/** What is read without asking first. */
const SMALL_BYTES = 2_000_000;

/** Asks how much there is to read, and whether to. */
function extentScreen(): Screen {
  const progress = newProgress();
  progress.set(0, 0, ({ t }) => [t.reading.listing]);
  let extent: Extent | undefined;
  let found: Found | undefined;
  const ask = async (visit: Visit): Promise<Screen> => {
    const reading = readingOf(visit.mailbox!, visit.person!, visit.days);
    found = { reading, answers: [], shown: 0, standing: undefined };
    try {
      extent = await reading.extent(progress.watch(visit));
    } catch (error) {
      return failedScreen(faultOf(error));
    }
    return extent.bytes > SMALL_BYTES ? screen : lookingScreen(found, extent);
  };
  const screen = doing(ask, (app) => {
    const { t, visit } = app;
    if (extent === undefined) return { title: t.reading.title, body: [progress.draw(app)] };
    return {
      title: t.extent.title,
      body: [
        p(t.extent.lead(extent.bytes)),
        p(t.extent.mailbox(printOf(visit.mailbox!))),
        el(
          'div',
          { class: 'actions' },
          button(t.extent.go, () => app.show(lookingScreen(found!, extent!)), { class: 'main' }),
          button(t.extent.less, () => app.show(readScreen)),
        ),
      ],
    };
  });
  return screen;
}

function failedScreen(fault: Fault): Screen {
  return (app) => ({
    title: app.t.reading.title,
    body: [
      warning(faultWords(app.t, fault)),
      el(
        'div',
        { class: 'actions' },
        button(app.t.common.back, () => app.show(readScreen), { class: 'main' }),
      ),
    ],
  });
}

import { type Counting, countingIn } from '../languages/counting.ts';
import type { Catalog } from '../languages/en.ts';
import { LANGUAGES, type Language } from '../languages/languages.ts';
import type { Person } from '../people.ts';
import { forget, newVisit, type Visit } from '../visit.ts';
import { el } from './element.ts';

/** What is seen at a time: a heading, and what stands below it. It may be made anew, in another language. */
export type Screen = (app: App) => { readonly title: string; readonly body: readonly (Node | undefined)[] };

/** A screen that begins to do something when it is shown, once: it may be made anew meanwhile. */
export function doing(act: (visit: Visit) => Promise<Screen>, screen: Screen): Screen {
  let isBegun = false;
  return (app) => {
    if (!isBegun) {
      isBegun = true;
      app.run(act);
    }
    return screen(app);
  };
}

/** What is said, in the language that the page is in by then. */
export type Sentence = (t: Catalog) => string;

/** The page as its screens see it. */
export interface App {
  readonly people: readonly Person[];
  /** Another one after each end. */
  readonly visit: Visit;
  readonly t: Catalog;
  readonly counting: Counting;
  /** Shows another screen, and leads there. */
  show(screen: Screen): void;
  /** Does something in this visit, and nothing else meanwhile, then shows what it leads to, unless the visit has ended. */
  run(act: (visit: Visit) => Promise<Screen>): void;
  /** Says something to those who hear the page. */
  announce(sentence: Sentence): void;
  /** What is said on this screen of what was done there, such as what is wrong, by the id of its line. */
  readonly said: Map<string, Sentence>;
  /** Ends the visit: stops what is under way, forgets everything, and shows a screen. */
  end(last: Screen): void;
}

/** Where the page is shown: `page/frame.html` has it. */
export interface Place {
  readonly header: HTMLElement;
  readonly main: HTMLElement;
  readonly status: HTMLElement;
}

/** The heading of a screen, which names all of it: `page/frame.html` says so. */
const TITLE = 'title';

/** How long an announcement waits for the screen that it belongs to. */
const SPEAK_MILLISECONDS = 100;

const silence: Sentence = () => '';

/** Begins with a screen. */
export function startApp({ header, main, status }: Place, people: readonly Person[], first: Screen): App {
  let language: Language = LANGUAGES[0]!;
  let current = first;
  let isBusy = false;
  let visit = newVisit();
  let announced: Sentence = silence;
  const settle = () => {
    isBusy = false;
    main.removeAttribute('aria-busy');
  };

  const draw = () => {
    const { title, body } = current(app);
    const notice = app.t.unreviewed === '' ? undefined : el('p', { class: 'hint' }, app.t.unreviewed);
    const heading = el('h1', { id: TITLE }, title);
    // What was typed goes with its screen, and not when the browser gets to it.
    for (const typed of main.querySelectorAll('textarea, input')) (typed as HTMLInputElement).value = '';
    main.replaceChildren(heading, ...[...body, notice].filter((node) => node !== undefined));
  };
  const speak = (code: Language) => {
    language = code;
    document.documentElement.lang = language.code;
    document.documentElement.dir = language.direction;
    header.replaceChildren(...languageChoice(app.t, language, speak));
    draw();
    status.textContent = announced(app.t);
  };

  const app: App = {
    people,
    get visit() {
      return visit;
    },
    get t() {
      return language.catalog;
    },
    get counting() {
      return countingIn(language.code);
    },
    show(screen) {
      current = screen;
      app.said.clear();
      announced = silence;
      status.textContent = '';
      draw();
      // Not the heading: screen readers take it for where they were already, and stay silent.
      main.focus();
      window.scrollTo(0, 0);
    },
    run(act) {
      if (isBusy) return;
      isBusy = true;
      const begun = visit;
      main.setAttribute('aria-busy', 'true');
      void act(begun).then((next) => {
        if (begun !== visit) return;
        settle();
        app.show(next);
      });
    },
    announce(sentence) {
      announced = sentence;
      setTimeout(() => {
        status.textContent = announced(app.t);
      }, SPEAK_MILLISECONDS);
    },
    said: new Map(),
    end(last) {
      settle();
      forget(visit);
      visit = newVisit();
      app.show(last);
    },
  };
  speak(language);
  return app;
}

function languageChoice(t: Catalog, chosen: Language, choose: (language: Language) => void): Node[] {
  if (LANGUAGES.length < 2) return [];
  const select = el('select', { id: 'language', autocomplete: 'off' });
  for (const each of LANGUAGES) {
    const option = el('option', { value: each.code, lang: each.code, dir: each.direction }, each.name);
    option.selected = each === chosen;
    select.append(option);
  }
  select.addEventListener('change', () => {
    choose(LANGUAGES[select.selectedIndex]!);
    document.getElementById('language')?.focus();
  });
  return [el('label', { for: 'language' }, t.language), select];
}

import { safeFileName, spelledOut } from '../../core/inbox/file-name.ts';
import { faultOf } from '../fault.ts';
import { printOf } from '../mailbox.ts';
import {
  type Extent,
  type Found,
  filesOf,
  type SavedFile,
  type Shown,
  type Standing,
  withNextLot,
} from '../reading.ts';
import { addressOf, answerTo, type Visit } from '../visit.ts';
import { type App, doing, type Screen } from './app.ts';
import { button, el, p, warning } from './element.ts';
import { faultWords } from './fault-words.ts';
import { fileLine } from './file-line.ts';
import { newProgress } from './progress.ts';
import { endActions } from './sent.ts';
import { writeScreen } from './write.ts';

/** Reads what there is. @param extent - how much that is, where it is known */
export function lookingScreen(found: Found, extent?: Extent): Screen {
  const progress = newProgress();
  progress.set(0, extent?.batches ?? 0, ({ t }) => [t.reading.listing]);
  const look = async (visit: Visit) => {
    let batches = 0;
    const tell = () => {
      const total = Math.max(extent?.batches ?? batches, batches);
      progress.set(batches, total, ({ t }) => [
        t.reading.batches(batches, total),
        t.reading.found(found.answers.length),
      ]);
    };
    found.fault = undefined;
    try {
      found.standing = await found.reading.look({
        ...progress.watch(visit),
        came(answer) {
          found.answers.push({ answer });
          tell();
        },
        read(count) {
          batches = count;
          tell();
        },
      });
    } catch (error) {
      found.fault = faultOf(error);
    }
    found.shown = withNextLot({ ...found, shown: 0 });
    visit.found = found;
    return answersScreen;
  };
  return doing(look, (app) => ({
    title: app.t.reading.title,
    body: [progress.draw(app), p(app.t.plain.keepOpen)],
  }));
}

/** The answers, the newest first, and of many some at a time. */
export const answersScreen: Screen = (app) => {
  const { t, visit } = app;
  const found = visit.found!;
  const count = found.answers.length;
  return {
    title: t.answers.title(count),
    body: [
      found.fault && warning(faultWords(t, found.fault)),
      ...standingPart(app, found.standing),
      p(t.sent.mailbox(printOf(visit.mailbox!))),
      count === 0 ? p(t.answers.again) : undefined,
      listPart(app, found),
      el(
        'div',
        { class: 'actions' },
        button(t.answers.look, () => app.show(lookingScreen(found)), count === 0 ? { class: 'main' } : {}),
      ),
      endActions(app),
    ],
  };
};

function listPart(app: App, found: Found): HTMLElement {
  const { t } = app;
  const newestFirst = [...found.answers].reverse();
  const list = el('div', {});
  const rest = el('div', {});
  const draw = () => {
    const drawn = list.childElementCount;
    const next = newestFirst.slice(drawn, found.shown);
    list.append(...next.map((shown, place) => answerPart(app, shown, newestFirst.length - drawn - place)));
    const left = newestFirst.length - found.shown;
    const lot = withNextLot(found) - found.shown;
    const more = () => button(t.answers.more(lot), showMore);
    rest.replaceChildren(...(left === 0 ? [] : [p(t.answers.older(left)), el('div', { class: 'actions' }, more())]));
  };
  const showMore = () => {
    const { lastElementChild: before } = list;
    found.shown = withNextLot(found);
    draw();
    before?.nextElementSibling?.querySelector('h2')?.focus();
  };
  draw();
  return el('div', {}, list, rest);
}

/** What a look left open. */
function standingPart({ t }: App, standing: Standing | undefined): (Node | undefined)[] {
  if (standing === undefined) return [];
  const { unfetched, leftOut, gone, isListWrong, upTo } = standing;
  return [
    p(upTo === undefined ? t.answers.nothingThere : t.answers.upTo(upTo)),
    unfetched > 0 ? warning(t.answers.unfetched(unfetched)) : undefined,
    leftOut > 0 ? p(t.answers.leftOut(leftOut)) : undefined,
    gone > 0 ? warning(t.answers.gone(gone)) : undefined,
    isListWrong ? warning(t.answers.listWrong) : undefined,
  ];
}

function answerPart(app: App, shown: Shown, number: number): HTMLElement {
  const { t, visit } = app;
  const { answer, fault } = shown;
  const id = `answer-${number}`;
  const heading = el('h2', { id, tabindex: '-1' }, t.answers.heading(number, answer.time));
  const text =
    answer.text === ''
      ? p(t.answers.noText)
      : el('div', { class: 'letter', dir: 'auto', role: 'group', 'aria-label': t.answers.text }, answer.text);
  const reply = () => {
    try {
      answerTo(answer, visit.person!, Date.now() / 1000);
    } catch (error) {
      shown.fault = faultOf(error);
      return app.show(answersScreen);
    }
    visit.answering = answer;
    app.show(writeScreen);
  };
  return el(
    'section',
    { class: 'answer', 'aria-labelledby': id },
    heading,
    p(t.answers.signed(visit.person!.name)),
    answer.isAnswer ? undefined : p(t.answers.unasked),
    text,
    ...filesPart(app, shown),
    fault && warning(faultWords(t, fault)),
    el('div', { class: 'actions' }, button(t.answers.answer, reply)),
  );
}

/** The files of an answer, before they are fetched and afterwards. */
function filesPart(app: App, shown: Shown): Node[] {
  const { t } = app;
  const { files } = shown.answer;
  if (files.length === 0) return [];
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  if (shown.saved) {
    const links = shown.saved.map(({ name, url }, place) => {
      const link = el('a', { href: url, download: name, class: 'save' }, t.answers.save(name));
      const named = files[place]!.name;
      return el('li', {}, link, named === name ? undefined : p(t.answers.renamed(spelledOut(named)), 'hint'));
    });
    return [el('ul', { class: 'files' }, ...links), el('p', { class: 'hint' }, t.answers.saveHint)];
  }
  const names = files.map(({ name, bytes: size }) => el('li', {}, fileLine(app, safeFileName(name), size)));
  return [
    p(t.answers.files(files.length, bytes)),
    el('ul', { class: 'files' }, ...names),
    el(
      'div',
      { class: 'actions' },
      button(t.answers.fetch(shown.answer.bytes), () => app.show(fetchingScreen(shown))),
    ),
  ];
}

function fetchingScreen(shown: Shown): Screen {
  const progress = newProgress();
  progress.set(0, shown.answer.bytes, ({ t }) => [t.answers.fetching(0, shown.answer.bytes)]);
  const fetchFiles = async (visit: Visit) => {
    shown.fault = undefined;
    try {
      const saved = await filesOf(visit.mailbox!, visit.person!, shown.answer, {
        ...progress.watch(visit),
        progress: (done, total) => progress.set(done, total, ({ t }) => [t.answers.fetching(done, total)]),
      });
      shown.saved = saved.map(({ name, content }: SavedFile) => ({ name, url: addressOf(visit, content) }));
    } catch (error) {
      shown.fault = faultOf(error);
    }
    return answersScreen;
  };
  return doing(fetchFiles, (app) => ({ title: app.t.answers.fetchTitle, body: [progress.draw(app)] }));
}

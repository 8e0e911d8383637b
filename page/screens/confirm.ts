import { CELL_SECONDS, type Weight, weigh } from '../draft.ts';
import { faultOf } from '../fault.ts';
import { printOf } from '../mailbox.ts';
import { sending } from '../sending.ts';
import { addressed } from '../visit.ts';
import type { App, Screen } from './app.ts';
import { button, el, facts, own, p, points, warning } from './element.ts';
import { faultWords } from './fault-words.ts';
import { fileLine } from './file-line.ts';
import { sendingScreen } from './sending.ts';
import { writeScreen } from './write.ts';

/** What is about to be sent, and to whom. */
export const confirmScreen: Screen = (app) => {
  const { t, visit } = app;
  const { name, fingerprint } = visit.person!;
  const { cells, standsOut, holdsWords } = weigh(visit);
  const wantsAnswer = visit.mailbox !== undefined && (visit.answering !== undefined || visit.wanted !== 'no');
  const trouble = el('p', { class: 'error', role: 'alert', hidden: true });
  const go = (toRegister: boolean) => () => {
    try {
      const { contact, draft } = addressed(visit);
      app.show(sendingScreen(sending(contact, draft, toRegister), toRegister, cells));
    } catch (error) {
      trouble.textContent = faultWords(t, faultOf(error));
      trouble.hidden = false;
    }
  };
  const laterHint = el('p', { class: 'hint', id: 'later-hint' }, t.confirm.laterHint);
  return {
    title: t.confirm.title,
    body: [
      facts(
        [t.confirm.to, [own(name)]],
        [t.confirm.fingerprint, [el('span', { class: 'print', dir: 'ltr' }, fingerprint)]],
        [t.confirm.content, contentOf(app)],
        [t.confirm.answer, [wantsAnswer ? t.confirm.wanted(printOf(visit.mailbox!)) : t.confirm.notWanted]],
        [t.confirm.size, [t.confirm.parts(cells)]],
        [t.confirm.time, [roughly(app, cells)]],
      ),
      holdsWords ? warning(t.confirm.holdsWords) : undefined,
      standsOut ? warning(t.plain.standsOut(cells)) : undefined,
      points(t.plain.keepOpen, t.plain.linked),
      trouble,
      el(
        'div',
        { class: 'actions' },
        button(t.confirm.send, go(true), { class: 'main' }),
        button(t.confirm.later, go(false), { 'aria-describedby': laterHint.id }),
        button(t.confirm.change, () => app.show(writeScreen), { class: 'quiet' }),
      ),
      laterHint,
    ],
  };
};

function contentOf(app: App): (HTMLElement | string)[] {
  const { t, visit } = app;
  const characters = [...visit.text].length;
  const text = characters === 0 ? t.confirm.noText : t.confirm.text(characters);
  if (visit.files.length === 0) return [text];
  const files = visit.files.map(({ name, bytes }) => el('li', {}, fileLine(app, name, bytes)));
  return [p(text), el('ul', { class: 'files' }, ...files)];
}

function roughly({ t }: App, cells: Weight['cells']): string {
  const minutes = (seconds: number) => Math.max(1, Math.ceil((cells * seconds) / 60));
  return t.confirm.roughly(minutes(CELL_SECONDS.least), 1 + minutes(CELL_SECONDS.most));
}

import { secretsInText } from '../../core/keys/own-secrets.ts';
import { CELL_SECONDS, type Weight, weigh } from '../draft.ts';
import { faultOf } from '../fault.ts';
import { printOf } from '../mailbox.ts';
import { sending } from '../sending.ts';
import { addressed } from '../visit.ts';
import type { App, Screen } from './app.ts';
import { button, el, facts, line, own, p, points, warning } from './element.ts';
import { sentenceOf } from './fault-words.ts';
import { fileLine } from './file-line.ts';
import { secretWords } from './secret-words.ts';
import { sendingScreen } from './sending.ts';
import { writeScreen } from './write.ts';

/** What is about to be sent, and to whom. */
export const confirmScreen: Screen = (app) => {
  const { t, visit } = app;
  const { name, fingerprint } = visit.person!;
  const { cells, standsOut } = weigh(visit);
  const wantsAnswer = visit.mailbox !== undefined && (visit.answering !== undefined || visit.wanted !== 'no');
  const trouble = line(app, 'trouble', { class: 'error', role: 'alert' });
  const go = (toRegister: boolean) => () => {
    try {
      const { contact, draft } = addressed(visit);
      app.show(sendingScreen(sending(contact, draft, toRegister), toRegister, cells));
    } catch (error) {
      trouble.say(sentenceOf(faultOf(error)));
    }
  };
  const send = button(t.confirm.send, go(true), { class: 'main' });
  const later = button(t.confirm.later, go(false), { 'aria-describedby': 'later-hint' });
  const secrets = el('div', {});
  // Nothing goes before all that is known of it was shown.
  visit.lookedInto = () => {
    const isKnown = visit.files.every((file) => visit.looked.has(file));
    secrets.replaceChildren(...secretsPart(app), ...(isKnown ? [] : [p(t.write.reading, 'hint')]));
    for (const each of [send, later]) each.disabled = !isKnown;
  };
  visit.lookedInto();
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
      secrets,
      standsOut ? warning(t.plain.standsOut(cells)) : undefined,
      points(t.plain.keepOpen, t.plain.linked),
      trouble.root,
      el(
        'div',
        { class: 'actions' },
        send,
        later,
        button(t.confirm.change, () => app.show(writeScreen), { class: 'quiet' }),
      ),
      laterHint,
    ],
  };
};

/** What in the letter is its writer's to keep. */
function secretsPart({ t, visit }: App): HTMLElement[] {
  const inText = secretsInText(visit.text).map((secret) => [t.write.text, secret] as const);
  const inFiles = visit.files.flatMap((file) =>
    (visit.looked.get(file)?.secrets ?? []).map((secret) => [file.name, secret] as const),
  );
  return [...inText, ...inFiles].map(([where, secret]) =>
    el('p', { class: 'warning' }, own(where), `: ${secretWords(t, secret)}`),
  );
}

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

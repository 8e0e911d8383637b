import { printOf } from '../mailbox.ts';
import type { Sending } from '../sending.ts';
import type { App, Screen } from './app.ts';
import { button, el, p, points, warning } from './element.ts';
import { endScreen } from './end.ts';
import { personScreen } from './person.ts';
import { sealedIdPart } from './sealed-id.ts';

/** What was sent, and what to do now. */
export function sentScreen({ isAnswerable }: Sending, cells: number): Screen {
  return (app) => {
    const { t, visit } = app;
    const answers = isAnswerable ? [t.sent.mailbox(printOf(visit.mailbox!)), t.sent.look] : [];
    return {
      title: t.sent.title,
      body: [
        p(t.sent.what(cells)),
        p(t.sent.lead(visit.person!.name)),
        p(t.sent.kept),
        el('h2', {}, t.sent.now),
        points(...answers, t.sent.close, t.sent.newIdentity, t.sent.files),
        endActions(app),
      ],
    };
  };
}

/** A letter that waits for its registration. */
export function uploadedScreen(letter: Sending): Screen {
  const sealedId = letter.sealedId()!;
  return (app) => {
    const { t, visit } = app;
    const answers = letter.isAnswerable ? [t.sent.mailbox(printOf(visit.mailbox!))] : [];
    return {
      title: t.uploaded.title,
      body: [
        warning(t.uploaded.lead),
        sealedIdPart(app, sealedId),
        p(t.uploaded.until),
        el('h2', {}, t.sent.now),
        points(t.uploaded.how, ...answers, t.sent.close, t.sent.newIdentity, t.sent.files),
        endActions(app),
      ],
    };
  };
}

/** How to leave. */
export function endActions(app: App): HTMLElement {
  const { t } = app;
  return el(
    'div',
    { class: 'actions' },
    button(t.common.endVisit, () => app.end(endScreen), { class: 'main' }),
    button(t.common.back, () => app.show(personScreen), { class: 'quiet' }),
  );
}

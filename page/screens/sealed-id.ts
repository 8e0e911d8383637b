import type { App, Sentence } from './app.ts';
import { button, copyOf, el, field, line } from './element.ts';

/** A sealed id, to be copied, and of a letter to whom it is: at another drop it is registered in vain. */
export function sealedIdPart(app: App, sealedId: string): HTMLElement {
  const { t } = app;
  const area = el('textarea', { rows: '3', readonly: true, dir: 'ltr', class: 'print' });
  area.value = sealedId;
  area.addEventListener('focus', () => area.select());
  const shown = field(app, 'sealed-id', t.uploaded.sealedId, area, t.uploaded.to(app.visit.person!.name));
  const said = line(app, 'copied', { class: 'hint' });
  const copy = button(t.common.copy, () => {
    const isCopied = copyOf(area);
    const sentence: Sentence = ({ common }) => (isCopied ? common.copied : common.copyByHand);
    said.say(sentence);
    app.announce(sentence);
  });
  return el('div', {}, shown.root, el('div', { class: 'actions' }, copy, said.root));
}

import type { App } from './app.ts';
import { button, copyOf, el, field } from './element.ts';

/** A sealed id, to be copied. */
export function sealedIdPart({ t, announce }: App, sealedId: string): HTMLElement {
  const area = el('textarea', { rows: '3', readonly: true, dir: 'ltr', class: 'print' });
  area.value = sealedId;
  area.addEventListener('focus', () => area.select());
  const shown = field('sealed-id', t.uploaded.sealedId, area);
  const said = el('span', { class: 'hint' });
  const copy = button(t.common.copy, () => {
    said.textContent = copyOf(area) ? t.common.copied : t.common.copyByHand;
    announce(said.textContent);
  });
  return el('div', {}, shown.root, el('div', { class: 'actions' }, copy, said));
}

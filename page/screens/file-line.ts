import type { App } from './app.ts';
import { el } from './element.ts';

/** A file's name, in whichever direction it is written, and its size. */
export function fileLine({ counting }: App, name: string, bytes: number): HTMLElement {
  return el('span', { class: 'name' }, el('bdi', {}, name), ' ', el('span', { class: 'hint' }, counting.size(bytes)));
}

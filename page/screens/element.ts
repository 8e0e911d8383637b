import type { App, Sentence } from './app.ts';

/** What a page is made of: texts are put in as texts, never as markup. */
export type Child = Node | string | undefined;

/** Attributes of an element; those that are undefined or false are left out. */
export type Attributes = Readonly<Record<string, string | boolean | undefined>>;

/** Makes an element. */
export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) made.setAttribute(name, value === true ? '' : value);
  }
  made.append(...children.filter((child) => child !== undefined));
  return made;
}

/** A paragraph. */
export const p = (text: string, className?: string) => el('p', { class: className }, text);

/** A text that a person chose, which may be written in the other direction than what is around it. */
export const own = (text: string) => el('bdi', {}, text);

/** A button, which does nothing by itself. */
export function button(label: string, act: () => void, attributes: Attributes = {}): HTMLButtonElement {
  const made = el('button', { type: 'button', ...attributes }, label);
  made.addEventListener('click', act);
  return made;
}

/** Something that a person is told before anything else is of use. */
export const warning = (text: string) => el('p', { class: 'warning' }, text);

/** A list of points. */
export const points = (...texts: readonly string[]) => el('ul', {}, ...texts.map((text) => el('li', {}, text)));

/** Names and what belongs to them. */
export function facts(...pairs: readonly (readonly [string, readonly Child[]])[]): HTMLElement {
  return el('dl', {}, ...pairs.flatMap(([name, what]) => [el('dt', {}, name), el('dd', {}, ...what)]));
}

/** A line for what becomes of what is done. What it says stays when the language changes, until another screen comes. */
export interface Line {
  readonly root: HTMLElement;
  say(sentence: Sentence): void;
  clear(): void;
  /** Whether it says anything. */
  isSaid(): boolean;
}

/** @param id - another one for each line of a screen */
export function line(app: App, id: string, attributes: Attributes): Line {
  const root = el('p', { ...attributes, id });
  const draw = () => {
    const sentence = app.said.get(id);
    root.hidden = sentence === undefined;
    root.textContent = sentence?.(app.t) ?? '';
  };
  draw();
  return {
    root,
    say(sentence) {
      app.said.set(id, sentence);
      draw();
    },
    clear() {
      app.said.delete(id);
      draw();
    },
    isSaid: () => app.said.has(id),
  };
}

/** Something that a person fills in. */
export interface Field {
  readonly root: HTMLElement;
  /** Says what is wrong with it, and leads there. */
  fail(sentence: Sentence): void;
  /** Takes that back. */
  clear(): void;
}

type Control = HTMLInputElement | HTMLTextAreaElement;

/** Labels a control, with what may be said of it, and a place for what is wrong with it. */
export function field(app: App, id: string, label: string, control: Control, hint?: string): Field {
  control.id = id;
  for (const [name, value] of Object.entries(PRIVATE)) control.setAttribute(name, value);
  const error = line(app, `${id}-error`, { class: 'error' });
  const said = hint === undefined ? undefined : el('p', { class: 'hint', id: `${id}-hint` }, hint);
  const describe = () => {
    const by = [...(said ? [said.id] : []), ...(error.isSaid() ? [error.root.id] : [])].join(' ');
    if (by === '') control.removeAttribute('aria-describedby');
    else control.setAttribute('aria-describedby', by);
    if (error.isSaid()) control.setAttribute('aria-invalid', 'true');
    else control.removeAttribute('aria-invalid');
  };
  describe();
  return {
    root: el('div', { class: 'field' }, el('label', { for: id }, label), said, error.root, control),
    fail(sentence) {
      error.say(sentence);
      describe();
      control.focus();
    },
    clear() {
      error.clear();
      describe();
    },
  };
}

/** Nothing that is typed is remembered, corrected or sent to anybody who checks it. */
const PRIVATE = {
  autocomplete: 'off',
  autocorrect: 'off',
  autocapitalize: 'off',
  spellcheck: 'false',
} as const;

/** One of several, none of which needs to be chosen yet. */
export interface Choice extends Field {
  readonly root: HTMLFieldSetElement;
}

/** Lets a person choose one of several. */
export function choice<T extends string>(
  app: App,
  id: string,
  legend: string,
  options: readonly (readonly [T, string])[],
  chosen: T | undefined,
  choose: (value: T) => void,
): Choice {
  const error = line(app, `${id}-error`, { class: 'error' });
  const radios = options.map(([value, label], place) => {
    const input = el('input', { type: 'radio', name: id, id: `${id}-${place}`, autocomplete: 'off' });
    input.checked = value === chosen;
    input.addEventListener('change', () => choose(value));
    return { input, root: el('div', { class: 'option' }, input, el('label', { for: input.id }, label)) };
  });
  const root = el('fieldset', { 'aria-describedby': error.root.id }, el('legend', {}, legend), error.root);
  root.append(...radios.map((radio) => radio.root));
  return {
    root,
    fail(sentence) {
      error.say(sentence);
      (radios.find(({ input }) => input.checked) ?? radios[0]!).input.focus();
    },
    clear: error.clear,
  };
}

/** Names under which a selection can be copied. The browser says whether it did. */
export function copyOf(control: HTMLTextAreaElement): boolean {
  control.select();
  return document.execCommand('copy');
}

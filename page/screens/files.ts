import type { OutgoingFile } from '../../core/letter/body.ts';
import { lookInto } from '../metadata/look.ts';
import { secretsInPicked } from '../own-secrets.ts';
import { pickedFile } from '../picked-file.ts';
import type { App, Sentence } from './app.ts';
import { button, type Child, el, line, own, p, warning } from './element.ts';
import { fileLine } from './file-line.ts';
import { secretWords } from './secret-words.ts';

/** The files of a letter, by button or dropped. */
export interface FilesPart {
  readonly root: HTMLElement;
  fail(sentence: Sentence): void;
}

export function filesPart(app: App): FilesPart {
  const { t, visit } = app;
  const error = line(app, 'files-error', { class: 'error' });
  const input = el('input', { type: 'file', multiple: true, id: 'files', class: 'unseen', tabindex: '-1' });
  const pick = button(t.write.pick, () => input.click(), { id: 'pick', 'aria-describedby': 'files-hint files-error' });
  const list = el('ul', { class: 'files' });
  const total = el('p', { class: 'total' });
  const hint = el('p', { class: 'hint', id: 'files-hint' }, t.write.names);
  const advice = el('p', { class: 'hint' }, t.metadata.advice);
  const fail = (sentence: Sentence) => {
    error.say(sentence);
    pick.focus();
  };
  const draw = () => {
    const focused = [...list.querySelectorAll('button')].indexOf(document.activeElement as HTMLButtonElement);
    list.replaceChildren(...visit.files.map((_, place) => fileItem(app, place, remove)));
    list.querySelectorAll('button')[focused]?.focus();
    const bytes = visit.files.reduce((sum, file) => sum + file.bytes, 0);
    total.textContent = visit.files.length === 0 ? '' : t.write.total(visit.files.length, bytes);
    advice.hidden = visit.files.length === 0;
    hint.hidden = visit.files.length === 0;
  };
  const remove = (place: number) => {
    const [gone] = visit.files.splice(place, 1);
    error.clear();
    draw();
    pick.focus();
    app.announce(({ write }) => write.removed(gone!.name));
  };
  const add = (picked: readonly File[]) => {
    error.clear();
    const files = picked.map(pickedFile);
    visit.files.push(...files);
    draw();
    void lookAtAll(app, picked, files);
    if (picked.length > 0) app.announce(({ write }) => write.added(picked.length));
  };
  input.addEventListener('change', () => {
    add([...(input.files ?? [])]);
    input.value = '';
  });
  const zone = el('div', { class: 'zone' }, pick, input, el('span', { class: 'hint' }, t.write.drop));
  onDrop(zone, add, () => fail(({ write }) => write.noFolder));
  visit.lookedInto = draw;
  draw();
  const heading = el('h2', { id: 'files-heading' }, t.write.files);
  const root = el('section', { 'aria-labelledby': heading.id }, heading, error.root, zone, list, total, hint, advice);
  return { root, fail };
}

function fileItem(app: App, place: number, remove: (place: number) => void): HTMLElement {
  const { t, visit } = app;
  const { name, bytes } = visit.files[place]!;
  const label = button('×', () => remove(place), { class: 'remove', 'aria-label': t.write.remove(name) });
  return el('li', {}, fileLine(app, name, bytes), label, metadataPart(app, visit.files[place]!));
}

/** Looks into files, one after another, so that one of them is in memory at a time. */
async function lookAtAll({ visit }: App, picked: readonly File[], files: readonly OutgoingFile[]) {
  const { looked } = visit;
  for (const [place, file] of files.entries()) {
    if (!visit.files.includes(file)) continue; // removed, or the letter is gone
    const found = await lookInto(picked[place]!);
    const secrets = await secretsInPicked(picked[place]!);
    looked.set(file, { ...found, secrets });
    visit.lookedInto();
  }
}

/** What a file tells of its author. */
function metadataPart({ t, visit }: App, file: OutgoingFile): HTMLElement {
  const looked = visit.looked.get(file);
  const more = (...children: Child[]) => el('div', { class: 'more' }, ...children);
  if (looked === undefined) return more(p(t.write.reading, 'hint'));
  const { metadata, isKnown, secrets } = looked;
  const warnings = secrets.map((secret) => warning(secretWords(t, secret)));
  if (metadata.length === 0) return more(...warnings, p(isKnown ? t.metadata.none : t.metadata.unknown, 'hint'));
  const list = metadata.map(({ what, value }) => {
    const name = t.metadata.what[what];
    return value === '' ? el('li', {}, name) : el('li', {}, `${name}: `, own(value));
  });
  return more(
    ...warnings,
    el('p', { class: 'tells' }, t.metadata.tells),
    el('ul', { class: 'metadata' }, ...list),
    p(t.metadata.notAll, 'hint'),
  );
}

/** Takes files that are dropped, of which folders are none. */
function onDrop(zone: HTMLElement, add: (files: readonly File[]) => void, refuse: () => void): void {
  const over = (isOver: boolean) => zone.classList.toggle('over', isOver);
  zone.addEventListener('dragover', (event) => {
    event.preventDefault();
    over(true);
  });
  zone.addEventListener('dragleave', () => over(false));
  zone.addEventListener('drop', (event) => {
    event.preventDefault();
    over(false);
    const items = [...(event.dataTransfer?.items ?? [])].filter(({ kind }) => kind === 'file');
    const isFolder = items.map((item) => item.webkitGetAsEntry?.()?.isDirectory === true);
    add([...(event.dataTransfer?.files ?? [])].filter((_, place) => !isFolder[place]));
    if (isFolder.includes(true)) refuse();
  });
  // Dropped beside it, a file would be opened in place of the page.
  for (const type of ['dragover', 'drop'] as const) document.addEventListener(type, preventDefault);
}

const preventDefault = (event: Event) => event.preventDefault();

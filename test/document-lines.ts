import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');

/** What a block may need that a test does not have, as `<!-- needs AWS -->` on the line above it says. */
export const NEEDS = ['AWS', 'Tor', 'root', 'the web', 'a commit', 'a release'];

/** What people are told to type. */
export interface Block {
  readonly document: string;
  /** Of its first line, from 1. */
  readonly line: number;
  /** What it says that it needs. */
  readonly needs?: string | undefined;
  /** Each as it stands there. */
  readonly commands: readonly string[];
}

/** Every document of the repository, by its path. */
export const DOCUMENTS = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .sort()
    .map((name) => `docs/${name}`),
];

export function textOf(document: string): string {
  return readFileSync(join(root, document), 'utf8');
}

const FENCE = /^( *)(?:<!-- needs ([^\n]*) -->\n+ *)?```(\w*)\n(.*?)^ *```$/gms;

/** The blocks of a document that are for a shell. */
export function blocksOf(document: string, text = textOf(document)): Block[] {
  return [...text.matchAll(FENCE)].flatMap(({ index, 2: needs, 3: language, 4: body }) => {
    if (language !== 'sh' && language !== 'console') return [];
    const line = text.slice(0, index).split('\n').length;
    return [{ document, line, needs, commands: commandsIn(body!, language === 'console') }];
  });
}

/** The commands of a block: of a console what follows `$ `, else every line but comments. */
function commandsIn(body: string, isConsole: boolean): string[] {
  const lines = body.replace(/\\\n\s*/g, '').split('\n');
  const typed = lines.map((line) => line.trim()).filter((line) => (isConsole ? line.startsWith('$ ') : line !== ''));
  return typed.map((line) => (isConsole ? line.slice(2) : line)).filter((line) => !line.startsWith('#'));
}

const SPAN = /(?<!`)`([^`\n]+)`(?!`)/g;

/** What stands as code within the sentences of a document. */
export function spansOf(document: string): string[] {
  return [...textOf(document).replace(FENCE, '').matchAll(SPAN)].map(([, code]) => code!);
}

/** A document without all that is code. */
export function sentencesOf(document: string): string {
  return textOf(document).replace(FENCE, '').replace(SPAN, '');
}

/** The words of a line as a shell takes them apart, up to where another command begins; comments are none. */
export function wordsOf(line: string): string[] {
  const words: string[] = [];
  for (const [word] of line.matchAll(/(?:"[^"]*"|'[^']*'|[^\s"'|;&<>]|<[\w.]+>)+|[|;&<>]+/g)) {
    if (/^[|;&<>]+$/.test(word) || word.startsWith('#')) break;
    words.push(word.replace(/["']/g, ''));
  }
  return words;
}

/** The arguments of each `dead-drop` in a line. */
export function deadDropsIn(line: string): string[][] {
  const starts = [...line.matchAll(/(?:^|[|;&(]\s*|npx )dead-drop(?= )/g)];
  return starts.map(({ 0: start, index }) => wordsOf(line.slice(index + start.length)));
}

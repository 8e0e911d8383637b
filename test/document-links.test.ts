import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { linesShown, terminalSvg } from '../scripts/terminal-svg.ts';
import { definedProgram, faultOf } from './command-definitions.ts';
import { DOCUMENTS, deadDropsIn, sentencesOf, textOf } from './document-lines.ts';

const root = join(import.meta.dirname, '..');

/** The headings of a document, as links name them. */
function headingsOf(document: string): string[] {
  return [...textOf(document).matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

describe('what people look at first', () => {
  test.each([
    'README.md',
    'CONTRIBUTING.md',
    'docs/for-sources.md',
    'docs/for-journalists.md',
    'docs/for-operators.md',
  ])('says that nothing is to be trusted to it yet: %s', (document) => {
    const beginning = textOf(document).split('\n').slice(0, 8).join('\n');
    expect(beginning).toContain('**Status: unaudited, and not fit for use.**');
  });

  test('each link within the repository leads to a file, and to a heading of it', () => {
    const links = DOCUMENTS.flatMap((document) =>
      [...sentencesOf(document).matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)]*))?\)/g)].map(([, path, heading]) => ({
        document,
        path: path === '' ? document : join(dirname(document), path!),
        heading,
      })),
    );
    expect(links.length).toBeGreaterThan(50);
    const wrong = links.filter(({ path, heading }) => {
      return !existsSync(join(root, path)) || (heading !== undefined && !headingsOf(path).includes(heading));
    });
    expect(wrong).toEqual([]);
  });

  test('what is quoted of the page for Tor Browser, it says', () => {
    const quoted = [...sentencesOf('docs/for-sources.md').matchAll(/"([^"]+)"/g)].map(([, words]) => words!);
    expect(quoted.length).toBeGreaterThan(6);
    const page = textOf('page/languages/en.ts').toLowerCase();
    expect(quoted.filter((words) => !page.includes(words.toLowerCase()))).toEqual([]);
  });

  test('each picture is there, with words for who does not see it', () => {
    const pictures = DOCUMENTS.flatMap((document) =>
      [...textOf(document).matchAll(/!\[([^\]]*)\]\(([^)]+)\)/g)].map(([, words, path]) => ({ document, words, path })),
    );
    expect(pictures.length).toBeGreaterThan(10);
    const wrong = pictures.filter(({ document, words, path }) => {
      return words!.length < 10 || !existsSync(join(root, dirname(document), path!));
    });
    expect(wrong).toEqual([]);
  });

  test('pictures of a terminal show commands that there are, and are read aloud as they look', async () => {
    const program = await definedProgram();
    const names = readdirSync(join(root, 'docs/pictures')).filter((name) => /^terminal-.*\.svg$/.test(name));
    expect(names.length).toBeGreaterThanOrEqual(5);
    const typed = names.flatMap((name) =>
      [...textOf(`docs/pictures/${name}`).matchAll(/class="typed"[^>]*>\$ ([^<]+)</g)].map(([, line]) => line!),
    );
    expect(typed.length).toBeGreaterThan(5);
    for (const line of typed.filter((each) => each.startsWith('npx '))) {
      expect(await faultOf(program, deadDropsIn(line)[0]!), line).toBeUndefined();
    }
    const picture = terminalSvg('A & B', [{ text: '$ a < b', isTyped: true }, { text: '' }, { text: 'c' }]);
    expect(picture).toContain('<title id="t">A &amp; B</title>\n<desc id="d">$ a &lt; b\n\nc</desc>');
    expect(picture.match(/<text /g)).toHaveLength(2);
  });

  test('a terminal shows in the end what was not drawn over', () => {
    expect(linesShown('ab\r\r\nuploading\r\x1b[Kdone\r\n')).toEqual(['ab', 'done']);
    expect(linesShown('abcdef\x1b[A\x1b[K\x1b[?25lx', 4)).toEqual(['abx', 'ef']);
    expect(linesShown('one\r\ntwo\r\x1b[A\x1b[J')).toEqual([]);
  });
});

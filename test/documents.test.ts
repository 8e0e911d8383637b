import { spawnSync } from 'node:child_process';
import type { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { linesShown } from '../scripts/terminal-svg.ts';
import { commandIn, definedProgram, faultOf } from './command-definitions.ts';
import { blocksOf, DOCUMENTS, deadDropsIn, NEEDS, spansOf, textOf, wordsOf } from './document-lines.ts';
import { openStory, type Story } from './story.ts';

/** In which order the documents are played: first who makes what the others need. */
const FIRST = ['docs/for-journalists.md', 'docs/for-sources.md', 'README.md'];

/** What lines say when they did what they are for. */
const SAYS: readonly (readonly [line: RegExp, words: RegExp])[] = [
  [/dead-drop (send|reply) /, /sent: the letter will stand in the next batches/],
  [/dead-drop register /, /registered/],
  [/dead-drop read\b/, /a letter came/],
  [/dead-drop show \w+ *(#|$)/, /They knew since March\./],
  [/dead-drop show .* --save /, /saved in the clear/],
  [/dead-drop contact /, /fingerprint: /],
  [/dead-drop page --check /, /byte for byte/],
];

const order = [...FIRST, ...DOCUMENTS.filter((name) => !FIRST.includes(name))];
const blocks = order.flatMap((document) => blocksOf(document));

let program: Command;
beforeAll(async () => {
  program = definedProgram();
});

describe('every command line of the documents', () => {
  const lines = blocks.flatMap(({ document, line, commands }) => commands.map((each) => ({ document, line, each })));

  test('in a block is one that the command takes: its name, options, arguments', async () => {
    const found = lines.flatMap(({ document, line, each }) =>
      deadDropsIn(each).map((words) => ({ where: `${document}:${line}`, each, words })),
    );
    expect(found.length).toBeGreaterThan(50);
    const faults = [];
    for (const { where, each, words } of found) {
      const fault = await faultOf(program, words);
      if (fault !== undefined) faults.push(`${where}: ${each}: ${fault}`);
    }
    expect(faults).toEqual([]);
  });

  test('in a sentence names commands and options that there are', async () => {
    const found = DOCUMENTS.flatMap((document) =>
      spansOf(document).flatMap((span) => partsIn(span).map((words) => ({ document, span, words }))),
    );
    expect(found.length).toBeGreaterThan(60);
    const faults = [];
    for (const { document, span, words } of found) {
      const fault = await faultOf(program, words, true);
      if (fault !== undefined) faults.push(`${document}: ${span}: ${fault}`);
    }
    expect(faults).toEqual([]);
  });

  test('would be caught with a command, an option or an argument that is not there', async () => {
    const wrong = [
      'npx dead-drop sned --to x',
      'npx dead-drop send --too x',
      'npx dead-drop audit',
      'dead-drop open a b',
    ];
    for (const line of wrong) expect(await faultOf(program, deadDropsIn(line)[0]!), line).toBeDefined();
    expect(await faultOf(program, ['send', '--nowhere'], true)).toBe('unknown option --nowhere');
    expect(await faultOf(program, ['sned'], true)).toBe('there is no command sned');
    const text = '- a\n\n  <!-- needs AWS -->\n  ```sh\n  x \\\n    y # z\n  # w\n  ```\n\n```console\n$ q\nout\n```\n';
    expect(blocksOf('', text)).toEqual([
      { document: '', line: 3, needs: 'AWS', commands: ['x y # z'] },
      { document: '', line: 10, needs: undefined, commands: ['q'] },
    ]);
    expect(wordsOf('send --fingerprint "A B" x # c')).toEqual(['send', '--fingerprint', 'A B', 'x']);
  });

  /** What of a span is the command's: after its name, or what begins with the name of a command and has an option. */
  const partsIn = (span: string): string[][] => {
    const named = deadDropsIn(span).filter(([first]) => first !== undefined && first !== '1' && first !== 'COMMAND');
    if (named.length > 0) return named;
    const words = wordsOf(span);
    return commandIn(program, words).depth > 0 && words.some((word) => word.startsWith('--')) ? [words] : [];
  };
});

describe('every block of the documents', () => {
  test('that says what it needs says something that a test has not', () => {
    expect(blocks.flatMap(({ needs }) => (needs === undefined || NEEDS.includes(needs) ? [] : [needs]))).toEqual([]);
    const marks = DOCUMENTS.flatMap((document) => textOf(document).match(/<!-- needs /g) ?? []);
    expect(marks).toHaveLength(blocks.filter(({ needs }) => needs !== undefined).length);
  });
});

/** Whether there is a program that makes terminals. In CI there has to be. */
const hasTerminals = /util-linux/.test(String(spawnSync('script', ['-V']).stdout)) || process.env.CI !== undefined;
if (!hasTerminals) process.stderr.write("util-linux's script is not installed: no line of a document is typed\n");

describe.skipIf(!hasTerminals)('what people are told to type does what it says, on a drop on this machine', () => {
  let story: Story;
  beforeAll(async () => {
    story = await openStory(program);
  });
  afterAll(() => story?.close());

  /** What is the same in any folder is typed once. */
  const before = new Set<string>();
  const isNew = (line: string) => {
    if (line.startsWith('npm ') && before.has(line)) return false;
    before.add(line);
    return true;
  };
  const played = order.map((document) => ({
    document,
    lines: blocks
      .filter((each) => each.document === document && each.needs === undefined)
      .flatMap(({ commands }) => commands.filter(isNew)),
  }));

  const said = new Set<string>();
  test.each(played.filter(({ lines }) => lines.length > 0))('in $document', async ({ lines }) => {
    story.begin();
    for (const line of lines) {
      const { shown, status, isInterrupted } = await story.type(line);
      const screen = linesShown(shown);
      for (const each of screen) said.add(each);
      const all = `${line}\n${screen.join('\n')}`;
      if (isInterrupted) expect([0, 130], all).toContain(status);
      // The time of this drop passes when it is told to, which an audit sees.
      else if (line.includes('dead-drop audit')) expect(shown).toMatch(/^pass /m);
      else {
        expect(status, all).toBe(0);
        for (const [, words] of SAYS.filter(([each]) => each.test(line))) expect(shown, all).toMatch(words);
      }
    }
  });

  test('and what pictures of a terminal show of it is what it says today', () => {
    const shown = ['keygen', 'send', 'read'].flatMap((name) =>
      [
        ...textOf(`docs/pictures/terminal-${name}.svg`).matchAll(/<text x="16" y="\d+" xml:space="preserve">([^<]+)</g),
      ].map(([, line]) => line!),
    );
    // Numbers, keys and words are others each time, and the letters are the pictures' own.
    const fixed = shown.filter((line) => !/\d|^in words:|^[a-z ]+$|^They knew|^Can you show/.test(line));
    expect(fixed.length).toBeGreaterThan(9);
    expect(fixed.filter((line) => !said.has(line))).toEqual([]);
  });
});

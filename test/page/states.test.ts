import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { newWords } from '../../core/keys/words.ts';
import { en } from '../../page/languages/en.ts';
import { LANGUAGES } from '../../page/languages/languages.ts';
import { openDesk } from '../tor/stage.ts';
import { expectAccessible } from './access.ts';
import { openBrowser, type TestBrowser, type Visit } from './browser.ts';
import { NAME, type Newsroom, openNewsroom } from './newsroom.ts';
import { beginLetter, type Source, sourceAt, takeWords } from './source.ts';
import { ONION, READABLE } from './stand-in.ts';

/** Where pictures of all that is looked at are put: `npm run pictures`. */
const PICTURES = process.env.PICTURES;

const WIDTHS = PICTURES === undefined ? [320, 1280] : [320, 1280, 1600];

/** Of a picture, below what is shown; and of all of it. */
const [MARGIN, HEIGHT_MAX] = [24, 6000];

/** Whether the scrollbar has the colour of what it scrolls: a browser's own may be white in the dark. */
const SCROLLBAR = `(() => {
  const { scrollbarColor } = getComputedStyle(document.documentElement);
  return scrollbarColor.endsWith(getComputedStyle(document.body).backgroundColor);
})()`;

/** How much of what is to be copied is hidden, in pixels, where some is. */
const HIDDEN = `[...document.querySelectorAll('textarea[readonly]')]
  .map(({ scrollHeight, clientHeight }) => scrollHeight - clientHeight).filter((hidden) => hidden > 0)`;

/** Languages in which each state is looked at: one that is written from left to right, one from right to left. */
const SEEN = LANGUAGES.filter(({ code }) => ['en', 'ar'].includes(code));

/** Whether a state is looked at like that: for pictures always, else where something new can be wrong. */
function isSeen(colours: 'light' | 'dark', direction: 'ltr' | 'rtl', width: number): boolean {
  if (PICTURES !== undefined) return true;
  if (colours === 'dark') return direction === 'ltr' && width === 1280;
  return direction === 'ltr' || width === 320;
}

describe.skipIf(!inject('hasBrowsers'))('every state of the page', () => {
  let room: Newsroom;
  let both: string;
  let letter: string;
  beforeAll(async () => {
    if (PICTURES !== undefined) mkdirSync(PICTURES, { recursive: true });
    room = await openNewsroom();
    const john = await openDesk({ folder: room.folder }, ONION, `127.0.0.1:${room.standIn.socks.port.port}`);
    both = join(room.folder, 'both.html');
    const people = ['--contact', 'jane.contact', '--name', NAME, '--contact', join(john.cwd, 'jane.contact')];
    const made = await room.desk.run(['page', ...people, '--name', 'John Roe', '--out', both]);
    expect(made, made.words).toMatchObject({ status: 0 });
  });
  afterAll(() => room?.close());

  describe.each(['light', 'dark'] as const)('in %s', (colours) => {
    let browser: TestBrowser;
    let visit: Visit;
    let source: Source;
    beforeAll(async () => {
      browser = await openBrowser({ socksPort: room.standIn.socks.port.port, colours });
    });
    afterAll(() => browser?.close());

    const come = async (url: string) => {
      await visit?.close();
      visit = await browser.open(url);
      source = await sourceAt(visit);
    };
    /** Looks at a state in each width and direction. */
    const look = async (name: string) => {
      for (const { code, direction } of SEEN) {
        const widths = WIDTHS.filter((width) => isSeen(colours, direction, width));
        if (widths.length === 0) continue;
        await speak(code);
        for (const width of widths) {
          const state = `${name}-${width}-${colours}${direction === 'rtl' ? '-rtl' : ''}`;
          await visit.page.setViewport({ width, height: 900 });
          await expectAccessible(source.frame, state);
          const [needed, bottom] = (await source.frame.evaluate(
            `[document.documentElement.scrollWidth, document.querySelector('main').getBoundingClientRect().bottom + scrollY]`,
          )) as [number, number];
          expect(needed, `${state} is wider than its window`).toBeLessThanOrEqual(width);
          expect(await source.frame.evaluate(SCROLLBAR), `${state} has a scrollbar of other colours`).toBe(true);
          expect(await source.frame.evaluate(HIDDEN), `${state} shows a part of what is to be copied`).toEqual([]);
          if (PICTURES === undefined) continue;
          await visit.page.setViewport({ width, height: Math.min(Math.ceil(bottom) + MARGIN, HEIGHT_MAX) });
          writeFileSync(join(PICTURES, `${state}.png`), await visit.page.screenshot());
        }
      }
      await speak('en');
      await visit.page.setViewport({ width: 1000, height: 900 });
    };
    const speak = (code: string) => source.frame.select('#language', code);

    test('can be used by everybody: a letter, from the choice to the end', async () => {
      await come(`file://${both}`);
      await source.sees(en.choose.title);
      await look('choose');
      await source.press(await startingWith(source, NAME));
      await source.sees(en.person.title(NAME));
      await source.press(en.person.write);
      await source.reads(en.person.chooseOne);
      await look('person');
      await beginLetter(source);
      await source.press(en.common.next);
      await source.reads(en.faults.nothing);
      await look('write-nothing');
      await source.fill(en.write.text, 'They knew since March.\nThe figures are in the table.');
      const table = join(room.folder, 'table.csv');
      writeFileSync(table, 'month,tonnes\nMarch,498\n');
      const recording = join(room.folder, 'recording.wav');
      writeFileSync(recording, Buffer.alloc(2_000_000, 1));
      await source.attach(table, recording);
      await source.reads('recording.wav');
      await source.choose(en.write.answerNew);
      await look('write');
      await source.press(en.common.next);
      await source.sees(en.words.title);
      await look('words');
      await source.press(en.words.done);
      await source.sees(en.ask.title);
      await source.press(en.common.next);
      await look('ask');
      await source.press(en.ask.showAgain);
      await takeWords(source);
      await source.sees(en.confirm.title);
      await look('confirm');
      const { promise: held, resolve: go } = Promise.withResolvers<void>();
      let uploads = 0;
      room.standIn.fault(async ({ path }) => {
        if (path.includes('/uploads/')) uploads += 1;
        if (uploads === 2) await held;
        return undefined;
      });
      await source.press(en.confirm.send);
      await source.reads(en.sending.parts(1, 2));
      await look('sending');
      go();
      await source.sees(en.sent.title);
      room.standIn.fault(undefined);
      await look('sent');
      await source.press(en.common.endVisit);
      await source.sees(en.end.title);
      await look('end');
      letter = await room.received();
    });

    test('can be used by everybody: what failed, what is uploaded, what is registered', async () => {
      await come(room.places.file);
      await beginLetter(source);
      await source.fill(en.write.text, `for later: ${newWords()}`);
      await source.attach(join(room.desk.cwd, 'dead-drop.identity'));
      await source.reads(en.secrets.key);
      await look('write-secrets');
      await source.press(en.common.next);
      await source.reads(`${en.write.text}: ${en.secrets.words}`);
      await look('confirm-secrets');
      room.standIn.fault(() => ({ status: 404, headers: READABLE }));
      await source.press(en.confirm.send);
      await source.sees(en.failed.title);
      room.standIn.fault(undefined);
      await look('failed');
      await source.press(en.failed.goBack);
      await source.press(en.common.next);
      await source.press(en.confirm.later);
      await source.sees(en.uploaded.title);
      await source.press(en.common.copy);
      await look('uploaded');
      const sealedId = await source.filled(en.uploaded.sealedId);
      await come(room.places.file);
      await source.choose(en.person.unknown);
      await source.press(en.person.register);
      await source.fill(en.register.label, 'no sealed id');
      await source.press(en.register.go);
      await source.reads(en.faults.sealedId);
      await look('register');
      await source.fill(en.register.label, sealedId);
      await source.press(en.register.go);
      await source.sees(en.register.done);
      await look('registered');
      await room.received();
    });

    test('can be used by everybody: an answer, and none', async () => {
      await come(room.places.file);
      await beginLetter(source);
      await source.fill(en.write.text, 'Will you answer?');
      await source.choose(en.write.answerNew);
      await source.press(en.common.next);
      const words = await takeWords(source);
      await source.press(en.confirm.send);
      await source.sees(en.sent.title);
      const asked = await room.received();
      await come(room.places.file);
      await source.choose(en.person.same);
      await source.press(en.person.read);
      await source.fill(en.read.words, words.replace(/^\w+/, 'dröpp'));
      await source.press(en.read.look);
      await source.reads(en.faults.word(1));
      await look('read');
      await source.fill(en.read.words, words);
      await source.press(en.read.look);
      await source.sees(en.answers.title(0));
      await look('answers-none');
      writeFileSync(join(room.desk.cwd, 'plan.csv'), 'a plan');
      await room.jane(['reply', asked, '--text-file', '-', 'plan.csv'], 'Yes. Thank you for the table.');
      await room.standIn.drop.tick();
      await source.press(en.answers.look);
      await source.sees(en.answers.title(1));
      await look('answers');
    });
  });

  test('is reached with the keys of a keyboard alone', async () => {
    const browser = await openBrowser({ socksPort: room.standIn.socks.port.port });
    try {
      const visit = await browser.open(room.places.file);
      const source = await sourceAt(visit);
      const { keyboard } = visit.page;
      await source.sees(en.person.title(NAME));
      const tabTo = async (label: string) => {
        const named = `(() => { const { activeElement: at } = document;
          return at?.labels?.[0]?.textContent || at?.textContent; })()`;
        for (let i = 0; i < 40; i += 1) {
          await keyboard.press('Tab');
          if ((await source.frame.evaluate(named)) === label) return;
        }
        throw new Error(`no key leads to ${label}`);
      };
      /** Each new screen has the focus, by which it is heard: of a heading that has it, Orca says nothing. */
      const hears = async (title: string) => {
        await source.sees(title);
        const focused = '[document.activeElement.tagName, document.activeElement.getAttribute("aria-labelledby")]';
        expect(await source.frame.evaluate(focused)).toEqual(['MAIN', 'title']);
        expect(await source.frame.evaluate('document.getElementById("title").textContent')).toBe(title);
      };
      await tabTo(en.person.same);
      await keyboard.press(' ');
      await tabTo(en.person.write);
      await keyboard.press('Enter');
      await hears(en.write.title(NAME));
      await tabTo(en.write.text);
      await keyboard.type('By hand: Grüße.');
      await tabTo(en.common.next);
      await keyboard.press('Enter');
      await hears(en.confirm.title);
      await tabTo(en.confirm.send);
      await keyboard.press(' ');
      await source.sees(en.sent.title);
      await room.received();
      await visit.close();
    } finally {
      await browser.close();
    }
  });

  test('is one of a refusal in an ordinary Firefox, which asks for nothing', async () => {
    const browser = await openBrowser({ socksPort: room.standIn.socks.port.port, isPlain: true });
    try {
      room.standIn.arrived();
      const visit = await browser.open(room.places.file);
      const source = await sourceAt(visit);
      await source.sees(en.refused.title);
      await source.reads(en.refused.firefox);
      await expectAccessible(source.frame, 'refused');
      await expectAccessible(visit.page.mainFrame(), 'the page around it', true);
      if (PICTURES !== undefined) writeFileSync(join(PICTURES, 'refused.png'), await visit.page.screenshot());
      expect(room.standIn.arrived()).toEqual([]);
    } finally {
      await browser.close();
    }
  });

  test('is one notice in each language at Safest, where no script runs', async () => {
    const browser = await openBrowser({ socksPort: room.standIn.socks.port.port, level: 'safest' });
    try {
      for (const url of Object.values(room.places)) {
        const visit = await browser.open(url);
        const shown = await visit.page.evaluate('document.body.innerText');
        for (const { catalog } of LANGUAGES) expect(shown).toContain(catalog.noScript);
        if (PICTURES !== undefined) writeFileSync(join(PICTURES, 'safest.png'), await visit.page.screenshot());
        await visit.close();
      }
    } finally {
      await browser.close();
    }
  });

  test('are those of letters that arrive', () => {
    expect(letter).toContain('letter-');
  });
});

/** The name of a button that begins like that. */
async function startingWith({ frame }: Source, beginning: string): Promise<string> {
  const labels = (await frame.$$eval('button', (all) => all.map((each) => each.textContent))) as string[];
  return labels.find((label) => label.startsWith(beginning))!;
}

import type { ElementHandle, Frame } from 'puppeteer-core';
import { vi } from 'vitest';
import { en } from '../../page/languages/en.ts';
import type { Visit } from './browser.ts';

/** A person at the page, who reads what it says and does what can be done there, by what it is called. */
export interface Source {
  readonly frame: Frame;
  /** Waits for a screen. */
  sees(title: string, within?: number): Promise<void>;
  /** Waits for a sentence somewhere on the screen. */
  reads(sentence: string | RegExp, within?: number): Promise<void>;
  /** All that is to be read. */
  text(): Promise<string>;
  press(button: string): Promise<void>;
  /** Chooses one of several. */
  choose(option: string): Promise<void>;
  /** Puts a text into a field, in place of what is there. */
  fill(label: string, text: string): Promise<void>;
  /** What is in a field. */
  filled(label: string): Promise<string>;
  attach(...paths: readonly string[]): Promise<void>;
}

/** Long enough for the words at Safer, on a machine that has other work. */
const PATIENCE = 500_000;

/** Puts somebody before a page that is open. */
export async function sourceAt(visit: Pick<Visit, 'inner' | 'page'>): Promise<Source> {
  const frame = await visit.inner();
  const find = async (path: string) => (await frame.waitForSelector(`::-p-xpath(${path})`, { timeout: PATIENCE }))!;
  const text = () => frame.evaluate('document.body.innerText') as Promise<string>;
  const controlOf = async (label: string) => {
    const id = await (await find(`//label[normalize-space()=${quoted(label)}]`)).evaluate((each) => each.htmlFor);
    return (await frame.$(`#${id}`))!;
  };
  const source: Source = {
    frame,
    text,
    async sees(title, within = PATIENCE) {
      const heading = () => frame.evaluate(`document.querySelector('h1')?.textContent`);
      await until(
        async () => (await heading()) === title,
        within,
        async () => `no screen '${title}' but:\n${await text()}`,
      );
    },
    async reads(sentence, within = PATIENCE) {
      const has = (shown: string) =>
        typeof sentence === 'string' ? shown.includes(plain(sentence)) : sentence.test(shown);
      await until(
        async () => has(plain(await text())),
        within,
        async () => `no '${sentence}' but:\n${await text()}`,
      );
    },
    async press(label) {
      await click(await find(`//button[normalize-space()=${quoted(label)} and not(@disabled)]`));
    },
    async choose(label) {
      await click(await find(`//label[normalize-space()=${quoted(label)}]`));
    },
    async fill(label, value) {
      const control = await controlOf(label);
      await control.evaluate((each, said) => {
        each.value = said;
        each.dispatchEvent(new Event('input', { bubbles: true }));
      }, value);
    },
    async filled(label) {
      return (await controlOf(label)).evaluate((each) => each.value as string);
    },
    async attach(...paths) {
      const input = await frame.$('input[type=file]');
      await input!.uploadFile(...paths);
    },
  };
  return source;
}

/** Clicks on what is shown; by script in a Firefox that cannot tell its driver where a frame stands, as up to 140. */
export async function click(shown: ElementHandle, button: 'left' | 'middle' = 'left'): Promise<void> {
  await shown.click({ button }).catch(async (error: Error) => {
    if (!error.message.includes('locator.type')) throw error;
    await shown.evaluate((each) => (each as unknown as { click(): void }).click());
  });
}

/** Without what keeps the direction of writing of a name apart. */
const plain = (text: string) => text.replace(/[\u2066-\u2069]/g, '');

/** Goes to where a letter is written, as somebody who has compared the fingerprint. */
export async function beginLetter(source: Source): Promise<void> {
  await source.choose(en.person.same);
  await source.press(en.person.write);
}

/** Takes twelve words, and types those that are asked back. @returns them */
export async function takeWords(source: Source): Promise<string> {
  await source.sees(en.words.title);
  const words = (await source.frame.$$eval('ol.words li', (items) =>
    items.map((each) => each.textContent),
  )) as string[];
  await source.press(en.words.done);
  await source.sees(en.ask.title);
  for (const [place, word] of words.entries()) {
    if ((await source.text()).split('\n').includes(en.ask.word(place + 1)))
      await source.fill(en.ask.word(place + 1), word);
  }
  await source.press(en.common.next);
  return words.join(' ');
}

async function until(isSo: () => Promise<boolean>, timeout: number, why: () => Promise<string>): Promise<void> {
  await vi.waitUntil(isSo, { timeout, interval: 100 }).catch(async () => {
    throw new Error(await why());
  });
}

/** A text in an XPath, which knows no escapes. */
function quoted(text: string): string {
  if (!text.includes('"')) return `"${text}"`;
  return `concat(${text
    .split('"')
    .map((part) => `"${part}"`)
    .join(`, '"', `)})`;
}

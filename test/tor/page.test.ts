import { randomBytes } from 'node:crypto';
import { chmodSync, copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dropAt } from '../../core/drop/drop.ts';
import { overTor, parseSocksPort } from '../../node/transport/tor.ts';
import { en } from '../../page/languages/en.ts';
import { type Level, missingPackages, openBrowser, type TestBrowser, type Visit } from '../page/browser.ts';
import { flood, readFlood } from '../page/flood.ts';
import { beginLetter, type Source, sourceAt, takeWords } from '../page/source.ts';
import { type Gateway, openGateway } from './onion-front.ts';
import { type Desk, network, openDesk, openStage, passphrase, type Stage, TEXT } from './stage.ts';
import { streamsDuring } from './streams.ts';

/** What is not installed. In CI nothing is skipped: what is missing fails. */
const isSkipped = network === undefined || (process.env.CI === undefined && missingPackages().length > 0);

describe.skipIf(isSkipped)('the page in a browser, over Tor and the onion front', () => {
  let stage: Stage;
  let gateway: Gateway;
  let desk: Desk;
  beforeAll(async () => {
    stage = await openStage();
    chmodSync(stage.folder, 0o755); // for nginx's workers, which are not root where this runs as root
    const folder = join(stage.folder, 'gateway');
    // The page names the front's address, which is known when it has run once.
    const first = await openGateway(stage, folder);
    first.process.kill('SIGINT');
    await first.ended;
    desk = await openDesk(stage, first.url, network!.socks);
    const made = await desk.run(['page', '--contact', 'jane.contact', '--name', 'Jane Doe', '--out', 'jane.html']);
    expect(made, made.words).toMatchObject({ status: 0 });
    copyFileSync(join(desk.cwd, 'jane.html'), join(stage.folder, 'jane.html'));
    gateway = await openGateway(stage, folder, 'jane.html');
    expect(gateway.url).toBe(first.url);
  });
  afterAll(async () => {
    gateway?.process.kill('SIGINT');
    await gateway?.ended;
    await stage?.close();
  });

  const placesOf = () => ({ onion: `${gateway.url}/`, file: `file://${join(desk.cwd, 'jane.html')}` });
  const received = async () => {
    await stage.drop.tick();
    const read = await desk.run(['read', '--inbox', 'inbox'], { passphrase });
    expect(read, read.words).toMatchObject({ status: 0 });
    expect(read.out).toMatch(/^inbox\/letter-\w+\n$/);
    return join(desk.cwd, read.out.trim());
  };

  test.each<[Level, 'file' | 'onion']>([
    ['standard', 'onion'],
    ['safer', 'file'],
  ])(
    'at %s, from an address that begins with %s: a letter with 5 MB, its answer, and a letter back',
    async (level, place) => {
      const url = placesOf()[place];
      let browser: TestBrowser | undefined;
      try {
        browser = await openBrowser({ socksPort: Number(network!.socks.split(':')[1]), level });
        const recording = randomBytes(5_000_000);
        const path = join(stage.folder, `recording ${level}.wav`);
        writeFileSync(path, recording);
        let words = '';
        const streams = await streamsDuring(network!.control, async () => {
          const visit = await browser!.open(url);
          const source = await sourceAt(visit);
          await beginLetter(source);
          await source.fill(en.write.text, TEXT);
          await source.attach(path);
          await source.choose(en.write.answerNew);
          await source.press(en.common.next);
          words = await takeWords(source);
          await source.press(en.confirm.send);
          await source.sees(en.sent.title);
          expect(visit.faults).toEqual([]);
          await visit.close();
        });
        expect(new Set(streams.map(({ target }) => target))).toEqual(new Set([`${new URL(gateway.url).host}:80`]));
        // A URL and a cell five times, and the registration; and the page, where it comes from there.
        expect(streams.length).toBeGreaterThanOrEqual(5 * 2 + 1);
        const letter = await received();
        expect(readFileSync(join(letter, 'letter.txt'), 'utf8')).toBe(TEXT);
        expect(readFileSync(join(letter, `recording ${level}.wav`)).equals(recording)).toBe(true);

        const replied = await desk.run(['reply', letter], { passphrase, input: 'second' });
        expect(replied, replied.words).toMatchObject({ status: 0 });
        await stage.drop.tick();
        const visit = await browser.open(url);
        const source = await sourceAt(visit);
        await source.choose(en.person.same);
        await source.press(en.person.read);
        await source.fill(en.read.words, words);
        await source.press(en.read.look);
        await source.sees(en.answers.title(1));
        await source.reads('second');
        await source.press(en.answers.answer);
        await source.fill(en.write.text, 'third');
        await source.press(en.common.next);
        await source.press(en.confirm.send);
        await source.sees(en.sent.title);
        expect(visit.faults).toEqual([]);
        expect(readFileSync(join(await received(), 'letter.txt'), 'utf8')).toBe('third');
      } finally {
        await browser?.close();
      }
    },
  );

  test.each<[Level, 'file' | 'onion']>([
    ['standard', 'file'],
    ['safer', 'onion'],
  ])(
    'at %s, from an address that begins with %s: a text, a letter that another visit registers, and a flood of answers',
    async (level, place) => {
      const browser = await openBrowser({ socksPort: Number(network!.socks.split(':')[1]), level });
      try {
        /** One visit, at the end of which the page is closed. */
        const visiting = async (act: (source: Source, visit: Visit) => Promise<void>) => {
          const visit = await browser.open(placesOf()[place]);
          await act(await sourceAt(visit), visit);
          expect(visit.faults).toEqual([]);
          await visit.close();
        };
        const write = async (source: Source, text: string) => {
          await beginLetter(source);
          await source.fill(en.write.text, text);
          await source.press(en.common.next);
        };
        await visiting(async (source) => {
          await write(source, TEXT);
          await source.press(en.confirm.send);
          await source.sees(en.sent.title);
        });
        expect(readFileSync(join(await received(), 'letter.txt'), 'utf8')).toBe(TEXT);

        let sealedId = '';
        await visiting(async (source) => {
          await write(source, 'for later');
          await source.press(en.confirm.later);
          await source.sees(en.uploaded.title);
          sealedId = await source.filled(en.uploaded.sealedId);
        });
        await stage.drop.tick();
        const before = await desk.run(['read', '--inbox', 'inbox'], { passphrase });
        expect(before, before.words).toMatchObject({ status: 0, out: '' });
        await visiting(async (source) => {
          await source.choose(en.person.unknown);
          await source.press(en.person.register);
          await source.fill(en.register.label, sealedId);
          await source.press(en.register.go);
          await source.sees(en.register.done);
        });
        expect(readFileSync(join(await received(), 'letter.txt'), 'utf8')).toBe('for later');

        const size = { answers: 8, strangers: 12 };
        const drop = dropAt(gateway.url, { transport: overTor([parseSocksPort(network!.socks)]) });
        const words = await flood(drop, desk, gateway.url, size);
        await stage.drop.tick();
        await visiting((source) => readFlood(source, words, size));
      } finally {
        await browser.close();
      }
    },
  );
});

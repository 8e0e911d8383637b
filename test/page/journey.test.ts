import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest';
import { en } from '../../page/languages/en.ts';
import { type Level, openBrowser, type TestBrowser, type Visit } from './browser.ts';
import { arrive, NAME, type Newsroom, openNewsroom } from './newsroom.ts';
import { beginLetter, click, type Source, takeWords } from './source.ts';
import type { Asked } from './stand-in.ts';

const TEXT = 'They knew since March. Grüße, مرحبا, 你好.\n';

describe.skipIf(!inject('hasBrowsers'))('a source with nothing but a browser', () => {
  let room: Newsroom;
  beforeAll(async () => {
    room = await openNewsroom();
  });
  afterAll(() => room?.close());

  describe.each<[Level, 'file' | 'onion']>([
    ['standard', 'file'],
    ['safer', 'onion'],
  ])('at %s, with a page from an address that begins with %s', (level, place) => {
    let browser: TestBrowser;
    let visit: Visit;
    /** What was typed, shown or sent, and must stay nowhere. */
    const secrets = ['They knew since March', `recording ${level}.wav`, 'for later'];
    beforeAll(async () => {
      browser = await openBrowser({ socksPort: room.standIn.socks.port.port, level });
    });
    afterAll(() => browser?.close());
    afterEach(async () => {
      expect(visit.faults).toEqual([]);
      await visit.close();
    });
    const visitAgain = async (): Promise<Source> => {
      const arrived = await arrive(browser, room.places[place]);
      visit = arrived.visit;
      return arrived.source;
    };

    test('sends a text, and nothing of it stays', async () => {
      const source = await visitAgain();
      await beginLetter(source);
      await source.fill(en.write.text, TEXT);
      await source.press(en.common.next);
      await source.sees(en.confirm.title);
      await source.press(en.confirm.send);
      await source.sees(en.sent.title);
      expect(readFileSync(join(await room.received(), 'letter.txt'), 'utf8')).toBe(TEXT);
      await source.press(en.common.endVisit);
      await source.sees(en.end.title);
      expect(await source.frame.evaluate('document.documentElement.outerHTML')).not.toContain('They knew');
    });

    test('shows the drop what a command shows it, byte for byte but for ids and times', async () => {
      const source = await visitAgain();
      await beginLetter(source);
      await source.fill(en.write.text, TEXT);
      await source.press(en.common.next);
      await source.sees(en.confirm.title);
      room.standIn.asked();
      await source.press(en.confirm.send);
      await source.sees(en.sent.title);
      const ofPage = room.standIn.asked();
      await room.received();
      room.standIn.asked();
      const sent = await room.desk.run(['send', '--to', 'jane.contact', '--text-file', '-'], { input: TEXT });
      expect(sent, sent.words).toMatchObject({ status: 0 });
      const ofCommand = room.standIn.asked();
      await room.received();
      expect(ofPage).toHaveLength(3);
      expect(ofPage.map(withoutIds)).toEqual(ofCommand.map(withoutIds));
    });

    test('sends a text and 5 MB, byte for byte', async () => {
      const content = randomBytes(5_000_000);
      const path = join(room.folder, `recording ${level}.wav`);
      writeFileSync(path, content);
      const source = await visitAgain();
      await beginLetter(source);
      await source.fill(en.write.text, TEXT);
      await source.attach(path);
      await source.reads(`recording ${level}.wav`);
      await source.press(en.common.next);
      await source.press(en.confirm.send);
      await source.sees(en.sent.title);
      const letter = await room.received();
      expect(readFileSync(join(letter, 'letter.txt'), 'utf8')).toBe(TEXT);
      expect(readFileSync(join(letter, `recording ${level}.wav`)).equals(content)).toBe(true);
    });

    test('is answered, reads the answer with twelve words on another visit, saves its file, and answers it', async () => {
      const asking = await visitAgain();
      await beginLetter(asking);
      await asking.fill(en.write.text, 'first');
      await asking.choose(en.write.answerNew);
      await asking.press(en.common.next);
      const words = await takeWords(asking);
      secrets.push(words, words.split(' ').slice(0, 3).join(' '));
      await asking.sees(en.confirm.title);
      await asking.press(en.confirm.send);
      await asking.sees(en.sent.title);
      await visit.close();
      const letter = await room.received();
      const plan = randomBytes(1_500_000);
      writeFileSync(join(room.desk.cwd, `plan ${level}.bin`), plan);
      const elsewhere = `http://${'b'.repeat(55)}d.onion`;
      const leading = `<!doctype html><meta http-equiv="refresh" content="0;url=${elsewhere}/"><h1>Type your words</h1>`;
      writeFileSync(join(room.desk.cwd, 'plan.html'), leading);
      await room.jane(['reply', letter, '--text-file', '-', `plan ${level}.bin`, 'plan.html'], 'second');
      await room.standIn.drop.tick();

      const reading = await visitAgain();
      await reading.choose(en.person.same);
      await reading.press(en.person.read);
      await reading.fill(en.read.words, words);
      await reading.press(en.read.look);
      await reading.sees(en.answers.title(1));
      await reading.reads('second');
      await reading.press(await fetchLabel(reading));
      await reading.sees(en.answers.title(1));
      const saved = await reading.frame.waitForSelector('a[download]');
      await click(saved!);
      await expect
        .poll(() => read(join(browser.downloads, `plan ${level}.bin`))?.equals(plan), { timeout: 30_000 })
        .toBe(true);
      // In a tab of its own, a file that a journalist wrote would be a page, and lead where they like.
      const asked = () => room.standIn.socks.requests.map(({ host }) => host);
      await click((await reading.frame.waitForSelector('a[download="plan.html"]'))!, 'middle');
      await sleep(3000);
      expect(asked()).not.toContain(new URL(elsewhere).hostname);
      await reading.press(en.answers.answer);
      await reading.fill(en.write.text, 'third');
      await reading.press(en.common.next);
      await reading.sees(en.confirm.title);
      await reading.press(en.confirm.send);
      await reading.sees(en.sent.title);
      const third = await room.received();
      expect(readFileSync(join(third, 'letter.txt'), 'utf8')).toBe('third');
      const listed = await room.jane(['inbox', '--inbox', 'inbox']);
      expect(listed.out).toContain('third');
    });

    test('uploads a letter now, and registers it on another visit', async () => {
      const uploading = await visitAgain();
      await beginLetter(uploading);
      await uploading.fill(en.write.text, 'for later');
      await uploading.press(en.common.next);
      await uploading.press(en.confirm.later);
      await uploading.sees(en.uploaded.title);
      await uploading.reads(en.uploaded.to(NAME));
      const sealedId = await uploading.filled(en.uploaded.sealedId);
      secrets.push(sealedId.trim(), sealedId.slice(0, 40));
      await visit.close();
      await room.standIn.drop.tick();
      expect((await room.jane(['read', '--inbox', 'inbox'])).out).toBe('');

      const registering = await visitAgain();
      await registering.choose(en.person.unknown);
      await registering.press(en.person.register);
      await registering.fill(en.register.label, sealedId);
      await registering.press(en.register.go);
      await registering.sees(en.register.done);
      expect(readFileSync(join(await room.received(), 'letter.txt'), 'utf8')).toBe('for later');
    });

    test('leaves nothing of all that in what the browser keeps', () => {
      expect(secrets.length).toBe(7);
      const files = filesIn(browser.profile);
      expect(files.length).toBeGreaterThan(10);
      for (const secret of secrets) {
        const spelled = [Buffer.from(secret), Buffer.from(secret, 'utf16le'), Buffer.from(encodeURIComponent(secret))];
        const holding = files.filter(([, content]) => spelled.some((each) => content.includes(each)));
        expect(holding.map(([name]) => name)).toEqual([]);
      }
    });
  });
});

/** A request without what is drawn anew, or signed, for each. */
function withoutIds({ method, path, headers }: Asked): unknown {
  const same = path
    .replace(/[\w-]{43}\?/, '<id>?')
    .replaceAll(/(X-Amz-(?:Credential|Date|Security-Token|Signature))=[^&]+/g, '$1=');
  return { method, path: same, headers };
}

/** How the button is called that fetches the files of an answer. */
async function fetchLabel({ frame }: Source): Promise<string> {
  const [verb] = en.answers.fetch(0).split(' (') as [string];
  const labels = (await frame.$$eval('button', (all) => all.map((each) => each.textContent))) as string[];
  return labels.find((label) => label.startsWith(verb))!;
}

/** All files in a folder and below it: names and contents. */
function filesIn(folder: string): [string, Buffer][] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).flatMap((name) => {
    const content = statSync(join(folder, name), { throwIfNoEntry: false })?.isFile()
      ? read(join(folder, name))
      : undefined;
    return content === undefined ? [] : [[name, content] as [string, Buffer]];
  });
}

/** What a file holds, undefined while it is not there. */
function read(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}

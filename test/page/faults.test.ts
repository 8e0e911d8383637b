import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest';
import { bundlePage } from '../../bin/bundle-page.ts';
import { fingerprintOf, formatFingerprint } from '../../core/keys/fingerprint.ts';
import { contactOf, newIdentity, signingKeyOf } from '../../core/keys/identity.ts';
import { revoke } from '../../core/keys/revocation.ts';
import { newWords, parseWords } from '../../core/keys/words.ts';
import { de } from '../../page/languages/de.ts';
import { type Catalog, en } from '../../page/languages/en.ts';
import { LANGUAGES } from '../../page/languages/languages.ts';
import { formatPage } from '../../page/page-file.ts';
import { formatContact } from '../../wire/contact.ts';
import { formatRevocation } from '../../wire/revocation.ts';
import { way } from '../people.ts';
import { openDesk, passphrase } from '../tor/stage.ts';
import { openBrowser, openChromium, type TestBrowser, type Visit } from './browser.ts';
import { flood, readFlood } from './flood.ts';
import { arrive, NAME, type Newsroom, openNewsroom } from './newsroom.ts';
import { beginLetter, click, type Source, sourceAt, takeWords } from './source.ts';
import { type Arrived, type Decide, ONION, READABLE } from './stand-in.ts';

const isUpload = ({ method, path }: Arrived) => method === 'POST' && path.includes('/uploads/');

/** Lets so many requests of a kind pass, then decides. */
function after(count: number, isCounted: (asked: Arrived) => boolean, decide: Decide): Decide {
  let passed = 0;
  return (asked) => {
    if (passed >= count) return decide(asked);
    if (isCounted(asked)) passed += 1;
    return undefined;
  };
}

/** Decides about the first requests of a kind only. */
function first(count: number, isCounted: (asked: Arrived) => boolean, decide: Decide): Decide {
  let left = count;
  return (asked) => {
    if (left === 0 || !isCounted(asked)) return undefined;
    left -= 1;
    return decide(asked);
  };
}

describe.skipIf(!inject('hasBrowsers'))('what goes wrong at the page is said, and nothing else comes of it', () => {
  let room: Newsroom;
  let browser: TestBrowser;
  let visit: Visit | undefined;
  beforeAll(async () => {
    room = await openNewsroom();
    browser = await openBrowser({ socksPort: room.standIn.socks.port.port });
  });
  afterAll(async () => {
    await browser?.close();
    await room?.close();
  });
  afterEach(async () => {
    room.standIn.fault(undefined);
    await visit?.close();
  });

  const come = async (): Promise<Source> => {
    const arrived = await arrive(browser, room.places.file);
    visit = arrived.visit;
    return arrived.source;
  };
  /** Begins a letter. @returns its page */
  const write = async (text: string, ...paths: readonly string[]): Promise<Source> => {
    const source = await come();
    await beginLetter(source);
    if (text !== '') await source.fill(en.write.text, text);
    if (paths.length > 0) await source.attach(...paths);
    return source;
  };
  const send = async (source: Source) => {
    await source.press(en.common.next);
    await source.sees(en.confirm.title);
    await source.press(en.confirm.send);
  };
  const fileOf = (name: string, content: Uint8Array | string) => {
    const path = join(room.folder, name);
    writeFileSync(path, content);
    return path;
  };
  const textOf = async () => readFileSync(join(await room.received(), 'letter.txt'), 'utf8');

  test('the front is gone in the middle: it waits, says what was sent, and goes on where it stopped', async () => {
    const content = randomBytes(2_500_000);
    const source = await write('gone', fileOf('large.bin', content));
    room.standIn.fault(after(2, isUpload, () => 'cut'));
    await send(source);
    await source.reads(en.waits.unreachable);
    await source.sees(en.failed.title);
    await source.reads(en.faults.unreachable);
    await source.reads(en.failed.some(2, 3));
    room.standIn.fault(undefined);
    room.standIn.arrived();
    await source.press(en.common.tryAgain);
    await source.sees(en.sent.title);
    expect(room.standIn.arrived().filter(isUpload)).toHaveLength(1);
    const letter = await room.received();
    expect(readFileSync(join(letter, 'large.bin')).equals(content)).toBe(true);
  });

  test('a drop at a name below an onion address is written to like any other', async () => {
    const below = ONION.replace('//', '//drop.www.');
    const { cwd, run } = await openDesk({ folder: room.folder }, below, `127.0.0.1:${room.standIn.socks.port.port}`);
    const made = await run(['page', '--contact', 'jane.contact', '--name', NAME, '--out', 'jane.html']);
    expect(made, made.words).toMatchObject({ status: 0 });
    const arrived = await arrive(browser, `file://${join(cwd, 'jane.html')}`);
    visit = arrived.visit;
    await beginLetter(arrived.source);
    await arrived.source.fill(en.write.text, 'below');
    room.standIn.arrived();
    await send(arrived.source);
    await arrived.source.sees(en.sent.title);
    const hosts = new Set(room.standIn.arrived().map(({ headers }) => headers.host));
    expect([...hosts]).toEqual([new URL(below).host]);
    await room.standIn.drop.tick();
    const read = await run(['read', '--inbox', 'inbox'], { passphrase });
    expect(readFileSync(join(cwd, read.out.trim(), 'letter.txt'), 'utf8')).toBe('below');
  });

  test('what is wrong, and how a letter goes, stays when the language changes, in that one', async () => {
    const source = await come();
    const { frame } = source;
    const inAll = async (sentence: (t: Catalog) => string) => {
      for (const { code, catalog } of [...LANGUAGES].reverse()) {
        await frame.select('#language', code);
        await source.reads(sentence(catalog));
      }
    };
    await source.press(en.person.write);
    await inAll((t) => t.person.chooseOne);
    await beginLetter(source);
    await source.press(en.common.next);
    await inAll((t) => t.faults.nothing);
    const isInvalid = () => frame.$eval('#text', (area) => area.getAttribute('aria-invalid'));
    expect(await isInvalid()).toBe('true');
    await source.fill(en.write.text, 'in all languages');
    await inAll((t) => t.write.text);
    expect(await isInvalid()).toBeNull();
    expect(await source.text()).not.toContain(en.faults.nothing);
    await source.choose(en.write.answerNew);
    await source.press(en.common.next);
    await source.press(en.words.done);
    await source.sees(en.ask.title);
    const shown = (await source.text()).split('\n');
    const asked = Array.from({ length: 12 }, (_, at) => at + 1).filter((place) => shown.includes(en.ask.word(place)));
    expect(asked).toHaveLength(3);
    await source.fill(en.ask.word(asked[1]!), 'mistyped');
    await source.press(en.common.next);
    for (const place of asked) await inAll((t) => t.ask.wrong(place));
    expect(await source.filled(en.ask.word(asked[1]!))).toBe('mistyped');
    await source.press(en.ask.showAgain);
    await takeWords(source);
    await source.sees(en.confirm.title);

    const { promise: held, resolve: go } = Promise.withResolvers<void>();
    let tries = 0;
    room.standIn.fault(async () => {
      tries += 1;
      if (tries === 1) return { status: 503, headers: READABLE };
      await held;
      return undefined;
    });
    await source.press(en.confirm.later);
    await inAll((t) => t.waits.fault);
    await inAll((t) => t.sending.parts(0, 1));
    const heard = () => frame.evaluate(`document.getElementById('status').textContent`);
    await frame.select('#language', 'de');
    expect(await heard()).toContain(de.waits.fault);
    await frame.select('#language', 'en');
    go();
    await source.sees(en.uploaded.title);
    await source.press(en.common.copy);
    const isCopied = (await source.text()).includes(en.common.copied);
    await inAll(({ common }) => (isCopied ? common.copied : common.copyByHand));
    await source.press(en.common.endVisit);
    await source.sees(en.end.title);
    expect(await heard()).toBe('');
  });

  test('what is its writer’s to keep is named in the file and before the letter goes, until it is taken out', async () => {
    const words = newWords();
    const identity = join(room.desk.cwd, 'dead-drop.identity');
    const source = await write(`my words: ${words}`, identity, fileOf('note.txt', words), fileOf('table.csv', 'a,b'));
    const of = (key: keyof Catalog['secrets']) => `${en.secrets[key]} ${en.secrets.takeOut}`;
    await source.reads(of('key'));
    await source.reads(of('words'));
    await source.press(en.common.next);
    await source.sees(en.confirm.title);
    for (const where of [
      `${en.write.text}: ${of('words')}`,
      `dead-drop.identity: ${of('key')}`,
      `note.txt: ${of('words')}`,
    ])
      await source.reads(where);
    expect(await source.text()).not.toContain('table.csv:');
    await source.press(en.confirm.change);
    await source.fill(en.write.text, 'nothing of it');
    for (const name of ['dead-drop.identity', 'note.txt'])
      await click((await source.frame.waitForSelector(`::-p-aria(${en.write.remove(name)})`))!);
    await source.press(en.common.next);
    await source.sees(en.confirm.title);
    expect(await source.text()).not.toContain(en.secrets.takeOut);
    room.standIn.arrived();
    await source.press(en.confirm.send);
    await source.sees(en.sent.title);
    await room.received();
  });

  test('a busy drop (429) is waited for', async () => {
    const source = await write('busy');
    room.standIn.fault(
      first(
        3,
        ({ path }) => path === '/upload-url',
        () => ({ status: 429, headers: READABLE }),
      ),
    );
    await send(source);
    await source.reads(en.waits.busy);
    await source.sees(en.sent.title);
    expect(await textOf()).toBe('busy');
  });

  test('a drop with a fault (503) is tried again, then given up, and nothing was sent', async () => {
    const source = await write('fault');
    room.standIn.fault(() => ({ status: 503, headers: READABLE }));
    await send(source);
    await source.reads(en.waits.fault);
    await source.sees(en.failed.title);
    await source.reads(en.faults.fault);
    await source.reads(en.failed.none);
  });

  test('a page of somebody else’s in place of the drop is taken for none of its answers', async () => {
    const captive = { status: 200, headers: { ...READABLE, 'content-type': 'text/html' }, body: '<h1>Welcome</h1>' };
    const source = await write('captive');
    room.standIn.fault(first(1, isUpload, () => captive));
    await send(source);
    await source.reads(en.waits.captive);
    await source.sees(en.sent.title);
    expect(await textOf()).toBe('captive');
    await visit!.close();

    const asking = await write('captive again');
    room.standIn.fault(() => captive);
    await send(asking);
    await asking.sees(en.failed.title);
    await asking.reads(en.faults.noDrop);
  });

  test('an upload URL that has expired is replaced by another', async () => {
    const source = await write('expired');
    room.standIn.arrived();
    room.standIn.fault(first(1, isUpload, () => ({ status: 403, headers: READABLE, body: '<Error/>' })));
    await send(source);
    await source.sees(en.sent.title);
    expect(room.standIn.arrived().map(({ status }) => status)).toEqual([200, 403, 200, 200, 204]);
    expect(await textOf()).toBe('expired');
  });

  test('a letter goes no further once its page is left: nothing more of it is sent, and the next one is whole', async () => {
    const source = await write('sent behind the back');
    const { promise: isHeld, resolve: hold } = Promise.withResolvers<void>();
    const { promise: held, resolve: go } = Promise.withResolvers<void>();
    room.standIn.fault(
      first(1, isUpload, () => {
        hold();
        return held.then(() => undefined);
      }),
    );
    await send(source);
    await isHeld;
    // The driver knows no frame of a page that was really left, and kept.
    await source.frame.evaluate(`dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))`);
    await source.sees(en.end.title);
    room.standIn.arrived();
    go();
    await source.press(en.end.again);
    await beginLetter(source);
    await source.fill(en.write.text, 'the next');
    await send(source);
    await source.sees(en.sent.title);
    const asked = room.standIn.arrived().map(({ path }) => /upload-url|uploads|register-id/.exec(path)?.[0]);
    expect(asked).toEqual(['upload-url', 'uploads', 'register-id']);
    expect(await textOf()).toBe('the next');
  });

  test('a stop is one, and can be gone on from', async () => {
    const source = await write('stop');
    const { promise: held, resolve: go } = Promise.withResolvers<void>();
    room.standIn.fault(first(1, isUpload, () => held.then(() => undefined)));
    await send(source);
    await source.press(en.common.stop);
    await source.sees(en.failed.title);
    await source.reads(en.faults.stopped);
    go();
    await source.press(en.common.tryAgain);
    await source.sees(en.sent.title);
    expect(await textOf()).toBe('stop');
  });

  test('a machine that sleeps in the middle goes on when it wakes', async () => {
    const content = randomBytes(2_500_000);
    const source = await write('asleep', fileOf('asleep.bin', content));
    const { promise: sleeping, resolve: begun } = Promise.withResolvers<void>();
    room.standIn.fault(
      first(1, isUpload, async () => {
        begun();
        await sleep(4000);
        return 'cut' as const; // as Tor does with a connection that nobody served
      }),
    );
    await send(source);
    await sleeping;
    await browser.sleep(5000);
    await source.sees(en.sent.title);
    expect(readFileSync(join(await room.received(), 'asleep.bin')).equals(content)).toBe(true);
  });

  test('a file that changes while it is sent ends the letter, and is named', async () => {
    const path = fileOf('changing.bin', randomBytes(3_500_000));
    const source = await write('', path);
    room.standIn.fault(
      first(1, isUpload, () => {
        writeFileSync(path, randomBytes(3_000_000));
        return undefined;
      }),
    );
    await send(source);
    await source.sees(en.failed.title);
    await source.reads(en.faults.file('changing.bin'));
    await room.standIn.drop.tick();
    expect((await room.jane(['read', '--inbox', 'inbox'])).out).toBe('');
  });

  test('a letter that is there is gone on with, whatever its registration was answered', async () => {
    const source = await write('there already');
    const isRegistration = ({ path }: Arrived) => path.startsWith('/register-id');
    room.standIn.fault((asked) => (isRegistration(asked) ? { status: 404, headers: READABLE } : undefined));
    await send(source);
    await source.sees(en.failed.title);
    await source.reads(en.faults.noDrop);
    await source.reads(en.failed.perhaps);
    expect(await source.text()).not.toContain(en.failed.anew);
    room.standIn.fault(undefined);
    room.standIn.arrived();
    await source.press(en.common.tryAgain);
    await source.sees(en.sent.title);
    expect(room.standIn.arrived().map(isRegistration)).toEqual([true]);
    expect(await textOf()).toBe('there already');
  });

  test('a letter that cannot be answered is not said to be, after one in the same visit that can', async () => {
    const source = await write('with words');
    await source.choose(en.write.answerNew);
    await source.press(en.common.next);
    await takeWords(source);
    await source.press(en.confirm.send);
    await source.sees(en.sent.title);
    await source.reads(en.sent.look);
    await source.press(en.common.back);
    await source.press(en.person.write);
    await source.fill(en.write.text, 'without');
    await source.press(en.common.next);
    await source.reads(en.confirm.notWanted);
    await source.press(en.confirm.send);
    await source.sees(en.sent.title);
    expect(await source.text()).not.toContain(en.sent.look);
    await room.standIn.drop.tick();
    await room.jane(['read', '--inbox', 'inbox']);
  });

  test('a contact that is over writes to nobody, and says why', async () => {
    const [then, until] = [1_700_000_000, 1_700_086_400];
    const over = contactOf(newIdentity(ONION, then, until - then));
    const page = formatPage(await bundlePage(), [{ name: NAME, contact: formatContact(over) }], [ONION]);
    visit = await browser.open(`file://${fileOf('over.html', page)}`);
    const source = await sourceAt(visit);
    await source.sees(en.person.title(NAME));
    await source.reads(/Nobody can write with this page any more: its contact ended on .*2023/);
    const buttons = await source.frame.$$eval('button', (all) => all.map((each) => each.textContent));
    expect(buttons).not.toContain(en.person.write);
    expect(buttons).toContain(en.person.read);
  });

  test('a revocation in the contact’s place writes to nobody, and says of whom it is and when', async () => {
    const jane = newIdentity(ONION);
    const revocation = formatRevocation(revoke(signingKeyOf(jane), 1_700_000_000));
    const page = formatPage(await bundlePage(), [{ name: NAME, contact: revocation }], [ONION]);
    room.standIn.arrived();
    visit = await browser.open(`file://${fileOf('revoked.html', page)}`);
    const source = await sourceAt(visit);
    await source.sees(en.refused.revokedTitle);
    await source.reads(en.refused.revoked(formatFingerprint(fingerprintOf(jane.signing.publicKey)), 1_700_000_000));
    expect(await source.frame.$$('button')).toEqual([]);
    expect(room.standIn.arrived()).toEqual([]);
  });

  test('words that are mistyped, too few or in another order open no mailbox, and it says which', async () => {
    const source = await come();
    await source.choose(en.person.same);
    await source.press(en.person.read);
    const words = newWords().split(' ');
    room.standIn.arrived();
    for (const [typed, said] of [
      [words.slice(1), en.faults.wordCount(11)],
      [words.with(2, 'dröpp'), en.faults.word(3)],
      [misfitting(words), en.faults.misfit],
    ] as const) {
      await source.fill(en.read.words, typed.join(' '));
      await source.press(en.read.look);
      await source.reads(said);
    }
    expect(room.standIn.arrived()).toEqual([]);
  });

  test('a name in Arabic arrives as it is, and a file of 0 bytes with it', async () => {
    const name = 'تقرير سري.txt';
    const source = await write('two files', fileOf(name, 'سر'), fileOf('empty.txt', ''));
    await source.reads(name);
    await send(source);
    await source.sees(en.sent.title);
    const letter = await room.received();
    expect(readFileSync(join(letter, name), 'utf8')).toBe('سر');
    expect(readFileSync(join(letter, 'empty.txt'))).toHaveLength(0);
  });

  test('a letter with nothing in it is none', async () => {
    const source = await write('', fileOf('nothing.txt', ''));
    await source.press(en.common.next);
    await source.reads(en.faults.nothing);
  });

  test('1,001 files are one too many', async () => {
    mkdirSync(join(room.folder, 'many'));
    const paths = Array.from({ length: 1001 }, (_, at) => fileOf(`many/${at}.txt`, 'x'));
    const source = await write('', ...paths);
    await source.press(en.common.next);
    await source.reads(en.faults.fileCount(1001));
  });

  test('a sealed id of which a part is missing is none', async () => {
    const source = await come();
    await source.choose(en.person.same);
    await source.press(en.person.register);
    await source.fill(en.register.label, 'A'.repeat(90));
    await source.press(en.register.go);
    await source.reads(en.faults.sealedId);
  });

  test('where people have different drops, it is said whose letters are registered, and not where they have one', async () => {
    const open = async (others: string) => {
      const people = [ONION, others].map((drop, place) => {
        const contact = formatContact(contactOf(newIdentity(drop)));
        return { name: ['Jane', 'John'][place]!, contact };
      });
      const page = formatPage(await bundlePage(), people, [ONION, others]);
      visit = await browser.open(`file://${fileOf('two.html', page)}`);
      return sourceAt(visit);
    };
    const register = async (source: Source, name: string) => {
      await click((await source.frame.waitForSelector(`::-p-xpath(//button[bdi='${name}'])`))!);
      await source.choose(en.person.same);
      await source.press(en.person.register);
      await source.sees(en.register.title);
    };
    const apart = await open(`http://${'b'.repeat(55)}d.onion`);
    for (const name of ['Jane', 'John']) {
      await register(apart, name);
      await apart.reads(en.register.onlyTo(name));
      await apart.press(en.common.back);
      await apart.press(en.common.back);
    }
    await visit?.close();
    const together = await open(ONION);
    await register(together, 'John');
    expect(await together.text()).not.toContain('different drops');
  });

  test('a flood of answers is read, all of them, some at a time, and what strangers put among them is left out', async () => {
    const size = { answers: 48, strangers: 80 };
    const words = await flood(way(room.standIn.drop.url), room.desk, ONION, size);
    await room.standIn.drop.tick();
    await readFlood(await come(), words, size);
  });

  test('a large file takes no more memory than a small one', async () => {
    const megabytes = process.env.SOAK ? 500 : 60;
    const path = fileOf('huge.bin', '');
    truncateSync(path, megabytes * 1_000_000);
    const source = await write('huge', path);
    // What arrives is not the subject, and would fill the disk.
    let cells = 0;
    const peaks: number[] = [];
    room.standIn.fault((asked) => {
      if (!isUpload(asked)) return undefined;
      cells += 1;
      peaks.push(browser.pageMebibytes());
      return { status: 200, headers: { ...READABLE, 'access-control-expose-headers': 'ETag', etag: '"0"' } };
    });
    await send(source);
    await source.sees(en.sent.title, 600_000);
    expect(cells).toBeGreaterThan(megabytes * 0.95);
    const third = Math.floor(peaks.length / 3);
    const [early, late] = [Math.max(...peaks.slice(0, third)), Math.max(...peaks.slice(-third))];
    expect(late - early, `from ${early} to ${late} MiB`).toBeLessThan(60);
  });

  test('a Chromium is refused, and asks for nothing', async () => {
    room.standIn.arrived();
    visit = await openChromium(room.places.file);
    const source = await sourceAt(visit);
    await source.sees(en.refused.title);
    await source.reads(en.refused.engine);
    expect(await source.frame.$$('button')).toEqual([]);
  });
});

/** Words that are on the list, in an order in which they do not fit together: fifteen of sixteen do not. */
function misfitting(words: readonly string[]): string[] {
  const swapped = words.slice(1).map((word, place) => words.with(0, word).with(place + 1, words[0]!));
  return swapped.find((each) => {
    try {
      return parseWords(each.join(' ')) === undefined;
    } catch {
      return true;
    }
  })!;
}

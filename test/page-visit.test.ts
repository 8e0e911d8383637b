import { resolveObjectURL } from 'node:buffer';
import { appendFileSync, openAsBlob, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { NoDrop } from '../core/drop/no-drop.ts';
import { Unreachable } from '../core/drop/retry.ts';
import type { Transport } from '../core/drop/transport.ts';
import { TransportFault } from '../core/drop/transport-fault.ts';
import { contactOf, type Identity, newIdentity, signingKeyOf } from '../core/keys/identity.ts';
import { LOCKED_KINDS, labelOf, NOTE_MAX_BYTES } from '../core/keys/own-secrets.ts';
import { Revoked, revoke } from '../core/keys/revocation.ts';
import { newWords } from '../core/keys/words.ts';
import { NotOpened } from '../core/letter/letter-contents.ts';
import { writerOf } from '../core/letter/proof.ts';
import { send } from '../core/send/send.ts';
import { listInbox } from '../node/inbox/conversations.ts';
import { answeredOf } from '../node/inbox/letter-note.ts';
import { judge, type Signs } from '../page/browser.ts';
import { weigh } from '../page/draft.ts';
import { canGoOn, type Fault, faultOf } from '../page/fault.ts';
import { en } from '../page/languages/en.ts';
import { checkWords, isWord, mailboxOf, placesToAsk, printOf } from '../page/mailbox.ts';
import { secretsInPicked } from '../page/own-secrets.ts';
import { areApart, type Person, readPeople, untimely } from '../page/people.ts';
import { pickedFile } from '../page/picked-file.ts';
import { rateOf } from '../page/rate.ts';
import { type Answer, filesOf, LOT, readingOf, withNextLot } from '../page/reading.ts';
import { secretWords } from '../page/screens/secret-words.ts';
import { registerLater, sending } from '../page/sending.ts';
import {
  addressed,
  addressOf,
  answerTo,
  drawWords,
  forget,
  forgetLetter,
  newVisit,
  openVisitMailbox,
  type Visit,
} from '../page/visit.ts';
import { type Wait, watchRequests } from '../page/waits.ts';
import { formatArmor } from '../wire/armor.ts';
import { formatContact } from '../wire/contact.ts';
import { formatRevocation } from '../wire/revocation.ts';
import { CELL_CONTENT_BYTES } from '../wire/sizes.ts';
import { parseSlot } from '../wire/slot.ts';
import { withDrop } from './drop.ts';
import { fileOf, folder, HASTY, journalist, letters, way } from './people.ts';
import { plainDrop } from './plain-drop.ts';

/** Somebody's page, as a browser reads it. */
const personOf = (identity: Identity, name = 'Jane Doe'): Person =>
  readPeople(JSON.stringify([{ name, contact: formatContact(contactOf(identity)) }]))[0]!;

/** What a browser hands over for a file. */
const picked = (name: string, content: Uint8Array<ArrayBuffer>) => pickedFile(new File([content], name));

const bytes = (length: number, factor = 7919) => Uint8Array.from({ length }, (_, at) => (at * factor) % 251);

const readText = (path: string) => readFileSync(join(path, 'letter.txt'), 'utf8');

/** A journalist, their drop, and a visit of their page. */
function scene() {
  const drop = plainDrop();
  const jane = journalist(drop.url);
  const visit = newVisit();
  visit.person = personOf(jane.identity);
  const network = { transport: drop.transport, patience: HASTY };
  return {
    ...{ drop, jane, visit, network, person: visit.person, contact: visit.person.contact },
    /** Publishes what was registered. @returns the letters that Jane then reads */
    async arrive() {
      drop.tick();
      return letters(await jane.read(drop.transport));
    },
    /** Has Jane answer the letter that came last. */
    async answer(text: string, files: Parameters<typeof fileOf>[] = []) {
      const [conversation] = await listInbox(jane.inbox, jane.identity.storageKey, () => {});
      const last = conversation!.findLast(({ isSent }) => !isSent)!;
      const draft = { text, files: files.map((file) => fileOf(...file)), from: writerOf(jane.identity) };
      const to = last.from!.contact;
      await send(way(drop.url, drop.transport), to, { ...draft, answers: answeredOf(last) });
      return parseSlot(drop.tick()).getTime();
    },
  };
}

/** What goes wrong, as the page tells it. */
async function fault(act: () => unknown, files: readonly string[] = []): Promise<Fault> {
  try {
    await act();
  } catch (error) {
    return faultOf(error, files);
  }
  throw new Error('nothing went wrong');
}

/** A transport that does something else once so many cells went up. */
function afterCells(transport: Transport, cells: number, then: Transport): Transport {
  let sent = 0;
  return async (request) => {
    if (request.method === 'PUT' && request.url.pathname.startsWith('/uploads/')) sent += 1;
    return sent > cells ? then(request) : transport(request);
  };
}

const cut: Transport = async () => {
  throw new TransportFault('the drop cannot be reached: try again later');
};

test('a text that is sent by the page to a drop is read by the command as it was typed', async () => {
  const drop = await withDrop();
  const jane = journalist(drop.url);
  const letter = sending(personOf(jane.identity).contact, { text: 'Grüße, 见面, سلام' }, true);
  const steps: number[] = [];
  await letter.go({ progress: ({ cellsDone }) => steps.push(cellsDone) });
  expect(steps).toEqual([0, 1]);
  await drop.tick();
  const [read] = letters(await jane.read());
  expect(readText(read!.path)).toBe('Grüße, 见面, سلام');
  expect(read!.from).toBeUndefined();
});

test('files arrive byte for byte under their names; the words read the answer, and it is answered again', async () => {
  const { drop, jane, visit, network, arrive, answer } = scene();
  const large = bytes(2 * CELL_CONTENT_BYTES + 17);
  const files = [picked('تقرير سري.pdf', large), picked('empty.txt', new Uint8Array())];
  Object.assign(visit, { text: 'see for yourself', wanted: 'new', files });
  drawWords(visit);
  const words = visit.words.join(' ');
  const print = printOf(await openVisitMailbox(visit));
  const first = addressed(visit);
  await sending(first.contact, first.draft, true).go({ way: network });
  const [read] = await arrive();
  expect(readText(read!.path)).toBe('see for yourself');
  expect(readFileSync(join(read!.path, 'تقرير سري.pdf')).equals(large)).toBe(true);
  expect(readdirSync(read!.path)).toContain('empty.txt');

  const sent: Parameters<typeof fileOf>[] = [
    ['../photo\u202egpj.exe', bytes(1_100_000)],
    ['notes', bytes(3, 5)],
  ];
  const time = await answer('who are you?', sent);

  // Another visit, on another machine, a day later.
  const later = { ...newVisit(), person: visit.person, typedWords: words.toUpperCase() };
  expect(printOf(await openVisitMailbox(later))).toBe(print);
  const reading = readingOf(later.mailbox!, later.person!, 14, () => time + 86_400_000);
  const extent = await reading.extent({ way: network });
  expect(extent).toEqual({ batches: 2, bytes: 2 * 8 * 109 });
  const came: Answer[] = [];
  const look = () => reading.look({ way: network, came: (each) => came.push(each) });
  expect(await look()).toEqual({ unfetched: 0, leftOut: 0, gone: 0, isListWrong: false, upTo: time / 1000 });
  expect(came).toMatchObject([{ text: 'who are you?', isAnswer: true, time: time / 1000 }]);
  const saved = await filesOf(later.mailbox!, later.person!, came[0]!, { way: network });
  expect(saved.map(({ name }) => name)).toEqual(['__photo_gpj.exe', 'notes']);
  for (const [place, { content }] of saved.entries())
    expect(Buffer.from(await content.arrayBuffer()).equals(sent[place]![1])).toBe(true);
  await look();
  expect(came).toHaveLength(1); // once

  Object.assign(later, { answering: came[0], text: 'nobody' });
  const again = addressed(later);
  await sending(again.contact, again.draft, true).go({ way: network });
  const [second] = await arrive();
  expect(readText(second!.path)).toBe('nobody');
  expect(second!.answers).toEqual(came[0]!.id);
  const [conversation] = await listInbox(jane.inbox, jane.identity.storageKey, () => {});
  expect(conversation).toHaveLength(2);
  expect(drop.objects.size).toBeGreaterThan(6);
});

test('of two letters of one visit, only the one that was written under its words can be answered', async () => {
  const { visit } = scene();
  const isAnswerable = () => {
    const { contact, draft } = addressed(visit);
    return sending(contact, draft, true).isAnswerable;
  };
  Object.assign(visit, { text: 'first', wanted: 'new' });
  drawWords(visit);
  await openVisitMailbox(visit);
  expect(isAnswerable()).toBe(true);
  forgetLetter(visit);
  visit.text = 'second';
  expect(isAnswerable()).toBe(false);
});

test('a letter is uploaded now, and registered by another visit with nothing but its sealed id', async () => {
  const { network, contact, arrive } = scene();
  const letter = sending(contact, { text: 'later' }, false);
  expect(letter.sealedId()).toBeUndefined();
  await letter.go({ way: network });
  expect(await arrive()).toEqual([]);
  const sealedId = letter.sealedId()!;
  expect(sealedId).toMatch(/^[\w-]{107}=$/);
  await registerLater(contact, ` ${sealedId.slice(0, 50)}\n${sealedId.slice(50)} `, { way: network });
  const [read] = await arrive();
  expect(readText(read!.path)).toBe('later');
});

describe('a letter of several cells', () => {
  const content = bytes(12 * CELL_CONTENT_BYTES);
  const draft = () => ({ files: [picked('large', content)] });

  test.each([
    ['at a stop', () => new AbortController()],
    ['at an outage', () => undefined],
  ])('goes on where it was %s', async (_, stopping) => {
    const { drop, network, contact, arrive } = scene();
    const letter = sending(contact, draft(), true);
    const stop = stopping();
    const then: Transport = stop
      ? async (request) => {
          stop.abort();
          return drop.transport(request);
        }
      : cut;
    const transport = afterCells(drop.transport, 3, then);
    const found = await fault(() =>
      letter.go({ way: { ...network, transport }, ...(stop && { signal: stop.signal }) }),
    );
    expect(found).toEqual({ kind: stop ? 'stopped' : 'unreachable' });
    expect(canGoOn(found)).toBe(true);
    const before = letter.cellsDone();
    expect(before).toBeGreaterThan(0);
    expect(before).toBeLessThan(13);
    expect(letter.sealedId()).toBeUndefined();
    const steps: number[] = [];
    await letter.go({ way: network, progress: ({ cellsDone }) => steps.push(cellsDone) });
    expect(steps[0]).toBe(before);
    const [read] = await arrive();
    expect(readFileSync(join(read!.path, 'large')).equals(content)).toBe(true);
  });

  test('is perhaps there when the registration fails, and can be registered again', async () => {
    const { drop, network, contact, arrive } = scene();
    const letter = sending(contact, { text: 'there' }, true);
    const transport: Transport = (request) =>
      request.url.pathname === '/register-id' ? cut(request) : drop.transport(request);
    expect(await fault(() => letter.go({ way: { ...network, transport } }))).toEqual({ kind: 'unreachable' });
    expect(letter.sealedId()).toMatch(/=$/);
    await letter.go({ way: network });
    expect(await arrive()).toHaveLength(1);
  });

  test('is registered under a contact that is over since it was uploaded, within 8 days', async () => {
    const day = 86_400_000;
    const drop = plainDrop();
    const now = Date.now();
    const jane = journalist(drop.url, newIdentity(drop.url, now / 1000 - day / 1000, day / 1000 + 3600));
    const { contact } = personOf(jane.identity);
    const letter = sending(contact, { text: 'in the last hour' }, true);
    const transport: Transport = (request) =>
      request.url.pathname === '/register-id' ? cut(request) : drop.transport(request);
    await fault(() => letter.go({ way: { transport, patience: HASTY } }));
    const at = (time: number) => vi.setSystemTime(time);
    vi.useFakeTimers({ toFake: ['Date'] });
    onTestFinished(() => void vi.useRealTimers());
    at(now + 9 * day);
    const way = { transport: drop.transport, patience: HASTY };
    expect(await fault(() => letter.go({ way }))).toEqual({ kind: 'tooLate' });
    at(now + day);
    expect(untimely(contact, Date.now() / 1000)).toMatchObject({ kind: 'contactOver' });
    await letter.go({ way });
    drop.tick();
    const [read] = letters(await jane.read(drop.transport));
    expect(readText(read!.path)).toBe('in the last hour');
  });
});

test.each([
  ['grows', (path: string) => appendFileSync(path, 'more')],
  ['is cut', (path: string) => writeFileSync(path, 'less')],
  ['goes', (path: string) => rmSync(path)],
])('a file that %s while it is sent is named, and nothing is registered', async (_, change) => {
  const { drop, network, contact, arrive } = scene();
  const path = join(folder(), 'minutes.pdf');
  writeFileSync(path, bytes(3 * CELL_CONTENT_BYTES));
  const file = new File([await openAsBlob(path)], 'minutes.pdf');
  const files = [picked('first', bytes(9)), pickedFile(file)];
  const transport = afterCells(drop.transport, 0, (request) => {
    change(path);
    return drop.transport(request);
  });
  const letter = sending(contact, { files }, true);
  const found = await fault(() => letter.go({ way: { ...network, transport } }), ['first', 'minutes.pdf']);
  expect(found).toEqual({ kind: 'file', name: 'minutes.pdf' });
  expect(canGoOn(found)).toBe(false);
  expect(await arrive()).toEqual([]);
});

test('a file that is written to in place is told, while it is sent and when it is gone on with', async () => {
  const { drop, network, contact, arrive } = scene();
  const content = bytes(3 * CELL_CONTENT_BYTES);
  /** As Firefox reads: whatever is there, and the size of before. */
  const file = new File([content], 'minutes.pdf');
  let now = content;
  file.slice = (from, to) => new Blob([now]).slice(from, to);
  const files = [pickedFile(file)];
  const change = () => {
    now = now.with(1, 99);
    return now;
  };
  const letter = sending(contact, { files }, true);
  const changing = afterCells(drop.transport, 1, (request) => {
    change();
    return drop.transport(request);
  });
  const told: Fault = { kind: 'file', name: 'minutes.pdf' };
  const names = ['minutes.pdf'];
  expect(await fault(() => letter.go({ way: { ...network, transport: changing } }), names)).toEqual(told);
  now = content;

  const again = sending(contact, { files: [pickedFile(file)] }, true);
  const transport = afterCells(drop.transport, 1, cut);
  expect(await fault(() => again.go({ way: { ...network, transport } }))).toEqual({ kind: 'unreachable' });
  change();
  expect(await fault(() => again.go({ way: network }), names)).toEqual(told);
  expect(await arrive()).toEqual([]);
  now = content;
  await again.go({ way: network });
  expect(await arrive()).toHaveLength(1);
});

test('a contact that is over, or of a clock ahead, is told with both days, and nothing is asked for', async () => {
  const now = Date.now() / 1000;
  const over = contactOf(newIdentity('http://127.0.0.1:1', now - 40 * 86_400));
  const never: Transport = async () => expect.unreachable();
  expect(await fault(() => sending(over, { text: 'x' }, true).go({ way: { transport: never } }))).toMatchObject({
    kind: 'contactOver',
    when: over.validUntil,
  });
  expect(untimely(over, over.validUntil)).toBeUndefined();
  const early = contactOf(newIdentity('http://127.0.0.1:1', now + 3 * 86_400));
  expect(untimely(early, now)).toEqual({ kind: 'contactEarly', when: early.validFrom, now });
  expect(untimely(early, early.validFrom - 86_400)).toBeUndefined();
});

test('a letter can be written to the page of several people, and none of a damaged contact', () => {
  const people = ['Jane', 'سلمى', '<b>x</b>'].map((name) => {
    const contact = contactOf(newIdentity('http://127.0.0.1:1'));
    return { name, contact: formatContact(contact) };
  });
  const read = readPeople(JSON.stringify(people));
  expect(read.map(({ name }) => name)).toEqual(['Jane', 'سلمى', '<b>x</b>']);
  expect(read[0]!.fingerprint).toMatch(/^([0-9A-Z]{4} ){7}[0-9A-Z]{4}$/);
  expect(read[0]!.words.split(' ')).toHaveLength(15);
  expect(areApart(read)).toBe(false);
  expect(areApart([...read, personOf(newIdentity('http://127.0.0.1:2'))])).toBe(true);
  const damaged = people[0]!.contact.replace(/[A-Za-y](?=\n-----END)/, 'z');
  for (const bad of ['[]', '{}', 'x', JSON.stringify([{ name: 'x', contact: damaged }])])
    expect(() => readPeople(bad)).toThrow();
});

test('a revocation in a contact’s place is believed when its identity signed it, and then nobody is written to', () => {
  const jane = newIdentity('http://127.0.0.1:1');
  const revocation = revoke(signingKeyOf(jane), 1_700_000_000);
  const read = (contact: string) => readPeople(JSON.stringify([{ name: 'Jane', contact }]));
  expect(() => read(formatRevocation(revocation))).toThrow(Revoked);
  const forged = () => read(formatRevocation({ ...revocation, when: revocation.when + 1 }));
  expect(forged).toThrow('damaged or forged');
  expect(forged).not.toThrow(Revoked);
});

test('who is called nothing is called by the beginning of their fingerprint', () => {
  const { name, fingerprint } = personOf(newIdentity('http://127.0.0.1:1'), '');
  expect(name).toMatch(/^[0-9A-Z]{4} [0-9A-Z]{4}$/);
  expect(fingerprint).toMatch(new RegExp(`^${name} `));
});

test('words that are wrong are told as what they are, and never shown', async () => {
  const words = newWords().split(' ');
  expect(await fault(() => checkWords(words.slice(1).join(' ')))).toEqual({ kind: 'wordCount', count: 11 });
  expect(await fault(() => checkWords(words.with(4, 'xyzzy').join(' ')))).toEqual({ kind: 'word', number: 5 });
  const { contact } = scene();
  const swapped = 'abandon '.repeat(12);
  expect(await fault(() => mailboxOf(swapped, contact))).toEqual({ kind: 'misfit' });
  checkWords(words.map((word, place) => `${place + 1}. ${word.toUpperCase()}`).join('\n'));
});

test('three different places are asked back, each as likely as another, and a word counts however it is typed', () => {
  const counts = Array.from({ length: 12 }, () => 0);
  for (let time = 0; time < 12_000; time += 1) {
    const places = placesToAsk();
    expect(new Set(places).size).toBe(3);
    expect(places).toEqual([...places].sort((a, b) => a - b));
    for (const place of places) counts[place]! += 1;
  }
  // 3,000 each, with a standard deviation of 47: one test in 10^9 fails by chance.
  for (const count of counts) expect(Math.abs(count - 3000)).toBeLessThan(330);
  expect(isWord('abandon', ' Abandon ')).toBe(true);
  expect(isWord('abandon', 'aban')).toBe(true); // no other word begins so
  expect(isWord('abandon', 'ability')).toBe(false);
  expect(isWord('abandon', 'abandon ability')).toBe(false);
  expect(isWord('abandon', '')).toBe(false);
});

describe('a letter that cannot be sent', () => {
  const small = (name: string) => fileOf(name, bytes(1));

  test.each<[string, Parameters<typeof weigh>[0], Fault]>([
    ['has nothing in it', { text: ' \u200b\n' }, { kind: 'nothing' }],
    ['has an empty file only', { files: [fileOf('x', bytes(0))] }, { kind: 'nothing' }],
    ['has half a character', { text: 'x\ud800' }, { kind: 'noText' }],
    ['has a text that is too long', { text: 'é'.repeat(2 ** 19 + 1) }, { kind: 'textTooLong' }],
    ['has 1,001 files', { files: Array.from({ length: 1001 }, () => small('x')) }, { kind: 'fileCount', count: 1001 }],
    ['has a name that is too long', { files: [small('é'.repeat(128))] }, { kind: 'fileName', name: 'é'.repeat(128) }],
    [
      'is larger than a letter can be',
      { files: [{ name: 'x', bytes: 17 * 2 ** 30, read: () => expect.unreachable() }] },
      { kind: 'tooLarge' },
    ],
  ])('%s: refused before anything is sent', async (_, draft, kind) => {
    expect(await fault(() => weigh(draft))).toEqual(kind);
  });

  test('is told from one that can, whose size is known beforehand', () => {
    expect(weigh({ text: 'x' })).toEqual({ cells: 1, standsOut: false });
    const long = (cells: number) => ({ files: [fileOf('x', bytes((cells - 1) * CELL_CONTENT_BYTES))] });
    expect(weigh(long(8))).toMatchObject({ cells: 8, standsOut: false });
    expect(weigh(long(9))).toMatchObject({ cells: 9, standsOut: true });
  });
});

test('what is its writer’s to keep is found in a file that is picked, and each kind has its sentence', async () => {
  const found = (...content: (string | Uint8Array<ArrayBuffer>)[]) => secretsInPicked(new File(content, 'x'));
  const seen = new Set<string>();
  for (const kind of LOCKED_KINDS) {
    const locked = formatArmor(labelOf(kind), bytes(100));
    expect(await found(locked)).toEqual([kind]);
    expect(await found(bytes(NOTE_MAX_BYTES - 9), locked, bytes(NOTE_MAX_BYTES))).toEqual([kind]);
    seen.add(secretWords(en, kind));
  }
  expect(seen.size).toBe(3);
  expect(await found('my words:\r\n', newWords())).toEqual(['words']);
  expect(await found(Buffer.from(newWords(), 'utf16le'))).toEqual(['words']);
  expect(
    await found(bytes(3 * NOTE_MAX_BYTES), 'and a contact', formatContact(contactOf(newIdentity('http://x')))),
  ).toEqual([]);
  expect(secretWords(en, 'words')).toContain('twelve words');
  const gone = new File(['x'], 'x');
  gone.slice = () => ({ arrayBuffer: () => Promise.reject(new Error('gone')) }) as unknown as Blob;
  expect(await secretsInPicked(gone)).toEqual([]); // it is told when it is sent
});

test('of many answers some are shown at a time, the newest first, of long ones fewer, and each once', () => {
  const lots = (...lengths: number[]) => {
    const answers = lengths.map((length) => ({ answer: { text: 'x'.repeat(length) } as Answer }));
    const sizes: number[] = [];
    for (let shown = 0; shown < answers.length; ) {
      const next = withNextLot({ answers, shown });
      sizes.push(next - shown);
      shown = next;
    }
    expect(withNextLot({ answers, shown: answers.length })).toBe(answers.length);
    return sizes;
  };
  expect(lots()).toEqual([]);
  expect(lots(...Array(3).fill(1))).toEqual([3]);
  expect(lots(...Array(48).fill(1))).toEqual([20, 20, 8]);
  // The oldest stands first.
  const { characters } = LOT;
  expect(lots(1, 1, characters)).toEqual([1, 2]);
  expect(lots(characters, 1, 1)).toEqual([2, 1]);
  expect(lots(2 * characters, 2 * characters, 1)).toEqual([1, 1, 1]);
  expect(lots(characters / 2, characters / 2, 0, 0)).toEqual([4]);
});

test('an answer goes to the drop that the page knows, under a contact that is valid', async () => {
  const { person } = scene();
  const now = Date.now() / 1000;
  const id = new Uint8Array(32);
  const from = (identity: Identity) => ({
    id,
    writer: { contact: contactOf(identity), ticket: new Uint8Array(32), proof: new Uint8Array(64) },
  });
  expect(await fault(() => answerTo({ id, writer: undefined }, person, now))).toEqual({ kind: 'notAnswerable' });
  const elsewhere = newIdentity('http://127.0.0.1:2');
  expect(await fault(() => answerTo(from(elsewhere), person, now))).toEqual({ kind: 'otherDrop' });
  const past = newIdentity('http://127.0.0.1:1', now - 40 * 86_400);
  expect(answerTo(from(past), person, now).contact).toBe(person.contact);
  expect(await fault(() => answerTo(from(past), personOf(past), now))).toEqual({ kind: 'notAnswerable' });
});

test('a letter that is of somebody else is left out, and said to be', async () => {
  const { drop, visit, network } = scene();
  visit.typedWords = newWords();
  const mailbox = await openVisitMailbox(visit);
  const stranger = newIdentity(drop.url, 0, 4_000_000_000);
  await send(way(drop.url, drop.transport), contactOf(mailbox), { text: 'buy', from: writerOf(stranger) });
  const time = parseSlot(drop.tick()).getTime();
  const reading = readingOf(mailbox, visit.person!, 1, () => time + 3_600_000);
  const came = () => expect.unreachable();
  expect(await reading.look({ way: network, came })).toMatchObject({ leftOut: 1, unfetched: 0 });
});

test('what cannot be fetched is said, and comes at another look; what was before is not asked for', async () => {
  const { drop, visit, network, contact, arrive, answer } = scene();
  visit.typedWords = newWords();
  const mailbox = await openVisitMailbox(visit);
  await sending(contact, { text: 'x', from: writerOf(mailbox) }, true).go({ way: network });
  await arrive();
  const time = await answer('yes');
  const noCells: Transport = (request) =>
    request.url.pathname.startsWith('/uploads/') ? cut(request) : drop.transport(request);
  const now = () => time + 3_600_000;
  const reading = readingOf(mailbox, visit.person!, 3, now);
  const came: string[] = [];
  const look = (transport: Transport) =>
    reading.look({ way: { ...network, transport }, came: ({ text }) => came.push(text) });
  expect(await look(noCells)).toMatchObject({ unfetched: 1 });
  let looks = 0; // luck says when one is tried again
  while (came.length === 0 && looks < 300) {
    await look(drop.transport);
    looks += 1;
  }
  expect(came).toEqual(['yes']);
  const past = readingOf(mailbox, visit.person!, 1, () => time + 40 * 86_400_000);
  expect(await past.extent({ way: network })).toEqual({ batches: 0, bytes: 0 });
});

test('what is waited for is told while a request is tried again, and since when', async () => {
  const { drop, contact, network } = scene();
  const waits: (Wait | undefined)[] = [];
  let asked = 0;
  const transport: Transport = async (request) => {
    asked += 1;
    if (asked === 1) return { status: 503, body: new Uint8Array() };
    if (asked === 2) return { status: 429, body: new Uint8Array() };
    if (asked === 3) return cut(request);
    return drop.transport(request);
  };
  const before = Date.now();
  await sending(contact, { text: 'x' }, true).go({
    way: { ...network, transport },
    waiting: (wait) => waits.push(wait),
  });
  expect(waits.map((wait) => wait && [wait.what, wait.why])).toEqual([
    ['place', 'fault'],
    ['place', 'busy'],
    ['place', 'unreachable'],
    undefined,
  ]);
  expect(waits[0]!.since).toBeGreaterThanOrEqual(before);
});

test.each<[string, Transport, Fault['kind']]>([
  ['a drop that cannot be reached', cut, 'unreachable'],
  ['a busy drop', async () => ({ status: 429, body: new Uint8Array() }), 'busy'],
  ['a drop with a fault', async () => ({ status: 503, body: new Uint8Array() }), 'fault'],
  ['a page of a hotel', async () => ({ status: 200, body: Buffer.from('<html>Welcome') }), 'noDrop'],
  ['too much work', async () => ({ status: 428, body: Buffer.from(challenge(25)) }), 'tooMuchWork'],
])('%s is told as that', async (_, transport, kind) => {
  const { contact, network } = scene();
  const patience = { ...HASTY, busyTries: 2 };
  expect(
    await fault(() => sending(contact, { text: 'x' }, true).go({ way: { ...network, transport, patience } })),
  ).toEqual({
    kind,
  });
});

const challenge = (bits: number) => JSON.stringify({ work: { bits, slot: '2026-11-22T11:25:00Z' } });

test('a captive network that takes a cell in place of the drop is told as that', async () => {
  const { drop, contact, network } = scene();
  const transport: Transport = async (request) =>
    request.method === 'PUT' && request.url.pathname.startsWith('/uploads/')
      ? { status: 200, body: Buffer.from('<html>Welcome'), headers: {} }
      : drop.transport(request);
  const letter = sending(contact, { text: 'x' }, true);
  expect(await fault(() => letter.go({ way: { ...network, transport } }))).toEqual({ kind: 'captive' });
});

test('how long work takes is told once it is known, as the command tells it, and nothing of what is over soon', () => {
  const clock = vi.spyOn(performance, 'now');
  const told: number[] = [];
  const { working } = watchRequests({ working: (seconds) => told.push(seconds) });
  const work = (bits: number, milliseconds: number) => {
    clock.mockReturnValue(milliseconds);
    working!({ tried: milliseconds * 1000, expected: 2 ** bits });
  };
  for (let milliseconds = 0; milliseconds < 1000; milliseconds += 100) work(24, milliseconds);
  expect(told).toEqual(Array(5).fill(17)); // from half a second on
  for (let milliseconds = 0; milliseconds < 1000; milliseconds += 100) work(18, milliseconds);
  expect(told).toHaveLength(5);
  clock.mockRestore();
});

test('what is read is waited for as that', async () => {
  const { drop, visit, network, arrive, answer } = scene();
  drawWords(visit);
  const mailbox = await openVisitMailbox(visit);
  const first = addressed(Object.assign(visit, { text: 'x' }));
  await sending(first.contact, first.draft, true).go({ way: network });
  await arrive();
  await answer('y');
  const waits: (Wait | undefined)[] = [];
  const asked = new Set<string>();
  // Each thing is refused once.
  const transport: Transport = async (request) => {
    const what = request.url.href;
    if (asked.has(what)) return drop.transport(request);
    asked.add(what);
    return { status: 503, body: new Uint8Array() };
  };
  const way = { ...network, transport };
  const came: Answer[] = [];
  const reading = readingOf(mailbox, visit.person!, 14);
  await reading.look({ way, waiting: (wait) => waits.push(wait), came: (each) => came.push(each) });
  expect(came).toMatchObject([{ text: 'y' }]);
  expect(new Set(waits.map((wait) => wait?.what))).toEqual(new Set(['list', 'answer', undefined]));
  expect(new Set(waits.map((wait) => wait?.why))).toEqual(new Set(['fault', undefined]));
});

test('no fault of the core comes through with its own words, and none is told by them', () => {
  for (const error of [new Error('/home/me/x'), new Error('the drop is none'), new TypeError('x'), 'x', undefined])
    expect(faultOf(error)).toEqual({ kind: 'own' });
  for (const kind of ['unreachable', 'busy', 'fault', 'captive'] as const)
    expect(faultOf(new Unreachable('x', { kind }))).toEqual({ kind });
  expect(faultOf(new NoDrop('x'))).toEqual({ kind: 'noDrop' });
  expect(faultOf(new NotOpened('damaged'))).toEqual({ kind: 'letterGone' });
});

test('what is forgotten is gone from the visit, its keys too', async () => {
  const { visit } = scene();
  Object.assign(visit, { text: 'secret', files: [fileOf('x', bytes(1))], typedWords: newWords(), typedSealedId: 'x' });
  const mailbox = await openVisitMailbox(visit);
  expect(visit.typedWords).toBe('');
  forgetLetter(visit);
  expect(visit).toMatchObject({ text: '', files: [], wanted: 'no', mailbox });
  const secrets = [mailbox.storageKey, mailbox.epochs[0]!.seed, mailbox.epochs[0]!.cell.secretKey];
  forget(visit);
  expect(visit).toEqual({ ...newVisit(), end: visit.end });
  for (const secret of secrets) expect(secret.every((byte) => byte === 0)).toBe(true);
});

describe('a visit that ends', () => {
  /** A way to a drop on which a visit ends when something has been answered; and what was asked for. */
  const endingAt = (visit: Visit, path: string, transport: Transport) => {
    const asked: string[] = [];
    const ending: Transport = async (request) => {
      const { pathname } = request.url;
      const answer = await transport(request);
      asked.push(pathname.replace(/(?<=\/uploads\/).*/, ''));
      if (pathname.startsWith(path)) forget(visit);
      return answer;
    };
    return { asked, watching: { signal: visit.end.signal, way: { transport: ending, patience: HASTY } } };
  };

  test.each([
    ['a place for its letter is known', '/upload-url', ['/upload-url']],
    ['its letter is uploaded', '/uploads/', ['/upload-url', '/uploads/']],
  ])('when %s sends no more of it, and nothing that its wiped keys made', async (_, path, all) => {
    const { drop, visit, arrive } = scene();
    Object.assign(visit, { text: 'do you read this?', wanted: 'new' });
    drawWords(visit);
    await openVisitMailbox(visit);
    const { contact, draft } = addressed(visit);
    const { asked, watching } = endingAt(visit, path, drop.transport);
    expect(await fault(() => sending(contact, draft, true).go(watching))).toEqual({ kind: 'stopped' });
    expect(asked).toEqual(all);
    expect(await arrive()).toEqual([]);
  });

  test('while its mailbox is opened has none', async () => {
    const { visit } = scene();
    visit.typedWords = newWords();
    const opening = fault(() => openVisitMailbox(visit));
    forget(visit);
    expect(await opening).toEqual({ kind: 'stopped' });
    expect(visit.mailbox).toBeUndefined();
  });

  test('reads no more', async () => {
    const { drop, visit, network, arrive } = scene();
    const { contact } = visit.person!;
    await sending(contact, { text: 'x' }, true).go({ way: network });
    await arrive();
    visit.typedWords = newWords();
    const reading = readingOf(await openVisitMailbox(visit), visit.person!, 14);
    const { asked, watching } = endingAt(visit, '/', drop.transport);
    expect(await fault(() => reading.look(watching))).toEqual({ kind: 'stopped' });
    expect(asked).toEqual(['/']);
  });

  test('gives up its files, and no other one comes', async () => {
    const { visit } = scene();
    const file = new Blob(['a plan']);
    const address = addressOf(visit, file);
    expect(await resolveObjectURL(address)!.text()).toBe('a plan');
    forget(visit);
    expect(resolveObjectURL(address)).toBeUndefined();
    expect(await fault(() => addressOf(visit, file))).toEqual({ kind: 'stopped' });
  });
});

test('the rate is of what came since the beginning, and unknown before', () => {
  expect(rateOf({ first: 3, now: 3, total: 9 }, 1000, 10)).toBeUndefined();
  expect(rateOf({ first: 3, now: 5, total: 9 }, 4000, 10)).toEqual({ bytesPerSecond: 5, secondsLeft: 8 });
});

describe('a browser', () => {
  const tor: Signs = {
    userAgent: 'Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0',
    isGecko: true,
    offsets: [0, 0],
    ticks: 4,
  };
  const chrome =
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36';
  test.each<[string, Partial<Signs>, ReturnType<typeof judge>]>([
    ['Tor Browser', {}, 'tor'],
    ['a Firefox whose clock is fine', { ticks: 50 }, 'firefox'],
    ['a Firefox of another time zone', { offsets: [-60, -120] }, 'firefox'],
    ['a Firefox of London', { offsets: [0, -60] }, 'firefox'],
    ['Chromium', { userAgent: chrome, isGecko: false }, 'engine'],
    ['Chromium that says it is Firefox', { isGecko: false }, 'engine'],
  ])('%s is told', (_, signs, judgement) => {
    expect(judge({ ...tor, ...signs })).toBe(judgement);
  });
});

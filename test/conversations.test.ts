import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { contactOf, type Identity, newIdentity, rotate } from '../core/keys/identity.ts';
import { writerOf } from '../core/letter/proof.ts';
import { type Conversation, listInbox, noteAnswer } from '../node/inbox/conversations.ts';
import {
  answeredOf,
  beginningOf,
  type LetterNote,
  openNote,
  SEALED_NOTE_BYTES,
  sealNote,
} from '../node/inbox/letter-note.ts';
import { sealedInbox } from '../node/inbox/sealed-inbox.ts';
import { parseSlot } from '../wire/slot.ts';
import { fileOf, journalist, letters, write } from './people.ts';
import { plainDrop } from './plain-drop.ts';

/** A journalist, two sources with a mailbox, and a drop whose batches are an hour apart or so. */
function desk() {
  const drop = plainDrop();
  const jane = journalist(drop.url);
  const sources = [1, 2].map(() => newIdentity(drop.url, 0, 4_000_000_000)) as [Identity, Identity];
  const damaged: string[] = [];
  return {
    ...{ drop, jane, sources, damaged },
    /** Has a letter come. @returns its name, and the time of its slot */
    async receive(text: string, from?: Identity, isSealed = false) {
      await write(jane, { text, from: from && writerOf(from) }, drop.transport);
      const time = parseSlot(drop.tick()).getTime() / 1000;
      const inbox = isSealed ? sealedInbox(jane.inbox, jane.identity.storageKey) : undefined;
      const [letter] = letters(await jane.read(drop.transport, inbox));
      return { name: letter!.name, time };
    },
    list: () => listInbox(jane.inbox, jane.identity.storageKey, (name) => damaged.push(name)),
  };
}

const beginnings = (conversations: readonly Conversation[]) =>
  conversations.map((letters) => letters.map(({ beginning }) => beginning));

describe('an inbox is listed', () => {
  test('by writers, oldest letter first, the conversation with the newest letter last', async () => {
    const { sources, damaged, receive, list } = desk();
    const [one, other] = sources;
    await receive('one, first', one);
    await receive('anonymous, first');
    await receive('other, first', other);
    await receive('anonymous, second');
    const { time } = await receive('one, second', one);
    const conversations = await list();
    expect(beginnings(conversations)).toEqual([
      ['anonymous, first'],
      ['other, first'],
      ['anonymous, second'],
      ['one, first', 'one, second'],
    ]);
    expect(conversations.at(-1)!.at(-1)!.time).toBe(time);
    expect(damaged).toEqual([]);
  });

  test('with a writer whose keys have changed as one', async () => {
    const { sources, receive, list } = desk();
    await receive('with old keys', sources[0]);
    await receive('with new keys', rotate(sources[0], 1));
    expect(beginnings(await list())).toEqual([['with old keys', 'with new keys']]);
  });

  test('whether its letters are encrypted or not', async () => {
    const { sources, receive, list } = desk();
    const clear = await receive('in the clear', sources[0]);
    const sealed = await receive('encrypted', sources[0], true);
    expect(await list()).toEqual([
      [
        expect.objectContaining({ name: clear.name, isSealed: false, beginning: 'in the clear' }),
        expect.objectContaining({ name: sealed.name, isSealed: true, beginning: 'encrypted' }),
      ],
    ]);
  });

  test('with the answers that were sent, of which it keeps to whom and when, and no word', async () => {
    const { jane, sources, receive, list } = desk();
    await receive('a question', sources[0]);
    const question: LetterNote = (await list())[0]![0]!;
    const id = randomBytes(32);
    const answer: LetterNote = {
      ...{ id, time: question.time, isSent: true, answers: question.id, from: question.from },
      ...{ files: 0, bytes: 12, beginning: '' },
    };
    await noteAnswer(jane.inbox, answer, jane.identity.storageKey);
    await receive('another question', sources[0]);
    const [conversation] = await list();
    expect(conversation!.map(({ isSent, beginning }) => [isSent, beginning])).toEqual([
      [false, 'a question'],
      [true, ''],
      [false, 'another question'],
    ]);
    expect(conversation![1]).toMatchObject({ ...answer, id: new Uint8Array(id) });
    const [name] = readdirSync(jane.inbox).filter((each) => each.startsWith('.answer-'));
    const { size, mode } = statSync(join(jane.inbox, name!));
    expect([size, mode & 0o777]).toEqual([SEALED_NOTE_BYTES, 0o600]);
  });

  test('without what is damaged or of another identity, which is told, and with all others', async () => {
    const { drop, jane, sources, damaged, receive, list } = desk();
    const [spoilt, cut, sealed, swapped] = [
      await receive('spoilt', sources[0]),
      await receive('cut', sources[0]),
      await receive('sealed', sources[0], true),
      await receive('swapped', sources[0]),
    ];
    const good = await receive('good', sources[0]);
    const note = (name: string) => join(jane.inbox, name, '.letter');
    const bytes = readFileSync(note(spoilt.name));
    bytes[100]! ^= 1;
    writeFileSync(note(spoilt.name), bytes);
    writeFileSync(note(cut.name), readFileSync(note(cut.name)).subarray(0, 100));
    writeFileSync(join(jane.inbox, `${sealed.name}.sealed`), '');
    writeFileSync(note(swapped.name), readFileSync(note(good.name)));
    mkdirSync(join(jane.inbox, 'letter-without-a-note'));
    const foreign = newIdentity(drop.url, 0).storageKey;
    mkdirSync(join(jane.inbox, 'letter-foreign'));
    const { name: _, isSealed: __, ...theirs } = (await list())[0]![0]!;
    damaged.length = 0;
    writeFileSync(note('letter-foreign'), sealNote(theirs, 'letter-foreign', foreign));
    expect(beginnings(await list())).toEqual([['good']]);
    const names = [spoilt, cut, sealed, swapped].map(({ name }) => name);
    expect(damaged.sort()).toEqual([...names, 'letter-without-a-note', 'letter-foreign'].sort());
  });
});

describe('a note', () => {
  test('has what answering takes, and 2,088 bytes whatever it says, none of them in the clear', async () => {
    const { drop, jane, sources } = desk();
    const text = 'It was the mayor.\nAnd more.';
    const files = [fileOf('plan.pdf', randomBytes(70_000))];
    await write(jane, { text, files, from: writerOf(sources[0]) }, drop.transport);
    const slot = drop.tick();
    const [letter] = letters(await jane.read(drop.transport));
    const sealed = readFileSync(join(letter!.path, '.letter'));
    expect(sealed).toHaveLength(2088);
    expect(statSync(join(letter!.path, '.letter')).mode & 0o777).toBe(0o600);
    for (const word of ['mayor', 'http:']) expect(sealed.includes(word)).toBe(false);
    const note = openNote(sealed, letter!.name, jane.identity.storageKey);
    const time = parseSlot(slot).getTime() / 1000;
    expect(note).toMatchObject({ time, isSent: false, answers: undefined, files: 1, bytes: text.length + 70_000 });
    expect([note.beginning, note.from!.contact]).toEqual(['It was the mayor.', contactOf(sources[0])]);
    expect(answeredOf(note)).toEqual({ id: note.id, ticket: note.from!.ticket });
  });

  test('of an anonymous letter cannot be answered, and is as long', async () => {
    const { jane, receive } = desk();
    const { name } = await receive('guess who');
    const sealed = readFileSync(join(jane.inbox, name, '.letter'));
    expect(sealed).toHaveLength(2088);
    expect(answeredOf(openNote(sealed, name, jane.identity.storageKey))).toBeUndefined();
  });

  test.each([
    ['', ''],
    ['\n\n  first line \nsecond', 'first line '],
    ['carriage\rreturn', 'carriage'],
    ['x'.repeat(300), 'x'.repeat(200)],
    ['ü'.repeat(300), 'ü'.repeat(100)],
    [`a${'😀'.repeat(300)}`, `a${'😀'.repeat(49)}`],
  ])('shows of %j the first line, in at most 200 bytes, without half a character', (text, beginning) => {
    expect(beginningOf(Buffer.from(text))).toBe(beginning);
  });
});

import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { epochKeys, ticketOf } from '../core/keys/epoch.ts';
import { contactOf, type Identity, issue, minuteOf, newIdentity, rotate, withoutPast } from '../core/keys/identity.ts';
import { openMailbox } from '../core/keys/mailbox.ts';
import { newWords } from '../core/keys/words.ts';
import { sealCell } from '../core/letter/cell.ts';
import { unproven, type Writer, writeHead, writerOf } from '../core/letter/proof.ts';
import { sealId } from '../core/letter/sealed-id.ts';
import { failuresOf } from '../core/read/bookmark.ts';
import { send } from '../core/send/send.ts';
import { listInbox } from '../node/inbox/conversations.ts';
import { answeredOf } from '../node/inbox/letter-note.ts';
import { type Contact, formatContactBytes } from '../wire/contact.ts';
import { type Answered, CELL_ENTRY_BYTES, type CellEntry, HEAD_FIXED_BYTES, PROOF_AT } from '../wire/letter.ts';
import { CELL_CONTENT_BYTES, TICKET_BYTES } from '../wire/sizes.ts';
import { uploadKey } from '../wire/upload-id.ts';
import { zeros } from './claim.ts';
import { withDrop } from './drop.ts';
import { fileOf, type Journalist, journalist, letters, troubles, way, write } from './people.ts';
import { plainDrop } from './plain-drop.ts';

const DAY = 86_400;
const now = Math.floor(Date.now() / 1000);

/** Where things stand in a root. */
const [CONTACT_AT, TICKET_AT] = [66, PROOF_AT - TICKET_BYTES];

const text = Buffer.from('It was me.');

/** What a root is made of. */
interface Parts {
  readonly writer: Writer;
  /** For whom it is signed, and under which id. */
  readonly to: Contact;
  readonly id: Uint8Array;
  readonly answers?: Answered | undefined;
  /** Where given, zeros follow that take this one cell. */
  readonly further?: CellEntry | undefined;
}

/** The content of a signed root, as a client writes it. */
function rootOf({ writer, to, id, answers, further }: Parts): Uint8Array {
  const root = new Uint8Array(CELL_CONTENT_BYTES);
  const files = further ? [{ name: 'z', bytes: CELL_CONTENT_BYTES }] : [];
  root.set(text, HEAD_FIXED_BYTES + (further ? CELL_ENTRY_BYTES + 8 + 1 + 1 : 0));
  const head = { textBytes: text.length, files, answers, writer: unproven(writer), cells: further ? [further] : [] };
  writeHead(root, head, writer, to, id);
  return root;
}

/** A drop, a journalist who reads it, and others who have an identity. */
function desk() {
  const drop = plainDrop();
  const jane = journalist(drop.url, rotate(newIdentity(drop.url, now - DAY), now - DAY));
  const [source, mallory, john] = [1, 2, 3].map(() => newIdentity(drop.url, now - DAY)) as [
    Identity,
    Identity,
    Identity,
  ];
  const id = randomBytes(32);
  const parts: Parts = { writer: writerOf(source), to: contactOf(jane.identity), id };
  return {
    ...{ drop, jane, source, mallory, john, id, parts },
    /** Uploads a root for the journalist's newest keys, and registers it. */
    plant(root: Uint8Array, under = id): void {
      const to = contactOf(jane.identity);
      drop.objects.set(uploadKey(under), sealCell(root, 'root', to, under));
      drop.tick(sealId(under, to.idKey));
    },
    /** A letter that the journalist wrote to somebody, as an answer to it names it. */
    written(to: Identity, epoch = jane.identity.epochs.at(-1)!): Answered {
      return { id: randomBytes(32), ticket: ticketOf(epoch, to.signing.publicKey) };
    },
  };
}

type Desk = ReturnType<typeof desk>;

/** Changes a byte of a root. */
function flipped(root: Uint8Array, at: number): Uint8Array {
  root[at]! ^= 1;
  return root;
}

const textOf = (path: string) => readFileSync(join(path, 'letter.txt'), 'utf8');

/** The only note in an inbox. */
async function noteIn({ inbox, identity }: Journalist) {
  const [[note]] = (await listInbox(inbox, identity.storageKey, () => {})) as [
    [Awaited<ReturnType<typeof listInbox>>[0][0]],
  ];
  return note!;
}

test('a signed letter says who wrote it, can be answered, and its answer says from whom it is and to what', async () => {
  const drop = await withDrop();
  const jane = journalist(drop.url);
  const source = journalist(drop.url, await openMailbox(Buffer.from(newWords()), drop.url, now));
  const { id } = await write(jane, { text: 'first', from: writerOf(source.identity) });
  await drop.tick();
  const [letter] = letters(await jane.read());
  expect(letter).toMatchObject({ from: contactOf(source.identity), answers: undefined });

  const note = await noteIn(jane);
  const draft = { text: 'yes?', from: writerOf(jane.identity), answers: answeredOf(note) };
  await send(way(drop.url), note.from!.contact, draft);
  await drop.tick();
  const [answer] = letters(await source.read());
  expect(Buffer.from(answer!.answers!)).toEqual(Buffer.from(id));
  expect(answer!.from).toEqual(contactOf(jane.identity));
  expect(textOf(answer!.path)).toBe('yes?');
});

test('a letter that nobody signed says nothing of its writer, and arrives', async () => {
  const { drop, jane } = desk();
  await write(jane, { text: 'guess' }, drop.transport);
  drop.tick();
  const [letter] = letters(await jane.read(drop.transport));
  expect(letter).toMatchObject({ from: undefined, answers: undefined });
  expect(answeredOf(await noteIn(jane))).toBeUndefined();
});

test('a signed letter of several cells arrives byte for byte', async () => {
  const { drop, jane, source } = desk();
  const content = randomBytes(3_000_000);
  await write(jane, { files: [fileOf('data', content)], from: writerOf(source) }, drop.transport);
  drop.tick();
  const [letter] = letters(await jane.read(drop.transport));
  expect(letter!.from).toEqual(contactOf(source));
  expect(readFileSync(join(letter!.path, 'data')).equals(content)).toBe(true);
});

/** Reads, and expects one letter to be refused, which is said once, and another one to arrive beside it. */
async function expectRefused({ drop, jane }: Desk, why: string): Promise<void> {
  await write(jane, { text: 'all right' }, drop.transport);
  drop.tick();
  const events = await jane.read(drop.transport);
  expect(troubles(events)).toEqual([`letter ${why}`]);
  expect(letters(events).map(({ path }) => textOf(path))).toEqual(['all right']);
  expect(readdirSync(jane.inbox)).toEqual(letters(events).map(({ name }) => name));
  expect(jane.bookmark.pending.size).toBe(1); // whoever carries it may have put another root in its place
  expect(await jane.read(drop.transport)).toEqual([]);
  expect(readdirSync(jane.inbox)).toHaveLength(1);
}

/** Reads, and expects a planted letter to arrive. */
async function expectDelivered({ drop, jane }: Desk): Promise<void> {
  const events = await jane.read(drop.transport);
  expect(troubles(events)).toEqual([]);
  expect(letters(events).map(({ path }) => textOf(path))).toEqual([text.toString()]);
}

describe('a signed letter is refused as forged', () => {
  test.each<[string, (desk: Desk) => Uint8Array]>([
    ['its signature was changed', ({ parts }) => flipped(rootOf(parts), PROOF_AT)],
    ['its text was changed', ({ parts }) => flipped(rootOf(parts), HEAD_FIXED_BYTES)],
    ['its ticket was changed', ({ parts }) => flipped(rootOf(parts), TICKET_AT)],
    [
      'the letter that it answers was changed',
      (at) => flipped(rootOf({ ...at.parts, answers: at.written(at.source) }), 2),
    ],
    [
      'its contact was replaced by another genuine one',
      ({ parts, mallory }) => {
        const root = rootOf(parts);
        root.set(formatContactBytes(contactOf(mallory)), CONTACT_AT);
        return root;
      },
    ],
    [
      'its contact was replaced by another genuine one of the same identity',
      ({ parts, source }) => {
        const root = rootOf(parts);
        root.set(formatContactBytes(contactOf(rotate(source, now))), CONTACT_AT);
        return root;
      },
    ],
    [
      'its further cell was replaced by another genuine one',
      ({ jane, drop, parts }) => {
        const [one, other] = [1, 2].map(() => zeros(contactOf(jane.identity))) as [Zeros, Zeros];
        drop.objects.set(uploadKey(other.entry.id), other.cell);
        const root = rootOf({ ...parts, further: one.entry });
        root.set(other.entry.id, HEAD_FIXED_BYTES);
        root.set(other.entry.digest, HEAD_FIXED_BYTES + 32);
        return root;
      },
    ],
    [
      'the signature of its contact is wrong',
      ({ parts, source }) => {
        const { contact, epoch } = writerOf(source);
        const signature = flipped(contact.signature.slice(), 0);
        return rootOf({ ...parts, writer: { contact: { ...contact, signature }, epoch } });
      },
    ],
    [
      'its contact claims an identity that did not sign it',
      ({ parts, source, mallory }) => {
        const { contact, epoch } = writerOf(mallory);
        return rootOf({ ...parts, writer: { contact: { ...contact, identity: contactOf(source).identity }, epoch } });
      },
    ],
    [
      'its contact has a key that is not in its one spelling',
      ({ parts, source }) => {
        const keys = epochKeys(randomBytes(32));
        keys.id.publicKey[31]! |= 128;
        const epoch = issue(source, keys, minuteOf(now - DAY), now + DAY);
        return rootOf({ ...parts, writer: writerOf({ ...source, epochs: [epoch] }) });
      },
    ],
    ['it was signed for somebody else', ({ parts, john }) => rootOf({ ...parts, to: contactOf(john) })],
    [
      'it was signed for other keys of the same identity',
      ({ parts, jane }) => rootOf({ ...parts, to: contactOf(jane.identity, jane.identity.epochs[0]) }),
    ],
    [
      'somebody who could read it sealed it again under another id',
      ({ parts }) => rootOf({ ...parts, id: randomBytes(32) }),
    ],
  ])('when %s', async (_, make) => {
    const at = desk();
    at.plant(make(at));
    await expectRefused(at, 'forged');
  });

  test('and arrives when nothing of this was done, with a further cell and an answered letter, too', async () => {
    for (const more of ['nothing', 'further', 'answers'] as const) {
      const at = desk();
      const { cell, entry } = zeros(contactOf(at.jane.identity));
      at.drop.objects.set(uploadKey(entry.id), cell);
      const further = more === 'further' ? entry : undefined;
      const answers = more === 'answers' ? at.written(at.source) : undefined;
      at.plant(rootOf({ ...at.parts, further, answers }));
      await expectDelivered(at);
    }
  });
});

type Zeros = ReturnType<typeof zeros>;

describe('an answer is refused as stray', () => {
  test.each<[string, (desk: Desk) => Parts]>([
    [
      'it shows no ticket',
      ({ parts, source, written }) => ({ ...parts, answers: { ...written(source), ticket: randomBytes(32) } }),
    ],
    [
      'it shows a ticket that was made for another identity',
      ({ parts, john, written }) => ({ ...parts, answers: written(john) }),
    ],
    [
      'it is signed by somebody to whom the letter was not written',
      ({ parts, source, mallory, written }) => ({ ...parts, writer: writerOf(mallory), answers: written(source) }),
    ],
    [
      'somebody else wrote the letter that it answers',
      ({ parts, source, john, written }) => ({ ...parts, answers: written(source, john.epochs[0]) }),
    ],
    [
      'the letter was written with keys that are destroyed',
      ({ jane, parts, source, written }) => {
        const [over, ...rest] = jane.identity.epochs;
        const answers = written(source, over);
        const past = { ...over!, validUntil: now - 26 * DAY };
        jane.identity = withoutPast({ ...jane.identity, epochs: [past, ...rest] }, now);
        return { ...parts, answers };
      },
    ],
  ])('when %s', async (_, make) => {
    const at = desk();
    at.plant(rootOf(make(at)));
    await expectRefused(at, 'stray');
  });

  test('and arrives when it is from the one to whom the letter was written, with keys new or old', async () => {
    for (const age of [0, 1]) {
      const at = desk();
      at.plant(rootOf({ ...at.parts, answers: at.written(at.source, at.jane.identity.epochs[age]) }));
      await expectDelivered(at);
    }
  });
});

describe('a signed letter whose return contact was valid until', () => {
  const ended = ({ parts, drop }: Desk, days: number) =>
    rootOf({ ...parts, writer: writerOf(newIdentity(drop.url, now - days * DAY - 30 * DAY)) });

  test('26 days ago arrives all the same: nobody else bounds how far a clock may be behind', async () => {
    const at = desk();
    at.plant(ended(at, 26));
    await expectDelivered(at);
  });

  test('26 days ago is refused as expired by a mailbox, whose own keys never end', async () => {
    const at = desk();
    const { identity } = at.jane;
    at.plant(ended(at, 26));
    at.jane.identity = { ...identity, kind: 'mailbox' };
    expect(troubles(await at.jane.read(at.drop.transport))).toEqual(['letter expired']);
  });

  test('24 days ago arrives', async () => {
    const at = desk();
    at.plant(ended(at, 24));
    await expectDelivered(at);
  });
});

test('a letter in whose place the drop gives out a forged one, once, is delivered when it comes', async () => {
  const at = desk();
  const { drop, jane, source, id, parts, plant } = at;
  const forged = flipped(rootOf(parts), PROOF_AT);
  plant(forged);
  expect(troubles(await jane.read(drop.transport))).toEqual(['letter forged']);
  const genuine = rootOf({ ...parts, writer: writerOf(source) });
  drop.objects.set(uploadKey(id), sealCell(genuine, 'root', contactOf(jane.identity), id));
  expect(letters(await jane.read(drop.transport)).map(({ path }) => textOf(path))).toEqual([text.toString()]);
  expect(jane.bookmark.pending.size).toBe(0);
});

test('a letter that stays forged is tried five times, and said to be forged and to be given up, once each', async () => {
  const { drop, jane, parts, plant } = desk();
  plant(flipped(rootOf(parts), PROOF_AT));
  expect(troubles(await jane.read(drop.transport))).toEqual(['letter forged']);
  const tries = new Set<number>();
  const events = [];
  for (let polls = 0; jane.bookmark.pending.size > 0 && polls < 1000; polls += 1) {
    for (const letter of jane.bookmark.pending.values()) tries.add(failuresOf(letter).tries);
    expect(jane.bookmark.settled.size).toBe(0);
    events.push(...(await jane.read(drop.transport)));
  }
  expect([...tries]).toEqual([1, 2, 3, 4]);
  expect(events).toEqual([{ kind: 'given up', slot: expect.any(String), what: 'letter', why: 'tried in vain' }]);
  expect([jane.bookmark.pending.size, jane.bookmark.settled.size]).toEqual([0, 1]);
});

import { hash, randomBytes } from 'node:crypto';
import sodium from 'libsodium-wrappers';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Epoch, ticketOf } from '../core/keys/epoch.ts';
import { contactOf, type Identity, newIdentity, rotate } from '../core/keys/identity.ts';
import { openMailbox } from '../core/keys/mailbox.ts';
import { newWords } from '../core/keys/words.ts';
import { checkProof, unproven, type Writer, writeHead, writerOf } from '../core/letter/proof.ts';
import type { Contact } from '../wire/contact.ts';
import { formatHead, HEAD_FIXED_BYTES, type LetterHead, PROOF_AT, parseHead } from '../wire/letter.ts';
import { CELL_CONTENT_BYTES, PROOF_BYTES } from '../wire/sizes.ts';

await sodium.ready;

const DROP = 'http://127.0.0.1:8787';
const DAY = 86_400;
const now = Math.floor(Date.now() / 1000);

let source: Identity;
let other: Identity;
const jane = rotate(newIdentity(DROP, now - 2 * DAY), now - DAY);
const john = newIdentity(DROP, now - DAY);

beforeAll(async () => {
  source = await openMailbox(Buffer.from(newWords()), DROP, now);
  other = await openMailbox(Buffer.from(newWords()), DROP, now);
});

interface Letter {
  readonly root: Uint8Array;
  readonly id: Uint8Array;
}

/** A letter of one cell, as its writer makes it. */
function letter(text: string, writer: Writer, to: Contact, more: Partial<LetterHead> = {}): Letter {
  const [root, id] = [new Uint8Array(CELL_CONTENT_BYTES), randomBytes(32)];
  const body = Buffer.from(text);
  root.set(body, HEAD_FIXED_BYTES);
  writeHead(root, { textBytes: body.length, files: [], cells: [], writer: unproven(writer), ...more }, writer, to, id);
  return { root, id };
}

/** What a reader says of a letter: undefined when it is believed. */
function judge({ root, id }: Letter, reader: Identity, epoch = reader.epochs.at(-1)!) {
  return checkProof(root, parseHead(root).head, reader, epoch, id, now);
}

const idSecret = (identity: Identity, epoch: Epoch = identity.epochs.at(-1)!) => epoch.id.secretKey;

/** The MAC of docs/protocol.md, "Proof", from libsodium alone: what anybody can make who has one of the two keys. */
function macBy(own: Uint8Array, otherKey: Uint8Array, from: Contact, to: Contact, { root, id }: Letter): Uint8Array {
  const bare = Uint8Array.from(root).fill(0, PROOF_AT, PROOF_AT + PROOF_BYTES);
  const label = (text: string) => Buffer.from(`dead-drop 1 ${text}`);
  const digest = hash('sha256', Buffer.concat([label('letter content'), bare]), 'buffer');
  const shared = sodium.crypto_scalarmult(own, otherKey);
  const people = Buffer.concat([label('proof key'), from.identity, from.idKey, to.identity, to.idKey]);
  const claim = Buffer.concat([label('letter proof'), to.identity, to.idKey, to.cellKey, id, digest]);
  return sodium.crypto_generichash(64, claim, sodium.crypto_generichash(32, people, shared));
}

/** A letter that a mailbox's reader makes with what one genuine letter told him: its return contact and ticket. */
function forge(text: string, genuine: Letter, own: Uint8Array, to: Contact, id = randomBytes(32)): Letter {
  const { writer } = parseHead(genuine.root).head;
  const root = new Uint8Array(CELL_CONTENT_BYTES);
  const body = Buffer.from(text);
  const empty = { contact: writer!.contact, ticket: writer!.ticket, proof: new Uint8Array(PROOF_BYTES) };
  root.set(formatHead({ textBytes: body.length, files: [], cells: [], writer: empty }));
  root.set(body, HEAD_FIXED_BYTES);
  root.set(macBy(own, writer!.contact.idKey, writer!.contact, to, { root, id }), PROOF_AT);
  return { root, id };
}

/** The same text under the same id, as the mailbox itself would have written it. */
function written({ root, id }: Letter, text: string, to: Contact): boolean {
  const own = new Uint8Array(CELL_CONTENT_BYTES);
  own.set(Buffer.from(text), HEAD_FIXED_BYTES);
  const writer = writerOf(source);
  const head = { textBytes: text.length, files: [], cells: [], writer: unproven(writer) };
  writeHead(own, head, writer, to, id);
  return Buffer.compare(own, root) === 0;
}

describe("a mailbox's letter", () => {
  const genuine = () => letter('It was me.', writerOf(source), contactOf(jane));

  test('is believed by its reader', () => {
    expect(judge(genuine(), jane)).toBeUndefined();
  });

  test('can be made by its reader with any text, byte for byte as the mailbox itself would have written it', () => {
    const first = genuine();
    for (const text of ['It was me.', 'It was not me.', 'Meet me at nine.']) {
      const forged = forge(text, first, idSecret(jane), contactOf(jane));
      expect(judge(forged, jane)).toBeUndefined();
      // So not even whoever gets the twelve words can tell the two apart: ticket and MAC are what the words give.
      expect(written(forged, text, contactOf(jane))).toBe(true);
    }
  });

  test('it would be seen if the ticket were another one in each letter: only the words could then give it', () => {
    const perLetter = (id: Uint8Array) => sodium.crypto_generichash(32, id, source.epochs[0]!.seed);
    const first = genuine();
    const { writer } = parseHead(first.root).head;
    const forged = forge('It was me.', first, idSecret(jane), contactOf(jane));
    expect(Buffer.compare(perLetter(forged.id), writer!.ticket)).not.toBe(0);
    expect(Buffer.compare(ticketOf(source.epochs[0]!, contactOf(jane).identity), writer!.ticket)).toBe(0);
  });

  test.each<[string, () => Uint8Array]>([
    ['the keys of another identity', () => idSecret(john)],
    ['the keys of another mailbox', () => idSecret(other)],
    ["its reader's keys of another epoch", () => idSecret(jane, jane.epochs[0]!)],
    ['no keys', () => randomBytes(32)],
  ])('cannot be made with %s', (_, own) => {
    expect(judge(forge('It was me.', genuine(), own(), contactOf(jane)), jane)).toBe('forged');
  });

  test('cannot be changed, handed on to somebody else, or sealed again under another id', () => {
    const changed = genuine();
    changed.root[HEAD_FIXED_BYTES]! ^= 1;
    expect(judge(changed, jane)).toBe('forged');
    expect(judge(genuine(), john)).toBe('forged');
    expect(judge(genuine(), jane, jane.epochs[0])).toBe('forged');
    expect(judge({ ...genuine(), id: randomBytes(32) }, jane)).toBe('forged');
    const first = genuine();
    for (let bit = 0; bit < PROOF_BYTES * 8; bit += 7) {
      first.root[PROOF_AT + (bit >> 3)]! ^= 1 << (bit & 7);
      expect(judge(first, jane)).toBe('forged');
      first.root[PROOF_AT + (bit >> 3)]! ^= 1 << (bit & 7);
    }
    expect(judge(first, jane)).toBeUndefined();
  });

  test('cannot have a signature in place of the MAC', () => {
    const first = genuine();
    const { id, root } = first;
    const bare = Uint8Array.from(root).fill(0, PROOF_AT, PROOF_AT + PROOF_BYTES);
    const { identity, idKey, cellKey } = contactOf(jane);
    const digest = hash('sha256', Buffer.concat([Buffer.from('dead-drop 1 letter content'), bare]), 'buffer');
    const message = Buffer.concat([Buffer.from('dead-drop 1 letter'), identity, idKey, cellKey, id, digest]);
    root.set(sodium.crypto_sign_detached(message, sodium.crypto_sign_keypair().privateKey), PROOF_AT);
    expect(judge(first, jane)).toBe('forged');
  });
});

describe("a thief of a mailbox's twelve words", () => {
  test('cannot speak as the journalist: what she writes has to be signed', () => {
    // He has what makes the MAC of a letter from her to the mailbox, and her contact.
    const writer = { contact: contactOf(jane), ticket: randomBytes(32), proof: new Uint8Array(PROOF_BYTES) };
    const to = contactOf(source);
    const [root, id] = [new Uint8Array(CELL_CONTENT_BYTES), randomBytes(32)];
    root.set(formatHead({ textBytes: 0, files: [], cells: [], writer }));
    root.set(macBy(idSecret(source), contactOf(jane).idKey, contactOf(jane), to, { root, id }), PROOF_AT);
    expect(judge({ root, id }, source)).toBe('forged');
    // Nor by saying that she is a mailbox: her identity is no hash of keys.
    const unsigned = { letterKey: new Uint8Array(32), signature: new Uint8Array(64) };
    const posing = { ...writer, contact: { ...contactOf(jane), kind: 'mailbox' as const, ...unsigned } };
    root.set(formatHead({ textBytes: 0, files: [], cells: [], writer: posing }));
    root.set(macBy(idSecret(source), contactOf(jane).idKey, contactOf(jane), to, { root, id }), PROOF_AT);
    expect(judge({ root, id }, source)).toBe('forged');
    expect(judge(letter('from her', writerOf(jane), to), source)).toBeUndefined();
  });
});

describe('an answer of an identity', () => {
  test('is signed: its reader cannot make one', () => {
    const answer = letter('Thank you.', writerOf(jane), contactOf(source));
    expect(judge(answer, source)).toBeUndefined();
    expect(judge(forge('Do it again.', answer, idSecret(source), contactOf(source)), source)).toBe('forged');
  });
});

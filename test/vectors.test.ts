import sodium from 'libsodium-wrappers';
import { expect, test } from 'vitest';
import { derive } from '../core/keys/derive.ts';
import { epochKeys, ticketOf } from '../core/keys/epoch.ts';
import { fingerprintOf, fingerprintWords, formatFingerprint, parseFingerprint } from '../core/keys/fingerprint.ts';
import { checkContact, contactOf, issue } from '../core/keys/identity.ts';
import { openMailbox } from '../core/keys/mailbox.ts';
import { parseWords, spell } from '../core/keys/words.ts';
import { cellDigest, openCell } from '../core/letter/cell.ts';
import { openId } from '../core/letter/sealed-id.ts';
import { engine, native, wasm } from '../node/sodium/engine.ts';
import { formatBatch, linesOf } from '../wire/batch.ts';
import { type Contact, formatContact, formatContactBytes, parseContact } from '../wire/contact.ts';
import { parseSealedId } from '../wire/sealed-id.ts';
import { parseSlot, slotAt } from '../wire/slot.ts';
import { formatUploadId, parseUploadId, uploadKey } from '../wire/upload-id.ts';
import { cellOf } from './vector-cells.ts';
import { bytes, checkVectors, hex, isFault, refusal, type Vector } from './vectors.ts';

await sodium.ready;

const engines = native ? [wasm, native, engine] : [wasm, engine];

/** Compares a contact with what a vector says of it. */
function expectContact(contact: Contact, vector: Vector): void {
  const { drop, validFrom, validUntil } = vector;
  const kind = vector.contactKind === 2 ? 'mailbox' : 'identity';
  expect(contact).toMatchObject({ kind, drop, validFrom, validUntil });
  for (const key of ['identity', 'idKey', 'cellKey', 'letterKey'] as const) expect(hex(contact[key])).toBe(vector[key]);
}

const vectors = checkVectors('vectors.test.ts', {
  'sealed id'(vector) {
    const keys = { publicKey: bytes(vector.publicKey), secretKey: bytes(vector.secretKey) };
    for (const engine of engines) {
      const id = openId(parseSealedId(vector.text), keys, engine);
      expect(id && hex(id)).toBe(vector.opensTo);
    }
  },
  async 'sealed id text'(vector) {
    expect(await refusal(() => parseSealedId(vector.text))).toBe(vector.refusedWith);
  },
  async 'upload id'(vector) {
    if (vector.refusedWith) return expect(await refusal(() => parseUploadId(vector.text))).toBe(vector.refusedWith);
    expect(hex(parseUploadId(vector.text))).toBe(vector.id);
    expect(formatUploadId(bytes(vector.id))).toBe(vector.text);
    expect(uploadKey(bytes(vector.id))).toBe(vector.key);
  },
  async slot(vector) {
    if (vector.refusedWith) return expect(await refusal(() => parseSlot(vector.text))).toBe(vector.refusedWith);
    expect(parseSlot(vector.text).getTime()).toBe(vector.at * 1000);
    for (const seconds of [vector.at, vector.last]) expect(slotAt(new Date(seconds * 1000))).toBe(vector.text);
  },
  async batch(vector) {
    const read = () => [...linesOf(Buffer.from(vector.body))];
    if (vector.refusedWith) return expect(await refusal(read)).toBe(vector.refusedWith);
    expect(read()).toEqual(vector.lines);
    expect(Buffer.from(formatBatch(vector.lines)).toString()).toBe(vector.body);
  },
  async cell(vector) {
    const { cell, content } = cellOf(vector);
    expect(hex(await cellDigest(cell))).toBe(vector.digest);
    if (vector.replace) cell.set(bytes(vector.replace[1]), vector.replace[0]);
    if (vector.flip !== undefined) cell[vector.flip]! ^= 1;
    const made = sodium.crypto_kem_xwing_seed_keypair(bytes(vector.openSeed ?? vector.recipientSeed));
    const keys = { publicKey: made.publicKey, secretKey: made.privateKey };
    for (const engine of engines) {
      const read = cell.subarray(0, vector.cut);
      const opened = openCell(
        read,
        vector.openRole ?? vector.role,
        bytes(vector.openIdentity ?? vector.identity),
        keys,
        bytes(vector.openId ?? vector.id),
        engine,
      );
      expect(opened !== null).toBe(vector.opens);
      if (opened !== null) expect(Buffer.compare(opened, content)).toBe(0);
    }
  },
  async contact(vector) {
    const read = () => {
      const contact = parseContact(vector.text ?? bytes(vector.bytes));
      const fingerprint = vector.fingerprint && parseFingerprint(vector.fingerprint);
      checkContact(contact, vector.at, fingerprint);
      return contact;
    };
    if (vector.refusedWith) return expect(await refusal(read)).toBe(vector.refusedWith);
    expectContact(read(), vector);
    if (vector.text?.startsWith('-') && !/\r|\n\n|-$/.test(vector.text))
      expect(formatContact(read())).toBe(vector.text);
    if (!vector.identitySeed) return;
    const { publicKey, privateKey } = sodium.crypto_sign_seed_keypair(bytes(vector.identitySeed));
    const { drop, validFrom, validUntil } = vector;
    const identity = { kind: read().kind, drop, signing: { publicKey, secretKey: privateKey } };
    const { signature } = issue(identity, epochKeys(bytes(vector.epochSeed)), validFrom, validUntil);
    expect(hex(signature)).toBe(hex(read().signature));
  },
  async fingerprint(vector) {
    const read = () => parseFingerprint(vector.typed);
    if (vector.refusedWith) return expect(await refusal(read)).toBe(vector.refusedWith);
    const fingerprint = fingerprintOf(bytes(vector.identity));
    expect(formatFingerprint(fingerprint)).toBe(vector.print);
    expect(fingerprintWords(fingerprint)).toBe(vector.words);
    for (const text of [vector.print, vector.words]) expect(hex(parseFingerprint(text))).toBe(hex(fingerprint));
    if (vector.typed) expect(hex(read()) === hex(fingerprint)).toBe(vector.matches);
  },
  async words(vector) {
    const read = () => parseWords(vector.typed ?? vector.words);
    if (vector.refusedWith) return expect(await refusal(read)).toBe(vector.refusedWith);
    expect(hex(read())).toBe(vector.entropy);
    expect(spell(bytes(vector.entropy))).toBe(vector.words);
  },
  epoch(vector) {
    const keys = epochKeys(bytes(vector.seed));
    const { id, cell, letter } = keys;
    expect(hex(id.secretKey)).toBe(vector.idSecretKey);
    expect(hex(cell.secretKey)).toBe(vector.cellSecretKey);
    expect(hex(letter.secretKey)).toBe(vector.letterSeed + vector.letterKey);
    expect(hex(id.publicKey)).toBe(vector.idKey);
    expect(hex(cell.publicKey)).toBe(vector.cellKey);
    expect(hex(letter.publicKey)).toBe(vector.letterKey);
    expect(hex(derive(keys.seed, 'ticket key'))).toBe(vector.ticketKey);
    expect(hex(ticketOf(keys, bytes(vector.recipient)))).toBe(vector.ticket);
  },
  async mailbox(vector) {
    const mailbox = await openMailbox(Buffer.from(vector.words), vector.drop, vector.at);
    const [epoch] = mailbox.epochs;
    expect(hex(parseWords(vector.words))).toBe(vector.entropy);
    expect(hex(derive(bytes(vector.secret), 'mailbox keys'))).toBe(vector.epochSeed);
    expect(hex(epoch!.seed)).toBe(vector.epochSeed);
    expect(hex(mailbox.storageKey)).toBe(vector.storageKey);
    const contact = contactOf(mailbox);
    expectContact(contact, vector);
    expect(hex(formatContactBytes(contact))).toBe(vector.contact);
    checkContact(contact, vector.at);
  },
});

test('what a person sees of a refusal is one line in lower case, without a period, that repeats nothing of the text', () => {
  const refused = vectors.filter(({ refusedWith }) => refusedWith);
  expect(refused.length).toBeGreaterThan(30);
  for (const { refusedWith, text } of refused) {
    expect(refusedWith).toMatch(/^[a-z0-9][a-z0-9 ,:'-]*[a-z0-9]$/);
    if (text) expect(refusedWith).not.toContain(text);
  }
});

test('a mailbox is the same one, however its words were typed', () => {
  const of = (name: string) => vectors.find((vector) => vector.name === name);
  const { name: _, about: __, words, ...mailbox } = of('mailbox.json');
  expect(of('mailbox-typed.json')).toMatchObject(mailbox);
  expect(of('mailbox-typed.json').words).not.toBe(words);
  expect(isFault(of('mailbox-typed.json'))).toBe(false);
});

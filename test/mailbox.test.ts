import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkContact, contactOf, type Identity } from '../core/keys/identity.ts';
import { openMailbox } from '../core/keys/mailbox.ts';
import { newWords } from '../core/keys/words.ts';
import { writerOf } from '../core/letter/proof.ts';
import { send } from '../core/send/send.ts';
import { journalist, letters, way, write } from './people.ts';
import { plainDrop } from './plain-drop.ts';

const DAY = 86_400;
const drop = 'http://127.0.0.1:8787';
const noon = Date.parse('2026-11-22T12:34:56Z') / 1000;
const midnight = Date.parse('2026-11-22T00:00:00Z') / 1000;

/** All that the words of a mailbox give. */
const secretsOf = ({ signing, storageKey, epochs: [epoch] }: Identity) =>
  [signing.publicKey, storageKey, epoch!.seed, epoch!.id.secretKey, epoch!.cell.secretKey].map((secret) =>
    Buffer.from(secret).toString('hex'),
  );

test('a mailbox has nothing to sign with', async () => {
  const { signing, epochs } = await openMailbox(Buffer.from(newWords()), drop, noon);
  expect(signing.secretKey).toBeUndefined();
  for (const key of [epochs[0]!.letter.publicKey, epochs[0]!.letter.secretKey]) expect(key).toEqual(new Uint8Array(32));
});

test('the same words give the same keys, on any day, for any drop, however they are typed', async () => {
  const words = newWords();
  const first = secretsOf(await openMailbox(Buffer.from(words), drop, noon));
  expect(new Set(first).size).toBe(5);
  const typed = [
    words.toUpperCase(),
    words.replaceAll(' ', '\n  '),
    words
      .split(' ')
      .map((word) => word.slice(0, 4))
      .join(' '),
  ];
  for (const each of typed) {
    const again = await openMailbox(Buffer.from(each), 'http://127.0.0.1:1', noon + 400 * DAY);
    expect(secretsOf(again)).toEqual(first);
  }
});

test('other words give other keys', async () => {
  const [one, other] = [
    await openMailbox(Buffer.from(newWords()), drop, noon),
    await openMailbox(Buffer.from(newWords()), drop, noon),
  ];
  expect(new Set([...secretsOf(one), ...secretsOf(other)]).size).toBe(10);
});

test('refuses words that are no mailbox', async () => {
  const words = newWords().split(' ');
  await expect(openMailbox(Buffer.from(words.slice(1).join(' ')), drop, noon)).rejects.toThrow(
    'it takes 12 words, and these are 11',
  );
  await expect(openMailbox(Buffer.from(['deaddrop', ...words.slice(1)].join(' ')), drop, noon)).rejects.toThrow(
    'word 1',
  );
});

test('its return contact says of time no more than the day, and can be answered for 90 days after it', async () => {
  const words = Buffer.from(newWords());
  const contacts = [];
  for (const now of [midnight, noon, midnight + DAY - 1]) contacts.push(contactOf(await openMailbox(words, drop, now)));
  expect(contacts[1]).toEqual(contacts[0]);
  expect(contacts[2]).toEqual(contacts[0]);
  const [contact] = contacts as [(typeof contacts)[0]];
  expect([contact.validFrom, contact.validUntil]).toEqual([midnight - DAY, midnight + 90 * DAY]);
  const at = (seconds: number) => () => checkContact(contact, seconds);
  expect(contact.kind).toBe('mailbox');
  expect(at(midnight - 2 * DAY)).not.toThrow(); // by a clock that is behind
  expect(at(midnight - 2 * DAY - 1)).toThrow('not valid yet');
  expect(at(midnight + 90 * DAY)).not.toThrow();
  expect(at(midnight + 90 * DAY + 1)).toThrow('no longer valid');
  const next = contactOf(await openMailbox(words, drop, midnight + DAY));
  expect(next.validUntil).toBe(contact.validUntil + DAY);
  expect([next.identity, next.idKey, next.letterKey]).toEqual([contact.identity, contact.idKey, contact.letterKey]);
});

test('an answer is read on another day with nothing but the words', async () => {
  const { url, transport, tick } = plainDrop();
  const [words, now] = [newWords(), Math.floor(Date.now() / 1000)];
  const mailbox = await openMailbox(Buffer.from(words), url, now);
  const jane = journalist(url);
  await write(jane, { text: 'hello', from: writerOf(mailbox) }, transport);
  tick();
  const [letter] = letters(await jane.read(transport));
  await send(way(url, transport), letter!.from!, { text: 'answer' });
  tick();
  const source = journalist(url, await openMailbox(Buffer.from(words), url, now + 30 * DAY));
  const [answer] = letters(await source.read(transport));
  expect(readFileSync(join(answer!.path, 'letter.txt'), 'utf8')).toBe('answer');
});

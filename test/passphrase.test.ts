import { describe, expect, test } from 'vitest';
import { newLock, unlock } from '../node/files/locked-file.ts';
import { preparePassphrase } from '../node/files/passphrase.ts';

const QUICK = { memoryKibibytes: 64, passes: 1, lanes: 1 };
const prepared = (typed: string) => Buffer.from(preparePassphrase(Buffer.from(typed))).toString();

describe('a passphrase', () => {
  test.each([
    ['composed and decomposed', 'caf\u{e9} 1', 'cafe\u{301} 1'],
    ['with the blank of a French keyboard', 'tr\u{f2}s bien', 'tr\u{f2}s\u{a0}bien'],
    ['with an ideographic blank', 'a b', 'a\u{3000}b'],
    ['with a kelvin sign', 'K2', '\u{212a}2'],
  ])('is the same one on another machine: %s', async (_, one, other) => {
    expect(one).not.toBe(other);
    expect(prepared(other)).toBe(prepared(one));
    for (const [made, typed] of [
      [one, other],
      [other, one],
    ]) {
      const lock = await newLock('identity', Buffer.from(made!), QUICK);
      const unlocked = await unlock('identity', lock.lock(Buffer.from('secret')), Buffer.from(typed!));
      expect(unlocked?.secrets.subarray(0, 6)).toEqual(new Uint8Array(Buffer.from('secret')));
    }
  });

  test('keeps everything else: blanks at its ends, case, compatibility forms, a byte order mark within', () => {
    for (const typed of [
      ' two  blanks ',
      'CaSe',
      '\u{fb01}',
      '\u{ff21}',
      'a\u{feff}b',
      '\u{200b}',
      '~!"\\',
      '\u{1f511}',
    ])
      expect(prepared(typed)).toBe(typed);
  });

  test('is a copy, which is wiped without the one that was typed', () => {
    const typed = Buffer.from('plain');
    preparePassphrase(typed).fill(0);
    expect(typed.toString()).toBe('plain');
  });

  test.each([
    ['that is empty', '', 'the passphrase is empty'],
    ['with a tab in it', 'a\tb', 'the passphrase has a control character'],
    ['with a line break in it', 'a\nb', 'the passphrase has a control character'],
    ['with a zero byte', 'a\0', 'the passphrase has a control character'],
    ['with a control character of Latin 1', 'a\u{85}', 'the passphrase has a control character'],
    ['that is not UTF-8', Buffer.from([0x63, 0xe9]), 'the passphrase is not utf-8'],
    ['with a surrogate in UTF-8', Buffer.from([0xed, 0xa0, 0x80]), 'the passphrase is not utf-8'],
  ])('refuses one %s', async (_, typed, message) => {
    await expect(newLock('identity', Buffer.from(typed as string), QUICK)).rejects.toThrow(message);
    await expect(newLock('unsent letter', Buffer.from(typed as string), QUICK)).rejects.toThrow(message);
  });
});

test('what locks an invitation is no passphrase: words or 32 bytes, as they are', async () => {
  for (const secret of [Buffer.from('zoo zoo'), Buffer.from([0, 9, 0xff, ...new Array(29).fill(0xc0)])]) {
    const text = (await newLock('invitation', secret, QUICK)).lock(Buffer.from('x'));
    expect(await unlock('invitation', text, secret)).not.toBeNull();
  }
});

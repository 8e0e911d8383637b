import { randomBytes } from 'node:crypto';
import sodium from 'libsodium-wrappers';
import { beforeAll, describe, expect, test } from 'vitest';
import { contactOf, newIdentity } from '../core/keys/identity.ts';
import { unproven, writeHead, writerOf } from '../core/letter/proof.ts';
import { openId, type sealId } from '../core/letter/sealed-id.ts';
import { formatHead, PROOF_AT } from '../wire/letter.ts';
import { CELL_CONTENT_BYTES, NONCE_BYTES, SIGNATURE_BYTES, TICKET_BYTES } from '../wire/sizes.ts';
import { FRESH, FRESH_BYTES, sealInThreads, sealLetters } from './seal-letters.ts';
import { seeded } from './statistics.ts';

/** `npm run soak` seals as many as are claimed, in two minutes; every other run a fifth of them. */
const LETTERS = process.env.SOAK === undefined ? 20_000 : 100_000;

/** All letters are to one person: to others, keys differ anyway. */
const jane = newIdentity('http://127.0.0.1:8787', 0, 4_000_000_000);
const contact = contactOf(jane);

/** What one kind of value is in each letter. */
function* column(fresh: Buffer, index: number): Generator<Buffer> {
  const at = FRESH.slice(0, index).reduce((sum, { bytes }) => sum + bytes, 0);
  for (let letter = 0; letter < fresh.length; letter += FRESH_BYTES) {
    yield fresh.subarray(letter + at, letter + at + FRESH[index]!.bytes);
  }
}

/** What letters share: which values occur twice among their kind, and whether one occurs among another kind. */
function shared(fresh: Buffer): string[] {
  const found: string[] = [];
  /** By as much as the shortest has, so that a longer one that begins like it is found, too. */
  const all = new Set<string>();
  let distinct = 0;
  for (const [index, { name }] of FRESH.entries()) {
    const values = new Set<string>();
    for (const value of column(fresh, index)) {
      values.add(value.toString('latin1'));
      all.add(value.toString('latin1', 0, NONCE_BYTES));
    }
    distinct += values.size;
    const twice = fresh.length / FRESH_BYTES - values.size;
    if (twice > 0) found.push(`${name}: ${twice}`);
  }
  if (all.size < distinct) found.push(`from one kind to another: ${distinct - all.size}`);
  return found;
}

let fresh: Buffer;
beforeAll(async () => {
  fresh = await sealInThreads(LETTERS, contact, 2);
}, 600_000);

test(`of ${LETTERS} letters to one person no two have a nonce, a key or an ephemeral key in common`, () => {
  expect(fresh.length).toBe(LETTERS * FRESH_BYTES);
  expect(shared(fresh)).toEqual([]);
});

/**
 * For a fair bit, how often it is set in n letters lies within 6.15 standard deviations, √n / 2 each, of n / 2, but for
 * one time in 1.2 x 10^9: for one of the 1,214 bits here, one run in a million.
 */
test('each bit of them is set in half of the letters', () => {
  const limit = (6.15 * Math.sqrt(LETTERS)) / 2;
  let bits = 0;
  for (const [index, { name, bytes }] of FRESH.entries()) {
    if (name.includes('ML-KEM')) continue; // its numbers are rounded, so that not all are equally frequent
    // The highest bit of an X25519 key is none.
    const width = bytes * 8 - Number(/X25519|ephemeral/.test(name));
    const set = new Array<number>(width).fill(0);
    for (const value of column(fresh, index)) {
      for (let bit = 0; bit < width; bit += 1) set[bit]! += (value[bit >> 3]! >> (bit & 7)) & 1;
    }
    for (const [bit, count] of set.entries()) {
      expect(Math.abs(count - LETTERS / 2), `bit ${bit} of the ${name}`).toBeLessThan(limit);
    }
    bits += width;
  }
  expect(bits).toBe(1214);
});

test('of 1,000 signed letters no two have a signature in common, nor tickets to two people', () => {
  const from = writerOf(newIdentity('http://127.0.0.1:8787', 0, 4_000_000_000));
  const head = { textBytes: 0, files: [], cells: [], writer: unproven(from) };
  expect(formatHead(head).length).toBeGreaterThan(PROOF_AT);
  const found = [new Set<string>(), new Set<string>(), new Set<string>()];
  const root = Buffer.alloc(CELL_CONTENT_BYTES);
  for (let letter = 0; letter < 1000; letter += 1) {
    writeHead(root, head, from, { ...contact, identity: randomBytes(32) }, randomBytes(32));
    found[0]!.add(root.toString('hex', PROOF_AT - TICKET_BYTES, PROOF_AT));
    // A signature is a point and a number. Two with the same point would give the key away.
    found[1]!.add(root.toString('hex', PROOF_AT, PROOF_AT + SIGNATURE_BYTES / 2));
    found[2]!.add(root.toString('hex', PROOF_AT + SIGNATURE_BYTES / 2, PROOF_AT + SIGNATURE_BYTES));
  }
  expect(found.map(({ size }) => size)).toEqual([1000, 1000, 1000]);
  expect(new Set(found.flatMap((values) => [...values])).size).toBe(3000);
});

describe('it would be seen, and is, when', () => {
  const withMore = (more: Buffer) => shared(Buffer.concat([fresh, more]));

  /** Seals letters while encapsulations are made in another way. */
  const sealWith = (count: number, encapsulate: typeof sodium.crypto_kem_xwing_enc) => {
    const genuine = sodium.crypto_kem_xwing_enc;
    Object.assign(sodium, { crypto_kem_xwing_enc: encapsulate });
    try {
      return sealLetters(count, contact);
    } finally {
      Object.assign(sodium, { crypto_kem_xwing_enc: genuine });
    }
  };
  const genuine = sodium.crypto_kem_xwing_enc;

  test('one more letter is sealed in the same way, it is not', () => {
    expect(withMore(sealLetters(1, contact))).toEqual([]);
  });

  test('one letter more has all that an earlier one had', () => {
    expect(withMore(fresh.subarray(0, FRESH_BYTES))).toEqual(FRESH.map(({ name }) => `${name}: 1`));
  });

  test('an encapsulation is repeated once in 500 letters', () => {
    const before: { ciphertext: Uint8Array; sharedSecret: Uint8Array }[] = [];
    const repeating = (key: Uint8Array) => {
      const { ciphertext, sharedSecret } = before.length % 500 === 499 ? before.at(-250)! : genuine(key);
      before.push({ ciphertext, sharedSecret: Uint8Array.from(sharedSecret) }); // it is wiped afterwards
      return { ciphertext, sharedSecret: Uint8Array.from(sharedSecret) };
    };
    const found = shared(sealWith(2000, repeating as typeof genuine));
    // Under another upload id, key, nonce and commitment are others all the same.
    expect(found).toEqual([expect.stringMatching(/ML-KEM.*: 4$/), expect.stringMatching(/X25519.*: 4$/)]);
  });

  test('encapsulations come from a generator that starts with 16 bits of seed', () => {
    const random = seeded('encapsulations');
    const weak = (key: Uint8Array) => sodium.crypto_kem_xwing_enc_deterministic(key, Buffer.alloc(64, random.bytes(2)));
    // Of 2,000 draws among 65,536, some 30 pairs meet, a quarter of them under one upload id.
    const found = shared(sealWith(2000, weak as typeof genuine)).map((what) => what.replace(/: \d+$/, ''));
    expect(found).toEqual(FRESH.slice(0, 5).map(({ name }) => name));
  });

  test('the nonce is the beginning of the key', () => {
    const letters = sealLetters(10, contact);
    for (let at = 0; at < letters.length; at += FRESH_BYTES)
      letters.copyWithin(at, at + NONCE_BYTES, at + 2 * NONCE_BYTES);
    expect(shared(letters)).toEqual(['from one kind to another: 10']);
  });

  test('sealed ids come from a generator that starts with 16 bits of seed', () => {
    const random = seeded('ephemeral keys');
    const seal: typeof sealId = (id, idKey) => {
      const own = sodium.crypto_box_seed_keypair(Buffer.alloc(32, random.bytes(2)));
      const nonce = sodium.crypto_generichash(24, Buffer.concat([own.publicKey, idKey]), null);
      return Buffer.concat([own.publicKey, sodium.crypto_box_easy(id, nonce, idKey, own.privateKey)]);
    };
    const id = randomBytes(32);
    const { epochs } = jane;
    expect(Buffer.from(openId(seal(id, contact.idKey), epochs[0]!.id)!).equals(id)).toBe(true); // a sealed id like any other
    // Of 2,000 draws among 65,536, some 30 pairs meet; that none does has a probability of e^-30.
    expect(shared(sealLetters(2000, contact, seal))).toEqual([expect.stringContaining('ephemeral key')]);
    expect(shared(sealLetters(2000, contact))).toEqual([]);
  });
});

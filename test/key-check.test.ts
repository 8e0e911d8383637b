import { randomBytes } from 'node:crypto';
import sodium from 'libsodium-wrappers';
import addon from 'sodium-native';
import { describe, expect, test } from 'vitest';
import {
  checkCanonicalKeys,
  checkDifferentKeys,
  isCanonicalCellKey,
  isCanonicalCurveKey,
  isCanonicalSigningKey,
} from '../core/keys/key-check.ts';
import { isHonestKey } from './x25519.ts';

await sodium.ready;

const P = 2n ** 255n - 19n;
const HIGH_BIT = 2n ** 255n;

/** The sum of two Ed25519 points, which the WebAssembly build leaves out. */
function addPoints(one: Uint8Array, other: Uint8Array): Buffer {
  const native = addon as unknown as { crypto_core_ed25519_add(sum: Buffer, one: Buffer, other: Buffer): void };
  const sum = Buffer.alloc(32);
  native.crypto_core_ed25519_add(sum, Buffer.from(one), Buffer.from(other));
  return sum;
}

/** 32 bytes, little-endian. */
const bytesOf = (value: bigint) => Buffer.from(value.toString(16).padStart(64, '0'), 'hex').reverse();
const numberIn = (bytes: Uint8Array) => BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`);

/** The u of every point of order 1, 2, 4 and 8, on the curve and on its twist (cr.yp.to/ecdh.html#validate). */
const LOW_ORDER = [
  0n,
  1n,
  325606250916557431795983626356110631294008115727848805560023387167927233504n,
  39382357235489614581723060781553021112529911719440698176882885853963445705823n,
  P - 1n,
];

/** A point of order 8 and the other 7 points of small order, as the multiples of it. */
const ORDER_8 = Buffer.from('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05', 'hex');
const SMALL_ORDER: Uint8Array[] = [];
for (let point: Uint8Array = ORDER_8, i = 0; i < 8; i += 1, point = addPoints(point, ORDER_8)) SMALL_ORDER.push(point);

const curveKey = () => sodium.crypto_box_keypair().publicKey;
const signingKey = () => sodium.crypto_sign_keypair().publicKey;
const cellKey = () => sodium.crypto_kem_xwing_keypair().publicKey;
const repeat = <T>(make: () => T): T[] => Array.from({ length: 1000 }, make);

describe('an X25519 key', () => {
  test('passes when it was made honestly: 1,000 of them', () => {
    for (const key of repeat(curveKey)) expect(isCanonicalCurveKey(key)).toBe(true);
  });

  test('refuses every number from p on, up to 2^255 - 1', () => {
    for (let value = P; value < HIGH_BIT; value += 1n) expect(isCanonicalCurveKey(bytesOf(value))).toBe(false);
    expect(isCanonicalCurveKey(bytesOf(P - 3n))).toBe(true); // and no other: the boundary is p
    expect(isCanonicalCurveKey(bytesOf(9n))).toBe(true);
  });

  test('refuses every key with the unused bit set', () => {
    for (const key of repeat(curveKey)) expect(isCanonicalCurveKey(bytesOf(numberIn(key) | HIGH_BIT))).toBe(false);
    expect(isCanonicalCurveKey(new Uint8Array(32).fill(0xff))).toBe(false);
  });

  test('refuses every point of low order, in each of its spellings', () => {
    for (const u of LOW_ORDER) {
      for (const value of [u, u + P, u + 2n * P]) {
        for (const spelling of [value, value | HIGH_BIT]) {
          if (spelling < 2n ** 256n) expect(isCanonicalCurveKey(bytesOf(spelling))).toBe(false);
        }
      }
    }
  });

  test('refuses another size', () => {
    for (const length of [0, 31, 33]) expect(isCanonicalCurveKey(new Uint8Array(length).fill(9))).toBe(false);
  });
});

describe('an Ed25519 key', () => {
  test('passes when it was made honestly: 1,000 of them', () => {
    for (const key of repeat(signingKey)) expect(isCanonicalSigningKey(key)).toBe(true);
  });

  test('refuses the 8 points of small order, in each of their spellings', () => {
    expect(new Set(SMALL_ORDER.map((point) => Buffer.from(point).toString('hex'))).size).toBe(8);
    for (const point of SMALL_ORDER) {
      const y = numberIn(point) & (HIGH_BIT - 1n);
      for (const value of [y, y + P]) {
        if (value >= HIGH_BIT) continue;
        expect(isCanonicalSigningKey(bytesOf(value))).toBe(false);
        expect(isCanonicalSigningKey(bytesOf(value | HIGH_BIT))).toBe(false); // x negated, or -0
      }
    }
  });

  test('refuses every y from p on, with either sign, and each y below 19 that it could be read as', () => {
    for (let y = 0n; y < 19n; y += 1n) {
      for (const spelling of [y, y | HIGH_BIT, y + P, (y + P) | HIGH_BIT])
        expect(isCanonicalSigningKey(bytesOf(spelling))).toBe(false);
    }
    expect(isCanonicalSigningKey(bytesOf(26n))).toBe(true); // the first of prime order
  });

  test('refuses a point of prime order with one of small order added: 7 of each of 100', () => {
    const neutral = numberIn(bytesOf(1n));
    const others = SMALL_ORDER.filter((point) => numberIn(point) !== neutral);
    expect(others).toHaveLength(7);
    for (let i = 0; i < 100; i += 1) {
      const key = signingKey();
      expect(addPoints(key, bytesOf(neutral))).toEqual(Buffer.from(key));
      for (const point of others) expect(isCanonicalSigningKey(addPoints(key, point))).toBe(false);
    }
  });

  test('refuses 15 in 16 of random strings: half are no point, and of the points one in eight has the prime order', () => {
    const passed = Array.from({ length: 16_000 }, () => randomBytes(32)).filter(isCanonicalSigningKey).length;
    // Beyond 6 standard deviations of a binomial, about once in 500 million.
    expect(Math.abs(passed - 1000)).toBeLessThan(6 * Math.sqrt(16_000 * (1 / 16) * (15 / 16)));
  });

  test('refuses another size', () => {
    for (const length of [0, 31, 33]) expect(isCanonicalSigningKey(new Uint8Array(length).fill(9))).toBe(false);
  });
});

describe('an X-Wing key', () => {
  /** A key with the nth of its 768 coefficients replaced. */
  const withCoefficient = (key: Uint8Array, nth: number, value: number) => {
    const changed = Uint8Array.from(key);
    const at = Math.floor(nth / 2) * 3;
    if (nth % 2 === 0) {
      changed[at] = value & 0xff;
      changed[at + 1] = (changed[at + 1]! & 0xf0) | (value >> 8);
    } else {
      changed[at + 1] = (changed[at + 1]! & 0x0f) | ((value & 0x0f) << 4);
      changed[at + 2] = value >> 4;
    }
    return changed;
  };
  const isTakenByLibsodium = (key: Uint8Array) => {
    try {
      return sodium.crypto_kem_xwing_enc(key).sharedSecret.length === 32;
    } catch {
      return false;
    }
  };

  test('passes when it was made honestly: 1,000 of them', () => {
    for (const key of repeat(cellKey)) expect(isCanonicalCellKey(key)).toBe(true);
  });

  test('refuses a coefficient of 3,329 and more, at each of the 768 places, and takes 3,328', () => {
    const key = cellKey();
    for (let nth = 0; nth < 768; nth += 1) {
      for (const value of [3329, 3330, 3583, 3584, 4095]) {
        const changed = withCoefficient(key, nth, value);
        expect(isCanonicalCellKey(changed)).toBe(false);
        if (nth % 64 === 0) expect(isTakenByLibsodium(changed)).toBe(false); // it looks as well
      }
      for (const value of [0, 3327, 3328]) expect(isCanonicalCellKey(withCoefficient(key, nth, value))).toBe(true);
    }
  });

  test('takes any seed of the matrix, which has no other spelling', () => {
    const key = cellKey();
    for (const byte of [0, 0xff]) expect(isCanonicalCellKey(Uint8Array.from(key).fill(byte, 1152, 1184))).toBe(true);
  });

  test('refuses an X25519 half that is not canonical, or of low order', () => {
    const key = cellKey();
    const half = numberIn(key.subarray(1184));
    for (const value of [half | HIGH_BIT, P, P + 2n, HIGH_BIT - 1n, ...LOW_ORDER]) {
      const changed = Uint8Array.from(key);
      changed.set(bytesOf(value), 1184);
      expect(isCanonicalCellKey(changed)).toBe(false);
    }
    const changed = Uint8Array.from(key);
    changed[1215]! |= 0x80;
    expect(isTakenByLibsodium(changed)).toBe(true); // where libsodium does not look
  });

  test('refuses another size', () => {
    const key = cellKey();
    for (const other of [key.subarray(1), key.subarray(0, -1), Buffer.concat([key, key.subarray(0, 1)]), Buffer.of()])
      expect(isCanonicalCellKey(other)).toBe(false);
  });
});

describe('the keys of a contact', () => {
  const fresh = () => ({
    kind: 'identity' as const,
    identity: signingKey(),
    idKey: curveKey(),
    cellKey: cellKey(),
    letterKey: signingKey(),
  });
  const REFUSAL = 'the contact has a key that is not in its one spelling: do not write to it';

  test('pass when all are canonical', () => {
    for (let i = 0; i < 100; i += 1) checkCanonicalKeys(fresh());
  });

  test.each([
    ['identity', bytesOf(P + 3n)],
    ['idKey', bytesOf(P + 9n)],
    ['cellKey', new Uint8Array(1216).fill(0xff)],
    ['letterKey', bytesOf(1n)],
  ])('refuses a contact whose %s is not', (name, key) => {
    expect(() => checkCanonicalKeys({ ...fresh(), [name]: key })).toThrow(REFUSAL);
  });
});

test('a limit: an X25519 key may lie on the twist or outside of the group of prime order, which libsodium cannot tell', () => {
  const keys = Array.from({ length: 200 }, () => bytesOf(numberIn(randomBytes(32)) % P));
  expect(keys.every(isCanonicalCurveKey)).toBe(true);
  expect(keys.filter((key) => !isHonestKey(key)).length).toBeGreaterThan(100); // 15 in 16
});

describe('two keys of a contact that are the same are refused:', () => {
  const keys = (seed: number) => {
    const signing = sodium.crypto_sign_seed_keypair(new Uint8Array(32).fill(seed)).publicKey;
    const cellKey = sodium.crypto_kem_xwing_seed_keypair(new Uint8Array(32).fill(seed)).publicKey;
    return { signing, cellKey, idKey: sodium.crypto_scalarmult_base(new Uint8Array(32).fill(seed)) };
  };
  const [one, other] = [keys(1), keys(2)];
  const kind = 'identity' as const;
  const good = { kind, identity: one.signing, letterKey: other.signing, idKey: one.idKey, cellKey: one.cellKey };
  const same = 'the contact has two keys that are the same: do not write to it';

  test('none of those of an honest one', () => expect(() => checkDifferentKeys(good)).not.toThrow());

  test('identity and letter key', () =>
    expect(() => checkDifferentKeys({ ...good, letterKey: one.signing.slice() })).toThrow(same));

  test('the X25519 key and the end of the X-Wing key', () =>
    expect(() => checkDifferentKeys({ ...good, idKey: one.cellKey.slice(-32) })).toThrow(same));
});

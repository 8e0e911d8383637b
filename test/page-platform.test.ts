import { argon2Sync, createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { hsalsa } from '@noble/ciphers/salsa.js';
import { build } from 'esbuild';
import fc from 'fast-check';
import sodium from 'libsodium-wrappers';
import addon from 'sodium-native';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { isCanonicalSigningKey, isSignature } from '../core/keys/key-check.ts';
import type { KeyPair, Platform } from '../core/platform.ts';
import * as nodeMachine from '../node/machine.ts';
import { wasm } from '../node/sodium/engine.ts';
import * as pageMachine from '../page/machine.ts';
import * as page from '../page/platform.ts';
import { CELL_CONTENT_BYTES, NONCE_BYTES, SEALED_ID_BYTES } from '../wire/sizes.ts';
import { P } from './x25519.ts';

await sodium.ready;

/** Has everything that the core asks for, by its type. */
const platform: Platform = page;

/** And everything that the wire does. */
const machine: typeof import('../node/machine.ts') = pageMachine;

const HIGH_BIT = 2n ** 255n;
const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;

const hex = (text: string) => Uint8Array.from(Buffer.from(text, 'hex'));
/** Fresh bytes, which no pool shares. */
const fresh = (length: number) => Uint8Array.from(randomBytes(length));
const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
/** 32 bytes, little-endian. */
const bytesOf = (value: bigint) => Uint8Array.from(Buffer.from(value.toString(16).padStart(64, '0'), 'hex').reverse());
const numberIn = (from: Uint8Array) => BigInt(`0x${Buffer.from(from).reverse().toString('hex')}`);
/** 64 KiB and more are compared as Buffers: `toEqual` takes seconds. */
const isSame = (one: Uint8Array | null, other: Uint8Array | null) =>
  one !== null && other !== null && Buffer.compare(one, other) === 0;

/** What libsodium gives, or null where it refuses, which it says by an Error that is no TypeError. */
function orNull<T>(act: () => T): T | null {
  try {
    return act();
  } catch (error) {
    if (error instanceof TypeError) throw error;
    return null;
  }
}

const ofSodium = {
  curveKeyPair: (): KeyPair => {
    const { publicKey, privateKey: secretKey } = sodium.crypto_box_keypair();
    return { publicKey, secretKey };
  },
  openBox: (sealed: Uint8Array, { publicKey, secretKey }: KeyPair) =>
    orNull(() => sodium.crypto_box_seal_open(sealed, publicKey, secretKey)),
  curveKeyOfSigningKey: (key: Uint8Array) => orNull(() => sodium.crypto_sign_ed25519_pk_to_curve25519(key)),
};

/** The u of every point of order 1, 2, 4 and 8, on the curve and on its twist (cr.yp.to/ecdh.html#validate). */
const LOW_ORDER = [
  0n,
  1n,
  325606250916557431795983626356110631294008115727848805560023387167927233504n,
  39382357235489614581723060781553021112529911719440698176882885853963445705823n,
  P - 1n,
];

/** Each in all of its spellings: with p added, and with the bit that does not count. */
const LOW_ORDER_SPELLINGS = LOW_ORDER.flatMap((u) => [u, u + P])
  .filter((value) => value < HIGH_BIT)
  .flatMap((value) => [value, value | HIGH_BIT])
  .map(bytesOf);

/** The sum of two Ed25519 points, which the WebAssembly build leaves out. */
function addPoints(one: Uint8Array, other: Uint8Array): Uint8Array<ArrayBuffer> {
  const native = addon as unknown as { crypto_core_ed25519_add(sum: Buffer, one: Buffer, other: Buffer): void };
  const sum = Buffer.alloc(32);
  native.crypto_core_ed25519_add(sum, Buffer.from(one), Buffer.from(other));
  return Uint8Array.from(sum);
}

/** A point of order 8 and the other 7 points of small order, as the multiples of it. */
const ORDER_8 = hex('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05');
const SMALL_ORDER: Uint8Array[] = [];
for (let point = ORDER_8, i = 0; i < 8; i += 1, point = addPoints(point, ORDER_8)) SMALL_ORDER.push(point);

/** Whatever an Ed25519 point can be spelled as that is worth a look: small orders, y from p on, and below 19. */
const ODD_POINTS = [
  ...SMALL_ORDER.flatMap((point) => {
    const y = numberIn(point) & (HIGH_BIT - 1n);
    return [y, y | HIGH_BIT, ...(y + P < HIGH_BIT ? [y + P, (y + P) | HIGH_BIT] : [])];
  }),
  ...Array.from({ length: 19 }, (_, i) => BigInt(i)).flatMap((y) => [y, y | HIGH_BIT, y + P, (y + P) | HIGH_BIT]),
].map(bytesOf);

test('the points that are looked at are all those of low order: 8 on Edwards curve, 5 of Montgomery with 14 spellings', () => {
  expect(new Set(SMALL_ORDER.map((point) => Buffer.from(point).toString('hex'))).size).toBe(8);
  expect(new Set(LOW_ORDER_SPELLINGS.map((point) => Buffer.from(point).toString('hex'))).size).toBe(14);
  for (const point of LOW_ORDER_SPELLINGS) expect(orNull(() => sodium.crypto_scalarmult(fresh(32), point))).toBeNull();
});

describe('randomness', () => {
  afterEach(() => vi.restoreAllMocks());

  test('is asked of the system, in pieces that it gives, and fills every byte', () => {
    const asked = vi.spyOn(crypto, 'getRandomValues');
    for (const count of [0, 1, 65_535, 65_536, 65_537, 200_000]) {
      asked.mockClear();
      const all = platform.randomBytes(count);
      expect(all).toHaveLength(count);
      expect(asked).toHaveBeenCalledTimes(Math.ceil(count / 65_536));
      // 20 zeros one after another come up once in 10^43 times.
      for (let at = 0; at + 20 <= count; at += 20)
        expect(all.subarray(at, at + 20).some((byte) => byte !== 0)).toBe(true);
    }
  });

  test('integers take every value below the bound, each about as often', () => {
    const counts = Array<number>(10).fill(0);
    for (let i = 0; i < 100_000; i += 1) counts[platform.randomInt(10)]! += 1;
    // Beyond 6 standard deviations of a binomial, about once in 500 million.
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(6 * Math.sqrt(100_000 * 0.1 * 0.9));
    expect(platform.randomInt(1)).toBe(0);
  });

  test('integers are drawn again where they do not come out even', () => {
    const drawn = [2n ** 48n - 1n, 2n ** 47n + 1n, 2n ** 47n];
    vi.spyOn(crypto, 'getRandomValues').mockImplementation((array) => {
      const value = Buffer.from(drawn.shift()!.toString(16).padStart(12, '0'), 'hex');
      new Uint8Array(array!.buffer).set(value);
      return array;
    });
    expect(platform.randomInt(2 ** 47 + 1)).toBe(2 ** 47);
    expect(drawn).toEqual([]);
  });

  test('integers keep to their bound up to 2^48 - 1, and others are refused as Node does', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 48 - 1 }), (below) => {
        const number = platform.randomInt(below);
        return Number.isInteger(number) && number >= 0 && number < below;
      }),
      { numRuns: 1000 },
    );
    for (const below of [0, -1, 2 ** 48, 2 ** 53 - 1]) expect(() => platform.randomInt(below)).toThrow(RangeError);
    for (const below of [1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, '5' as unknown as number])
      expect(() => platform.randomInt(below)).toThrow(TypeError);
  });
});

describe('time', () => {
  beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
  afterEach(() => vi.useRealTimers());

  test('a sleep ends when its time is over, also one that is longer than a timer takes', async () => {
    for (const milliseconds of [1, 60_000, 2 ** 31 - 1, 2 ** 31, 2 ** 32]) {
      const woken = vi.fn();
      const sleep = platform.sleepFor(milliseconds).then(woken);
      await vi.advanceTimersByTimeAsync(milliseconds - 1);
      expect(woken).not.toHaveBeenCalled();
      await vi.advanceTimersByTimeAsync(1);
      await sleep;
    }
  });

  test('a sleep is ended by its signal, with the reason, and leaves no timer', async () => {
    const [ending, reason] = [new AbortController(), new Error('enough')];
    const sleep = platform.sleepFor(1000, ending.signal);
    ending.abort(reason);
    await expect(sleep).rejects.toBe(reason);
    await expect(platform.sleepFor(1000, ending.signal)).rejects.toBe(reason);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('a sleep that ended listens to its signal no more', async () => {
    const { signal } = new AbortController();
    const [added, removed] = [vi.spyOn(signal, 'addEventListener'), vi.spyOn(signal, 'removeEventListener')];
    const sleep = platform.sleepFor(10, signal);
    await vi.advanceTimersByTimeAsync(10);
    await sleep;
    expect(removed.mock.calls[0]?.slice(0, 2)).toEqual(added.mock.calls[0]?.slice(0, 2));
  });

  test('a pause lets go on what waits, and takes no timer', async () => {
    let isDone = false;
    setImmediate(() => {
      isDone = true;
    });
    for (let i = 0; i < 100 && !isDone; i += 1) await platform.pause();
    expect(isDone).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('hashes', () => {
  /** Lengths about the ends of blocks. */
  const anyMessage = fc.uint8Array({ maxLength: 300 });

  test('SHA-256, in parts, as a number and aside, MD5: as of OpenSSL', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyMessage, { maxLength: 4 }), async (parts) => {
        const whole = Uint8Array.from(Buffer.concat(parts));
        const digest = createHash('sha256').update(whole).digest();
        expect(isSame(platform.sha256(...parts), digest)).toBe(true);
        expect(platform.sha256Word(whole)).toBe(digest.readUInt32BE());
        expect(isSame(await platform.sha256Aside(whole), digest)).toBe(true);
        expect(platform.md5(whole)).toBe(createHash('md5').update(whole).digest('hex'));
      }),
      { numRuns: 300 },
    );
  });

  test('SHA-256 is there without WebCrypto, too', async () => {
    vi.stubGlobal('crypto', { getRandomValues: crypto.getRandomValues.bind(crypto) });
    const digest = await platform.sha256Aside(new Uint8Array(5)).finally(() => vi.unstubAllGlobals());
    expect(isSame(digest, createHash('sha256').update(Buffer.alloc(5)).digest())).toBe(true);
  });

  test('BLAKE2b of each length, with a key and without: as of libsodium', () => {
    const anyKey = fc.option(fc.uint8Array({ minLength: 1, maxLength: 64 }), { nil: undefined });
    fc.assert(
      fc.property(fc.integer({ min: 16, max: 64 }), anyMessage, anyKey, (length, message, key) =>
        isSame(platform.blake2b(length, message, key), sodium.crypto_generichash(length, message, key ?? null)),
      ),
      { numRuns: 1000 },
    );
    for (const length of [0, 65, -1, Number.NaN]) expect(() => platform.blake2b(length, fresh(5))).toThrow(TypeError);
    for (const length of [0, 65]) expect(() => platform.blake2b(32, fresh(5), fresh(length))).toThrow(TypeError);
  });

  const stretchings = [
    [64, 1, 1],
    [67, 2, 3],
    [256, 3, 4],
    [1024, 1, 16],
  ] as const;
  test.each(stretchings)('Argon2id, %i KiB, %i passes, %i lanes: as of OpenSSL', async (memory, passes, lanes) => {
    for (const secretBytes of [0, 1, 20, 200]) {
      const [secret, salt] = [fresh(secretBytes), fresh(16)];
      const expected = argon2Sync('argon2id', {
        message: secret,
        nonce: salt,
        memory,
        passes,
        parallelism: lanes,
        tagLength: 32,
      });
      const given = await platform.argon2id(secret, salt, { memoryKibibytes: memory, passes, lanes });
      expect(isSame(given, expected)).toBe(true);
    }
  });

  test('Argon2id refuses what it is not made for, before it begins', async () => {
    const good = { memoryKibibytes: 64, passes: 1, lanes: 4 };
    for (const wrong of [{ memoryKibibytes: 31 }, { passes: 0 }, { lanes: 0 }, { passes: 1.5 }, { lanes: Number.NaN }])
      await expect(platform.argon2id(fresh(5), fresh(16), { ...good, ...wrong })).rejects.toThrow(TypeError);
    await expect(platform.argon2id(fresh(5), fresh(7), good)).rejects.toThrow(TypeError);
  });

  test('Argon2id lets go on what waits, without a timer: those of a hidden tab take a second', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    let turns = 0;
    const count = setInterval(() => {
      turns += 1;
    }, 1);
    const stretching = { memoryKibibytes: 8 * 1024, passes: 3, lanes: 4 };
    await platform.argon2id(fresh(5), fresh(16), stretching).finally(() => {
      clearInterval(count);
      vi.useRealTimers();
    });
    expect(turns).toBeGreaterThan(0);
  });
});

describe('XChaCha20-Poly1305', () => {
  const { engine } = platform;
  const seal = (content: Uint8Array, key: Uint8Array, nonce: Uint8Array, additional?: Uint8Array, shift = 0) => {
    const out = new Uint8Array(content.length + 16 + shift).subarray(shift);
    engine.encrypt(content, key, nonce, out, additional);
    return out;
  };

  interface Case {
    readonly tcId: number;
    readonly result: 'valid' | 'invalid';
    readonly [text: string]: string | number;
  }
  const file = new URL('wycheproof/xchacha20_poly1305_test.json', import.meta.url);
  const { testGroups } = JSON.parse(readFileSync(file, 'utf8')) as { testGroups: { tests: Case[] }[] };
  const cases = testGroups.flatMap(({ tests }) => tests);

  test('seals and opens what is valid of Wycheproof, and nothing else: 284 cases', () => {
    expect(cases).toHaveLength(284);
    for (const { tcId, result, ...texts } of cases) {
      const [key, nonce, additional, content, ct, tag] = ['key', 'iv', 'aad', 'msg', 'ct', 'tag'].map((name) =>
        hex(texts[name] as string),
      ) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array];
      if (nonce.length !== NONCE_BYTES) {
        expect(() => seal(content, key, nonce, additional), `case ${tcId}`).toThrow(TypeError);
        continue;
      }
      const sealed = Uint8Array.from(Buffer.concat([ct, tag]));
      const opened = engine.decrypt(sealed, key, nonce, additional);
      expect(isSame(seal(content, key, nonce, additional), sealed), `case ${tcId}`).toBe(result === 'valid');
      expect(opened, `case ${tcId}`).toEqual(result === 'valid' ? content : null);
    }
  });

  test('of 2,000 contents each is sealed to the bytes of libsodium, wherever in memory, and opened', () => {
    const anyAdditional = fc.option(fc.uint8Array({ maxLength: 100 }), { nil: undefined });
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        bytes(32),
        bytes(NONCE_BYTES),
        anyAdditional,
        fc.nat({ max: 3 }),
        (content, key, nonce, additional, shift) => {
          const expected = new Uint8Array(content.length + 16);
          wasm.encrypt(content, key, nonce, expected, additional);
          const sealed = seal(content, key, nonce, additional, shift);
          expect(isSame(sealed, expected)).toBe(true);
          expect(engine.decrypt(sealed, key, nonce, additional)).toEqual(Uint8Array.from(content));
          sealed[sealed.length - 1]! ^= 1;
          expect(engine.decrypt(sealed, key, nonce, additional)).toBeNull();
        },
      ),
      { numRuns: 2000 },
    );
  });

  test('so is the content of a cell, and opens into memory of its own', () => {
    const [content, key, nonce] = [fresh(CELL_CONTENT_BYTES), fresh(32), fresh(NONCE_BYTES)];
    const expected = new Uint8Array(CELL_CONTENT_BYTES + 16);
    wasm.encrypt(content, key, nonce, expected);
    for (const shift of [0, 1]) expect(isSame(seal(content, key, nonce, undefined, shift), expected)).toBe(true);
    const opened = engine.decrypt(expected, key, nonce)!;
    expect(isSame(opened, content)).toBe(true);
    expect(opened.buffer.byteLength).toBe(content.length);
  });

  test('with any one bit changed, or cut anywhere, nothing opens', () => {
    const parts = [fresh(40), fresh(32), fresh(NONCE_BYTES), fresh(9)] as const;
    const [content, key, nonce, additional] = parts;
    const sealed = seal(content, key, nonce, additional);
    const opens = () => engine.decrypt(sealed, key, nonce, additional) !== null;
    expect(opens()).toBe(true);
    for (const part of [sealed, key, nonce, additional]) {
      for (let bit = 0; bit < part.length * 8; bit += 1) {
        part[bit >> 3]! ^= 1 << (bit & 7);
        expect(opens()).toBe(false);
        part[bit >> 3]! ^= 1 << (bit & 7);
      }
    }
    for (let length = 0; length < sealed.length; length += 1)
      expect(engine.decrypt(sealed.subarray(0, length), key, nonce, additional)).toBeNull();
  });

  test('refuses other lengths', () => {
    const [content, key, nonce] = [fresh(5), fresh(32), fresh(NONCE_BYTES)];
    for (const length of [0, 8, 12, 23, 25]) {
      expect(() => seal(content, key, fresh(length))).toThrow(TypeError);
      expect(() => engine.decrypt(fresh(21), key, fresh(length))).toThrow(TypeError);
    }
    for (const length of [0, 16, 31, 33]) {
      expect(() => seal(content, fresh(length), nonce)).toThrow(TypeError);
      expect(() => engine.decrypt(fresh(21), fresh(length), nonce)).toThrow(TypeError);
    }
    for (const length of [5, 20, 22])
      expect(() => engine.encrypt(content, key, nonce, fresh(length))).toThrow(TypeError);
  });
});

describe('X25519', () => {
  test('makes the public keys and shared secrets of libsodium, for 100 keys of any spelling', () => {
    fc.assert(
      fc.property(bytes(32), bytes(32), (secretKey, point) => {
        expect(isSame(platform.curvePublicKey(secretKey), sodium.crypto_scalarmult_base(secretKey))).toBe(true);
        const expected = sodium.crypto_scalarmult(secretKey, point);
        expect(isSame(platform.curveShared(secretKey, point), expected)).toBe(true);
        // The highest bit does not count.
        const other = Uint8Array.from(point, (byte, i) => (i === 31 ? byte ^ 0x80 : byte));
        expect(isSame(platform.curveShared(secretKey, other), expected)).toBe(true);
      }),
      { numRuns: 100 },
    );
  });

  test('multiplies every number from p on as libsodium does, which refuses those of low order', () => {
    const secretKey = fresh(32);
    for (let value = P; value < HIGH_BIT; value += 1n) {
      const shared = platform.curveShared(secretKey, bytesOf(value));
      expect(shared && Uint8Array.from(shared)).toEqual(
        orNull(() => sodium.crypto_scalarmult(secretKey, bytesOf(value))),
      );
    }
  });

  test('shares nothing with a point of low order, in any spelling', () => {
    for (const point of LOW_ORDER_SPELLINGS) expect(platform.curveShared(fresh(32), point)).toBeNull();
  });

  test('makes key pairs that differ, and fit', () => {
    const [one, other] = [platform.curveKeyPair(), platform.curveKeyPair()];
    expect(one.secretKey).not.toEqual(other.secretKey);
    expect(isSame(one.publicKey, sodium.crypto_scalarmult_base(one.secretKey))).toBe(true);
  });

  test('refuses other lengths', () => {
    for (const length of [0, 31, 33]) {
      expect(() => platform.curvePublicKey(fresh(length))).toThrow(TypeError);
      expect(() => platform.curveShared(fresh(length), fresh(32))).toThrow(TypeError);
      expect(() => platform.curveShared(fresh(32), fresh(length))).toThrow(TypeError);
    }
  });
});

/** A sealed box as whoever has both halves of a key could make it. */
function boxUnder(key: Uint8Array, point: Uint8Array, publicKey: Uint8Array): Uint8Array {
  const nonce = sodium.crypto_generichash(NONCE_BYTES, Buffer.concat([point, publicKey]), null);
  return Uint8Array.from(Buffer.concat([point, sodium.crypto_secretbox_easy(fresh(7), nonce, key)]));
}

describe('a sealed box', () => {
  const { engine } = platform;

  test('is opened by the other: 100 contents each way', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (content) => {
        const keys = ofSodium.curveKeyPair();
        const here = platform.sealBox(content, keys.publicKey);
        expect(here).toHaveLength(content.length + 48);
        expect(ofSodium.openBox(here, keys)).toEqual(Uint8Array.from(content));
        const there = sodium.crypto_box_seal(content, keys.publicKey);
        const opened = engine.openBox(there, keys);
        expect(opened).toEqual(Uint8Array.from(content));
        expect(opened!.buffer.byteLength).toBe(content.length);
      }),
      { numRuns: 100 },
    );
  });

  test('opens as with libsodium when a bit is changed: never, but for the one of the key that does not count', () => {
    const keys = ofSodium.curveKeyPair();
    const sealed = sodium.crypto_box_seal(fresh(5), keys.publicKey);
    for (let bit = 7; bit < sealed.length * 8; bit += 8) {
      const changed = Uint8Array.from(sealed, (byte, i) => (i === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
      expect(engine.openBox(changed, keys)).toEqual(ofSodium.openBox(changed, keys));
    }
  });

  test('whose key has another spelling opens as with libsodium', () => {
    const keys = ofSodium.curveKeyPair();
    for (const value of [...Array.from({ length: 19 }, (_, i) => P + BigInt(i)), 9n | HIGH_BIT]) {
      const point = bytesOf(value);
      const key = orNull(() => sodium.crypto_box_beforenm(point, keys.secretKey));
      const sealed = boxUnder(key ?? fresh(32), point, keys.publicKey);
      expect(ofSodium.openBox(sealed, keys) !== null).toBe(key !== null);
      expect(engine.openBox(sealed, keys)).toEqual(ofSodium.openBox(sealed, keys));
    }
  });

  test('with a point of low order does not open, though whoever made it knows what is shared', () => {
    const keys = ofSodium.curveKeyPair();
    const key = new Uint32Array(8);
    hsalsa(new Uint32Array(Uint8Array.from(Buffer.from('expand 32-byte k')).buffer), key.slice(), key.slice(0, 4), key);
    for (const point of LOW_ORDER_SPELLINGS) {
      const sealed = boxUnder(new Uint8Array(key.buffer), point, keys.publicKey);
      expect(ofSodium.openBox(sealed, keys)).toBeNull();
      expect(engine.openBox(sealed, keys)).toBeNull();
    }
  });

  test('is not made for a point of low order', () => {
    for (const point of LOW_ORDER_SPELLINGS) {
      expect(orNull(() => sodium.crypto_box_seal(fresh(5), point))).toBeNull();
      expect(() => platform.sealBox(fresh(5), point)).toThrow('the key is none: nothing is sealed for it');
    }
  });

  test('refuses other lengths', () => {
    const keys = ofSodium.curveKeyPair();
    for (const length of [0, 32, 47]) expect(() => engine.openBox(fresh(length), keys)).toThrow(TypeError);
    expect(engine.openBox(fresh(48), keys)).toBeNull();
    for (const length of [0, 31, 33]) {
      expect(() => platform.sealBox(fresh(5), fresh(length))).toThrow(TypeError);
      expect(() => engine.openBox(fresh(80), { ...keys, publicKey: fresh(length) })).toThrow(TypeError);
      expect(() => engine.openBox(fresh(80), { ...keys, secretKey: fresh(length) })).toThrow(TypeError);
    }
  });
});

describe('many sealed boxes', () => {
  /** Lines for several keys, one in five for none of them, and one with a point of low order. */
  function lines(count: number, keys: readonly KeyPair[]) {
    const stranger = ofSodium.curveKeyPair();
    const boxes = Array.from({ length: count }, (_, i) => {
      const to = i % 5 === 0 ? stranger : keys[i % keys.length]!;
      return sodium.crypto_box_seal(fresh(32), to.publicKey);
    });
    boxes[1]!.set(LOW_ORDER_SPELLINGS[3]!);
    boxes[2]![31]! ^= 0x80;
    return boxes;
  }

  function expected(boxes: readonly Uint8Array[], keys: readonly KeyPair[]) {
    return boxes.flatMap((sealed, box) =>
      keys.flatMap((pair, i) => {
        const content = ofSodium.openBox(sealed, pair);
        return content === null ? [] : [{ content, box, keys: i }];
      }),
    );
  }

  /** As a browser loads it, whose WebCrypto is looked at once. */
  async function freshPlatform(subtle: unknown): Promise<Platform> {
    vi.resetModules();
    vi.stubGlobal('crypto', { getRandomValues: crypto.getRandomValues.bind(crypto), subtle });
    return import('../page/platform.ts');
  }
  afterEach(() => vi.unstubAllGlobals());

  /** Of this Node, which counts what it is asked for. */
  function counting(deriveBits: (...given: Parameters<typeof crypto.subtle.deriveBits>) => Promise<ArrayBuffer>) {
    const { subtle } = crypto;
    return { importKey: vi.fn(subtle.importKey.bind(subtle)), deriveBits: vi.fn(deriveBits) };
  }
  const real = crypto.subtle.deriveBits.bind(crypto.subtle);
  const places = {
    'with WebCrypto': () => counting(real),
    'without WebCrypto': () => undefined,
    'with one that does not know the curve': () => ({
      importKey: () => Promise.reject(new DOMException('none', 'NotSupportedError')),
    }),
    'with one that counts wrongly': () => counting(async () => Uint8Array.from(Array(32).keys()).buffer),
    'with one that takes no key of low order, as Firefox does': () => {
      const subtle = counting(real);
      const importKey = subtle.importKey.getMockImplementation()!;
      subtle.importKey.mockImplementation(async (...given) => {
        const isLow = LOW_ORDER_SPELLINGS.some((point) => isSame(point, given[1] as Uint8Array));
        if (given[0] === 'raw' && isLow) throw new DOMException('none', 'DataError');
        return importKey(...given);
      });
      return subtle;
    },
    'with one that gives zeros for low order': () =>
      counting((...given) => real(...given).catch(() => new ArrayBuffer(32))),
  };

  test.each(Object.entries(places))('are opened as by libsodium, in order, %s', async (_, place) => {
    const subtle = place();
    const { openBoxes } = await freshPlatform(subtle);
    for (const [count, keyCount] of [
      [0, 1],
      [5, 0],
      [64, 1],
      [65, 2],
    ] as const) {
      const keys = Array.from({ length: keyCount }, ofSodium.curveKeyPair);
      const boxes = count === 0 ? [] : lines(count, keyCount === 0 ? [ofSodium.curveKeyPair()] : keys);
      const opened = await openBoxes(Uint8Array.from(Buffer.concat(boxes)), SEALED_ID_BYTES, keys);
      expect(opened).toEqual(expected(boxes, keys));
      if (count > 60) expect(opened.length).toBeGreaterThan(count / 2);
    }
  });

  test('are given to WebCrypto some at a time, and none is multiplied here', async () => {
    let most = 0;
    let underWay = 0;
    const subtle = counting(async (...given) => {
      underWay += 1;
      most = Math.max(most, underWay);
      return real(...given).finally(() => {
        underWay -= 1;
      });
    });
    const { openBoxes } = await freshPlatform(subtle);
    const keys = [ofSodium.curveKeyPair()];
    const boxes = Array.from({ length: 300 }, () => sodium.crypto_box_seal(fresh(32), keys[0]!.publicKey));
    expect(await openBoxes(Uint8Array.from(Buffer.concat(boxes)), SEALED_ID_BYTES, keys)).toHaveLength(300);
    expect(most).toBe(64);
    expect(subtle.deriveBits).toHaveBeenCalledTimes(301); // and the example once
    await openBoxes(Uint8Array.from(boxes[0]!), SEALED_ID_BYTES, keys);
    expect(subtle.deriveBits).toHaveBeenCalledTimes(302);
  });

  test.each(['with WebCrypto', 'without WebCrypto'] as const)('let go on what waits, %s', async (where) => {
    const { openBoxes } = await freshPlatform(places[where]());
    let turns = 0;
    let isOver = false;
    const turn = () => {
      turns += 1;
      if (!isOver) setImmediate(turn);
    };
    setImmediate(turn);
    const keys = [ofSodium.curveKeyPair()];
    await openBoxes(fresh(200 * SEALED_ID_BYTES), SEALED_ID_BYTES, keys);
    isOver = true;
    expect(turns).toBeGreaterThanOrEqual(3);
  });

  test('refuse other lengths', async () => {
    const keys = [ofSodium.curveKeyPair()];
    for (const [all, length] of [
      [81, 80],
      [79, 80],
      [94, 47],
      [0, 0],
      [80, Number.NaN],
    ] as const)
      await expect(platform.openBoxes(fresh(all), length, keys)).rejects.toThrow(TypeError);
    for (const half of ['publicKey', 'secretKey']) {
      const wrong = [{ ...keys[0]!, [half]: fresh(31) }];
      await expect(platform.openBoxes(fresh(80), 80, wrong)).rejects.toThrow(TypeError);
    }
  });
});

describe('Ed25519', () => {
  test('makes the keys and signatures of libsodium: 60 seeds', () => {
    fc.assert(
      fc.property(bytes(32), fc.uint8Array({ maxLength: 200 }), (seed, message) => {
        const { publicKey, secretKey } = platform.signingKeyPair(seed);
        const theirs = sodium.crypto_sign_seed_keypair(seed);
        expect(isSame(publicKey, theirs.publicKey)).toBe(true);
        expect(isSame(secretKey, theirs.privateKey)).toBe(true);
        const signature = platform.sign(message, secretKey);
        expect(isSame(signature, sodium.crypto_sign_detached(message, theirs.privateKey))).toBe(true);
        expect(platform.verify(signature, message, publicKey)).toBe(true);
        expect(platform.verify(signature, Uint8Array.of(...message, 0), publicKey)).toBe(false);
      }),
      { numRuns: 60 },
    );
    expect(platform.signingKeyPair().publicKey).not.toEqual(platform.signingKeyPair().publicKey);
  });

  const isTaken = (signature: Uint8Array, message: Uint8Array, key: Uint8Array) =>
    sodium.crypto_sign_verify_detached(signature, message, key);
  /** As `isSignature`, with what the page has. */
  const isGood = (signature: Uint8Array, message: Uint8Array, key: Uint8Array) =>
    platform.verify(signature, message, key) && platform.curveKeyOfSigningKey(signature.slice(0, 32)) !== null;

  /** A secret number and its point, with a point of small order added, or one of those alone in some spelling. */
  interface Half {
    readonly number: bigint;
    readonly point: Uint8Array;
  }
  const halfWith = (twist: Uint8Array): Half => {
    const native = addon as unknown as Record<string, (...all: Buffer[]) => void>;
    const [number, point] = [numberIn(fresh(32)) % ORDER, Buffer.alloc(32)];
    native.crypto_scalarmult_ed25519_base_noclamp!(point, Buffer.from(bytesOf(number)));
    return { number, point: addPoints(point, twist) };
  };

  /** What whoever has the secret numbers of key and R can make: good with the cofactor, and by luck without it. */
  function forge(message: Uint8Array, key: Half, r: Half): Uint8Array {
    const hash = createHash('sha512').update(r.point).update(key.point).update(message).digest();
    return Uint8Array.from(Buffer.concat([r.point, bytesOf((r.number + numberIn(hash) * key.number) % ORDER)]));
  }

  /** Whether all take it, or none. */
  function isTakenByAll(signature: Uint8Array, message: Uint8Array, key: Uint8Array): boolean {
    const verdict = isTaken(signature, message, key);
    expect(platform.verify(signature, message, key)).toBe(verdict);
    expect(isGood(signature, message, key)).toBe(isSignature(signature, message, key));
    return verdict;
  }

  test('takes a signature exactly where libsodium does: with points of small order added to key and R', () => {
    const taken = SMALL_ORDER.flatMap((twistKey) =>
      SMALL_ORDER.flatMap((twistR) =>
        Array.from({ length: 5 }, () => {
          const [message, key, r] = [fresh(9), halfWith(twistKey), halfWith(twistR)];
          return isTakenByAll(forge(message, key, r), message, key.point);
        }),
      ),
    );
    expect(taken.slice(-5)).toEqual(Array(5).fill(true)); // with the neutral point twice
    // Of the 315 others some 40 are good without the cofactor, and each with it.
    expect(taken.filter((verdict) => verdict).length).toBeGreaterThan(10);
    expect(taken.filter((verdict) => !verdict).length).toBeGreaterThan(200);
  });

  test('and not where key or R is of small order, in any spelling', () => {
    const [message, neutral] = [fresh(9), SMALL_ORDER.at(-1)!];
    for (const point of ODD_POINTS) {
      const odd = { number: 0n, point };
      for (const [key, r] of [
        [odd, halfWith(neutral)],
        [halfWith(neutral), odd],
        [odd, odd],
      ] as const)
        expect(isTakenByAll(forge(message, key, r), message, key.point)).toBe(false);
    }
  });

  test("and not where S is the group's order or more, key or signature changed in a bit", () => {
    const message = fresh(20);
    const { publicKey, secretKey } = platform.signingKeyPair();
    const signature = platform.sign(message, secretKey);
    const s = numberIn(signature.subarray(32));
    for (let more = s + ORDER; more < 2n ** 256n; more += ORDER) {
      const changed = Uint8Array.from(Buffer.concat([signature.subarray(0, 32), bytesOf(more)]));
      expect(isTaken(changed, message, publicKey)).toBe(false);
      expect(platform.verify(changed, message, publicKey)).toBe(false);
    }
    for (const part of [signature, publicKey]) {
      for (let bit = 0; bit < part.length * 8; bit += 5) {
        part[bit >> 3]! ^= 1 << (bit & 7);
        expect(platform.verify(signature, message, publicKey)).toBe(false);
        part[bit >> 3]! ^= 1 << (bit & 7);
      }
    }
    expect(platform.verify(signature, message, publicKey)).toBe(true);
  });

  test('converts the keys that libsodium converts, to the same, and no others', () => {
    const random = Array.from({ length: 200 }, () => fresh(32));
    const good = Array.from({ length: 50 }, () => sodium.crypto_sign_keypair().publicKey);
    const twisted = good.slice(0, 10).flatMap((key) => SMALL_ORDER.map((point) => addPoints(key, point)));
    const keys = [...ODD_POINTS, ...random, ...good, ...twisted];
    for (const key of keys) {
      const given = platform.curveKeyOfSigningKey(key);
      expect(given && Uint8Array.from(given)).toEqual(ofSodium.curveKeyOfSigningKey(key));
      expect(given !== null).toBe(isCanonicalSigningKey(key));
    }
    // 50, ten of them again with the neutral point, and some of the random and odd ones; all others are refused.
    const converted = keys.filter((key) => platform.curveKeyOfSigningKey(key) !== null).length;
    expect(converted).toBeGreaterThanOrEqual(60);
    expect(keys.length - converted).toBeGreaterThan(250);
  });

  test('refuses other lengths', () => {
    const { publicKey, secretKey } = platform.signingKeyPair();
    for (const length of [0, 31, 33, 63, 65]) {
      expect(() => platform.signingKeyPair(fresh(length))).toThrow(TypeError);
      expect(() => platform.sign(fresh(5), fresh(length))).toThrow(TypeError);
      expect(() => platform.verify(fresh(length), fresh(5), publicKey)).toThrow(TypeError);
      expect(() => platform.verify(fresh(64), fresh(5), fresh(length))).toThrow(TypeError);
      expect(() => platform.curveKeyOfSigningKey(fresh(length))).toThrow(TypeError);
    }
    expect(platform.sign(fresh(5), secretKey)).toHaveLength(64);
  });
});

describe('X-Wing', () => {
  test('is opened by the other, each way: 30 seeds', () => {
    fc.assert(
      fc.property(bytes(32), (seed) => {
        const { publicKey, secretKey } = platform.xwingKeyPair(seed);
        expect(isSame(publicKey, sodium.crypto_kem_xwing_seed_keypair(seed).publicKey)).toBe(true);
        expect(isSame(secretKey, sodium.crypto_kem_xwing_seed_keypair(seed).privateKey)).toBe(true);
        const here = platform.encapsulate(publicKey);
        expect(isSame(sodium.crypto_kem_xwing_dec(here.ciphertext, secretKey), here.sharedSecret)).toBe(true);
        const there = sodium.crypto_kem_xwing_enc(publicKey);
        expect(isSame(platform.decapsulate(there.ciphertext, secretKey), there.sharedSecret)).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  test('makes key pairs and encapsulations that differ, and keeps no hold of the seed', () => {
    const [one, other] = [platform.xwingKeyPair(), platform.xwingKeyPair()];
    expect(one.secretKey).not.toEqual(other.secretKey);
    const made = [platform.encapsulate(one.publicKey), platform.encapsulate(one.publicKey)];
    expect(made[0]!.ciphertext).not.toEqual(made[1]!.ciphertext);
    expect(made[0]!.sharedSecret).not.toEqual(made[1]!.sharedSecret);
    const seed = fresh(32);
    const { secretKey } = platform.xwingKeyPair(seed);
    expect(isSame(secretKey, seed)).toBe(true);
    seed.fill(0);
    expect(isSame(secretKey, seed)).toBe(false);
  });

  test('gives of a changed ciphertext what libsodium gives, and the same of another X25519 spelling', () => {
    const { publicKey, secretKey } = platform.xwingKeyPair();
    const { ciphertext } = platform.encapsulate(publicKey);
    for (const at of [0, 500, 959, 960, 1087, 1088, 1119]) {
      for (const by of [1, 0x80]) {
        const changed = Uint8Array.from(ciphertext, (byte, i) => (i === at ? byte ^ by : byte));
        const expected = sodium.crypto_kem_xwing_dec(changed, secretKey);
        expect(isSame(platform.decapsulate(changed, secretKey), expected)).toBe(true);
      }
    }
    for (let value = P; value < HIGH_BIT; value += 1n) {
      const changed = Uint8Array.from(Buffer.concat([ciphertext.subarray(0, 1088), bytesOf(value)]));
      const given = platform.decapsulate(changed, secretKey);
      const expected = orNull(() => sodium.crypto_kem_xwing_dec(changed, secretKey));
      expect(given && Uint8Array.from(given)).toEqual(expected);
    }
  });

  test('opens nothing whose X25519 part is of low order, and seals nothing for such a key', () => {
    const { publicKey, secretKey } = platform.xwingKeyPair();
    const { ciphertext } = platform.encapsulate(publicKey);
    for (const point of LOW_ORDER_SPELLINGS) {
      const changed = Uint8Array.from(Buffer.concat([ciphertext.subarray(0, 1088), point]));
      expect(orNull(() => sodium.crypto_kem_xwing_dec(changed, secretKey))).toBeNull();
      expect(platform.decapsulate(changed, secretKey)).toBeNull();
      const key = Uint8Array.from(Buffer.concat([publicKey.subarray(0, 1184), point]));
      expect(orNull(() => sodium.crypto_kem_xwing_enc(key))).toBeNull();
      expect(() => platform.encapsulate(key)).toThrow('the key is none: nothing is sealed for it');
    }
  });

  test('seals for a key exactly where libsodium does: numbers of ML-KEM too large, a matrix of any seed, the bit that does not count', () => {
    const { publicKey, secretKey } = platform.xwingKeyPair();
    const changed = (at: number, value: number) => Uint8Array.from(publicKey, (byte, i) => (i === at ? value : byte));
    const keys = [
      Uint8Array.from(publicKey).fill(0xff, 0, 3),
      Uint8Array.from(publicKey).fill(0xff, 1149, 1152),
      Uint8Array.from(publicKey).fill(0, 0, 1152),
      Uint8Array.from(publicKey).fill(0xff, 1152, 1184),
      changed(1215, publicKey[1215]! | 0x80),
      publicKey,
    ];
    // 3,328, 3,329 and 4,095 as the first number: its lower 8 bits, then 4 more in the lower half of the next byte.
    for (const value of [3328, 3329, 4095]) {
      const key = changed(0, value & 0xff);
      key[1] = (key[1]! & 0xf0) | (value >> 8);
      keys.push(key);
    }
    const verdicts = keys.map((key) => {
      const isSealed = orNull(() => sodium.crypto_kem_xwing_enc(key)) !== null;
      if (isSealed) platform.encapsulate(key);
      else expect(() => platform.encapsulate(key)).toThrow('the key is none: nothing is sealed for it');
      return isSealed;
    });
    expect(verdicts).toEqual([false, false, true, true, true, true, true, false, false]);
    // The secret is bound to the key as it was spelled: whoever opens it with the other spelling gets another one.
    const { ciphertext, sharedSecret } = platform.encapsulate(keys[4]!);
    expect(isSame(sodium.crypto_kem_xwing_dec(ciphertext, secretKey), sharedSecret)).toBe(false);
  });

  test('refuses other lengths', () => {
    for (const length of [0, 31, 33]) {
      expect(() => platform.xwingKeyPair(fresh(length))).toThrow(TypeError);
      expect(() => platform.decapsulate(fresh(1120), fresh(length))).toThrow(TypeError);
    }
    for (const length of [0, 1215, 1217]) expect(() => platform.encapsulate(fresh(length))).toThrow(TypeError);
    for (const length of [0, 1119, 1121])
      expect(() => platform.decapsulate(fresh(length), fresh(32))).toThrow(TypeError);
  });
});

test('secrets are compared whole, and those of other lengths are a fault', () => {
  const secret = fresh(32);
  expect(platform.equalSecrets(secret, secret.slice())).toBe(true);
  for (let bit = 0; bit < 256; bit += 1) {
    const other = Uint8Array.from(secret, (byte, i) => (i === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
    expect(platform.equalSecrets(secret, other)).toBe(false);
  }
  expect(() => platform.equalSecrets(secret, secret.subarray(1))).toThrow(TypeError);
  expect(platform.guard(secret)).toBe(secret);
});

describe('bundled for a page', async () => {
  const { outputFiles } = await build({
    stdin: { contents: "export * from './page/platform.ts'", resolveDir: join(import.meta.dirname, '..') },
    bundle: true,
    write: false,
    minify: true,
    format: 'iife',
    globalName: 'platform',
    platform: 'browser',
    target: 'firefox140',
  });
  const script = outputFiles[0]!.text;

  test('it is one script without modules, WebAssembly or anything of Node, of less than 100 KB', () => {
    expect(
      /\bimport\(|\bWebAssembly\b|\bBuffer\b|\bprocess\.\w+[.[]|\brequire\b|\beval\b|new Function/.exec(script),
    ).toBeNull();
    expect(script.length).toBeGreaterThan(30_000);
    expect(script.length).toBeLessThan(100_000);
  });

  test('it runs where there is nothing but what a browser has', async () => {
    const { getRandomValues, subtle } = crypto;
    const place = {
      crypto: { getRandomValues: getRandomValues.bind(crypto), subtle },
      ...{
        setTimeout,
        clearTimeout,
        fetch,
        MessageChannel,
        TextEncoder,
        TextDecoder,
        URL,
        AbortSignal,
        AbortController,
      },
      ...{ atob, btoa },
    };
    const there = runInNewContext(`${script}; platform`, place) as Platform;
    const keys = there.curveKeyPair();
    const opened = await there.openBoxes(there.sealBox(fresh(32), keys.publicKey), 80, [keys]);
    expect(opened).toHaveLength(1);
    await there.pause();
    expect(() => there.transportTo(new URL('https://drop.example'))).toThrow('an .onion address has 56');
  });
});

test('base64 is written and read as Node does it, whatever the bytes; what is none is none', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.constantFrom('base64', 'base64url'), (given, alphabet) => {
      const text = nodeMachine.toBase64(given, alphabet);
      expect(machine.toBase64(given, alphabet)).toBe(text);
      expect(machine.fromBase64(text)).toEqual(given);
    }),
  );
  for (const text of ['a', 'a*bc', 'ab=c', '\u0101bcd']) expect(machine.fromBase64(text)).toBeNull();
});

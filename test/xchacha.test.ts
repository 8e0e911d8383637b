import { Cipheriv, type CipherKey, createCipheriv, Decipheriv, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import sodium from 'libsodium-wrappers';
import { describe, expect, test, vi } from 'vitest';
import type { Cipher } from '../core/platform.ts';
import { engine, native, wasm } from '../node/sodium/engine.ts';
import { hchacha20, openssl } from '../node/sodium/xchacha.ts';
import { CELL_CONTENT_BYTES, NONCE_BYTES, TAG_BYTES } from '../wire/sizes.ts';

vi.mock('node:crypto', async (original) => {
  const crypto = await original<typeof import('node:crypto')>();
  return { ...crypto, createCipheriv: vi.fn(crypto.createCipheriv), createDecipheriv: vi.fn(crypto.createDecipheriv) };
});

await sodium.ready;

/** All that there is, libsodium first. */
const ciphers: Record<string, Cipher> = { wasm, ...(native && { native }), openssl: openssl! };

const hex = (text: string) => Buffer.from(text, 'hex');

function seal(cipher: Cipher, content: Uint8Array, key: Uint8Array, nonce: Uint8Array, additional?: Uint8Array) {
  const sealed = Buffer.alloc(content.length + TAG_BYTES);
  cipher.encrypt(content, key, nonce, sealed, additional);
  return sealed;
}

test('both libsodiums and OpenSSL are here, and OpenSSL is what encrypts cells', () => {
  expect(Object.keys(ciphers)).toEqual(['wasm', 'native', 'openssl']);
  expect(openssl).toBeDefined();
  expect(engine).toMatchObject({ ...openssl, openBox: native!.openBox });
});

test('HChaCha20 gives the subkey of the draft, section 2.2.1', () => {
  const key = hex('000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f');
  const subkey = hchacha20(key, hex('000000090000004a0000000031415927'));
  expect(Buffer.from(subkey)).toEqual(hex('82413b4227b27bfed30e42508a877d73a0f9e4d58a74a853c12ec41326d3ecdc'));
});

describe.each(Object.entries(ciphers))('%s', (_, cipher) => {
  test('seals and opens the example of the draft, appendix A.3.1', () => {
    const [key, nonce] = [
      hex('808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f'),
      hex('404142434445464748494a4b4c4d4e4f5051525354555657'),
    ];
    const additional = hex('50515253c0c1c2c3c4c5c6c7');
    const content = Buffer.from(
      "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.",
    );
    const sealed = hex(
      'bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb731c7f1b0b4aa6440bf3a82f4eda7e39ae64c6708c54c216cb' +
        '96b72e1213b4522f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff921f9664c97637da9768812f615c68b13b52e' +
        'c0875924c1c7987947deafd8780acf49',
    );
    expect(seal(cipher, content, key, nonce, additional)).toEqual(sealed);
    expect(Buffer.from(cipher.decrypt(sealed, key, nonce, additional)!)).toEqual(content);
    for (const other of [undefined, Buffer.alloc(0), additional.subarray(1)]) {
      expect(cipher.decrypt(sealed, key, nonce, other)).toBeNull();
    }
  });

  test('opens into memory of its own, of which a slice is a copy', () => {
    const [content, key, nonce] = [randomBytes(70), randomBytes(32), randomBytes(NONCE_BYTES)];
    const sealed = seal(cipher, content, key, nonce);
    const opened = cipher.decrypt(sealed, key, nonce)!;
    const copy = opened.slice();
    for (const each of [sealed, opened]) each.fill(0);
    expect(Buffer.compare(copy, content)).toBe(0);
    expect(opened.buffer.byteLength).toBe(content.length);
  });

  test('refuses keys and nonces of another length', () => {
    const [content, key, nonce] = [Buffer.alloc(5), Buffer.alloc(32), Buffer.alloc(NONCE_BYTES)];
    for (const length of [0, 8, 12, 16, 20, 23, 25, 32]) {
      expect(() => seal(cipher, content, key, Buffer.alloc(length))).toThrow();
    }
    for (const length of [0, 16, 31, 33, 64]) {
      expect(() => seal(cipher, content, Buffer.alloc(length), nonce)).toThrow();
    }
  });

  test('opens nothing that is shorter than a tag, or cut anywhere', () => {
    const [key, nonce] = [randomBytes(32), randomBytes(NONCE_BYTES)];
    const sealed = seal(cipher, randomBytes(100), key, nonce);
    expect(cipher.decrypt(sealed, key, nonce)).not.toBeNull();
    for (let length = 0; length < sealed.length; length += 1) {
      expect(cipher.decrypt(sealed.subarray(0, length), key, nonce)).toBeNull();
    }
  });
});

/** What is used of one of Wycheproof's cases, in hexadecimal. */
interface Case {
  readonly tcId: number;
  readonly result: 'valid' | 'invalid';
  readonly key: string;
  readonly iv: string;
  readonly aad: string;
  readonly msg: string;
  readonly ct: string;
  readonly tag: string;
}

/** And of its format. */
interface Wycheproof {
  readonly numberOfTests: number;
  readonly testGroups: readonly { readonly ivSize: number; readonly tests: readonly Case[] }[];
}

describe('Wycheproof', () => {
  const file = new URL('wycheproof/xchacha20_poly1305_test.json', import.meta.url);
  const { numberOfTests, testGroups } = JSON.parse(readFileSync(file, 'utf8')) as Wycheproof;
  const cases = testGroups.flatMap(({ tests }) => tests);

  test('has 284 cases, 64 of which are to be refused, four for the length of their nonce', () => {
    expect([numberOfTests, cases.length]).toEqual([284, 284]);
    expect(cases.filter(({ result }) => result === 'invalid')).toHaveLength(64);
    expect(testGroups.map(({ ivSize, tests }) => [ivSize / 8, tests.length])).toEqual([
      [NONCE_BYTES, 280],
      [8, 1],
      [12, 1],
      [20, 1],
      [32, 1],
    ]);
  });

  test.each(Object.entries(ciphers))('%s seals and opens what is valid, and nothing else', (_, cipher) => {
    for (const { tcId, result, ...texts } of cases) {
      const [key, nonce, additional] = [hex(texts.key), hex(texts.iv), hex(texts.aad)];
      const [content, sealed] = [hex(texts.msg), hex(texts.ct + texts.tag)];
      if (nonce.length !== NONCE_BYTES) {
        expect(() => seal(cipher, content, key, nonce, additional), `case ${tcId}`).toThrow();
        continue;
      }
      const isValid = result === 'valid';
      expect(seal(cipher, content, key, nonce, additional).equals(sealed), `case ${tcId}`).toBe(isValid);
      const opened = cipher.decrypt(sealed, key, nonce, additional);
      expect(opened && Buffer.from(opened), `case ${tcId}`).toEqual(isValid ? content : null);
    }
  });
});

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });

/** Short contents, and those about the ends of the steps in which OpenSSL is given them. */
const anyLength = fc.oneof(
  { weight: 9, arbitrary: fc.nat({ max: 300 }) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: -17, max: 17 }))
      .map(([steps, by]) => steps * 2 ** 16 + by),
  },
);
const anyContent = anyLength.map((length) => randomBytes(length));
const anyAdditional = fc.option(fc.uint8Array({ maxLength: 100 }), { nil: undefined });

test('of 2,000 contents, keys, nonces and additional data, each is sealed to the bytes of both libsodiums', () => {
  fc.assert(
    fc.property(anyContent, bytes(32), bytes(NONCE_BYTES), anyAdditional, (content, key, nonce, additional) => {
      const sealed = seal(openssl!, content, key, nonce, additional);
      for (const other of Object.values(ciphers)) {
        expect(seal(other, content, key, nonce, additional).equals(sealed)).toBe(true);
        expect(Buffer.compare(other.decrypt(sealed, key, nonce, additional)!, content)).toBe(0);
      }
    }),
    { numRuns: 2000 },
  );
});

test('of 1,000 subkeys each is that under which libsodium encrypts, whatever carries there are', () => {
  const word = fc.oneof(fc.constantFrom(0, 1, 0x7fffffff, 0x80000000, 0xffffffff), fc.nat({ max: 0xffffffff }));
  const words = (count: number) =>
    fc.array(word, { minLength: count, maxLength: count }).map((all) => Buffer.from(Uint32Array.from(all).buffer));
  fc.assert(
    fc.property(words(8), words(4), words(2), (key, input, rest) => {
      const nonce = Buffer.concat([input, rest]);
      const under = Buffer.concat([Buffer.alloc(4), rest]);
      const [content, subkey] = [Buffer.alloc(64), hchacha20(key, input)];
      const sealed = sodium.crypto_aead_chacha20poly1305_ietf_encrypt(content, null, null, under, subkey);
      expect(Buffer.compare(seal(wasm, content, key, nonce), sealed)).toBe(0);
    }),
    { numRuns: 1000 },
  );
});

test('a cell content of zeros, of ones and of random bytes is sealed to the bytes of both libsodiums', () => {
  const [key, nonce] = [randomBytes(32), randomBytes(NONCE_BYTES)];
  for (const content of [
    Buffer.alloc(CELL_CONTENT_BYTES),
    Buffer.alloc(CELL_CONTENT_BYTES, 0xff),
    randomBytes(CELL_CONTENT_BYTES),
  ]) {
    const [first, ...others] = Object.values(ciphers).map((cipher) => seal(cipher, content, key, nonce));
    for (const other of others) expect(other.equals(first!)).toBe(true);
    for (const cipher of Object.values(ciphers)) {
      expect(Buffer.compare(cipher.decrypt(first!, key, nonce)!, content)).toBe(0);
    }
  }
});

test('with any one bit changed, of content, tag, key, nonce or additional data, nothing opens', () => {
  const [content, key, nonce, additional] = [
    randomBytes(40),
    randomBytes(32),
    randomBytes(NONCE_BYTES),
    randomBytes(9),
  ];
  const sealed = seal(openssl!, content, key, nonce, additional);
  const opens = () => openssl!.decrypt(sealed, key, nonce, additional) !== null;
  expect(opens()).toBe(true);
  for (const part of [sealed, key, nonce, additional]) {
    for (let bit = 0; bit < part.length * 8; bit += 1) {
      part[bit >> 3]! ^= 1 << (bit & 7);
      expect(opens()).toBe(false);
      part[bit >> 3]! ^= 1 << (bit & 7);
    }
  }
  expect(opens()).toBe(true);
});

test('what was decrypted before the tag was found wrong is wiped, and what opened is not', () => {
  const [content, key, nonce] = [randomBytes(1000), randomBytes(32), randomBytes(NONCE_BYTES)];
  const sealed = seal(openssl!, content, key, nonce);
  const update = vi.spyOn(Decipheriv.prototype, 'update');
  expect(Buffer.compare(openssl!.decrypt(sealed, key, nonce)!, content)).toBe(0);
  sealed[sealed.length - 1]! ^= 1;
  expect(openssl!.decrypt(sealed, key, nonce)).toBeNull();
  const [opened, wiped] = update.mock.results.map(({ value }) => value as unknown as Buffer);
  update.mockRestore();
  expect(opened!.equals(content)).toBe(true);
  expect(wiped!.equals(Buffer.alloc(content.length))).toBe(true);
});

test('no subkey is left in memory, nor the block that it came from; the caller keeps its key', async () => {
  const { createDecipheriv } = await import('node:crypto');
  const [content, key, nonce] = [randomBytes(10), randomBytes(32), randomBytes(NONCE_BYTES)];
  const kept = Buffer.from(key);
  const made = [vi.mocked(createCipheriv), vi.mocked(createDecipheriv)];
  for (const each of made) each.mockClear();
  const update = vi.spyOn(Cipheriv.prototype, 'update');
  const sealed = seal(openssl!, content, key, nonce);
  openssl!.decrypt(sealed, key, nonce);
  openssl!.decrypt(sealed.fill(1), key, nonce);
  const updated = update.mock.results.map(({ value }) => value as unknown as Buffer);
  update.mockRestore();
  const keysOf = (name: string) =>
    made.flatMap(({ mock }) =>
      mock.calls.filter(([algorithm]) => algorithm === name).map(([, used]) => used as CipherKey as Buffer),
    );
  const blocks = updated.filter(({ length }) => length === 64);
  expect(blocks.map((each) => each.equals(Buffer.alloc(64)))).toEqual([true, true, true]);
  expect(keysOf('chacha20').map((each) => each.equals(kept))).toEqual([true, true, true]);
  expect(keysOf('chacha20-poly1305').map((each) => each.equals(Buffer.alloc(32)))).toEqual([true, true, true]);
});

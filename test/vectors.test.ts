import { readdirSync, readFileSync } from 'node:fs';
import sodium from 'libsodium-wrappers';
import { expect, test } from 'vitest';
import { cellDigest, openCell } from '../client/cell.ts';
import { native, wasm } from '../client/engine.ts';
import { checkContact } from '../client/identity.ts';
import { openId } from '../client/sealed-id.ts';
import { formatBatch, linesOf } from '../wire/batch.ts';
import { formatContact, parseContact } from '../wire/contact.ts';
import { formatHead, parseHead } from '../wire/letter.ts';
import { parseSealedId } from '../wire/sealed-id.ts';
import { CELL_CONTENT_BYTES } from '../wire/sizes.ts';

await sodium.ready;

const folder = new URL('vectors/', import.meta.url);
const vectors = readdirSync(folder).map((name) => ({
  name,
  ...JSON.parse(readFileSync(new URL(name, folder), 'utf8')),
}));
const engines = native ? [wasm, native] : [wasm];
const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'));
const hex = (value: Uint8Array) => Buffer.from(value).toString('hex');
const refusal = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    return (error as Error).message;
  }
  return 'not refused';
};

/** Builds the cell of a vector from docs/protocol.md and libsodium alone. */
function cellOf(vector: (typeof vectors)[number]): { cell: Uint8Array; content: Uint8Array } {
  const { publicKey } = sodium.crypto_kem_xwing_seed_keypair(bytes(vector.recipientSeed));
  const made = sodium.crypto_kem_xwing_enc_deterministic(publicKey, bytes(vector.encapsulationSeed));
  const message = Buffer.concat([Buffer.from(`dead-drop 1 ${vector.role} cell`), publicKey, bytes(vector.id)]);
  const key = sodium.crypto_generichash(32, message, made.sharedSecret);
  expect(hex(key)).toBe(vector.key);
  const content = new Uint8Array(CELL_CONTENT_BYTES).map((_, i) => i % 251);
  const sealed = sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(content, null, null, bytes(vector.nonce), key);
  return { cell: Buffer.concat([made.ciphertext, bytes(vector.nonce), sealed]), content };
}

const checks: Record<string, (vector: (typeof vectors)[number]) => void> = {
  'sealed id'(vector) {
    const keys = { publicKey: bytes(vector.publicKey), secretKey: bytes(vector.secretKey) };
    for (const engine of engines) {
      const id = openId(parseSealedId(vector.text), keys, engine);
      expect(id && hex(id)).toBe(vector.opensTo);
    }
  },
  'sealed id text'(vector) {
    expect(refusal(() => parseSealedId(vector.text))).toBe(vector.refusedWith);
  },
  batch(vector) {
    expect([...linesOf(Buffer.from(vector.body))]).toEqual(vector.lines);
    expect(formatBatch(vector.lines).toString()).toBe(vector.body);
  },
  cell(vector) {
    const { cell, content } = cellOf(vector);
    expect(hex(cellDigest(cell))).toBe(vector.digest);
    if (vector.flip !== undefined) cell[vector.flip]! ^= 1;
    const made = sodium.crypto_kem_xwing_seed_keypair(bytes(vector.openSeed ?? vector.recipientSeed));
    const keys = { publicKey: made.publicKey, secretKey: made.privateKey };
    for (const engine of engines) {
      const read = cell.subarray(0, vector.cut);
      const opened = openCell(read, vector.openRole ?? vector.role, keys, bytes(vector.openId ?? vector.id), engine);
      expect(opened !== null).toBe(vector.opens);
      if (opened !== null) expect(Buffer.compare(opened, content)).toBe(0);
    }
  },
  contact(vector) {
    const check = () => {
      const contact = parseContact(vector.text);
      checkContact(contact, new Date(vector.at * 1000));
      return contact;
    };
    if (vector.refusedWith) expect(refusal(check)).toContain(vector.refusedWith);
    else {
      expect(hex(check().identity)).toBe(vector.identity);
      expect(check().drop).toBe(vector.drop);
      expect(formatContact(check())).toBe(vector.text);
    }
  },
  head(vector) {
    const content = new Uint8Array(CELL_CONTENT_BYTES);
    content.set(bytes(vector.head));
    if (vector.refusedWith) return expect(refusal(() => parseHead(content))).toContain(vector.refusedWith);
    const { head, bodyAt } = parseHead(content);
    expect(head).toMatchObject({ textBytes: vector.text, files: [{ name: vector.file, bytes: vector.bytes }] });
    expect(head.cells.map((cell) => ({ id: hex(cell.id), digest: hex(cell.digest) }))).toEqual(vector.cells);
    expect(hex(formatHead(head))).toBe(vector.head);
    expect(bodyAt).toBe(vector.head.length / 2);
  },
};

test('there are vectors of every kind', () => {
  expect(new Set(vectors.map((vector) => vector.kind))).toEqual(new Set(Object.keys(checks)));
});

test.each(vectors)('$name: $about', (vector) => {
  checks[vector.kind]!(vector);
});

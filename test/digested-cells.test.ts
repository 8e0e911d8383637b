import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { contactOf, newIdentity } from '../core/keys/identity.ts';
import { cellDigest, openCell, sealDigestedCell } from '../core/letter/cell.ts';
import { CELL_BYTES, CELL_CONTENT_BYTES } from '../wire/sizes.ts';
import { digestOf } from './claim.ts';

const jane = newIdentity('http://127.0.0.1:8787', 0);
const to = contactOf(jane);
const { cell: keys } = jane.epochs[0]!;
const [content, id] = [randomBytes(CELL_CONTENT_BYTES), randomBytes(32)];

test('cells that are digested while others are sealed have the digest of the protocol, each its own', async () => {
  const sealed = Array.from({ length: 6 }, () => sealDigestedCell(content, 'further', to, id));
  for (const { cell, digest } of sealed) {
    expect(cell).toHaveLength(CELL_BYTES);
    expect(Buffer.compare(await digest, digestOf(cell))).toBe(0);
    expect(Buffer.compare(await cellDigest(cell), digestOf(cell))).toBe(0);
    expect(Buffer.compare(openCell(cell, 'further', to.identity, keys, id)!, content)).toBe(0);
  }
  expect(new Set(sealed.map(({ cell }) => digestOf(cell).toString('hex'))).size).toBe(6);
});

test('the digest is of the cell as it was sealed, whatever is written over it before it is known', async () => {
  const { cell, digest } = sealDigestedCell(content, 'further', to, id);
  const right = digestOf(cell);
  cell.fill(0);
  expect(Buffer.compare(await digest, right)).toBe(0);
});

test('refuses contents of another length than a cell holds', () => {
  for (const length of [0, CELL_CONTENT_BYTES - 1, CELL_CONTENT_BYTES + 1]) {
    expect(() => sealDigestedCell(new Uint8Array(length), 'further', to, id)).toThrow('invalid cell content');
  }
});

import { createHash, randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { contactOf, newIdentity } from '../client/keys/identity.ts';
import { cellDigest, openCell, openDigestedCell, sealCell, sealDigestedCell } from '../client/letter/cell.ts';
import { engine } from '../client/sodium/engine.ts';
import { CELL_BYTES, CELL_CONTENT_BYTES } from '../wire/sizes.ts';

const jane = newIdentity('http://127.0.0.1:8787', 0);
const to = contactOf(jane);
const { cell: keys } = jane.epochs[0]!;
const [content, id] = [randomBytes(CELL_CONTENT_BYTES), randomBytes(32)];

/** As docs/protocol.md has it. */
const digestOf = (cell: Uint8Array) => createHash('sha256').update('dead-drop 1 cell digest').update(cell).digest();

test('cells that are digested while others are sealed have the digest of the protocol, each its own', async () => {
  const sealed = Array.from({ length: 6 }, () => sealDigestedCell(content, to, id));
  for (const { cell, digest } of sealed) {
    expect(cell).toHaveLength(CELL_BYTES);
    expect(Buffer.compare(await digest, digestOf(cell))).toBe(0);
    expect(Buffer.compare(cellDigest(cell), digestOf(cell))).toBe(0);
    expect(Buffer.compare(openCell(cell, 'further', to.identity, keys, id)!, content)).toBe(0);
  }
  expect(new Set(sealed.map(({ cell }) => digestOf(cell).toString('hex'))).size).toBe(6);
});

test('the digest is of the cell as it was sealed, whatever is written over it before it is known', async () => {
  const { cell, digest } = sealDigestedCell(content, to, id);
  const right = digestOf(cell);
  cell.fill(0);
  expect(Buffer.compare(await digest, right)).toBe(0);
});

test('a cell opens with its digest, and not with another, nor as a root, nor when any part of it is changed', async () => {
  const { cell, digest } = sealDigestedCell(content, to, id);
  const named = await digest;
  const open = (it: Uint8Array, by = named) => openDigestedCell(it, by, to.identity, keys, id);
  expect(Buffer.compare((await open(cell))!, content)).toBe(0);
  expect(await open(cell, randomBytes(32))).toBeNull();
  expect(await open(cell, named.subarray(1))).toBeNull();
  expect(await open(cell.subarray(1))).toBeNull();
  expect(await openDigestedCell(cell, named, to.identity, keys, randomBytes(32))).toBeNull();
  const root = sealCell(content, 'root', to, id);
  expect(await open(root, cellDigest(root))).toBeNull();
  for (const at of [0, 1120, 1152, CELL_BYTES - 1]) {
    const changed = Buffer.from(cell);
    changed[at]! ^= 1;
    expect(await open(changed)).toBeNull();
    expect(await open(changed, cellDigest(changed))).toBeNull();
  }
});

test('what opened of a cell with another digest is wiped', async () => {
  const { cell } = sealDigestedCell(content, to, id);
  const opened: Uint8Array[] = [];
  const watching: typeof engine = {
    ...engine,
    decrypt(...sealed) {
      const found = engine.decrypt(...sealed)!;
      opened.push(found);
      return found;
    },
  };
  expect(await openDigestedCell(cell, randomBytes(32), to.identity, keys, id, watching)).toBeNull();
  expect(opened.map((each) => Buffer.compare(each, Buffer.alloc(CELL_CONTENT_BYTES)))).toEqual([0]);
});

test('refuses contents of another length than a cell holds', () => {
  for (const length of [0, CELL_CONTENT_BYTES - 1, CELL_CONTENT_BYTES + 1]) {
    expect(() => sealDigestedCell(new Uint8Array(length), to, id)).toThrow('invalid cell content');
  }
});

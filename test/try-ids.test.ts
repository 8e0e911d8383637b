import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { contactOf, newIdentity } from '../core/keys/identity.ts';
import { cellDigest, openCell, sealCell } from '../core/letter/cell.ts';
import { sealId } from '../core/letter/sealed-id.ts';
import { tryIds } from '../core/read/try-ids.ts';
import { sealDecoy } from '../lambdas/seal-decoy.ts';
import { openBoxes } from '../node/open-boxes.ts';
import { engine, native, wasm } from '../node/sodium/engine.ts';
import { CELL_BYTES, CELL_CONTENT_BYTES } from '../wire/sizes.ts';

const [jane, john] = [newIdentity('http://127.0.0.1:1', 1, 2), newIdentity('http://127.0.0.1:1', 1, 2)];
const keys = [...jane.epochs, ...john.epochs];
const engines = [wasm, ...(native ? [native] : []), engine];

test('both engines are here', () => {
  expect(native).toBeDefined();
});

test('every sealed id for these keys is found, in order, by either engine, on one thread or on several', async () => {
  const mine = [3, 500, 501, 999].map((at, i) => ({ at, id: randomBytes(32), keys: i % 2 }));
  const lines = Array.from({ length: 1000 }, sealDecoy);
  for (const { at, id, keys: index } of mine) lines[at] = sealId(id, keys[index]!.id.publicKey);
  for (const engine of engines) {
    for (const threads of [1, 2, 3, 7]) {
      const found = await tryIds(Buffer.concat(lines), keys, (...boxes) => openBoxes(...boxes, { engine, threads }));
      expect(found.map((one) => ({ id: Buffer.from(one.id).toString('hex'), keys: keys.indexOf(one.keys) }))).toEqual(
        mine.map((one) => ({ id: one.id.toString('hex'), keys: one.keys })),
      );
    }
  }
});

test('no line, or no key, finds nothing', async () => {
  expect(await tryIds(new Uint8Array(), keys)).toEqual([]);
  expect(await tryIds(Buffer.concat([sealDecoy()]), [])).toEqual([]);
  expect(await tryIds(Buffer.concat([sealDecoy()]), keys, (...boxes) => openBoxes(...boxes, { threads: 4 }))).toEqual(
    [],
  );
});

test('what one engine seals the other opens', async () => {
  const { cell: pair } = jane.epochs[0]!;
  const to = contactOf(jane);
  const [content, id] = [randomBytes(CELL_CONTENT_BYTES), randomBytes(32)];
  for (const seals of engines) {
    const cell = sealCell(content, 'root', to, id, seals);
    expect(cell).toHaveLength(CELL_BYTES);
    for (const opens of engines) {
      expect(Buffer.compare(openCell(cell, 'root', to.identity, pair, id, opens)!, content)).toBe(0);
      expect(await cellDigest(cell)).toHaveLength(32);
    }
  }
});

test('cells of the same content share nothing: no encapsulation, commitment or run of bytes', () => {
  const contact = contactOf(jane);
  const [content, id] = [new Uint8Array(CELL_CONTENT_BYTES), randomBytes(32)];
  const cells = Array.from({ length: 20 }, () => sealCell(content, 'root', contact, id));
  for (const [from, to] of [
    [0, 1120],
    [1120, 1152],
    [1152, 1184],
    [CELL_BYTES - 16, CELL_BYTES],
  ] as const) {
    const parts = cells.map((cell) => Buffer.from(cell.subarray(from, to)).toString('hex'));
    expect(new Set(parts).size).toBe(cells.length);
  }
});

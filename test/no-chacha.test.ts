import { randomBytes } from 'node:crypto';
import { describe, expect, test, vi } from 'vitest';
import { contactOf, newIdentity } from '../core/keys/identity.ts';
import { CELL_CONTENT_BYTES } from '../wire/sizes.ts';

/** A Node that says that it lacks a cipher, and fails where it is used all the same. */
const lacking = vi.hoisted((): string[] => []);

vi.mock('node:crypto', async (original) => {
  const crypto = await original<typeof import('node:crypto')>();
  const guarded =
    <Arguments extends [string, ...unknown[]], Result>(make: (...all: Arguments) => Result) =>
    (...all: Arguments) => {
      if (lacking.includes(all[0])) throw new Error('unknown cipher');
      return make(...all);
    };
  return {
    ...crypto,
    getCipherInfo: (name: string, options?: object) =>
      lacking.includes(name) ? undefined : crypto.getCipherInfo(name, options),
    createCipheriv: guarded(crypto.createCipheriv as (...all: [string, ...unknown[]]) => unknown),
    createDecipheriv: guarded(crypto.createDecipheriv as (...all: [string, ...unknown[]]) => unknown),
  };
});

/** The modules as they are when loaded in such a Node, with or without the addon. */
async function load(without: readonly string[], hasAddon: boolean) {
  lacking.splice(0, lacking.length, ...without);
  if (hasAddon) vi.doUnmock('sodium-native');
  else
    vi.doMock('sodium-native', () => {
      throw new Error('not installed');
    });
  vi.resetModules();
  return { ...(await import('../core/letter/cell.ts')), ...(await import('../node/sodium/engine.ts')) };
}

describe.each([
  ['with neither cipher', ['chacha20', 'chacha20-poly1305']],
  ['without the stream cipher', ['chacha20']],
  ['without the sealing one', ['chacha20-poly1305']],
])('in a Node %s', (_, without) => {
  test.each([
    ['the addon', true],
    ['WebAssembly', false],
  ])("cells are sealed and opened by libsodium's, from %s, and open elsewhere", async (_, hasAddon) => {
    const jane = newIdentity('http://127.0.0.1:8787', 0);
    const [to, { cell: keys }] = [contactOf(jane), jane.epochs[0]!];
    const [content, id] = [randomBytes(CELL_CONTENT_BYTES), randomBytes(32)];
    const here = await load(without, hasAddon);
    const libsodium = hasAddon ? here.native! : here.wasm;
    expect(here.engine).toMatchObject(libsodium);
    const cell = here.sealCell(content, 'root', to, id);
    expect(Buffer.compare(here.openCell(cell, 'root', to.identity, keys, id)!, content)).toBe(0);
    const elsewhere = await load([], true);
    expect(elsewhere.engine.encrypt).not.toBe(elsewhere.native!.encrypt);
    expect(Buffer.compare(elsewhere.openCell(cell, 'root', to.identity, keys, id)!, content)).toBe(0);
  });
});

import { randomBytes } from 'node:crypto';
import sodium from 'libsodium-wrappers';
import { describe, expect, test } from 'vitest';
import { type EpochKeys, epochKeys } from '../core/keys/epoch.ts';
import { type CellRole, openCell, sealCell } from '../core/letter/cell.ts';
import { engine, native, wasm } from '../node/sodium/engine.ts';
import { CELL_CONTENT_BYTES, COMMITMENT_BYTES, NONCE_BYTES, XWING_CIPHERTEXT_BYTES } from '../wire/sizes.ts';
import { solveTag, type Under } from './salamander.ts';

await sodium.ready;

const engines = native ? [wasm, native, engine] : [wasm, engine];

/** Where the commitment ends and the encrypted content begins. */
const SEALED_AT = XWING_CIPHERTEXT_BYTES + COMMITMENT_BYTES;

/** One way in which a cell may open. */
interface Way {
  readonly role: CellRole;
  readonly identity: Uint8Array;
  readonly keys: EpochKeys;
  readonly id: Uint8Array;
}

/** What a cell is made with, derived from docs/protocol.md and libsodium alone. */
function secretsOf({ role, identity, keys, id }: Way, encapsulated: Uint8Array): Under & { commitment: Uint8Array } {
  const shared = sodium.crypto_kem_xwing_dec(encapsulated, keys.cell.secretKey);
  const bound = Buffer.concat([Buffer.from(`dead-drop 1 ${role} cell`), identity, keys.cell.publicKey, id]);
  const secret = sodium.crypto_generichash(32, bound, shared);
  const derived = (what: string) => sodium.crypto_generichash(32, `dead-drop 1 ${what}`, secret);
  return {
    key: derived('content key'),
    nonce: derived('content nonce').subarray(0, NONCE_BYTES),
    commitment: derived('content commitment'),
  };
}

/** A cell whose encrypted part is genuine in two ways, with the commitment of one of them. */
function salamander(content: Uint8Array, one: Way, other: Way, committed: Way): Uint8Array {
  for (;;) {
    const { ciphertext } = sodium.crypto_kem_xwing_enc(one.keys.cell.publicKey);
    const [first, second] = [secretsOf(one, ciphertext), secretsOf(other, ciphertext)];
    const { ciphertext: sealed } = sodium.crypto_aead_xchacha20poly1305_ietf_encrypt_detached(
      content,
      null,
      null,
      first.nonce,
      first.key,
    );
    try {
      const tag = solveTag(sealed, 1000, first, second);
      return Buffer.concat([ciphertext, secretsOf(committed, ciphertext).commitment, sealed, tag]);
    } catch {} // three times in four
  }
}

const opens = (cell: Uint8Array, { role, identity, keys, id }: Way) =>
  engines.map((engine) => openCell(cell, role, identity, keys.cell, id, engine) !== null);
const all = (is: boolean) => engines.map(() => is);

describe('a cell whose tag was solved to be right under two keys', () => {
  const keys = epochKeys(randomBytes(32));
  const root: Way = { role: 'root', identity: randomBytes(32), keys, id: randomBytes(32) };
  const others: [string, Way][] = [
    ['as a further cell', { ...root, role: 'further' }],
    ['as a further cell of another letter', { ...root, role: 'further', id: randomBytes(32) }],
    ['under another id', { ...root, id: randomBytes(32) }],
    ['for another identity that gave out the same keys', { ...root, identity: randomBytes(32) }],
    ['for another recipient', { ...root, keys: epochKeys(randomBytes(32)) }],
  ];
  const content = randomBytes(CELL_CONTENT_BYTES);

  test.each(others)('opens as the root that it commits to, and not %s', (_, other) => {
    const cell = salamander(content, root, other, root);
    expect(opens(cell, root)).toEqual(all(true));
    expect(opens(cell, other)).toEqual(all(false));
    // Without the commitment it would: the encrypted part is genuine in both ways.
    const sealed = cell.subarray(SEALED_AT);
    for (const way of [root, other]) {
      const { key, nonce } = secretsOf(way, cell.subarray(0, XWING_CIPHERTEXT_BYTES));
      for (const engine of engines) expect(engine.decrypt(sealed, key, nonce)).not.toBeNull();
    }
    // And with the commitment of the other way it opens in that one alone.
    cell.set(secretsOf(other, cell.subarray(0, XWING_CIPHERTEXT_BYTES)).commitment, XWING_CIPHERTEXT_BYTES);
    expect(opens(cell, root)).toEqual(all(false));
    expect(opens(cell, other)).toEqual(all(true));
  });

  test('opens in no way with a commitment that is off by one bit, at any of its 256', () => {
    const cell = sealCell(content, root.role, { identity: root.identity, cellKey: keys.cell.publicKey }, root.id);
    expect(opens(cell, root)).toEqual(all(true));
    for (let bit = 0; bit < COMMITMENT_BYTES * 8; bit += 1) {
      cell[XWING_CIPHERTEXT_BYTES + (bit >> 3)]! ^= 1 << (bit & 7);
      expect(openCell(cell, root.role, root.identity, keys.cell, root.id)).toBeNull();
      cell[XWING_CIPHERTEXT_BYTES + (bit >> 3)]! ^= 1 << (bit & 7);
    }
    expect(opens(cell, root)).toEqual(all(true));
  });
});

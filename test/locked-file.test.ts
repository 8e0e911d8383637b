import sodium from 'libsodium-wrappers';
import { describe, expect, test } from 'vitest';
import { derive } from '../core/keys/derive.ts';
import type { LockedKind } from '../core/keys/own-secrets.ts';
import { newLock, unlock } from '../node/files/locked-file.ts';
import { argon2id } from '../node/platform.ts';
import { formatArmor, parseArmor } from '../wire/armor.ts';

await sodium.ready;

const QUICK = { memoryKibibytes: 64, passes: 1, lanes: 1 };
const passphrase = Buffer.from('correct horse battery staple');
const kinds: readonly LockedKind[] = [
  ...(['identity', 'signing key', 'invitation'] as const),
  ...(['unsent letter', 'unsent upload', 'unsent answer', 'unsent invitation'] as const),
];
const labelOf = (kind: LockedKind) => `DEAD DROP ${kind.toUpperCase()}`;

async function locked(kind: LockedKind = 'identity', secrets = 'secret'): Promise<Uint8Array> {
  return parseArmor(labelOf(kind), (await newLock(kind, passphrase, QUICK)).lock(Buffer.from(secrets)));
}

const opened = (bytes: Uint8Array, kind: LockedKind = 'identity', by: Uint8Array = passphrase) =>
  unlock(kind, formatArmor(labelOf(kind), bytes), by);

test('a locked file is what docs/operating.md says, byte for byte', async () => {
  for (const kind of kinds) {
    const bytes = Buffer.from(await locked(kind));
    expect(bytes).toHaveLength(85 + 4096 + 16);
    expect(bytes.subarray(0, 13).toString('hex')).toBe('01' + '00000040' + '00000001' + '00000001');
    const [salt, nonce, commitment] = [bytes.subarray(13, 29), bytes.subarray(29, 53), bytes.subarray(53, 85)];
    const stretched = await argon2id(passphrase, salt, QUICK);
    expect(commitment.equals(derive(stretched, 'file commitment'))).toBe(true);
    const additional = Buffer.concat([Buffer.from(`dead-drop 1 ${kind}`), bytes.subarray(0, 85)]);
    const key = derive(stretched, 'file key');
    const { crypto_aead_xchacha20poly1305_ietf_decrypt: decrypt } = sodium;
    const secrets = Buffer.from(decrypt(null, bytes.subarray(85), additional, nonce, key));
    expect(secrets.toString()).toBe(`secret${'\0'.repeat(4090)}`);
  }
});

test('a wrong passphrase is told from damage: null, or an error', async () => {
  const good = await locked();
  expect(await opened(good, 'identity', Buffer.from('correct horse battery stable'))).toBeNull();
  for (const at of [0, 1, 5, 9, 13, 29, 53, 85, good.length - 1]) {
    const bytes = Uint8Array.from(good);
    bytes[at]! ^= 2;
    const said = await opened(bytes).catch((error: Error) => error.message);
    // Memory, passes, lanes, salt and commitment are what the key is made of, and what shows it.
    if ([13, 53].includes(at)) expect(said).toBeNull();
    else if (at === 0) expect(said).toBe('this identity needs a newer version of dead-drop');
    else if ([29, 85, good.length - 1].includes(at)) expect(said).toBe('the identity is damaged');
    else expect([null, 'the identity is damaged']).toContain(said);
  }
});

test('nobody makes a file that opens with two passphrases: the one whose key it shows, and no other', async () => {
  // Poly1305 alone would let somebody who chose both keys do so; here a file shows of which of them it is.
  const bytes = await locked();
  const stretched = await argon2id(Buffer.from('another'), bytes.subarray(13, 29), QUICK);
  const additional = Buffer.concat([Buffer.from('dead-drop 1 identity'), bytes.subarray(0, 85)]);
  const { crypto_aead_xchacha20poly1305_ietf_encrypt: encrypt } = sodium;
  const forged = encrypt(new Uint8Array(4096), additional, null, bytes.subarray(29, 53), derive(stretched, 'file key'));
  bytes.set(forged, 85);
  expect(await opened(bytes, 'identity', Buffer.from('another'))).toBeNull();
  await expect(opened(bytes)).rejects.toThrow('the identity is damaged');
});

test('no file opens as one of another kind', async () => {
  for (const kind of kinds) {
    const bytes = await locked(kind);
    for (const other of kinds.filter((each) => each !== kind)) {
      await expect(opened(bytes, other)).rejects.toThrow(`the ${other} is damaged`);
      await expect(unlock(other, formatArmor(labelOf(kind), bytes), passphrase)).rejects.toThrow(
        `not a dead drop ${other}`,
      );
    }
  }
});

describe('refuses one of before version 1 in one line', () => {
  test.each<[LockedKind, string]>([
    ['identity', 'this identity is of before version 1'],
    ['invitation', 'this invitation is of before version 1'],
    ['unsent letter', 'this unsent letter is of before version 1'],
  ])('%s', async (kind, message) => {
    const old = Uint8Array.from(await locked(kind)).subarray(0, 53 + 4096 + 16); // it had no commitment
    await expect(opened(old, kind)).rejects.toThrow(message);
  });
});

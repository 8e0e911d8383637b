import { copyFileSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  checkContact,
  contactOf,
  type Identity,
  minuteOf,
  newIdentity,
  rotate,
  signingKeyOf,
} from '../core/keys/identity.ts';
import { checkRevocation, revoke } from '../core/keys/revocation.ts';
import { writerOf } from '../core/letter/proof.ts';
import { send } from '../core/send/send.ts';
import { createSecretFile } from '../node/files/secret-file.ts';
import { addMember, newDesk, removeMember } from '../node/keys/desk.ts';
import { lockIdentity, unlockIdentity } from '../node/keys/identity-file.ts';
import { type IdentityStore, openIdentityStore } from '../node/keys/identity-store.ts';
import { detachSigningKey, lockSigningKey, unlockSigningKey, withoutSigningKey } from '../node/keys/signing-key.ts';
import { folder, journalist, letters, way, write } from './people.ts';
import { plainDrop } from './plain-drop.ts';

const now = minuteOf(Date.now() / 1000);
const QUICK = { memoryKibibytes: 64, passes: 1, lanes: 1 };
const [daily, rare] = [Buffer.from('for every day'), Buffer.from('for the drawer')];
const APART = 'the signing key of this identity is in a file of its own: name it with --signing-key';
const jane = () => newIdentity('http://127.0.0.1:8787', now);

/** An identity file in a folder of its own. */
async function office(identity: Identity = jane()) {
  const path = join(folder(), 'jane.identity');
  await createSecretFile(path, await lockIdentity(identity, daily, QUICK));
  const hold = async (place = path): Promise<IdentityStore> => {
    const held = (await openIdentityStore(place, daily))!;
    onTestFinished(() => held.wipe());
    return held;
  };
  const inFile = async () => (await unlockIdentity(readFileSync(path), daily))!.identity;
  return { path, key: join(path, '..', 'jane.signing-key'), hold, inFile };
}

const keyIn = async (path: string) => (await unlockSigningKey(readFileSync(path), rare))!;

describe('an identity whose signing key is in a file of its own', () => {
  test('reads, answers and hands out its contact, but issues, invites and revokes nothing', async () => {
    const { url, transport, tick } = plainDrop();
    const whole = newIdentity(url, now);
    const apart = journalist(url, withoutSigningKey(whole));
    const source = journalist(url);
    expect(contactOf(apart.identity)).toEqual(contactOf(whole));
    await write(apart, { text: 'hello', from: writerOf(source.identity) }, transport);
    tick();
    const [letter] = letters(await apart.read(transport));
    await send(way(url, transport), letter!.from!, { text: 'answer', from: writerOf(apart.identity) });
    tick();
    expect(letters(await source.read(transport))).toHaveLength(1);
    expect(() => rotate(apart.identity, now)).toThrow(APART);
    expect(() => signingKeyOf(apart.identity)).toThrow(APART);
    const desk = newDesk(apart.identity);
    expect(() => addMember(desk, 'John', contactOf(jane()), now)).toThrow(APART);
    expect(() => removeMember(desk, 'John')).toThrow(APART);
  });

  test("is told from a desk on a member's machine, where the members tell", () => {
    const made = ['John', 'Joan'].reduce(
      (desk, name) => addMember(desk, name, contactOf(jane()), now),
      newDesk(jane()),
    );
    expect(() => rotate(withoutSigningKey(made), now)).toThrow(APART);
    const [john, joan] = made.members!;
    const johns = { ...withoutSigningKey(made), members: [john!, { ...joan!, secret: undefined }] };
    expect(() => rotate(johns, now)).toThrow('only the maker of the desk can issue keys for it');
    const ofOne = { ...withoutSigningKey(made), members: [john!] };
    expect(() => rotate(ofOne, now)).toThrow(`${APART}, if you have made the desk`);
  });
});

describe('detaching', () => {
  test('moves the key: the new file has it, the old one does not, and its bytes are overwritten', async () => {
    const { path, key, hold, inFile } = await office();
    const before = await inFile();
    const [text, { size }] = [readFileSync(path, 'utf8'), statSync(path)];
    const held = await hold();
    await detachSigningKey(held, key, rare, QUICK);
    expect(await keyIn(key)).toEqual(before.signing);
    expect(await inFile()).toEqual(withoutSigningKey(before));
    expect(held.current()).toEqual(withoutSigningKey(before));
    expect([statSync(key).mode & 0o777, statSync(path).size]).toEqual([0o600, size]);
    expect(readFileSync(path, 'utf8')).not.toBe(text); // identity-store.test.ts: the old one is overwritten
    expect(readdirSync(join(path, '..')).sort()).toEqual(['jane.identity', 'jane.signing-key']);
    await expect(detachSigningKey(held, key, rare, QUICK)).rejects.toThrow(APART);
  });

  test('that was killed when the key was written, and the identity was not, goes on with the same file', async () => {
    const { key, hold, inFile } = await office();
    writeFileSync(key, await lockSigningKey(signingKeyOf(await inFile()), rare, QUICK));
    const written = readFileSync(key);
    const held = await hold();
    await expect(detachSigningKey(held, key, daily, QUICK)).rejects.toThrow('another passphrase: nothing was changed');
    await detachSigningKey(held, key, rare, QUICK);
    expect(readFileSync(key)).toEqual(written);
    expect((await inFile()).signing.secretKey).toBeUndefined();
  });

  test('refuses a file with the key of somebody else, and changes nothing', async () => {
    const { path, key, hold } = await office();
    writeFileSync(key, await lockSigningKey(signingKeyOf(jane()), rare, QUICK));
    const before = [readFileSync(path), readFileSync(key)];
    await expect(detachSigningKey(await hold(), key, rare, QUICK)).rejects.toThrow('of another identity in that file');
    expect([readFileSync(path), readFileSync(key)]).toEqual(before);
  });

  test('of an identity that cannot be written leaves no second copy of the key, but one that was there', async () => {
    const { key, hold, inFile } = await office();
    const held = await hold();
    const full = { ...held, update: () => Promise.reject(new Error('no space left')) };
    await expect(detachSigningKey(full, key, rare, QUICK)).rejects.toThrow('no space left');
    expect(existsSync(key)).toBe(false);
    expect((await inFile()).signing.secretKey).toBeDefined();
    writeFileSync(key, await lockSigningKey(signingKeyOf(held.current()), rare, QUICK));
    await expect(detachSigningKey(full, key, rare, QUICK)).rejects.toThrow('no space left');
    expect(existsSync(key)).toBe(true);
    // What has come as far as the identity's file is not taken away.
    const half = { ...full, refresh: async () => withoutSigningKey(held.current()) };
    const other = `${key}2`;
    await expect(detachSigningKey(half, other, rare, QUICK)).rejects.toThrow('no space left');
    expect(await keyIn(other)).toEqual((await inFile()).signing);
  });

  test('cannot write the key: then the identity keeps it', async () => {
    const { path, hold, inFile } = await office();
    await expect(detachSigningKey(await hold(), join(path, 'no', 'folder'), rare, QUICK)).rejects.toThrow();
    expect((await inFile()).signing.secretKey).toBeDefined();
    expect(existsSync(join(path, '..', 'jane.signing-key'))).toBe(false);
  });
});

describe('the file for every day never gets the key back', () => {
  const seedless = async (inFile: () => Promise<Identity>) =>
    expect((await inFile()).signing.secretKey).toBeUndefined();

  test('from a process that has held it since before', async () => {
    const { key, hold, inFile } = await office();
    const [one, other] = [await hold(), await hold()];
    await detachSigningKey(one, key, rare, QUICK);
    expect(other.current().signing.secretKey).toBeDefined();
    await expect(other.update((identity) => rotate(identity, now))).rejects.toThrow(APART);
    await other.update((identity) => ({ ...identity, epochSeconds: 1 })); // without having looked
    await seedless(inFile);
    expect(other.current().signing.secretKey).toBeUndefined();
    expect((await inFile()).epochSeconds).toBe(1);
  });

  test('from a change that has it', async () => {
    const { key, hold, inFile } = await office();
    const held = await hold();
    await detachSigningKey(held, key, rare, QUICK);
    const signing = await keyIn(key);
    const after = await held.update((identity) => rotate(identity, now), signing);
    checkContact(contactOf(after));
    expect(after.epochs).toHaveLength(2);
    expect(after.signing.secretKey).toBeUndefined();
    expect(await inFile()).toEqual(after);
    expect(signing.secretKey.some((byte) => byte !== 0)).toBe(true); // it is for whoever opened it to wipe
  });

  test('and takes that of another identity for no change', async () => {
    const { key, path, hold } = await office();
    const held = await hold();
    await detachSigningKey(held, key, rare, QUICK);
    const before = readFileSync(path);
    const other = signingKeyOf(jane());
    await expect(held.update((identity) => rotate(identity, now), other)).rejects.toThrow(
      'the signing key is of another identity',
    );
    expect(readFileSync(path)).toEqual(before);
  });
});

test('an older copy of a file that is put in use again never issues the number of an epoch twice', async () => {
  const { path, hold } = await office();
  const copy = `${path}.old`;
  copyFileSync(path, copy);
  const numbers = [];
  // The new one is rotated, its clock being behind once; then the old one, in later minutes.
  for (const [place, time] of [
    [path, now + 120],
    [path, now - 9999],
    [copy, now + 240],
    [copy, now + 240],
    [path, now + 360],
  ] as const) {
    const held = await hold(place);
    const { issued, epochs } = await held.update((identity) => rotate(identity, time));
    expect(epochs.at(-1)!.validFrom).toBe(issued);
    numbers.push((issued - now) / 60);
  }
  expect(numbers).toEqual([2, 3, 4, 5, 6]);
});

test("a revocation is its identity's, and any other is damaged or forged", () => {
  const [mine, theirs] = [signingKeyOf(jane()), signingKeyOf(jane())];
  const revocation = revoke(mine, now + 0.5);
  expect(revocation.when).toBe(now);
  checkRevocation(revocation);
  const forged = [
    { ...revocation, when: now + 1 },
    { ...revocation, identity: theirs.publicKey },
    { ...revoke(theirs, now), identity: mine.publicKey },
  ];
  for (const each of forged) expect(() => checkRevocation(each)).toThrow('it was damaged or forged');
});

import sodium from 'libsodium-wrappers';
import { expect, test } from 'vitest';
import { parseFingerprint } from '../core/keys/fingerprint.ts';
import { type Identity, newIdentity } from '../core/keys/identity.ts';
import { Revoked, readPublished, revoke } from '../core/keys/revocation.ts';
import { preparePassphrase, withoutEnds } from '../node/files/passphrase.ts';
import { openInvitation, openRenewal, renewDesk } from '../node/keys/desk.ts';
import { formatIdentity, unlockIdentity } from '../node/keys/identity-file.ts';
import { keyOfSeed, unlockSigningKey } from '../node/keys/signing-key.ts';
import { formatContact } from '../wire/contact.ts';
import { formatRevocation, isRevocation, parseRevocation } from '../wire/revocation.ts';
import { bytes, checkVectors, hex, isFault, refusal, type Vector } from './vectors.ts';

await sodium.ready;

/** What an identity file and an invitation say of an identity. */
function saidOf({ drop, signing, epochSeconds, issued, epochs, members }: Identity) {
  return {
    identity: hex(signing.publicKey),
    drop,
    epochSeconds,
    issued,
    epochs: epochs.map(({ validFrom, validUntil, seed, signature }) => {
      return { validFrom, validUntil, seed: hex(seed), signature: hex(signature) };
    }),
    members: members?.map(({ name, contact, secret, epoch }) => {
      return { name, contact: formatContact(contact), secret: secret && hex(secret), sent: epoch };
    }),
  };
}

/** A member's copy of a desk: what a later invitation needs of it. */
function copyOf({ secret, sent, newest }: Vector, desk: Identity): Identity {
  const me = desk.members!.find((member) => member.secret !== undefined)!;
  const members = [{ ...me, secret: bytes(secret ?? '00'.repeat(32)), epoch: sent }];
  return { ...desk, signing: { ...desk.signing, secretKey: undefined }, issued: newest ?? sent, members };
}

/** Any desk with any member: of both, a later invitation needs no more than the secret. */
const anyDesk = (): Identity => {
  const identity = newIdentity('http://127.0.0.1:1', 1);
  const member = { name: 'x', epoch: 1, secret: new Uint8Array(32) };
  return { ...identity, members: [{ ...member, contact: undefined as never }] };
};

const vectors = checkVectors('locked-vectors.test.ts', {
  async 'identity file'(vector) {
    const passphrase = vector.passphraseBytes ? bytes(vector.passphraseBytes) : Buffer.from(vector.passphrase);
    const unlock = () => unlockIdentity(vector.text, passphrase);
    if (vector.refusedWith) return expect(await refusal(unlock)).toBe(vector.refusedWith);
    const unlocked = await unlock();
    if (vector.opens === false) return expect(unlocked).toBeNull();
    const { identity } = unlocked!;
    const { drop, epochSeconds, issued, epochs, members } = vector;
    expect(saidOf(identity)).toEqual({ identity: vector.identity, drop, epochSeconds, issued, epochs, members });
    const { secretKey } = identity.signing;
    expect(secretKey && hex(secretKey)).toBe(vector.identitySeed && vector.identitySeed + vector.identity);
    expect(hex(identity.storageKey)).toBe(vector.storageKey);
    expect(hex(formatIdentity(identity))).toBe(vector.secrets);
  },
  async 'signing key file'(vector) {
    const unlock = async () => {
      const key = await unlockSigningKey(vector.text, Buffer.from(vector.passphrase));
      if (key && hex(key.publicKey) !== vector.own) throw new Error('the signing key is of another identity');
      return key;
    };
    if (vector.refusedWith) return expect(await refusal(unlock)).toBe(vector.refusedWith);
    const key = await unlock();
    if (vector.opens === false) return expect(key).toBeNull();
    expect(hex(key!.publicKey)).toBe(vector.identity);
    expect(hex(key!.secretKey)).toBe(vector.secrets.slice(64) + vector.identity);
  },
  async invitation(vector) {
    const { words, text, own, at, newest, sent } = vector;
    const open = async () => {
      if (!words) return openRenewal(text, copyOf(vector, anyDesk()), bytes(own), at, newest);
      const desk = await openInvitation(text, Buffer.from(words), bytes(own), at);
      return sent === undefined || desk === null ? desk : renewDesk(copyOf(vector, desk), desk);
    };
    if (vector.refusedWith) return expect(await refusal(open)).toBe(vector.refusedWith);
    const desk = await open();
    if (vector.opens === false) return expect(desk).toBeNull();
    const { identity, drop, epochSeconds, issued, epochs, members } = vector;
    expect(saidOf(desk!)).toEqual({ identity, drop, epochSeconds, issued, epochs, members });
    expect(desk!.signing.secretKey).toBeUndefined();
    expect(hex(formatIdentity({ ...desk!, storageKey: new Uint8Array(32) }))).toBe(vector.secrets);
  },
  async revocation(vector) {
    const { text, fingerprint, identity, when } = vector;
    const read = () =>
      isRevocation(text) ? readPublished(text, fingerprint && parseFingerprint(fingerprint)) : parseRevocation(text);
    if (vector.refusedWith) {
      // What this client says besides is for people.
      expect((await refusal(read)).split(': ')[0]!.split(' than ')[0]).toBe(vector.refusedWith);
      return;
    }
    expect(read).toThrow(Revoked);
    try {
      read();
    } catch (error) {
      const { revocation } = error as Revoked;
      expect([hex(revocation.identity), revocation.when]).toEqual([identity, when]);
      expect(formatRevocation(revocation)).toBe(text);
    }
  },
  async passphrase(vector) {
    const given = bytes(vector.bytes);
    const prepare = () => preparePassphrase(vector.fromFile ? withoutEnds(given) : given);
    if (vector.refusedWith) return expect(await refusal(prepare)).toBe(vector.refusedWith);
    expect(hex(prepare())).toBe(vector.prepared);
  },
});

test('a revocation is made as those of the vectors are', () => {
  const key = vectors.find(({ name }) => name === 'signing-key-file.json')!;
  const { text, when } = vectors.find(({ name }) => name === 'revocation.json')!;
  expect(formatRevocation(revoke(keyOfSeed(bytes(key.identitySeed)), when))).toBe(text);
});

test('every refusal is one line in lower case', () => {
  const refused = vectors.filter(isFault).filter(({ refusedWith }) => refusedWith);
  expect(refused.length).toBeGreaterThan(60);
  for (const { refusedWith } of refused) expect(refusedWith).toMatch(/^[a-z][a-z0-9 :-]*[a-z0-9]$/);
});

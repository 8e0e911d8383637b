import sodium from 'libsodium-wrappers';
import { expect, test } from 'vitest';
import { openInvitation } from '../client/keys/desk.ts';
import { type Epoch, epochKeys } from '../client/keys/epoch.ts';
import { type Identity, newIdentity } from '../client/keys/identity.ts';
import { formatIdentity, unlockIdentity } from '../client/keys/identity-file.ts';
import { cellDigest, openCell } from '../client/letter/cell.ts';
import { bodyParts, NotWhole, parseRoot, type Unopened } from '../client/letter/letter-contents.ts';
import { checkProof, unsigned, writeHead } from '../client/letter/proof.ts';
import { formatContact, parseContact } from '../wire/contact.ts';
import { formatHead, parseHead, SIGNATURE_AT } from '../wire/letter.ts';
import { CELL_CONTENT_BYTES, SIGNATURE_BYTES } from '../wire/sizes.ts';
import { bytes, checkVectors, hex, refusal, type Vector } from './vectors.ts';

await sodium.ready;

const digest = (value: Uint8Array) => hex(sodium.crypto_generichash(32, value, null));

/** The content of a vector's root cell: head, text, zeros but for a last byte that is at fault. */
function contentOf(vector: Vector): Uint8Array {
  const content = new Uint8Array(CELL_CONTENT_BYTES);
  const text = Buffer.from(vector.text);
  content.set(bytes(vector.head));
  content.set(text, vector.head.length / 2);
  content[content.length - 1] = vector.lastByte ?? 0;
  expect(digest(content)).toBe(vector.content);
  return content;
}

/** An epoch of which only the keys matter. */
function epochOf(seed: string): Epoch {
  return { ...epochKeys(bytes(seed)), number: 1, validFrom: 1, validUntil: 2, signature: new Uint8Array(64) };
}

/** Reads a letter as the protocol says. @throws NotWhole */
async function read(vector: Vector): Promise<string> {
  const content = contentOf(vector);
  const { head } = parseRoot(content);
  const seeds: string[] = vector.recipientSeeds ?? [vector.recipientSeed];
  const reader: Identity = {
    ...newIdentity('http://127.0.0.1:8787', 1),
    signing: { publicKey: bytes(vector.recipient), secretKey: undefined },
    epochs: seeds.map(epochOf),
  };
  const why = checkProof(content, head, reader, epochOf(vector.recipientSeed), bytes(vector.id), vector.at);
  if (why !== undefined) throw new NotWhole(why);
  const parts: Uint8Array[] = [];
  const further = () => Promise.reject(new NotWhole('missing'));
  for await (const part of bodyParts({ root: content, ...parseRoot(content), further })) parts.push(part.slice());
  return Buffer.concat(parts).toString();
}

/** Writes a letter as its writer does: the head goes into a root that holds the text. */
function write({ writer, text, answers, recipient, recipientSeed, id }: Vector): Uint8Array {
  const body = Buffer.from(text);
  const by = writer && { contact: parseContact(writer.contact), epoch: epochKeys(bytes(writer.seed)) };
  const head = {
    textBytes: body.length,
    files: [],
    cells: [],
    signed: by && unsigned(by),
    answers: answers && { id: bytes(answers.id), ticket: bytes(answers.ticket) },
  };
  const root = new Uint8Array(CELL_CONTENT_BYTES);
  root.set(body, formatHead(head).length);
  const { id: idKeys, cell } = epochKeys(bytes(recipientSeed));
  const to = { identity: bytes(recipient), idKey: idKeys.publicKey, cellKey: cell.publicKey };
  writeHead(root, head, by, to, bytes(id));
  return root;
}

/** What an identity file and an invitation say of an identity. */
function saidOf({ drop, signing, epochSeconds, issued, epochs, members }: Identity) {
  return {
    identity: hex(signing.publicKey),
    drop,
    epochSeconds,
    issued,
    epochs: epochs.map(({ number, validFrom, validUntil, seed, signature }) => {
      return { number, validFrom, validUntil, seed: hex(seed), signature: hex(signature) };
    }),
    members: members?.map(({ name, contact, secret, epoch }) => {
      return { name, contact: formatContact(contact), secret: secret && hex(secret), epoch };
    }),
  };
}

const vectors = checkVectors('letter-vectors.test.ts', {
  async head(vector) {
    const content = new Uint8Array(CELL_CONTENT_BYTES);
    content.set(bytes(vector.head));
    if (vector.why) return expect(await refusal(() => parseRoot(content))).toBe(`the letter is ${vector.why}`);
    const { head, bodyAt } = parseHead(content);
    expect(head).toMatchObject({ textBytes: vector.text, files: vector.files });
    expect(head.cells.map((cell) => ({ id: hex(cell.id), digest: hex(cell.digest) }))).toEqual(vector.cells);
    expect(hex(formatHead(head))).toBe(vector.head);
    expect(bodyAt).toBe(vector.head.length / 2);
  },
  async letter(vector) {
    if (vector.why) return expect(await refusal(() => read(vector))).toBe(`the letter is ${vector.why}`);
    expect(await read(vector)).toBe(vector.text);
    const content = contentOf(vector);
    const { signed, answers } = parseRoot(content).head;
    expect(Buffer.compare(write(vector), content)).toBe(0);
    if (vector.cell) expect(Buffer.compare(openedCellOf(vector)!, content)).toBe(0);
    expect(answers && { id: hex(answers.id), ticket: hex(answers.ticket) }).toEqual(vector.answers);
    expect(signed && formatContact(signed.contact)).toBe(vector.writer?.contact);
    expect(signed && hex(signed.ticket)).toBe(vector.ticket);
    expect(signed && hex(signed.signature)).toBe(vector.signature);
    if (signed) expect(digest(content.fill(0, SIGNATURE_AT, SIGNATURE_AT + SIGNATURE_BYTES))).toBe(vector.digest);
  },
  async 'identity file'(vector) {
    const unlock = () => unlockIdentity(vector.text, Buffer.from(vector.passphrase));
    if (vector.refusedWith) return expect(await refusal(unlock)).toBe(vector.refusedWith);
    const unlocked = await unlock();
    if (vector.opens === false) return expect(unlocked).toBeNull();
    const { identity } = unlocked!;
    const { drop, epochSeconds, issued, epochs, members } = vector;
    expect(saidOf(identity)).toEqual({ identity: vector.identity, drop, epochSeconds, issued, epochs, members });
    expect(hex(identity.signing.secretKey!)).toBe(vector.identitySeed + vector.identity);
    expect(hex(identity.storageKey)).toBe(vector.storageKey);
    expect(hex(formatIdentity(identity))).toBe(vector.secrets);
  },
  async invitation(vector) {
    const secret = vector.words ? Buffer.from(vector.words) : bytes(vector.secret);
    const open = () => openInvitation(vector.text, secret, bytes(vector.own), vector.at);
    if (vector.refusedWith) return expect(await refusal(open)).toBe(vector.refusedWith);
    const desk = await open();
    if (vector.opens === false) return expect(desk).toBeNull();
    const { identity, drop, epochSeconds, issued, epochs, members } = vector;
    expect(saidOf(desk!)).toEqual({ identity, drop, epochSeconds, issued, epochs, members });
    expect(desk!.signing.secretKey).toBeUndefined();
    expect(hex(formatIdentity({ ...desk!, storageKey: new Uint8Array(32) }))).toBe(vector.secrets);
  },
});

/** Seals a letter's root with libsodium alone, and opens it as its reader does. */
function openedCellOf(vector: Vector): Uint8Array | null {
  const { cell: keys } = epochKeys(bytes(vector.recipientSeed));
  const made = sodium.crypto_kem_xwing_enc_deterministic(keys.publicKey, bytes(vector.encapsulationSeed));
  const message = Buffer.concat([Buffer.from('dead-drop 1 root cell'), keys.publicKey, bytes(vector.id)]);
  const key = sodium.crypto_generichash(32, message, made.sharedSecret);
  const nonce = bytes(vector.nonce);
  const sealed = sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(contentOf(vector), null, null, nonce, key);
  const cell = Buffer.concat([made.ciphertext, nonce, sealed]);
  expect(hex(cellDigest(cell))).toBe(vector.cell);
  return openCell(cell, 'root', keys, bytes(vector.id));
}

/** Why a letter that came is left alone; `missing` and `unwanted` say nothing of what is in it. */
const REASONS: Record<Exclude<Unopened, 'missing' | 'unwanted'>, true> = {
  damaged: true,
  'too new': true,
  forged: true,
  stray: true,
  expired: true,
};

test('every reason why a letter is not opened has its vectors, and every refusal is one line in lower case', () => {
  const reasons = vectors.filter(({ why }) => why).map(({ why }) => why);
  expect(new Set(reasons)).toEqual(new Set(Object.keys(REASONS)));
  const refused = vectors.filter(({ refusedWith }) => refusedWith).map(({ refusedWith }) => refusedWith);
  expect(refused.length).toBeGreaterThan(15);
  for (const message of refused) expect(message).toMatch(/^[a-z][a-z :-]*[a-z]$/);
});

import { hash, randomBytes } from 'node:crypto';
import sodium from 'libsodium-wrappers';
import { expect, test, vi } from 'vitest';
import { unscheduled } from '../core/drop/scheduler.ts';
import { type Epoch, epochKeys, publicPart } from '../core/keys/epoch.ts';
import { type Identity, newIdentity } from '../core/keys/identity.ts';
import { mailboxIdentity } from '../core/keys/mailbox-identity.ts';
import { type CellRecipient, type CellRole, sealCell } from '../core/letter/cell.ts';
import { bodyParts, fetchLetter, parseRoot, type Unopened } from '../core/letter/letter-contents.ts';
import { unproven, writeHead } from '../core/letter/proof.ts';
import { formatContact, formatContactBytes, parseContact, parseContactBytes } from '../wire/contact.ts';
import { formatHead, type LetterHead, PROOF_AT, parseHead } from '../wire/letter.ts';
import { CELL_CONTENT_BYTES, PROOF_BYTES } from '../wire/sizes.ts';
import { uploadKey } from '../wire/upload-id.ts';
import { way } from './people.ts';
import { plainDrop } from './plain-drop.ts';
import { bytes, checkVectors, hex, refusal, spelledOut, type Vector } from './vectors.ts';

await sodium.ready;

const sha256 = (value: Uint8Array) => hex(hash('sha256', value, 'buffer'));

/** What stands in a vector's root behind the head. */
const bodyOf = ({ text, body }: Vector) => (text === undefined ? spelledOut(body) : Buffer.from(text));

/** The content of a vector's root cell: head, what stands behind it, zeros but for a last byte that is at fault. */
function contentOf(vector: Vector): Uint8Array {
  const content = new Uint8Array(CELL_CONTENT_BYTES);
  content.set(bytes(vector.head));
  content.set(bodyOf(vector), vector.head.length / 2);
  if (vector.lastByte !== undefined) content[content.length - 1] = vector.lastByte;
  expect(sha256(content)).toBe(vector.content);
  return content;
}

/** What X-Wing draws to encapsulate. */
const ENCAPSULATION_SEED_BYTES = 64;

/** Seals a cell with the randomness that a vector gives for its encapsulation. */
function sealWith(seed: string, content: Uint8Array, role: CellRole, to: CellRecipient, id: Uint8Array): Uint8Array {
  const enc = (key: Uint8Array) => sodium.crypto_kem_xwing_enc_deterministic(key, bytes(seed));
  // Of the one home, and of the other.
  const spies = [
    vi.spyOn(sodium, 'crypto_kem_xwing_enc').mockImplementation(enc as typeof sodium.crypto_kem_xwing_enc),
    // noble blinds its multiplications with other lengths.
    vi.spyOn(crypto, 'getRandomValues').mockImplementation((random) => {
      const drawn = random as unknown as Uint8Array;
      drawn.set(drawn.length === ENCAPSULATION_SEED_BYTES ? bytes(seed) : randomBytes(drawn.length));
      return random;
    }),
  ];
  try {
    return sealCell(content, role, to, id);
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

/** An epoch of which only the keys matter. */
function epochOf(seed: string): Epoch {
  return { ...epochKeys(bytes(seed)), validFrom: 60, validUntil: 61, signature: new Uint8Array(64) };
}

/** For whom a letter is. */
function recipientOf({ recipient, recipientSeed }: Vector) {
  return { identity: bytes(recipient), ...publicPart(epochKeys(bytes(recipientSeed))) };
}

/** Puts a letter's cells on a drop, and reads it as its reader does. @throws NotOpened @returns its body */
async function read(vector: Vector): Promise<Buffer> {
  const drop = plainDrop();
  const [to, id] = [recipientOf(vector), bytes(vector.id)];
  const root = contentOf(vector);
  const seed: string = vector.encapsulationSeed ?? '00'.repeat(64);
  const cell = sealWith(seed, root, 'root', to, id);
  if (vector.cell) expect(sha256(cell)).toBe(vector.cell);
  drop.objects.set(uploadKey(id), cell);
  for (const { missing, ...further } of vector.further ?? []) {
    if (missing) continue;
    const content = spelledOut(further.content);
    const sealedId = bytes(further.sealedId ?? further.id);
    const sealed = sealWith(further.encapsulationSeed, content, further.role ?? 'further', to, sealedId);
    drop.objects.set(uploadKey(bytes(further.id)), sealed);
  }
  const seeds: string[] = vector.recipientSeeds ?? [vector.recipientSeed];
  const isMailbox = Buffer.from(mailboxIdentity(to)).equals(to.identity);
  const reader: Identity = {
    ...newIdentity('http://127.0.0.1:8787', 60),
    kind: isMailbox ? 'mailbox' : 'identity',
    signing: { publicKey: to.identity, secretKey: undefined },
    epochs: seeds.map(epochOf),
  };
  const way_ = way(drop.url, drop.transport);
  const contents = await fetchLetter(way_, reader, epochOf(vector.recipientSeed), id, unscheduled, vector.at);
  const parts: Uint8Array[] = [];
  for await (const part of bodyParts(contents)) parts.push(Uint8Array.from(part)); // it is wiped
  return Buffer.concat(parts);
}

/** Who wrote a letter, as its writer. A mailbox's contact is never text. */
function writerOf({ writer }: Vector) {
  if (writer === undefined) return undefined;
  const contact = writer.contact ? parseContact(writer.contact) : parseContactBytes(bytes(writer.contactBytes));
  return { contact, epoch: epochKeys(bytes(writer.seed)) };
}

/** Writes the content of a letter's root as its writer does: the head goes into a root that holds the body's beginning. */
function write(vector: Vector, { textBytes, files, cells }: LetterHead): Uint8Array {
  const [by, { answers }] = [writerOf(vector), vector];
  const head = {
    ...{ textBytes, files, cells },
    writer: by && unproven(by),
    answers: answers && { id: bytes(answers.id), ticket: bytes(answers.ticket) },
  };
  const root = new Uint8Array(CELL_CONTENT_BYTES);
  root.set(bodyOf(vector), formatHead(head).length);
  writeHead(root, head, by, recipientOf(vector), bytes(vector.id));
  return root;
}

/** K of docs/protocol.md, "Proof", as its reader makes it from libsodium alone. */
function proofKeyOf(vector: Vector): string {
  const { contact } = writerOf(vector)!;
  const { identity, idKey } = recipientOf(vector);
  const shared = sodium.crypto_scalarmult(epochKeys(bytes(vector.recipientSeed)).id.secretKey, contact.idKey);
  const people = Buffer.concat([contact.identity, contact.idKey, identity, idKey]);
  return hex(sodium.crypto_generichash(32, Buffer.concat([Buffer.from('dead-drop 1 proof key'), people]), shared));
}

const vectors = checkVectors('letter-vectors.test.ts', {
  async head(vector) {
    const content = new Uint8Array(CELL_CONTENT_BYTES);
    content.set(bytes(vector.head));
    if (vector.why) return expect(await refusal(() => parseRoot(content))).toBe(`the letter is ${vector.why}`);
    const { head, bodyAt } = parseHead(content);
    expect(head).toMatchObject({ textBytes: vector.text, files: vector.files });
    expect(head.cells.map((cell) => ({ id: hex(cell.id), digest: hex(cell.digest) }))).toEqual(vector.cells);
    if (vector.contact) {
      const { writer, answers } = head;
      expect(formatContact(writer!.contact)).toBe(vector.contact);
      expect([hex(writer!.ticket), hex(writer!.proof)]).toEqual([vector.ticket, vector.proof]);
      expect({ id: hex(answers!.id), ticket: hex(answers!.ticket) }).toEqual(vector.answers);
    }
    expect(hex(formatHead(head))).toBe(vector.head);
    expect(bodyAt).toBe(vector.head.length / 2);
  },
  async letter(vector) {
    if (vector.why) return expect(await refusal(() => read(vector))).toBe(`the letter is ${vector.why}`);
    const body = await read(vector);
    const content = contentOf(vector);
    const { head } = parseRoot(content);
    expect(sha256(body.subarray(0, head.textBytes))).toBe(vector.textDigest ?? sha256(Buffer.from(vector.text)));
    let at = head.textBytes;
    const files = head.files.map(({ name, bytes: size }) => {
      at += size;
      return { name, bytes: size, digest: sha256(body.subarray(at - size, at)) };
    });
    expect(files).toEqual(vector.files ?? []);
    expect(at).toBe(body.length);
    expect(Buffer.compare(write(vector, head), content)).toBe(0);
    const { writer, answers } = head;
    expect(answers && { id: hex(answers.id), ticket: hex(answers.ticket) }).toEqual(vector.answers);
    expect(writer && hex(writer.ticket)).toBe(vector.ticket);
    expect(writer && hex(writer.proof)).toBe(vector.signature ?? vector.mac);
    if (writer === undefined) return;
    expect(hex(formatContactBytes(writer.contact))).toBe(hex(formatContactBytes(writerOf(vector)!.contact)));
    expect(writer.contact.kind).toBe(vector.mac ? 'mailbox' : 'identity');
    if (vector.proofKey) expect(proofKeyOf(vector)).toBe(vector.proofKey);
    content.fill(0, PROOF_AT, PROOF_AT + PROOF_BYTES);
    expect(sha256(Buffer.concat([Buffer.from('dead-drop 1 letter content'), content]))).toBe(vector.digest);
  },
});

/** Why a letter that came is left alone; `unwanted` says nothing of what is in it. */
const REASONS: Record<Exclude<Unopened, 'unwanted'>, true> = {
  missing: true,
  damaged: true,
  'too new': true,
  forged: true,
  stray: true,
  expired: true,
};

test('every reason why a letter is not opened has its vectors', () => {
  const reasons = vectors.filter(({ why }) => why).map(({ why }) => why);
  expect(new Set(reasons)).toEqual(new Set(Object.keys(REASONS)));
});

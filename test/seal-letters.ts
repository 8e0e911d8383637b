import { randomBytes } from 'node:crypto';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { sealCell } from '../core/letter/cell.ts';
import { sealId } from '../core/letter/sealed-id.ts';
import type { Engine } from '../core/platform.ts';
import { engine } from '../node/sodium/engine.ts';
import type { Contact } from '../wire/contact.ts';
import {
  CELL_CONTENT_BYTES,
  COMMITMENT_BYTES,
  NONCE_BYTES,
  TAG_BYTES,
  UPLOAD_ID_BYTES,
  XWING_CIPHERTEXT_BYTES,
} from '../wire/sizes.ts';

/** What each letter must have of its own, one behind the other: 184 bytes in all. */
export const FRESH = [
  { name: "nonce of the root cell's content", bytes: NONCE_BYTES },
  { name: 'key of the root cell', bytes: 32 },
  { name: 'commitment of the root cell', bytes: COMMITMENT_BYTES },
  { name: 'beginning of the ML-KEM ciphertext', bytes: 32 },
  { name: 'X25519 part of the X-Wing ciphertext', bytes: 32 },
  { name: 'ephemeral key of the sealed id', bytes: 32 },
] as const;

export const FRESH_BYTES = FRESH.reduce((sum, { bytes }) => sum + bytes, 0);

/** Where the X25519 part of an X-Wing ciphertext stands: behind that of ML-KEM-768. */
const X25519_AT = 1088;

/** How much of a content is encrypted: enough to use a key, a ten thousandth of the time. */
const ENCRYPTED_BYTES = 64;

type Recipient = Pick<Contact, 'identity' | 'idKey' | 'cellKey'>;

/**
 * Seals root cells and sealed ids as `send` does, every other one under the same upload id: a drop may hand one out
 * again.
 *
 * @param seal - seals the ids, where that is done badly on purpose
 * @returns what FRESH names, of one letter behind the other
 */
export function sealLetters(count: number, to: Recipient, seal = sealId): Buffer {
  const fresh = Buffer.alloc(count * FRESH_BYTES);
  const content = new Uint8Array(CELL_CONTENT_BYTES);
  const same = randomBytes(UPLOAD_ID_BYTES);
  for (let letter = 0; letter < count; letter += 1) {
    const id = letter % 2 === 0 ? same : randomBytes(UPLOAD_ID_BYTES);
    let key: Uint8Array | undefined;
    let nonce: Uint8Array | undefined;
    const recording: Engine = {
      ...engine,
      encrypt(content, given, from, out) {
        engine.encrypt(content.subarray(0, ENCRYPTED_BYTES), given, from, out.subarray(0, ENCRYPTED_BYTES + TAG_BYTES));
        key = Uint8Array.from(given); // it is wiped afterwards
        nonce = Uint8Array.from(from);
      },
    };
    const cell = sealCell(content, 'root', to, id, recording);
    const sealedId = seal(id, to.idKey);
    let at = letter * FRESH_BYTES;
    const parts = [
      nonce!,
      key!,
      cell.subarray(XWING_CIPHERTEXT_BYTES, XWING_CIPHERTEXT_BYTES + COMMITMENT_BYTES),
      cell.subarray(0, 32),
      cell.subarray(X25519_AT, X25519_AT + 32),
      sealedId.subarray(0, 32),
    ];
    for (const part of parts) {
      fresh.set(part, at);
      at += part.length;
    }
  }
  return fresh;
}

/** The same in several threads, which takes less time. */
export async function sealInThreads(count: number, to: Recipient, threads: number): Promise<Buffer> {
  const { identity, idKey, cellKey } = to;
  const seal = (share: number) =>
    new Promise<Uint8Array>((resolve, reject) => {
      const worker = new Worker(new URL(import.meta.url), {
        workerData: { count: share, to: { identity, idKey, cellKey } },
      });
      worker.once('message', resolve).once('error', reject);
    });
  const shares = Array.from({ length: threads }, (_, i) => Math.floor(((i + 1) * count) / threads));
  return Buffer.concat(await Promise.all(shares.map((share, i) => seal(share - (shares[i - 1] ?? 0)))));
}

if (!isMainThread && workerData?.to !== undefined) {
  parentPort?.postMessage(sealLetters(workerData.count, workerData.to));
}

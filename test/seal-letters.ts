import { randomBytes } from 'node:crypto';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { sealCell } from '../client/letter/cell.ts';
import { sealId } from '../client/letter/sealed-id.ts';
import { type Engine, engine } from '../client/sodium/engine.ts';
import type { Contact } from '../wire/contact.ts';
import { CELL_CONTENT_BYTES, NONCE_BYTES, TAG_BYTES, UPLOAD_ID_BYTES } from '../wire/sizes.ts';

/** What each letter must have of its own, one behind the other: 152 bytes in all. */
export const FRESH = [
  { name: "nonce of the root cell's content", bytes: NONCE_BYTES },
  { name: 'key of the root cell', bytes: 32 },
  { name: 'beginning of the ML-KEM ciphertext', bytes: 32 },
  { name: 'X25519 part of the X-Wing ciphertext', bytes: 32 },
  { name: 'ephemeral key of the sealed id', bytes: 32 },
] as const;

export const FRESH_BYTES = FRESH.reduce((sum, { bytes }) => sum + bytes, 0);

/** Where the X25519 part of an X-Wing ciphertext stands: behind that of ML-KEM-768. */
const X25519_AT = 1088;

/** How much of a content is encrypted: enough to draw a nonce and use a key, a ten thousandth of the time. */
const ENCRYPTED_BYTES = 64;

type Recipient = Pick<Contact, 'idKey' | 'cellKey'>;

/** How letters are sealed, where they are sealed badly on purpose. */
export interface Sealing {
  readonly by?: Pick<Engine, 'encrypt'>;
  readonly seal?: typeof sealId;
}

/**
 * Seals root cells and sealed ids as `send` does, every other one under the same upload id: a drop may hand one out
 * again.
 *
 * @returns what FRESH names, of one letter behind the other
 */
export function sealLetters(count: number, to: Recipient, { by = engine, seal = sealId }: Sealing = {}): Buffer {
  const fresh = Buffer.alloc(count * FRESH_BYTES);
  const content = new Uint8Array(CELL_CONTENT_BYTES);
  const same = randomBytes(UPLOAD_ID_BYTES);
  for (let letter = 0; letter < count; letter += 1) {
    const id = letter % 2 === 0 ? same : randomBytes(UPLOAD_ID_BYTES);
    let key: Uint8Array | undefined;
    let nonce: Uint8Array | undefined;
    const recording: Engine = {
      ...engine,
      encrypt(content, given, out) {
        by.encrypt(
          content.subarray(0, ENCRYPTED_BYTES),
          given,
          out.subarray(0, NONCE_BYTES + ENCRYPTED_BYTES + TAG_BYTES),
        );
        key = Uint8Array.from(given); // it is wiped afterwards
        nonce = out.slice(0, NONCE_BYTES);
      },
    };
    const cell = sealCell(content, 'root', to.cellKey, id, recording);
    const sealedId = seal(id, to.idKey);
    let at = letter * FRESH_BYTES;
    const parts = [
      nonce!,
      key!,
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
  const { idKey, cellKey } = to;
  const seal = (share: number) =>
    new Promise<Uint8Array>((resolve, reject) => {
      const worker = new Worker(new URL(import.meta.url), { workerData: { count: share, to: { idKey, cellKey } } });
      worker.once('message', resolve).once('error', reject);
    });
  const shares = Array.from({ length: threads }, (_, i) => Math.floor(((i + 1) * count) / threads));
  return Buffer.concat(await Promise.all(shares.map((share, i) => seal(share - (shares[i - 1] ?? 0)))));
}

if (!isMainThread && workerData?.to !== undefined) {
  parentPort?.postMessage(sealLetters(workerData.count, workerData.to));
}

import { randomBytes } from 'node:crypto';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { newIdentity } from '../../core/keys/identity.ts';
import { openCell, sealCell, sealDigestedCell } from '../../core/letter/cell.ts';
import type { Cipher, KeyPair } from '../../core/platform.ts';
import { engine } from '../../node/sodium/engine.ts';
import { CELL_CONTENT_BYTES, UPLOAD_ID_BYTES } from '../../wire/sizes.ts';
import { digestOf } from '../claim.ts';

/** Contents of cells, and the keys and the id they are sealed to. */
export interface Contents {
  readonly contents: readonly Uint8Array[];
  readonly identity: Uint8Array;
  readonly keys: KeyPair;
  readonly id: Uint8Array;
}

export function makeContents(count: number): Contents {
  const contents = Array.from({ length: count }, () => new Uint8Array(randomBytes(CELL_CONTENT_BYTES)));
  const { signing, epochs } = newIdentity('http://127.0.0.1', 0, 1);
  return { contents, identity: signing.publicKey, keys: epochs[0]!.cell, id: randomBytes(UPLOAD_ID_BYTES) };
}

/** A cell, and its digest for the root. */
interface Sealed {
  readonly cell: Uint8Array;
  readonly digest: Uint8Array;
}

/** Cells whose digests are still being computed while the next is sealed. */
const AHEAD = 2;

/** Seals as sending does, each cell while those before it are digested. */
export async function* sealEach(by: Cipher, { contents, identity, keys, id }: Contents): AsyncGenerator<Sealed> {
  const to = { identity, cellKey: keys.publicKey };
  const pending: Promise<Sealed>[] = [];
  for (const content of contents) {
    const { cell, digest } = sealDigestedCell(content, 'further', to, id, by);
    pending.push(digest.then((known) => ({ cell, digest: known })));
    if (pending.length > AHEAD) yield await pending.shift()!;
  }
  yield* pending;
}

/** Seals, and digests on the same thread: where there is no other one left, copying a cell for it is lost time. */
export function* sealEachAlone(by: Cipher, { contents, identity, keys, id }: Contents): Generator<Sealed> {
  for (const content of contents) {
    const cell = sealCell(content, 'further', { identity, cellKey: keys.publicKey }, id, by);
    yield { cell, digest: digestOf(cell) };
  }
}

/** Seals and keeps what is sealed. */
export async function sealAll(by: Cipher, contents: Contents): Promise<Sealed[]> {
  const sealed: Sealed[] = [];
  for await (const each of sealEach(by, contents)) sealed.push(each);
  return sealed;
}

/** Opens as reading does: the digest first. @throws Error when one of them is not what was sealed */
export function* openEach(
  by: Cipher,
  sealed: readonly Sealed[],
  { identity, keys, id }: Contents,
): Generator<Uint8Array> {
  for (const { cell, digest } of sealed) {
    const content =
      Buffer.compare(digestOf(cell), digest) === 0 ? openCell(cell, 'further', identity, keys, id, by) : null;
    if (content === null) throw new Error('a cell does not open');
    yield content;
  }
}

/** Lets all be made, so many times, and keeps none of it: as an upload or a file does. */
export async function drain(make: () => AsyncIterable<unknown> | Iterable<unknown>, times: number): Promise<void> {
  for (let i = 0; i < times; i += 1) {
    for await (const _ of make());
  }
}

/** What a thread is told to do: to seal its contents so many times, or to open them. */
interface Order {
  readonly what: 'seal' | 'open';
  readonly times: number;
}

/** Threads, each with contents of its own. */
export interface CellThreads {
  /** Lets all of them seal or open, and waits for the last. @throws Error when a cell does not open */
  run(what: Order['what'], times: number): Promise<void>;
  end(): Promise<void>;
}

/** Starts threads that have made and sealed so many contents each. */
export async function startCellThreads(threads: number, contents: number): Promise<CellThreads> {
  const workers = Array.from(
    { length: threads },
    () => new Worker(new URL(import.meta.url), { workerData: { contents } }),
  );
  const answers = () =>
    Promise.all(
      workers.map(
        (worker) =>
          new Promise<void>((resolve, reject) => {
            worker.removeAllListeners();
            worker.once('message', () => resolve()).once('error', reject);
          }),
      ),
    );
  await answers();
  return {
    async run(what, times) {
      const all = answers();
      for (const worker of workers) worker.postMessage({ what, times } satisfies Order);
      await all;
    },
    async end() {
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}

// This file is its own worker.
if (!isMainThread && workerData?.contents !== undefined) {
  const contents = makeContents(workerData.contents);
  const sealed = [...sealEachAlone(engine, contents)];
  const acts = { seal: () => sealEachAlone(engine, contents), open: () => openEach(engine, sealed, contents) };
  parentPort!.on('message', async ({ what, times }: Order) => {
    await drain(acts[what], times);
    parentPort!.postMessage('done');
  });
  parentPort!.postMessage('ready');
}

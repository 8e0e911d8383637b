import { availableParallelism } from 'node:os';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import sodium from 'libsodium-wrappers';
import type { Epoch, SealingKeys } from '../../core/keys/epoch.ts';
import type { KeyPair } from '../../core/keys/identity.ts';
import { openId } from '../../core/letter/sealed-id.ts';
import { SEALED_ID_BYTES } from '../../wire/sizes.ts';
import { type Engine, engine, native, wasm } from '../sodium/engine.ts';

/** A line that opened. */
export interface FoundId<Keys = Epoch> {
  readonly id: Uint8Array;
  /** Which one of those that were tried it is, from 0. */
  readonly line: number;
  /** What opened it. */
  readonly keys: Keys;
}

/** Below this many tries, starting threads takes longer than they save. */
const THREADS_FROM = 4000;

/** How the tries are spread. */
export interface TryOptions {
  readonly threads?: number;
  readonly engine?: Engine;
}

/**
 * Tries every sealed id (80 bytes each, one after another) with every set of keys. Protocol step 10.
 *
 * @returns those that opened, in order; a large number is tried on all cores
 */
export async function tryIds<Keys extends SealingKeys>(
  sealedIds: Uint8Array,
  keys: readonly Keys[],
  options: TryOptions = {},
): Promise<FoundId<Keys>[]> {
  const count = sealedIds.length / SEALED_ID_BYTES;
  const by = options.engine ?? engine;
  const pairs = keys.map(({ id }) => id); // a thread needs no more than these
  const threads = options.threads ?? (count * keys.length < THREADS_FROM ? 1 : availableParallelism());
  const share = Math.ceil(count / threads) * SEALED_ID_BYTES;
  const shares = Array.from({ length: threads }, (_, i) => sealedIds.slice(i * share, (i + 1) * share));
  const found =
    threads === 1
      ? tryHere(sealedIds, pairs, by)
      : (
          await Promise.all(
            shares.map(async (part, i) => {
              const found = await tryInThread({ sealedIds: part, pairs, native: by.sealOpen === native?.sealOpen });
              return found.map((each) => ({ ...each, line: each.line + (i * share) / SEALED_ID_BYTES }));
            }),
          )
        ).flat();
  return found.map(({ id, line, keys: index }) => ({ id, line, keys: keys[index]! }));
}

function tryHere(sealedIds: Uint8Array, pairs: readonly KeyPair[], by: Engine): FoundId<number>[] {
  const found: FoundId<number>[] = [];
  for (let at = 0; at < sealedIds.length; at += SEALED_ID_BYTES) {
    const sealed = sealedIds.subarray(at, at + SEALED_ID_BYTES);
    for (const [index, pair] of pairs.entries()) {
      const id = openId(sealed, pair, by);
      if (id !== null) found.push({ id, line: at / SEALED_ID_BYTES, keys: index });
    }
  }
  return found;
}

interface Share {
  readonly sealedIds: Uint8Array;
  readonly pairs: readonly KeyPair[];
  readonly native: boolean;
}

function tryInThread(share: Share): Promise<FoundId<number>[]> {
  const worker = new Worker(new URL(import.meta.url), { workerData: share });
  return new Promise((resolve, reject) => {
    worker.once('message', resolve).once('error', reject);
    worker.once('exit', () => reject(new Error('a thread ended early')));
  });
}

// This file is its own worker.
if (!isMainThread && workerData?.sealedIds !== undefined) {
  const { sealedIds, pairs, native: accelerated } = workerData as Share;
  parentPort!.postMessage(tryHere(sealedIds, pairs, accelerated ? native! : wasm));
  for (const { secretKey } of pairs) sodium.memzero(secretKey);
}

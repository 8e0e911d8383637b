import { availableParallelism } from 'node:os';
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { startThread } from '#program';
import type { Engine, KeyPair, OpenedBox } from '../core/platform.ts';
import { wipe } from '../wire/bytes.ts';
import { engine, native, wasm } from './sodium/engine.ts';

/** Below this many tries, starting threads takes longer than they save. */
export const THREADS_FROM = 4000;

/** How the tries are spread. */
export interface OpenBoxesOptions {
  readonly threads?: number;
  readonly engine?: Engine;
}

/**
 * Tries boxes of the same length, one after another, with every key pair.
 *
 * @returns those that opened, in order; a large number is tried on all cores
 */
export async function openBoxes(
  sealed: Uint8Array,
  length: number,
  keys: readonly KeyPair[],
  options: OpenBoxesOptions = {},
): Promise<OpenedBox[]> {
  const count = sealed.length / length;
  const by = options.engine ?? engine;
  const threads = options.threads ?? (count * keys.length < THREADS_FROM ? 1 : availableParallelism());
  if (threads === 1) return openHere(sealed, length, keys, by);
  const share = Math.ceil(count / threads);
  const opened = await Promise.all(
    Array.from({ length: threads }, async (_, i) => {
      const part = sealed.slice(i * share * length, (i + 1) * share * length);
      const opened = await openInThread({ sealed: part, length, keys, native: by.openBox === native?.openBox });
      return opened.map((each) => ({ ...each, box: each.box + i * share }));
    }),
  );
  return opened.flat();
}

function openHere(sealed: Uint8Array, length: number, keys: readonly KeyPair[], by: Engine): OpenedBox[] {
  const opened: OpenedBox[] = [];
  for (let box = 0; box * length < sealed.length; box += 1) {
    for (const [index, pair] of keys.entries()) {
      const content = by.openBox(sealed.subarray(box * length, (box + 1) * length), pair);
      if (content !== null) opened.push({ content, box, keys: index });
    }
  }
  return opened;
}

interface Share {
  readonly sealed: Uint8Array;
  readonly length: number;
  readonly keys: readonly KeyPair[];
  readonly native: boolean;
}

function openInThread(share: Share): Promise<OpenedBox[]> {
  const worker = startThread('node/open-boxes', share);
  return new Promise((resolve, reject) => {
    worker.once('message', resolve).once('error', reject);
    worker.once('exit', () => reject(new Error('a thread ended early')));
  });
}

// This file is its own worker.
if (!isMainThread && workerData?.sealed !== undefined) {
  const { sealed, length, keys, native: accelerated } = workerData as Share;
  parentPort!.postMessage(openHere(sealed, length, keys, accelerated ? native! : wasm));
  for (const { secretKey } of keys) wipe(secretKey);
}

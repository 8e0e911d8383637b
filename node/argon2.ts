import * as crypto from 'node:crypto';
import { promisify } from 'node:util';
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { startThread } from '#program';
import type { Stretching } from '../core/platform.ts';
import { wipe } from '../wire/bytes.ts';

const STRETCHED_BYTES = 32;

interface Stretched {
  readonly secret: Uint8Array;
  readonly salt: Uint8Array;
  readonly stretching: Stretching;
}

/** Argon2id of 32 bytes. @param salt - 16 bytes */
export async function argon2id(secret: Uint8Array, salt: Uint8Array, stretching: Stretching): Promise<Uint8Array> {
  // Node has it since 24.7.
  if (crypto.argon2 === undefined) return argon2idInThread(secret, salt, stretching);
  const { memoryKibibytes: memory, passes, lanes: parallelism } = stretching;
  return promisify(crypto.argon2)('argon2id', {
    message: secret,
    nonce: salt,
    memory,
    passes,
    parallelism,
    tagLength: STRETCHED_BYTES,
  });
}

/** The same in JavaScript, which takes several times as long, on a thread of its own: this one goes on meanwhile. */
export function argon2idInThread(secret: Uint8Array, salt: Uint8Array, stretching: Stretching): Promise<Uint8Array> {
  const worker = startThread('node/argon2', { secret, salt, stretching } satisfies Stretched);
  return new Promise((resolve, reject) => {
    worker.once('message', resolve).once('error', reject);
    worker.once('exit', () => reject(new Error('a thread ended early')));
  });
}

// This file is its own worker.
if (!isMainThread && workerData?.stretching !== undefined) {
  const { secret, salt, stretching } = workerData as Stretched;
  const { argon2id: stretch } = await import('@noble/hashes/argon2.js');
  const { memoryKibibytes: m, passes: t, lanes: p } = stretching;
  parentPort!.postMessage(stretch(secret, salt, { m, t, p, dkLen: STRETCHED_BYTES }));
  wipe(secret);
}

import * as crypto from 'node:crypto';
import { isLoopback, type Transport } from '../core/drop/transport.ts';
import type { Random } from '../core/platform.ts';
import { sha256 } from './machine.ts';
import { overTor } from './transport/tor.ts';
import { loopback } from './transport/transport.ts';

export { argon2id } from './argon2.ts';
export { pause, randomBytes, sha256, sha256Word } from './machine.ts';
export { openBoxes } from './open-boxes.ts';
export { sleepFor } from './sleep.ts';
export { engine } from './sodium/engine.ts';
export * from './sodium/primitives.ts';
export { guard } from './sodium/secret.ts';

/** A uniform integer in `[0, below)`. */
export const randomInt: Random = (below) => crypto.randomInt(below);

/** SHA-256 of what is large, at once: copying it for another thread would take this one as long. */
export async function sha256Large(...parts: readonly Uint8Array[]): Promise<Uint8Array> {
  return sha256(...parts);
}

/** SHA-256 on another thread, beside whatever the caller does next. */
export async function sha256Aside(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  return new Uint8Array(await crypto.webcrypto.subtle.digest('SHA-256', bytes));
}

/** In hexadecimal. */
export function md5(bytes: Uint8Array): string {
  return crypto.hash('md5', bytes, 'hex');
}

/** Tor, unless it is on this machine. */
export function transportTo(url: URL): Transport {
  return isLoopback(url) ? loopback : overTor();
}

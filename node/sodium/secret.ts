import sodium from 'libsodium-wrappers';
import { native } from './engine.ts';

await sodium.ready;

/**
 * Moves a secret into memory that is not written to swap, stands between guard pages, and is wiped when it is freed
 * (`sodium_malloc`), where `sodium-native` is installed. Elsewhere it stays where it is: WebAssembly has no such memory.
 *
 * @returns the same bytes. The given ones are wiped when they were moved
 */
export function guard(secret: Uint8Array): Uint8Array {
  if (native === undefined || secret.length === 0) return secret;
  const guarded = native.malloc(secret.length);
  guarded.set(secret);
  sodium.memzero(secret);
  return guarded;
}

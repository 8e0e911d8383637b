import { syncBuiltinESMExports } from 'node:module';
import { seeded } from './statistics.ts';

/**
 * Has the system give the same random numbers in every run: to Node's `crypto`, and to libsodium's WebAssembly, which
 * asks for its bytes one by one. What is built on them is the code as it is, and a test of many samples is right or
 * wrong once and for all. (`sodium-native` asks the system itself.)
 *
 * @returns what gives the system its own back
 */
export function seedSystem(seed: string): () => void {
  const { bytes, below } = seeded(seed);
  const node = process.getBuiltinModule('node:crypto');
  const { randomBytes, randomInt } = node;
  const own = Object.getOwnPropertyDescriptor(crypto, 'getRandomValues');
  Object.assign(node, {
    randomBytes: (length: number) => Buffer.from(bytes(length)),
    randomInt: (from: number, to?: number) => (to === undefined ? below(from) : from + below(to - from)),
  });
  let [words, at] = [new Uint32Array(), 0]; // one word for each byte: it is worth having many at hand
  const value = (array: Uint32Array) => {
    for (let i = 0; i < array.length; i += 1) {
      if (at === words.length) [words, at] = [new Uint32Array(Uint8Array.from(bytes(2 ** 16)).buffer), 0];
      array[i] = words[at]!;
      at += 1;
    }
    return array;
  };
  Object.defineProperty(crypto, 'getRandomValues', { value, configurable: true });
  syncBuiltinESMExports();
  return () => {
    Object.assign(node, { randomBytes, randomInt });
    if (own === undefined) Reflect.deleteProperty(crypto, 'getRandomValues');
    else Object.defineProperty(crypto, 'getRandomValues', own);
    syncBuiltinESMExports();
  };
}

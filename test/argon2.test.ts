import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { STRETCHING } from '../core/keys/stretching.ts';
import { argon2id, argon2idInThread } from '../node/argon2.ts';

test('Argon2id in JavaScript, for a Node without it, gives the same bytes', async () => {
  const bytes = (least: number, most: number) => fc.uint8Array({ minLength: least, maxLength: most });
  const stretching = fc
    .record({ passes: fc.integer({ min: 1, max: 4 }), lanes: fc.integer({ min: 1, max: 4 }), more: fc.nat(200) })
    .map(({ passes, lanes, more }) => ({ passes, lanes, memoryKibibytes: 8 * lanes + more }));
  await fc.assert(
    fc.asyncProperty(bytes(0, 100), bytes(16, 16), stretching, async (secret, salt, how) => {
      const [one, other] = [await argon2id(secret, salt, how), await argon2idInThread(secret.slice(), salt, how)];
      expect(other).toBeInstanceOf(Uint8Array);
      expect(Buffer.compare(one, other)).toBe(0);
    }),
    { numRuns: 20 },
  );
  const [secret, salt] = [Uint8Array.from(randomBytes(32)), Uint8Array.from(randomBytes(16))];
  const same = await argon2idInThread(secret, salt, STRETCHING);
  expect(Buffer.compare(same, await argon2id(secret, salt, STRETCHING))).toBe(0);
});

test('meanwhile this thread goes on', async () => {
  let turns = 0;
  const timer = setInterval(() => (turns += 1), 1);
  await argon2idInThread(new Uint8Array(32), new Uint8Array(16), STRETCHING);
  clearInterval(timer);
  expect(turns).toBeGreaterThan(5);
});

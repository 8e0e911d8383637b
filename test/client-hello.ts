import { expect } from 'vitest';

/**
 * A ClientHello in hexadecimal, zeros in place of its random bytes, its session id, and the keys in its key shares
 * (RFC 8446, sections 4.1.2 and 4.2.8).
 */
export function withoutRandomness(record: Buffer): string {
  const hello = Buffer.from(record);
  expect([hello[0], hello[5]]).toEqual([22, 1]); // a handshake, its ClientHello
  hello.fill(0, 11, 43);
  let at = 43;
  hello.fill(0, at + 1, at + 1 + hello[at]!);
  at += 1 + hello[at]!;
  at += 2 + hello.readUInt16BE(at); // cipher suites
  at += 1 + hello[at]!; // compression
  const end = at + 2 + hello.readUInt16BE(at);
  at += 2;
  while (at < end) {
    const [type, length] = [hello.readUInt16BE(at), hello.readUInt16BE(at + 2)];
    at += 4;
    for (let share = at + 2; type === 51 && share < at + length; share += 4 + hello.readUInt16BE(share + 2)) {
      hello.fill(0, share + 4, share + 4 + hello.readUInt16BE(share + 2));
    }
    at += length;
  }
  return hello.toString('hex');
}

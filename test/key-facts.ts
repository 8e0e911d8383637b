import addon from 'sodium-native';
import { isInSubgroup, isOnCurve, mod, P, power } from './x25519.ts';

/** What can be told of an X25519 public key. */
export interface KeyFacts {
  /** Its highest bit, which is none of the number's. */
  readonly topBit: boolean;
  readonly belowP: boolean;
  /** On the curve, not on its twist. */
  readonly onCurve: boolean;
  /** In the subgroup of prime order. */
  readonly inSubgroup: boolean;
}

/** libsodium checks a point of Ed25519 for its spelling, the curve and the group. */
const { crypto_core_ed25519_is_valid_point: isValidPoint } = addon as unknown as {
  crypto_core_ed25519_is_valid_point(point: Buffer): boolean;
};

/**
 * What `isHonestKey` asks, of many keys, each question by itself. Honest ones take a fortieth of the time: curve and group are those of
 * Ed25519 under y = (u - 1) / (u + 1) (RFC 7748, section 4.1), libsodium knows them, and one inversion serves all.
 */
export function keyFacts(keys: readonly Uint8Array[]): KeyFacts[] {
  const numbers = keys.map((key) => BigInt(`0x${Buffer.from(key).reverse().toString('hex')}`) % 2n ** 255n);
  const inverses = invert(numbers.map((number) => mod(number + 1n)));
  return numbers.map((number, i) => {
    const u = mod(number);
    const y = mod((u - 1n) * inverses[i]!);
    const point = Buffer.from(y.toString(16).padStart(64, '0'), 'hex').reverse();
    const isValid = inverses[i] !== 0n && isValidPoint(point);
    return {
      topBit: keys[i]![31]! >= 0x80,
      belowP: number < P,
      onCurve: isValid || (u > 0n && isOnCurve(u)),
      inSubgroup: isValid || (u > 0n && isInSubgroup(u)),
    };
  });
}

/** The inverses of numbers modulo p, 0 for 0 (Montgomery, 1987: all from the one of their product). */
function invert(numbers: readonly bigint[]): bigint[] {
  const products = [1n];
  for (const number of numbers) products.push(number === 0n ? products.at(-1)! : mod(products.at(-1)! * number));
  let rest = power(products.at(-1)!, P - 2n);
  const inverses: bigint[] = Array(numbers.length).fill(0n);
  for (let i = numbers.length - 1; i >= 0; i -= 1) {
    if (numbers[i] === 0n) continue;
    inverses[i] = mod(rest * products[i]!);
    rest = mod(rest * numbers[i]!);
  }
  return inverses;
}

import { curveKeyOfSigningKey } from '#platform';
import { isSame, toHex } from '../../wire/bytes.ts';
import { CURVE_KEY_BYTES } from '../../wire/sizes.ts';

/** The field of Curve25519. */
const P = 2n ** 255n - 19n;

/**
 * Whether bytes can be an X25519 key that somebody made honestly: in its one spelling, on the curve and not on its twist,
 * in the subgroup of prime order. Random bytes pass with a probability of 1/2 x 1/2 x 1/8 = 1/32.
 *
 * libsodium decides: it turns a point of the Edwards curve into such a key only if it is on the curve and in that
 * subgroup, and y = (u - 1) / (u + 1) leads there (RFC 7748, section 4.1). That step is arithmetic on what everybody can
 * read, and protects nothing.
 */
export function isHonestPoint(key: Uint8Array): boolean {
  if (key.length !== CURVE_KEY_BYTES) return false;
  const u = BigInt(`0x${toHex(Uint8Array.from(key).reverse())}`);
  if (u >= P - 1n) return false; // another spelling of a small number, or the one that has no y
  const y = mod((u - 1n) * inverse(u + 1n));
  const edwards = Uint8Array.from({ length: CURVE_KEY_BYTES }, (_, at) => Number((y >> BigInt(8 * at)) & 0xffn));
  const curveKey = curveKeyOfSigningKey(edwards);
  return curveKey !== null && isSame(curveKey, key);
}

/** By Euclid, extended. */
function inverse(value: bigint): bigint {
  let [a, b, x, y] = [value, P, 1n, 0n];
  while (b !== 0n) {
    const quotient = a / b;
    [a, b, x, y] = [b, a - quotient * b, y, x - quotient * y];
  }
  return mod(x);
}

function mod(value: bigint): bigint {
  const rest = value % P;
  return rest < 0n ? rest + P : rest;
}

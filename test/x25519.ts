/** The field of X25519 has this many elements. */
export const P = 2n ** 255n - 19n;

/** The order of the subgroup that every X25519 public key lies in (RFC 7748, section 4.1). */
const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;

/**
 * Whether bytes can be an honestly made X25519 public key, which is a multiple of the base point: one spelling (below
 * p), on the curve and not on its twist, in the subgroup of prime order. A random string is so with a probability of
 * 1/2 x 1/2 x 1/8.
 */
export function isHonestKey(bytes: Uint8Array): boolean {
  const u = BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`);
  return u > 0n && u < P && isOnCurve(u) && isInSubgroup(u);
}

/** v^2 = u^3 + 486662 u^2 + u has a solution (Euler's criterion). */
export function isOnCurve(u: bigint): boolean {
  const square = mod(u * mod(u * u + 486_662n * u + 1n));
  return power(square, (P - 1n) / 2n) === 1n;
}

/** ORDER times the point is the one at infinity: the Montgomery ladder of RFC 7748, section 5, without clamping. */
export function isInSubgroup(u: bigint): boolean {
  let [x2, z2, x3, z3] = [1n, 0n, u, 1n];
  for (let bit = 252n; bit >= 0n; bit -= 1n) {
    const swap = ((ORDER >> bit) & 1n) === 1n;
    if (swap) [x2, z2, x3, z3] = [x3, z3, x2, z2];
    const [a, b] = [x2 + z2, x2 - z2];
    const [aa, bb] = [mod(a * a), mod(b * b)];
    const [da, cb] = [mod((x3 - z3) * a), mod((x3 + z3) * b)];
    const e = aa - bb;
    [x3, z3] = [mod((da + cb) ** 2n), mod(u * mod((da - cb) ** 2n))];
    [x2, z2] = [mod(aa * bb), mod(e * (aa + 121_665n * e))];
    if (swap) [x2, z2, x3, z3] = [x3, z3, x2, z2];
  }
  return z2 === 0n;
}

/** base^exponent modulo p. */
export function power(base: bigint, exponent: bigint): bigint {
  let [result, square] = [1n, base];
  for (let left = exponent; left > 0n; left >>= 1n) {
    if (left & 1n) result = mod(result * square);
    square = mod(square * square);
  }
  return result;
}

/** In `[0, p)`. */
export function mod(value: bigint): bigint {
  const rest = value % P;
  return rest < 0n ? rest + P : rest;
}

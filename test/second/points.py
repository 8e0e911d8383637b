"""Points of docs/protocol.md, section "Keys, points and secrets": X25519 (RFC 7748) and Ed25519 (RFC 8032).

Plain integers, so that things can be made and looked at that libraries refuse or hide: points of low order, second
spellings, signatures that only a lenient verifier takes. Nothing here runs in constant time; it is for tests.
"""

import hashlib

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
SQRT_MINUS_1 = pow(2, (P - 1) // 4, P)


# X25519


def ladder(scalar: int, u: int) -> int:
    """The u coordinate of `scalar` times a point with the u coordinate `u` (RFC 7748, section 5), or 0."""
    x2, z2, x3, z3 = 1, 0, u % P, 1
    for i in reversed(range(255)):
        if scalar >> i & 1:
            x2, z2, x3, z3 = _step(x3, z3, x2, z2, u)
            x2, z2, x3, z3 = x3, z3, x2, z2
        else:
            x2, z2, x3, z3 = _step(x2, z2, x3, z3, u)
    return x2 * pow(z2, P - 2, P) % P


def _step(x2: int, z2: int, x3: int, z3: int, u: int) -> tuple[int, int, int, int]:
    """(2 A, A + B) from A and B, whose difference has the u coordinate `u`."""
    a, b, c, d = x2 + z2, x2 - z2, x3 + z3, x3 - z3
    aa, bb = a * a % P, b * b % P
    e = aa - bb
    da, cb = d * a % P, c * b % P
    return aa * bb % P, e * (aa + 121665 * e) % P, (da + cb) ** 2 % P, u * (da - cb) ** 2 % P


def x25519(secret_key: bytes, point: bytes) -> bytes:
    """X25519 as RFC 7748 has it: takes every 32 bytes for a point, masks the highest bit, and may return zeros."""
    scalar = int.from_bytes(secret_key, "little")
    scalar = scalar & ~7 & ~(1 << 255) | 1 << 254
    u = int.from_bytes(point, "little") & ((1 << 255) - 1)
    return ladder(scalar, u % P).to_bytes(32, "little")


def x25519_public(secret_key: bytes) -> bytes:
    return x25519(secret_key, (9).to_bytes(32, "little"))


def is_x25519_key(point: bytes) -> bool:
    """Whether a public key is in its one spelling: below p, and not of low order (the curve's cofactor is 8, the
    twist's 4, so eight times a point of low order is the neutral element, whose coordinate comes out as 0)."""
    u = int.from_bytes(point, "little")
    return len(point) == 32 and u < P and ladder(8, u) != 0


def shared_secret(secret_key: bytes, point: bytes) -> bytes | None:
    """X25519 with the document's checks: None where the point is not in its one spelling, or the secret is zeros."""
    if not is_x25519_key(point):
        return None
    secret = x25519(secret_key, point)
    return secret if any(secret) else None


# Ed25519. A point is (X, Y, Z, T) with x = X / Z, y = Y / Z, x y = T / Z (RFC 8032, section 5.1.4).

Point = tuple[int, int, int, int]
NEUTRAL: Point = (0, 1, 1, 0)


def add(p: Point, q: Point) -> Point:
    a = (p[1] - p[0]) * (q[1] - q[0]) % P
    b = (p[1] + p[0]) * (q[1] + q[0]) % P
    c = 2 * p[3] * q[3] * D % P
    d = 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def multiply(scalar: int, p: Point) -> Point:
    q = NEUTRAL
    while scalar:
        if scalar & 1:
            q = add(q, p)
        p = add(p, p)
        scalar >>= 1
    return q


def same(p: Point, q: Point) -> bool:
    return (p[0] * q[2] - q[0] * p[2]) % P == 0 and (p[1] * q[2] - q[1] * p[2]) % P == 0


def encode(p: Point) -> bytes:
    """RFC 8032, section 5.1.2."""
    inverse = pow(p[2], P - 2, P)
    x, y = p[0] * inverse % P, p[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def decode(data: bytes) -> Point | None:
    """The point that this spells, leniently (y may be p or more, and the sign of x = 0 may be set), or None."""
    number = int.from_bytes(data, "little")
    sign, y = number >> 255, (number & ((1 << 255) - 1)) % P
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P != 0:
        x = x * SQRT_MINUS_1 % P
    if (x * x - square) % P != 0:
        return None
    if x & 1 != sign:
        x = -x % P
    return x, y, 1, x * y % P


BASE = decode((4 * pow(5, -1, P) % P).to_bytes(32, "little"))
assert BASE is not None and same(multiply(L, BASE), NEUTRAL)


def is_ed25519_point(data: bytes) -> bool:
    """Whether a public key or the R of a signature is in its one spelling: the encoding of RFC 8032, section 5.1.2, of
    a point in the group of prime order that is not the neutral element."""
    if len(data) != 32:
        return False
    point = decode(data)
    return (
        point is not None and encode(point) == data and not same(point, NEUTRAL) and same(multiply(L, point), NEUTRAL)
    )


def _secret_scalar(seed: bytes) -> tuple[int, bytes]:
    """RFC 8032, section 5.1.5: the scalar, and the prefix of the nonce."""
    digest = hashlib.sha512(seed).digest()
    scalar = int.from_bytes(digest[:32], "little")
    return scalar & ~7 & ~(1 << 255) | 1 << 254, digest[32:]


def ed25519_scalar(seed: bytes) -> int:
    return _secret_scalar(seed)[0]


def ed25519_public(seed: bytes) -> bytes:
    return encode(multiply(_secret_scalar(seed)[0], BASE))


def challenge(r: bytes, public_key: bytes, message: bytes) -> int:
    """k of RFC 8032, section 5.1.7."""
    return int.from_bytes(hashlib.sha512(r + public_key + message).digest(), "little") % L


def verify(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """A signature as the document verifies it: R in its one spelling, S below L, S B = R + k A without the cofactor.

    The equation is looked at with the public key as it stands. Whether that is in its one spelling is a question of its
    own, for which a contact has its own refusal; only a key that is no point at all verifies nothing.
    """
    if len(signature) != 64:
        return False
    r, s = signature[:32], int.from_bytes(signature[32:], "little")
    a = decode(public_key)
    if s >= L or a is None or not is_ed25519_point(r):
        return False
    k = challenge(r, public_key, message)
    return same(multiply(s, BASE), add(decode(r), multiply(k, a)))

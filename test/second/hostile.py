"""Hostile points and signatures, which one lenient implementation or another takes."""

from collections.abc import Callable

from epoch import identity_of, sign
from points import BASE, NEUTRAL, L, P, add, challenge, decode, ed25519_scalar, encode, multiply, verify
from shared import count

ORDER_8 = bytes.fromhex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800")
# Of an identity, what is signed and what stands before its signature: unsigned bytes, and the message.
MessageOf = Callable[[bytes], tuple[bytes, bytes]]
# A point of order 8 (x has the sign 0), its neighbours, and the neutral element in its second spellings.
TORSION = decode(bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"))
ORDER_2 = encode(multiply(4, TORSION))
NEUTRAL_SPELLED = encode(NEUTRAL)
NEUTRAL_LARGE = (P + 1).to_bytes(32, "little")
NEUTRAL_SIGN = (1 | 1 << 255).to_bytes(32, "little")
assert ORDER_2 != NEUTRAL_SPELLED and encode(multiply(8, TORSION)) == NEUTRAL_SPELLED


def hostile_signatures(seed: bytes, message: bytes) -> dict[str, tuple[str, bytes]]:
    """Signatures over a message that one lenient verifier or another takes, and this protocol does not."""
    scalar, public = ed25519_scalar(seed), identity_of(seed)
    genuine = sign(seed, message)
    nonce = int.from_bytes(count(0x11), "little") % L

    def with_r(r: bytes, of_nonce: int) -> bytes:
        s = (of_nonce + challenge(r, public, message) * scalar) % L
        return r + s.to_bytes(32, "little")

    torsioned = with_r(encode(add(multiply(nonce, BASE), TORSION)), nonce)
    low = with_r(encode(TORSION), 0)
    neutral = with_r(NEUTRAL_SPELLED, 0)
    large = with_r(NEUTRAL_LARGE, 0)
    sign_set = with_r(NEUTRAL_SIGN, 0)
    more = genuine[:32] + (int.from_bytes(genuine[32:], "little") + L).to_bytes(32, "little")
    for signature in (torsioned, low, neutral, large, sign_set, more):
        s, r, k = int.from_bytes(signature[32:], "little"), signature[:32], challenge(signature[:32], public, message)
        difference = add(multiply(s, BASE), multiply(L * 8 - 1, add(decode(r), multiply(k, decode(public)))))
        assert encode(multiply(8, difference)) == NEUTRAL_SPELLED and not verify(public, message, signature)
    return {
        "r-torsion": (
            "the R of its signature has a part of order 8, which a verifier with the cofactor takes",
            torsioned,
        ),
        "r-order": ("the R of its signature is of order 8, which a verifier with the cofactor takes", low),
        "r-neutral": ("the R of its signature is the neutral element, with which the equation holds", neutral),
        "r-large": ("the R of its signature is the neutral element, spelled with the y coordinate p + 1", large),
        "r-sign": ("the R of its signature is the neutral element, spelled with the sign of x = 0 set", sign_set),
        "s-large": ("the S of its signature is larger by the order of the group", more),
    }


def low_order_identity(identity: bytes, message_of: MessageOf) -> bytes:
    """A signed thing whose identity is of low order: the equation holds for S B = R when k A is neutral."""
    for i in range(256):
        nonce = int.from_bytes(count(i), "little") % L
        r = encode(multiply(nonce, BASE))
        unsigned, message = message_of(identity)
        k = challenge(r, identity, message)
        if encode(multiply(k, decode(identity))) == NEUTRAL_SPELLED:
            return unsigned + r + nonce.to_bytes(32, "little")
    raise AssertionError


def torsioned_identity(seed: bytes, message_of: MessageOf) -> bytes:
    """A signed thing whose identity is a genuine one and a point of order 8: the equation holds where 8 divides k."""
    scalar = ed25519_scalar(seed)
    identity = encode(add(multiply(scalar, BASE), TORSION))
    for i in range(256):
        nonce = int.from_bytes(count(i), "little") % L
        r = encode(multiply(nonce, BASE))
        unsigned, message = message_of(identity)
        k = challenge(r, identity, message)
        if k % 8 == 0:
            return unsigned + r + ((nonce + k * scalar) % L).to_bytes(32, "little")
    raise AssertionError

"""Cases of cells."""

import cell
import xwing
from epoch import identity_of
from hashes import sha256
from hostile import ORDER_8
from points import P
from shared import COLLEAGUE, ENCAPSULATION, ID, JOURNALIST, OTHER_ID, OTHER_SEED, SEED, Case, Cases, flipped, replaced
from stream import P1305, xchacha_poly_key

IDENTITY = identity_of(JOURNALIST)
CONTENT = (bytes(range(251)) * 4_174)[: cell.CONTENT_BYTES]


def case(about: str, role: str = "root", opens: bool = False, **others: object) -> Case:
    """A cell with the deterministic content, and what is done to it or with it."""
    key = xwing.public_key(SEED)
    ciphertext, shared = xwing.encapsulate(key, ENCAPSULATION)
    own = cell.secrets(shared, role, IDENTITY, key, ID)
    return fields(about, role, own, cell.assemble(ciphertext, own, CONTENT), others, opens)


def fields(about: str, role: str, own: cell.Secrets, made: bytes, others: dict, opens: bool) -> Case:
    return {
        "kind": "cell",
        "about": about,
        "role": role,
        "identity": IDENTITY.hex(),
        "recipientSeed": SEED.hex(),
        "recipient": cell.blake2b(xwing.public_key(SEED)).hex(),
        "encapsulationSeed": ENCAPSULATION.hex(),
        "id": ID.hex(),
        "secret": own.secret.hex(),
        "key": own.key.hex(),
        "nonce": own.nonce.hex(),
        "commitment": own.commitment.hex(),
        "digest": cell.digest(made).hex(),
        **others,
        "opens": opens,
    }


def hostile(about: str, point: bytes) -> Case:
    """A cell with another X25519 part of its ciphertext, made so that a reader opens it who takes any 32 bytes."""
    ciphertext = xwing.encapsulate(xwing.public_key(SEED), ENCAPSULATION)[0][:-32] + point
    own = cell.secrets(xwing.decapsulate_lenient(SEED, ciphertext), "root", IDENTITY, xwing.public_key(SEED), ID)
    return fields(about, "root", own, cell.assemble(ciphertext, own, CONTENT), {"ephemeral": point.hex()}, False)


def salamander() -> tuple[Case, Case]:
    """One cell whose last part has a tag that is right under two keys: the root's under one id, and the further cell's
    under another. Sixteen bytes of the content are chosen for that. Only the commitment tells the two apart."""
    key = xwing.public_key(SEED)
    ciphertext, shared = xwing.encapsulate(key, ENCAPSULATION)
    one = cell.secrets(shared, "root", IDENTITY, key, ID)
    other = cell.secrets(shared, "further", IDENTITY, key, OTHER_ID)
    (r1, s1), (r2, s2) = xchacha_poly_key(one.key, one.nonce), xchacha_poly_key(other.key, other.nonce)
    plain = cell.assemble(ciphertext, one, CONTENT)[1_152:-16]
    at = 524_288
    solved = _solve(plain, at, (r1, s1), (r2, s2))
    # The content that makes those bytes of the ciphertext.
    chosen = bytes(a ^ b ^ c for a, b, c in zip(solved, plain[at : at + 16], CONTENT[at : at + 16]))
    content = replaced(CONTENT, at, chosen)
    made = cell.assemble(ciphertext, one, content)
    as_further = cell.decrypt(other, made[1_152:])
    assert as_further is not None and as_further != content
    seeds = {
        "solved": [at, chosen.hex()],
        "content": sha256(content).hex(),
    }
    root = fields(
        "its XChaCha20-Poly1305 part has a tag that is right under two keys; it opens as the root that it commits to",
        "root",
        one,
        made,
        seeds,
        True,
    )
    second = {
        **seeds,
        "openRole": "further",
        "openId": OTHER_ID.hex(),
        "otherKey": other.key.hex(),
        "otherNonce": other.nonce.hex(),
        "otherContent": sha256(as_further).hex(),
    }
    further = fields(
        "the same cell, taken for a further one under another id, whose key fits its tag: it commits to another key",
        "root",
        one,
        made,
        second,
        False,
    )
    return root, further


def _solve(ciphertext: bytes, at: int, one: tuple[int, int], other: tuple[int, int]) -> bytes:
    """Sixteen bytes of the ciphertext, at `at`, with which both Poly1305 keys make one tag.

    A tag is (a + x b mod 2^130 - 5) + s mod 2^128, where x is the block that is looked for, as a number without its
    leading 1: linear in x. Each multiple of 2^128 that the sums may differ by gives one x, which has to have 128 bits.
    """
    assert len(ciphertext) % 16 == 0 and at % 16 == 0
    (a1, b1), (a2, b2) = _linear(ciphertext, at, one[0]), _linear(ciphertext, at, other[0])
    for m in range(-4, 5):
        x = (other[1] - one[1] + (m << 128) + a2 - a1) * pow(b1 - b2, -1, P1305) % P1305
        if x >> 128 == 0 and _tag(a1 + x * b1, one[1]) == _tag(a2 + x * b2, other[1]):
            return x.to_bytes(16, "little")
    raise AssertionError("no solution at this place: choose another one")


def _tag(value: int, s: int) -> int:
    return (value % P1305 + s) % 2**128


def _linear(ciphertext: bytes, at: int, r: int) -> tuple[int, int]:
    """a and b of Poly1305's polynomial over a ciphertext and the lengths behind it, with the block at `at` unknown."""
    a = b = 0
    blocks = [ciphertext[i : i + 16] for i in range(0, len(ciphertext), 16)]
    blocks.append(bytes(8) + len(ciphertext).to_bytes(8, "little"))
    for i, block in enumerate(blocks):
        unknown = 16 * i == at
        a = (a + (1 << 128) + (0 if unknown else int.from_bytes(block, "little"))) * r % P1305
        b = (b + (1 if unknown else 0)) * r % P1305
    return a, b


def cases() -> Cases:
    root, further = salamander()
    high_bit = flipped(xwing.encapsulate(xwing.public_key(SEED), ENCAPSULATION)[0][-32:], 31, 0x80)
    return {
        "cell-root": case("a root cell whose content is 0, 1, ... 250, 0, 1, ...", opens=True),
        "cell-further": case("a further cell whose content is 0, 1, ... 250, 0, 1, ...", "further", opens=True),
        "cell-ciphertext": case("a bit of its ciphertext is changed", flip=1_152),
        "cell-encapsulation": case("a bit of its X-Wing ciphertext is changed", flip=0),
        "cell-encapsulation-point": case("a bit of the X25519 part of its X-Wing ciphertext is changed", flip=1_088),
        "cell-commitment": case("a bit of its commitment is changed", flip=1_120),
        "cell-commitment-last": case("a bit of the last byte of its commitment is changed", flip=1_151),
        "cell-other-commitment": case(
            "its commitment is zeros, in place of what its key says", replace=[1_120, bytes(32).hex()]
        ),
        "cell-other-id": case("it lies under another upload id", openId=OTHER_ID.hex()),
        "cell-other-identity": case(
            "somebody else gave out these keys as their own, and it is for them",
            openIdentity=identity_of(COLLEAGUE).hex(),
        ),
        "cell-further-other-identity": case(
            "the same of a further cell", "further", openIdentity=identity_of(COLLEAGUE).hex()
        ),
        "cell-other-recipient": case("another X-Wing key", openSeed=OTHER_SEED.hex()),
        "cell-other-role": case("it is taken for a further cell", openRole="further"),
        "cell-further-other-role": case("a further cell that is taken for a root", "further", openRole="root"),
        "cell-short": case("its last byte is missing", cut=cell.BYTES - 1),
        "cell-tag": case("a bit of its tag is changed", flip=cell.BYTES - 1),
        "cell-point-high-bit": hostile(
            "the highest bit of the X25519 part of its ciphertext is set, and it is sealed as if that were nothing",
            high_bit,
        ),
        "cell-point-large": hostile(
            "the X25519 part of its ciphertext is p + 9, and it is sealed as if that were 9",
            (P + 9).to_bytes(32, "little"),
        ),
        "cell-point-order": hostile(
            "the X25519 part of its ciphertext is of order 8, and the shared secret 32 zeros", ORDER_8
        ),
        "cell-point-zero": hostile("the X25519 part of its ciphertext is 0, and the shared secret 32 zeros", bytes(32)),
        "cell-salamander": root,
        "cell-salamander-further": further,
    }

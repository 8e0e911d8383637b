"""X-Wing (draft-connolly-cfrg-xwing-kem-06) as docs/protocol.md, section "Cell", sums it up."""

import hashlib

import ml_kem
from points import is_x25519_key, x25519, x25519_public

PUBLIC_KEY_BYTES = ml_kem.PUBLIC_KEY_BYTES + 32
CIPHERTEXT_BYTES = ml_kem.CIPHERTEXT_BYTES + 32
LABEL = b"\\.//^\\"


def _expand(secret_key: bytes) -> tuple[bytes, bytes, bytes]:
    """SHAKE-256 makes 96 bytes of the secret key: ML-KEM's seeds d and z, and an X25519 secret key."""
    if len(secret_key) != 32:
        raise ValueError("an X-Wing secret key has 32 bytes")
    expanded = hashlib.shake_256(secret_key).digest(96)
    return expanded[:32], expanded[32:64], expanded[64:]


def public_key(secret_key: bytes) -> bytes:
    d, _, x = _expand(secret_key)
    return ml_kem.public_key(d) + x25519_public(x)


def is_public_key(key: bytes) -> bool:
    """Whether both parts are in their one spelling ("Keys, points and secrets")."""
    return ml_kem.is_public_key(key[: ml_kem.PUBLIC_KEY_BYTES]) and is_x25519_key(key[ml_kem.PUBLIC_KEY_BYTES :])


def combine(of_ml_kem: bytes, of_x25519: bytes, ciphertext: bytes, key: bytes) -> bytes:
    """The combiner: both shared secrets, the X25519 part of the ciphertext, the recipient's X25519 key, the label."""
    return hashlib.sha3_256(of_ml_kem + of_x25519 + ciphertext[-32:] + key[-32:] + LABEL).digest()


def encapsulate(key: bytes, randomness: bytes) -> tuple[bytes, bytes]:
    """Ciphertext and shared secret; `randomness` are ML-KEM's 32 bytes, then the X25519 ephemeral secret key."""
    if len(randomness) != 64:
        raise ValueError("an encapsulation takes 64 random bytes")
    ephemeral = randomness[32:]
    from_ml_kem, of_ml_kem = ml_kem.encapsulate(key[: ml_kem.PUBLIC_KEY_BYTES], randomness[:32])
    ciphertext = from_ml_kem + x25519_public(ephemeral)
    return ciphertext, combine(of_ml_kem, x25519(ephemeral, key[-32:]), ciphertext, key)


def decapsulate(secret_key: bytes, ciphertext: bytes) -> bytes | None:
    """The shared secret, or None when the X25519 part is not in its one spelling."""
    if not is_x25519_key(ciphertext[ml_kem.CIPHERTEXT_BYTES :]):
        return None
    return decapsulate_lenient(secret_key, ciphertext)


def decapsulate_lenient(secret_key: bytes, ciphertext: bytes) -> bytes:
    """The same without the check of the point, as a library would: what vectors of bad points are made with."""
    d, z, x = _expand(secret_key)
    of_ml_kem = ml_kem.decapsulate(d, z, ciphertext[: ml_kem.CIPHERTEXT_BYTES])
    of_x25519 = x25519(x, ciphertext[ml_kem.CIPHERTEXT_BYTES :])
    return combine(of_ml_kem, of_x25519, ciphertext, public_key(secret_key))

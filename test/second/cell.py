"""Cells: docs/protocol.md, section "Cell"."""

from dataclasses import dataclass

import nacl.bindings as sodium
import xwing
from hashes import PREFIX, blake2b, derive, sha256
from nacl.exceptions import CryptoError

BYTES = 2**20
CONTENT_BYTES = BYTES - xwing.CIPHERTEXT_BYTES - 32 - 16
LABELS = {"root": b"root cell", "further": b"further cell"}


@dataclass(frozen=True)
class Secrets:
    """What a cell's secret makes."""

    secret: bytes
    key: bytes
    nonce: bytes
    commitment: bytes


def secrets(shared: bytes, role: str, identity: bytes, public_key: bytes, upload_id: bytes) -> Secrets:
    secret = blake2b(PREFIX + LABELS[role] + identity + public_key + upload_id, key=shared)
    key, nonce, commitment = (derive(secret, f"content {what}") for what in ("key", "nonce", "commitment"))
    return Secrets(secret, key, nonce[:24], commitment)


def assemble(ciphertext: bytes, own: Secrets, content: bytes) -> bytes:
    """X-Wing ciphertext, commitment, XChaCha20-Poly1305 ciphertext and tag."""
    sealed = sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(content, None, own.nonce, own.key)
    return ciphertext + own.commitment + sealed


def seal(
    content: bytes, role: str, identity: bytes, public_key: bytes, upload_id: bytes, randomness: bytes
) -> bytes:
    ciphertext, shared = xwing.encapsulate(public_key, randomness)
    return assemble(ciphertext, secrets(shared, role, identity, public_key, upload_id), content)


def open_cell(cell: bytes, role: str, identity: bytes, secret_key: bytes, upload_id: bytes) -> bytes | None:
    """The content, or None: its size, its point, its commitment and its tag are looked at, in this order."""
    if len(cell) != BYTES:
        return None
    ciphertext, commitment, sealed = cell[:1_120], cell[1_120:1_152], cell[1_152:]
    shared = xwing.decapsulate(secret_key, ciphertext)
    if shared is None:
        return None
    own = secrets(shared, role, identity, xwing.public_key(secret_key), upload_id)
    if own.commitment != commitment:
        return None
    return decrypt(own, sealed)


def decrypt(own: Secrets, sealed: bytes) -> bytes | None:
    try:
        return sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(sealed, None, own.nonce, own.key)
    except CryptoError:
        return None


def digest(cell: bytes) -> bytes:
    return sha256(PREFIX + b"cell digest" + cell)

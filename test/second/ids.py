"""Upload ids, sealed ids, slots and batches: the sections of docs/protocol.md that are called so."""

import base64
import calendar
import re
import time

import nacl.bindings as sodium
from hashes import Refused, blake2b
from nacl.exceptions import CryptoError
from points import is_x25519_key, x25519, x25519_public
from stream import hsalsa20

LINES = [8 * 2**k for k in range(15)]


def write_upload_id(upload_id: bytes) -> str:
    return base64.urlsafe_b64encode(upload_id).decode("ascii").rstrip("=")


def _decode(text: str, size: int, padded: bool, refusal: str) -> bytes:
    """Base64url in its one spelling: only what is written the same again counts."""
    try:
        data = base64.b64decode(text + ("" if padded else "=" * (-len(text) % 4)), altchars=b"-_", validate=True)
    except ValueError:
        raise Refused(refusal) from None
    again = base64.urlsafe_b64encode(data).decode("ascii")
    if len(data) != size or (again if padded else again.rstrip("=")) != text:
        raise Refused(refusal)
    return data


def read_upload_id(text: str) -> bytes:
    return _decode(text, 32, False, "invalid upload id")


def read_nonce(text: str) -> bytes:
    return _decode(text, 8, False, "invalid nonce")


def write_sealed_id(sealed: bytes) -> str:
    return base64.urlsafe_b64encode(sealed).decode("ascii")


def read_sealed_id(text: str) -> bytes:
    return _decode(text, 80, True, "invalid sealed id")


def box_key(shared: bytes) -> bytes:
    """The key of crypto_box, of the X25519 shared secret."""
    return hsalsa20(shared, bytes(16))


def seal_id_with(shared: bytes, ephemeral: bytes, public_key: bytes, upload_id: bytes) -> bytes:
    """A sealed box with this ephemeral public key and this shared secret, whether or not they belong together."""
    nonce = blake2b(ephemeral + public_key, 24)
    return ephemeral + sodium.crypto_secretbox(upload_id, nonce, box_key(shared))


def seal_id(upload_id: bytes, public_key: bytes, ephemeral_secret: bytes) -> bytes:
    """Section "Sealed id": crypto_box_seal, with an ephemeral secret key that is given."""
    shared = x25519(ephemeral_secret, public_key)
    return seal_id_with(shared, x25519_public(ephemeral_secret), public_key, upload_id)


def open_sealed_id(sealed: bytes, secret_key: bytes) -> bytes | None:
    """The upload id, or None."""
    if not is_x25519_key(sealed[:32]):
        return None
    return open_sealed_id_leniently(sealed, secret_key)


def open_sealed_id_leniently(sealed: bytes, secret_key: bytes) -> bytes | None:
    """The same without the check of the ephemeral key."""
    nonce = blake2b(sealed[:32] + x25519_public(secret_key), 24)
    try:
        return sodium.crypto_secretbox_open(sealed[32:], nonce, box_key(x25519(secret_key, sealed[:32])))
    except CryptoError:
        return None


def write_slot(at: int) -> str:
    """The slot into which a moment falls."""
    return time.strftime("%Y-%m-%dT%H:%M:00Z", time.gmtime(at - at % 300))


def read_slot(text: str) -> int:
    """When a slot begins."""
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:00Z", text):
        raise Refused("invalid slot")
    year, month, day, hour, minute = (int(text[i:j]) for i, j in ((0, 4), (5, 7), (8, 10), (11, 13), (14, 16)))
    if not (1 <= month <= 12 and 1 <= day <= calendar.monthrange(year, month)[1] and hour < 24 and minute < 60):
        raise Refused("invalid slot")
    at = calendar.timegm((year, month, day, hour, minute, 0))
    if write_slot(at) != text:
        raise Refused("invalid slot")
    return at


def write_batch(sealed_ids: list[bytes]) -> str:
    return "".join(write_sealed_id(sealed) + "\n" for sealed in sealed_ids)


def read_batch(body: str) -> list[str]:
    """The lines of a batch, which are not looked at here."""
    lines = body.split("\n")
    if lines[-1] != "" or len(lines) - 1 not in LINES or any(len(line) != 108 for line in lines[:-1]):
        raise Refused("invalid batch")
    return lines[:-1]

"""Hashes, derived keys and refusals: docs/protocol.md, section "Keys, points and secrets"."""

import hashlib

PREFIX = b"dead-drop 1 "


def blake2b(message: bytes, size: int = 32, key: bytes = b"") -> bytes:
    return hashlib.blake2b(message, digest_size=size, key=key).digest()


def sha256(message: bytes) -> bytes:
    return hashlib.sha256(message).digest()


def derive(secret: bytes, purpose: str) -> bytes:
    return blake2b(PREFIX + purpose.encode("ascii"), key=secret)


class Refused(Exception):
    """Something is refused; the message are the words of `refusedWith`."""


class NotOpened(Exception):
    """A letter is not opened; the message is the reason: damaged, too new, forged, stray, expired, missing."""

"""Epochs and mailboxes: the sections of docs/protocol.md that are called so."""

from dataclasses import dataclass

import argon2.low_level as argon2
import nacl.bindings as sodium
import xwing
from hashes import PREFIX, blake2b, derive
from points import x25519_public

DAY = 86_400
AFTER_ITS_END = 25 * DAY


@dataclass(frozen=True)
class Epoch:
    """The keys of an epoch, all from its seed."""

    seed: bytes
    id_secret: bytes
    cell_secret: bytes
    letter_seed: bytes
    ticket_key: bytes
    id_key: bytes
    cell_key: bytes
    letter_key: bytes

    def ticket(self, recipient: bytes) -> bytes:
        """The ticket of letters that are written with this epoch to an identity (section "Proof")."""
        return blake2b(PREFIX + b"letter ticket" + recipient, key=self.ticket_key)


_epochs: dict[bytes, Epoch] = {}


def epoch(seed: bytes) -> Epoch:
    if seed not in _epochs:
        id_secret, cell_secret, letter_seed = (derive(seed, p) for p in ("id key", "cell key", "letter key"))
        _epochs[seed] = Epoch(
            seed,
            id_secret,
            cell_secret,
            letter_seed,
            derive(seed, "ticket key"),
            x25519_public(id_secret),
            xwing.public_key(cell_secret),
            identity_of(letter_seed),
        )
    return _epochs[seed]


def identity_of(seed: bytes) -> bytes:
    """The Ed25519 public key of a seed."""
    return sodium.crypto_sign_seed_keypair(seed)[0]


def sign(seed: bytes, message: bytes) -> bytes:
    return sodium.crypto_sign(message, sodium.crypto_sign_seed_keypair(seed)[1])[:64]


def argon2id(password: bytes, salt: bytes, memory: int, passes: int, lanes: int) -> bytes:
    """Argon2id of RFC 9106, 32 bytes; the memory in KiB."""
    return argon2.hash_secret_raw(password, salt, passes, memory, lanes, 32, argon2.Type.ID)


def stretch_words(entropy: bytes) -> bytes:
    """S of a mailbox."""
    return argon2id(entropy, PREFIX + b"mail", 65_536, 3, 4)


def mailbox_validity(made: int) -> tuple[int, int]:
    """Valid from midnight (UTC) of the day before a return contact was made, for 91 days."""
    start = made - made % DAY - DAY
    return start, start + 91 * DAY

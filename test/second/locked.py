"""Locked files: docs/operating.md, "Locked files". Passphrases: docs/protocol.md, "Keys, points and secrets"."""

import unicodedata
from dataclasses import dataclass, field

import armor
import contact as contacts
import nacl.bindings as sodium
from epoch import argon2id, epoch, identity_of
from hashes import PREFIX, Refused, derive
from nacl.exceptions import CryptoError

AHEAD_BYTES = 85
STEP = 4_096
OLD_OVERHEAD = 69


def prepare(passphrase: bytes, from_file: bool = False) -> bytes:
    """A passphrase as it goes into Argon2id. From a file or descriptor, what an editor adds is taken off first."""
    try:
        text = passphrase.decode("utf-8")
    except UnicodeDecodeError:
        raise Refused("the passphrase is not utf-8") from None
    if from_file:
        text = text.removeprefix("\ufeff").rstrip("\r\n")
    text = "".join(" " if c != " " and unicodedata.category(c) == "Zs" else c for c in text)
    text = unicodedata.normalize("NFC", text)
    if any(unicodedata.category(c) == "Cc" for c in text):
        raise Refused("the passphrase has a control character")
    if not text:
        raise Refused("the passphrase is empty")
    return text.encode()


@dataclass(frozen=True)
class Stretching:
    """Memory in KiB, passes and lanes of Argon2id."""

    memory: int
    passes: int
    lanes: int


WRITTEN = Stretching(65_536, 3, 4)
MOST = Stretching(1_048_576, 16, 16)


def pad(secrets: bytes, step: int = STEP) -> bytes:
    return secrets.ljust(max(step, -(-len(secrets) // step) * step), b"\0")


def lock(
    kind: str,
    padded: bytes,
    passphrase: bytes,
    salt: bytes,
    nonce: bytes,
    stretching: Stretching = WRITTEN,
    version: int = 1,
) -> bytes:
    """A locked file around what is already filled up with zeros, under a passphrase that is already prepared."""
    asked = (stretching.memory, stretching.passes, stretching.lanes)
    stretched = argon2id(passphrase, salt, *asked)
    ahead = bytes([version]) + b"".join(n.to_bytes(4, "big") for n in asked) + salt + nonce
    ahead += derive(stretched, "file commitment")
    additional = PREFIX + kind.encode() + ahead
    key = derive(stretched, "file key")
    return ahead + sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(padded, additional, nonce, key)


def unlock(kind: str, file: bytes, passphrase: bytes) -> bytes | None:
    """What is inside with its zeros, or None where the passphrase is another one."""
    damaged = Refused(f"the {kind} is damaged")
    if len(file) < AHEAD_BYTES + 16 and (not file or file[0] <= 1):
        raise damaged
    if file[0] > 1:
        raise Refused(f"this {kind} needs a newer version of dead-drop")
    if len(file) % STEP == OLD_OVERHEAD:
        raise Refused(f"this {kind} is of before version 1")
    if file[0] != 1 or len(file) < AHEAD_BYTES + STEP + 16 or (len(file) - AHEAD_BYTES - 16) % STEP != 0:
        raise damaged
    memory, passes, lanes = (contacts.number(file[i : i + 4]) for i in (1, 5, 9))
    most = WRITTEN if kind == "invitation" else MOST
    if not (1 <= lanes <= most.lanes and 1 <= passes <= most.passes and 8 * lanes <= memory <= most.memory):
        raise damaged
    ahead, salt, nonce = file[:AHEAD_BYTES], file[13:29], file[29:53]
    stretched = argon2id(passphrase, salt, memory, passes, lanes)
    if derive(stretched, "file commitment") != ahead[53:]:
        return None
    additional = PREFIX + kind.encode() + ahead
    key = derive(stretched, "file key")
    try:
        return sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(file[AHEAD_BYTES:], additional, nonce, key)
    except CryptoError:
        raise damaged from None


# Inside an identity and an invitation


@dataclass(frozen=True)
class IssuedEpoch:
    valid_from: int
    valid_until: int
    seed: bytes
    signature: bytes


@dataclass(frozen=True)
class Member:
    name: str
    contact: bytes
    secret: bytes = bytes(32)
    sent: int = 0


@dataclass(frozen=True)
class Identity:
    identity: bytes
    seed: bytes
    storage_key: bytes
    epoch_seconds: int
    issued: int
    drop: str
    epochs: list[IssuedEpoch]
    members: list[Member] = field(default_factory=list)
    desk: bool = False


def write_identity(own: Identity, desk_byte: int | None = None) -> bytes:
    """369 + 112 E + 1,755 M bytes."""
    out = (
        own.identity + own.seed + own.storage_key + own.epoch_seconds.to_bytes(4, "big") + own.issued.to_bytes(8, "big")
    )
    out += contacts.url_field(own.drop)
    out += len(own.epochs).to_bytes(2, "big") + len(own.members).to_bytes(2, "big")
    out += bytes([own.desk if desk_byte is None else desk_byte])
    for one in own.epochs:
        out += one.valid_from.to_bytes(8, "big") + one.valid_until.to_bytes(8, "big") + one.seed + one.signature
    for member in own.members:
        name = member.name.encode()
        out += (
            bytes([len(name)]) + name.ljust(64, b"\0") + member.contact + member.secret + member.sent.to_bytes(8, "big")
        )
    assert len(out) == 369 + 112 * len(own.epochs) + 1_755 * len(own.members)
    return out


def epoch_contact(identity: bytes, drop: str, one: IssuedEpoch) -> bytes:
    """The contact of an issued epoch, with its signature."""
    unsigned = contacts.of_epoch(
        contacts.KIND_IDENTITY, identity, epoch(one.seed), one.valid_from, one.valid_until, drop
    )
    return unsigned + one.signature


class _Reader:
    """Cuts fields off, one behind the other."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def take(self, size: int) -> bytes:
        if size > len(self.data):
            raise Refused("short")
        taken, self.data = self.data[:size], self.data[size:]
        return taken

    def number(self, size: int) -> int:
        return contacts.number(self.take(size))


def _is_visible(name: str) -> bool:
    """A name has at least a character, and none that cannot be seen: no control or formatting character, no blank but
    the ordinary one, nothing private, unassigned or half."""
    return name.strip() != "" and not any(
        unicodedata.category(c)[0] == "C" or (unicodedata.category(c)[0] == "Z" and c != " ") for c in name
    )


def read_identity(padded: bytes) -> Identity:
    """What is inside. @raises Refused, with whatever words, when something does not fit."""
    bad = Refused("does not fit")
    data = _Reader(padded)
    identity, seed, storage_key = data.take(32), data.take(32), data.take(32)
    epoch_seconds, issued = data.number(4), data.number(8)
    size, url = data.number(1), data.take(255)
    epoch_count, member_count, desk = data.number(2), data.number(2), data.number(1)
    if not contacts.is_base_url(url[:size]) or any(url[size:]) or desk > 1 or issued >= contacts.LARGEST:
        raise bad
    drop = url[:size].decode("ascii")
    if any(seed) and identity_of(seed) != identity:
        raise bad
    epochs = [IssuedEpoch(data.number(8), data.number(8), data.take(32), data.take(64)) for _ in range(epoch_count)]
    for before, one in zip([None, *epochs], epochs):
        if before is not None and one.valid_from <= before.valid_from:
            raise bad
        if one.valid_from > issued:
            raise bad
        contacts.check(epoch_contact(identity, drop, one))
    members = []
    for _ in range(member_count):
        size, name = data.number(1), data.take(64)
        if size > 64 or any(name[size:]):
            raise bad
        member = Member(_utf8(name[:size]), data.take(1_650), data.take(32), data.number(8))
        if not _is_visible(member.name) or member.sent >= contacts.LARGEST:
            raise bad
        if contacts.check(member.contact).kind != contacts.KIND_IDENTITY:
            raise bad  # a mailbox's contact, which nobody signed, stands in letters only
        members.append(member)
    if members and not desk:
        raise bad
    if len({m.name for m in members}) < len(members) or len({m.contact[2:34] for m in members}) < len(members):
        raise bad
    if any(data.data) or len(padded) != len(pad(padded[: len(padded) - len(data.data)])):
        raise bad
    return Identity(identity, seed, storage_key, epoch_seconds, issued, drop, epochs, members, desk == 1)


def _utf8(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise Refused("does not fit") from None


def open_identity(text: bytes, passphrase: bytes) -> Identity | None:
    """An identity file: None where the passphrase is another one."""
    padded = unlock("identity", armor.read("identity", text), prepare(passphrase))
    if padded is None:
        return None
    try:
        return read_identity(padded)
    except Refused:
        raise Refused("the identity is damaged") from None


def open_signing_key(text: bytes, passphrase: bytes, expected: bytes) -> bytes | None:
    """A signing key file: the seed of the identity `expected`."""
    padded = unlock("signing key", armor.read("signing key", text), prepare(passphrase))
    if padded is None:
        return None
    identity, seed = padded[:32], padded[32:64]
    if len(padded) != STEP or any(padded[64:]) or identity_of(seed) != identity:
        raise Refused("the signing key is damaged")
    if identity != expected:
        raise Refused("the signing key is of another identity")
    return seed

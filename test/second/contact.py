"""Contacts, revocations and fingerprints: docs/protocol.md, section "Contact"."""

import ipaddress
import re
from dataclasses import dataclass
from datetime import UTC, datetime

import armor
import words
import xwing
from epoch import DAY, Epoch, sign
from hashes import PREFIX, Refused, blake2b
from points import is_ed25519_point, is_x25519_key, verify

BYTES = 1_650
OLD_BYTES = 1_649
KIND_IDENTITY = 1
KIND_MAILBOX = 2
LARGEST = 2**53


@dataclass(frozen=True)
class Contact:
    kind: int
    identity: bytes
    id_key: bytes
    cell_key: bytes
    letter_key: bytes
    valid_from: int
    valid_until: int
    drop: str
    signature: bytes
    version: int = 1


def number(data: bytes) -> int:
    return int.from_bytes(data, "big")


def url_field(drop: str | bytes) -> bytes:
    """Length (1), and the URL filled up with zeros (255)."""
    url = drop if isinstance(drop, bytes) else drop.encode()
    return bytes([len(url)]) + url.ljust(255, b"\0")


def write_unsigned(
    kind: int,
    identity: bytes,
    keys: tuple[bytes, bytes, bytes],
    valid_from: int,
    valid_until: int,
    drop: str | bytes,
    version: int = 1,
) -> bytes:
    """The 1,586 bytes before the signature; `keys` are X25519's, X-Wing's and the letter key."""
    times = valid_from.to_bytes(8, "big") + valid_until.to_bytes(8, "big")
    return bytes([version, kind]) + identity + b"".join(keys) + times + url_field(drop)


def sign_contact(unsigned: bytes, identity_seed: bytes) -> bytes:
    return unsigned + sign(identity_seed, PREFIX + b"contact" + unsigned)


def of_epoch(kind: int, identity: bytes, epoch: Epoch, valid_from: int, valid_until: int, drop: str) -> bytes:
    """The contact of an epoch, without its signature."""
    keys = (epoch.id_key, epoch.cell_key, epoch.letter_key)
    return write_unsigned(kind, identity, keys, valid_from, valid_until, drop)


def is_base_url(url: bytes) -> bool:
    """Whether this is the one spelling of a drop's base URL: what the URL Standard serializes, without the slash that
    ends an empty path. Hosts that are not ASCII are left to others: IDNA has tables that this program does not need."""
    match = re.fullmatch(rb"(https?)://([^/?#@]+)((?:/[^/?#]+)*)", url)
    if not match or not 0 < len(url) <= 255 or any(byte <= 0x20 or byte >= 0x7F for byte in url):
        return False
    scheme, authority, path = (part.decode("ascii") for part in match.groups())
    host, port = re.fullmatch(r"(\[[^\]]*\]|[^:]*)(?::(.*))?", authority).groups() if _host(authority) else ("", None)
    if not host or not _is_host(host):
        return False
    if port is not None:
        default = {"http": "80", "https": "443"}[scheme]
        if not re.fullmatch(r"0|[1-9][0-9]{0,4}", port) or int(port) > 65_535 or port == default:
            return False
    return _is_path(path)


def _host(authority: str) -> bool:
    return re.fullmatch(r"(\[[^\]]*\]|[^:\[\]]+)(:.*)?", authority) is not None


def _is_host(host: str) -> bool:
    if host.startswith("["):
        if "%" in host:
            return False  # a zone, which Python knows and the URL Standard does not
        try:
            address = ipaddress.IPv6Address(host[1:-1])
        except ValueError:
            return False
        # Python writes an embedded IPv4 address as RFC 5952 does, and so does the URL Standard, all in hexadecimal.
        return f"[{address.compressed}]" == host
    if host.endswith(".") or re.search(r"[^!$&'()*+,\-.0-9;=_`a-z{}~\"]", host):
        return False
    # A last label that is a number makes the whole an IPv4 address, of which there is one spelling.
    if re.fullmatch(r"[0-9]+|0x[0-9a-f]*", host.split(".")[-1]):
        return re.fullmatch(r"(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}", host) is not None
    # A label of punycode has to be one that is written so again.
    return not any(label.startswith("xn--") and not _is_punycode(label) for label in host.split("."))


def _is_punycode(label: str) -> bool:
    try:
        decoded = label[4:].encode("ascii").decode("punycode")
        return not decoded.isascii() and "xn--" + decoded.encode("punycode").decode("ascii") == label
    except (UnicodeError, ValueError):
        return False


def _is_path(path: str) -> bool:
    """Whether the URL Standard would write the path so: no dot segments, nothing that it would encode. A backslash
    becomes a slash there."""
    for segment in path.split("/")[1:]:
        plain = re.sub(r"%2e", ".", segment, flags=re.IGNORECASE)
        if plain in (".", "..") or re.search(r'["<>`{}\\^]', segment):
            return False
    return True


def parse(data: bytes, what: str = "contact") -> Contact:
    """A contact that is in its one spelling; the keys, the signature and the time are looked at by `check`."""
    invalid = Refused(f"invalid {what}")
    if len(data) == OLD_BYTES:
        raise Refused("this contact is of before version 1: ask for a newer one")
    if len(data) != BYTES:
        raise invalid
    if data[0] > 1:
        raise Refused("this contact needs a newer version of dead-drop")
    contact = Contact(
        data[1],
        data[2:34],
        data[34:66],
        data[66:1_282],
        data[1_282:1_314],
        number(data[1_314:1_322]),
        number(data[1_322:1_330]),
        "",
        data[1_586:],
        data[0],
    )
    url = data[1_331 : 1_331 + data[1_330]]
    if contact.version != 1 or contact.kind not in (KIND_IDENTITY, KIND_MAILBOX):
        raise invalid
    if contact.kind == KIND_MAILBOX and any(contact.letter_key + contact.signature):
        raise invalid
    if contact.valid_from >= LARGEST or contact.valid_until >= LARGEST:
        raise invalid
    if contact.valid_from % 60 != 0 or contact.valid_until <= contact.valid_from:
        raise invalid
    if not is_base_url(url) or any(data[1_331 + len(url) : 1_586]):
        raise invalid
    return Contact(**{**contact.__dict__, "drop": url.decode("ascii")})


def mailbox_identity(id_key: bytes, cell_key: bytes) -> bytes:
    """A mailbox signs nothing: its identity is the hash of its keys."""
    return blake2b(PREFIX + b"mailbox identity" + id_key + cell_key)


def of_mailbox(
    keys: Epoch, valid_from: int, valid_until: int, drop: str | bytes, identity: bytes | None = None
) -> bytes:
    """The contact of a mailbox, whose letter key and signature are zeros."""
    own = identity or mailbox_identity(keys.id_key, keys.cell_key)
    public = (keys.id_key, keys.cell_key, bytes(32))
    return write_unsigned(KIND_MAILBOX, own, public, valid_from, valid_until, drop) + bytes(64)


def is_owners(contact: Contact, data: bytes) -> bool:
    """Whether a contact's identity vouches for it. One that is no key signs nothing: told as a fault of the key."""
    if contact.kind == KIND_MAILBOX:
        return contact.identity == mailbox_identity(contact.id_key, contact.cell_key)
    return not is_ed25519_point(contact.identity) or is_signed(data)


def is_signed(data: bytes) -> bool:
    return verify(data[2:34], PREFIX + b"contact" + data[:1_586], data[1_586:])


def has_keys_in_their_spelling(contact: Contact) -> bool:
    signing = () if contact.kind == KIND_MAILBOX else (contact.identity, contact.letter_key)
    return (
        all(is_ed25519_point(key) for key in signing)
        and is_x25519_key(contact.id_key)
        and xwing.is_public_key(contact.cell_key)
    )


def has_keys_of_its_own(contact: Contact) -> bool:
    """No two keys of one kind are the same."""
    return contact.identity != contact.letter_key and contact.id_key != contact.cell_key[-32:]


def check(data: bytes, at: int | None = None, expected: bytes | None = None) -> Contact:
    """What a client refuses to write to, in the document's order. `at` is left out where the time is no question,
    `expected` where no fingerprint was given."""
    contact = parse(data)
    if not is_owners(contact, data):
        raise Refused("the contact is not signed by its identity: it was damaged or forged, ask for it again")
    if not has_keys_in_their_spelling(contact):
        raise Refused("the contact has a key that is not in its one spelling: do not write to it")
    if not has_keys_of_its_own(contact):
        raise Refused("the contact has two keys that are the same: do not write to it")
    if expected is not None and expected != fingerprint(contact.identity):
        raise Refused("the contact is of another identity than the fingerprint names: do not write to it")
    if at is not None:
        if at < contact.valid_from - DAY:
            raise Refused(
                f"the contact is not valid yet: it begins on {day(contact.valid_from)}, {clock(at)}, "
                "the clock of the contact's maker is ahead"
            )
        if at > contact.valid_until:
            raise Refused(
                f"the contact is no longer valid: it ended on {day(contact.valid_until)}, {clock(at)}, "
                "look for a newer contact where you found this one"
            )
    return contact


def day(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d")


def clock(seconds: int) -> str:
    return f"and the clock of this machine says {day(seconds)}: check that first, and if it is right"


def read(text: bytes, at: int, expected: bytes | None = None) -> Contact:
    data = armor.read("contact", text)
    if parse(data).kind == KIND_MAILBOX:
        raise Refused("that is the return contact of a mailbox: it is for answers only")
    return check(data, at, expected)


# Revocations


def write_revocation(identity: bytes, when: int, version: int = 1) -> bytes:
    """The 41 bytes before the signature."""
    return bytes([version]) + identity + when.to_bytes(8, "big")


def sign_revocation(unsigned: bytes, identity_seed: bytes) -> bytes:
    return unsigned + sign(identity_seed, PREFIX + b"revocation" + unsigned)


def read_revocation(text: bytes, expected: bytes | None = None) -> tuple[bytes, int]:
    """The identity that is revoked, and when. `expected` is the fingerprint, where one was given."""
    data = armor.read("revocation", text)
    if len(data) != 105:
        raise Refused("invalid revocation")
    if data[0] > 1:
        raise Refused("this revocation needs a newer version of dead-drop")
    identity, when = data[1:33], number(data[33:41])
    if data[0] != 1 or when >= LARGEST:
        raise Refused("invalid revocation")
    if not verify(identity, PREFIX + b"revocation" + data[:41], data[41:]):
        raise Refused("the revocation is not signed by its identity")
    if not is_ed25519_point(identity):
        raise Refused("the revocation has a key that is not in its one spelling")
    if expected is not None and expected != fingerprint(identity):
        raise Refused("the revocation is of another identity")
    return identity, when


# Fingerprints

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def fingerprint(identity: bytes) -> bytes:
    return blake2b(PREFIX + b"fingerprint" + identity, 20)


def print_fingerprint(digest: bytes) -> str:
    value = number(digest)
    text = "".join(CROCKFORD[value >> 5 * i & 31] for i in reversed(range(32)))
    return " ".join(text[i : i + 4] for i in range(0, 32, 4))


def read_fingerprint(text: str) -> bytes:
    """Either spelling: in print with blanks or hyphens anywhere, or fifteen words."""
    typed = text.upper()
    if re.fullmatch(r"[A-Z]{3,8}(\s+[A-Z]{3,8}){9,}", typed.strip()):
        return words.read(text, 15)
    typed = re.sub(r"[\s-]", "", typed).replace("O", "0").replace("I", "1").replace("L", "1")
    if any(character not in CROCKFORD for character in typed):
        raise Refused("a character is none of a fingerprint's: see whether it is mistyped")
    if len(typed) != 32:
        raise Refused(f"it takes 32 characters, and these are {len(typed)}")
    value = 0
    for character in typed:
        value = value << 5 | CROCKFORD.index(character)
    return value.to_bytes(20, "big")

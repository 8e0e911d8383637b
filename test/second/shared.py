"""What the cases have in common. All randomness is here, and none of it is random: bytes that count up."""

import contact as contacts
from contact import Contact
from epoch import epoch, identity_of

DROP = "http://127.0.0.1:8787"
FROM = 1_789_999_980  # a whole minute; the earlier epoch's is 30 days before
EARLIER = FROM - 2_592_000
UNTIL = 1_800_000_000
AT = 1_795_000_000


def count(start: int, size: int = 32) -> bytes:
    """start, start + 1, ... as bytes."""
    return bytes((start + i) % 256 for i in range(size))


ID = count(0x07)
OTHER_ID = count(0x3F)
SEED = count(0x23)  # of the epoch, or the X-Wing key, to which most is sealed
OTHER_SEED = count(0x46)
ENCAPSULATION = count(0x2A) + count(0x31)
OTHER_ENCAPSULATION = count(0x2B) + count(0x32)
JOURNALIST = count(0x4D)  # seeds of identities
COLLEAGUE = count(0x62)
WRITER = count(0x80)
DESK = count(0xB0)

WORDS = "ozone drill grab fiber curtain grace pudding thank cruise elder eight picnic"
OTHER_WORDS = "letter advice cage absurd amount doctor acoustic avoid letter advice cage above"

Case = dict
Cases = dict[str, Case]


def unsigned_contact(
    identity_seed: bytes = JOURNALIST,
    epoch_seed: bytes = SEED,
    valid_from: int = FROM,
    valid_until: int = UNTIL,
    drop: str | bytes = DROP,
    kind: int = contacts.KIND_IDENTITY,
) -> bytes:
    keys = epoch(epoch_seed)
    return contacts.write_unsigned(
        kind, identity_of(identity_seed), (keys.id_key, keys.cell_key, keys.letter_key), valid_from, valid_until, drop
    )


def signed_contact(identity_seed: bytes = JOURNALIST, *args, **named) -> bytes:
    return contacts.sign_contact(unsigned_contact(identity_seed, *args, **named), identity_seed)


def flipped(data: bytes, at: int, bit: int = 1) -> bytes:
    """With a bit of a byte turned over."""
    at %= len(data)
    return data[:at] + bytes([data[at] ^ bit]) + data[at + 1 :]


def replaced(data: bytes, at: int, new: bytes) -> bytes:
    at %= len(data)
    return data[:at] + new + data[at + len(new) :]


def of_contact(contact: Contact) -> Case:
    """What a contact says, as fields of a vector."""
    return {
        "contactKind": contact.kind,
        "drop": contact.drop,
        "identity": contact.identity.hex(),
        "idKey": contact.id_key.hex(),
        "cellKey": contact.cell_key.hex(),
        "letterKey": contact.letter_key.hex(),
        "validFrom": contact.valid_from,
        "validUntil": contact.valid_until,
    }

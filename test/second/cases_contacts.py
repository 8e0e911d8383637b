"""Cases of contacts: what they say, their signatures and their keys."""

import armor
import contact as contacts
from epoch import DAY, epoch, identity_of, sign
from hashes import PREFIX
from hostile import (
    NEUTRAL_LARGE,
    NEUTRAL_SIGN,
    NEUTRAL_SPELLED,
    ORDER_2,
    ORDER_8,
    TORSION,
    hostile_signatures,
    low_order_identity,
    torsioned_identity,
)
from points import P, add, decode, encode
from shared import (
    AT,
    COLLEAGUE,
    DROP,
    FROM,
    JOURNALIST,
    SEED,
    UNTIL,
    Case,
    Cases,
    count,
    flipped,
    of_contact,
    replaced,
    signed_contact,
    unsigned_contact,
)

NOT_SIGNED = "the contact is not signed by its identity: it was damaged or forged, ask for it again"
BAD_KEY = "the contact has a key that is not in its one spelling: do not write to it"
SAME_KEYS = "the contact has two keys that are the same: do not write to it"


def good(about: str, contact: bytes, at: int = AT, text: Case | None = None, **seeds: bytes) -> Case:
    return {
        "kind": "contact",
        "about": about,
        **{name: seed.hex() for name, seed in seeds.items()},
        "at": at,
        **(text or {"text": armor.write("contact", contact)}),
        **of_contact(contacts.parse(contact)),
    }


def bad(about: str, contact: bytes | str, refused_with: str, at: int = AT) -> Case:
    text = contact if isinstance(contact, str) else armor.write("contact", contact)
    return {"kind": "contact", "about": about, "at": at, "text": text, "refusedWith": refused_with}


def with_keys(**keys: bytes) -> bytes:
    """A signed contact with other keys than its epoch's."""
    own = epoch(SEED)
    chosen = tuple(keys.get(name, getattr(own, name)) for name in ("id_key", "cell_key", "letter_key"))
    unsigned = contacts.write_unsigned(contacts.KIND_IDENTITY, identity_of(JOURNALIST), chosen, FROM, UNTIL, DROP)
    return contacts.sign_contact(unsigned, JOURNALIST)


def contact_message(identity: bytes) -> tuple[bytes, bytes]:
    unsigned = replaced(unsigned_contact(), 2, identity)
    return unsigned, PREFIX + b"contact" + unsigned


def contact_keys() -> Cases:
    """Keys in other spellings than their one, and the same key twice."""
    own = epoch(SEED)
    first = int.from_bytes(own.cell_key[:3], "little")
    coefficient = (first & 0xFFF) + 3_329
    assert coefficient < 4_096, "the first coefficient must be small for this case"
    large_first = (first & ~0xFFF | coefficient).to_bytes(3, "little")
    last = int.from_bytes(own.cell_key[1_149:1_152], "little") | 0xFFF000
    letter_torsion = encode(add(decode(own.letter_key), TORSION))

    def with_point(point: bytes) -> bytes:
        return with_keys(cell_key=own.cell_key[:1_184] + point)

    p_plus_9 = (P + 9).to_bytes(32, "little")
    faults = {
        "id-high-bit": ("the highest bit of its X25519 key is set", with_keys(id_key=flipped(own.id_key, 31, 0x80))),
        "id-large": ("its X25519 key is p + 9", with_keys(id_key=p_plus_9)),
        "id-order": ("its X25519 key is of low order", with_keys(id_key=ORDER_8)),
        "id-zero": ("its X25519 key is 0", with_keys(id_key=bytes(32))),
        "cell-coefficient": (
            "the first coefficient of its ML-KEM-768 key is 3,329 more",
            with_keys(cell_key=replaced(own.cell_key, 0, large_first)),
        ),
        "cell-last-coefficient": (
            "the last coefficient of its ML-KEM-768 key is 4,095",
            with_keys(cell_key=replaced(own.cell_key, 1_149, last.to_bytes(3, "little"))),
        ),
        "cell-high-bit": (
            "the highest bit of the X25519 key in its X-Wing key is set",
            with_point(flipped(own.cell_key[-32:], 31, 0x80)),
        ),
        "cell-large": ("the X25519 key in its X-Wing key is p + 9", with_point(p_plus_9)),
        "cell-order": ("the X25519 key in its X-Wing key is of low order", with_point(bytes(32))),
        "letter-large": (
            "its letter key has the y coordinate p + 3",
            with_keys(letter_key=(P + 3).to_bytes(32, "little")),
        ),
        "letter-order": ("its letter key has a part of order 8", with_keys(letter_key=letter_torsion)),
        "letter-low-order": ("its letter key is of order 8", with_keys(letter_key=encode(TORSION))),
        "letter-neutral": ("its letter key is the neutral element", with_keys(letter_key=NEUTRAL_SPELLED)),
        "letter-neutral-large": (
            "its letter key is the neutral element, with the y coordinate p + 1",
            with_keys(letter_key=NEUTRAL_LARGE),
        ),
        "letter-neutral-sign": (
            "its letter key is the neutral element, with the sign of x = 0 set",
            with_keys(letter_key=NEUTRAL_SIGN),
        ),
        "letter-zeros": ("its letter key is zeros, as a mailbox's", with_keys(letter_key=bytes(32))),
        "letter-no-point": (
            "its letter key has the y coordinate 2, which no point has",
            with_keys(letter_key=(2).to_bytes(32, "little")),
        ),
        "identity-order": (
            "its identity has a part of order 8, and signed it all the same",
            torsioned_identity(JOURNALIST, contact_message),
        ),
        "identity-low-order": (
            "its identity is of order 2, and the equation of its signature holds",
            low_order_identity(ORDER_2, contact_message),
        ),
        "identity-no-point": (
            "its identity has the y coordinate 2, which no point has",
            replaced(signed_contact(), 2, (2).to_bytes(32, "little")),
        ),
        "identity-neutral": (
            "its identity is the neutral element, and the equation of its signature holds",
            low_order_identity(NEUTRAL_SPELLED, contact_message),
        ),
    }
    assert decode((2).to_bytes(32, "little")) is None
    made = {f"contact-key-{name}": bad(about, contact, BAD_KEY) for name, (about, contact) in faults.items()}
    identity = identity_of(JOURNALIST)
    made["contact-keys-ed25519"] = bad("its letter key is its identity", with_keys(letter_key=identity), SAME_KEYS)
    made["contact-keys-x25519"] = bad(
        "its X25519 key is the one in its X-Wing key", with_keys(id_key=own.cell_key[-32:]), SAME_KEYS
    )
    return made


def contact_cases() -> Cases:
    contact = signed_contact()
    unsigned, signature = contact[:1_586], contact[1_586:]
    colleague = epoch(count(0x24))

    def resigned(at: int, new: bytes) -> bytes:
        return contacts.sign_contact(replaced(unsigned, at, new), JOURNALIST)

    def time(value: int) -> bytes:
        return value.to_bytes(8, "big")

    # What was a contact before version 1: no kind, and another number of bytes.
    old = unsigned[:1] + unsigned[2:]
    old += sign(JOURNALIST, PREFIX + b"contact" + old)
    too_early = (
        "the contact is not valid yet: it begins on 2026-09-21, and the clock of this machine says 2026-09-20: "
        "check that first, and if it is right, the clock of the contact's maker is ahead"
    )
    too_late = (
        "the contact is no longer valid: it ended on 2027-01-15, and the clock of this machine says 2027-01-15: "
        "check that first, and if it is right, look for a newer contact where you found this one"
    )
    cases = {
        "contact": good("a contact of the keys in epoch.json", contact, identitySeed=JOURNALIST, epochSeed=SEED),
        "contact-mailbox": bad(
            "the contact of a mailbox, which is never text",
            contacts.of_mailbox(epoch(SEED), FROM, UNTIL, DROP),
            "that is the return contact of a mailbox: it is for answers only",
        ),
        "contact-leeway": good("a day before it is valid", contact, FROM - DAY),
        "contact-minute": good("it is valid for a second", signed_contact(valid_until=FROM + 1), FROM + 1),
        "contact-early": bad("a day and a second before it is valid", contact, too_early, FROM - DAY - 1),
        "contact-late": bad("it is no longer valid", contact, too_late, UNTIL + 1),
        "contact-number": bad(
            "it is valid for longer than 2^53 seconds", resigned(1_322, time(2**53)), "invalid contact"
        ),
        "contact-seconds": bad(
            "it is valid from a time that is no whole minute", signed_contact(valid_from=FROM + 1), "invalid contact"
        ),
        "contact-never": bad(
            "it is valid until a minute before it is valid", signed_contact(valid_until=FROM - 60), "invalid contact"
        ),
        "contact-no-time": bad(
            "it is valid until the moment from which it is valid", signed_contact(valid_until=FROM), "invalid contact"
        ),
        "contact-kind-0": bad("of kind 0", resigned(1, b"\0"), "invalid contact"),
        "contact-kind-3": bad("of kind 3", resigned(1, b"\3"), "invalid contact"),
        "contact-version": bad("version 2", resigned(0, b"\2"), "this contact needs a newer version of dead-drop"),
        "contact-version-0": bad("version 0", resigned(0, b"\0"), "invalid contact"),
        "contact-padding": bad(
            "something stands behind the URL", resigned(1_331 + len(DROP) + 1, b"/"), "invalid contact"
        ),
        "contact-short": bad("its last two bytes are missing", contact[:-2], "invalid contact"),
        "contact-long": bad("a byte more", contact + b"\0", "invalid contact"),
        "contact-old": bad(
            "a contact of before version 1, which has 1,649 bytes",
            old,
            "this contact is of before version 1: ask for a newer one",
        ),
        "contact-signature": bad("a bit of its signature is changed", flipped(contact, 1_586), NOT_SIGNED),
        "contact-other-drop": bad(
            "the drop was replaced", replaced(contact, 1_331, b"http://127.0.0.2:8787"), NOT_SIGNED
        ),
        "contact-other-identity": bad(
            "another identity, which did not sign it", replaced(contact, 2, identity_of(COLLEAGUE)), NOT_SIGNED
        ),
        "contact-other-key": bad("a sealing key was replaced", replaced(contact, 34, colleague.id_key), NOT_SIGNED),
        "contact-other-cell-key": bad(
            "the other sealing key was replaced", replaced(contact, 66, colleague.cell_key), NOT_SIGNED
        ),
        "contact-other-letter-key": bad(
            "the letter key was replaced", replaced(contact, 1_282, colleague.letter_key), NOT_SIGNED
        ),
        "contact-other-validity": bad(
            "the validity was prolonged", replaced(contact, 1_322, time(UNTIL + 1_020)), NOT_SIGNED, UNTIL + 1
        ),
        "contact-other-kind": bad("the kind was replaced", replaced(contact, 1, b"\2"), "invalid contact"),
        "contact-unsigned": bad("its signature is zeros, as a mailbox's", unsigned + bytes(64), NOT_SIGNED),
        "contact-other-label": bad(
            "it is signed as if it were something else",
            unsigned + sign(JOURNALIST, PREFIX + b"letter" + unsigned),
            NOT_SIGNED,
        ),
        "contact-order-signature-key": bad(
            "two faults: its signature is wrong, and a key is of low order; the signature is looked at first",
            replaced(contact, 34, ORDER_8),
            NOT_SIGNED,
        ),
        "contact-order-identity-signature": bad(
            "two faults: its identity has a part of order 8, and its signature is wrong; the identity is told",
            replaced(contact, 2, encode(add(decode(identity_of(JOURNALIST)), TORSION))),
            BAD_KEY,
        ),
        "contact-order-key-time": bad(
            "two faults: a key is of low order, and it is no longer valid; the key is looked at first",
            with_keys(id_key=ORDER_8),
            BAD_KEY,
            UNTIL + 1,
        ),
        "contact-order-spelling-signature": bad(
            "two faults: of kind 3, and its signature is wrong; the kind is looked at first",
            replaced(contact, 1, b"\3"),
            "invalid contact",
        ),
    }
    printed = {
        seed: contacts.print_fingerprint(contacts.fingerprint(identity_of(seed))) for seed in (JOURNALIST, COLLEAGUE)
    }
    of_another = "the contact is of another identity than the fingerprint names: do not write to it"
    cases["contact-fingerprint"] = {
        **good("a contact, and the fingerprint that somebody has", contact),
        "fingerprint": printed[JOURNALIST],
    }
    cases["contact-fingerprint-other"] = {
        **bad("of another identity than the one whose fingerprint was given", contact, of_another),
        "fingerprint": printed[COLLEAGUE],
    }
    cases["contact-order-fingerprint-time"] = {
        **bad(
            "two faults: of another identity, and no longer valid; the identity is looked at first",
            contact,
            of_another,
            UNTIL + 1,
        ),
        "fingerprint": printed[COLLEAGUE],
    }
    cases["contact-largest"] = good(
        "it is valid until the largest time", signed_contact(valid_until=2**53 - 1), 2**53 - 1
    )
    for name, (about, hostile) in hostile_signatures(JOURNALIST, PREFIX + b"contact" + unsigned).items():
        cases[f"contact-signature-{name}"] = bad(about, unsigned + hostile, NOT_SIGNED)
    assert signature == sign(JOURNALIST, PREFIX + b"contact" + unsigned)
    return cases


def cases() -> Cases:
    return {**contact_cases(), **contact_keys()}

"""Cases of identity files."""

from dataclasses import replace

import armor
import contact as contacts
import locked
from epoch import DAY, epoch, identity_of, sign
from hashes import PREFIX, blake2b
from locked import Identity, IssuedEpoch, Member, Stretching, lock, pad, write_identity
from shared import (
    COLLEAGUE,
    DESK,
    DROP,
    EARLIER,
    FROM,
    JOURNALIST,
    OTHER_SEED,
    SEED,
    UNTIL,
    Case,
    Cases,
    count,
    flipped,
    replaced,
    signed_contact,
    unsigned_contact,
)

PASSPHRASE = "correct horse battery stäple"
SALT, NONCE = count(0x11, 16), count(0x20, 24)
LITTLE = Stretching(64, 1, 1)
STORAGE_KEY = count(0xD0)
MONTH = 30 * DAY


def issue(identity_seed: bytes, seed: bytes, valid_from: int, valid_until: int, drop: str = DROP) -> IssuedEpoch:
    unsigned = unsigned_contact(identity_seed, seed, valid_from, valid_until, drop)
    return IssuedEpoch(valid_from, valid_until, seed, sign(identity_seed, PREFIX + b"contact" + unsigned))


def journalist() -> Identity:
    epochs = [issue(JOURNALIST, count(0x24), EARLIER, FROM), issue(JOURNALIST, SEED, FROM, UNTIL)]
    return Identity(identity_of(JOURNALIST), JOURNALIST, STORAGE_KEY, MONTH, FROM, DROP, epochs)


def desk_identity() -> Identity:
    epochs = [issue(DESK, count(0xB1), EARLIER, FROM), issue(DESK, count(0xB2), FROM, UNTIL)]
    members = [
        Member("Jane", signed_contact(JOURNALIST), count(0xE0), FROM),
        Member("Jürgen", signed_contact(COLLEAGUE, OTHER_SEED), count(0xE8), 0),
    ]
    return Identity(identity_of(DESK), DESK, STORAGE_KEY, MONTH, FROM, DROP, epochs, members, True)


def of_identity(own: Identity) -> Case:
    """What is inside, as fields of a vector."""
    case: Case = {"secrets": write_identity(own).hex(), "identity": own.identity.hex()}
    if any(own.seed):
        case["identitySeed"] = own.seed.hex()
    if any(own.storage_key):
        case["storageKey"] = own.storage_key.hex()
    case |= {
        "epochSeconds": own.epoch_seconds,
        "issued": own.issued,
        "drop": own.drop,
        "epochs": [
            {
                "validFrom": one.valid_from,
                "validUntil": one.valid_until,
                "seed": one.seed.hex(),
                "signature": one.signature.hex(),
            }
            for one in own.epochs
        ],
    }
    if own.desk:
        case["members"] = [
            {
                "name": member.name,
                "contact": armor.write("contact", member.contact),
                **({"secret": member.secret.hex()} if any(member.secret) else {}),
                "sent": member.sent,
            }
            for member in own.members
        ]
    return case


def typed(passphrase: str | bytes) -> Case:
    return {"passphraseBytes": passphrase.hex()} if isinstance(passphrase, bytes) else {"passphrase": passphrase}


def file_of(padded: bytes, stretching: Stretching = LITTLE, kind: str = "identity", **others: object) -> bytes:
    return lock(kind, padded, locked.prepare(PASSPHRASE.encode()), SALT, NONCE, stretching, **others)


def good(about: str, own: Identity, stretching: Stretching = LITTLE, passphrase: str = PASSPHRASE) -> Case:
    text = armor.write("identity", file_of(pad(write_identity(own)), stretching))
    return {"kind": "identity file", "about": about, **typed(passphrase), "text": text, **of_identity(own)}


def bad(
    about: str, file: bytes | str, refused_with: str = "the identity is damaged", passphrase: str | bytes = PASSPHRASE
) -> Case:
    text = file if isinstance(file, str) else armor.write("identity", file)
    return {"kind": "identity file", "about": about, **typed(passphrase), "text": text, "refusedWith": refused_with}


def closed(about: str, file: bytes, passphrase: str = PASSPHRASE) -> Case:
    case = bad(about, file, passphrase=passphrase)
    del case["refusedWith"]
    return {**case, "opens": False}


def inside(about: str, own: Identity, **others: object) -> Case:
    """A file that opens, and in which something does not fit."""
    return bad(about, file_of(pad(write_identity(own, **others))))


def identity_files(own: Identity, of_desk: Identity) -> Cases:
    plain = write_identity(own)
    file = file_of(pad(plain))
    text = armor.write("identity", file)
    # What a locked file was before version 1: no commitment, and so 69 bytes more than a multiple of 4,096.
    old = file[:53] + file[85:]
    # The largest that fits into 4,096 bytes, with an epoch more for each 112, and the first that does not.
    most = (4_096 - 369) // 112
    many = [issue(JOURNALIST, blake2b(bytes([i])), EARLIER + 60 * i, FROM) for i in range(most + 1)]
    invitation = lock("invitation", pad(plain), locked.prepare(PASSPHRASE.encode()), SALT, NONCE, LITTLE)
    cases = {
        "identity-file": good("an identity with two epochs; 64 KiB, 1 pass, 1 lane", own),
        "identity-file-stretching": good("the same with 64 KiB, 2 passes, 2 lanes", own, Stretching(64, 2, 2)),
        "identity-file-least": good("the same with 8 KiB, 1 pass, 1 lane", own, Stretching(8, 1, 1)),
        "identity-file-most": good("the same with 128 KiB, 16 passes, 16 lanes", own, Stretching(128, 16, 16)),
        "identity-file-longest-name": good(
            "a desk with a member whose name has 64 bytes",
            replace(of_desk, members=[replace(of_desk.members[0], name="ü" * 32), of_desk.members[1]]),
        ),
        "identity-file-written": good("the same as it is written: 64 MiB, 3 passes, 4 lanes", own, locked.WRITTEN),
        "identity-file-desk": good("a desk's identity, as whoever made the desk has it", of_desk),
        "identity-file-member": good(
            "a desk's identity, as a member has it: without its seed",
            replace(
                of_desk, seed=bytes(32), members=[of_desk.members[0], replace(of_desk.members[1], secret=bytes(32))]
            ),
        ),
        "identity-file-apart": good(
            "an identity whose signing key is in a file of its own", replace(own, seed=bytes(32))
        ),
        "identity-file-destroyed": good("an identity whose keys are all destroyed", replace(own, epochs=[])),
        "identity-file-full": good(
            f"{most} epochs, with which it has the smallest size",
            replace(own, epochs=many[:-1], issued=many[-2].valid_from),
        ),
        "identity-file-over-full": good(
            f"{most + 1} epochs, with which it has 4,096 bytes more",
            replace(own, epochs=many, issued=many[-1].valid_from),
        ),
        "identity-file-issued": good("its newest epoch is no longer there", replace(own, issued=FROM + 600)),
        "identity-file-nfd": good(
            "its passphrase is typed with a letter and an accent", own, passphrase="correct horse battery sta\u0308ple"
        ),
        "identity-file-no-break": good(
            "its passphrase is typed with no-break spaces and other blanks that are not ASCII",
            own,
            passphrase="correct\u00a0horse\u2003battery\u3000stäple",
        ),
        "identity-file-other-passphrase": closed("another passphrase", file, "correct horse battery staple"),
        "identity-file-other-blank": closed("one blank more in its passphrase", file, "correct horse battery  stäple"),
        "identity-file-other-case": closed("a capital in its passphrase", file, "Correct horse battery stäple"),
        "identity-file-compatible": closed(
            "a letter of its passphrase that only looks like it (NFKC would make them the same)",
            file,
            "correct horse battery stäp\uff4ce",
        ),
        "identity-file-control": bad(
            "a control character in its passphrase",
            file,
            "the passphrase has a control character",
            "correct horse\u0007 battery stäple",
        ),
        "identity-file-newline": bad(
            "a newline within its passphrase",
            file,
            "the passphrase has a control character",
            "correct horse\nbattery stäple",
        ),
        "identity-file-not-utf-8": bad(
            "a passphrase that is not UTF-8", file, "the passphrase is not utf-8", PASSPHRASE.encode("latin-1")
        ),
        "identity-file-no-passphrase": bad("no passphrase", file, "the passphrase is empty", ""),
        "identity-file-commitment": closed("a bit of its commitment is changed", flipped(file, 53)),
        "identity-file-salt": closed("a bit of its salt is changed", flipped(file, 13)),
        "identity-file-nonce": bad("a bit of its nonce is changed", flipped(file, 29)),
        "identity-file-tag": bad("a bit of its tag is changed", flipped(file, -1)),
        "identity-file-ciphertext": bad("a bit of its ciphertext is changed", flipped(file, 85)),
        "identity-file-kind": bad(
            "an invitation under the name of an identity, whose key is the same and whose tag is another's", invitation
        ),
        "identity-file-version": bad(
            "version 2", replaced(file, 0, b"\2"), "this identity needs a newer version of dead-drop"
        ),
        "identity-file-version-0": bad("version 0, and locked so", file_of(pad(plain), version=0)),
        "identity-file-old": bad("a file of before version 1", old, "this identity is of before version 1"),
        "identity-file-lanes": bad("it asks for 17 lanes", with_stretching(file, 1_024, 1, 17)),
        "identity-file-no-lanes": bad("it asks for no lanes", with_stretching(file, 64, 1, 0)),
        "identity-file-passes": bad("it asks for 17 passes", with_stretching(file, 64, 17, 1)),
        "identity-file-no-passes": bad("it asks for no passes", with_stretching(file, 64, 0, 1)),
        "identity-file-memory": bad("it asks for more memory than 1 GiB", with_stretching(file, 1_048_577, 1, 1)),
        "identity-file-memory-little": bad(
            "it asks for less memory than 8 KiB a lane", with_stretching(file, 15, 1, 2)
        ),
        "identity-file-truncated": bad("its last 16 bytes are missing", file[:-16]),
        "identity-file-cut-prefix": bad("it ends within its salt", file[:20]),
        "identity-file-cut-line": bad(
            "its last line is missing", "\n".join(text.split("\n")[:-2]) + "\n", "not a dead drop identity"
        ),
        "identity-file-label": bad(
            "it is called an invitation", text.replace("IDENTITY", "INVITATION"), "not a dead drop identity"
        ),
        "identity-file-padded-less": bad("it is padded to a multiple of 1,024", file_of(pad(plain, 1_024))),
        "identity-file-padded-more": bad("it is padded by 4,096 bytes more", file_of(pad(plain) + bytes(4_096))),
        "identity-file-padding": bad("the last byte of its padding is not zero", file_of(pad(plain)[:-1] + b"\1")),
    }
    return cases


def with_stretching(file: bytes, memory: int, passes: int, lanes: int) -> bytes:
    """A file that says that it was stretched so; nobody has to do it to refuse that."""
    return replaced(file, 1, b"".join(n.to_bytes(4, "big") for n in (memory, passes, lanes)))


def consistency(own: Identity, of_desk: Identity) -> Cases:
    """Each rule of what is inside, broken once."""
    first, second = own.epochs
    jane, juergen = of_desk.members

    def members(*changed: Member) -> Identity:
        return replace(of_desk, members=list(changed))

    def at_url(url: bytes) -> bytes:
        """The URL stands behind 32 + 32 + 32 + 4 + 8 bytes. Without epochs, whose contacts would not fit either."""
        return replaced(write_identity(replace(own, epochs=[])), 108, contacts.url_field(url))

    late = issue(JOURNALIST, SEED, FROM, FROM - 60)
    seconds = issue(JOURNALIST, SEED, FROM + 1, UNTIL)
    mailbox = signed_contact(JOURNALIST, SEED, kind=contacts.KIND_MAILBOX)
    as_mailbox = IssuedEpoch(FROM, UNTIL, SEED, mailbox[-64:])
    name_at = 369 + 2 * 112
    in_desk = write_identity(of_desk)
    made = {
        "issued-number": inside("its newest epoch was issued at 2^53 seconds", replace(own, issued=2**53)),
        "member-sent-number": inside(
            "a member was sent an epoch of 2^53 seconds", members(replace(jane, sent=2**53), juergen)
        ),
        "flag": inside("what says whether it is a desk is 2", own, desk_byte=2),
        "seed": inside("its seed is another identity's", replace(own, seed=COLLEAGUE)),
        "identity": inside(
            "its identity is another one, and its seed is not there",
            replace(own, identity=identity_of(COLLEAGUE), seed=bytes(32)),
        ),
        "order": inside("its epochs are in the wrong order", replace(own, epochs=[second, first])),
        "twice": inside("it has an epoch twice", replace(own, epochs=[first, second, second])),
        "later": inside("an epoch begins later than the newest that was issued", replace(own, issued=FROM - 60)),
        "epoch-signature": inside(
            "a bit of the signature of an epoch's contact is changed",
            replace(own, epochs=[first, replace(second, signature=flipped(second.signature, 0))]),
        ),
        "epoch-seed": inside(
            "the seed of an epoch is another one than its contact's",
            replace(own, epochs=[first, replace(second, seed=OTHER_SEED)]),
        ),
        "epoch-never": inside("an epoch ends before it begins", replace(own, epochs=[first, late])),
        "epoch-seconds": inside(
            "an epoch begins at a time that is no whole minute", replace(own, epochs=[first, seconds], issued=FROM + 1)
        ),
        "epoch-until": inside(
            "the end of an epoch is later than its contact's",
            replace(own, epochs=[first, replace(second, valid_until=UNTIL + 60)]),
        ),
        "epoch-kind": inside("an epoch's contact is signed as a mailbox's", replace(own, epochs=[first, as_mailbox])),
        "url": bad("its drop's URL ends in a slash", file_of(pad(at_url(DROP.encode() + b"/")))),
        "url-empty": bad("it has no drop's URL", file_of(pad(at_url(b"")))),
        "url-behind": bad(
            "something stands behind its drop's URL",
            file_of(pad(replaced(write_identity(own), 109 + len(DROP) + 1, b"/"))),
        ),
        "members": inside("members, where there is no desk", replace(of_desk, desk=False)),
        "member-name-twice": inside("two members with one name", members(jane, replace(juergen, name="Jane"))),
        "member-identity-twice": inside(
            "two members with one identity",
            members(jane, replace(juergen, contact=signed_contact(JOURNALIST, OTHER_SEED))),
        ),
        "member-no-name": inside("a member's name of no characters", members(replace(jane, name=""), juergen)),
        "member-name-control": inside("a newline in a member's name", members(replace(jane, name="Ja\nne"), juergen)),
        "member-name-format": inside(
            "a character in a member's name that turns the direction of writing",
            members(replace(jane, name="Ja\u202ene"), juergen),
        ),
        "member-name-zero-width": inside(
            "a blank of no width in a member's name", members(replace(jane, name="Ja\u200bne"), juergen)
        ),
        "member-name-behind": bad(
            "something stands behind a member's name", file_of(pad(replaced(in_desk, name_at + 64, b"e")))
        ),
        "member-name-long": bad(
            "a member's name of 65 bytes", file_of(pad(replaced(in_desk, name_at, b"\x41" + b"a" * 64)))
        ),
        "member-name-utf-8": bad(
            "a member's name that is not UTF-8", file_of(pad(replaced(in_desk, name_at + 1, b"J\xffne")))
        ),
        "member-contact": inside(
            "a member's contact that is not signed by its identity",
            members(replace(jane, contact=flipped(jane.contact, 1_586)), juergen),
        ),
        "member-mailbox": inside(
            "a member's contact that is a mailbox's, which nobody signed",
            members(replace(jane, contact=contacts.of_mailbox(epoch(SEED), FROM, UNTIL, DROP)), juergen),
        ),
        "epochs-missing": bad(
            "it says that it has an epoch more, which would reach beyond its end",
            file_of(pad(replaced(write_identity(replace(own, epochs=[first] * 33)), 364, (40).to_bytes(2, "big")))),
        ),
    }
    return {f"identity-file-{name}": case for name, case in made.items()}


def cases() -> Cases:
    own, of_desk = journalist(), desk_identity()
    return {**identity_files(own, of_desk), **consistency(own, of_desk)}

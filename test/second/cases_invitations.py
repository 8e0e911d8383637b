"""Cases of invitations."""

from dataclasses import replace

import armor
import desk
import locked
from cases_identities import (
    LITTLE,
    MONTH,
    NONCE,
    SALT,
    STORAGE_KEY,
    desk_identity,
    issue,
    journalist,
    of_identity,
    with_stretching,
)
from epoch import DAY, identity_of
from hashes import derive
from locked import Identity, Stretching, lock, pad, write_identity
from shared import (
    AT,
    COLLEAGUE,
    DESK,
    EARLIER,
    FROM,
    JOURNALIST,
    OTHER_WORDS,
    UNTIL,
    WORDS,
    WRITER,
    Case,
    Cases,
    count,
    flipped,
    replaced,
)


def cases() -> Cases:
    maker = desk_identity()
    jane = maker.members[0]
    own = identity_of(JOURNALIST)
    # The first invitation brings the secret of E's number + 1, and E as the newest that was sent.
    brought = desk.secret_of(desk.number_of(FROM) + 1, count(0xE0), desk.number_of(FROM) + 1)

    def for_jane(of: Identity, secret: bytes = brought) -> Identity:
        """As Jane is to have it."""
        members = [replace(of.members[0], secret=secret, sent=of.issued)]
        members += [replace(member, secret=bytes(32)) for member in of.members[1:]]
        return replace(of, seed=bytes(32), storage_key=bytes(32), members=members)

    def file_with(padded: bytes, passphrase: bytes = OTHER_WORDS.encode(), stretching: Stretching = LITTLE) -> bytes:
        return lock("invitation", padded, passphrase, SALT, NONCE, stretching)

    def case(about: str, file: bytes | str, at: int = AT, whose: bytes = own, **keys: object) -> Case:
        text = file if isinstance(file, str) else armor.write("invitation", file)
        keys = {"words": OTHER_WORDS, **keys} if "secret" not in keys else keys
        return {"kind": "invitation", "about": about, **keys, "own": whose.hex(), "at": at, "text": text}

    def good(about: str, inside: Identity, at: int = AT, **keys: object) -> Case:
        passphrase = keys.pop("lock", OTHER_WORDS.encode())
        stretching = keys.pop("stretching", LITTLE)
        file = file_with(pad(write_identity(inside)), passphrase, stretching)
        return {**case(about, file, at, **keys), **of_identity(inside)}

    def bad(about: str, file: bytes | str, refused_with: str, at: int = AT, **keys: object) -> Case:
        return {**case(about, file, at, **keys), "refusedWith": refused_with}

    def holding(inside: Identity, **others: object) -> bytes:
        return file_with(pad(write_identity(inside, **others)))

    damaged, somebody_else = "the invitation is damaged", "that invitation is for somebody else"
    first = for_jane(maker)
    plain = write_identity(first)
    file = file_with(pad(plain))
    text = armor.write("invitation", file)

    # A later one: a new epoch, two minutes after the one that Jane has. She keeps the secret of FROM's number + 1.
    newer = FROM + 120
    # Jürgen was sent the one before, as the maker knows.
    both_sent = [jane, replace(maker.members[1], sent=FROM)]
    later_epochs = [*maker.epochs, issue(DESK, count(0xB3), newer, UNTIL)]
    later_maker = replace(maker, epochs=later_epochs, issued=newer, members=both_sent)
    lock_secret = desk.secret_of(desk.number_of(newer), brought, desk.number_of(FROM) + 1)
    next_secret = desk.secret_of(desk.number_of(newer) + 1, lock_secret, desk.number_of(newer))
    later = for_jane(later_maker, next_secret)
    kept = {"secret": brought.hex(), "sent": FROM}
    # A month later: she missed some, and derives as many as there are minutes.
    month = FROM + MONTH
    month_maker = replace(maker, epochs=[*maker.epochs, issue(DESK, count(0xB3), month, month + MONTH)], issued=month)
    month_lock = desk.secret_of(desk.number_of(month), brought, desk.number_of(FROM) + 1)
    month_next = derive(month_lock, "member secret")
    # The minute after: the secret that she keeps is the one it is locked under.
    minute = FROM + 60
    minute_maker = replace(maker, epochs=[*maker.epochs, issue(DESK, count(0xB3), minute, UNTIL)], issued=minute)
    over = UNTIL + 25 * DAY
    foreign = replace(
        first,
        members=[
            replace(first.members[0], secret=bytes(32), sent=0),
            replace(first.members[1], secret=count(0xE8), sent=FROM),
        ],
    )
    made = {
        "": good("to a desk of two members, locked under twelve words; 64 KiB, 1 pass, 1 lane", first),
        "-written": good("the same as it is written: 64 MiB, 3 passes, 4 lanes", first, stretching=locked.WRITTEN),
        "-last-moment": good("its newest epoch ended 25 days ago", first, over),
        "-later": good(
            "a later one, locked under the member's secret for its newest epoch, which follows from the one kept",
            later,
            lock=desk.lock_of(lock_secret),
            newest=newer,
            **kept,
        ),
        "-later-minute": good(
            "a later one, a minute after the one before: locked under the secret that was kept",
            for_jane(minute_maker, derive(brought, "member secret")),
            lock=desk.lock_of(brought),
            newest=minute,
            **kept,
        ),
        "-later-month": good(
            "a later one, 30 days and 43,199 secrets after the one that was kept",
            for_jane(month_maker, month_next),
            lock=desk.lock_of(month_lock),
            newest=month,
            **kept,
        ),
        "-later-words": good("words to somebody who has keys already: it brings newer ones", later, sent=FROM),
        "-later-same": bad(
            "it brings nothing newer than what the member has", file, "that invitation brings nothing new", sent=FROM
        ),
        "-later-older": bad(
            "it brings less than what the member has", file, "that invitation brings nothing new", sent=newer
        ),
        "-later-other-secret": {
            **case(
                "locked under the secret that came before the one that is kept",
                file_with(pad(write_identity(later)), desk.lock_of(count(0xDF))),
                newest=newer,
                **kept,
            ),
            "opens": False,
        },
        "-later-bare-secret": {
            **case(
                "locked under the secret itself, of which the next one is made",
                file_with(pad(write_identity(later)), lock_secret),
                newest=newer,
                **kept,
            ),
            "opens": False,
        },
        "-later-next-secret": {
            **case(
                "locked under the secret of the number after its newest epoch's",
                file_with(pad(write_identity(later)), desk.lock_of(next_secret)),
                newest=newer,
                **kept,
            ),
            "opens": False,
        },
        "-other-words": {**case("other words", file, words=WORDS), "opens": False},
        "-commitment": {**case("a bit of its commitment is changed", flipped(file, 53)), "opens": False},
        "-tag": bad("a bit of its tag is changed", flipped(file, -1), damaged),
        "-kind": bad(
            "an identity under the name of an invitation, whose key is the same and whose tag is another's",
            lock("identity", pad(plain), OTHER_WORDS.encode(), SALT, NONCE, LITTLE),
            damaged,
        ),
        "-memory": bad("it asks for more memory than 1 GiB", with_stretching(file, 1_048_577, 1, 1), damaged),
        "-memory-more": bad("it asks for more memory than is written", with_stretching(file, 65_537, 3, 4), damaged),
        "-passes": bad("it asks for more passes than are written", with_stretching(file, 65_536, 4, 4), damaged),
        "-lanes": bad("it asks for more lanes than are written", with_stretching(file, 65_536, 3, 5), damaged),
        "-truncated": bad("its last 16 bytes are missing", file[:-16], damaged),
        "-version": bad("version 2", replaced(file, 0, b"\2"), "this invitation needs a newer version of dead-drop"),
        "-old": bad(
            "a file of the size that files had before version 1",
            file[:53] + file[85:],
            "this invitation is of before version 1",
        ),
        "-label": bad("it is called an identity", text.replace("INVITATION", "IDENTITY"), "not a dead drop invitation"),
        "-padding": bad("the last byte of its padding is not zero", file_with(pad(plain)[:-1] + b"\1"), damaged),
        "-signature": bad(
            "a bit of the signature of an epoch's contact is changed",
            holding(
                replace(
                    first,
                    epochs=[first.epochs[0], replace(first.epochs[1], signature=flipped(first.epochs[1].signature, 0))],
                )
            ),
            damaged,
        ),
        "-member-signature": bad(
            "a member's contact is not signed by its identity",
            holding(
                replace(
                    first,
                    members=[
                        first.members[0],
                        replace(first.members[1], contact=flipped(first.members[1].contact, 1_586)),
                    ],
                )
            ),
            damaged,
        ),
        "-seed": bad("it brings the desk's Ed25519 seed", holding(replace(first, seed=DESK)), damaged),
        "-storage-key": bad("it brings a storage key", holding(replace(first, storage_key=STORAGE_KEY)), damaged),
        "-other-member": bad("it is for another member of the desk", file, somebody_else, whose=identity_of(COLLEAGUE)),
        "-for-another": bad("the secret in it is another member's", holding(foreign), somebody_else),
        "-stranger": bad("it is for somebody else", file, somebody_else, whose=identity_of(WRITER)),
        "-no-desk": bad(
            "what is in it is no desk",
            holding(replace(journalist(), seed=bytes(32), storage_key=bytes(32))),
            somebody_else,
        ),
        "-over": bad(
            "its newest epoch ended 25 days and a second ago",
            file,
            "that invitation is over: ask for another",
            over + 1,
        ),
        "-over-earlier": good(
            "its newest epoch ended long ago, and an earlier one 25 days ago",
            replace(
                first, epochs=[issue(DESK, count(0xB1), EARLIER, UNTIL), issue(DESK, count(0xB2), FROM, FROM + DAY)]
            ),
            over,
        ),
        "-order-member-over": bad(
            "two faults: it is for another member, and over; the first of them counts",
            file,
            somebody_else,
            over + 1,
            whose=identity_of(COLLEAGUE),
        ),
        "-order-over-newer": bad(
            "two faults: it is over, and brings nothing newer; the first of them counts",
            file,
            "that invitation is over: ask for another",
            over + 1,
            sent=FROM,
        ),
        "-order-signature-member": bad(
            "two faults: an epoch's contact is not signed, and it is for somebody else; the first of them counts",
            holding(
                replace(
                    first,
                    epochs=[first.epochs[0], replace(first.epochs[1], signature=flipped(first.epochs[1].signature, 0))],
                )
            ),
            damaged,
            whose=identity_of(WRITER),
        ),
    }
    assert jane.secret == brought
    return {f"invitation{name}": case for name, case in made.items()}

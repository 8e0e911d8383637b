"""Cases of letters with two faults: which of them says what becomes of the letter."""

from dataclasses import replace

from cases_further import one_root, one_root_left
from cases_heads import IDS
from compose import ANSWERED, OTHER_MAILBOX, PLAIN, READER, SOURCE, WRITER_UNTIL, Further, Letter, bad, make, pairs_of
from epoch import DAY
from letter import File
from shared import ID, OTHER_ENCAPSULATION, UNTIL, Cases, count, flipped, replaced


def cases() -> Cases:
    long_over = WRITER_UNTIL + 25 * DAY + 1
    answer_over = UNTIL + 25 * DAY + 1
    wrong = bytes(64)

    def two(of: Letter, why: str, faults: str, **changes: object) -> Letter:
        return bad(of, why, f"two faults: {faults}; the first of them counts", **changes)

    unsigned_source = flipped(SOURCE.contact, 1_586)
    one_missing = [Further([(0x62, 100)], OTHER_ENCAPSULATION, IDS[0], missing=True)]
    return {
        f"letter-order-{name}": make(one)
        for name, one in {
            "flag-forged": two(
                PLAIN, "damaged", "an unknown flag, and a wrong signature", proof=wrong, later={1: b"\6"}
            ),
            "files-contact": two(
                PLAIN,
                "damaged",
                "1,001 files, and a return contact that is not signed by its identity",
                contact=unsigned_source,
                before={1_812: (1_001).to_bytes(4, "big")},
            ),
            "contact-spelling-signature": two(
                PLAIN,
                "damaged",
                "a return contact of kind 3, and that is not signed by its identity",
                contact=replaced(SOURCE.contact, 1, b"\3"),
            ),
            "version-forged": two(PLAIN, "too new", "version 2, and a wrong signature", proof=wrong, later={0: b"\2"}),
            "contact-version-forged": two(
                PLAIN,
                "too new",
                "a return contact of version 2, and a wrong signature",
                contact=replaced(SOURCE.contact, 0, b"\2"),
                proof=wrong,
            ),
            "contact-stray": two(
                ANSWERED,
                "forged",
                "a return contact that is not signed by its identity, and a stray ticket",
                contact=flipped(READER.contact, 1_586),
                answers=(ID, count(0x11)),
            ),
            "contact-expired": two(
                PLAIN,
                "forged",
                "a return contact that is not signed by its identity, and long over",
                contact=unsigned_source,
                at=long_over, reader=OTHER_MAILBOX,
            ),
            "forged-stray": two(
                ANSWERED, "forged", "a wrong signature, and a stray ticket", proof=wrong, answers=(ID, count(0x11))
            ),
            "forged-expired": two(
                PLAIN, "forged", "a wrong signature, and a return contact long over", proof=wrong, at=long_over, reader=OTHER_MAILBOX
            ),
            "forged-text": two(
                PLAIN, "forged", "a wrong signature, and a text that is not UTF-8", proof=wrong, text=[(0xFF, 1)]
            ),
            "forged-padding": two(
                PLAIN,
                "forged",
                "a wrong signature, and something behind the text",
                proof=wrong,
                text=pairs_of(b"They"),
                text_bytes=3,
            ),
            "stray-expired": two(
                ANSWERED,
                "stray",
                "a stray ticket, and a return contact long over",
                answers=(ID, count(0x11)),
                at=answer_over, reader=OTHER_MAILBOX,
            ),
            "stray-padding": two(
                ANSWERED,
                "stray",
                "a stray ticket, and something behind the text",
                answers=(ID, count(0x11)),
                text=pairs_of(b"They"),
                text_bytes=3,
            ),
            "expired-text": two(
                PLAIN,
                "expired",
                "a return contact long over, and a text that is not UTF-8",
                at=long_over, reader=OTHER_MAILBOX,
                text=[(0xFF, 1)],
            ),
            "expired-padding": two(
                PLAIN,
                "expired",
                "a return contact long over, and something behind the text",
                at=long_over, reader=OTHER_MAILBOX,
                text=pairs_of(b"They"),
                text_bytes=3,
            ),
            "expired-missing": two(
                PLAIN,
                "expired",
                "a return contact long over, and a further cell that is not there",
                at=long_over, reader=OTHER_MAILBOX,
                text=one_root(1, text=[(0x61, 5)]),
                text_bytes=5,
                files=[File(b"a", one_root_left(1, 5) + 100)],
                further=one_missing,
            ),
            "forged-missing": two(
                PLAIN,
                "forged",
                "a wrong signature, and a further cell that is not there",
                proof=wrong,
                text=one_root(1, text=[(0x61, 5)]),
                text_bytes=5,
                files=[File(b"a", one_root_left(1, 5) + 100)],
                further=one_missing,
            ),
            "text-missing": two(
                replace(PLAIN, writer=None),
                "damaged",
                "a text that is not UTF-8, and a further cell that is not there",
                text=one_root(1, text=[(0xFF, 5)]),
                text_bytes=5,
                files=[File(b"a", one_root_left(1, 5) + 100)],
                further=one_missing,
            ),
        }.items()
    }

"""Cases of letters in more than a root."""

from dataclasses import replace

import cell
from cases_heads import IDS
from compose import ANONYMOUS, MAILBOX, READER, SOURCE, Further, Letter, Pairs, make
from letter import File
from shared import OTHER_ENCAPSULATION, OTHER_ID, Cases, count, flipped


def root_room(cells: int) -> int:
    """What a root holds of a body, with one file whose name has one character."""
    return cell.CONTENT_BYTES - 1_824 - 64 * cells - 10


def one_root_left(cells: int, text: int) -> int:
    return root_room(cells) - text


def one_root(cells: int, text: Pairs) -> Pairs:
    """A body that fills the root: the text, and then the file, of the letter b."""
    return [*text, (0x62, one_root_left(cells, sum(times for _, times in text)))]


def cases() -> Cases:
    full = cell.CONTENT_BYTES
    one = Further([(0x63, 1_000)], OTHER_ENCAPSULATION, IDS[0])
    first = Further([(0x63, full)], OTHER_ENCAPSULATION, IDS[0])
    second = Further([(0x64, 2_000)], count(0x2C) + count(0x33), IDS[1])
    short = replace(
        ANONYMOUS,
        text=one_root(1, [(0x61, 5)]),
        text_bytes=5,
        files=[File(b"a", one_root_left(1, 5) + 1_000)],
        further=[one],
    )
    long = replace(
        ANONYMOUS,
        text=one_root(2, [(0x61, 5)]),
        text_bytes=5,
        files=[File(b"a", one_root_left(2, 5) + full + 2_000)],
        further=[first, second],
    )
    to = READER.recipient
    digests = [cell.digest(f.seal(to)) for f in (first, second)]
    # A text that fills the root and goes on in a further cell, cut in a character of three bytes.
    room = cell.CONTENT_BYTES - 1_824 - 64
    cut = replace(
        ANONYMOUS,
        text=[(0x61, room - 1), (0xE2, 1)],
        text_bytes=room + 2 + 107,
        further=[Further([(0x82, 1), (0xAC, 1), (0x61, 107)], OTHER_ENCAPSULATION, IDS[0])],
    )

    def with_further(of: Letter, content: Pairs) -> Letter:
        return replace(of, further=[replace(of.further[0], content=content)])

    def bad(of: Letter, why: str, about: str, **changes: object) -> Letter:
        return replace(of, about=about, why=why, **changes)

    swapped = [
        replace(first, sealed_id=IDS[1], content=second.content, encapsulation=second.encapsulation),
        replace(second, sealed_id=IDS[0], content=first.content, encapsulation=first.encapsulation),
    ]
    as_root = replace(one, role="root")
    for_other = replace(one, sealed_id=OTHER_ID)
    not_utf_8 = [(0x82, 1), (0x61, 108)]
    made = {
        "one": replace(short, about="a text and a file, in a root and one further cell"),
        "two": replace(long, about="a text and a file, in a root and two further cells"),
        "signed": replace(long, about="a signed letter in a root and two further cells", writer=SOURCE),
        "mailbox": replace(long, about="a letter of a mailbox in a root and two further cells", writer=MAILBOX),
        "text-cut": replace(cut, about="a text whose root ends within a character, which the further cell completes"),
        "text-cut-wrong": bad(
            with_further(cut, not_utf_8),
            "damaged",
            "a text whose root ends within a character, which the further cell does not complete",
        ),
        "text-not-utf-8": bad(
            with_further(cut, [(0x82, 1), (0xAC, 1), (0xFF, 107)]),
            "damaged",
            "a text that is not UTF-8 in the further cell",
        ),
        "text-ends": bad(
            with_further(cut, [(0x82, 1), (0xAC, 1), (0x61, 106), (0xE2, 1)]),
            "damaged",
            "a text that ends within a character, in the further cell",
        ),
        "padding": bad(
            replace(short, further=[replace(one, content=[(0x63, 1_000), (0, full - 1_001), (1, 1)])]),
            "damaged",
            "the last byte of the padding of the last further cell is not zero",
        ),
        "padding-first": bad(
            replace(short, further=[replace(one, content=[(0x63, 1_001)])]),
            "damaged",
            "the byte behind the file is not zero, in the last further cell",
        ),
        "digest": bad(
            short,
            "damaged",
            "the digest of its further cell is another one",
            digests=[flipped(cell.digest(one.seal(to)), 0)],
        ),
        "digest-signed": bad(
            replace(short, writer=SOURCE),
            "damaged",
            "a signed letter; the digest of its further cell is another one",
            digests=[flipped(cell.digest(one.seal(to)), 0)],
        ),
        "swapped": bad(
            long, "damaged", "its further cells lie under each other's ids", further=swapped, digests=digests
        ),
        "missing": bad(short, "missing", "its further cell is not there", further=[replace(one, missing=True)]),
        "missing-second": bad(
            long, "missing", "its second further cell is not there", further=[first, replace(second, missing=True)]
        ),
        "role": bad(short, "damaged", "its further cell was sealed as a root", further=[as_root]),
        "other-id": bad(short, "damaged", "its further cell was sealed for another id", further=[for_other]),
        "order-digest-missing": bad(
            long,
            "damaged",
            "two faults: the digest of its first further cell is another one, and the second is not there; "
            "the first of them counts",
            further=[first, replace(second, missing=True)],
            digests=[flipped(digests[0], 0), digests[1]],
        ),
        "order-missing-digest": bad(
            long,
            "missing",
            "two faults: its first further cell is not there, and the digest of the second is another one; "
            "the first of them counts",
            further=[replace(first, missing=True), second],
            digests=[digests[0], flipped(digests[1], 0)],
        ),
    }
    cases = {f"letter-further-{name}": make(one) for name, one in made.items()}
    # Named the other way round, as if an earlier version of the root had listed them so: each lies where it belongs.
    cases["letter-further-reordered"] = make(
        bad(
            long,
            "damaged",
            "its head names its further cells in the wrong order, with the digests in the right one",
            further=[
                replace(
                    first,
                    upload_id=IDS[1],
                    sealed_id=IDS[1],
                    content=second.content,
                    encapsulation=second.encapsulation,
                ),
                replace(
                    second, upload_id=IDS[0], sealed_id=IDS[0], content=first.content, encapsulation=first.encapsulation
                ),
            ],
            digests=digests,
        )
    )
    return cases

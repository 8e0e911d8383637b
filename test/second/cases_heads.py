"""Cases of heads."""

import armor
import cell
import contact as contacts
from compose import WRITER_SEED, WRITER_UNTIL
from letter import File, write_head
from shared import DROP, FROM, ID, WRITER, Case, Cases, count, replaced, signed_contact

IDS = [count(0x54), count(0x55)]
DIGESTS = [count(0x5B), count(0x5C)]


def cases() -> Cases:
    def good(about: str, text: int, files: list[File], cells: int) -> Case:
        further = list(zip(IDS, DIGESTS))[:cells]
        return {
            "kind": "head",
            "about": about,
            "text": text,
            "files": [{"name": f.name.decode(), "bytes": f.size} for f in files],
            "cells": [{"id": i.hex(), "digest": d.hex()} for i, d in further],
            "head": write_head(text, files, further).hex(),
        }

    def bad(about: str, head: bytes, why: str = "damaged") -> Case:
        return {"kind": "head", "about": about, "head": head.hex(), "why": why}

    naive = File("naïve.pdf".encode(), 2_000_000)
    further = list(zip(IDS, DIGESTS))
    # A head that is good, with one further cell and a file, in which something is then changed.
    plain = write_head(5, [naive], further[:1])
    contact = signed_contact(WRITER, WRITER_SEED, valid_until=WRITER_UNTIL)
    written = write_head(5, [naive], further[:1], contact, count(0x31), proof=count(0, 64))
    answer = write_head(5, [naive], further[:1], contact, count(0x31), (ID, count(0x61)), count(0, 64))

    def with_contact(at: int, new: bytes) -> bytes:
        return replaced(written, 66 + at, new)

    name_at = 1_824 + 64 + 8 + 1
    # The file takes one byte more than the root and the one further cell have together.
    room = 2 * cell.CONTENT_BYTES - 1_824 - 64
    cases = {
        "head": good("five bytes of text and a file of 2,000,000 bytes in a root and one further cell", 5, [naive], 1),
        "head-text": good("eleven bytes of text and nothing else", 11, [], 0),
        "head-text-longest": good("the longest text, in a root and one further cell", 1_048_576, [], 1),
        "head-empty": good("no text and no file", 0, [], 0),
        "head-full": good("the largest file that needs no further cell", 0, [File(b"video.mp4", 1_045_575 - 9)], 0),
        "head-over-full": good("a file of one byte more, which needs one", 0, [File(b"video.mp4", 1_045_575 - 8)], 1),
        "head-files": good(
            "an empty file, and one with the longest name, in a root and 2 further cells",
            0,
            [File(b"a.txt", 0), File(b"b" * 255, 2_094_704)],
            2,
        ),
        "head-most-files": good("1,000 files", 0, [File(b"%d" % i, i) for i in range(1_000)], 0),
        "head-version": bad("version 3", replaced(plain, 0, b"\3"), "too new"),
        "head-version-2": bad(
            "version 2, and nothing else that is known", b"\2" + b"\xff" * (len(plain) - 1), "too new"
        ),
        "head-version-0": bad("version 0", replaced(plain, 0, b"\0")),
        "head-flag": bad("an unknown flag", replaced(plain, 1, b"\x80")),
        "head-flag-4": bad("flag 4, of which nothing is known", replaced(plain, 1, b"\4")),
        "head-flag-writer": bad("an unknown flag besides that of a writer", replaced(written, 1, b"\6")),
        "head-answer-unsigned": bad(
            "it answers a letter, and has no writer",
            replaced(replaced(plain, 1, b"\1"), 2, count(1) + count(0x61)),
        ),
        "head-stray-answer": bad("the id of a letter answered, without the flag", replaced(plain, 2, count(1))),
        "head-stray-answer-ticket": bad(
            "the ticket of a letter answered, without the flag", replaced(plain, 34, count(1))
        ),
        "head-stray-answer-written": bad(
            "the id of a letter answered, without the flag, in a letter with a writer", replaced(written, 2, count(1))
        ),
        "head-stray-contact": bad("a return contact without the flag", replaced(plain, 66, contact)),
        "head-stray-ticket": bad("a ticket of its own without the flag", replaced(plain, 1_716, count(1))),
        "head-stray-signature": bad("a proof without its flag", replaced(plain, 1_748, count(1, 64))),
        "head-contact": bad(
            "a return contact with something behind its URL", with_contact(1_331 + len(DROP) + 1, b"/")
        ),
        "head-contact-version": bad("a return contact of version 2", with_contact(0, b"\2"), "too new"),
        "head-contact-version-0": bad("a return contact of version 0", with_contact(0, b"\0")),
        "head-contact-kind-0": bad("a return contact of kind 0", with_contact(1, b"\0")),
        "head-contact-kind-3": bad("a return contact of kind 3", with_contact(1, b"\3")),
        "head-contact-url": bad(
            "a return contact whose URL ends in a slash",
            with_contact(1_330, contacts.url_field("http://127.0.0.1:8787/")),
        ),
        "head-contact-url-utf-8": bad(
            "a return contact whose URL is not UTF-8", with_contact(1_331, b"http://127.0.0.1:878\xff")
        ),
        "head-contact-seconds": bad(
            "a return contact that is valid from a time that is no whole minute",
            with_contact(1_314, (FROM + 1).to_bytes(8, "big")),
        ),
        "head-contact-never": bad(
            "a return contact that is valid until before it is valid",
            with_contact(1_322, (FROM - 60).to_bytes(8, "big")),
        ),
        "head-contact-number": bad(
            "a return contact that is valid for longer than 2^53 seconds",
            with_contact(1_322, (2**53).to_bytes(8, "big")),
        ),
        "head-contact-missing": bad("the flag of a writer, and no return contact", replaced(plain, 1, b"\2")),
        "head-contact-version-order": bad(
            "two faults: a return contact of version 2, and 1,001 files behind it; the version is looked at first",
            replaced(with_contact(0, b"\2"), 1_812, (1_001).to_bytes(4, "big")),
            "too new",
        ),
        "head-contact-version-flag": bad(
            "two faults: a return contact of version 2, and an unknown flag; the version is looked at first",
            replaced(with_contact(0, b"\2"), 1, b"\6"),
            "too new",
        ),
        "head-contact-version-unflagged": bad(
            "a return contact of version 2 without the flag of a writer",
            replaced(with_contact(0, b"\2"), 1, b"\0"),
        ),
        "head-version-order": bad(
            "two faults: version 0, and a return contact of version 2; the letter's version is looked at first",
            replaced(with_contact(0, b"\2"), 0, b"\0"),
        ),
        "head-text-bytes": bad("a text of 1,048,577 bytes", write_head(1_048_577, [], further[:1])),
        "head-files-count": bad("1,001 files", write_head(0, [File(b"a", 0)] * 1_001, [])),
        "head-file-bytes": bad("a file of 2^53 bytes", write_head(0, [File(b"a", 2**53)], further[:1])),
        "head-cells": bad("one cell too few for the body", write_head(5, [naive], [])),
        "head-cells-many": bad("one cell more than the body needs", write_head(5, [naive], further)),
        "head-cells-none": bad("a further cell for a body that fits into the root", write_head(5, [], further[:1])),
        "head-cells-count": bad("more cells than a root can name", replaced(plain, 1_820, (16_339).to_bytes(4, "big"))),
        "head-cells-over": bad(
            "a file of one byte more than a root and a further cell hold",
            write_head(0, [File(b"a", room - 10 + 1)], further[:1]),
        ),
        "head-cell-twice": bad(
            "it names a cell twice", write_head(0, [File(b"a.txt", 0), File(b"b" * 255, 2_094_704)], further[:1] * 2)
        ),
        "head-name": bad("a file name that is not UTF-8", replaced(plain, name_at + 2, b"\xff")),
        "head-name-surrogate": bad(
            "a file name with a surrogate", write_head(5, [File(b"na\xed\xa0\x80.pdf", 2_000_000)], further[:1])
        ),
        "head-name-long-spelling": bad(
            "a file name with a letter in two bytes that has one",
            write_head(5, [File(b"na\xc1\xa1.pdf", 2_000_000)], further[:1]),
        ),
        "head-name-empty": bad("a file name of no bytes", write_head(5, [File(b"", 2_000_000)], further[:1])),
    }
    cases["head-answer"] = {
        "kind": "head",
        "about": "an answer: what it answers, its return contact, its ticket and its proof",
        "text": 5,
        "files": [{"name": "naïve.pdf", "bytes": 2_000_000}],
        "cells": [{"id": IDS[0].hex(), "digest": DIGESTS[0].hex()}],
        "answers": {"id": ID.hex(), "ticket": count(0x61).hex()},
        "contact": armor.write("contact", contact),
        "ticket": count(0x31).hex(),
        "proof": count(0, 64).hex(),
        "head": answer.hex(),
    }
    return cases

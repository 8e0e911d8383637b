"""Cases of letters in one root, with a signature or without."""

from dataclasses import replace

import cell
import contact as contacts
import letter
from compose import (
    ANONYMOUS,
    ANSWERED,
    PLAIN,
    READER,
    SHOWN,
    SOURCE,
    TEXT,
    WRITER_LATER,
    WRITER_SEED,
    WRITER_UNTIL,
    Side,
    bad,
    make,
    pairs_of,
    root_of,
    ticket_for,
)
from epoch import DAY, epoch, identity_of, sign
from hashes import PREFIX, sha256
from hostile import hostile_signatures
from letter import File
from shared import (
    COLLEAGUE,
    ENCAPSULATION,
    FROM,
    ID,
    JOURNALIST,
    OTHER_ID,
    OTHER_SEED,
    SEED,
    WRITER,
    Case,
    Cases,
    count,
    flipped,
    replaced,
)


def letters() -> Cases:
    journalist = identity_of(JOURNALIST)
    other_source = Side(COLLEAGUE, OTHER_SEED, valid_until=WRITER_UNTIL)
    same_keys = Side(COLLEAGUE, SEED)
    other_epoch = Side(JOURNALIST, OTHER_SEED)

    def signed_by(side: Side, at: int, new: bytes) -> bytes:
        """A side's contact with something replaced, signed anew."""
        return contacts.sign_contact(replaced(side.contact[:1_586], at, new), side.identity_seed)

    changed_text = TEXT.replace("last", "lost")
    made = {
        "letter": PLAIN,
        "letter-anonymous": ANONYMOUS,
        "letter-last-moment": replace(
            PLAIN, about="its return contact was valid until 25 days ago", at=WRITER_UNTIL + 25 * DAY
        ),
        "letter-over": replace(
            PLAIN,
            about="its return contact was valid until 25 days and a second ago: it is opened, since its reader's keys end",
            at=WRITER_UNTIL + 25 * DAY + 1,
        ),
        "letter-early": replace(PLAIN, about="its return contact is not valid yet", at=FROM - 30 * DAY),
        "letter-answer": ANSWERED,
        "letter-answer-older-epoch": replace(
            ANSWERED,
            about="an answer to a letter that was written with an earlier epoch of whoever reads it",
            reader=Side(WRITER, WRITER_LATER, valid_until=WRITER_UNTIL),
            epochs=[WRITER_SEED, WRITER_LATER],
        ),
        "letter-answer-other-id": replace(
            ANSWERED,
            about="an answer that names another letter than the one its ticket came with: a ticket is the same in all",
            answers=(OTHER_ID, SHOWN[1]),
        ),
        "letter-changed-signature": bad(PLAIN, "forged", "a bit of its signature is changed"),
        "letter-changed-text": bad(PLAIN, "forged", "a letter of its text was changed"),
        "letter-changed-ticket": bad(
            PLAIN,
            "forged",
            "a bit of its own ticket is changed",
            later={1_716: bytes([ticket_for(WRITER_SEED, journalist)[0] ^ 1])},
        ),
        "letter-signed-padding": bad(PLAIN, "forged", "the last byte of the content was changed", last_byte=1),
        "letter-other-contact": bad(
            PLAIN, "forged", "the return contact was replaced by a genuine one", later={66: other_source.contact}
        ),
        "letter-other-letter-key": bad(
            PLAIN,
            "forged",
            "another letter key signed it than the return contact names",
            letter_seed=epoch(OTHER_SEED).letter_seed,
        ),
        "letter-other-recipient": bad(
            PLAIN, "forged", "it was written to another identity with the same keys", open_side=same_keys
        ),
        "letter-other-epoch": bad(
            PLAIN, "forged", "it was written to another epoch of the same identity", open_side=other_epoch
        ),
        "letter-other-id": bad(PLAIN, "forged", "it lies under another id", open_id=OTHER_ID),
        "letter-contact-signature": bad(
            PLAIN, "forged", "its return contact is not signed by its identity", contact=flipped(SOURCE.contact, 1_586)
        ),
        "letter-contact-key": bad(
            PLAIN,
            "forged",
            "its return contact has a key in a second spelling",
            contact=signed_by(SOURCE, 65, bytes([epoch(WRITER_SEED).id_key[31] | 0x80])),
        ),
        "letter-contact-keys": bad(
            PLAIN,
            "forged",
            "its return contact has the same X25519 key twice",
            contact=signed_by(SOURCE, 34, epoch(WRITER_SEED).cell_key[-32:]),
        ),
        "letter-padding": bad(
            ANONYMOUS, "damaged", "nobody signed it, and the last byte of its padding is not zero", last_byte=1
        ),
        "letter-stray-ticket": bad(
            ANSWERED, "stray", "it shows a ticket that is none of the reader's", answers=(ID, count(0x11))
        ),
        "letter-stray-epoch": bad(
            ANSWERED,
            "stray",
            "the ticket of a letter that was written with an epoch whose keys are destroyed",
            reader=Side(WRITER, WRITER_LATER, valid_until=WRITER_UNTIL),
        ),
        "letter-stray-writer": bad(
            ANSWERED,
            "stray",
            "the ticket of a letter to somebody else than who answers",
            writer=Side(COLLEAGUE, OTHER_SEED),
        ),
        "letter-other-label": bad(PLAIN, "forged", "it is signed as if it were a contact"),
    }
    cases = {name: make(one) for name, one in made.items()}
    # The same letter, with something changed after it was signed.
    good = cases["letter"]
    signature = bytes.fromhex(good["signature"])
    claim = letter.claim(READER.recipient, ID, bytes.fromhex(good["digest"]))
    for name, changes in {
        "letter-changed-signature": {"proof": flipped(signature, 0)},
        "letter-changed-text": {"proof": signature, "text": changed_text},
        "letter-other-label": {"proof": sign(epoch(WRITER_SEED).letter_seed, PREFIX + b"contact" + claim)},
    }.items():
        cases[name] = make(replace(made[name], **changes))
    cases["letter-other-contact"] = make(replace(made["letter-other-contact"], proof=signature))
    sealed = cell.seal(root_of(good), "root", READER.identity, epoch(SEED).cell_key, ID, ENCAPSULATION)
    cases["letter"] |= {"encapsulationSeed": ENCAPSULATION.hex(), "cell": sha256(sealed).hex()}
    message = PREFIX + b"letter" + claim
    for name, (about, hostile) in hostile_signatures(epoch(WRITER_SEED).letter_seed, message).items():
        cases[f"letter-signature-{name}"] = make(bad(PLAIN, "forged", about, proof=hostile))
    return cases


def texts() -> Cases:
    """Texts in one root that are and are not UTF-8."""

    def case(about: str, data: bytes, why: str | None = "damaged", size: int | None = None) -> Case:
        return make(replace(ANONYMOUS, about=about, text=pairs_of(data), text_bytes=size, why=why))

    return {
        "letter-text-not-utf-8": case("a byte of its text is not UTF-8", b"They\xff"),
        "letter-text-surrogate": case("its text has a surrogate", b"They\xed\xa0\x80"),
        "letter-text-surrogates": case("its text has a character as two surrogates", b"\xed\xa0\xbd\xed\xb8\x80"),
        "letter-text-long-spelling": case("its text has a letter in two bytes that has one", b"The\xc1\xb9"),
        "letter-text-cut": case("its text ends within a character", b"They \xe2\x80"),
        "letter-text-cut-file": make(
            replace(
                ANONYMOUS,
                about="its text ends within a character, which the file behind it would complete",
                text=pairs_of("They –".encode()),
                text_bytes=7,
                files=[File(b"a.txt", 1)],
                why="damaged",
            )
        ),
        "letter-text-behind": case("a byte behind its text that no file has", b"They moved", size=9),
        "letter-text-zero": case(
            "its text has a zero, a byte order mark, and a character of four bytes",
            b"\0\xef\xbb\xbf\xf0\x9f\x93\x81",
            None,
        ),
    }


def cases() -> Cases:
    return {**letters(), **texts()}

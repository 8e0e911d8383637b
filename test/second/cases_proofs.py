"""Cases of letters of mailboxes, which have a MAC for a proof."""

from dataclasses import replace

import contact as contacts
import letter
from compose import (
    ANSWER,
    ANSWER_ID,
    BY_MAILBOX,
    MAILBOX,
    OTHER_MAILBOX,
    READER,
    TEXT,
    WRITER_SEED,
    WRITER_UNTIL,
    Letter,
    Side,
    make,
    root_of,
    ticket_for,
)
from epoch import DAY, epoch, identity_of
from shared import (
    COLLEAGUE,
    DROP,
    FROM,
    ID,
    JOURNALIST,
    OTHER_ID,
    OTHER_SEED,
    SEED,
    UNTIL,
    WRITER,
    Case,
    Cases,
    flipped,
    replaced,
)


def cases() -> Cases:
    journalist = identity_of(JOURNALIST)
    good = make(BY_MAILBOX)
    mac = bytes.fromhex(good["mac"])
    to_mailbox = Letter(
        "an answer of a journalist to a mailbox, with a signature",
        text=ANSWER,
        writer=READER,
        reader=MAILBOX,
        letter_id=ANSWER_ID,
        answers=(ID, ticket_for(WRITER_SEED, journalist)),
    )
    between = Letter("a letter of a mailbox to another mailbox, with a MAC", writer=MAILBOX, reader=OTHER_MAILBOX)
    answered = replace(
        BY_MAILBOX,
        about="a mailbox's answer to the answer of a journalist",
        answers=(ANSWER_ID, ticket_for(SEED, MAILBOX.identity)),
        letter_id=OTHER_ID,
    )
    other_epoch, other_reader = Side(JOURNALIST, OTHER_SEED), Side(COLLEAGUE, SEED)

    def bad(about: str, **changes: object) -> Letter:
        return replace(BY_MAILBOX, about=about, why="forged", **changes)

    # An identity whose keys are the mailbox's, so that only the kind in its contact differs.
    key = letter.write_proof_key(epoch(WRITER_SEED), MAILBOX.identity, READER.recipient)
    made = {
        "letter-mailbox": BY_MAILBOX,
        "letter-mailbox-answered": to_mailbox,
        "letter-mailbox-answers": answered,
        "letter-mailbox-to-mailbox": between,
        "letter-mailbox-forged": replace(
            BY_MAILBOX,
            about="its reader made it, from the return contact and the ticket of letter-mailbox.json: it is accepted",
            text="They did not move the files.",
            letter_id=OTHER_ID,
            prove="reader's mac",
        ),
        "letter-mailbox-mac": bad("a bit of its MAC is changed", proof=flipped(mac, 0)),
        "letter-mailbox-mac-last": bad("a bit of the last byte of its MAC is changed", proof=flipped(mac, 63)),
        "letter-mailbox-mac-short": bad("the second half of its MAC is zeros", proof=mac[:32] + bytes(32)),
        "letter-mailbox-zeros": bad("its MAC is zeros", proof=bytes(64)),
        "letter-mailbox-text": bad("a letter of its text was changed", text=TEXT.replace("last", "lost"), proof=mac),
        "letter-mailbox-other-recipient": bad(
            "its MAC was made for another identity with the same keys", claimed=other_reader
        ),
        "letter-mailbox-other-epoch": bad(
            "its MAC was made for another epoch of the same identity", claimed=other_epoch
        ),
        "letter-mailbox-other-id": bad("its MAC was made for another id", claimed_id=OTHER_ID),
        "letter-mailbox-signed": bad(
            "it has a signature in place of a MAC, by the letter key that its epoch has and its return contact not",
            prove="signature",
        ),
        "letter-mailbox-turned": bad("its MAC was made with writer and reader exchanged in the key"),
        "letter-mailbox-key-label": bad("its MAC was made with the shared secret itself for a key"),
        "letter-identity-mac": replace(
            Letter(
                "it has a MAC in place of a signature, made with the right key, and its return contact is an identity's"
            ),
            prove="mac",
            why="forged",
        ),
        "letter-identity-mac-answer": replace(
            to_mailbox,
            about="a thief of the twelve words writes as the journalist: a MAC, made with the mailbox's keys",
            proof=b"",
            why="forged",
        ),
        "letter-mailbox-over": replace(
            BY_MAILBOX,
            about="its return contact was valid until 25 days and a second ago: it is opened, since its reader's keys end",
            at=WRITER_UNTIL + 25 * DAY + 1,
        ),
        "letter-to-mailbox-last-moment": replace(
            to_mailbox, about="an answer to a mailbox, signed with keys that were over 25 days ago", at=UNTIL + 25 * DAY
        ),
        "letter-to-mailbox-expired": replace(
            to_mailbox,
            about="an answer to a mailbox, signed with keys that were over 25 days and a second ago",
            at=UNTIL + 25 * DAY + 1,
            why="expired",
        ),
        "letter-mailbox-to-mailbox-expired": replace(
            between,
            about="a letter of a mailbox to another one, whose return contact was over 25 days and a second ago",
            at=WRITER_UNTIL + 25 * DAY + 1,
            why="expired",
        ),
        "letter-mailbox-kind": replace(
            BY_MAILBOX,
            about="the kind in its return contact was replaced: that of an identity has a signature",
            contact=replaced(MAILBOX.contact, 1, b"\1"),
            why="forged",
        ),
    }
    keys = epoch(WRITER_SEED)
    twin = replace(keys, id_key=keys.cell_key[-32:])
    made |= {
        "letter-mailbox-forged-times": replace(
            BY_MAILBOX,
            about="its reader made it, and the times and the drop in the return contact too: it is accepted",
            contact=contacts.of_mailbox(keys, FROM - 60 * DAY, WRITER_UNTIL - DAY, "https://drop.example"),
            letter_id=OTHER_ID,
            prove="reader's mac",
        ),
        "letter-mailbox-identity": bad(
            "its return contact has another identity than the hash of its keys, and its MAC is made for that",
            writer=replace(MAILBOX, claims=identity_of(COLLEAGUE)),
        ),
        "letter-mailbox-posing": bad(
            "an identity is passed off as a mailbox, with its own keys",
            writer=replace(MAILBOX, claims=identity_of(WRITER)),
        ),
        "letter-mailbox-keys": bad(
            "its X25519 key is the last 32 bytes of its X-Wing key, and its identity the hash of both",
            contact=contacts.of_mailbox(twin, FROM, WRITER_UNTIL, DROP),
            prove="reader's mac",
        ),
        "letter-mailbox-letter-key": replace(
            BY_MAILBOX,
            about="its return contact has a letter key",
            contact=replaced(MAILBOX.contact, 1_282, epoch(WRITER_SEED).letter_key),
            why="damaged",
        ),
        "letter-mailbox-contact-signature": replace(
            BY_MAILBOX,
            about="its return contact has a byte in the place of a signature",
            contact=flipped(MAILBOX.contact, 1_649),
            why="damaged",
        ),
    }
    made["letter-mailbox-posing-answer"] = replace(
        to_mailbox,
        about="a thief of the twelve words answers as the journalist, passed off as a mailbox with their own keys",
        contact=contacts.of_mailbox(epoch(SEED), FROM, UNTIL, DROP, journalist),
        prove="reader's mac",
        why="forged",
    )
    claim = letter.claim(READER.recipient, ID, bytes.fromhex(good["digest"]))
    writer, reader = epoch(WRITER_SEED), epoch(SEED)
    shared = letter.x25519(writer.id_secret, reader.id_key)
    turned = letter.proof_key(shared, journalist, reader.id_key, MAILBOX.identity, writer.id_key)
    made["letter-mailbox-turned"] = replace(made["letter-mailbox-turned"], proof=letter.mac(turned, claim))
    made["letter-mailbox-key-label"] = replace(made["letter-mailbox-key-label"], proof=letter.mac(shared, claim))
    assert letter.mac(key, claim) == mac
    # The thief computes K from the mailbox's secret half and the journalist's contact.
    as_made = make(to_mailbox)
    stolen = letter.forge_proof_key(writer, MAILBOX.identity, journalist, reader.id_key)
    answer_claim = letter.claim(MAILBOX.recipient, ANSWER_ID, bytes.fromhex(as_made["digest"]))
    made["letter-identity-mac-answer"] = replace(
        made["letter-identity-mac-answer"], proof=letter.mac(stolen, answer_claim)
    )
    cases = {name: make(one) for name, one in made.items()}
    for name in ("identity", "posing", "posing-answer", "keys", "letter-key", "contact-signature", "kind"):
        assert has_right_mac(cases[f"letter-mailbox-{name}"]), f"{name}: its contact is to be its only fault"
    return cases


def has_right_mac(case: Case) -> bool:
    """Whether the MAC in a letter is the one that its reader makes of its return contact, whatever stands in that."""
    root, identity = root_of(case), bytes.fromhex(case["recipient"])
    keys, contact = epoch(bytes.fromhex(case["recipientSeed"])), root[66:1_716]
    key = letter.forge_proof_key(keys, identity, contact[2:34], contact[34:66])
    to = letter.Recipient(identity, keys.id_key, keys.cell_key)
    claim = letter.claim(to, bytes.fromhex(case["id"]), letter.content_digest(root))
    return letter.mac(key, claim) == root[letter.PROOF]

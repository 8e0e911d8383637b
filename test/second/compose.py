"""Letters as honest people, thieves and forgers compose them, as fields of a vector."""

from dataclasses import dataclass, field, replace
from itertools import groupby

import armor
import cell
import contact as contacts
import letter
from epoch import DAY, epoch, identity_of
from hashes import sha256
from letter import File, Recipient, write_head
from shared import (
    COLLEAGUE,
    DROP,
    FROM,
    ID,
    JOURNALIST,
    OTHER_SEED,
    SEED,
    UNTIL,
    WRITER,
    Case,
    count,
    replaced,
    signed_contact,
)

AT = 1_790_864_000
WRITER_SEED = count(0x90)
WRITER_LATER = count(0x91)
WRITER_UNTIL = FROM + 91 * DAY
ANSWER_ID = count(0xA7)
TEXT = "They moved the files last night. – A friend"
ANSWER = "Thank you. Which of them?"


@dataclass(frozen=True)
class Side:
    """Somebody with an identity and an epoch, and what kind of contact they have."""

    identity_seed: bytes
    epoch_seed: bytes
    kind: int = contacts.KIND_IDENTITY
    valid_until: int = UNTIL
    valid_from: int = FROM
    claims: bytes | None = None  # the identity that a mailbox's contact has, where it is not the hash of its keys

    @property
    def identity(self) -> bytes:
        if self.kind == contacts.KIND_IDENTITY:
            return identity_of(self.identity_seed)
        keys = epoch(self.epoch_seed)
        return self.claims or contacts.mailbox_identity(keys.id_key, keys.cell_key)

    @property
    def contact(self) -> bytes:
        if self.kind == contacts.KIND_MAILBOX:
            keys = epoch(self.epoch_seed)
            return contacts.of_mailbox(keys, self.valid_from, self.valid_until, DROP, self.identity)
        return signed_contact(self.identity_seed, self.epoch_seed, FROM, self.valid_until, DROP)

    @property
    def recipient(self) -> Recipient:
        keys = epoch(self.epoch_seed)
        return Recipient(self.identity, keys.id_key, keys.cell_key)


READER = Side(JOURNALIST, SEED)
SOURCE = Side(WRITER, WRITER_SEED, valid_until=WRITER_UNTIL)
MAILBOX = Side(WRITER, WRITER_SEED, contacts.KIND_MAILBOX, WRITER_UNTIL)
OTHER_MAILBOX = Side(COLLEAGUE, OTHER_SEED, contacts.KIND_MAILBOX, WRITER_UNTIL)
Pairs = list[tuple[int, int]]


def pairs_of(data: bytes) -> Pairs:
    """Bytes as `[byte, count]` pairs that follow each other."""
    return [(byte, sum(1 for _ in run)) for byte, run in groupby(data)]


def bytes_of(pairs: Pairs) -> bytes:
    return b"".join(bytes([byte]) * times for byte, times in pairs)


@dataclass(frozen=True)
class Further:
    """A further cell, as it lies under an id: the content, and what deviates."""

    content: Pairs
    encapsulation: bytes
    upload_id: bytes
    sealed_id: bytes | None = None  # the id for which it was sealed, where that is another one
    role: str = "further"
    missing: bool = False

    def seal(self, to: Recipient) -> bytes:
        content = bytes_of(self.content).ljust(cell.CONTENT_BYTES, b"\0")
        return cell.seal(
            content, self.role, to.identity, to.cell_key, self.sealed_id or self.upload_id, self.encapsulation
        )

    def fields(self) -> Case:
        out: Case = {"id": self.upload_id.hex(), "encapsulationSeed": self.encapsulation.hex()}
        if self.sealed_id:
            out["sealedId"] = self.sealed_id.hex()
        if self.role != "further":
            out["role"] = self.role
        if self.missing:
            out["missing"] = True
        pairs = self.content
        left = cell.CONTENT_BYTES - sum(times for _, times in pairs)
        out["content"] = [list(pair) for pair in [*pairs, (0, left)] if pair[1]]
        return out


@dataclass(frozen=True)
class Letter:
    """A letter as somebody makes it; what deviates from an honest one is named."""

    about: str
    text: str | Pairs = TEXT  # or what stands in the root behind the head, as pairs
    text_bytes: int | None = None
    files: list[File] = field(default_factory=list)
    writer: Side | None = SOURCE
    reader: Side = READER
    letter_id: bytes = ID
    answers: tuple[bytes, bytes] | None = None
    further: list[Further] = field(default_factory=list)
    last_byte: int = 0
    at: int = AT
    contact: bytes | None = None
    ticket: bytes | None = None
    claimed: Side | None = None  # to whom the proof says that it is
    claimed_id: bytes | None = None
    proof: bytes | None = None
    prove: str | None = None  # signature, mac, reader's mac, or what follows from the kind
    letter_seed: bytes | None = None
    digests: list[bytes] | None = None
    later: dict = field(default_factory=dict)  # bytes of the head that are replaced after the proof
    before: dict = field(default_factory=dict)  # and before it
    open_side: Side | None = None  # as whom it is opened
    open_id: bytes | None = None
    epochs: list[bytes] | None = None
    why: str | None = None


def make(one: Letter) -> Case:
    body = one.text.encode() if isinstance(one.text, str) else bytes_of(one.text)
    size = one.text_bytes if one.text_bytes is not None else len(body)
    digests = one.digests or [cell.digest(f.seal(one.reader.recipient)) for f in one.further]
    named = list(zip((f.upload_id for f in one.further), digests))
    to = (one.claimed or one.reader).recipient
    contact, ticket = b"", bytes(32)
    if one.writer:
        contact = one.contact or one.writer.contact
        ticket = one.ticket or epoch(one.writer.epoch_seed).ticket(to.identity)
    head = write_head(size, one.files, named, contact, ticket, one.answers)
    for at, new in one.before.items():
        head = replaced(head, at, new)
    root = (head + body).ljust(cell.CONTENT_BYTES, b"\0")
    digest = letter.content_digest(root)
    claim = letter.claim(to, one.claimed_id or one.letter_id, digest)
    proof, key = b"", None
    if one.writer:
        proof, key = _prove(one, contact, claim, to)
        head = replaced(head, 1_748, proof)
    for at, new in one.later.items():
        head = replaced(head, at, new)
    root = (head + body).ljust(cell.CONTENT_BYTES, b"\0")
    if one.last_byte:
        root = root[:-1] + bytes([one.last_byte])
    side = one.open_side or one.reader
    case: Case = {
        "kind": "letter",
        "about": one.about,
        "id": (one.open_id or one.letter_id).hex(),
        "head": head.hex(),
    }
    case |= {"text": one.text} if isinstance(one.text, str) else {"body": [list(pair) for pair in one.text]}
    case |= {"recipient": side.identity.hex(), "recipientSeed": side.epoch_seed.hex()}
    case["at"] = one.at
    if one.epochs:
        case["recipientSeeds"] = [seed.hex() for seed in one.epochs]
    if one.last_byte:
        case["lastByte"] = one.last_byte
    if one.further:
        case["further"] = [f.fields() for f in one.further]
    case["content"] = sha256(root).hex()
    if one.why:
        return {**case, "why": one.why}
    if not isinstance(one.text, str) or one.further:
        case |= _what_comes_out(one, body, size)
    if not one.writer:
        return case
    is_mailbox = one.writer.kind == contacts.KIND_MAILBOX
    as_given = {"contactBytes": contact.hex()} if is_mailbox else {"contact": armor.write("contact", contact)}
    case["writer"] = {"seed": one.writer.epoch_seed.hex(), **as_given}
    if one.answers:
        case["answers"] = {"id": one.answers[0].hex(), "ticket": one.answers[1].hex()}
    case |= {"digest": digest.hex(), "ticket": ticket.hex()}
    return {**case, **({"proofKey": key.hex(), "mac": proof.hex()} if key else {"signature": proof.hex()})}


def _prove(one: Letter, contact: bytes, claim: bytes, to: Recipient) -> tuple[bytes, bytes | None]:
    """The proof, and K where it is a MAC. A reader makes one that fits the return contact, whatever stands in it."""
    if one.proof is not None:
        return one.proof, None
    keys = epoch(one.writer.epoch_seed)
    how = one.prove or ("mac" if one.writer.kind == contacts.KIND_MAILBOX else "signature")
    if how == "signature":
        return letter.sign_letter(one.letter_seed or keys.letter_seed, claim), None
    if how == "mac":
        key = letter.write_proof_key(keys, one.writer.identity, to)
    else:
        side = one.reader
        key = letter.forge_proof_key(epoch(side.epoch_seed), side.identity, contact[2:34], contact[34:66])
    return letter.mac(key, claim), key


def _what_comes_out(one: Letter, body: bytes, size: int) -> Case:
    """Digests of the text and of the files, for letters that are too long to stand in a vector."""
    whole = body + b"".join(bytes_of(f.content).ljust(cell.CONTENT_BYTES, b"\0") for f in one.further)
    out: Case = {"textDigest": sha256(whole[:size]).hex(), "files": []}
    at = size
    for f in one.files:
        out["files"].append({"name": f.name.decode(), "bytes": f.size, "digest": sha256(whole[at : at + f.size]).hex()})
        at += f.size
    return out


def ticket_for(writer_seed: bytes, recipient: bytes) -> bytes:
    return epoch(writer_seed).ticket(recipient)


def root_of(case: Case) -> bytes:
    """The content of the root that a case describes."""
    body = case["text"].encode() if "text" in case else bytes_of([tuple(pair) for pair in case["body"]])
    root = (bytes.fromhex(case["head"]) + body).ljust(cell.CONTENT_BYTES, b"\0")
    return root[:-1] + bytes([case["lastByte"]]) if "lastByte" in case else root


# The letters that others are variations of.
PLAIN = Letter("a signed letter, as content of a root cell and as that cell: text, then zeros, behind the head")
ANONYMOUS = replace(PLAIN, about="a letter that nobody signed", writer=None)
BY_MAILBOX = Letter("a letter of a mailbox to a journalist, with a MAC", writer=MAILBOX)
# The answer that the journalist writes to the letter of the source.
SHOWN = (ID, ticket_for(WRITER_SEED, identity_of(JOURNALIST)))
ANSWERED = Letter(
    "the answer to letter.json, which shows its ticket",
    text=ANSWER,
    writer=READER,
    reader=SOURCE,
    letter_id=ANSWER_ID,
    answers=SHOWN,
)


def bad(of: Letter, why: str, about: str, **changes: object) -> Letter:
    """A variation that is not opened."""
    return replace(of, about=about, why=why, **changes)

"""Letters: docs/protocol.md, section "Letter"."""

import codecs
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import cell
import contact as contacts
from contact import Contact, number
from epoch import AFTER_ITS_END, Epoch, sign
from hashes import PREFIX, NotOpened, Refused, blake2b, sha256
from points import shared_secret, verify, x25519

FIXED_BYTES = 1_824
PROOF = slice(1_748, 1_812)
LARGEST_TEXT = 1_048_576
MOST_FILES = 1_000
MOST_CELLS = (cell.CONTENT_BYTES - FIXED_BYTES) // 64


@dataclass(frozen=True)
class File:
    name: bytes
    size: int


def cells_for(head_without_cells: int, body: int) -> int:
    """N: the smallest number of further cells."""
    over = body - (cell.CONTENT_BYTES - head_without_cells)
    return max(0, -(-over // (cell.CONTENT_BYTES - 64)))


def write_head(
    text: int = 0,
    files: Sequence[File] = (),
    further: Sequence[tuple[bytes, bytes]] = (),
    contact: bytes = b"",
    ticket: bytes = bytes(32),
    answers: tuple[bytes, bytes] | None = None,
    proof: bytes = bytes(64),
) -> bytes:
    """A head; `further` are ids and digests, `contact` makes it one with a writer, `answers` are id and ticket."""
    flags = (1 if answers else 0) | (2 if contact else 0)
    answered, answered_ticket = answers or (bytes(32), bytes(32))
    out = bytes([1, flags]) + answered + answered_ticket + contact.ljust(1_650, b"\0") + ticket + proof
    out += b"".join(n.to_bytes(4, "big") for n in (len(files), text, len(further)))
    out += b"".join(upload_id + digest for upload_id, digest in further)
    return out + b"".join(f.size.to_bytes(8, "big") + bytes([len(f.name)]) + f.name for f in files)


def content_digest(root: bytes) -> bytes:
    """D: the root's content with zeros for the proof."""
    return sha256(PREFIX + b"letter content" + root[: PROOF.start] + bytes(64) + root[PROOF.stop :])


@dataclass(frozen=True)
class Recipient:
    """To whom a letter is: what of a contact goes into a claim."""

    identity: bytes
    id_key: bytes
    cell_key: bytes


def claim(to: Recipient, letter_id: bytes, digest: bytes) -> bytes:
    out = to.identity + to.id_key + to.cell_key + letter_id + digest
    assert len(out) == 1_344
    return out


def sign_letter(letter_seed: bytes, the_claim: bytes) -> bytes:
    return sign(letter_seed, PREFIX + b"letter" + the_claim)


def proof_key(shared: bytes, writer: bytes, writer_key: bytes, reader: bytes, reader_key: bytes) -> bytes:
    """K, from whichever side."""
    return blake2b(PREFIX + b"proof key" + writer + writer_key + reader + reader_key, key=shared)


def mac(key: bytes, the_claim: bytes) -> bytes:
    return blake2b(PREFIX + b"letter proof" + the_claim, 64, key)


def write_proof_key(writer: Epoch, writer_identity: bytes, to: Recipient) -> bytes:
    """K as the mailbox computes it."""
    return proof_key(x25519(writer.id_secret, to.id_key), writer_identity, writer.id_key, to.identity, to.id_key)


def forge_proof_key(reader: Epoch, reader_identity: bytes, writer: bytes, writer_key: bytes) -> bytes:
    """K as the reader computes it, to check a proof or to make one of his own."""
    return proof_key(x25519(reader.id_secret, writer_key), writer, writer_key, reader_identity, reader.id_key)


@dataclass(frozen=True)
class Head:
    text: int
    files: list[File]
    further: list[tuple[bytes, bytes]]
    size: int
    contact: Contact | None
    answers: tuple[bytes, bytes] | None
    ticket: bytes
    proof: bytes


def _damaged_unless(fits: bool) -> None:
    if not fits:
        raise NotOpened("damaged")


def read_head(content: bytes) -> Head:
    """Steps 3 to 5 of "A reader's checks"."""
    version, flags = content[0], content[1]
    if version > 1:
        raise NotOpened("too new")
    _damaged_unless(version == 1)
    if flags & 2:
        if content[66] > 1:
            raise NotOpened("too new")
        _damaged_unless(content[66] == 1)
    _damaged_unless(flags in (0, 2, 3))
    answered, answered_ticket = content[2:34], content[34:66]
    contact_bytes, ticket, proof = content[66:1_716], content[1_716:1_748], content[PROOF]
    _damaged_unless(bool(flags & 1) or not any(answered + answered_ticket))
    _damaged_unless(bool(flags & 2) or not any(contact_bytes + ticket + proof))
    contact = None
    if flags & 2:
        try:
            contact = contacts.parse(contact_bytes)
        except Refused:
            raise NotOpened("damaged") from None
    file_count, text, cell_count = (number(content[i : i + 4]) for i in (1_812, 1_816, 1_820))
    _damaged_unless(file_count <= MOST_FILES and text <= LARGEST_TEXT and cell_count <= MOST_CELLS)
    at = FIXED_BYTES + 64 * cell_count
    further = [(content[i : i + 32], content[i + 32 : i + 64]) for i in range(FIXED_BYTES, at, 64)]
    _damaged_unless(len({upload_id for upload_id, _ in further}) == cell_count)
    files = []
    for _ in range(file_count):
        _damaged_unless(at + 9 <= len(content))
        size, length = number(content[at : at + 8]), content[at + 8]
        name = content[at + 9 : at + 9 + length]
        _damaged_unless(size < contacts.LARGEST and length > 0 and len(name) == length)
        try:
            name.decode("utf-8")
        except UnicodeDecodeError:
            raise NotOpened("damaged") from None
        files.append(File(name, size))
        at += 9 + length
    body = text + sum(f.size for f in files)
    _damaged_unless(at <= len(content) and cell_count == cells_for(at - 64 * cell_count, body))
    answers = (answered, answered_ticket) if flags & 1 else None
    return Head(text, files, further, at, contact, answers, ticket, proof)


@dataclass
class Opened:
    """What comes out of a letter."""

    head: Head
    text: bytes = b""
    files: list[bytes] = field(default_factory=list)


def check_claim(head: Head, content: bytes, reader: Epoch, identity: bytes, letter_id: bytes) -> None:
    """Step 7: the proof."""
    to = Recipient(identity, reader.id_key, reader.cell_key)
    the_claim = claim(to, letter_id, content_digest(content))
    if head.contact.kind == contacts.KIND_MAILBOX:
        if shared_secret(reader.id_secret, head.contact.id_key) is None:
            raise NotOpened("forged")
        key = forge_proof_key(reader, identity, head.contact.identity, head.contact.id_key)
        good = hmac.compare_digest(mac(key, the_claim), head.proof)
    else:
        good = verify(head.contact.letter_key, PREFIX + b"letter" + the_claim, head.proof)
    if not good:
        raise NotOpened("forged")


class _Body:
    """Takes a body piece by piece: text and files, checked as they come."""

    def __init__(self, head: Head) -> None:
        self.left = [head.text, *(f.size for f in head.files)]
        self.parts = [bytearray() for _ in self.left]
        self.decoder = codecs.getincrementaldecoder("utf-8")()
        self.at = 0
        self.text_left = head.text

    def take(self, piece: bytes) -> None:
        text = piece[: self.text_left]
        self.text_left -= len(text)
        try:
            self.decoder.decode(text, final=self.text_left == 0)
        except UnicodeDecodeError:
            raise NotOpened("damaged") from None
        while self.at < len(self.left) and piece:
            part, piece = piece[: self.left[self.at]], piece[self.left[self.at] :]
            self.parts[self.at] += part
            self.left[self.at] -= len(part)
            if self.left[self.at] == 0:
                self.at += 1
        _damaged_unless(not any(piece))


def read_letter(
    root: bytes | None,
    fetch: Callable[[bytes], bytes | None],
    letter_id: bytes,
    reader: Epoch,
    epochs: list[Epoch],
    identity: bytes,
    at: int,
) -> Opened:
    """The table of "A reader's checks", in its order: `reader` is the epoch that opened the line, `epochs` are all that
    the reader has, `fetch` brings a further cell, or None where there is none."""
    if root is None:
        raise NotOpened("missing")
    content = cell.open_cell(root, "root", identity, reader.cell_secret, letter_id)
    if content is None:
        raise NotOpened("damaged")
    head = read_head(content)
    if head.contact is not None:
        try:
            contacts.check(content[66:1_716])
        except Refused:
            raise NotOpened("forged") from None
        check_claim(head, content, reader, identity, letter_id)
        if head.answers and all(one.ticket(head.contact.identity) != head.answers[1] for one in epochs):
            raise NotOpened("stray")
        is_mailbox = identity == contacts.mailbox_identity(reader.id_key, reader.cell_key)
        if is_mailbox and at > head.contact.valid_until + AFTER_ITS_END:
            raise NotOpened("expired")
    body = _Body(head)
    body.take(content[head.size :])
    for upload_id, digest in head.further:
        sealed = fetch(upload_id)
        if sealed is None:
            raise NotOpened("missing")
        _damaged_unless(cell.digest(sealed) == digest)
        piece = cell.open_cell(sealed, "further", identity, reader.cell_secret, upload_id)
        _damaged_unless(piece is not None)
        body.take(piece)
    text, *files = (bytes(part) for part in body.parts)
    return Opened(head, text, files)

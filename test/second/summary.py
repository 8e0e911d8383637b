"""Summaries of hours and days: docs/protocol.md, sections "Summary" and "Reading"."""

import hashlib

from hashes import Refused
from ids import LINES, read_slot, write_batch, write_slot

LINES_MOST = 2**18

Said = tuple[int | None, str | None]  # size and MD5 of a batch, as far as the list says them


def slots_of(period: str) -> list[str]:
    """The slots of an hour, `2026-11-22T11`, or of a day, `2026-11-22`."""
    if len(period) not in (10, 13):
        raise Refused("invalid period")
    is_day = len(period) == 10
    begins = read_slot(period + ("T00:00:00Z" if is_day else ":00:00Z"))
    return [write_slot(begins + 300 * i) for i in range(288 if is_day else 12)]


def key_of(period: str) -> str:
    return f"summaries/{period}"


def write_head(begins: int, counts: list[int], version: int = 1) -> bytes:
    """What stands before the lines, whether or not it fits together."""
    numbers = b"".join(count.to_bytes(4, "big") for count in counts)
    return bytes([version]) + begins.to_bytes(8, "big") + len(counts).to_bytes(2, "big") + numbers


def write_summary(period: str, batches: dict[str, list[bytes]]) -> bytes:
    """Of the sealed ids of each slot that has a batch."""
    lines = [batches.get(slot, []) for slot in slots_of(period)]
    head = write_head(read_slot(slots_of(period)[0]), [len(each) for each in lines])
    return head + b"".join(sealed for each in lines for sealed in each)


def read_summary(body: bytes, period: str) -> dict[str, list[bytes]]:
    """The sealed ids of each slot that has a batch."""
    slots = slots_of(period)
    refusal = Refused("invalid summary")
    if body[:1] > b"\1":
        raise Refused("this summary needs a newer version of dead-drop")
    lines_at = 11 + 4 * len(slots)
    if len(body) < lines_at:
        raise refusal
    counts = [int.from_bytes(body[at : at + 4], "big") for at in range(11, lines_at, 4)]
    if body[:lines_at] != write_head(read_slot(slots[0]), counts):
        raise refusal
    if any(count != 0 and count not in LINES for count in counts) or not 1 <= sum(counts) <= LINES_MOST:
        raise refusal
    if len(body) != lines_at + 80 * sum(counts):
        raise refusal
    lines = (body[at : at + 80] for at in range(lines_at, len(body), 80))
    return {slot: [next(lines) for _ in range(count)] for slot, count in zip(slots, counts) if count > 0}


def said_of(sealed_ids: list[bytes]) -> Said:
    """What a list says of a batch."""
    batch = write_batch(sealed_ids).encode("ascii")
    return len(batch), hashlib.md5(batch).hexdigest()


def taken_from(body: bytes, period: str, said: dict[str, Said]) -> list[str]:
    """The slots of a list whose batches a reader takes from a summary: those of which both say the same."""
    try:
        batches = read_summary(body, period)
    except Refused:
        return []
    return [slot for slot, says in said.items() if slot in batches and said_of(batches[slot]) == tuple(says)]

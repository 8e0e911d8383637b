"""Proof of work: docs/protocol.md, section "Proof of work"."""

import json
import re

from hashes import PREFIX, Refused, sha256
from ids import read_nonce, read_slot, write_slot

MOST_BITS = 24


def seed(purpose: str, slot: str, bound: bytes) -> bytes:
    return sha256(PREFIX + b"work " + purpose.encode() + slot.encode() + bound)


def has_bits(digest: bytes, bits: int) -> bool:
    return int.from_bytes(digest, "big") >> (256 - bits) == 0


def solve(of_seed: bytes, bits: int, start: int) -> bytes:
    """The first nonce from `start` on."""
    while not has_bits(sha256(of_seed + start.to_bytes(8, "big")), bits):
        start += 1
    return start.to_bytes(8, "big")


def proves(purpose: str, bound: bytes, bits: int, work: str, at: int) -> bool:
    """Whether a proof is good: for the present slot or the one before."""
    try:
        nonce = read_nonce(work)
    except Refused:
        return False
    slots = (write_slot(at), write_slot(at - 300))
    return any(has_bits(sha256(seed(purpose, slot, bound) + nonce), bits) for slot in slots)


def read_challenge(text: str) -> tuple[int, str]:
    """Bits and slot of a challenge, which has one spelling."""
    refusal = Refused("invalid challenge")
    try:
        challenge = json.loads(text)
        bits, slot = challenge["work"]["bits"], challenge["work"]["slot"]
    except (ValueError, KeyError, TypeError):
        raise refusal from None
    if type(bits) is not int or bits < 1 or not isinstance(slot, str):
        raise refusal
    if re.sub(r"\s", "", json.dumps({"work": {"bits": bits, "slot": slot}})) != text:
        raise refusal
    if bits > MOST_BITS:
        raise Refused("the drop asks for more work than any drop may")
    read_slot(slot)
    return bits, slot

"""English words of BIP-39, as docs/protocol.md uses them: sections "Mailbox" and "Fingerprint"."""

import re
from pathlib import Path

from hashes import Refused, sha256

_LIST = Path(__file__).parents[2] / "node_modules/@scure/bip39/wordlists/english.js"
WORDS = re.search(r"`([a-z\n]+)`", _LIST.read_text("ascii")).group(1).split()
assert len(WORDS) == 2048


def write(entropy: bytes) -> str:
    """BIP-39: the entropy, a bit of checksum for each 32 of it, and 11 bits a word."""
    bits = len(entropy) * 8
    number = int.from_bytes(entropy, "big") << bits // 32 | sha256(entropy)[0] >> 8 - bits // 32
    count = (bits + bits // 32) // 11
    return " ".join(WORDS[number >> 11 * i & 2047] for i in reversed(range(count)))


def read(text: str, count: int) -> bytes:
    """The entropy. Any case, any blanks and line breaks between, and the first four letters for a word."""
    typed = text.lower().split()
    if len(typed) != count:
        raise Refused(f"it takes {count} words, and these are {len(typed)}")
    short = {word[:4]: word for word in WORDS}
    number = 0
    for i, word in enumerate(typed):
        whole = short.get(word, word)
        if whole not in WORDS:
            raise Refused(f"word {i + 1} is not one of the list's: see whether it is mistyped")
        number = number << 11 | WORDS.index(whole)
    checksum = 11 * count // 33
    entropy = (number >> checksum).to_bytes(11 * count * 32 // 33 // 8, "big")
    if write(entropy).split() != [short.get(word, word) for word in typed]:
        name = {12: "twelve", 15: "fifteen"}[count]
        raise Refused(f"one of the words is another one: the {name} do not fit together")
    return entropy

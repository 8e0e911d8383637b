"""Texts: docs/protocol.md, section "Texts"."""

import base64

from hashes import Refused

KINDS = {
    "contact": "CONTACT",
    "revocation": "REVOCATION",
    "identity": "IDENTITY",
    "signing key": "SIGNING KEY",
    "invitation": "INVITATION",
    "unsent letter": "UNSENT LETTER",
}


def write(kind: str, data: bytes) -> str:
    """The one spelling: RFC 7468, 64 characters a line, each line ended by 0x0a."""
    text = base64.b64encode(data).decode("ascii")
    lines = [text[i : i + 64] for i in range(0, len(text), 64)]
    label = KINDS[kind]
    return "\n".join([f"-----BEGIN DEAD DROP {label}-----", *lines, f"-----END DEAD DROP {label}-----", ""])


def _decode(data: bytes) -> str:
    """UTF-8, or UTF-16 where a byte order mark says so. @raises UnicodeDecodeError"""
    for mark, encoding in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"), (b"\xef\xbb\xbf", "utf-8")):
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding)
    return data.decode("utf-8")


def read(kind: str, data: bytes) -> bytes:
    """What is in a text, with leniency around it and none within."""
    refusal = Refused(f"not a dead drop {kind}")
    try:
        text = _decode(data).replace("\r\n", "\n").strip(" \t\r\n") + "\n"
        lines = text.split("\n")
        content = base64.b64decode("".join(lines[1:-2]), validate=True)
    except ValueError:
        raise refusal from None
    # Whatever the decoder overlooked: only what is written the same again counts.
    if not content or write(kind, content) != text:
        raise refusal
    return content

"""What a drop answers: docs/protocol.md, sections "HTTP endpoints" and "Reading"."""

import json
import re
import xml.etree.ElementTree as ElementTree
from urllib.parse import urlsplit

from hashes import Refused
from ids import read_slot, read_upload_id
from summary import Said

HEADERS = {"content-length": "1048576", "if-none-match": "*"}


def read_upload_url(body: str) -> tuple[bytes, str]:
    """Upload id and presigned URL of an answer to `GET /upload-url`."""
    refusal = Refused("the drop answers something other than an upload URL: is its address right?")
    try:
        answer = json.loads(body)
    except ValueError:
        raise refusal from None
    if not isinstance(answer, dict) or sorted(answer) != ["headers", "id", "url"]:
        raise refusal
    upload_id, url, headers = answer["id"], answer["url"], answer["headers"]
    if not isinstance(upload_id, str) or not isinstance(url, str) or headers != HEADERS:
        raise refusal
    try:
        decoded = read_upload_id(upload_id)
    except Refused:
        raise refusal from None
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.path.endswith(f"/uploads/{upload_id}"):
        raise refusal
    return decoded, url


NAMESPACE = "{http://s3.amazonaws.com/doc/2006-03-01/}"


def said_in(contents: ElementTree.Element) -> Said:
    """Size and MD5 of a batch, where a `Contents` says them once and as it should."""
    sizes, etags = ([each.text or "" for each in contents.findall(NAMESPACE + field)] for field in ("Size", "ETag"))
    size = int(sizes[0]) if len(sizes) == 1 and re.fullmatch("[0-9]+", sizes[0]) else None
    md5 = re.fullmatch('"([0-9a-f]{32})"', etags[0]) if len(etags) == 1 else None
    return size if size is not None and size < 2**53 else None, md5 and md5[1]


def read_list(body: str, after: str | None = None) -> tuple[dict[str, Said], bool, bool]:
    """Slots of a `ListBucketResult` with what it says of their batches, whether there are more, and whether it breaks
    off: the keys `ids/<slot>` behind the slot `after`, in the order of time, each once; other keys are no batches."""
    refusal = Refused("what answers at that address is no drop: is the address right?")
    parser, cut = ElementTree.XMLPullParser(["start", "end"]), False
    path: list[str] = []
    found: dict[str, list[str]] = {"Prefix": [], "IsTruncated": [], "Contents/Key": []}
    said: dict[str, Said] = {}  # by key; nothing of a `Contents` that breaks off
    try:
        parser.feed(body)
        parser.close()
    except ElementTree.ParseError:
        cut = True
    try:
        for event, element in parser.read_events():
            if event == "start":
                path.append(element.tag)
                if path[0] != f"{NAMESPACE}ListBucketResult":
                    raise refusal
                continue
            place = "/".join(tag.removeprefix(NAMESPACE) for tag in path[1:])
            if all(tag.startswith(NAMESPACE) for tag in path):
                if place in found:
                    found[place].append(element.text or "")
                if place == "Contents":
                    said[element.findtext(f"{NAMESPACE}Key", "")] = said_in(element)
            path.pop()
    except ElementTree.ParseError:
        cut = True
    prefixes, truncated = found["Prefix"], found["IsTruncated"]
    asked = all(prefix == "ids/" for prefix in prefixes) and all(word in ("true", "false") for word in truncated)
    whole = len(prefixes) == 1 and len(truncated) == 1
    began = any(found.values()) or path
    if not asked or not (cut or whole) or not began:
        raise refusal
    slots = {}
    for key in found["Contents/Key"]:
        try:
            read_slot(key.removeprefix("ids/") if key.startswith("ids/") else "")
        except Refused:
            continue
        slots[key.removeprefix("ids/")] = said.get(key, (None, None))
    behind = {slot: slots[slot] for slot in sorted(slots) if after is None or slot > after}
    return behind, truncated == ["true"], cut

"""Cases of what a drop answers: lists of batches, and upload URLs."""

import json

from ids import write_upload_id
from shared import ID, OTHER_ID, Case, Cases

HOST = "https://uploads.example"
NO_DROP = "what answers at that address is no drop: is the address right?"
NO_URL = "the drop answers something other than an upload URL: is its address right?"
SLOTS = ["2026-11-22T11:25:00Z", "2026-11-22T11:30:00Z", "2026-11-22T11:35:00Z"]


def list_xml(keys: list[str], truncated: bool = False, root: str = "ListBucketResult") -> str:
    """A ListObjectsV2 answer as S3 writes it."""
    contents = "".join(
        f"<Contents><Key>{key}</Key><LastModified>2026-11-22T11:40:02.000Z</LastModified>"
        f"<ETag>&quot;0123456789abcdef0123456789abcdef&quot;</ETag><Size>27904</Size>"
        f"<StorageClass>STANDARD</StorageClass></Contents>"
        for key in keys
    )
    token = "<NextContinuationToken>1ueGcxLPRx1Tr</NextContinuationToken>" if truncated else ""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<{root} xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>drop</Name><Prefix>ids/</Prefix>'
        f"{token}<KeyCount>{len(keys)}</KeyCount><MaxKeys>1000</MaxKeys>"
        f"<IsTruncated>{'true' if truncated else 'false'}</IsTruncated>{contents}</{root}>"
    )


def lists() -> Cases:
    keys = [f"ids/{slot}" for slot in SLOTS]
    body = list_xml(keys)

    def good(about: str, body: str, slots: list[str], more: bool = False, after: str | None = None) -> Case:
        behind = {"after": after} if after else {}
        return {"kind": "list", "about": about, **behind, "body": body, "slots": slots, "more": more}

    def cut(about: str, body: str, slots: list[str]) -> Case:
        return {"kind": "list", "about": about, "body": body, "slots": slots, "more": False, "cut": True}

    def bad(about: str, body: str) -> Case:
        return {"kind": "list", "about": about, "body": body, "refusedWith": NO_DROP}

    return {
        "list": good("three batches", body, SLOTS),
        "list-more": good("three batches, and there are more", list_xml(keys, True), SLOTS, True),
        "list-empty": good("no batch", list_xml([]), []),
        "list-no-slots": good(
            "keys that are no slots, which are left out",
            list_xml(["ids/", keys[0], "ids/2026-11-22T11:26:00Z", "ids/slot", f"{keys[1]}/", "uploads/x", keys[2]]),
            [SLOTS[0], SLOTS[2]],
        ),
        "list-order": good("keys in another order than that of time", list_xml([keys[2], keys[0], keys[1]]), SLOTS),
        "list-twice": good("a key twice", list_xml([keys[0], keys[0], keys[1]]), SLOTS[:2]),
        "list-after": good(
            "keys up to the one behind which it was asked for, which are left out", body, SLOTS[1:], after=SLOTS[0]
        ),
        "list-html": bad("HTML", "<!doctype html><html><body><p>Sign in<br></body></html>"),
        "list-xhtml": bad("HTML that is XML", "<html><body><p>Sign in</p></body></html>"),
        "list-json": bad("JSON", json.dumps({"message": "Service Unavailable"})),
        "list-cut": cut("it is cut off in the middle: what it names is taken", body[: len(body) // 2], SLOTS[:1]),
        "list-cut-key": cut("it is cut off in a key, which is left out", body[: body.index(SLOTS[2]) + 10], SLOTS[:2]),
        "list-cut-end": cut("its last character is missing", body[:-1], SLOTS),
        "list-prefix": bad("a list of another prefix", body.replace("<Prefix>ids/<", "<Prefix>uploads/<")),
        "list-no-prefix": bad("it does not say of which prefix it is", body.replace("<Prefix>ids/</Prefix>", "")),
        "list-truncated": bad("IsTruncated is neither true nor false", body.replace("false", "no")),
        "list-no-truncated": bad(
            "it does not say whether it goes on", body.replace("<IsTruncated>false</IsTruncated>", "")
        ),
        "list-namespace": bad("another namespace", body.replace("doc/2006-03-01", "doc/2006-03-02")),
        "list-no-namespace": bad("no namespace", body.replace(' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"', "")),
        "list-error": bad(
            "an error of S3",
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>",
        ),
        "list-root": bad("another root element", list_xml(keys, root="ListAllMyBucketsResult")),
        "list-none": bad("nothing", ""),
    }


def upload_urls() -> Cases:
    upload_id = write_upload_id(ID)
    query = (
        "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Expires=900&X-Amz-SignedHeaders=content-length%3Bhost%3Bif-none-match"
    )
    url = f"{HOST}/uploads/{upload_id}?{query}"
    headers = {"content-length": "1048576", "if-none-match": "*"}

    def answer(**others: object) -> str:
        return json.dumps({"id": upload_id, "url": url, "headers": headers, **others}, separators=(",", ":"))

    def good(about: str, body: str, url: str) -> Case:
        return {"kind": "upload url", "about": about, "body": body, "id": ID.hex(), "url": url}

    def bad(about: str, body: str, refused_with: str = NO_URL) -> Case:
        return {"kind": "upload url", "about": about, "body": body, "refusedWith": refused_with}

    path_url = f"{HOST}/bucket/uploads/{upload_id}?{query}"
    other = write_upload_id(OTHER_ID)
    without_length = {"if-none-match": "*"}
    return {
        "upload-url": good("an upload id, its presigned URL, and the two headers", answer(), url),
        "upload-url-path": good("a bucket's name stands in the URL's path", answer(url=path_url), path_url),
        "upload-url-order": good(
            "its members in another order",
            json.dumps(
                {"headers": dict(reversed(headers.items())), "url": url, "id": upload_id}, separators=(",", ":")
            ),
            url,
        ),
        "upload-url-member": bad("a member more", answer(more="x")),
        "upload-url-member-missing": bad("no headers", json.dumps({"id": upload_id, "url": url})),
        "upload-url-header": bad("a header more", answer(headers={**headers, "x-amz-acl": "private"})),
        "upload-url-header-missing": bad("a header is missing", answer(headers=without_length)),
        "upload-url-header-value": bad("another length", answer(headers={**headers, "content-length": "1048577"})),
        "upload-url-header-number": bad(
            "a length that is a number", answer(headers={**headers, "content-length": 1048576})
        ),
        "upload-url-id": bad("an id that is malformed", answer(id=upload_id + "=")),
        "upload-url-id-none": bad("an id that is none", answer(id=None)),
        "upload-url-key": bad("a URL for another upload id", answer(url=f"{HOST}/uploads/{other}?{query}")),
        "upload-url-folder": bad("a URL for another folder", answer(url=f"{HOST}/ids/{upload_id}?{query}")),
        "upload-url-behind": bad(
            "a URL that goes on behind the id", answer(url=f"{HOST}/uploads/{upload_id}/x?{query}")
        ),
        "upload-url-query": bad("the id stands in the URL's query only", answer(url=f"{HOST}/?/uploads/{upload_id}")),
        "upload-url-fragment": bad(
            "the id stands in the URL's fragment only", answer(url=f"{HOST}/#/uploads/{upload_id}")
        ),
        "upload-url-scheme": bad("a URL of another scheme", answer(url=f"ftp://uploads.example/uploads/{upload_id}")),
        "upload-url-relative": bad("a URL without a host", answer(url=f"/uploads/{upload_id}?{query}")),
        "upload-url-json": bad("no JSON", "Service Unavailable"),
        "upload-url-list": bad("JSON of another kind", f"[{answer()}]"),
    }


def cases() -> Cases:
    return {**lists(), **upload_urls()}

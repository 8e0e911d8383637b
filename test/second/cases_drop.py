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


def said_in_lists() -> Cases:
    """What a list says of the second of its three batches."""
    size, md5 = 872, "0123456789abcdef0123456789abcdef"
    right = f"<Size>{size}</Size><ETag>&quot;{md5}&quot;</ETag>"

    def of(about: str, fields: str, *said: int | str | None, cut_behind: str | None = None) -> Case:
        """`fields` stand in the second `Contents`."""
        contents = [f"<Key>ids/{slot}</Key>{fields if slot == SLOTS[1] else right}" for slot in SLOTS]
        body = list_xml([]).replace("</List", "".join(f"<Contents>{each}</Contents>" for each in contents) + "</List")
        slots, cut = SLOTS, {}
        if cut_behind:
            end = body.index(cut_behind, body.index(SLOTS[1])) + len(cut_behind)
            body, slots, cut = body[:end], SLOTS[:2], {"cut": True}
        says = {slot: list(said) if slot == SLOTS[1] else [size, md5] for slot in slots}
        return {"kind": "list", "about": about, "body": body, "slots": slots, "more": False, **cut, "said": says}

    def sized(about: str, text: str) -> Case:
        return of(f"a size that is none: {about}", right.replace(f">{size}<", f">{text}<"), None, md5)

    def tagged(about: str, text: str, said: str | None = None) -> Case:
        return of(about, right.replace(f"&quot;{md5}&quot;", text), size, said)

    namespace = 'xmlns="https://other.example/"'
    return {
        "list-said": of("size and MD5 of each batch", right, size, md5),
        "list-said-order": of(
            "the MD5 before the size, and something between",
            f"<ETag>&quot;{md5}&quot;</ETag>\n<Owner><ID>drop</ID></Owner>\n<Size>{size}</Size>",
            size,
            md5,
        ),
        "list-said-nothing": of("neither a size nor an ETag", "", None, None),
        "list-said-no-etag": of("no ETag", f"<Size>{size}</Size>", size, None),
        "list-said-no-size": of("no size", f"<ETag>&quot;{md5}&quot;</ETag>", None, md5),
        "list-said-etag-quotes": tagged("an ETag whose quotation marks stand as they are", f'"{md5}"', md5),
        "list-said-etag-numbers": tagged(
            "an ETag whose quotation marks are written as numbers", f"&#34;{md5}&#x22;", md5
        ),
        "list-said-etag-cdata": tagged("an ETag in CDATA", f'<![CDATA["{md5}"]]>', md5),
        "list-said-etag-bare": tagged("an ETag without quotation marks", md5),
        "list-said-etag-apostrophes": tagged("an ETag between apostrophes", f"&apos;{md5}&apos;"),
        "list-said-etag-parts": tagged("the ETag of an upload in two parts", f"&quot;{md5}-2&quot;"),
        "list-said-etag-upper-case": tagged("an ETag in upper case", f"&quot;{md5.upper()}&quot;"),
        "list-said-etag-short": tagged("an ETag with a digit less", f"&quot;{md5[:-1]}&quot;"),
        "list-said-etag-long": tagged("an ETag with a digit more", f"&quot;{md5}0&quot;"),
        "list-said-etag-weak": tagged("a weak ETag", f"W/&quot;{md5}&quot;"),
        "list-said-etag-blank": tagged("an ETag with a blank behind it", f"&quot;{md5}&quot; "),
        "list-said-etag-empty": tagged("an empty ETag", ""),
        "list-said-etag-twice": of("an ETag twice", f"{right}<ETag>&quot;{md5}&quot;</ETag>", size, None),
        "list-said-etag-namespace": of(
            "an ETag of another namespace", right.replace("<ETag", f"<ETag {namespace}"), size, None
        ),
        "list-said-etag-deeper": of(
            "an ETag that stands deeper",
            right.replace("<ETag", "<Owner><ETag").replace("</ETag>", "</ETag></Owner>"),
            size,
            None,
        ),
        "list-said-size-negative": sized("negative", f"-{size}"),
        "list-said-size-sign": sized("with a sign", f"+{size}"),
        "list-said-size-blank": sized("with a blank", f" {size}"),
        "list-said-size-point": sized("with a point", f"{size}.0"),
        "list-said-size-exponent": sized("with an exponent", "8e2"),
        "list-said-size-hexadecimal": sized("hexadecimal", "0x368"),
        "list-said-size-digits": sized("in digits that are not ASCII", "\u0668\u0667\u0662"),
        "list-said-size-large": sized("2^64", str(2**64)),
        "list-said-size-empty": sized("empty", ""),
        "list-said-size-word": sized("a word", "large"),
        "list-said-size-twice": of("a size twice", f"<Size>{size}</Size>{right}", None, md5),
        "list-said-size-namespace": of(
            "a size of another namespace", right.replace("<Size", f"<Size {namespace}"), None, md5
        ),
        "list-said-cut": of(
            "it is cut off in a Contents: nothing is said of that batch", right, None, None, cut_behind="</ETag>"
        ),
        "list-said-cut-behind": of("it is cut off behind a Contents", right, size, md5, cut_behind="</Contents>"),
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
    return {**lists(), **said_in_lists(), **upload_urls()}

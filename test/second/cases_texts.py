"""Cases of contacts: base URLs, and what mail and editors do to a text."""

import armor
from cases_contacts import bad, good
from shared import AT, JOURNALIST, SEED, UNTIL, Case, Cases, signed_contact


def contact_urls() -> Cases:
    """Base URLs: what the document takes, and each thing that it refuses."""
    longest = "http://" + ".".join(["a" * 60] * 4)[: 255 - len("http://") - len(".test")] + ".test"
    assert len(longest) == 255
    taken = {
        "longest": ("a contact with the longest URL, at its last moment", longest, UNTIL),
        "url-path": ("a base URL with a path", "https://drop.example/a/b", AT),
        "url-port": ("a base URL with a port that is another scheme's default", "https://drop.example:80", AT),
        "url-port-largest": ("a base URL with the largest port", "https://drop.example:65535", AT),
        "url-ipv6": ("a base URL with an IPv6 address", "http://[::1]:8787", AT),
        "url-punycode": ("a base URL with a host in Punycode", "https://xn--bcher-kva.example", AT),
    }
    refused = {
        "ipv4": ("an IPv4 address in a short form", "http://127.1"),
        "ipv4-octal": ("an IPv4 address with a leading zero", "http://127.0.0.01"),
        "ipv4-number": ("an IPv4 address as one number", "http://2130706433"),
        "ipv6": ("an IPv6 address in a long form", "http://[0:0:0:0:0:0:0:1]"),
        "blank": ("a blank before its URL", " http://h"),
        "blank-behind": ("a blank behind its URL", "http://h "),
        "slash": ("a slash at the end of its URL", "https://drop.example/"),
        "path-slash": ("a slash at the end of its URL's path", "https://drop.example/a/"),
        "host-case": ("a host in upper case", "https://Drop.example"),
        "scheme-case": ("a scheme in upper case", "HTTPS://drop.example"),
        "port": ("the default port", "https://drop.example:443"),
        "port-http": ("the default port of http", "http://drop.example:80"),
        "port-empty": ("a colon without a port", "https://drop.example:"),
        "port-zeros": ("a port with a leading zero", "https://drop.example:08787"),
        "port-large": ("a port that there is not", "https://drop.example:65536"),
        "user": ("a user", "https://jane@drop.example"),
        "password": ("a user and a password", "https://jane:secret@drop.example"),
        "user-empty": ("a user of no characters", "https://@drop.example"),
        "query": ("a query", "https://drop.example?a"),
        "query-empty": ("a query of no characters", "https://drop.example?"),
        "fragment": ("a fragment", "https://drop.example#a"),
        "fragment-empty": ("a fragment of no characters", "https://drop.example#"),
        "segment": ("an empty segment in its path", "https://drop.example/a//b"),
        "segment-first": ("an empty first segment in its path", "https://drop.example//a"),
        "dots": ("a segment of two dots", "https://drop.example/x/../y"),
        "dot": ("a segment of one dot", "https://drop.example/./y"),
        "dots-encoded": ("a segment of two dots, percent-encoded", "https://drop.example/x/%2e%2E/y"),
        "backslash": ("a backslash for a slash", "https://drop.example\\a"),
        "host-dot": ("a host that ends in a dot", "https://drop.example."),
        "host-empty": ("no host", "https:///a"),
        "no-host": ("nothing but a scheme", "https://"),
        "path-brace": ("braces in its path", "https://drop.example/{a}"),
        "path-backslash": ("a backslash in its path", "https://drop.example/a\\b"),
        "ipv6-zone": ("an IPv6 address with a zone", "http://[fe80::1%25eth0]"),
        "ipv6-case": ("an IPv6 address in upper case", "http://[FE80::1]"),
        "ipv6-ipv4": ("an IPv6 address that ends as an IPv4 address", "http://[::ffff:127.0.0.1]"),
        "ftp": ("another scheme", "ftp://drop.example"),
        "no-scheme": ("no scheme", "drop.example"),
        "one-slash": ("one slash behind the scheme", "https:/drop.example"),
        "tab": ("a tab within its host", "https://drop\t.example"),
        "host-percent": ("a percent-encoded letter in its host", "https://dr%6fp.example"),
        "path-blank": ("a blank in its path", "https://drop.example/a b"),
        "path-letter": ("a letter in its path that is not ASCII", "https://drop.example/é"),
        "host-letter": ("a host that is not ASCII", "https://bücher.example"),
        "empty": ("no URL", ""),
        "utf-8": ("a URL that is not UTF-8", b"https://drop.example/\xff"),
        "zero": ("a zero within its URL", b"https://drop\0.example"),
    }
    made = {f"contact-{name}": good(about, signed_contact(drop=url), at) for name, (about, url, at) in taken.items()}
    made["contact-longest"] = good(
        taken["longest"][0], signed_contact(drop=longest), UNTIL, identitySeed=JOURNALIST, epochSeed=SEED
    )
    for name, (about, url) in refused.items():
        made[f"contact-url-{name}"] = bad(about, signed_contact(drop=url), "invalid contact")
    return made


def contact_texts() -> Cases:
    """What mail and editors do to a text."""
    contact = signed_contact()
    text = armor.write("contact", contact)
    lines = text.split("\n")

    def as_text(text: str) -> Case:
        return {"text": text}

    def as_bytes(data: bytes) -> Case:
        return {"bytes": data.hex()}

    kept = {
        "crlf": ("its lines end with carriage returns and newlines", as_text(text.replace("\n", "\r\n"))),
        "bom": ("a byte order mark in front", as_bytes(b"\xef\xbb\xbf" + text.encode())),
        "around": ("blank lines, blanks and tabs around it", as_text(f"\n \t\r\n{text}\n \t\n")),
        "no-newline": ("its last newline is missing", as_text(text[:-1])),
        "utf-16-le": (
            "UTF-16, little-endian, with a byte order mark",
            as_bytes(b"\xff\xfe" + text.encode("utf-16-le")),
        ),
        "utf-16-be": ("UTF-16, big-endian, with a byte order mark", as_bytes(b"\xfe\xff" + text.encode("utf-16-be"))),
        "utf-16-crlf": (
            "all of it: UTF-16, carriage returns, blank lines around, no newline at its end",
            as_bytes(b"\xff\xfe" + ("\r\n" + text[:-1].replace("\n", "\r\n") + " \t").encode("utf-16-le")),
        ),
    }
    changed = {
        "blank": ("a blank at the end of a line", "\n".join([lines[0], lines[1] + " ", *lines[2:]])),
        "blank-within": (
            "a blank within a line",
            "\n".join([lines[0], lines[1][:32] + " " + lines[1][32:], *lines[2:]]),
        ),
        "indented": ("each line is indented", "\n".join(" " + line for line in lines[:-1]) + "\n"),
        "quoted": ("each line is quoted, as in an answer to a mail", "".join(f"> {line}\n" for line in lines[:-1])),
        "empty-line": ("an empty line within", "\n".join([*lines[:5], "", *lines[5:]])),
        "carriage-return": ("a carriage return without a newline in place of one", text.replace("\n", "\r", 1)),
        "other-label": ("it is called an identity", text.replace("CONTACT", "IDENTITY")),
        "other-end": (
            "its end is called an identity's",
            text.replace("END DEAD DROP CONTACT", "END DEAD DROP IDENTITY"),
        ),
        "lower-case": ("its label is in lower case", text.replace("DEAD DROP CONTACT", "dead drop contact")),
        "hyphens": ("four hyphens in place of five", text[1:]),
        "more": ("a word behind it", text + "Jane\n"),
        "before": ("a word before it", "Jane\n" + text),
        "twice": ("the same twice", text + text),
        "padding": ("one more pad at its end", text.replace("\n-----END", "=\n-----END")),
        "url-alphabet": ("base64 of the alphabet for URLs", text.replace("+", "-").replace("/", "_")),
        "empty": ("nothing between its first and last line", "\n".join([lines[0], *lines[-2:]])),
        "line-length": ("a line was joined to the next", text.replace(lines[1] + "\n", lines[1], 1)),
    }
    made = {f"contact-text-{name}": good(about, contact, text=how) for name, (about, how) in kept.items()}
    for name, (about, how) in changed.items():
        key = "contact-line-length" if name == "line-length" else f"contact-text-{name}"
        made[key] = bad(about, how, "not a dead drop contact")
    not_utf_8 = text.encode().replace(b"A", b"\xff", 1)
    half = b"\xff\xfe" + text.encode("utf-16-le")[:-1]
    for name, about, data in (
        ("not-utf-8", "a byte that is not UTF-8", not_utf_8),
        ("utf-16-half", "UTF-16 that ends within a character", half),
        ("utf-16-bare", "UTF-16 without a byte order mark", text.encode("utf-16-le")),
    ):
        made[f"contact-text-{name}"] = {
            "kind": "contact",
            "about": about,
            "at": AT,
            "bytes": data.hex(),
            "refusedWith": "not a dead drop contact",
        }
    return made


def cases() -> Cases:
    return {**contact_urls(), **contact_texts()}

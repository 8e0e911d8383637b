"""Cases of passphrases and signing key files."""

import armor
import locked
from cases_identities import PASSPHRASE, file_of
from epoch import identity_of
from locked import pad
from shared import COLLEAGUE, JOURNALIST, Case, Cases, flipped, replaced


def signing_keys() -> Cases:
    identity = identity_of(JOURNALIST)
    inside = identity + JOURNALIST
    kind = "signing key"

    def case(about: str, file: bytes, of: bytes = identity, passphrase: str = PASSPHRASE, **outcome: object) -> Case:
        text = armor.write(kind, file)
        return {
            "kind": "signing key file",
            "about": about,
            "passphrase": passphrase,
            "own": of.hex(),
            "text": text,
            **outcome,
        }

    def locked_as(padded: bytes, kind: str = kind) -> bytes:
        return file_of(padded, kind=kind)

    file = locked_as(pad(inside))
    damaged = {"refusedWith": "the signing key is damaged"}
    cases = {
        "": case(
            "the signing key of an identity; 64 KiB, 1 pass, 1 lane",
            file,
            secrets=inside.hex(),
            identity=identity.hex(),
            identitySeed=JOURNALIST.hex(),
        ),
        "-other-identity": case(
            "the signing key of another identity",
            file,
            identity_of(COLLEAGUE),
            refusedWith="the signing key is of another identity",
        ),
        "-other-passphrase": case("another passphrase", file, passphrase="correct horse battery staple", opens=False),
        "-commitment": case("a bit of its commitment is changed", flipped(file, 53), opens=False),
        "-tag": case("a bit of its tag is changed", flipped(file, -1), **damaged),
        "-seed": case("its seed is another identity's", locked_as(pad(identity + COLLEAGUE)), **damaged),
        "-padding": case("the last byte of its padding is not zero", locked_as(pad(inside)[:-1] + b"\1"), **damaged),
        "-padded-more": case("it is padded by 4,096 bytes more", locked_as(pad(inside) + bytes(4_096)), **damaged),
        "-kind": case("an identity under the name of a signing key", locked_as(pad(inside), "identity"), **damaged),
        "-version": case(
            "version 2", replaced(file, 0, b"\2"), refusedWith="this signing key needs a newer version of dead-drop"
        ),
        "-old": case(
            "a file of the size that files had before version 1",
            file[:53] + file[85:],
            refusedWith="this signing key is of before version 1",
        ),
    }
    made = {f"signing-key-file{name}": case for name, case in cases.items()}
    made["signing-key-file-label"] = {
        **made["signing-key-file-tag"],
        "about": "it is called an identity",
        "text": armor.write("identity", file),
        "refusedWith": "not a dead drop signing key",
    }
    return made


def passphrases() -> Cases:
    def case(about: str, data: bytes, from_file: bool = False) -> Case:
        return {
            "kind": "passphrase",
            "about": about,
            "bytes": data.hex(),
            "fromFile": from_file,
            "prepared": locked.prepare(data, from_file).hex(),
        }

    def bad(about: str, data: bytes, refused_with: str, from_file: bool = False) -> Case:
        return {
            "kind": "passphrase",
            "about": about,
            "bytes": data.hex(),
            "fromFile": from_file,
            "refusedWith": refused_with,
        }

    control, not_utf_8, empty = (
        "the passphrase has a control character",
        "the passphrase is not utf-8",
        "the passphrase is empty",
    )
    mark = b"\xef\xbb\xbf"
    cases = {
        "": case("a passphrase", PASSPHRASE.encode()),
        "-nfd": case("with a letter and an accent", "sta\u0308ple".encode()),
        "-hangul": case("a syllable in its three parts", "\u1112\u1161\u11ab".encode()),
        "-singleton": case("the sign for ohm, which is an omega", "\u2126".encode()),
        "-excluded": case("a character that NFC takes apart", "\u0958".encode()),
        "-blanks": case("all blanks", "a\u0020b\u00a0c\u1680d\u2000e\u200af\u202fg\u205fh\u3000i".encode()),
        "-blanks-around": case("blanks around it, which stay", "  a \u00a0".encode()),
        "-wide": case("a letter of full width, which stays", "\uff4c".encode()),
        "-format": case("a joiner of no width, which stays", "a\u200db".encode()),
        "-case": case("capitals, which stay", b"Correct Horse"),
        "-emoji": case("a character of four bytes", "\U0001f4c1".encode()),
        "-unassigned": case("a character that nobody has assigned", "\U000e0080".encode()),
        "-file": case("a file with a newline at its end", PASSPHRASE.encode() + b"\n", True),
        "-file-crlf": case(
            "a file with a byte order mark, and three line ends of Windows", mark + b"abc\r\n\r\n\r\n", True
        ),
        "-file-blank": case("a file with a blank before its newline, which stays", b"abc \n", True),
        "-mark": case("a byte order mark that was typed, which stays", mark + b"abc"),
        "-control": bad("a control character", b"abc\x07", control),
        "-delete": bad("a control character that is not among the first 32", b"abc\x7f", control),
        "-c1": bad("a control character of two bytes", "abc\u0085".encode(), control),
        "-tab": bad("a tab", b"abc\tdef", control),
        "-newline": bad("a newline at its end, typed", b"abc\n", control),
        "-file-newline": bad("a file with a newline within", b"abc\ndef\n", control, True),
        "-not-utf-8": bad("a byte that is not UTF-8", b"abc\xe4", not_utf_8),
        "-surrogate": bad("a surrogate", b"abc\xed\xa0\x80", not_utf_8),
        "-long-spelling": bad("a letter in two bytes that has one", b"\xc1\xa1bc", not_utf_8),
        "-empty": bad("nothing", b"", empty),
        "-file-empty": bad("a file with a byte order mark and a newline only", mark + b"\n", empty, True),
    }
    return {f"passphrase{name}": case for name, case in cases.items()}


def cases() -> Cases:
    return {**signing_keys(), **passphrases()}

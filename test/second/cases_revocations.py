"""Cases of revocations and fingerprints."""

import armor
import contact as contacts
import words
from epoch import identity_of, sign
from hashes import PREFIX
from hostile import NEUTRAL_SPELLED, hostile_signatures, low_order_identity, torsioned_identity
from shared import AT, COLLEAGUE, JOURNALIST, Case, Cases, flipped, replaced


def revocations() -> Cases:
    identity, when = identity_of(JOURNALIST), AT
    unsigned = contacts.write_revocation(identity, when)
    revocation = contacts.sign_revocation(unsigned, JOURNALIST)
    message = PREFIX + b"revocation" + unsigned

    def good(about: str, data: bytes, when: int, **others: str) -> Case:
        return {
            "kind": "revocation",
            "about": about,
            "text": armor.write("revocation", data),
            **others,
            "identity": identity.hex(),
            "when": when,
        }

    def bad(about: str, data: bytes | str, refused_with: str, **others: str) -> Case:
        text = data if isinstance(data, str) else armor.write("revocation", data)
        return {"kind": "revocation", "about": about, "text": text, **others, "refusedWith": refused_with}

    def message_of(of: bytes) -> tuple[bytes, bytes]:
        other = contacts.write_revocation(of, when)
        return other, PREFIX + b"revocation" + other

    not_signed = "the revocation is not signed by its identity"
    bad_key = "the revocation has a key that is not in its one spelling"
    text = armor.write("revocation", revocation)
    expected = contacts.print_fingerprint(contacts.fingerprint(identity))
    of_another = contacts.print_fingerprint(contacts.fingerprint(identity_of(COLLEAGUE)))
    at_zero = contacts.sign_revocation(contacts.write_revocation(identity, 0), JOURNALIST)
    signed_version = lambda version: contacts.sign_revocation(  # noqa: E731
        contacts.write_revocation(identity, when, version), JOURNALIST
    )
    cases = {
        "revocation": good(
            "a revocation, and the fingerprint that somebody has", revocation, when, fingerprint=expected
        ),
        "revocation-bare": good("the same, and no fingerprint", revocation, when),
        "revocation-zero": good("it says 1970", at_zero, 0),
        "revocation-other-identity": bad(
            "of another identity than the one whose fingerprint was given",
            revocation,
            "the revocation is of another identity",
            fingerprint=of_another,
        ),
        "revocation-signature": bad("a bit of its signature is changed", flipped(revocation, 41), not_signed),
        "revocation-forged": bad("somebody else signed it", contacts.sign_revocation(unsigned, COLLEAGUE), not_signed),
        "revocation-when": bad(
            "its time was changed", replaced(revocation, 33, (AT + 1).to_bytes(8, "big")), not_signed
        ),
        "revocation-contact": bad(
            "signed as a contact is", unsigned + sign(JOURNALIST, PREFIX + b"contact" + unsigned), not_signed
        ),
        "revocation-version-0": bad("version 0", signed_version(0), "invalid revocation"),
        "revocation-version": bad("version 2", signed_version(2), "this revocation needs a newer version of dead-drop"),
        "revocation-short": bad("its last byte is missing", revocation[:-1], "invalid revocation"),
        "revocation-long": bad("a byte more", revocation + b"\0", "invalid revocation"),
        "revocation-number": bad(
            "a time of 2^53 seconds",
            contacts.sign_revocation(contacts.write_revocation(identity, 2**53), JOURNALIST),
            "invalid revocation",
        ),
        "revocation-label": bad(
            "it is called a contact", text.replace("REVOCATION", "CONTACT"), "not a dead drop revocation"
        ),
        "revocation-identity-order": bad(
            "its identity has a part of order 8, and signed it all the same",
            torsioned_identity(JOURNALIST, message_of),
            bad_key,
        ),
        "revocation-identity-neutral": bad(
            "its identity is the neutral element, and the equation of its signature holds",
            low_order_identity(NEUTRAL_SPELLED, message_of),
            bad_key,
        ),
    }
    for name, (about, hostile) in hostile_signatures(JOURNALIST, message).items():
        cases[f"revocation-signature-{name}"] = bad(about, unsigned + hostile, not_signed)
    return cases


def fingerprints() -> Cases:
    first = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
    second = bytes.fromhex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")

    def spellings(identity: bytes) -> tuple[str, str]:
        digest = contacts.fingerprint(identity)
        return contacts.print_fingerprint(digest), words.write(digest)

    def case(about: str, identity: bytes, **others: object) -> Case:
        printed, spoken = spellings(identity)
        return {
            "kind": "fingerprint",
            "about": about,
            "identity": identity.hex(),
            "print": printed,
            "words": spoken,
            **others,
        }

    def typed(about: str, text: str, matches: bool = True) -> Case:
        return case(about, first, typed=text, matches=matches)

    def bad(about: str, text: str, refused_with: str) -> Case:
        return {"kind": "fingerprint", "about": about, "typed": text, "refusedWith": refused_with}

    printed, spoken = spellings(first)
    listed = spoken.split()
    other_printed, other_spoken = spellings(second)
    assert "0" in printed and "1" in printed
    letters = printed.replace("0", "O").replace("1", "I")
    assert printed[0] == "T"
    swapped = " ".join([listed[1], listed[0], *listed[2:]])
    return {
        "fingerprint": case("the fingerprint of the key of RFC 8032, section 7.1, test 1", first),
        "fingerprint-other": case("the fingerprint of the key of RFC 8032, section 7.1, test 2", second),
        "fingerprint-print": typed("as it is printed", printed),
        "fingerprint-lower-case": typed("in lower case", printed.lower()),
        "fingerprint-hyphens": typed("with hyphens", printed.replace(" ", "-")),
        "fingerprint-together": typed("without blanks", printed.replace(" ", "")),
        "fingerprint-letters": typed("with O for 0 and I for 1", letters),
        "fingerprint-letter-l": typed("with o for 0 and l for 1", printed.lower().replace("0", "o").replace("1", "l")),
        "fingerprint-words": typed("as it is read aloud", spoken),
        "fingerprint-words-upper-case": typed("words in capitals", spoken.upper()),
        "fingerprint-one-off": typed(
            "its first character is another one: a fingerprint, but not this one", "V" + printed[1:], False
        ),
        "fingerprint-of-another": typed("another identity's", other_printed, False),
        "fingerprint-words-of-another": typed("another identity's words", other_spoken, False),
        "fingerprint-short": bad("31 characters", printed[:-1], "it takes 32 characters, and these are 31"),
        "fingerprint-long": bad("33 characters", printed + "0", "it takes 32 characters, and these are 33"),
        "fingerprint-character": bad(
            "a U, which the alphabet does not have",
            "U" + printed[1:],
            "a character is none of a fingerprint's: see whether it is mistyped",
        ),
        "fingerprint-fourteen-words": bad(
            "a word is missing", " ".join(listed[:-1]), "it takes 15 words, and these are 14"
        ),
        "fingerprint-words-checksum": bad(
            "two words are exchanged", swapped, "one of the words is another one: the fifteen do not fit together"
        ),
        "fingerprint-words-unknown": bad(
            "a word that is not on the list",
            " ".join(["speaks", *listed[1:]]),
            "word 1 is not one of the list's: see whether it is mistyped",
        ),
    }


def cases() -> Cases:
    return {**revocations(), **fingerprints()}

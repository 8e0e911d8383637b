"""Cases of ids, slots, batches, words, work and challenges."""

import json

import nacl.bindings as sodium
import words
import work
from hashes import blake2b
from hostile import ORDER_8
from ids import (
    open_sealed_id_leniently,
    seal_id,
    seal_id_with,
    write_batch,
    write_sealed_id,
    write_slot,
    write_upload_id,
)
from points import P, x25519, x25519_public
from shared import ID, OTHER_WORDS, WORDS, Case, Cases, count, flipped

SLOT = 1_795_346_700


def upload_ids() -> Cases:
    upload_id = b"\xfb\xff" + count(0x07, 30)
    text = write_upload_id(upload_id)

    def bad(about: str, text: str) -> Case:
        return {"kind": "upload id", "about": about, "text": text, "refusedWith": "invalid upload id"}

    return {
        "upload-id": {
            "kind": "upload id",
            "about": "an upload id, with both characters that base64url has of its own",
            "id": upload_id.hex(),
            "text": text,
            "key": f"uploads/{text}",
        },
        "upload-id-empty": bad("no character", ""),
        "upload-id-last-bits": bad("the two bits that are left over are not zero", text[:-1] + chr(ord(text[-1]) + 1)),
        "upload-id-long": bad("33 bytes", write_upload_id(upload_id + b"\0")),
        "upload-id-newline": bad("a newline behind it", text + "\n"),
        "upload-id-padded": bad("with padding", text + "="),
        "upload-id-short": bad("31 bytes", write_upload_id(upload_id[:31])),
        "upload-id-standard-alphabet": bad("base64 of the standard alphabet", text.replace("-", "+").replace("_", "/")),
    }


def sealed_ids() -> Cases:
    public, secret = sodium.crypto_box_seed_keypair(count(0x0E))
    other_public, other_secret = sodium.crypto_box_seed_keypair(count(0x1C))
    ephemeral_secret = sodium.crypto_box_seed_keypair(count(0x15))[1]
    sealed = seal_id(ID, public, ephemeral_secret)

    def case(about: str, line: bytes, opens_to: bytes | None = None, other: bool = False) -> Case:
        return {
            "kind": "sealed id",
            "about": about,
            "secretKey": (other_secret if other else secret).hex(),
            "publicKey": (other_public if other else public).hex(),
            "text": write_sealed_id(line),
            "opensTo": opens_to and opens_to.hex(),
        }

    def hostile(about: str, ephemeral: bytes) -> Case:
        """A line that opens to whoever takes any 32 bytes for a point."""
        line = seal_id_with(x25519(secret, ephemeral), ephemeral, public, ID)
        assert open_sealed_id_leniently(line, secret) == ID
        return case(about, line)

    def bad_text(about: str, text: str) -> Case:
        return {"kind": "sealed id text", "about": about, "text": text, "refusedWith": "invalid sealed id"}

    text = write_sealed_id(sealed)
    return {
        "sealed-id": case("a sealed upload id, with ephemeral key from the seed 15 16 17 ...", sealed, ID),
        "sealed-id-ephemeral": case("its ephemeral key has one bit changed", flipped(sealed, 0)),
        "sealed-id-other-key": case("another key", sealed, other=True),
        "sealed-id-tag": case("its last byte has one bit changed", flipped(sealed, -1)),
        "sealed-id-high-bit": hostile(
            "the highest bit of its ephemeral key is set, and it is sealed as if that were nothing",
            flipped(x25519_public(ephemeral_secret), 31, 0x80),
        ),
        "sealed-id-large": hostile(
            "its ephemeral key is p + 9, and it is sealed as if that were 9", (P + 9).to_bytes(32, "little")
        ),
        "sealed-id-order": hostile("its ephemeral key is of order 8, and its shared secret 32 zeros", ORDER_8),
        "sealed-id-zero": hostile("its ephemeral key is 0, and its shared secret 32 zeros", bytes(32)),
        "sealed-id-one": hostile("its ephemeral key is 1, and its shared secret 32 zeros", (1).to_bytes(32, "little")),
        "sealed-id-standard-alphabet": bad_text(
            "base64 of the standard alphabet", write_sealed_id(b"\xff" * 80).replace("-", "+").replace("_", "/")
        ),
        "sealed-id-unpadded": bad_text("the padding is missing", text.rstrip("=")),
        "sealed-id-last-bits": bad_text(
            "the two bits that are left over are not zero", text[:-2] + chr(ord(text[-2]) + 1) + "="
        ),
        "sealed-id-short": bad_text("79 bytes", write_sealed_id(sealed[:79])),
    }


def slots() -> Cases:
    def good(about: str, at: int) -> Case:
        return {"kind": "slot", "about": about, "text": write_slot(at), "at": at, "last": at + 299}

    def bad(about: str, text: str) -> Case:
        return {"kind": "slot", "about": about, "text": text, "refusedWith": "invalid slot"}

    return {
        "slot": good("a slot, and the last moment that falls into it", SLOT),
        "slot-leap-day": good("the first slot of a leap day", 1_835_395_200),
        "slot-blank": bad("a blank behind it", "2026-11-22T11:25:00Z "),
        "slot-day": bad("a day that there is not", "2026-02-29T11:25:00Z"),
        "slot-hour": bad("hour 24", "2026-11-22T24:00:00Z"),
        "slot-lower-case": bad("in lower case", "2026-11-22t11:25:00z"),
        "slot-milliseconds": bad("with milliseconds", "2026-11-22T11:25:00.000Z"),
        "slot-minute": bad("it does not start five minutes", "2026-11-22T11:26:00Z"),
        "slot-offset": bad("another time zone", "2026-11-22T12:25:00+01:00"),
        "slot-second": bad("a second after the start", "2026-11-22T11:25:01Z"),
    }


def batches() -> Cases:
    sealed = [bytes([31 * i]) * 80 for i in range(8)]
    body = write_batch(sealed)

    def bad(about: str, body: str) -> Case:
        return {"kind": "batch", "about": about, "body": body, "refusedWith": "invalid batch"}

    return {
        "batch": {
            "kind": "batch",
            "about": "eight lines",
            "lines": [write_sealed_id(one) for one in sealed],
            "body": body,
        },
        "batch-newline": bad("its last newline is missing", body[:-1]),
        "batch-seven": bad("seven lines", write_batch(sealed[:7])),
        "batch-twelve": bad("twelve lines, which is no rung", write_batch([*sealed, *sealed[:4]])),
        "batch-behind": bad("something behind its last newline", body + "A"),
        "batch-empty": bad("no line", ""),
    }


def words_cases() -> Cases:
    def good(about: str, text: str, typed: str | None = None) -> Case:
        typed_field = {"typed": typed} if typed else {}
        return {
            "kind": "words",
            "about": about,
            **typed_field,
            "words": text,
            "entropy": words.read(text, 12).hex(),
        }

    def bad(about: str, text: str, refused_with: str) -> Case:
        return {"kind": "words", "about": about, "words": text, "refusedWith": refused_with}

    listed = WORDS.split()
    capitals = [word.upper() for word in listed[:6]], [word.capitalize() for word in listed[6:]]
    swapped = " ".join([listed[1], listed[0], *listed[2:]])
    return {
        "words": good("a mailbox whose words are a test vector of BIP-39", WORDS),
        "words-other": good("another test vector of BIP-39", OTHER_WORDS),
        "words-four-letters": good(
            "the same words by their first four letters", WORDS, " ".join(word[:4] for word in listed)
        ),
        "words-upper-case": good(
            "the same words in capitals, on two lines", WORDS, "\n".join(" ".join(half) for half in capitals)
        ),
        "words-checksum": bad(
            "two words are exchanged", swapped, "one of the words is another one: the twelve do not fit together"
        ),
        "words-eleven": bad("a word is missing", " ".join(listed[:-1]), "it takes 12 words, and these are 11"),
        "words-three-letters": bad(
            "a word by its first three letters",
            WORDS.replace("curtain", "cur"),
            "word 5 is not one of the list's: see whether it is mistyped",
        ),
        "words-unknown": bad(
            "a word that is not on the list",
            WORDS.replace("thank", "thanks"),
            "word 8 is not one of the list's: see whether it is mistyped",
        ),
    }


def work_cases() -> Cases:
    slot = write_slot(SLOT)
    line = seal_id(ID, sodium.crypto_box_seed_keypair(count(0x0E))[0], sodium.crypto_box_seed_keypair(count(0x15))[1])
    upload_id = blake2b(count(0x07))
    start = 0x0123456789A00000

    def case(about: str, purpose: str, bound: bytes, nonce: bytes | str, at: int) -> Case:
        text = nonce if isinstance(nonce, str) else write_upload_id(nonce)
        return {
            "kind": "work",
            "about": about,
            "purpose": purpose,
            "bound": bound.hex(),
            "bits": 18,
            "work": text,
            "at": at,
            "proves": False,
        }

    def good(about: str, purpose: str, bound: bytes, at: int) -> tuple[Case, bytes]:
        seed = work.seed(purpose, slot, bound)
        nonce = work.solve(seed, 18, start)
        made = {
            "slot": slot,
            "seed": seed.hex(),
            "nonce": nonce.hex(),
            "hash": work.sha256(seed + nonce).hex(),
            "proves": True,
        }
        return {**case(about, purpose, bound, nonce, at), **made}, nonce

    def only_bits(seed: bytes, bits: int) -> bytes:
        """A nonce whose hash begins with so many zero bits, and not one more."""
        nonce = work.solve(seed, bits, 0)
        while work.has_bits(work.sha256(seed + nonce), bits + 1):
            nonce = work.solve(seed, bits, int.from_bytes(nonce, "big") + 1)
        return nonce

    register, nonce = good("work for a registration, in the last second of its slot", "register-id", line, SLOT + 299)
    upload, _ = good(
        "work for an upload URL, in the last second of the slot after its own", "upload-url", upload_id, SLOT + 599
    )
    text = register["work"]
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

    def bad(about: str, nonce: bytes | str, at: int = SLOT, bound: bytes = line) -> Case:
        return case(about, "register-id", bound, nonce, at)

    return {
        "work": register,
        "work-upload": upload,
        "work-bits": bad("one bit less than is asked for", only_bits(work.seed("register-id", slot, line), 17)),
        "work-last-bits": bad("bits that do not fit", text[:-1] + alphabet[alphabet.index(text[-1]) + 1]),
        "work-other-id": bad("was done for another sealed id", nonce, bound=flipped(line, 79)),
        "work-padded": bad("its nonce is padded", text + "="),
        "work-purpose": bad("was done for an upload URL", work.solve(work.seed("upload-url", slot, line), 18, 0)),
        "work-short": bad("seven bytes", write_upload_id(nonce[:7])),
        "work-slot-early": bad("its slot has not begun", nonce, SLOT - 1),
        "work-slot-over": bad("its slot was two before the present", nonce, SLOT + 600),
    }


def challenges() -> Cases:
    def text(bits: object, slot: str = "2026-11-22T11:25:00Z") -> str:
        return json.dumps({"work": {"bits": bits, "slot": slot}}, separators=(",", ":"))

    def good(about: str, bits: int) -> Case:
        return {
            "kind": "work challenge",
            "about": about,
            "text": text(bits),
            "bits": bits,
            "slot": "2026-11-22T11:25:00Z",
        }

    def bad(about: str, text: str, refused_with: str = "invalid challenge") -> Case:
        return {"kind": "work challenge", "about": about, "text": text, "refusedWith": refused_with}

    return {
        "challenge": good("what a drop asks for", 18),
        "challenge-most": good("as much as a drop may ask for", 24),
        "challenge-blank": bad("a blank", text(18).replace(":{", ": {", 1)),
        "challenge-half": bad("half a bit", text(17.5)),
        "challenge-json": bad("no JSON", "work"),
        "challenge-more": bad("a field more, which could mark whoever gets it", text(18).replace("}}", ',"of":"x"}}')),
        "challenge-none": bad("no bits", text(0)),
        "challenge-slot": bad("no slot", text(18, "2026-11-22T11:26:00Z"), "invalid slot"),
        "challenge-text": bad("bits as text", text("18")),
        "challenge-too-much": bad("one bit too many", text(25), "the drop asks for more work than any drop may"),
    }


def cases() -> Cases:
    return {
        **upload_ids(),
        **sealed_ids(),
        **slots(),
        **batches(),
        **words_cases(),
        **work_cases(),
        **challenges(),
    }

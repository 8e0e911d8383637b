"""Answers that others published, for what is written here and not taken from a library."""

import hashlib

import points
import stream
import xwing

# Appendix C of draft-connolly-cfrg-xwing-kem: the shared secrets of three encapsulations, whose seeds (32) and
# randomness (64) are what SHAKE-128 makes of nothing. They depend on everything that is computed before.
XWING = [
    "d2df0522128f09dd8e2c92b1e905c793d8f57a54c3da25861f10bf4ca613e384",
    "f2e86241c64d60f6649fbc6c5b7d17180b780a3f34355e64a85749949c45f150",
    "953f7f4e8c5b5049bdc771d1dffada0dd961477d1a2ae0988baa7ea6898d893f",
]
# How the first public key begins, and how the first ciphertext ends, in the same place.
XWING_KEY = "e2236b35a8c24b39b10aa1323a96a919"
XWING_CIPHERTEXT = "32fc5145030145cfb97e63e0e41d354274a079d3e6fb2e15"

# RFC 7748, section 5.2.
X25519 = (
    "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
    "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
    "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552",
)

# RFC 8032, section 7.1, test 2: secret key, public key, message, signature.
ED25519 = (
    "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
    "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
    "72",
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
    "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
)

# RFC 8439, section 2.3.2: the first half of a block; draft-irtf-cfrg-xchacha-03, section 2.2.1: HChaCha20.
CHACHA20 = "10f1e7e4d13b5915500fdd1fa32071c4c7d1f4c733c068030422aa9ac3d46c4e"
HCHACHA20 = "82413b4227b27bfed30e42508a877d73a0f9e4d58a74a853c12ec41326d3ecdc"


def check() -> None:
    """@raises AssertionError"""
    seeds = hashlib.shake_128(b"").digest(3 * 96)
    for i, expected in enumerate(XWING):
        secret_key, randomness = seeds[96 * i : 96 * i + 32], seeds[96 * i + 32 : 96 * (i + 1)]
        key = xwing.public_key(secret_key)
        ciphertext, shared = xwing.encapsulate(key, randomness)
        assert shared.hex() == expected and xwing.decapsulate(secret_key, ciphertext) == shared
        assert i > 0 or (key.hex().startswith(XWING_KEY) and ciphertext.hex().endswith(XWING_CIPHERTEXT))
    scalar, u, product = (bytes.fromhex(part) for part in X25519)
    assert points.x25519(scalar, u) == product
    seed, public, message, signature = (bytes.fromhex(part) for part in ED25519)
    assert points.ed25519_public(seed) == public and points.verify(public, message, signature)
    key = bytes(range(32))
    assert stream.chacha20_block(key, 1, bytes.fromhex("000000090000004a00000000")).hex().startswith(CHACHA20)
    assert stream.hchacha20(key, bytes.fromhex("000000090000004a0000000031415927")).hex() == HCHACHA20

"""ChaCha20, Poly1305 and their like, where libsodium does not give out what vectors of hostile cells and lines need.

XChaCha20-Poly1305 is draft-irtf-cfrg-xchacha-03 on RFC 8439; XSalsa20 is Bernstein's "Extending the Salsa20 nonce".
"""

import struct

MASK = 0xFFFFFFFF
SIGMA = struct.unpack("<4I", b"expand 32-byte k")
CLAMP = 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF
P1305 = 2**130 - 5


def _rotate(x: int, n: int) -> int:
    return (x << n | x >> (32 - n)) & MASK


def _chacha_rounds(state: list[int]) -> list[int]:
    x = list(state)

    def quarter(a: int, b: int, c: int, d: int) -> None:
        x[a] = (x[a] + x[b]) & MASK
        x[d] = _rotate(x[d] ^ x[a], 16)
        x[c] = (x[c] + x[d]) & MASK
        x[b] = _rotate(x[b] ^ x[c], 12)
        x[a] = (x[a] + x[b]) & MASK
        x[d] = _rotate(x[d] ^ x[a], 8)
        x[c] = (x[c] + x[d]) & MASK
        x[b] = _rotate(x[b] ^ x[c], 7)

    for _ in range(10):
        for i in range(4):
            quarter(i, 4 + i, 8 + i, 12 + i)
        for i in range(4):
            quarter(i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4)
    return x


def hchacha20(key: bytes, nonce: bytes) -> bytes:
    """Draft-irtf-cfrg-xchacha-03, section 2.2; the nonce has 16 bytes."""
    x = _chacha_rounds([*SIGMA, *struct.unpack("<8I", key), *struct.unpack("<4I", nonce)])
    return struct.pack("<8I", *x[:4], *x[12:])


def chacha20_block(key: bytes, counter: int, nonce: bytes) -> bytes:
    """RFC 8439, section 2.3; the nonce has 12 bytes."""
    state = [*SIGMA, *struct.unpack("<8I", key), counter, *struct.unpack("<3I", nonce)]
    return struct.pack("<16I", *((a + b) & MASK for a, b in zip(state, _chacha_rounds(state))))


def xchacha_poly_key(key: bytes, nonce: bytes) -> tuple[int, int]:
    """r and s of the one-time key with which XChaCha20-Poly1305 makes its tag."""
    block = chacha20_block(hchacha20(key, nonce[:16]), 0, bytes(4) + nonce[16:])
    return int.from_bytes(block[:16], "little") & CLAMP, int.from_bytes(block[16:32], "little")


def hsalsa20(key: bytes, block: bytes) -> bytes:
    """What crypto_box makes its key with: of the shared secret and 16 zeros."""
    k, n = struct.unpack("<8I", key), struct.unpack("<4I", block)
    x = [SIGMA[0], *k[:4], SIGMA[1], *n, SIGMA[2], *k[4:], SIGMA[3]]

    def quarter(a: int, b: int, c: int, d: int) -> None:
        x[b] ^= _rotate((x[a] + x[d]) & MASK, 7)
        x[c] ^= _rotate((x[b] + x[a]) & MASK, 9)
        x[d] ^= _rotate((x[c] + x[b]) & MASK, 13)
        x[a] ^= _rotate((x[d] + x[c]) & MASK, 18)

    for _ in range(10):
        for i in range(4):
            quarter(5 * i, (5 * i + 4) % 16, (5 * i + 8) % 16, (5 * i + 12) % 16)
        for i in range(4):
            quarter(5 * i, 4 * i + (i + 1) % 4, 4 * i + (i + 2) % 4, 4 * i + (i + 3) % 4)
    return struct.pack("<8I", *(x[i] for i in (0, 5, 10, 15, 6, 7, 8, 9)))

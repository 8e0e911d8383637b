"""ML-KEM-768 as FIPS 203 has it, for test vectors only: readable, slow, and not in constant time.

Names and numbers of algorithms are FIPS 203's. All randomness is an argument.
"""

import hashlib

Q = 3329
N = 256
K = 3
ETA = 2  # both eta1 and eta2 of ML-KEM-768
DU = 10
DV = 4

PUBLIC_KEY_BYTES = 384 * K + 32
CIPHERTEXT_BYTES = 32 * (DU * K + DV)


def _bit_reverse(i: int) -> int:
    """BitRev7 of section 4.3."""
    return int(f"{i:07b}"[::-1], 2)


ZETAS = [pow(17, _bit_reverse(i), Q) for i in range(128)]
GAMMAS = [pow(17, 2 * _bit_reverse(i) + 1, Q) for i in range(128)]
HALF_N_INVERSE = pow(128, -1, Q)


def _g(data: bytes) -> tuple[bytes, bytes]:
    """G of section 4.1."""
    digest = hashlib.sha3_512(data).digest()
    return digest[:32], digest[32:]


def _h(data: bytes) -> bytes:
    """H of section 4.1."""
    return hashlib.sha3_256(data).digest()


def _j(data: bytes) -> bytes:
    """J of section 4.1."""
    return hashlib.shake_256(data).digest(32)


def _prf(seed: bytes, counter: int) -> bytes:
    """PRF of section 4.1, for eta = 2."""
    return hashlib.shake_256(seed + bytes([counter])).digest(64 * ETA)


def byte_encode(d: int, values: list[int]) -> bytes:
    """ByteEncode_d, algorithm 5: d bits of each value, the lowest first."""
    bits = 0
    for i, value in enumerate(values):
        bits |= value << (d * i)
    return bits.to_bytes(32 * d, "little")


def byte_decode(d: int, data: bytes) -> list[int]:
    """ByteDecode_d, algorithm 6; for d = 12 without the reduction, so that a caller sees values that are too large."""
    bits = int.from_bytes(data, "little")
    return [(bits >> (d * i)) & ((1 << d) - 1) for i in range(N)]


def _compress(d: int, value: int) -> int:
    """Compress_d of section 4.2.1: rounds half up."""
    return ((value << (d + 1)) + Q) // (2 * Q) % (1 << d)


def _decompress(d: int, value: int) -> int:
    """Decompress_d of section 4.2.1."""
    return (value * Q + (1 << (d - 1))) >> d


def _sample_ntt(seed: bytes) -> list[int]:
    """SampleNTT, algorithm 7."""
    size = 840  # five blocks of SHAKE128; more where luck wants it
    while True:
        stream = hashlib.shake_128(seed).digest(size)
        values: list[int] = []
        for i in range(0, size, 3):
            a, b, c = stream[i : i + 3]
            for value in (a + 256 * (b % 16), b // 16 + 16 * c):
                if value < Q and len(values) < N:
                    values.append(value)
        if len(values) == N:
            return values
        size += 168


def _sample_cbd(data: bytes) -> list[int]:
    """SamplePolyCBD_2, algorithm 8."""
    bits = int.from_bytes(data, "little")
    values = []
    for i in range(N):
        four = bits >> (4 * i)
        values.append(((four & 1) + (four >> 1 & 1) - (four >> 2 & 1) - (four >> 3 & 1)) % Q)
    return values


def _ntt(f: list[int]) -> list[int]:
    """NTT, algorithm 9."""
    f = list(f)
    i = 1
    length = 128
    while length >= 2:
        for start in range(0, N, 2 * length):
            zeta = ZETAS[i]
            i += 1
            for j in range(start, start + length):
                t = zeta * f[j + length] % Q
                f[j + length] = (f[j] - t) % Q
                f[j] = (f[j] + t) % Q
        length //= 2
    return f


def _inverse_ntt(f: list[int]) -> list[int]:
    """NTT^-1, algorithm 10."""
    f = list(f)
    i = 127
    length = 2
    while length <= 128:
        for start in range(0, N, 2 * length):
            zeta = ZETAS[i]
            i -= 1
            for j in range(start, start + length):
                t = f[j]
                f[j] = (t + f[j + length]) % Q
                f[j + length] = zeta * (f[j + length] - t) % Q
        length *= 2
    return [value * HALF_N_INVERSE % Q for value in f]


def _multiply(f: list[int], g: list[int]) -> list[int]:
    """MultiplyNTTs, algorithms 11 and 12."""
    h = []
    for i in range(128):
        a0, a1, b0, b1 = f[2 * i], f[2 * i + 1], g[2 * i], g[2 * i + 1]
        h += [(a0 * b0 + a1 * b1 * GAMMAS[i]) % Q, (a0 * b1 + a1 * b0) % Q]
    return h


def _add(*polynomials: list[int]) -> list[int]:
    return [sum(values) % Q for values in zip(*polynomials)]


def _dot(row: list[list[int]], column: list[list[int]]) -> list[int]:
    return _add(*(_multiply(f, g) for f, g in zip(row, column)))


def _matrix(rho: bytes) -> list[list[list[int]]]:
    """A^ of algorithms 13 and 14: the column's number comes first."""
    return [[_sample_ntt(rho + bytes([j, i])) for j in range(K)] for i in range(K)]


def _pke_encrypt(public_key: bytes, message: bytes, randomness: bytes) -> bytes:
    """K-PKE.Encrypt, algorithm 14."""
    t = [[v % Q for v in byte_decode(12, public_key[384 * i : 384 * (i + 1)])] for i in range(K)]
    a = _matrix(public_key[384 * K :])
    y = [_ntt(_sample_cbd(_prf(randomness, i))) for i in range(K)]
    e1 = [_sample_cbd(_prf(randomness, K + i)) for i in range(K)]
    e2 = _sample_cbd(_prf(randomness, 2 * K))
    u = [_add(_inverse_ntt(_dot([a[j][i] for j in range(K)], y)), e1[i]) for i in range(K)]
    mu = [_decompress(1, bit) for bit in byte_decode(1, message)]
    v = _add(_inverse_ntt(_dot(t, y)), e2, mu)
    return b"".join(byte_encode(DU, [_compress(DU, x) for x in f]) for f in u) + byte_encode(
        DV, [_compress(DV, x) for x in v]
    )


def _pke_decrypt(secret: list[list[int]], ciphertext: bytes) -> bytes:
    """K-PKE.Decrypt, algorithm 15; `secret` is s^."""
    size = 32 * DU
    u = [[_decompress(DU, x) for x in byte_decode(DU, ciphertext[size * i : size * (i + 1)])] for i in range(K)]
    v = [_decompress(DV, x) for x in byte_decode(DV, ciphertext[size * K :])]
    product = _inverse_ntt(_dot(secret, [_ntt(f) for f in u]))
    return byte_encode(1, [_compress(1, (x - y) % Q) for x, y in zip(v, product)])


def _key_gen(d: bytes) -> tuple[bytes, list[list[int]]]:
    """K-PKE.KeyGen, algorithm 13: the public key, and s^."""
    rho, sigma = _g(d + bytes([K]))
    a = _matrix(rho)
    s = [_ntt(_sample_cbd(_prf(sigma, i))) for i in range(K)]
    e = [_ntt(_sample_cbd(_prf(sigma, K + i))) for i in range(K)]
    t = [_add(_dot(a[i], s), e[i]) for i in range(K)]
    return b"".join(byte_encode(12, f) for f in t) + rho, s


def public_key(d: bytes) -> bytes:
    """ML-KEM.KeyGen_internal, algorithm 16: the encapsulation key of the seed d (z has no part in it)."""
    return _key_gen(d)[0]


def is_public_key(key: bytes) -> bool:
    """The check of an encapsulation key, section 7.2: its size, and all coefficients below 3,329."""
    return len(key) == PUBLIC_KEY_BYTES and all(
        value < Q for i in range(K) for value in byte_decode(12, key[384 * i : 384 * (i + 1)])
    )


def encapsulate(key: bytes, message: bytes) -> tuple[bytes, bytes]:
    """ML-KEM.Encaps_internal, algorithm 17: ciphertext and shared secret; `message` are the 32 random bytes."""
    shared, randomness = _g(message + _h(key))
    return _pke_encrypt(key, message, randomness), shared


def decapsulate(d: bytes, z: bytes, ciphertext: bytes) -> bytes:
    """ML-KEM.Decaps_internal, algorithm 18, from the seeds: the shared secret, or one that says nothing."""
    if len(ciphertext) != CIPHERTEXT_BYTES:
        raise ValueError("an ML-KEM-768 ciphertext has 1,088 bytes")
    key, secret = _key_gen(d)
    message = _pke_decrypt(secret, ciphertext)
    shared, randomness = _g(message + _h(key))
    if _pke_encrypt(key, message, randomness) != ciphertext:
        return _j(z + ciphertext)
    return shared

"""The one construction behind stamp codes and hidden codes.

Both are a truncated HMAC-SHA-256 over a serial, made by an itsdangerous
`Signer`. They differ in purpose (a part of the salt), in size, and in the root
key that their callers use.
"""

from functools import lru_cache
from hashlib import sha256
from typing import Any

from itsdangerous.signer import HMACAlgorithm, Signer

from stamps.errors import BadSerial
from stamps.keys import Key

MAX_SERIAL = 31 * 2**31 - 1
"""The last serial: it fits 36 bits and keeps the first 5 of them below 31, so
that no code of this version starts with Z. Later forms may."""

BLOCK = 4096
"""Serials that share a derived key. A run starts on a multiple of it."""


class TruncatedHMAC(HMACAlgorithm):
    """HMAC cut to its first `size` bytes (RFC 2104, section 5).

    Only the making is changed: `verify_signature` stays the library's, which
    compares in constant time.
    """

    def __init__(self, size: int) -> None:
        super().__init__(sha256)
        self.size = size

    def get_signature(self, key: bytes, value: bytes) -> bytes:
        return super().get_signature(key, value)[: self.size]


class SerialSigner:
    """Signs serials for one purpose, such as b"traceapp/stamp/1/", with `size` bytes.

    The salt is the purpose and the block (`serial >> 12`) as 3 bytes, big-endian,
    so that each block has its own derived key; the message is the serial as 5
    bytes, big-endian.
    """

    def __init__(self, purpose: bytes, size: int) -> None:
        self.purpose = purpose
        self.algorithm = TruncatedHMAC(size)

    def signature(self, key: Key, serial: int) -> bytes:
        """The first `size` bytes of HMAC-SHA-256 over the serial.

        Raises BadSerial outside 0..MAX_SERIAL.
        """
        return self.algorithm.get_signature(*self._derived(key, serial))

    def signatures(self, key: Key, first: int, last: int) -> bytes:
        """The signatures of `first` to `last`, both included, one after the other.

        Raises BadSerial for a range outside 0..MAX_SERIAL or of no serials.
        """
        if checked(first) > checked(last):
            raise BadSerial("a range ends before it starts")
        blocks = range(first // BLOCK, last // BLOCK + 1)
        return b"".join(
            self._of_block(
                _block_key(key, self.purpose, block),
                range(max(first, block * BLOCK), min(last, block * BLOCK + BLOCK - 1) + 1),
            )
            for block in blocks
        )

    def _of_block(self, block_key: bytes, serials: range) -> bytes:
        """The signatures of serials that share a derived key."""
        # HMAC is two hashes, each of which begins with a block made of the key
        # (RFC 2104, section 2). Both beginnings are hashed once here and copied
        # for each serial: the library, which is asked for one signature at a
        # time, spends most of it on beginning anew.
        padded = block_key.ljust(sha256().block_size, b"\0")
        inner = sha256(bytes(byte ^ 0x36 for byte in padded)).copy
        outer = sha256(bytes(byte ^ 0x5C for byte in padded)).copy
        size = self.algorithm.size
        signatures = []
        for serial in serials:
            message = inner()
            message.update(serial.to_bytes(5, "big"))
            signature = outer()
            signature.update(message.digest())
            signatures.append(signature.digest()[:size])
        return b"".join(signatures)

    def verifies(self, key: Key, serial: int, signature: bytes) -> bool:
        """Whether this key made this signature, compared in constant time.

        Raises BadSerial outside 0..MAX_SERIAL.
        """
        return self.algorithm.verify_signature(*self._derived(key, serial), signature)

    def _derived(self, key: Key, serial: int) -> tuple[bytes, bytes]:
        """The block's derived key (32 bytes) and the message (5 bytes)."""
        block = checked(serial) // BLOCK
        return _block_key(key, self.purpose, block), serial.to_bytes(5, "big")


@lru_cache(maxsize=4096)
def _block_key(key: Key, purpose: bytes, block: int) -> bytes:
    """The key of one block of serials, 32 bytes."""
    # Both choices are said out loud: the library's own defaults are SHA-1
    # and "django-concat".
    digest_method: Any = sha256
    signer = Signer(
        key.secret,
        salt=purpose + block.to_bytes(3, "big"),
        key_derivation="hmac",
        digest_method=digest_method,
    )
    return signer.derive_key()


def checked(serial: int) -> int:
    """The serial itself, or BadSerial when no counter could have given it."""
    if not 0 <= serial <= MAX_SERIAL:
        raise BadSerial(f"a serial is within 0..{MAX_SERIAL}")
    return serial

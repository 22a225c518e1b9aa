"""Signatures of this room on what it hands to strangers and wants back unchanged."""

from __future__ import annotations

from functools import cache, lru_cache
from hashlib import sha256
from hmac import digest

from itsdangerous import Signer
from itsdangerous.signer import HMACAlgorithm

from stamps import KeyRing


class _InOneCall(HMACAlgorithm):
    """HMAC-SHA-256 without an object for each signature; the comparison stays the library's."""

    def get_signature(self, key: bytes, value: bytes) -> bytes:
        return digest(key, value, "sha256")


class _Signer(Signer):
    """HMAC-SHA-256. Each key is derived once: the library would do it for every signature."""

    def __init__(self, ring: KeyRing, salt: bytes) -> None:
        super().__init__(
            [key.secret for key in ring],
            salt=salt,
            key_derivation="hmac",
            digest_method=sha256,
            algorithm=_InOneCall(sha256),
        )
        self._derived = cache(super().derive_key)

    def derive_key(self, secret_key: str | bytes | None = None) -> bytes:
        return self._derived(secret_key)


@lru_cache(maxsize=8)
def signer(ring: KeyRing, salt: bytes) -> Signer:
    """Signs with the newest session key, and believes them all."""
    return _Signer(ring, salt)

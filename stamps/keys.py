"""Root keys and the ring that holds them, from the oldest to the newest.

A key is 32 secret bytes and nothing else: its id is a fingerprint of them, so
that one id cannot name two secrets, and a file that lost its name can be
recognised. Making random keys, reading and keeping them is done elsewhere.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256

from stamps.errors import BadKey

SECRET_BYTES = 32


@dataclass(frozen=True)
class Key:
    """One root key: 32 bytes (256 bits) that never appear in a repr.

    Raises BadKey at construction for a secret of any other type or size.
    """

    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if not isinstance(self.secret, bytes) or len(self.secret) != SECRET_BYTES:
            raise BadKey(f"a key is {SECRET_BYTES} bytes")

    @cached_property
    def id(self) -> str:
        """The key's public name: 8 hex digits (32 bits) of a SHA-256 fingerprint.

        The prefix keeps the fingerprint apart from any other hash of the same
        bytes. The id is no secret: it stands in rows, logs and reports.
        """
        return sha256(b"traceapp/key/1/" + self.secret).hexdigest()[:8]

    def __repr__(self) -> str:
        return f"Key({self.id})"


class KeyRing:
    """Keys of one purpose, from oldest to newest; never changes once made.

    Stamps and hidden codes have a ring each. The newest key signs new runs;
    every key stays, because what was printed with it must verify for ever.

    Raises BadKey at construction for an empty ring, for the same key twice, and
    for two keys that share an id, since a run remembers its keys by id alone.
    """

    __slots__ = ("_by_id",)

    def __init__(self, keys: Iterable[Key]) -> None:
        given = tuple(keys)
        by_id = {key.id: key for key in given}
        if not given:
            raise BadKey("a key ring needs at least one key")
        if len(by_id) != len(given):
            raise BadKey("a key ring holds each key once")
        self._by_id = by_id

    @property
    def newest(self) -> Key:
        """The key that signs new runs."""
        return next(reversed(self._by_id.values()))

    def get(self, key_id: str) -> Key | None:
        """The key of that id, or None when this ring does not hold it."""
        return self._by_id.get(key_id)

    def __iter__(self) -> Iterator[Key]:
        return iter(self._by_id.values())

    def __reversed__(self) -> Iterator[Key]:
        return reversed(self._by_id.values())

    def __len__(self) -> int:
        return len(self._by_id)

    def __contains__(self, key: object) -> bool:
        return isinstance(key, Key) and self._by_id.get(key.id) == key

    def __eq__(self, other: object) -> bool:
        return isinstance(other, KeyRing) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(tuple(self._by_id))

    def __repr__(self) -> str:
        return f"KeyRing({', '.join(self._by_id)})"

"""Pages that are alike from look to look but for a few words: drawn once with holes, then filled.

Such a page is compressed but once, too: what stands between two holes is a deflate stream of its
own (RFC 1951), and what fills a hole is put between as it is. So nothing a stranger sent is ever
compressed together with a secret of the page.
"""

from __future__ import annotations

import re
import secrets
import struct
import threading
import zlib
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping

from markupsafe import Markup

MOST = 2_000  # pages that a process keeps; one takes some 25 kilobytes
LEVEL = 9

# Nobody outside can write what stands for a hole.
_SECRET = secrets.token_hex(8)
_HOLE = re.compile(rf"{_SECRET}\.(\w+)\.")

_GZIP = b"\x1f\x8b\x08\0\0\0\0\0\x02\xff"  # RFC 1952: deflate, no time, no name, any system
_END = b"\x03\0"  # a last block that is empty


def hole(name: str) -> Markup:
    """What stands in a template's context in the place of a word that differs."""
    return Markup(f"{_SECRET}.{name}.")  # noqa: S704


class Drawn:
    """A page with holes. What fills them is markup already."""

    def __init__(self, html: str) -> None:
        parts = _HOLE.split(html)
        self._names = parts[1::2]
        self._texts = [text.encode() for text in parts[::2]]
        packer = zlib.compressobj(LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
        self._packed = [
            packer.compress(text) + packer.flush(zlib.Z_FULL_FLUSH) for text in self._texts
        ]

    def plain(self, filled: Mapping[str, str]) -> bytes:
        """The page as it is."""
        return self._woven(self._texts, {name: word.encode() for name, word in filled.items()})

    def gzipped(self, filled: Mapping[str, str]) -> bytes:
        """The page as a gzip file."""
        words = {name: word.encode() for name, word in filled.items()}
        stored = {name: _stored(word) for name, word in words.items()}
        whole = self._woven(self._texts, words)
        sums = struct.pack("<II", zlib.crc32(whole), len(whole) & 0xFFFFFFFF)
        return b"".join((_GZIP, self._woven(self._packed, stored), _END, sums))

    def sent(
        self, filled: Mapping[str, str], *, packed: bool
    ) -> tuple[bytes, list[tuple[str, str]]]:
        """The page and the headers that tell what it is."""
        headers = [("Content-Type", "text/html; charset=utf-8")]
        if not packed:
            return self.plain(filled), headers
        return self.gzipped(filled), [*headers, ("Content-Encoding", "gzip")]

    def _woven(self, between: list[bytes], words: Mapping[str, bytes]) -> bytes:
        woven = [b""] * (len(between) + len(self._names))
        woven[::2] = between
        woven[1::2] = [words[name] for name in self._names]
        return b"".join(woven)


def _stored(word: bytes) -> bytes:
    """A word as a deflate block that is not compressed (RFC 1951, section 3.2.4)."""
    return struct.pack("<xHH", len(word), len(word) ^ 0xFFFF) + word


class Drawings:
    """Drawn pages, those that were asked for last. Each is kept with the object it tells of, which
    must not change and whose identity is a part of its key."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, tuple[object, Drawn]] = OrderedDict()

    def of(self, told: object, depends: Hashable, draw: Callable[[], Drawn]) -> Drawn:
        key = (id(told), depends)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key][1]
        drawn = draw()
        with self._lock:
            self._kept[key] = (told, drawn)
            if len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return drawn

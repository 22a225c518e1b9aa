"""When a request has arrived whole: its head, and its body by length or in chunks (RFC 9112).

Nothing here reads a socket or judges a request: that is gunicorn's, which is given the very bytes
that came. Where the two should ever differ, gunicorn finds no more bytes and closes the connection.
"""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass
from enum import Enum, auto
from typing import IO, Protocol

LONGEST_HEAD = 16 * 1024  # bytes
KEPT_IN_MEMORY = 64 * 1024  # bytes of a body; what is longer goes to a temporary file
LONGEST_CHUNK_LINE = 1024  # bytes of the line that tells a chunk's size, or of a trailer
ARRIVES_WITHIN = 20.0  # seconds for the whole request
SLOWEST = 50_000  # bytes a second, for which a body in a temporary file is given more time

_HEAD_ENDS = b"\r\n\r\n"
# The headers that tell where a body ends, and whether its sender waits to be told to go on.
_FRAMING = re.compile(
    rb"\r\n(content-length|transfer-encoding|expect):[ \t]*([^\r\n]*)", re.IGNORECASE
)
_LENGTH = re.compile(rb"[0-9]{1,15}")
_OLD = re.compile(rb"(?:\r\n)?[^\r\n]*HTTP/1\.0\r\n")
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;.*)?")


class Standing(Enum):
    """How far a request has come."""

    ARRIVING = auto()
    WHOLE = auto()
    CUT = auto()  # no more of it is read: gunicorn and the application say what is wrong with it


class NoRoom(Exception):
    """As many large bodies are arriving as are taken at once, or the disk is full."""


class SpoolRoom:
    """Temporary files without a name, for so many large bodies at once."""

    def __init__(self, most: int) -> None:
        self._free = most

    def open(self) -> IO[bytes]:
        """Raises NoRoom."""
        if not self._free:
            raise NoRoom
        try:
            file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115  (closed by `close`)
        except OSError:
            raise NoRoom from None
        self._free -= 1
        return file

    def close(self, file: IO[bytes]) -> None:
        self._free += 1
        file.close()


class Broken(Exception):
    """A framing that cannot be followed."""


class _Body(Protocol):
    """What tells where a body ends."""

    whole: bool

    def take(self, data: bytes) -> int:
        """How many of these bytes belong to the body. Raises Broken."""


class Sized:
    """A body that is so many bytes long."""

    def __init__(self, length: int) -> None:
        self._left = length
        self.whole = length == 0

    def take(self, data: bytes) -> int:
        taken = min(self._left, len(data))
        self._left -= taken
        self.whole = self._left == 0
        return taken


class Chunked:
    """A body in chunks, up to the empty line after its trailers (RFC 9112, section 7.1)."""

    def __init__(self) -> None:
        self.whole = False
        self._line = bytearray()
        self._left = 0  # bytes of the chunk under way, with the line end after it
        self._in_trailers = False

    def take(self, data: bytes) -> int:
        at = 0
        while at < len(data) and not self.whole:
            if self._left:
                step = min(self._left, len(data) - at)
                self._left -= step
                at += step
                continue
            end = data.find(b"\n", at) + 1
            self._line += data[at : end or len(data)]
            at = end or len(data)
            if len(self._line) > LONGEST_CHUNK_LINE:
                raise Broken
            if end:
                self._end_line()
        return at

    def _end_line(self) -> None:
        line = bytes(self._line)
        self._line.clear()
        if not line.endswith(b"\r\n"):
            raise Broken
        if self._in_trailers:
            self.whole = line == b"\r\n"
            return
        size = _CHUNK_SIZE.fullmatch(line[:-2])
        if size is None:
            raise Broken
        length = int(size[1], 16)
        self._in_trailers = length == 0
        self._left = length + 2 if length else 0


@dataclass(frozen=True)
class Limits:
    """How many bytes a body may have, as sent, and within how many seconds a request is whole."""

    largest_body: int = 1_000_000
    within: float = ARRIVES_WITHIN


class Arrival:
    """One request as it comes in, since a moment in seconds."""

    def __init__(self, room: SpoolRoom, limits: Limits, since: float) -> None:
        self.standing = Standing.ARRIVING
        self.long_head = False
        self.waits_for_leave = False
        self.kept = bytearray()  # the head, and the body's beginning
        self.spool: IO[bytes] | None = None
        self.beyond = b""  # what came after it: the next request's beginning
        self._room = room
        self._limits = limits
        self._since = since
        self._body: _Body | None = None
        self._head = 0
        self._taken = 0

    @property
    def begun(self) -> bool:
        return bool(self.kept)

    @property
    def deadline(self) -> float:
        """The moment at which it must be whole; a large body is given time as long as it comes."""
        spooled = max(0, self._taken - KEPT_IN_MEMORY)
        return self._since + self._limits.within + spooled / SLOWEST

    def take(self, data: bytes) -> None:
        """Take what came next. Raises NoRoom."""
        if self._body is None:
            data = self._take_head(data)
        if self._body is None or self.standing is not Standing.ARRIVING:
            return
        try:
            taken = self._body.take(data)
        except Broken:
            self._keep(data)
            self.standing = Standing.CUT
            return
        self._keep(data[:taken])
        if self._body.whole:
            self.beyond = data[taken:]
            self.standing = Standing.WHOLE
        elif self._taken > self._limits.largest_body:
            self.standing = Standing.CUT

    def close(self) -> None:
        if self.spool is not None:
            self._room.close(self.spool)
            self.spool = None

    def _take_head(self, data: bytes) -> bytes:
        """What follows the head in these bytes."""
        searched = max(0, len(self.kept) - len(_HEAD_ENDS) + 1)
        self.kept += data
        end = self.kept.find(_HEAD_ENDS, searched)
        self._head = end + len(_HEAD_ENDS) if end >= 0 else len(self.kept)
        if self._head > LONGEST_HEAD:
            self.long_head = True
            self.standing = Standing.CUT
        elif end < 0:
            # gunicorn refuses lines without CR (RFC 9112, section 2.2): no use waiting for more.
            if self.kept.count(b"\n") != self.kept.count(b"\r\n"):
                self.standing = Standing.CUT
        else:
            rest = bytes(self.kept[self._head :])
            del self.kept[self._head :]
            self._read_head(bytes(self.kept[:end]))
            return rest
        return b""

    def _read_head(self, head: bytes) -> None:
        """Find out how the body ends; what is not clear is left to gunicorn, which refuses it."""
        told: dict[bytes, list[bytes]] = {}
        for name, value in _FRAMING.findall(head):
            told.setdefault(name.lower(), []).append(value.rstrip(b" \t").lower())
        lengths = told.get(b"content-length", [])
        codings = told.get(b"transfer-encoding", [])
        expected = told.get(b"expect", [])
        if len(lengths) + len(codings) > 1 or set(expected) - {b"100-continue"}:
            self.standing = Standing.CUT
        elif codings:
            self._body = Chunked()
            if codings[0].rpartition(b",")[2].strip(b" \t") != b"chunked":
                self.standing = Standing.CUT
        elif lengths and not _LENGTH.fullmatch(lengths[0]):
            self.standing = Standing.CUT
        else:
            length = int(lengths[0]) if lengths else 0
            self._body = Sized(length)
            if length > self._limits.largest_body:
                self.standing = Standing.CUT
        old = _OLD.match(head) is not None
        self.waits_for_leave = bool(expected) and not old

    def _keep(self, data: bytes) -> None:
        self._taken += len(data)
        if self.spool is None and self._taken > KEPT_IN_MEMORY:
            self.spool = self._room.open()
        if self.spool is None:
            self.kept += data
            return
        try:
            self.spool.write(data)
        except OSError:
            raise NoRoom from None

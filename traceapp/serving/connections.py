"""A connection to a browser or a proxy, as gunicorn handles it, but read and written elsewhere."""

from __future__ import annotations

import fcntl
import socket
import struct
import termios
from typing import Any

from gunicorn.http.errors import LimitRequestHeaders
from gunicorn.http.unreader import SocketUnreader
from gunicorn.workers.gthread import TConn

from traceapp.serving.arriving import Arrival
from traceapp.serving.plain_heads import Reader


class Arrived(SocketUnreader):  # type: ignore[misc]  # gunicorn has no types
    """What gunicorn reads a request from: bytes that are here, and never the socket."""

    def hold(self, arrival: Arrival) -> None:
        self._arrival = arrival
        if arrival.spool is not None:
            arrival.spool.seek(0)
        self.unread(bytes(arrival.kept))

    def chunk(self, size_hint: int | None = None) -> bytes:
        if self._arrival.long_head:
            raise LimitRequestHeaders("the head is too long")
        if self._arrival.spool is None:
            return b""
        return self._arrival.spool.read(max(size_hint or 0, self.mxchunk))

    @property
    def empty(self) -> bool:
        return not self.buf.getvalue()


class Kept:
    """A socket that keeps what it is given to send."""

    def __init__(self, of: socket.socket) -> None:
        self._of = of
        self.data = bytearray()

    def sendall(self, data: bytes) -> None:
        self.data += data

    def setblocking(self, blocking: bool) -> None:
        """Nothing here waits."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._of, name)


class Connection(TConn):  # type: ignore[misc]  # gunicorn has no types
    """One connection: the request that arrives on it, or the time until which it may leave."""

    parser: Any
    arrival: Arrival
    leaves_by: float | None = None
    drained = 0
    said = 0  # bytes that were sent since all was known to be read, or that are unread
    polled = False
    closed = False
    stops_by = float("inf")

    def hand_over(self) -> None:
        """Let gunicorn's parser read what has arrived."""
        self.data_ready = True
        if self.parser is None:
            self.parser = Reader(self.cfg, self.sock, self.client)
            self.parser.unreader = Arrived(self.sock)
        self.init()
        self.parser.unreader.hold(self.arrival)

    def unread(self, matters: int) -> int:
        """How many bytes of what was said to it the system still keeps, where that may matter."""
        if self.said >= matters:
            told = fcntl.ioctl(self.sock.fileno(), termios.TIOCOUTQ, bytes(4))
            self.said = int(struct.unpack("@i", told)[0])
        return self.said

    def deadline(self) -> float:
        own = self.arrival.deadline if self.leaves_by is None else self.leaves_by
        return min(own, self.stops_by)

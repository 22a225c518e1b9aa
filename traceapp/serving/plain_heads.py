"""The heads that phones' cameras send for a stamp's link, taken apart in one stroke.

gunicorn's own parser, which takes anything, costs more than finding the answer to such a look. What
is read here is a narrow part of what it reads, and is read alike; it is asked for all the rest.
"""

from __future__ import annotations

import re
from typing import Any

from gunicorn.http.message import Request
from gunicorn.http.parser import RequestParser

MOST_BYTES = 4096  # of such a head
MOST_FIELDS = 40

# No part of it can be matched in two ways, so that what does not match costs no time either.
_HEAD = re.compile(
    r"GET (?P<path>/(?:[Ss]|01)/[0-9A-Za-z/_.-]++) HTTP/1\.1\r\n"
    r"(?P<fields>(?:[0-9A-Za-z-]++:[ -~]++\r\n)++)\r\n"
)
_HOST = re.compile(r"[0-9A-Za-z.:\[\]-]+")

# Of these hangs how a message is read, or how it is answered: they are gunicorn's to judge.
_WEIGHTY = frozenset(
    {"CONTENT-LENGTH", "CONTENT-TYPE", "EXPECT", "TRANSFER-ENCODING", "TRAILER", "UPGRADE"}
)


class _Request(Request):  # type: ignore[misc]  # gunicorn has no types
    plain = False

    def _parse_python(self, unreader: Any, buf: bytearray) -> Any:
        """What is left of the bytes once the head is read."""
        return b"" if self._take(buf) else super()._parse_python(unreader, buf)

    def _take(self, head: bytearray) -> bool:
        """Whether this was a plain head, and has been read."""
        # A proxy that gunicorn believes, and a socket of the system's own, may say more.
        if len(head) > MOST_BYTES or self._peer_is_trusted():
            return False
        found = _HEAD.fullmatch(head.decode("latin-1"))
        if found is None:
            return False
        lines = found["fields"].split("\r\n")
        fields = [(name.upper(), value.strip(" ")) for name, _, value in map(_parted, lines[:-1])]
        given = dict(fields)
        if len(given) < len(fields) or len(fields) > MOST_FIELDS:
            return False
        if given.keys() & _WEIGHTY or not _HOST.fullmatch(given.get("HOST", "")):
            return False
        self.method, self.version, self.headers = "GET", (1, 1), fields
        self.uri = self.path = found["path"]
        self.query = self.fragment = ""
        self.plain = True
        return True

    def _peer_is_trusted(self) -> bool:
        return bool(self.cfg.forwarded_allow_ips) or not isinstance(self.peer_addr, tuple)


def _parted(line: str) -> tuple[str, str, str]:
    return line.partition(":")


class Reader(RequestParser):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn's parser, which reads plain heads in its own way."""

    mesg_class = _Request

    def finish_body(self, deadline: float | None = None, max_bytes: int | None = None) -> bool:
        """Discard what is left of the last request's body: a plain head has none."""
        if self.mesg is not None and self.mesg.plain:
            return True
        return bool(super().finish_body(deadline, max_bytes))

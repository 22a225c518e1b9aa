"""Answers to plain heads, run and worded as gunicorn does, in a fraction of its time.

Whoever asked is answered from the loop, which keeps an answer until it is whole: nothing streams
here, and every answer tells its length.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from gunicorn import util
from gunicorn.config import Config
from gunicorn.http.wsgi import SERVER, base_environ

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

    from traceapp.serving.connections import Connection

# RFC 9110, sections 5.1, 5.5 and 15. No line is sent that an application did not mean to send.
_STATUS = re.compile(r"[2-5][0-9]{2} [ -~]*")
_FIELDS = re.compile(r"(?:[!#$%&'*+.^_`|~0-9A-Za-z-]++: [\t -~\x80-\xff]*+\r\n)*+")

# The connection is the server's (RFC 9110, section 7.6.1), and so is where its answer ends.
_OURS = frozenset(
    {
        "connection",
        "content-length",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "server",
        "date",
        "te",
        "trailer",
        "trailers",
        "transfer-encoding",
        "upgrade",
    }
)
_BODILESS = ("204", "304")  # RFC 9110, section 6.4.1


class BadAnswer(ValueError):
    """An application said something that cannot be sent. Nothing of it was."""


class PlainAnswers:
    """Those of one worker."""

    def __init__(self, cfg: Config) -> None:
        self._base = {
            **base_environ(cfg),
            "wsgi.multithread": True,
            "REQUEST_METHOD": "GET",
            "QUERY_STRING": "",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "SCRIPT_NAME": "",
            "wsgi.url_scheme": "https" if cfg.is_ssl else "http",
        }

    def answer(self, app: WSGIApplication, req: Any, conn: Connection, *, closes: bool) -> bytes:
        """All bytes of the answer. Raises what the application raises, and BadAnswer."""
        said = _Said()
        chunks: Iterable[bytes] = app(self.environ(req, conn), said.start_response)
        try:
            body = b"".join(chunks)
        finally:
            if hasattr(chunks, "close"):
                chunks.close()
        return said.sent(body, closes=closes)

    def environ(self, req: Any, conn: Connection) -> dict[str, Any]:
        """What gunicorn tells an application of a request with a plain head."""
        environ: dict[str, Any] = self._base.copy()
        for name, value in req.headers:
            environ["HTTP_" + name.replace("-", "_")] = value
        environ["wsgi.input"] = req.body
        environ["gunicorn.socket"] = conn.sock
        environ["RAW_URI"] = environ["PATH_INFO"] = req.path
        environ["REMOTE_ADDR"], environ["REMOTE_PORT"] = conn.client[0], str(conn.client[1])
        environ["SERVER_NAME"], environ["SERVER_PORT"] = conn.server[0], str(conn.server[1])
        return environ


class _Said:
    """What an application says before the body."""

    def __init__(self) -> None:
        self._status = ""
        self._fields: list[tuple[str, str]] = []

    def start_response(
        self, status: str, fields: list[tuple[str, str]], exc_info: Any = None
    ) -> Any:
        if self._status and exc_info is None:
            raise BadAnswer("an answer was begun twice")
        self._status, self._fields = status, fields
        return _refuse_to_write

    def sent(self, body: bytes, *, closes: bool) -> bytes:
        """The whole answer."""
        lines = [
            f"{name}: {value}\r\n" for name, value in self._fields if name.lower() not in _OURS
        ]
        fields = "".join(lines)
        # A field that holds the end of a line would be two, and both might be good ones.
        as_meant = _FIELDS.fullmatch(fields) and fields.count("\n") == len(lines)
        if not (as_meant and _STATUS.fullmatch(self._status)):
            raise BadAnswer("a status or a header cannot be sent")
        if self._status.startswith(_BODILESS):
            length, body = "", b""
        else:
            length = f"Content-Length: {len(body)}\r\n"
        head = (
            f"HTTP/1.1 {self._status}\r\nServer: {SERVER}\r\nDate: {_date(int(time.time()))}\r\n"
            f"Connection: {'close' if closes else 'keep-alive'}\r\n{length}{fields}\r\n"
        )
        return head.encode("latin-1") + body


@lru_cache(maxsize=2)
def _date(second: int) -> str:
    return str(util.http_date(second))


def _refuse_to_write(_data: bytes) -> None:
    raise BadAnswer("an answer is the application's iterable, whole (PEP 3333)")

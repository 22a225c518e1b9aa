"""Every request from the first word of its answer to the last: its id, its log line, its counting.

What faces tell of a request (`tell`) stands in each of its log lines, and is what is counted. It
names nothing that a stranger sent.
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

import structlog
from structlog.typing import EventDict, WrappedLogger

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

HEADER = "X-Request-Id"
REQUEST_ID = "traceapp.request_id"  # in the environment that WSGI hands on
SLOW = 1.0  # seconds from which a request gets a line of its own


class SignIn(StrEnum):
    """How a try at signing in ended, to be told as `sign_in`."""

    DONE = "done"
    WRONG_PASSWORD = "wrong_password"  # noqa: S105  (it is none)
    WRONG_CODE = "wrong_code"
    TOO_MANY = "too_many"


_FITS = re.compile(r"[A-Za-z0-9-]{8,64}")
_ONLY_LOOK = frozenset({"GET", "HEAD", "OPTIONS"})

_log = structlog.get_logger(__name__)


_facts: ContextVar[dict[str, Any]] = ContextVar("traceapp.attending")


def tell(**facts: str | int | None) -> None:
    """Facts of the request under way: its route, the account that asks, the verdict given."""
    known = _facts.get(None)
    if known is None:
        _facts.set(facts)
    else:
        known.update(facts)


def merge_facts(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Put what was told of the request under way into a line of the log (a structlog processor)."""
    return {**_facts.get({}), **event}


@dataclass(frozen=True)
class Ended:
    """One request that is over. A status of 0 is one that was never sent."""

    method: str
    status: int
    seconds: float
    broke: bool
    facts: Mapping[str, Any]

    @property
    def failed(self) -> bool:
        return self.broke or not 0 < self.status < 500

    @property
    def act(self) -> bool:
        """Whether somebody signed in did something, or tried to."""
        return self.method not in _ONLY_LOOK and self.facts.get("account") is not None


class Watch(Protocol):
    """What is told of requests, to count them."""

    def begun(self) -> None: ...

    def ended(self, request: Ended) -> None: ...


class Attendance:
    """The application, attended. An id that a client sends is taken over from proxies alone."""

    def __init__(
        self,
        app: WSGIApplication,
        watch: Watch,
        *,
        behind_proxies: bool,
        timer: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._app = app
        self._watch = watch
        self._behind_proxies = behind_proxies
        self._timer = timer

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        attended = _Attended(environ.get("REQUEST_METHOD", ""), self._watch, self._timer)
        request_id = self._request_id(environ)
        environ[REQUEST_ID] = request_id
        # Cleared here and not at the end: what the server still says of this request names it too.
        _facts.set({"request_id": request_id})

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            attended.status = int(status[:3])
            return start_response(status, [*headers, (HEADER, request_id)], exc_info)

        attended.begin()
        try:
            return attended.answer(self._app(environ, start))
        except BaseException:
            attended.broken()
            attended.close()
            raise

    def _request_id(self, environ: WSGIEnvironment) -> str:
        given = environ.get("HTTP_X_REQUEST_ID", "")
        if self._behind_proxies and _FITS.fullmatch(given):
            return str(given)
        return secrets.token_hex(8)


class _Attended:
    """The chunks of one answer. Whatever way they end, the request is accounted for once."""

    def __init__(self, method: str, watch: Watch, timer: Callable[[], float]) -> None:
        self.status = 0
        self._method = method
        self._watch = watch
        self._timer = timer
        self._since = timer()
        self._broke = False
        self._over = False
        self._whole: Iterable[bytes] = ()
        self._chunks: Iterator[bytes] = iter(())

    def begin(self) -> None:
        self._watch.begun()

    def answer(self, chunks: Iterable[bytes]) -> Iterable[bytes]:
        self._whole, self._chunks = chunks, iter(chunks)
        return self

    def broken(self) -> None:
        """Say in the log what the server is about to be told; it knows neither route nor id."""
        self._broke = True
        _log.exception("answer_broke")

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            return next(self._chunks)
        except StopIteration:
            raise
        except Exception:
            self.broken()
            raise

    def close(self) -> None:
        if self._over:
            return
        self._over = True
        try:
            if hasattr(self._whole, "close"):
                self._whole.close()
        finally:
            seconds = self._timer() - self._since
            facts = dict(_facts.get({}))
            ended = Ended(self._method, self.status, seconds, self._broke, facts)
            self._watch.ended(ended)
            _write_down(ended)


def _write_down(ended: Ended) -> None:
    """A line for what failed, for an act, and for what was slow; looking around leaves none."""
    told = {
        "method": ended.method if ended.method.isalpha() else "",
        "status": ended.status,
        "seconds": round(ended.seconds, 3),
    }
    if ended.failed:
        _log.error("request_failed", **told)
    elif ended.act:
        _log.info("act", **told)
    elif ended.seconds > SLOW:
        _log.warning("request_slow", **told)

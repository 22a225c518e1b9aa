"""The log: JSON lines on standard error, one for each event, without what strangers sent.

Our own events carry what they were given by name, and the facts of their request (`attending`).
Of the events of libraries the words of their authors are kept, and numbers; of tracebacks the
places and the kinds of errors. What an error says may quote a form or a row.
"""

from __future__ import annotations

import logging
import re
import sys
import traceback
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import structlog
from gunicorn.glogging import Logger
from structlog.typing import EventDict, WrappedLogger

from traceapp.attending import merge_facts

# A stamp's address, whatever the spelling, and a code by itself, grouped or not.
_ADDRESS = re.compile(r"(?i)(/s/|/01/|/join/)[^\s\"'?]+")
_CODE = re.compile(r"(?i)\b[0-9A-HJKMNP-TV-Z]{5}(?:-?[0-9A-HJKMNP-TV-Z]{5}){3}\b")
HIDDEN = "…"
DEEPEST = 8  # errors that caused each other


class JsonLogger(Logger):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn's messages in our log, without what strangers sent."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        self.error_log.handlers.clear()
        self.error_log.propagate = True

    def warning(self, msg: str, *args: Any, **kwargs: Any) -> None:
        # This one quotes the address and the request line.
        bad_request = msg.startswith("Invalid request from")
        super().warning("Invalid request" if bad_request else msg, *args, **kwargs)

    def exception(self, msg: str, *args: Any, **kwargs: Any) -> None:
        # The arguments are the method and the path; the traceback tells enough.
        super().exception(msg.partition(" %")[0], **kwargs)


def log_as_json() -> None:
    """Send every log of this process to standard error as JSON lines."""
    shared: list[Any] = [
        merge_facts,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
    ]
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, only_the_authors_words],
            use_get_message=False,
            pass_foreign_args=True,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                tell_traceback,
                hide_stamps,
                structlog.processors.JSONRenderer(ensure_ascii=False, default=repr_of_kind),
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.INFO, force=True)
    logging.getLogger("fontTools").setLevel(logging.WARNING)  # Else each table of a font is told.
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def repr_of_kind(value: object) -> str:
    """What stands for a value that JSON does not know: its kind, and nothing that it holds."""
    return f"<{type(value).__name__}>"


def only_the_authors_words(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    """A library's event with its numbers; any other argument may be an address or a path."""
    given = event.pop("positional_args", None)
    event["logger"] = event["_record"].name
    if isinstance(given, tuple) and given:
        with suppress(TypeError, ValueError):
            event["event"] %= tuple(map(_only_a_number, given))
    return event


def _only_a_number(given: object) -> object:
    return given if isinstance(given, int | float) else HIDDEN


def tell_traceback(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    """Put an error's places and kinds under `exception`, in the order of Python's tracebacks."""
    given = event.pop("exc_info", None)
    if not given:
        return event
    if isinstance(given, BaseException):
        error: BaseException | None = given
    elif isinstance(given, tuple):
        error = given[1]
    else:
        error = sys.exc_info()[1]
    if error is not None:
        chain = list(_chain(error))
        event["error"] = type(error).__name__
        event["exception"] = "\n".join(map(_told, reversed(chain)))
    return event


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An error, what caused it, what caused that."""
    found: BaseException | None = error
    for _ in range(DEEPEST):
        if found is None:
            return
        yield found
        found = found.__cause__ or (None if found.__suppress_context__ else found.__context__)


def _told(error: BaseException) -> str:
    frames = "".join(traceback.format_tb(error.__traceback__))
    kind = f"{type(error).__module__}.{type(error).__qualname__}"
    # The system's own words name no value: "No space left on device".
    said = f": {error.strerror}" if isinstance(error, OSError) and error.strerror else ""
    return f"{frames}{kind}{said}"


def hide_stamps(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    """Take stamps' addresses and codes out of a log entry: nobody should have put them there."""
    return {
        name: _CODE.sub(HIDDEN, _ADDRESS.sub(rf"\1{HIDDEN}", value))
        if isinstance(value, str)
        else value
        for name, value in event.items()
    }

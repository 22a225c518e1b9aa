"""The production server: gunicorn with threads in this process, its settings, and the log.

There is no access log: it would hold addresses and codes. What goes wrong is logged as JSON lines
on standard error, with neither.
"""

from __future__ import annotations

import logging
import re
from typing import Any

import structlog
from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger
from structlog.typing import EventDict, WrappedLogger

from traceapp import create_app
from traceapp.settings import Settings

GRACE = 8  # seconds that answers under way are given when the server stops
LONGEST_REQUEST_LINE = 8190  # bytes, the most that gunicorn takes; it answers 414 beyond

# A stamp's address, whatever the spelling, and a code by itself, grouped or not.
_ADDRESS = re.compile(r"(?i)(/s/|/01/|/join/)[^\s\"'?]+")
_CODE = re.compile(r"(?i)\b[0-9A-HJKMNP-TV-Z]{5}(?:-?[0-9A-HJKMNP-TV-Z]{5}){3}\b")


def run(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT, then exit; answers under way are finished first."""
    log_as_json()
    Server(settings).run()


class Server(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    """One installation under gunicorn. Each worker opens the database for itself."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        super().__init__()

    def load_config(self) -> None:
        host = f"[{self.settings.host}]" if ":" in self.settings.host else self.settings.host
        chosen = {
            "bind": f"{host}:{self.settings.port}",
            "worker_class": "gthread",
            "workers": self.settings.workers,
            "threads": self.settings.threads,
            "graceful_timeout": GRACE,
            "limit_request_line": LONGEST_REQUEST_LINE,
            "control_socket_disable": True,
            "accesslog": None,
            "loglevel": "warning",
            "logger_class": JsonLogger,
            "when_ready": self._tell_ready,
            # Which proxies are believed is the application's to say, by TRACEAPP_TRUSTED_PROXIES.
            "forwarded_allow_ips": "",
        }
        for name, value in chosen.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """The application of one worker, made after the fork."""
        return create_app(self.settings)

    def _tell_ready(self, _arbiter: Any) -> None:
        structlog.get_logger().info(
            "serving", address=self.settings.base_url, workers=self.settings.workers
        )


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
    """Send every log of this process to standard error as JSON lines, codes hidden."""
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                hide_stamps,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.INFO, force=True)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def hide_stamps(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    """Take stamps' addresses and codes out of a log entry, its traceback included."""
    return {
        name: _CODE.sub("…", _ADDRESS.sub(r"\1…", value)) if isinstance(value, str) else value
        for name, value in event.items()
    }

"""gunicorn in this process, its settings and its workers.

There is no access log: it would hold addresses and codes.
"""

from __future__ import annotations

import re
from typing import Any

import structlog
from flask import Flask
from gunicorn.app.base import BaseApplication

from traceapp import LONGEST_BODY, create_app
from traceapp.health import forget_worker, make_room_for_metrics
from traceapp.services.runs.choosing_designs import prepare_drawing
from traceapp.serving.arriving import Limits
from traceapp.serving.log import JsonLogger, log_as_json
from traceapp.serving.reading import ReadingWorker
from traceapp.settings import Settings
from traceapp.web import ROUTES

_LOOK = re.compile(rb"GET /(?:[Ss]|01)/")
GRACE = 8  # seconds that answers under way are given when the server stops
LONGEST_REQUEST_LINE = 8190  # bytes, the most that gunicorn takes; it answers 414 beyond
CONNECTIONS = 800  # of one worker; most systems let a process hold 1,024 files


def run(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT, then exit; answers under way are finished first."""
    log_as_json()
    make_room_for_metrics(settings)
    # Before the workers are forked: they share what was learnt, and each is ready at once.
    prepare_drawing(settings.base_url)
    Server(settings).run()


class Worker(ReadingWorker):
    """A worker that takes what the page with the largest form takes, and tells of larger ones."""

    limits = Limits(max(LONGEST_BODY, *(route.most_bytes for route in ROUTES)))

    def gathers(self, request: bytes | bytearray) -> bool:
        """Looks, which share a commit; but not those of insiders, who are shown more."""
        return bool(_LOOK.match(request)) and b"sign_in=" not in request


class Server(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    """One installation under gunicorn. Each worker opens the database for itself."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        super().__init__()

    def load_config(self) -> None:
        host = f"[{self.settings.host}]" if ":" in self.settings.host else self.settings.host
        chosen = {
            "bind": f"{host}:{self.settings.port}",
            "worker_class": Worker,
            "worker_connections": CONNECTIONS,
            "workers": self.settings.workers,
            "threads": self.settings.threads,
            "graceful_timeout": GRACE,
            "limit_request_line": LONGEST_REQUEST_LINE,
            "control_socket_disable": True,
            "accesslog": None,
            "loglevel": "warning",
            "logger_class": JsonLogger,
            "when_ready": self._tell_ready,
            "child_exit": self._forget_worker,
            # Which proxies are believed is the application's to say, by TRACEAPP_TRUSTED_PROXIES.
            "forwarded_allow_ips": "",
        }
        for name, value in chosen.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """The application of one worker, made after the fork."""
        app = create_app(self.settings)
        app.extensions["traceapp"].scan_writer.enter_from_now_on()
        return app

    def _tell_ready(self, _arbiter: Any) -> None:
        structlog.get_logger().info(
            "serving", address=self.settings.base_url, workers=self.settings.workers
        )

    def _forget_worker(self, _arbiter: Any, worker: Any) -> None:
        forget_worker(worker.pid)

"""Giving up a PostgreSQL that says nothing: stopped, or behind a network that lost it.

The system tells when a connection broke, and the server when a statement took too long; of a server
that stands still neither hears anything.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

LOOKS_EVERY = 0.1  # seconds


class Patience:
    """Ends the connection of who waits for longer than so many seconds; its statement then fails.

    They are watched by one thread, which begins with the first.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._lock = threading.Lock()
        self._watched: dict[int, float] = {}
        self._watches = False

    @contextmanager
    def over(self, connection: Any) -> Iterator[None]:
        """While this lasts, psycopg's connection is watched."""
        descriptor = connection.pgconn.socket
        with self._lock:
            self._watched[descriptor] = time.monotonic() + self._seconds
            if not self._watches:
                threading.Thread(target=self._watch, name="patience", daemon=True).start()
                self._watches = True
        try:
            yield
        finally:
            with self._lock:
                self._watched.pop(descriptor, None)

    def _watch(self) -> None:
        while True:
            time.sleep(LOOKS_EVERY)
            now = time.monotonic()
            with self._lock:
                for descriptor in [each for each, until in self._watched.items() if until < now]:
                    del self._watched[descriptor]
                    _end(descriptor)


def _end(descriptor: int) -> None:
    """End a connection, its file being left to its owner."""
    with suppress(OSError), socket.socket(fileno=os.dup(descriptor)) as shared:
        shared.shutdown(socket.SHUT_RDWR)

"""The scan writer: looks that come together are examined together, and share a commit.

Each is answered once it is committed. Nothing waits for its turn at an embedded database but this
thread, which holds the database's lock only while it writes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from traceapp.database import Database
from traceapp.gathering import Gathering
from traceapp.records.key_files import KeyTrouble
from traceapp.services.scans.looks import Answer, Asked, Look, Scanning
from traceapp.services.scans.scanning import examine_all, remember

PATIENCE = 1.5  # seconds that a look waits for its answer

# What befalls a whole batch alike: its looks are not tried one by one.
_RECORDS_AWAY = (OperationalError, NoConnectionFree, KeyTrouble)


class ScanWriter:
    """Of one process. `scanning` tells what looks are judged with, and may raise KeyTrouble."""

    def __init__(self, database: Callable[[], Database], scanning: Callable[[], Scanning]) -> None:
        self._database = database
        self._scanning = scanning
        self._gathering = Gathering(self._answer_all, of_all=_RECORDS_AWAY)

    def scan(self, look: Look, now: datetime) -> Answer:
        """The answer to a look, which is kept by then. Raises KeyTrouble, Late and DBAPIError."""
        return self._gathering.ask(Asked(look, now), PATIENCE)

    def _answer_all(self, asked: Sequence[Asked]) -> list[Answer]:
        scanning, database = self._scanning(), self._database()
        with database.reading() as session:
            examined = examine_all(session, asked, scanning)
        with database.keeping_looks() as session:
            return remember(session, list(zip(examined, asked, strict=True)), scanning)

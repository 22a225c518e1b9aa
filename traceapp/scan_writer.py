"""The scan writer: looks that come together are examined together, and share a commit.

Each is answered once it is committed. An embedded database's lock is held for the writing alone.
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

# What befalls all looks alike: they are not tried one by one.
_RECORDS_AWAY = (OperationalError, NoConnectionFree, KeyTrouble)


class ScanWriter:
    """`scanning` tells what looks are judged with, and may raise KeyTrouble."""

    def __init__(self, database: Callable[[], Database], scanning: Callable[[], Scanning]) -> None:
        self._database = database
        self._scanning = scanning
        self._gathering = Gathering(self._answer_all, of_all=_RECORDS_AWAY)

    def scan(self, look: Look, now: datetime) -> Answer:
        """The answer to a look, which is kept by then. Raises KeyTrouble and DBAPIError."""
        return self._gathering.ask(Asked(look, now))

    def _answer_all(self, asked: Sequence[Asked]) -> list[Answer]:
        scanning, database = self._scanning(), self._database()
        with database.looking() as session:
            examined = examine_all(session, asked, scanning)
            with database.keeping(session):
                return remember(session, list(zip(examined, asked, strict=True)), scanning)

"""The scan writer: looks that come together are examined together, and share a commit.

Each is answered once it is committed. An embedded database's lock is held for the writing alone.
Where the records are out of reach a look is answered `unchecked`, with what its signature alone
tells, and is kept on disk until it enters the log.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import structlog
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from stamps import KeyRing
from traceapp.database import Database
from traceapp.gathering import Gathering
from traceapp.records.key_files import KeyTrouble
from traceapp.records.late_looks import BrokenFile, LateLooks, forget_file
from traceapp.services.scans.entering_late import enter_late, late_look
from traceapp.services.scans.judging import Verdict
from traceapp.services.scans.looks import Answer, Asked, Examined, Look, Scanning
from traceapp.services.scans.scanning import examine_all, remember, unchecked

LONGEST_TROUBLE = 200  # characters of a database's own words that are logged
SLOW = 0.3  # seconds from which a vain try at the records makes others wait too long
PAUSE = 1.0  # seconds for which nobody tries then
TRIES_EVERY = 1.0  # seconds between two tries to enter what is late

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Surroundings:
    """What the writer finds about it at any moment. `scanning` may raise KeyTrouble."""

    database: Callable[[], Database]
    scanning: Callable[[], Scanning]
    clock: Callable[[], datetime]
    late: LateLooks


class ScanWriter:
    """That of one process."""

    def __init__(self, about: Surroundings, timer: Callable[[], float] = time.monotonic) -> None:
        self._about = about
        self._timer = timer
        self._gathering = Gathering(self._answer_all)
        self._paused_until = float("-inf")
        self._month_key: bytes | None = None
        self._lock = threading.Lock()
        self._entering: threading.Thread | None = None
        self._enters = False

    def scan(self, look: Look, now: datetime) -> Answer:
        """The answer to a look, which is kept by then. Raises KeyTrouble."""
        return self._gathering.ask(Asked(look, now))

    def _answer_all(self, asked: Sequence[Asked]) -> list[Answer]:
        scanning, database = self._about.scanning(), self._about.database()
        since = self._timer()
        if since < self._paused_until:
            return self._without_records(asked, scanning.stamp_keys, [])
        answers: list[Answer] = []
        for last_try in (False, True):
            try:
                with database.looking() as session:
                    examined = examine_all(session, asked, scanning)
                    self._learn(examined)
                    with database.keeping(session):
                        looks = list(zip(examined, asked, strict=True))
                        answers = remember(session, looks, scanning)
                return answers
            except (IntegrityError, DataError):
                raise  # One of these looks is odd: each is tried by itself.
            except (DBAPIError, NoConnectionFree) as trouble:
                slow = self._timer() - since > SLOW
                # A kept connection may have ended with a server that is there again.
                if not (last_try or slow or answers or database.embedded):
                    continue
                if slow:
                    self._paused_until = self._timer() + PAUSE
                # Below its first line a database quotes what a row held.
                said = str(getattr(trouble, "orig", trouble)).partition("\n")[0]
                _log.error("records_away", trouble=said[:LONGEST_TROUBLE], looks=len(asked))
                break
        # An embedded database's commit is done or undone; what a server says of it may be lost.
        sent = [] if database.embedded else answers
        return self._without_records(asked, scanning.stamp_keys, sent)

    def _learn(self, examined: Sequence[Examined]) -> None:
        """Remember the month's key for looks that will be late."""
        standing = examined[0].standing
        if standing is not None and standing.month_key is not None:
            self._month_key = standing.month_key

    def _without_records(
        self, asked: Sequence[Asked], ring: KeyRing, sent: Sequence[Answer]
    ) -> list[Answer]:
        """Answer what the signature tells, and keep what has a right one."""
        answers = [unchecked(each.look, ring) for each in asked]
        late = []
        for place, (each, answer) in enumerate(zip(asked, answers, strict=True)):
            if answer.verdict is Verdict.UNCHECKED:
                key = self._month_key or secrets.token_bytes(32)
                scan_id = sent[place].scan_id if sent else None
                late.append(late_look(each, ring, key, scan_id))
        try:
            kept = self._about.late.keep([each for each in late if each is not None])
        except OSError as error:
            kept = 0
            _log.error("late_looks_not_kept", trouble=error.strerror)
        if kept < len(late):
            _log.error("late_looks_lost", looks=len(late) - kept)
        self._begin_entering()
        return answers

    def enter_from_now_on(self) -> None:
        """See to it that what is late enters the log, as long as this process lasts: what it kept,
        and what others did that are gone."""
        self._enters = True
        self._begin_entering()

    def _begin_entering(self) -> None:
        with self._lock:
            if self._enters and self._entering is None and self._about.late.waiting():
                self._entering = threading.Thread(
                    target=self._go_on_entering, name="late looks", daemon=True
                )
                self._entering.start()

    def _go_on_entering(self) -> None:
        while True:
            time.sleep(TRIES_EVERY)
            with self._lock:
                if not self._about.late.waiting():
                    self._entering = None
                    return
            try:
                self.enter_late()
            except (DBAPIError, NoConnectionFree, KeyTrouble, OSError) as trouble:
                _log.warning("late_looks_wait", trouble=type(trouble).__name__)

    def enter_late(self) -> int:
        """Enter all that is late and that no other process holds; returns how many looks."""
        done = 0
        for file in self._about.late.waiting():
            try:
                done += self._enter_file(file)
            except BrokenFile:
                _log.error("late_looks_broken", file=file.name)
        if done:
            _log.info("late_looks_entered", looks=done)
        return done

    def _enter_file(self, file: Path) -> int:
        database, scanning = self._about.database(), self._about.scanning()
        with self._about.late.taken(file) as looks:
            if looks is None:
                return 0
            left = 1
            while left:
                with database.writing() as session:
                    left = enter_late(session, file.name, looks, scanning, self._about.clock())
            file.unlink()
            with database.writing() as session:
                forget_file(session, file.name)
            return len(looks)

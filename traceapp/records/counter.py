"""The counter of serials, and the high-water mark that a restore of the database cannot set back.

Stamps are pure functions of their serial, so a counter that went back would print the same code
for another product. The row is the counter; the file is its witness, kept beside the database and
never part of a backup.
"""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from traceapp.database import Base, BigId, locked


class Counter(Base):
    """One row. `cluster` tells which PostgreSQL database the counter was made or trusted in."""

    __tablename__ = "counter"
    __table_args__ = (sa.CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    next_serial: Mapped[int] = mapped_column(sa.BigInteger)
    cluster: Mapped[str] = mapped_column(sa.String(80))


def lock_counter(session: Session) -> Counter:
    """The counter's row, locked until the transaction ends."""
    return session.scalars(locked(sa.select(Counter).where(Counter.id == 1))).one()


def cluster_of(session: Session) -> str:
    """What changes when a PostgreSQL database is restored, failed over or copied.

    The cluster's identifier, its timeline and the database's own number; empty on SQLite, where
    the high-water mark alone is the witness.
    """
    if session.get_bind().dialect.name == "sqlite":
        return ""
    return str(
        session.scalar(
            sa.text(
                "SELECT s.system_identifier || '/' || c.timeline_id || '/' || d.oid "
                "FROM pg_control_system() s, pg_control_checkpoint() c, pg_database d "
                "WHERE d.datname = current_database()"
            )
        )
    )


class MarkTrouble(ValueError):
    """A high-water mark that cannot be read or kept; the text says why."""


class HighWaterMark:
    """The first serial that was never given out, in a file of the data directory.

    Written aside, synced, and moved into place under a lock that processes share. A file that
    cannot be read as a whole line of digits is an error and never a zero. Everything here raises
    MarkTrouble for a file that is damaged or out of reach.
    """

    def __init__(self, file: Path) -> None:
        self.file = file

    def read(self) -> int | None:
        """The mark; None where there is none yet."""
        try:
            text = self.file.read_text("ascii", "replace")
        except FileNotFoundError:
            return None
        except OSError as error:
            raise MarkTrouble(f"{self.file}: {error.strerror}") from None
        if not re.fullmatch(r"[0-9]{1,12}\n", text):
            raise MarkTrouble(f"{self.file} is damaged")
        return int(text)

    def raise_to(self, serial: int) -> None:
        """Set the mark to `serial` unless it stands higher; on the disk when this returns."""
        try:
            with self._lock():
                standing = self.read()
                if standing is None or standing < serial:
                    self._write(serial)
        except OSError as error:
            raise MarkTrouble(f"{self.file}: {error.strerror}") from None

    def _write(self, serial: int) -> None:
        aside = self.file.with_suffix(".new")
        with aside.open("w", encoding="ascii") as out:
            out.write(f"{serial}\n")
            out.flush()
            os.fsync(out.fileno())
        aside.replace(self.file)
        folder = os.open(self.file.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    @contextmanager
    def _lock(self) -> Iterator[None]:
        self.file.parent.mkdir(parents=True, exist_ok=True)
        with self.file.with_suffix(".lock").open("w") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield

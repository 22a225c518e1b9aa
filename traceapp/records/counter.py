"""The counter of serials, and the high-water mark that a restore of the database cannot set back.

Stamps are pure functions of their serial, so a counter that went back would print the same code
for another product. The row is the counter; the file is its witness, kept beside the database and
never part of a backup. On PostgreSQL, which many machines share, the row also tells by itself
whether it is the original.
"""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from traceapp.database import Base, BigId, locked
from traceapp.records.scans import Scan

# What changes when a PostgreSQL database is restored elsewhere, failed over or copied: the
# cluster's identifier, its timeline and the database's own number. The timeline is the one that is
# written to now: what `pg_control_checkpoint` tells lags behind a promotion.
CLUSTER = (
    "(SELECT system_identifier FROM pg_control_system())"
    " || '/' || left(pg_walfile_name(pg_current_wal_lsn()), 8)"
    " || '/' || (SELECT oid FROM pg_database WHERE datname = current_database())"
)
# This transaction as `xmin` will name it: the low 32 bits of its id.
TRANSACTION = "(pg_current_xact_id()::text::bigint & 4294967295)"


class Counter(Base):
    """One row. On PostgreSQL it says where and by what it was written, which no copy can repeat.

    `cluster` is the place (`CLUSTER`), and `written_by` the transaction (`TRANSACTION`). A row
    that a restore wrote, even into the same database, has the restore's `xmin` and keeps the old
    `written_by`. Locking the row and VACUUM leave `xmin` as it is; a write inside a savepoint
    would not match, and none is used here. SQLite leaves both empty, as does the migration: a new
    counter is trusted by nobody.
    """

    __tablename__ = "counter"
    __table_args__ = (sa.CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    next_serial: Mapped[int] = mapped_column(sa.BigInteger)
    cluster: Mapped[str] = mapped_column(sa.String(80))
    written_by: Mapped[int | None] = mapped_column(sa.BigInteger)


def lock_counter(session: Session) -> Counter:
    """The counter's row, locked until the transaction ends."""
    return session.scalars(locked(sa.select(Counter).where(Counter.id == 1))).one()


def move_counter(session: Session, counter: Counter, next_serial: int) -> None:
    """Write the locked counter, as this database's own: the only way to write it."""
    counter.next_serial = next_serial
    if not embedded(session):
        here = session.execute(sa.text(f"SELECT {CLUSTER}, {TRANSACTION}")).one()
        counter.cluster, counter.written_by = here
    session.flush()


def is_original(session: Session) -> bool:
    """Whether the row is the one that `move_counter` wrote last in this PostgreSQL database."""
    here = Counter.cluster == sa.literal_column(CLUSTER)
    last = Counter.written_by == sa.literal_column("xmin::text::bigint")
    return bool(session.scalar(sa.select(here & last)))


def embedded(session: Session) -> bool:
    """Whether this is SQLite, where the high-water mark alone is the witness."""
    return session.get_bind().dialect.name == "sqlite"


@dataclass(frozen=True)
class Unissued:
    """Serials seen well signed that were never issued here: how many, and the ends of them."""

    count: int
    lowest: int
    highest: int


def unissued_serials(session: Session, first: int, last: int) -> Unissued | None:
    """What was seen as `unknown` from `first` to `last`; None where nothing was."""
    count, lowest, highest = session.execute(
        sa.select(
            sa.func.count(Scan.serial.distinct()),
            sa.func.min(Scan.serial),
            sa.func.max(Scan.serial),
        ).where(Scan.verdict == "unknown", Scan.serial.between(first, last))
    ).one()
    return Unissued(count, lowest, highest) if count else None


class MarkTrouble(ValueError):
    """A high-water mark that cannot be read or kept; the text says why."""


class MarkAway(MarkTrouble):
    """A mark that is sound as far as anybody knows, and out of reach: a full disk, a wrong mode.

    Nobody has to move it: it is of use again once the disk is.
    """


class HighWaterMark:
    """The first serial that was never given out, in a file of the data directory.

    Written aside, synced, and moved into place under a lock that processes share. A file that
    cannot be read as a whole line of digits is an error and never a zero. Everything here raises
    MarkTrouble for a file that is damaged, and MarkAway for one that is out of reach.
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
            raise MarkAway(f"{self.file}: {error.strerror}") from None
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
            raise MarkAway(f"{self.file}: {error.strerror}") from None

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

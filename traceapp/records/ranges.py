"""Serial ranges of a run: the columns that such tables share, and how ranges meet.

A range that was undone stays on record and counts for nothing: `in_force` leaves it out.

Both ends belong to a range. The run's own ends are carried along and tied to it by a foreign key,
so that the database itself refuses a range that leaves its run.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, declared_attr, mapped_column

from traceapp.database import BigId


class InsideRun:
    """A serial range of a run, and who wrote it down."""

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    run_id: Mapped[int] = mapped_column(BigId)
    run_first: Mapped[int] = mapped_column(sa.BigInteger)
    run_last: Mapped[int] = mapped_column(sa.BigInteger)
    first_serial: Mapped[int] = mapped_column(sa.BigInteger)
    last_serial: Mapped[int] = mapped_column(sa.BigInteger)
    created_by: Mapped[int] = mapped_column(BigId, sa.ForeignKey("accounts.id"))
    created_at: Mapped[datetime]

    @declared_attr.directive
    @classmethod
    def __table_args__(cls) -> tuple[Any, ...]:
        return cls._rules()

    @classmethod
    def _rules(cls) -> tuple[Any, ...]:
        return (
            sa.ForeignKeyConstraint(
                ["run_id", "run_first", "run_last"],
                ["stamp_runs.id", "stamp_runs.first_serial", "stamp_runs.last_serial"],
            ),
            sa.CheckConstraint(
                "run_first <= first_serial AND first_serial <= last_serial "
                "AND last_serial <= run_last",
                name="inside_run",
            ),
            sa.Index(None, "run_id", "first_serial"),
        )


class RunRange(InsideRun):
    """A range that may be undone. Those in force never meet others of their table."""

    undone_by: Mapped[int | None] = mapped_column(BigId, sa.ForeignKey("accounts.id"))
    undone_at: Mapped[datetime | None]
    undo_reason: Mapped[str | None] = mapped_column(sa.String(500))

    @classmethod
    def _rules(cls) -> tuple[Any, ...]:
        return (
            *super()._rules(),
            sa.Index(
                f"uq_{cls.__tablename__}_first_serial",  # type: ignore[attr-defined]
                "first_serial",
                unique=True,
                sqlite_where=sa.text("undone_at IS NULL"),
                postgresql_where=sa.text("undone_at IS NULL"),
            ),
        )


R = TypeVar("R", bound=RunRange)


def in_force(table: type[RunRange]) -> sa.ColumnElement[bool]:
    """True for rows that were not undone."""
    return table.undone_at.is_(None)


def meets(table: Any, first: Any, last: Any) -> sa.ColumnElement[bool]:
    """True for rows of `table` whose range shares a serial with first..last."""
    return sa.and_(table.first_serial <= last, table.last_serial >= first)


def shared_count(a: Any, b: Any) -> sa.ColumnElement[int]:
    """How many serials two ranges that meet have in common."""
    last = sa.case((a.last_serial < b.last_serial, a.last_serial), else_=b.last_serial)
    first = sa.case((a.first_serial > b.first_serial, a.first_serial), else_=b.first_serial)
    return last - first + 1


def length(table: Any) -> sa.ColumnElement[int]:
    """How many serials a row's range holds."""
    counted: sa.ColumnElement[int] = table.last_serial - table.first_serial + 1
    return counted


def nearest(session: Session, table: type[R], first: int, last: int) -> R | None:
    """The highest range in force that shares a serial with first..last.

    Ranges of a table never meet, so one step in the index on first serials tells.
    """
    row = session.scalar(
        sa.select(table)
        .where(table.first_serial <= last, in_force(table))
        .order_by(table.first_serial.desc())
        .limit(1)
    )
    return row if row is not None and row.last_serial >= first else None

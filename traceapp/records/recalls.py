"""Warnings over batches. Opened and closed, never deleted."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from traceapp.database import Base, BigId, closed_list
from traceapp.records.batches import Batch
from traceapp.records.ranges import meets


class Severity(StrEnum):
    INFO = "info"
    WARNING = "warning"
    DANGER = "danger"


class RecallState(StrEnum):
    OPEN = "open"
    COMPLETED = "completed"
    WITHDRAWN = "withdrawn"

    @property
    def warns(self) -> bool:
        """A completed recall warns for ever; one that was declared in error is withdrawn."""
        return self is not RecallState.WITHDRAWN


class Recall(Base):
    """A warning, and how it ended."""

    __tablename__ = "recalls"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    severity: Mapped[Severity] = mapped_column(closed_list(Severity))
    reason: Mapped[str] = mapped_column(sa.String(500))
    notice: Mapped[str] = mapped_column(sa.String(2000))
    state: Mapped[RecallState] = mapped_column(closed_list(RecallState))
    opened_by: Mapped[int] = mapped_column(BigId, sa.ForeignKey("accounts.id"))
    opened_at: Mapped[datetime]
    closed_by: Mapped[int | None] = mapped_column(BigId, sa.ForeignKey("accounts.id"))
    closed_at: Mapped[datetime | None]
    closure_reason: Mapped[str | None] = mapped_column(sa.String(500))


class RecallBatch(Base):
    __tablename__ = "recall_batches"

    recall_id: Mapped[int] = mapped_column(BigId, sa.ForeignKey("recalls.id"), primary_key=True)
    batch_id: Mapped[int] = mapped_column(
        BigId, sa.ForeignKey("batches.id"), primary_key=True, index=True
    )


class RecallRange(Base):
    """Where a recall has ranges, only their serials are under it, in the batches it names."""

    __tablename__ = "recall_ranges"
    __table_args__ = (sa.CheckConstraint("first_serial <= last_serial", name="ordered"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    recall_id: Mapped[int] = mapped_column(BigId, sa.ForeignKey("recalls.id"), index=True)
    first_serial: Mapped[int] = mapped_column(sa.BigInteger)
    last_serial: Mapped[int] = mapped_column(sa.BigInteger)


def warning() -> sa.ColumnElement[bool]:
    """True for recalls whose state warns."""
    return Recall.state.in_([each for each in RecallState if each.warns])


def over(session: Session, batch_id: int, first: int, last: int) -> list[Recall]:
    """Every recall of a batch, of whatever state, that reaches a serial of first..last.

    Newest first.
    """
    ranged = sa.select(RecallRange.id).where(RecallRange.recall_id == Recall.id)
    return list(
        session.scalars(
            sa.select(Recall)
            .join(RecallBatch, RecallBatch.recall_id == Recall.id)
            .where(
                RecallBatch.batch_id == batch_id,
                sa.or_(~ranged.exists(), ranged.where(meets(RecallRange, first, last)).exists()),
            )
            .order_by(Recall.id.desc())
        )
    )


def ranges_over(session: Session, batch_id: int) -> list[tuple[int, int]]:
    """First and last serials of every range that a recall of a batch has, of whatever state."""
    query = (
        sa.select(RecallRange.first_serial, RecallRange.last_serial)
        .join(RecallBatch, RecallBatch.recall_id == RecallRange.recall_id)
        .where(RecallBatch.batch_id == batch_id)
    )
    return [(row[0], row[1]) for row in session.execute(query)]


def batches(session: Session, recall_id: int) -> list[Batch]:
    return list(
        session.scalars(
            sa.select(Batch)
            .join(RecallBatch, RecallBatch.batch_id == Batch.id)
            .where(RecallBatch.recall_id == recall_id)
            .order_by(Batch.id)
        )
    )


def ranges(session: Session, recall_id: int) -> list[RecallRange]:
    return list(
        session.scalars(
            sa.select(RecallRange)
            .where(RecallRange.recall_id == recall_id)
            .order_by(RecallRange.first_serial)
        )
    )

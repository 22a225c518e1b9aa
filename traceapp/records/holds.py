"""A batch that its producer stopped: nobody is to use it until an officer decides."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from traceapp.database import Base, BigId


class Hold(Base):
    """One stop of a batch. At most one of a batch is not released; released ones stay on record."""

    __tablename__ = "holds"
    __table_args__ = (
        sa.Index(
            "uq_holds_standing",
            "batch_id",
            unique=True,
            sqlite_where=sa.text("released_at IS NULL"),
            postgresql_where=sa.text("released_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    batch_id: Mapped[int] = mapped_column(BigId, sa.ForeignKey("batches.id"), index=True)
    reason: Mapped[str] = mapped_column(sa.String(500))
    created_by: Mapped[int] = mapped_column(BigId, sa.ForeignKey("accounts.id"))
    created_at: Mapped[datetime]
    released_by: Mapped[int | None] = mapped_column(BigId, sa.ForeignKey("accounts.id"))
    released_at: Mapped[datetime | None]
    release_reason: Mapped[str | None] = mapped_column(sa.String(500))


def standing() -> sa.ColumnElement[bool]:
    """True for holds that stop their batch now."""
    return Hold.released_at.is_(None)


def standing_hold(session: Session, batch_id: int) -> Hold | None:
    """The hold that a batch is under now."""
    return session.scalar(sa.select(Hold).where(Hold.batch_id == batch_id, standing()))

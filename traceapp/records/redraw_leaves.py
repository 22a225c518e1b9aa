"""An officer's leave to draw labels again whose stamps are in use already. It works once."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from traceapp.database import Base, closed_list, locked
from traceapp.records.decided import Decided, State
from traceapp.records.ranges import InsideRun


class RedrawReason(StrEnum):
    """Why labels on goods are to be printed again."""

    DAMAGED = "damaged"
    UNREADABLE = "unreadable"
    REPACKED = "repacked"
    OTHER = "other"


class RedrawLeave(InsideRun, Decided, Base):
    """A wish for a leave, and the leave once an officer approved it, until it expires.

    `hidden_codes` tells whether the labels may hold hidden codes; `used_at` when it was used up.
    """

    __tablename__ = "redraw_leaves"

    hidden_codes: Mapped[bool]
    reason: Mapped[RedrawReason] = mapped_column(closed_list(RedrawReason))
    note: Mapped[str | None] = mapped_column(sa.String(500))
    expires_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]


def usable_leave(
    session: Session, run_id: int, first: int, last: int, now: datetime
) -> RedrawLeave | None:
    """A leave that holds over a whole range now, locked; one with hidden codes before others."""
    query = (
        sa.select(RedrawLeave)
        .where(
            RedrawLeave.run_id == run_id,
            RedrawLeave.state == State.APPROVED,
            RedrawLeave.used_at.is_(None),
            RedrawLeave.expires_at > now,
            RedrawLeave.first_serial <= first,
            RedrawLeave.last_serial >= last,
        )
        .order_by(RedrawLeave.hidden_codes.desc(), RedrawLeave.expires_at, RedrawLeave.id)
        .limit(1)
    )
    return session.scalars(locked(query)).one_or_none()

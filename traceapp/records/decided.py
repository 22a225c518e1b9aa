"""The mark of a decision: what an officer approved or rejected, when, and why."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from traceapp.database import BigId, closed_list


class State(StrEnum):
    """Where a wish stands. Nothing is deleted: a rejected one stays, with its reason."""

    SUBMITTED = "submitted"
    APPROVED = "approved"
    REJECTED = "rejected"


class Decided:
    """Columns of everything that an officer decides on."""

    state: Mapped[State] = mapped_column(closed_list(State), index=True)
    created_by: Mapped[int] = mapped_column(BigId, sa.ForeignKey("accounts.id"))
    created_at: Mapped[datetime]
    decided_by: Mapped[int | None] = mapped_column(BigId, sa.ForeignKey("accounts.id"))
    decided_at: Mapped[datetime | None]
    decision_reason: Mapped[str | None] = mapped_column(sa.String(500))

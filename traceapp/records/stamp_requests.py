"""A producer's wish for stamps, which an officer decides."""

from __future__ import annotations

from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from stamps import LinkForm
from traceapp.database import Base, BigId, closed_list
from traceapp.records.decided import Decided, State


class RunKind(StrEnum):
    """What stamps are for: goods, or trying out how labels come out of a printer."""

    PRODUCTION = "production"
    TEST = "test"


class StampRequest(Decided, Base):
    """A request without a batch is a roll: its stamps get their batch when they are activated.

    One for test labels is approved at once, and by nobody: it waits for no officer.
    """

    __tablename__ = "stamp_requests"
    __table_args__ = (sa.CheckConstraint("quantity > 0", name="quantity"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[RunKind] = mapped_column(closed_list(RunKind), default=RunKind.PRODUCTION)
    party_id: Mapped[int] = mapped_column(BigId, sa.ForeignKey("parties.id"), index=True)
    product_id: Mapped[int] = mapped_column(BigId, sa.ForeignKey("products.id"))
    batch_id: Mapped[int | None] = mapped_column(BigId, sa.ForeignKey("batches.id"), index=True)
    quantity: Mapped[int]
    hidden_code: Mapped[bool]
    link_form: Mapped[LinkForm] = mapped_column(closed_list(LinkForm))
    note: Mapped[str | None] = mapped_column(sa.String(500))


def for_production() -> sa.ColumnElement[bool]:
    """True for requests that are somebody's to decide; those for test labels are in no list."""
    return StampRequest.kind == RunKind.PRODUCTION


def submitted_for(session: Session, batch_id: int) -> int:
    """How many stamps of a batch wait for an officer's decision."""
    total = session.scalar(
        sa.select(sa.func.coalesce(sa.func.sum(StampRequest.quantity), 0)).where(
            StampRequest.batch_id == batch_id, StampRequest.state == State.SUBMITTED
        )
    )
    return int(total or 0)

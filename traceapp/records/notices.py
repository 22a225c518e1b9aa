"""What a party is told at once: that buyers scan stamps which it forgot to put to use."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from traceapp.database import Base, BigId, closed_list


class NoticeKind(StrEnum):
    NOT_ACTIVATED = "not_activated"


class Notice(Base):
    """One trouble of one run. While nobody has seen it, further looks are added to it."""

    __tablename__ = "notices"
    __table_args__ = (
        sa.Index(
            "uq_notices_unseen",
            "run_id",
            "kind",
            unique=True,
            sqlite_where=sa.text("seen_at IS NULL"),
            postgresql_where=sa.text("seen_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    party_id: Mapped[int] = mapped_column(BigId, sa.ForeignKey("parties.id"), index=True)
    kind: Mapped[NoticeKind] = mapped_column(closed_list(NoticeKind))
    run_id: Mapped[int] = mapped_column(BigId, sa.ForeignKey("stamp_runs.id"))
    serial: Mapped[int] = mapped_column(sa.BigInteger)
    looks: Mapped[int]
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    seen_at: Mapped[datetime | None]

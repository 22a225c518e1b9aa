"""What a party is told at once: that buyers scan stamps which it forgot to put to use."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from traceapp.database import Base, BigId, closed_list, insert
from traceapp.records.ranges import RunRange
from traceapp.records.stamp_runs import IssuedRun


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


def add_look(session: Session, run: IssuedRun, kind: NoticeKind, serial: int, at: datetime) -> None:
    """Add a look to the unseen notice of a run, or begin one."""
    statement = insert(session, Notice).values(
        party_id=run.party_id,
        kind=kind,
        run_id=run.id,
        serial=serial,
        looks=1,
        first_at=at,
        last_at=at,
    )
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["run_id", "kind"],
            index_where=sa.text("seen_at IS NULL"),
            set_={"looks": Notice.looks + 1, "serial": serial, "last_at": at},
        )
    )


def settle(session: Session, within: RunRange, at: datetime) -> None:
    """Mark a run's unseen notices as seen whose stamp lies in a range of it: it was dealt with."""
    session.execute(
        sa.update(Notice)
        .where(
            Notice.run_id == within.run_id,
            Notice.seen_at.is_(None),
            Notice.serial.between(within.first_serial, within.last_serial),
        )
        .values(seen_at=at)
    )

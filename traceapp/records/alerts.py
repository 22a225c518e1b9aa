"""Signs of trouble that a rule raised, for whoever has to act on them.

What repeats is added to the alert that is open. Once that is handled, the next one begins anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from traceapp.database import Base, BigId, closed_list, insert


class AlertKind(StrEnum):
    HIDDEN_CODE_GUESSING = "hidden_code_guessing"
    UNKNOWN_SERIAL = "unknown_serial"
    WRONG_KEY = "wrong_key"


class Alert(Base):
    """One trouble. `party_id` is the party that it concerns, besides the officers.

    `about` is what repeated causes gather by: at most one alert of a kind is open about a thing.
    `serial` is that of the last cause.
    """

    __tablename__ = "alerts"
    __table_args__ = (
        sa.Index(
            "uq_alerts_open",
            "kind",
            "about",
            unique=True,
            sqlite_where=sa.text("handled_at IS NULL"),
            postgresql_where=sa.text("handled_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[AlertKind] = mapped_column(closed_list(AlertKind))
    about: Mapped[str] = mapped_column(sa.String(40))
    party_id: Mapped[int | None] = mapped_column(BigId, sa.ForeignKey("parties.id"), index=True)
    run_id: Mapped[int | None] = mapped_column(BigId, sa.ForeignKey("stamp_runs.id"))
    batch_id: Mapped[int | None] = mapped_column(BigId, sa.ForeignKey("batches.id"))
    serial: Mapped[int | None] = mapped_column(sa.BigInteger)
    count: Mapped[int]
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    handled_by: Mapped[int | None] = mapped_column(BigId, sa.ForeignKey("accounts.id"))
    handled_at: Mapped[datetime | None]
    note: Mapped[str | None] = mapped_column(sa.String(500))


@dataclass(frozen=True)
class Cause:
    """What raises an alert. What is of one run gathers by its run, all else of a kind together."""

    kind: AlertKind
    serial: int | None = None
    run_id: int | None = None
    party_id: int | None = None
    batch_id: int | None = None

    @property
    def about(self) -> str:
        return "" if self.run_id is None else f"run/{self.run_id}"


def add_cause(session: Session, cause: Cause, at: datetime) -> None:
    """Add a cause to the open alert about its thing, or begin one; of two at once, one begins it.

    Whoever adds to the same alert waits until the transaction ends: let this be its last row.
    """
    statement = insert(session, Alert).values(
        kind=cause.kind,
        about=cause.about,
        party_id=cause.party_id,
        run_id=cause.run_id,
        batch_id=cause.batch_id,
        serial=cause.serial,
        count=1,
        first_at=at,
        last_at=at,
    )
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["kind", "about"],
            index_where=sa.text("handled_at IS NULL"),
            set_={
                "count": Alert.count + 1,
                "serial": statement.excluded.serial,
                "batch_id": statement.excluded.batch_id,
                "last_at": at,
            },
        )
    )


def is_open() -> sa.ColumnElement[bool]:
    """True for alerts that nobody has handled."""
    return Alert.handled_at.is_(None)

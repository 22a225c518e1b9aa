"""A change of what was stated of a party, a facility, a product or a batch."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from traceapp.database import Base, BigId, closed_list
from traceapp.records.decided import Decided, State


class Noun(StrEnum):
    """What can be corrected."""

    PARTY = "party"
    FACILITY = "facility"
    PRODUCT = "product"
    BATCH = "batch"


class Correction(Decided, Base):
    """`before` and `after` hold the fields that change and no others, as JSON holds them.

    At most one of a subject waits. `public` marks one that buyers are told of: it was made in a
    batch whose stamps were in use. `decided_at` is when an approved one took effect; where it
    needed no officer, nobody decided it.
    """

    __tablename__ = "corrections"
    __table_args__ = (
        sa.Index("ix_corrections_noun_subject_id", "noun", "subject_id"),
        sa.Index(
            "uq_corrections_waiting",
            "noun",
            "subject_id",
            unique=True,
            sqlite_where=sa.text("state = 'submitted'"),
            postgresql_where=sa.text("state = 'submitted'"),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    noun: Mapped[Noun] = mapped_column(closed_list(Noun))
    subject_id: Mapped[int] = mapped_column(BigId)
    party_id: Mapped[int] = mapped_column(BigId, sa.ForeignKey("parties.id"), index=True)
    before: Mapped[dict[str, Any]]
    after: Mapped[dict[str, Any]]
    reason: Mapped[str | None] = mapped_column(sa.String(500))
    public: Mapped[bool]


def waiting(session: Session, noun: Noun, subject_id: int) -> Correction | None:
    """The correction of a subject that waits for an officer."""
    return session.scalar(_of(noun, subject_id).where(Correction.state == State.SUBMITTED))


def told_to_buyers(session: Session, batch_id: int) -> list[Correction]:
    """The corrections of a batch that buyers are told of, in the order they took effect."""
    return list(
        session.scalars(
            _of(Noun.BATCH, batch_id)
            .where(Correction.state == State.APPROVED, Correction.public)
            .order_by(Correction.decided_at, Correction.id)
        )
    )


def _of(noun: Noun, subject_id: int) -> sa.Select[Correction]:
    return sa.select(Correction).where(Correction.noun == noun, Correction.subject_id == subject_id)

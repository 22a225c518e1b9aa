"""A change of what was stated of a party, a facility, a product or a batch."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from traceapp.database import Base, BigId, closed_list
from traceapp.records.decided import Decided


class Noun(StrEnum):
    """What can be corrected."""

    PARTY = "party"
    FACILITY = "facility"
    PRODUCT = "product"
    BATCH = "batch"


class Correction(Decided, Base):
    """`before` and `after` hold the fields that change and no others, as JSON holds them.

    At most one of a subject waits. `public` marks one that buyers are told of: it was made in a
    batch whose stamps were in use.
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

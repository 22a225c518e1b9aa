"""Organisations: who makes the food, and who watches over it."""

from __future__ import annotations

from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from traceapp.database import Base, BigId, closed_list
from traceapp.records.decided import Decided
from traceapp.records.folding import Searched


class PartyKind(StrEnum):
    ENTERPRISE = "enterprise"
    COOPERATIVE = "cooperative"
    COOPERATIVE_GROUP = "cooperative_group"
    HOUSEHOLD = "household"
    AUTHORITY = "authority"


class Party(Searched, Decided, Base):
    """`tax_code` of a household is its owner's citizen number: never public, never logged."""

    __tablename__ = "parties"
    SEARCHED = ("name", "address", "phone")

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[PartyKind] = mapped_column(closed_list(PartyKind))
    name: Mapped[str] = mapped_column(sa.String(200))
    tax_code: Mapped[str | None] = mapped_column(sa.String(14))
    address: Mapped[str] = mapped_column(sa.String(300))
    province: Mapped[str | None] = mapped_column(sa.String(100))
    phone: Mapped[str | None] = mapped_column(sa.String(20))

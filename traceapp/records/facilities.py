"""Places where food is made."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from traceapp.database import Base, BigId
from traceapp.records.decided import Decided
from traceapp.records.folding import Searched


class Facility(Searched, Decided, Base):
    """Latitude and longitude are WGS 84 degrees."""

    __tablename__ = "facilities"
    SEARCHED = ("name", "address")

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    party_id: Mapped[int] = mapped_column(BigId, sa.ForeignKey("parties.id"), index=True)
    name: Mapped[str] = mapped_column(sa.String(200))
    address: Mapped[str] = mapped_column(sa.String(300))
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]

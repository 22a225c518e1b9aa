"""What is sold: GS1's trade item, AI (01)."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from traceapp.database import Base, BigId
from traceapp.records.decided import Decided
from traceapp.records.folding import Searched


class Product(Searched, Decided, Base):
    """`kind` names a file of config/product_kinds. OCOP stars count until `ocop_until`."""

    __tablename__ = "products"
    SEARCHED = ("name", "brand", "gtin")

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    party_id: Mapped[int] = mapped_column(BigId, sa.ForeignKey("parties.id"), index=True)
    kind: Mapped[str] = mapped_column(sa.String(32))
    name: Mapped[str] = mapped_column(sa.String(200))
    net_content: Mapped[str] = mapped_column(sa.String(50))
    shelf_life_days: Mapped[int | None]
    gtin: Mapped[str | None] = mapped_column(sa.String(14), index=True)
    brand: Mapped[str | None] = mapped_column(sa.String(100))
    standard: Mapped[str | None] = mapped_column(sa.String(200))
    storage: Mapped[str | None] = mapped_column(sa.String(500))
    warning: Mapped[str | None] = mapped_column(sa.String(500))
    ocop_stars: Mapped[int | None]
    ocop_certificate: Mapped[str | None] = mapped_column(sa.String(100))
    ocop_until: Mapped[date | None]

    @property
    def gtin14(self) -> str | None:
        """The GTIN in the 14 digits that a GS1 Digital Link carries."""
        return None if self.gtin is None else self.gtin.zfill(14)

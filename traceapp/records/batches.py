"""What was made together: GS1's lot, AI (10)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from traceapp.database import Base, BigId, Facts
from traceapp.records.folding import Searched


class Batch(Searched, Base):
    """`quantity` counts units for sale. `expires_at` alone decides that a batch is expired.

    `lot_folded` is the lot as it is compared: two lots that differ by case alone are one.
    """

    __tablename__ = "batches"
    SEARCHED = ("lot",)
    __table_args__ = (
        sa.UniqueConstraint("product_id", "lot_folded"),
        sa.CheckConstraint("quantity > 0", name="quantity"),
        sa.CheckConstraint("expires_at > produced_at", name="expires_after_production"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    product_id: Mapped[int] = mapped_column(BigId, sa.ForeignKey("products.id"))
    facility_id: Mapped[int] = mapped_column(BigId, sa.ForeignKey("facilities.id"))
    party_id: Mapped[int] = mapped_column(BigId, sa.ForeignKey("parties.id"), index=True)
    lot: Mapped[str] = mapped_column(sa.String(20))
    lot_folded: Mapped[str] = mapped_column(sa.String(60))
    produced_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    expiries: Mapped[list[dict[str, Any]]] = mapped_column(Facts)
    sold_as: Mapped[str | None] = mapped_column(sa.String(100))
    quantity: Mapped[int]
    attributes: Mapped[dict[str, Any]]
    created_by: Mapped[int] = mapped_column(BigId, sa.ForeignKey("accounts.id"))
    created_at: Mapped[datetime]

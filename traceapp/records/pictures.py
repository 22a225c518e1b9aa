"""Pictures of products. The files lie in the data directory, named by their content."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from traceapp.database import Base, BigId
from traceapp.records.decided import Decided


class Picture(Decided, Base):
    """`digest` is the SHA-256, in hex, of the re-encoded picture in its largest size.

    Width and height are that size's, in pixels. Buyers see approved ones that were not removed,
    in the order of `position`.
    """

    __tablename__ = "pictures"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    product_id: Mapped[int] = mapped_column(BigId, sa.ForeignKey("products.id"), index=True)
    party_id: Mapped[int] = mapped_column(BigId, sa.ForeignKey("parties.id"))
    digest: Mapped[str] = mapped_column(sa.String(64), index=True)
    width: Mapped[int]
    height: Mapped[int]
    caption: Mapped[str | None] = mapped_column(sa.String(200))
    position: Mapped[int]
    removed_at: Mapped[datetime | None]

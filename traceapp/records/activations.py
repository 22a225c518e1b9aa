"""Serial ranges put to use for a batch. They never overlap."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from traceapp.database import Base, BigId
from traceapp.records.ranges import RunRange


class Activation(RunRange, Base):
    __tablename__ = "activations"

    batch_id: Mapped[int] = mapped_column(BigId, sa.ForeignKey("batches.id"), index=True)
    destination: Mapped[str | None] = mapped_column(sa.String(200))

"""Serial ranges taken out of use, with a reason from a closed list. They never overlap."""

from __future__ import annotations

from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from traceapp.database import Base, closed_list
from traceapp.records.ranges import RunRange


class VoidReason(StrEnum):
    DAMAGED = "damaged"
    MISPRINTED = "misprinted"
    OVERPRINTED = "overprinted"
    LOST = "lost"
    STOLEN = "stolen"
    UNUSED = "unused"
    RECALLED = "recalled"
    OTHER = "other"


class Void(RunRange, Base):
    __tablename__ = "voids"

    reason: Mapped[VoidReason] = mapped_column(closed_list(VoidReason))
    note: Mapped[str | None] = mapped_column(sa.String(500))

"""Acts of signed-in people, written in the act's own transaction. Append-only, by trigger."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from traceapp.database import Base, BigId


class ActRecord(Base):
    __tablename__ = "acts"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    account_id: Mapped[int] = mapped_column(BigId, sa.ForeignKey("accounts.id"))
    name: Mapped[str] = mapped_column(sa.String(40))
    subject_id: Mapped[int] = mapped_column(sa.BigInteger)
    details: Mapped[dict[str, Any]]

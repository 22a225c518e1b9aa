"""Scans added up by day, for plots. A day is Vietnam's; it is added up once it is over.

`product_id` is 0 for looks at what was never issued.
"""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from traceapp.database import Base, BigId


class Place(Base):
    """The province that a buyer named after a look, of her own will. One for a look."""

    __tablename__ = "places"

    scan_id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(index=True)
    serial: Mapped[int] = mapped_column(sa.BigInteger)
    product_id: Mapped[int] = mapped_column(BigId)
    province: Mapped[str] = mapped_column(sa.String(64))


class ScanDay(Base):
    __tablename__ = "scan_days"
    __table_args__ = (sa.Index("ix_scan_days_product_id_day", "product_id", "day"),)

    day: Mapped[date] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    verdict: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    looks: Mapped[int]


class PlaceDay(Base):
    __tablename__ = "place_days"
    __table_args__ = (sa.Index("ix_place_days_product_id_day", "product_id", "day"),)

    day: Mapped[date] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    province: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    looks: Mapped[int]


class AddedUp(Base):
    """The last day that was added up. One row, once there is one."""

    __tablename__ = "added_up"
    __table_args__ = (sa.CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    through: Mapped[date]

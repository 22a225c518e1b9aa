"""Scans added up by day, for plots. A day is Vietnam's; it is added up once it is over.

`product_id` is NO_PRODUCT for looks at what was never issued. The rows of ALL_PRODUCTS hold a
day's sums over the others, so that a plot of everything reads a few rows a day.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from traceapp.database import Base, BigId, insert, locked
from traceapp.records.scans import Agent, LookCount, Scan

NO_PRODUCT = 0
ALL_PRODUCTS = -1


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


@dataclass(frozen=True)
class Looks:
    """How many looks at a product had one answer, or came from one province."""

    product_id: int
    what: str
    looks: int


@dataclass(frozen=True)
class Days:
    """Days, both ends of which belong to them, and the products that count; None for all."""

    first: date
    last: date
    products: Sequence[int] | None = None


def first_look(session: Session) -> datetime | None:
    """When the first look was kept or counted."""
    kept = session.scalar(sa.select(sa.func.min(Scan.at)))
    counted = session.scalar(sa.select(sa.func.min(LookCount.minute)))
    return min((each for each in (kept, counted) if each is not None), default=None)


def verdicts_between(
    session: Session, since: datetime, until: datetime, products: Sequence[int] | None
) -> list[Looks]:
    """Persons' looks by product and verdict, straight from the log; `until` does not belong.

    Looks that were only counted are of no product, and so in the answer for all products alone.
    """
    kept = sa.select(Scan.product_id, Scan.verdict, sa.func.count()).where(
        Scan.at >= since, Scan.at < until, Scan.agent == Agent.PERSON
    )
    if products is not None:
        kept = kept.where(Scan.product_id.in_(products))
    found = [
        Looks(row[0] or NO_PRODUCT, row[1], row[2])
        for row in session.execute(kept.group_by(Scan.product_id, Scan.verdict))
    ]
    if products is not None:
        return found
    counted = (
        sa.select(LookCount.verdict, sa.func.sum(LookCount.looks))
        .where(LookCount.minute >= since, LookCount.minute < until)
        .group_by(LookCount.verdict)
    )
    return found + [Looks(NO_PRODUCT, row[0], int(row[1])) for row in session.execute(counted)]


def places_between(
    session: Session, since: datetime, until: datetime, products: Sequence[int] | None
) -> list[Looks]:
    """Looks whose province a buyer named, by product and province; `until` does not belong."""
    named = sa.select(Place.product_id, Place.province, sa.func.count()).where(
        Place.at >= since, Place.at < until
    )
    if products is not None:
        named = named.where(Place.product_id.in_(products))
    return [
        Looks(*row) for row in session.execute(named.group_by(Place.product_id, Place.province))
    ]


def keep_day(
    session: Session, day: date, verdicts: Iterable[Looks], provinces: Iterable[Looks]
) -> None:
    """Keep what a day came to. Its rows must not be there yet."""
    for table, column, every in ((ScanDay, "verdict", verdicts), (PlaceDay, "province", provinces)):
        sums: dict[tuple[int, str], int] = {}
        for each in every:
            for product_id in (each.product_id, ALL_PRODUCTS):
                key = product_id, each.what
                sums[key] = sums.get(key, 0) + each.looks
        rows = [
            {"day": day, "product_id": product_id, column: what, "looks": looks}
            for (product_id, what), looks in sums.items()
        ]
        if rows:
            session.execute(sa.insert(table), rows)


def add_late(session: Session, day: date, product_id: int, verdict: str) -> None:
    """Add a look that entered the log after its day was added up."""
    for product in (product_id, ALL_PRODUCTS):
        statement = insert(session, ScanDay).values(
            day=day, product_id=product, verdict=verdict, looks=1
        )
        session.execute(
            statement.on_conflict_do_update(
                index_elements=["day", "product_id", "verdict"],
                set_={"looks": ScanDay.looks + 1},
            )
        )


def kept_verdicts(session: Session, days: Days) -> list[tuple[date, str, int]]:
    """Looks by day and verdict, of days that were added up."""
    looks = sa.func.sum(ScanDay.looks)
    query = sa.select(ScanDay.day, ScanDay.verdict, looks).where(*_within(ScanDay, days))
    return [
        (row[0], row[1], int(row[2]))
        for row in session.execute(query.group_by(ScanDay.day, ScanDay.verdict))
    ]


def kept_provinces(session: Session, days: Days) -> list[tuple[str, int]]:
    """Looks by province, of days that were added up."""
    query = sa.select(PlaceDay.province, sa.func.sum(PlaceDay.looks)).where(
        *_within(PlaceDay, days)
    )
    return [(row[0], int(row[1])) for row in session.execute(query.group_by(PlaceDay.province))]


def _within(table: Any, days: Days) -> list[sa.ColumnElement[bool]]:
    products = (ALL_PRODUCTS,) if days.products is None else days.products
    return [table.day >= days.first, table.day <= days.last, table.product_id.in_(products)]


def added_up_through(session: Session) -> date | None:
    """The last day that was added up."""
    return session.scalar(sa.select(AddedUp.through))


def lock_through(session: Session) -> date | None:
    """As `added_up_through`; whoever adds up waits until this transaction ends."""
    row = session.scalars(locked(sa.select(AddedUp))).one_or_none()
    return None if row is None else row.through


def lock_added_up(session: Session, before_first: date) -> AddedUp:
    """The one row of what was added up, locked; it begins with `before_first`."""
    begin = insert(session, AddedUp).values(id=1, through=before_first)
    session.execute(begin.on_conflict_do_nothing(index_elements=["id"]))
    return session.scalars(locked(sa.select(AddedUp))).one()


def forget_days_after(session: Session, last: date) -> None:
    """Drop what was added up of days after `last`; the log still tells of them."""
    early = sa.update(AddedUp).where(AddedUp.through > last).values(through=last)
    if session.execute(early.returning(AddedUp.id)).first() is None:
        return
    for table in (ScanDay, PlaceDay):
        session.execute(sa.delete(table).where(table.day > last))

"""The serial range that an approved request was given. A million stamps are one row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Mapped, Session, mapped_column

from stamps import BLOCK, LinkForm
from traceapp.database import Base, BigId, closed_list
from traceapp.records.stamp_requests import RunKind


class StampRun(Base):
    """What the stamps of a run were printed with: keys, origin, link form, GTIN and lot.

    Ranges of runs never meet (an exclusion constraint on PostgreSQL, a trigger on SQLite) and
    start on a block, so that no two runs share a derived key. Stamps of a test run are void from
    the first moment on, and count nowhere.
    """

    __tablename__ = "stamp_runs"
    __table_args__ = (
        sa.UniqueConstraint("id", "first_serial", "last_serial"),
        sa.CheckConstraint("first_serial >= 0", name="first_serial"),
        sa.CheckConstraint(f"first_serial % {BLOCK} = 0", name="starts_on_a_block"),
        sa.CheckConstraint("last_serial - first_serial + 1 = quantity", name="quantity"),
        sa.CheckConstraint("quantity > 0", name="not_empty"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[RunKind] = mapped_column(closed_list(RunKind), default=RunKind.PRODUCTION)
    request_id: Mapped[int] = mapped_column(BigId, sa.ForeignKey("stamp_requests.id"), unique=True)
    party_id: Mapped[int] = mapped_column(BigId, sa.ForeignKey("parties.id"), index=True)
    product_id: Mapped[int] = mapped_column(BigId, sa.ForeignKey("products.id"), index=True)
    batch_id: Mapped[int | None] = mapped_column(BigId, sa.ForeignKey("batches.id"), index=True)
    first_serial: Mapped[int] = mapped_column(sa.BigInteger, unique=True)
    last_serial: Mapped[int] = mapped_column(sa.BigInteger)
    quantity: Mapped[int]
    key_id: Mapped[str] = mapped_column(sa.String(16))
    hidden_key_id: Mapped[str | None] = mapped_column(sa.String(16))
    origin: Mapped[str] = mapped_column(sa.String(60))
    link_form: Mapped[LinkForm] = mapped_column(closed_list(LinkForm))
    gtin: Mapped[str | None] = mapped_column(sa.String(14))
    lot: Mapped[str | None] = mapped_column(sa.String(20))
    demonstration: Mapped[bool]
    created_by: Mapped[int] = mapped_column(BigId, sa.ForeignKey("accounts.id"))
    created_at: Mapped[datetime]


@dataclass(frozen=True)
class IssuedRun:
    """What a look needs of a run, apart from its row."""

    id: int
    kind: RunKind
    party_id: int
    product_id: int
    batch_id: int | None
    key_id: str
    hidden_key_id: str | None
    gtin: str | None
    lot: str | None
    demonstration: bool


def issued(row: StampRun) -> IssuedRun:
    return IssuedRun(
        id=row.id,
        kind=row.kind,
        party_id=row.party_id,
        product_id=row.product_id,
        batch_id=row.batch_id,
        key_id=row.key_id,
        hidden_key_id=row.hidden_key_id,
        gtin=row.gtin,
        lot=row.lot,
        demonstration=row.demonstration,
    )


def in_production() -> sa.ColumnElement[bool]:
    """True for runs whose stamps are for goods: test runs are in no list and in no sum."""
    return StampRun.kind == RunKind.PRODUCTION


def holding(session: Session, serial: int) -> StampRun | None:
    """The run that issued a serial; one step in the index on first serials."""
    run = session.scalar(nearest_below(serial))
    return run if run is not None and serial <= run.last_serial else None


def nearest_below(serial: int) -> sa.Select[StampRun]:
    """The only run that can have issued a serial; whether it did, its last serial tells."""
    runs = sa.select(StampRun).where(StampRun.first_serial <= serial)
    return runs.order_by(StampRun.first_serial.desc()).limit(1)


def highest_serial(session: Session) -> int:
    """The last serial that any run holds; -1 where there is none."""
    found = session.scalar(sa.select(sa.func.max(StampRun.last_serial)))
    return -1 if found is None else int(found)


def runs_by_key(session: Session, column: InstrumentedAttribute[Any]) -> dict[str, int]:
    """How many runs were signed with each key, by its id. `column` says for which purpose."""
    counted = sa.select(column, sa.func.count()).where(column.is_not(None)).group_by(column)
    return {row[0]: row[1] for row in session.execute(counted)}

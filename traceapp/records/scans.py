"""Looks at stamps, and what was answered. Append-only, by trigger; about stamps, not persons.

Looks that were no code at all, and forged ones past a limit for each source and hour, are only
counted, so that strangers do not fill the disk.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from traceapp.database import Base, BigId, closed_list, insert
from traceapp.statements import Prepared, PreparedInsert

COUNTING = 0x7472616365  # the name of the lock of `count_alone`


class ScanKind(StrEnum):
    LOOK = "look"
    HIDDEN_CODE = "hidden_code"


class Agent(StrEnum):
    """What sent the look. A preview robot fetches links that people send each other.

    `staff` are signed-in officers, and the producer at her own stamps: they count for nothing in
    a stamp's totals. Nor does any look at a test label, which is `test` whoever sent it.
    """

    PERSON = "person"
    PREVIEW = "preview"
    STAFF = "staff"
    TEST = "test"


class Scan(Base):
    __tablename__ = "scans"
    __table_args__ = (
        sa.Index("ix_scans_at_id", "at", "id"),
        *(
            sa.Index(f"ix_scans_{name}_at_id", name, "at", "id")
            for name in ("serial", "run_id", "product_id", "batch_id")
        ),
        # Of what is rare alone: most looks pay nothing for them.
        *(
            sa.Index(
                f"ix_scans_{name}_at_id",
                name,
                "at",
                "id",
                sqlite_where=sa.text(f"{name} <> '{usual}'"),
                postgresql_where=sa.text(f"{name} <> '{usual}'"),
            )
            for name, usual in (("agent", "person"), ("kind", "look"), ("verdict", "registered"))
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    at: Mapped[datetime]
    kind: Mapped[ScanKind] = mapped_column(closed_list(ScanKind))
    agent: Mapped[Agent] = mapped_column(closed_list(Agent))
    typed: Mapped[bool]
    serial: Mapped[int] = mapped_column(sa.BigInteger)
    verdict: Mapped[str] = mapped_column(sa.String(32))
    authentication: Mapped[str | None] = mapped_column(sa.String(16))
    reasons: Mapped[str] = mapped_column(sa.String(300))
    run_id: Mapped[int | None] = mapped_column(BigId)
    product_id: Mapped[int | None] = mapped_column(BigId)
    batch_id: Mapped[int | None] = mapped_column(BigId)
    link_gtin: Mapped[str | None] = mapped_column(sa.String(20))
    link_lot: Mapped[str | None] = mapped_column(sa.String(20))


class StampTotal(Base):
    """How often a stamp was looked at. Kept while traces go, because a bottle lives for years."""

    __tablename__ = "stamp_totals"

    serial: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    looks: Mapped[int]
    sessions: Mapped[int]
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]


class LookCount(Base):
    """Looks that are only counted, by verdict and minute."""

    __tablename__ = "look_counts"

    minute: Mapped[datetime] = mapped_column(primary_key=True)
    verdict: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    looks: Mapped[int]


class ForgedKept(Base):
    """How many forged looks one source sent within an hour; `looks` counts all of them."""

    __tablename__ = "forged_kept"

    source: Mapped[bytes] = mapped_column(sa.LargeBinary(16), primary_key=True)
    hour: Mapped[datetime] = mapped_column(primary_key=True)
    looks: Mapped[int]


def count_alone(session: Session) -> None:
    """Let nobody else count looks until this transaction ends.

    Counts are rows in no order that two transactions share: each might hold what the other waits
    for. An embedded database has one writer anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(sa.select(sa.func.pg_advisory_xact_lock(COUNTING)))


def count_look(session: Session, verdict: str, at: datetime) -> None:
    """Add one to the minute's count of a verdict."""
    statement = insert(session, LookCount).values(
        minute=at.replace(second=0, microsecond=0), verdict=verdict, looks=1
    )
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["minute", "verdict"], set_={"looks": LookCount.looks + 1}
        )
    )


def count_forged(session: Session, source: bytes, at: datetime) -> int:
    """Count a forged look of a source; returns how many it has sent within this hour."""
    statement = insert(session, ForgedKept).values(
        source=source, hour=at.replace(minute=0, second=0, microsecond=0), looks=1
    )
    statement = statement.on_conflict_do_update(
        index_elements=["source", "hour"], set_={"looks": ForgedKept.looks + 1}
    ).returning(ForgedKept.looks)
    return int(session.execute(statement).scalar_one())


def reserve_ids(session: Session, count: int) -> list[int]:
    """Ids for scans that this transaction will add. On SQLite it must hold the write lock."""
    dialect = session.get_bind().dialect.name
    rows = _RESERVE.rows(session, {"count": count} if dialect == "postgresql" else {})
    if dialect == "postgresql":
        return [row[0] for row in rows]
    return [*range(rows[0][0] + 1, rows[0][0] + 1 + count)]


def keep_scans(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add scans to the log, each with an id that was reserved for it."""
    _KEEP.keep(session, rows)


def in_log(session: Session, ids: Collection[int]) -> frozenset[int]:
    """Those of these ids that a scan has."""
    return frozenset(session.scalars(sa.select(Scan.id).where(Scan.id.in_(ids))))


def _reserve(dialect: str) -> sa.Select[*tuple[Any, ...]]:
    if dialect == "sqlite":
        return sa.select(sa.func.coalesce(sa.func.max(Scan.id), 0))
    sequence = sa.func.pg_get_serial_sequence("scans", "id")
    each = sa.func.generate_series(1, sa.bindparam("count", type_=sa.Integer))
    return sa.select(sa.func.nextval(sequence)).select_from(each.table_valued())


_RESERVE = Prepared(_reserve)
_KEEP = PreparedInsert(Scan)

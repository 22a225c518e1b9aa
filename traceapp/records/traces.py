"""What a scan leaves of the phone behind it, apart from the scan, to be deleted after 90 days.

An address is kept as a keyed hash whose key is destroyed when its month ends, since all of IPv4
can be tried in hours. A phone is a random first-party id, hashed with the serial, so that it tells
"the same phone looked at this stamp" and nothing across stamps; `day` tells that for one day and
is dropped after 48 hours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from traceapp.database import Base, BigId, insert, insert_into
from traceapp.records.scans import StampTotal
from traceapp.statements import Prepared, PreparedInsert, numbered


class Trace(Base):
    __tablename__ = "traces"
    __table_args__ = (
        sa.Index("ix_traces_serial_phone", "serial", "phone"),
        # A phone that is known is asked for by itself, and pays nothing for this one.
        sa.Index(
            "ix_traces_serial_source",
            "serial",
            "source",
            sqlite_where=sa.text("fresh IS 1"),
            postgresql_where=sa.text("fresh IS true"),
        ),
    )

    scan_id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(index=True)
    serial: Mapped[int] = mapped_column(sa.BigInteger)
    source: Mapped[bytes] = mapped_column(sa.LargeBinary(16))
    phone: Mapped[bytes] = mapped_column(sa.LargeBinary(16))
    day: Mapped[bytes | None] = mapped_column(sa.LargeBinary(16))
    fresh: Mapped[bool]  # the phone's id was given with this very look


class TraceKey(Base):
    """The key of one month's address hashes. `month` is "2026-11", in UTC."""

    __tablename__ = "trace_keys"

    month: Mapped[str] = mapped_column(sa.String(7), primary_key=True)
    key: Mapped[bytes] = mapped_column(sa.LargeBinary(32))


def month_of(at: datetime) -> str:
    return at.strftime("%Y-%m")


def month_key(session: Session, at: datetime, random: bytes) -> bytes:
    """The key of a month; the first who asks in a month leaves `random` as its key.

    With a month's first look, the key of the month before is destroyed. Older ones, as a clock that
    stands a year wrong for a minute leaves behind it, are left to `forget`.
    """
    month = month_of(at)
    kept = session.get(TraceKey, month)
    if kept is not None:
        return kept.key
    before = month_of(at.replace(day=1) - timedelta(days=1))
    session.execute(sa.delete(TraceKey).where(TraceKey.month == before))
    statement = insert(session, TraceKey).values(month=month, key=random)
    session.execute(statement.on_conflict_do_nothing(index_elements=["month"]))
    return session.scalars(sa.select(TraceKey).where(TraceKey.month == month)).one().key


@dataclass(frozen=True)
class Counted:
    """A stamp's totals, once a look is counted in them."""

    sessions: int
    first_at: datetime


def count_looks(
    session: Session,
    looks: Sequence[Mapping[str, Any]],
    phone_since: timedelta,
    source_since: timedelta,
) -> dict[int, Counted]:
    """Count looks at different stamps in their totals, and sessions unless the phone looked lately.

    A phone that keeps no cookie is a fresh one at each look: for it, another fresh look from the
    same source within a shorter time counts as the same phone. Returns totals by serial.
    """
    if not looks:
        return {}
    given = numbered(looks)
    for n, look in enumerate(looks):
        given[f"phone_since_{n}"] = look["at"] - phone_since
        given[f"source_since_{n}"] = look["at"] - source_since
    rows = _COUNT.rows(session, given, len(looks))
    return {serial: Counted(sessions, first_at) for serial, sessions, first_at in rows}


def keep_traces(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    _KEEP.keep(session, rows)


def _count(dialect: str, count: int) -> Any:
    """One statement for one step: whether the phone was here is asked where it is counted."""
    statement = insert_into(dialect, StampTotal).values([_counted(n) for n in range(count)])
    return statement.on_conflict_do_update(
        index_elements=["serial"],
        set_={
            "looks": StampTotal.looks + 1,
            "sessions": StampTotal.sessions + statement.excluded.sessions,
            # One that entered the log late may be older than those before it.
            "first_at": _earlier(StampTotal.first_at, statement.excluded.first_at),
            "last_at": _later(StampTotal.last_at, statement.excluded.last_at),
        },
    ).returning(StampTotal.serial, StampTotal.sessions, StampTotal.first_at)


def _earlier(one: Any, other: Any) -> sa.ColumnElement[datetime]:
    return sa.case((other < one, other), else_=one)


def _later(one: Any, other: Any) -> sa.ColumnElement[datetime]:
    return sa.case((other > one, other), else_=one)


def _counted(n: int) -> dict[str, Any]:
    def given(name: str) -> sa.BindParameter[Any]:
        column = Trace.__table__.columns["at" if name.endswith("_since") else name]
        return sa.bindparam(f"{name}_{n}", type_=column.type)

    here = sa.select(Trace.scan_id).where(Trace.serial == given("serial"))
    by_phone = here.where(Trace.phone == given("phone"), Trace.at >= given("phone_since"))
    by_source = here.where(
        Trace.source == given("source"),
        Trace.fresh.is_(True),
        Trace.at >= given("source_since"),
    )
    seen = sa.or_(by_phone.exists(), sa.and_(given("fresh").is_(True), by_source.exists()))
    return {
        "serial": given("serial"),
        "looks": 1,
        "sessions": sa.case((seen, 0), else_=1),
        "first_at": given("at"),
        "last_at": given("at"),
    }


_COUNT = Prepared(_count)
_KEEP = PreparedInsert(Trace)


def phone_of(session: Session, scan_id: int) -> bytes | None:
    """The phone behind a scan, while its trace is kept."""
    return session.scalar(sa.select(Trace.phone).where(Trace.scan_id == scan_id))

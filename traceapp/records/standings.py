"""What each look reads of its stamp, whatever is remembered of it: for many stamps at once."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from traceapp.records.changes import version
from traceapp.records.redemptions import Redemption
from traceapp.records.scans import StampTotal
from traceapp.records.traces import TraceKey
from traceapp.statements import Prepared


@dataclass(frozen=True)
class StampStanding:
    """`version` tells whether what is remembered of the stamp is true still.

    `sessions` and `first_at` are those before this look; `month_key` is that of `month`.
    """

    version: int
    redeemed_at: datetime | None
    redeemed_by: int | None
    sessions: int
    first_at: datetime | None
    month: str
    month_key: bytes | None


def stamp_standings(
    session: Session, serials: Collection[int], month: str
) -> dict[int, StampStanding]:
    """The standing of each of these serials, in one statement."""
    if not serials:
        return {}
    given: dict[str, Any] = {f"serial_{n}": serial for n, serial in enumerate(serials)}
    rows = _ASKED.rows(session, given | {"month": month}, len(serials))
    return {
        serial: StampStanding(seen, at, by, sessions, first_at, month, key)
        for serial, seen, at, by, sessions, first_at, key in rows
    }


def _ask(_dialect: str, count: int) -> sa.Select[*tuple[Any, ...]]:
    each = [
        sa.select(sa.bindparam(f"serial_{n}", type_=sa.BigInteger).label("serial"))
        for n in range(count)
    ]
    asked = (each[0] if count == 1 else sa.union_all(*each)).subquery("asked")
    key = sa.select(TraceKey.key).where(TraceKey.month == sa.bindparam("month"))
    return sa.select(
        asked.c.serial,
        version().label("version"),
        Redemption.at.label("redeemed_at"),
        Redemption.scan_id.label("redeemed_by"),
        sa.func.coalesce(StampTotal.sessions, 0).label("sessions"),
        StampTotal.first_at,
        key.scalar_subquery().label("month_key"),
    ).select_from(
        asked.outerjoin(Redemption, Redemption.serial == asked.c.serial).outerjoin(
            StampTotal, StampTotal.serial == asked.c.serial
        )
    )


_ASKED = Prepared(_ask)

"""What each look reads of its stamp, whatever is remembered of it: in one statement."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from traceapp.records.changes import version
from traceapp.records.redemptions import Redemption
from traceapp.records.scans import StampTotal
from traceapp.records.traces import TraceKey, month_of


@dataclass(frozen=True)
class StampStanding:
    """`version` tells whether what is remembered of the stamp is true still.

    `sessions` and `first_at` are those before this look; `month_key` is this month's.
    """

    version: int
    redeemed_at: datetime | None
    redeemed_by: int | None
    sessions: int
    first_at: datetime | None
    month_key: bytes | None


def stamp_standing(session: Session, serial: int, now: datetime) -> StampStanding:
    given = {"stamp": serial, "this_month": month_of(now)}
    return StampStanding(**session.connection().execute(_ASKED, given).mappings().one())


def _ask() -> Any:
    stamp: sa.BindParameter[int] = sa.bindparam("stamp", type_=sa.BigInteger())
    row = sa.select(sa.literal(1).label("one")).subquery()
    return sa.select(
        version().label("version"),
        Redemption.at.label("redeemed_at"),
        Redemption.scan_id.label("redeemed_by"),
        sa.func.coalesce(StampTotal.sessions, 0).label("sessions"),
        StampTotal.first_at,
        TraceKey.key.label("month_key"),
    ).select_from(
        row.outerjoin(Redemption, Redemption.serial == stamp)
        .outerjoin(StampTotal, StampTotal.serial == stamp)
        .outerjoin(TraceKey, TraceKey.month == sa.bindparam("this_month"))
    )


_ASKED = _ask()

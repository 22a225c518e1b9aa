"""What operators watch: a few figures of the whole installation, without anything of anybody.

They are read each time they are asked for, so that they are true whichever process did the work.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from traceapp.records import holds
from traceapp.records.alerts import Alert, is_open
from traceapp.records.decided import State
from traceapp.records.holds import Hold
from traceapp.records.notices import Notice
from traceapp.records.recalls import Recall, RecallState
from traceapp.records.stamp_requests import StampRequest
from traceapp.records.stamp_runs import StampRun, in_production
from traceapp.services.values import Told


class StandingFigures(Told):
    """`oldest_request_seconds` is 0 where no stamp request waits."""

    stamps_issued: int
    stamp_requests_waiting: int
    oldest_request_seconds: float
    recalls_open: int
    holds_standing: int
    notices_unseen: int
    alerts_open: int


def read_figures(session: Session, now: datetime) -> StandingFigures:
    """The figures as they stand. No permission is asked for: they tell of nobody."""
    waiting, oldest = session.execute(
        sa.select(sa.func.count(), sa.func.min(StampRequest.created_at)).where(
            StampRequest.state == State.SUBMITTED
        )
    ).one()
    return StandingFigures(
        stamps_issued=_number(
            session, sa.select(sa.func.sum(StampRun.quantity)).where(in_production())
        ),
        stamp_requests_waiting=waiting,
        oldest_request_seconds=0 if oldest is None else max(0, (now - oldest).total_seconds()),
        recalls_open=_number(session, _count(Recall.state == RecallState.OPEN)),
        holds_standing=_number(session, _count(holds.standing()).select_from(Hold)),
        notices_unseen=_number(session, _count(Notice.seen_at.is_(None))),
        alerts_open=_number(session, _count(is_open()).select_from(Alert)),
    )


def _count(condition: sa.ColumnElement[bool]) -> sa.Select[Any]:
    return sa.select(sa.func.count()).where(condition)


def _number(session: Session, query: sa.Select[Any]) -> int:
    return int(session.scalar(query) or 0)

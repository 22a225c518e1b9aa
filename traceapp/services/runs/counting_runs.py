"""How many stamps of many runs are active, waiting and void: asked for all of them at once.

What `quotas` counts for one run, counted for a list. Stamps that waited when their key leaked are
void, and so are all of a test run: nobody ever puts them to use.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from traceapp.records.activations import Activation
from traceapp.records.compromised_keys import leaked
from traceapp.records.ranges import in_force, length, meets, shared_count
from traceapp.records.stamp_requests import RunKind
from traceapp.records.stamp_runs import StampRun
from traceapp.records.voids import Void
from traceapp.services.values import Told


class RunCount(Told):
    """Stamps of one run; void ones are neither active nor waiting."""

    active: int
    void: int
    waiting: int


def counted_runs() -> sa.Select[Any]:
    """Runs with their counts: id, activated, void, and both; and whether their key leaked.

    For callers to narrow down.
    """
    run = StampRun.id
    shared = sa.and_(
        Void.run_id == Activation.run_id,
        meets(Void, Activation.first_serial, Activation.last_serial),
    )
    return sa.select(
        run,
        StampRun.quantity,
        StampRun.kind,
        _sum(length(Activation), Activation.run_id == run, in_force(Activation)).label("activated"),
        _sum(length(Void), Void.run_id == run, in_force(Void)).label("void"),
        _sum(
            shared_count(Activation, Void),
            Activation.run_id == run,
            in_force(Activation),
            in_force(Void),
            shared,
        ).label("both"),
        leaked(StampRun.key_id).label("leaked"),
    )


def _sum(counted: Any, *conditions: sa.ColumnElement[bool]) -> Any:
    total = sa.select(sa.func.coalesce(sa.func.sum(counted), 0)).where(*conditions)
    return total.correlate(StampRun).scalar_subquery()


def count_runs(session: Session, run_ids: Iterable[int]) -> dict[int, RunCount]:
    """The counts of each run, by its id."""
    counts = {}
    for row in session.execute(counted_runs().where(StampRun.id.in_(list(run_ids)))):
        lost = never_used(row) if row.leaked or row.kind is RunKind.TEST else 0
        counts[row.id] = RunCount(
            active=int(row.activated - row.both),
            void=int(row.void) + lost,
            waiting=never_used(row) - lost,
        )
    return counts


def never_used(row: Any) -> int:
    """How many stamps of a row of `counted_runs` were neither put to use nor made void."""
    return int(row.quantity - row.activated - row.void + row.both)


def lost_of_batches(session: Session, batch_ids: Iterable[int]) -> dict[int, int]:
    """How many stamps of each batch's own runs waited when their key leaked."""
    mine = StampRun.batch_id.in_(list(batch_ids))
    query = counted_runs().add_columns(StampRun.batch_id).where(mine, leaked(StampRun.key_id))
    lost: Counter[int] = Counter()
    for row in session.execute(query):
        lost[row.batch_id] += never_used(row)
    return lost

"""Rehearsing a recall: everything that opening it would refuse is refused, and nothing is kept.

And how far it would reach, for whoever is about to open it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from stamps import MAX_SERIAL
from traceapp.records.activations import Activation
from traceapp.records.ranges import in_force, meets
from traceapp.records.stamp_runs import StampRun
from traceapp.records.voids import Void
from traceapp.services.authority import Act, Actor, permit
from traceapp.services.registry.recalling import NewRecall, RecallTold, open_recall
from traceapp.services.values import Told

Ends = tuple[int, int]  # the first and the last serial of a range


class Reach(Told):
    """How many stamps a recall warns of, and how many of them are in use: activated, not void."""

    stamps: int
    in_use: int


def rehearse_recall(session: Session, actor: Actor, new: NewRecall, now: datetime) -> RecallTold:
    """What would be opened. Raises what `open_recall` raises."""
    rehearsal = session.begin_nested()
    try:
        return open_recall(session, actor, new, now)
    finally:
        rehearsal.rollback()


def recall_reach(session: Session, actor: Actor, new: NewRecall) -> Reach:
    """How many stamps a recall that `open_recall` would open reaches now.

    A stamp's batch is its activation's, else its run's.
    """
    permit(actor, Act.RECALL_OPEN)
    own_runs, own = StampRun.batch_id.in_(new.batch_ids), Activation.batch_id.in_(new.batch_ids)
    activations = sa.select(Activation.first_serial, Activation.last_serial).where(
        in_force(Activation)
    )
    activated = _ends(session, activations.where(own))
    issued = _ends(session, sa.select(StampRun.first_serial, StampRun.last_serial).where(own_runs))
    of_own_runs = activations.join(StampRun, StampRun.id == Activation.run_id).where(own_runs)
    spans = _merged((each.first_serial, each.last_serial) for each in new.serial_ranges)
    in_use = _count(activated, spans) - _count(_voided(session, own), spans)
    waiting = _count(issued, spans) - _count(_ends(session, of_own_runs), spans)
    return Reach(stamps=waiting + _count(activated, spans), in_use=in_use)


def _ends(session: Session, query: sa.Select[int, int]) -> list[Ends]:
    return [(first, last) for first, last in session.execute(query)]


def _voided(session: Session, own: sa.ColumnElement[bool]) -> list[Ends]:
    """What is void by now of the activations."""
    query = (
        sa.select(
            Activation.first_serial, Activation.last_serial, Void.first_serial, Void.last_serial
        )
        .join(
            Void,
            sa.and_(
                Void.run_id == Activation.run_id,
                meets(Void, Activation.first_serial, Activation.last_serial),
            ),
        )
        .where(own, in_force(Activation), in_force(Void))
    )
    return [(max(a, c), min(b, d)) for a, b, c, d in session.execute(query)]


def _merged(ranges: Iterable[Ends]) -> list[Ends]:
    """The ranges without what two of them share; all serials where there are none."""
    merged: list[Ends] = []
    for first, last in sorted(ranges):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return merged or [(0, MAX_SERIAL)]


def _count(ranges: list[Ends], spans: list[Ends]) -> int:
    """How many serials of the ranges, which share none, lie in the spans."""
    return sum(
        max(0, min(last, end) - max(first, begin) + 1)
        for first, last in ranges
        for begin, end in spans
    )

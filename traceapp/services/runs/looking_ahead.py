"""A serial range as it stands, before somebody puts it to use or takes it out of use."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from traceapp.records.activations import Activation
from traceapp.records.compromised_keys import compromised_among
from traceapp.records.ranges import RunRange, in_force, meets
from traceapp.records.stamp_requests import RunKind
from traceapp.records.stamp_runs import StampRun
from traceapp.records.voids import Void
from traceapp.services.authority import Act, Actor, permit
from traceapp.services.runs.reading_runs import check_inside, find_run
from traceapp.services.values import SerialRange, Told

RANGES_LOOKED_THROUGH = 500  # for the first stamps that wait


class RangeAhead(Told):
    """`quantity` = `active` + `waiting` + `void`, of the range."""

    first_serial: int
    last_serial: int
    quantity: int
    active: int
    waiting: int
    void: int


def range_ahead(session: Session, actor: Actor, run_id: int, wished: SerialRange) -> RangeAhead:
    """How the stamps of a range stand now.

    Raises Unknown for the run, Unacceptable for a range outside it or the wrong way round.
    """
    permit(actor, Act.RUN_READ)
    run = find_run(session, actor, run_id)
    check_inside(run, wished)
    activated = _covered(session, Activation, run, wished)
    void = _covered(session, Void, run, wished)
    both = _both(session, run, wished)
    quantity = wished.last_serial - wished.first_serial + 1
    active = activated - both
    if _unusable(session, run):
        void = quantity - active
    return RangeAhead(
        first_serial=wished.first_serial,
        last_serial=wished.last_serial,
        quantity=quantity,
        active=active,
        waiting=quantity - active - void,
        void=void,
    )


def _unusable(session: Session, run: StampRun) -> bool:
    """Whether stamps that wait are void: test labels, or the key that signed them leaked."""
    return run.kind is RunKind.TEST or bool(compromised_among(session, (run.key_id,)))


def _covered(session: Session, table: type[RunRange], run: StampRun, wished: SerialRange) -> int:
    """How many serials of a range lie in ranges in force; these never meet each other."""
    rows = session.execute(
        _spans(table, run).where(meets(table, wished.first_serial, wished.last_serial))
    )
    return sum(
        min(last, wished.last_serial) - max(first, wished.first_serial) + 1 for first, last in rows
    )


def _both(session: Session, run: StampRun, wished: SerialRange) -> int:
    """How many serials of a range were put to use and are void by now."""
    ends = (wished.first_serial, wished.last_serial)
    rows = session.execute(
        sa.select(
            Activation.first_serial, Activation.last_serial, Void.first_serial, Void.last_serial
        )
        .join(Void, meets(Void, Activation.first_serial, Activation.last_serial))
        .where(
            Activation.run_id == run.id,
            Void.run_id == run.id,
            in_force(Activation),
            in_force(Void),
            meets(Activation, *ends),
            meets(Void, *ends),
        )
    )
    return sum(min(b, d, ends[1]) - max(a, c, ends[0]) + 1 for a, b, c, d in rows)


def next_waiting(session: Session, actor: Actor, run_id: int) -> SerialRange | None:
    """The lowest serials of a run that wait in one row; None where there are none nearby.

    Raises Unknown for the run.
    """
    permit(actor, Act.RUN_READ)
    run = find_run(session, actor, run_id)
    if _unusable(session, run):
        return None
    spans = sa.union_all(*(_spans(table, run) for table in (Activation, Void))).subquery()
    ordered = sa.select(spans).order_by(spans.c.first_serial).limit(RANGES_LOOKED_THROUGH)
    return first_gap(session.execute(ordered).all(), run, RANGES_LOOKED_THROUGH)


def first_gap(spans: Sequence[sa.Row[int, int]], run: StampRun, most: int) -> SerialRange | None:
    """The lowest serials of a run outside all spans, which begin with the lowest.

    None where there are none, and where `most` spans had no gap, so that more may follow.
    """
    serial = run.first_serial
    for first, last in spans:
        if first > serial:
            return SerialRange(first_serial=serial, last_serial=first - 1)
        serial = max(serial, last + 1)
    if serial > run.last_serial or len(spans) == most:
        return None
    return SerialRange(first_serial=serial, last_serial=run.last_serial)


def _spans(table: type[RunRange], run: StampRun) -> sa.Select[int, int]:
    return sa.select(table.first_serial, table.last_serial).where(
        table.run_id == run.id, in_force(table)
    )

"""How many stamps a batch may still have. Never more than its units and an allowance for spoilage.

What counts is every stamp that waits or is active for the batch, over all its runs and over rolls
that were activated for it, and every request that waits for a decision. Rejected requests and void
stamps do not count, nor stamps that wait under a key that leaked: those are void too, and the batch
gets others for them. Callers hold the batch's row, so that two of them cannot both take the last.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from traceapp.database import locked
from traceapp.records.activations import Activation
from traceapp.records.batches import Batch
from traceapp.records.compromised_keys import leaked
from traceapp.records.ranges import in_force, length, meets, shared_count
from traceapp.records.stamp_requests import submitted_for
from traceapp.records.stamp_runs import StampRun
from traceapp.records.voids import Void
from traceapp.services.refusals import Conflict, message


def lock_batch(session: Session, batch_id: int) -> Batch:
    """The batch's row, locked until the transaction ends, so that its room cannot change."""
    return session.scalars(locked(sa.select(Batch).where(Batch.id == batch_id))).one()


def lock_batches(session: Session, batch_ids: set[int]) -> list[Batch]:
    """The rows of several batches, locked in the order of ids, so that no two wait in turn."""
    query = sa.select(Batch).where(Batch.id.in_(batch_ids)).order_by(Batch.id)
    return list(session.scalars(locked(query)))


def ceiling(quantity: int, spoilage_percent: int) -> int:
    """The most stamps that a batch of `quantity` units may have, in stamps, rounded down."""
    return quantity * (100 + spoilage_percent) // 100


def committed(session: Session, batch_id: int) -> int:
    """Stamps asked for, waiting and active for a batch.

    A stamp's batch is its activation's, else its run's: so of its own runs count the stamps that
    wait, and of any run those that are active for it. What was undone counts for nothing.
    """
    waiting = _waiting(session, StampRun.batch_id == batch_id, ~leaked(StampRun.key_id))
    active = _active(session, Activation.batch_id == batch_id)
    return submitted_for(session, batch_id) + waiting + active


def _waiting(session: Session, *conditions: sa.ColumnElement[bool]) -> int:
    """How many stamps wait in the runs that meet the conditions."""
    issued = sa.select(StampRun.quantity)
    voided = (
        sa.select(length(Void)).join(StampRun, StampRun.id == Void.run_id).where(in_force(Void))
    )
    total, void = (_total(session, each.where(*conditions)) for each in (issued, voided))
    return total - void - _active(session, *conditions)


def _active(session: Session, *conditions: sa.ColumnElement[bool]) -> int:
    """How many serials are active, not void, in the activations that meet the conditions."""
    activated = (
        sa.select(length(Activation))
        .join(StampRun, StampRun.id == Activation.run_id)
        .where(in_force(Activation))
    )
    voided = (
        sa.select(shared_count(Activation, Void))
        .join(StampRun, StampRun.id == Activation.run_id)
        .join(
            Void,
            sa.and_(
                Void.run_id == Activation.run_id,
                meets(Void, Activation.first_serial, Activation.last_serial),
            ),
        )
        .where(in_force(Activation), in_force(Void))
    )
    return _total(session, activated.where(*conditions)) - _total(
        session, voided.where(*conditions)
    )


def _total(session: Session, counted: sa.Select[int]) -> int:
    column = counted.subquery().c[0]
    return int(session.scalar(sa.select(sa.func.coalesce(sa.func.sum(column), 0))) or 0)


def check_room(
    session: Session, batch: Batch, more: int, spoilage_percent: int, field: str | None = None
) -> None:
    """Raises Conflict, carrying how many are left, unless `more` stamps still fit the batch.

    `field` is what the caller's body names the number of stamps.
    """
    most = ceiling(batch.quantity, spoilage_percent)
    left = most - committed(session, batch.id)
    if more > left:
        raise Conflict(
            "over_quantity",
            message(
                "Batch %(lot)s may have %(most)s stamps in all, and %(left)s are left. "
                "Ask for fewer, or void stamps that will not be used."
            ),
            field=field,
            lot=batch.lot,
            most=most,
            left=max(left, 0),
        )

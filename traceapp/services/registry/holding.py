"""Stopping a batch at once, by whoever made it, until an officer has looked at it."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from traceapp.database import locked
from traceapp.records.batches import Batch
from traceapp.records.holds import Hold, standing_hold
from traceapp.records.products import Product
from traceapp.services.authority import Act, Actor, permit, record_act
from traceapp.services.refusals import Conflict, message, unknown
from traceapp.services.values import Maybe, Note, Sent, Told, When


class NewHold(Sent):
    """Why, for the officer who will look at it; buyers are not told. A stop needs no reason."""

    reason: Maybe[Note] = None


class Release(Sent):
    """What an officer found before he let the batch go."""

    reason: Maybe[Note] = None


class HoldTold(Told):
    """`created_at` is when the batch was stopped; `released_at` is null while it is."""

    id: int
    batch_id: int
    party_id: int
    lot: str
    product_name: str
    reason: str
    created_at: When
    released_at: When | None
    release_reason: str | None


def tell_hold(session: Session, row: Hold) -> HoldTold:
    batch = session.get_one(Batch, row.batch_id)
    return HoldTold(
        id=row.id,
        batch_id=batch.id,
        party_id=batch.party_id,
        lot=batch.lot,
        product_name=session.get_one(Product, batch.product_id).name,
        reason=row.reason,
        created_at=row.created_at,
        released_at=row.released_at,
        release_reason=row.release_reason,
    )


def hold_batch(
    session: Session, actor: Actor, batch_id: int, new: NewHold, now: datetime
) -> HoldTold:
    """Stop a batch; the next look at any of its stamps says so, and it gets no more of them.

    Raises Unknown for the batch, and Conflict for one that is on hold already.
    """
    permit(actor, Act.BATCH_HOLD)
    batch = _find(session, actor, batch_id, lock=True)
    if standing_hold(session, batch.id) is not None:
        raise Conflict(
            "already_on_hold",
            message("Batch %(lot)s is on hold already; nothing was changed."),
            lot=batch.lot,
        )
    row = Hold(
        batch_id=batch.id, reason=new.reason or "", created_by=actor.account_id, created_at=now
    )
    session.add(row)
    session.flush()
    record_act(session, actor, Act.BATCH_HOLD, batch.id, now, hold_id=row.id)
    return tell_hold(session, row)


def release_batch(
    session: Session, actor: Actor, batch_id: int, release: Release, now: datetime
) -> HoldTold:
    """Let a batch go again; a recall of it, if there is one, still warns.

    Raises Unknown for the batch, and Conflict for one that is not on hold.
    """
    permit(actor, Act.BATCH_RELEASE)
    batch = _find(session, actor, batch_id, lock=True)
    row = standing_hold(session, batch.id)
    if row is None:
        raise Conflict(
            "not_on_hold",
            message("Batch %(lot)s is not on hold; nothing was changed."),
            lot=batch.lot,
        )
    row.released_by = actor.account_id
    row.released_at = now
    row.release_reason = release.reason
    session.flush()
    record_act(session, actor, Act.BATCH_RELEASE, batch.id, now, hold_id=row.id)
    return tell_hold(session, row)


def _find(session: Session, actor: Actor, batch_id: int, *, lock: bool = False) -> Batch:
    """The batch, if it is the actor's to see; locked where wished. Raises Unknown."""
    query = sa.select(Batch).where(Batch.id == batch_id)
    batch = session.scalars(locked(query) if lock else query).one_or_none()
    if batch is None or not actor.owns(batch.party_id):
        raise unknown("batch")
    return batch


def check_not_held(session: Session, batch: Batch) -> None:
    """Raises Conflict for a batch on hold. Callers hold the batch's row."""
    if standing_hold(session, batch.id) is not None:
        raise Conflict(
            "batch_on_hold",
            message("Batch %(lot)s is on hold; an officer has to release it first."),
            lot=batch.lot,
        )


def standing_hold_told(session: Session, actor: Actor, batch_id: int) -> HoldTold | None:
    """The hold that a batch is under now, if it is. Raises Unknown for the batch."""
    permit(actor, Act.BATCH_READ)
    row = standing_hold(session, _find(session, actor, batch_id).id)
    return None if row is None else tell_hold(session, row)

"""Putting a serial range to use for a batch: from now on a look at these stamps says so."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from traceapp.records import notices
from traceapp.records.activations import Activation
from traceapp.records.batches import Batch
from traceapp.records.compromised_keys import compromised_among
from traceapp.records.products import Product
from traceapp.records.ranges import nearest
from traceapp.records.stamp_runs import StampRun
from traceapp.records.voids import Void
from traceapp.services.authority import Act, Actor, permit, record_act
from traceapp.services.paging import Page, PageWish, page_by_id
from traceapp.services.refusals import Conflict, Unacceptable, message, unknown
from traceapp.services.registry.holding import check_not_held
from traceapp.services.registry.quotas import check_room, lock_batch
from traceapp.services.registry.recalling import check_range_not_recalled
from traceapp.services.runs.reading_runs import check_inside, check_production, find_run
from traceapp.services.runs.requesting import check_approved
from traceapp.services.values import (
    Id,
    Maybe,
    Name,
    SerialRange,
    Told,
    When,
)


class NewActivation(SerialRange):
    """Without `batch_id` the run's own batch is meant."""

    batch_id: Id | None = None
    destination: Maybe[Name] = None


class ActivationTold(Told):
    """`undone_at` is there for one that was undone: it stays on record and counts for nothing."""

    id: int
    run_id: int
    first_serial: int
    last_serial: int
    quantity: int
    batch_id: int
    destination: str | None
    created_at: When
    undone_at: When | None
    undo_reason: str | None


def tell_activation(row: Activation) -> ActivationTold:
    return ActivationTold(
        id=row.id,
        run_id=row.run_id,
        first_serial=row.first_serial,
        last_serial=row.last_serial,
        quantity=row.last_serial - row.first_serial + 1,
        batch_id=row.batch_id,
        destination=row.destination,
        created_at=row.created_at,
        undone_at=row.undone_at,
        undo_reason=row.undo_reason,
    )


def activate(
    session: Session,
    actor: Actor,
    run_id: int,
    new: NewActivation,
    spoilage_percent: int,
    now: datetime,
) -> ActivationTold:
    """Activate a range of a run for a batch.

    Raises Unknown for the run; Unacceptable for a range outside it, a roll without a batch, or a
    batch of another product; Conflict for test labels, for a run whose key leaked, for serials that
    are active or void already, and for a batch that is not yet produced, expired, under recall, on
    hold, or full.
    """
    permit(actor, Act.ACTIVATION_CREATE)
    run = find_run(session, actor, run_id, lock=True)
    check_production(run)
    check_inside(run, new)
    _check_not_leaked(session, run)
    batch = _batch_for(session, run, new.batch_id)
    _check_free(session, new)
    check_approved(session, session.get_one(Product, run.product_id), batch)
    _check_time(batch, now)
    check_range_not_recalled(session, batch, new.first_serial, new.last_serial)
    check_not_held(session, batch)
    row = Activation(
        run_id=run.id,
        run_first=run.first_serial,
        run_last=run.last_serial,
        first_serial=new.first_serial,
        last_serial=new.last_serial,
        batch_id=batch.id,
        destination=new.destination,
        created_by=actor.account_id,
        created_at=now,
    )
    session.add(row)
    session.flush()
    # Counted with the new row in place: stamps of the batch's own run count already.
    check_room(session, batch, 0, spoilage_percent, "last_serial")
    notices.settle(session, row, now)
    record_act(
        session,
        actor,
        Act.ACTIVATION_CREATE,
        row.id,
        now,
        run_id=run.id,
        batch_id=batch.id,
        first_serial=row.first_serial,
        last_serial=row.last_serial,
    )
    return tell_activation(row)


def _check_not_leaked(session: Session, run: StampRun) -> None:
    """Raises Conflict where strangers can print the same stamps. A leaked hidden key does not."""
    if compromised_among(session, (run.key_id,)):
        raise Conflict(
            "key_compromised",
            message(
                "The key that signed these stamps has leaked, so they can no longer be put to "
                "use. Keep them apart, and ask for new stamps."
            ),
        )


def _batch_for(session: Session, run: StampRun, wished: int | None) -> Batch:
    """The batch that is meant, locked. Raises Unacceptable."""
    batch_id = run.batch_id if wished is None else wished
    if batch_id is None:
        raise Unacceptable(
            "batch_id",
            message("This roll has no batch; say which batch the stamps are for."),
            field="batch_id",
        )
    batch = session.get(Batch, batch_id)
    if batch is None or batch.product_id != run.product_id:
        raise Unacceptable(
            "batch_id", message("The run's product has no such batch."), field="batch_id"
        )
    return lock_batch(session, batch_id)


def _check_free(session: Session, wished: SerialRange) -> None:
    """Raises Conflict where a serial of the range is active or void already."""
    active = nearest(session, Activation, wished.first_serial, wished.last_serial)
    if active is not None:
        raise Conflict(
            "already_active",
            message("Serials %(first)s to %(last)s are active already."),
            field="first_serial",
            first=active.first_serial,
            last=active.last_serial,
        )
    void = nearest(session, Void, wished.first_serial, wished.last_serial)
    if void is not None:
        raise Conflict(
            "already_void",
            message("Serials %(first)s to %(last)s are void."),
            field="first_serial",
            first=void.first_serial,
            last=void.last_serial,
        )


def _check_time(batch: Batch, now: datetime) -> None:
    if batch.produced_at > now:
        raise Conflict(
            "not_produced",
            message("Batch %(lot)s is not produced yet; activate its stamps afterwards."),
            lot=batch.lot,
        )
    if batch.expires_at <= now:
        raise Conflict("batch_expired", message("Batch %(lot)s is expired."), lot=batch.lot)


def show_activation(session: Session, actor: Actor, activation_id: int) -> ActivationTold:
    """Raises Unknown for an activation that is not there, or not the actor's to see."""
    permit(actor, Act.ACTIVATION_READ)
    row = session.get(Activation, activation_id)
    if row is None or not actor.owns(session.get_one(StampRun, row.run_id).party_id):
        raise unknown("activation")
    return tell_activation(row)


def list_activations(
    session: Session, actor: Actor, run_id: int, wish: PageWish
) -> Page[ActivationTold]:
    """The activations of one run, undone ones too. Raises Unknown for the run."""
    permit(actor, Act.ACTIVATION_READ)
    run = find_run(session, actor, run_id)
    query = sa.select(Activation).where(Activation.run_id == run.id)
    return page_by_id(session, query, Activation.id, wish, tell_activation)

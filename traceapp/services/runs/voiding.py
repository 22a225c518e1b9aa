"""Taking a serial range out of use, whether it waits or is active."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from traceapp.records import notices
from traceapp.records.ranges import nearest
from traceapp.records.stamp_runs import StampRun
from traceapp.records.voids import Void, VoidReason
from traceapp.services.authority import Act, Actor, permit, record_act
from traceapp.services.paging import Page, PageWish, page_by_id
from traceapp.services.refusals import Conflict, message, unknown
from traceapp.services.runs.reading_runs import check_inside, check_production, find_run
from traceapp.services.values import (
    Maybe,
    Note,
    SerialRange,
    Told,
    When,
)


class NewVoid(SerialRange):
    reason: VoidReason
    note: Maybe[Note] = None


class VoidTold(Told):
    """`undone_at` is there for one that was undone: it stays on record and counts for nothing."""

    id: int
    run_id: int
    first_serial: int
    last_serial: int
    quantity: int
    reason: VoidReason
    note: str | None
    created_at: When
    undone_at: When | None
    undo_reason: str | None


def tell_void(row: Void) -> VoidTold:
    return VoidTold(
        id=row.id,
        run_id=row.run_id,
        first_serial=row.first_serial,
        last_serial=row.last_serial,
        quantity=row.last_serial - row.first_serial + 1,
        reason=row.reason,
        note=row.note,
        created_at=row.created_at,
        undone_at=row.undone_at,
        undo_reason=row.undo_reason,
    )


def void_stamps(
    session: Session, actor: Actor, run_id: int, new: NewVoid, now: datetime
) -> VoidTold:
    """Take a range of a run out of use. Its stamps no longer count against their batch.

    Raises Unknown for the run, Unacceptable for a range outside it, and Conflict for test labels
    and for serials that are void already.
    """
    permit(actor, Act.VOID_CREATE)
    run = find_run(session, actor, run_id, lock=True)
    check_production(run)
    check_inside(run, new)
    standing = nearest(session, Void, new.first_serial, new.last_serial)
    if standing is not None:
        raise Conflict(
            "already_void",
            message("Serials %(first)s to %(last)s are void."),
            field="first_serial",
            first=standing.first_serial,
            last=standing.last_serial,
        )
    row = Void(
        run_id=run.id,
        run_first=run.first_serial,
        run_last=run.last_serial,
        first_serial=new.first_serial,
        last_serial=new.last_serial,
        reason=new.reason,
        note=new.note,
        created_by=actor.account_id,
        created_at=now,
    )
    session.add(row)
    session.flush()
    notices.settle(session, row, now)
    record_act(
        session,
        actor,
        Act.VOID_CREATE,
        row.id,
        now,
        run_id=run.id,
        reason=new.reason.value,
        first_serial=row.first_serial,
        last_serial=row.last_serial,
    )
    return tell_void(row)


def show_void(session: Session, actor: Actor, void_id: int) -> VoidTold:
    """Raises Unknown for a void that is not there, or not the actor's to see."""
    permit(actor, Act.VOID_READ)
    row = session.get(Void, void_id)
    if row is None or not actor.owns(session.get_one(StampRun, row.run_id).party_id):
        raise unknown("void")
    return tell_void(row)


def list_voids(session: Session, actor: Actor, run_id: int, wish: PageWish) -> Page[VoidTold]:
    """The voids of one run, undone ones too. Raises Unknown for the run."""
    permit(actor, Act.VOID_READ)
    run = find_run(session, actor, run_id)
    query = sa.select(Void).where(Void.run_id == run.id)
    return page_by_id(session, query, Void.id, wish, tell_void)

"""Leave to draw labels again whose stamps are in use: asked for by the party, given by an officer.

Two labels of one stamp are two sets that nobody can tell apart, so that each leave says which
range and why, works once, and only for some days.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from traceapp.database import locked
from traceapp.records.activations import Activation
from traceapp.records.decided import State
from traceapp.records.ranges import nearest
from traceapp.records.redraw_leaves import RedrawLeave, RedrawReason
from traceapp.records.stamp_runs import StampRun
from traceapp.services.authority import Act, Actor, may, permit, record_act
from traceapp.services.paging import Page, PageWish, page_by_id
from traceapp.services.refusals import Conflict, Unacceptable, message, unknown
from traceapp.services.registry.deciding import Rejection, check_undecided
from traceapp.services.runs.label_files import LabelJob
from traceapp.services.runs.reading_runs import check_inside, check_production, find_run
from traceapp.services.values import Id, Maybe, Note, SerialRange, Told, When


class NewRedrawLeave(SerialRange):
    """`hidden_codes` where the labels shall hold hidden codes again."""

    reason: RedrawReason
    note: Maybe[Note] = None
    hidden_codes: bool = False


class RedrawLeaveTold(Told):
    """A leave, or the wish for one. An approved one works once, until `expires_at`."""

    id: int
    run_id: int
    first_serial: int
    last_serial: int
    quantity: int
    hidden_codes: bool
    reason: RedrawReason
    note: str | None
    state: State
    decision_reason: str | None
    created_at: When
    decided_at: When | None
    expires_at: When | None
    used_at: When | None


class LeaveFilter(PageWish):
    """Which leaves: in one state, of one run."""

    state: State | None = None
    run_id: Id | None = None


def tell_leave(row: RedrawLeave) -> RedrawLeaveTold:
    columns = {
        name: getattr(row, name) for name in RedrawLeaveTold.model_fields if name != "quantity"
    }
    return RedrawLeaveTold(**columns, quantity=row.last_serial - row.first_serial + 1)


def ask_redraw(
    session: Session, actor: Actor, run_id: int, new: NewRedrawLeave, days: int, now: datetime
) -> RedrawLeaveTold:
    """Ask to draw labels of a range again. An officer's own wish is granted at once, for `days`.

    Raises Unknown for the run; Unacceptable for a range outside it, and for hidden codes that it
    has not; Conflict for test labels, and where no stamp of the range is in use, so that no leave
    is needed.
    """
    permit(actor, Act.REDRAW_ASK)
    run = find_run(session, actor, run_id, lock=True)
    check_production(run)
    check_inside(run, new)
    if new.hidden_codes and run.hidden_key_id is None:
        raise Unacceptable(
            "no_hidden_codes",
            message("These stamps were issued without hidden codes; leave them out."),
            field="hidden_codes",
        )
    if nearest(session, Activation, new.first_serial, new.last_serial) is None:
        raise Conflict(
            "no_leave_needed",
            message("None of these stamps is in use: their labels need no leave."),
        )
    row = RedrawLeave(
        run_id=run.id,
        run_first=run.first_serial,
        run_last=run.last_serial,
        first_serial=new.first_serial,
        last_serial=new.last_serial,
        hidden_codes=new.hidden_codes,
        reason=new.reason,
        note=new.note,
        state=State.SUBMITTED,
        created_by=actor.account_id,
        created_at=now,
    )
    session.add(row)
    session.flush()
    record_act(
        session,
        actor,
        Act.REDRAW_ASK,
        row.id,
        now,
        run_id=run.id,
        first_serial=row.first_serial,
        last_serial=row.last_serial,
        hidden_codes=row.hidden_codes,
    )
    if may(actor, Act.REDRAW_DECIDE):
        return decide_redraw(session, actor, row.id, None, days, now)
    return tell_leave(row)


def leave_on_the_spot(
    session: Session, actor: Actor, run_id: int, job: LabelJob, now: datetime
) -> None:
    """Let an officer at the server give himself the leave that labels need, so that it stands.

    Whoever runs commands there could read the keys. Nobody else gets one by this.
    """
    ends = SerialRange(first_serial=job.first_serial, last_serial=job.last_serial)
    active = nearest(session, Activation, ends.first_serial, ends.last_serial)
    if active is None or not may(actor, Act.REDRAW_DECIDE):
        return
    new = NewRedrawLeave(
        **ends.model_dump(), reason=RedrawReason.OTHER, hidden_codes=job.hidden_key is not None
    )
    ask_redraw(session, actor, run_id, new, 1, now)


def decide_redraw(
    session: Session,
    actor: Actor,
    leave_id: int,
    rejection: Rejection | None,
    days: int,
    now: datetime,
) -> RedrawLeaveTold:
    """Give a leave for so many `days`, or refuse it with a reason.

    Raises Unknown, and Conflict for one that was decided before.
    """
    permit(actor, Act.REDRAW_DECIDE)
    query = sa.select(RedrawLeave).where(RedrawLeave.id == leave_id)
    row = session.scalars(locked(query)).one_or_none()
    if row is None:
        raise unknown("redraw_leave")
    wanted = State.APPROVED if rejection is None else State.REJECTED
    check_undecided(row.state, wanted)
    row.state = wanted
    row.decided_by = actor.account_id
    row.decided_at = now
    row.decision_reason = None if rejection is None else rejection.reason
    row.expires_at = now + timedelta(days=days) if rejection is None else None
    session.flush()
    record_act(session, actor, Act.REDRAW_DECIDE, row.id, now, state=wanted.value)
    return tell_leave(row)


def show_leave(session: Session, actor: Actor, leave_id: int) -> RedrawLeaveTold:
    """Raises Unknown for a leave that is not there, or not the actor's to see."""
    permit(actor, Act.REDRAW_READ)
    row = session.get(RedrawLeave, leave_id)
    if row is None or not actor.owns(session.get_one(StampRun, row.run_id).party_id):
        raise unknown("redraw_leave")
    return tell_leave(row)


def list_leaves(session: Session, actor: Actor, wish: LeaveFilter) -> Page[RedrawLeaveTold]:
    """The leaves that the actor may see, oldest first."""
    permit(actor, Act.REDRAW_READ)
    query = sa.select(RedrawLeave)
    if wish.run_id is not None:
        query = query.where(RedrawLeave.run_id == wish.run_id)
    if wish.state is not None:
        query = query.where(RedrawLeave.state == wish.state)
    if not actor.sees_all:
        query = query.join(StampRun, StampRun.id == RedrawLeave.run_id)
        query = query.where(StampRun.party_id == actor.party_id)
    return page_by_id(session, query, RedrawLeave.id, wish, tell_leave)


def newest_leaves(session: Session, actor: Actor, run_id: int, limit: int) -> list[RedrawLeaveTold]:
    """The newest leaves of a run, in whatever state. Raises Unknown for the run."""
    permit(actor, Act.REDRAW_READ)
    run = find_run(session, actor, run_id)
    query = sa.select(RedrawLeave).where(RedrawLeave.run_id == run.id)
    rows = session.scalars(query.order_by(RedrawLeave.id.desc()).limit(limit))
    return [tell_leave(row) for row in rows]

"""Who took which labels out, when, and how often: a run drawn twice can become two genuine sets."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from stamps import HiddenLayer, LabelFormat, Language
from traceapp.records.accounts import Account
from traceapp.records.drawings import (
    Drawing,
    Outcome,
    drawn_spans,
)
from traceapp.records.stamp_runs import StampRun, in_production
from traceapp.services.authority import Act, Actor, permit
from traceapp.services.paging import Page, PageWish, newest_first
from traceapp.services.refusals import unknown
from traceapp.services.runs.reading_runs import find_run
from traceapp.services.values import Told, When

MOST_RANGES = 1_000


class DrawingTold(Told):
    """One taking out of labels. `who` is a person's name or sign-in name; `bytes` were handed over.

    `sheet` and `hidden` are null for a CSV; `leave_id` is there where stamps were in use already.
    One that is only `begun` still goes on, or its server ended before it did.
    """

    id: int
    run_id: int
    first_serial: int
    last_serial: int
    quantity: int
    format: LabelFormat
    sheet: str | None
    hidden: HiddenLayer | None
    hidden_codes: bool
    dpi: int | None
    language: Language
    in_parts: bool
    leave_id: int | None
    who: str
    created_at: When
    outcome: Outcome
    bytes: int | None
    ended_at: When | None


class DrawnRange(Told):
    """Neighbouring serials that were taken out equally often."""

    first_serial: int
    last_serial: int
    quantity: int
    times: int


class DrawnRanges(Told):
    """`once` and `again` count serials: those taken out once, and those more often.

    `items` are the lowest of them, `more` where there are others.
    """

    items: list[DrawnRange]
    once: int
    again: int
    more: bool


_QUERY = sa.select(
    Drawing,
    Drawing.id.label("id"),
    sa.func.coalesce(Account.name, Account.sign_in_name).label("who"),
).join(Account, Account.id == Drawing.created_by)


def _tell(row: Drawing, who: str) -> DrawingTold:
    ours = DrawingTold.model_fields.keys() - {"who", "quantity"}
    columns = {name: getattr(row, name) for name in ours}
    return DrawingTold(**columns, who=who, quantity=row.last_serial - row.first_serial + 1)


def list_drawings(session: Session, actor: Actor, run_id: int, wish: PageWish) -> Page[DrawingTold]:
    """How the labels of a run were taken out, newest first. Raises Unknown for the run."""
    permit(actor, Act.DRAWING_READ)
    run = find_run(session, actor, run_id)
    rows, cursor = newest_first(session, _QUERY.where(Drawing.run_id == run.id), Drawing.id, wish)
    return Page(items=[_tell(row.Drawing, row.who) for row in rows], next_cursor=cursor)


def show_drawing(session: Session, actor: Actor, drawing_id: int) -> DrawingTold:
    """Raises Unknown for one that is not there, or not the actor's to see."""
    permit(actor, Act.DRAWING_READ)
    row = session.execute(_QUERY.where(Drawing.id == drawing_id)).one_or_none()
    if row is None or not actor.owns(session.get_one(StampRun, row.Drawing.run_id).party_id):
        raise unknown("drawing")
    return _tell(row.Drawing, row.who)


def drawn_again(session: Session, actor: Actor, since: datetime, limit: int) -> list[DrawingTold]:
    """Labels for goods that were taken out since then, and some of them before; newest first."""
    permit(actor, Act.DRAWING_READ)
    earlier = aliased(Drawing)
    met = sa.exists().where(
        earlier.run_id == Drawing.run_id,
        earlier.id < Drawing.id,
        earlier.first_serial <= Drawing.last_serial,
        earlier.last_serial >= Drawing.first_serial,
    )
    query = (
        _QUERY.join(StampRun, StampRun.id == Drawing.run_id)
        .where(in_production(), Drawing.created_at > since, met)
        .order_by(Drawing.id.desc())
        .limit(limit)
    )
    if not actor.sees_all:
        query = query.where(StampRun.party_id == actor.party_id)
    return [_tell(row.Drawing, row.who) for row in session.execute(query)]


def drawn_ranges(session: Session, actor: Actor, run_id: int) -> DrawnRanges:
    """How often each part of a run was taken out. Raises Unknown for the run.

    One that broke off counts in full: nobody knows how much of it arrived.
    """
    permit(actor, Act.DRAWING_READ)
    run = find_run(session, actor, run_id)
    found = [
        DrawnRange(first_serial=first, last_serial=last, quantity=last - first + 1, times=times)
        for first, last, times in drawn_spans(session, run.id, MOST_RANGES + 1)
    ]
    shown = found[:MOST_RANGES]
    return DrawnRanges(
        items=shown,
        once=sum(each.quantity for each in shown if each.times == 1),
        again=sum(each.quantity for each in shown if each.times > 1),
        more=len(found) > len(shown),
    )

"""Alerts as people read them, and marking one as handled."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from traceapp.database import locked
from traceapp.records.alerts import Alert, AlertKind, is_open
from traceapp.records.parties import Party
from traceapp.services.authority import Act, Actor, permit, record_act
from traceapp.services.paging import Page, PageWish, newest_first
from traceapp.services.refusals import Conflict, message, unknown
from traceapp.services.values import Note, Sent, Told, When


class AlertState(StrEnum):
    OPEN = "open"
    HANDLED = "handled"


class AlertFilter(PageWish):
    """All that are given must hold."""

    state: AlertState | None = None
    kind: AlertKind | None = None


class Handling(Sent):
    """The note says what was found and done."""

    note: Note


class AlertTold(Told):
    """One trouble. `count` says how often it was seen from `first_at` to `last_at`, and `serial` at
    which stamp last. What concerns the whole service has no party, run or batch."""

    id: int
    kind: AlertKind
    state: AlertState
    party_id: int | None
    party: str | None
    run_id: int | None
    batch_id: int | None
    serial: int | None
    count: int
    first_at: When
    last_at: When
    handled_at: When | None
    note: str | None


def list_alerts(session: Session, actor: Actor, wish: AlertFilter) -> Page[AlertTold]:
    """The alerts that are the actor's to see, newest first: an officer's all, a party's its own."""
    permit(actor, Act.ALERT_READ)
    query = _visible(actor)
    if wish.state is not None:
        query = query.where(is_open() if wish.state is AlertState.OPEN else ~is_open())
    if wish.kind is not None:
        query = query.where(Alert.kind == wish.kind)
    rows, cursor = newest_first(session, query, Alert.id, wish)
    return Page(items=[_tell(row) for row in rows], next_cursor=cursor)


def show_alert(session: Session, actor: Actor, alert_id: int) -> AlertTold:
    """Raises Unknown for an alert that is not there, or not the actor's to see."""
    permit(actor, Act.ALERT_READ)
    row = session.execute(_visible(actor).where(Alert.id == alert_id)).one_or_none()
    if row is None:
        raise unknown("alert")
    return _tell(row)


def count_open_alerts(session: Session, actor: Actor) -> int:
    permit(actor, Act.ALERT_READ)
    query = _visible(actor).where(is_open()).with_only_columns(sa.func.count())
    return session.scalar(query) or 0


def handle_alert(
    session: Session, actor: Actor, alert_id: int, handling: Handling, now: datetime
) -> AlertTold:
    """Mark an alert as handled; the next cause begins a new one.

    Raises Unknown, and Conflict for one that is handled already.
    """
    permit(actor, Act.ALERT_HANDLE)
    row = session.scalars(locked(sa.select(Alert).where(Alert.id == alert_id))).one_or_none()
    if row is None:
        raise unknown("alert")
    if row.handled_at is not None:
        raise Conflict("handled", message("This alert was handled already; nothing was changed."))
    row.handled_by = actor.account_id
    row.handled_at = now
    row.note = handling.note
    session.flush()
    record_act(session, actor, Act.ALERT_HANDLE, row.id, now, kind=row.kind.value)
    return show_alert(session, actor, alert_id)


_COLUMNS = [getattr(Alert, name) for name in AlertTold.model_fields if hasattr(Alert, name)]


def _visible(actor: Actor) -> sa.Select[Any]:
    query = sa.select(*_COLUMNS, Party.name.label("party"))
    query = query.outerjoin(Party, Party.id == Alert.party_id)
    return query if actor.sees_all else query.where(Alert.party_id == actor.party_id)


def _tell(row: sa.Row[Any]) -> AlertTold:
    state = AlertState.OPEN if row.handled_at is None else AlertState.HANDLED
    return AlertTold(**row._mapping, state=state)

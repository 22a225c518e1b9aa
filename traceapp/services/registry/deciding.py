"""An officer's decision on a party, a facility or a product."""

from __future__ import annotations

from datetime import datetime
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

from traceapp.database import locked
from traceapp.records.decided import State
from traceapp.records.facilities import Facility
from traceapp.records.parties import Party
from traceapp.records.pictures import approve_pictures_of
from traceapp.records.products import Product
from traceapp.services.authority import Act, Actor, permit, record_act
from traceapp.services.refusals import Conflict, message, unknown
from traceapp.services.registry.registering import (
    FacilityTold,
    PartyTold,
    ProductTold,
    tell_facility,
    tell_party,
    tell_product,
)
from traceapp.services.values import Note, Sent

Row = TypeVar("Row", Party, Facility, Product)


class Rejection(Sent):
    """Why not, in words that help the producer to do better."""

    reason: Note


def decide_party(
    session: Session, actor: Actor, party_id: int, rejection: Rejection | None, now: datetime
) -> PartyTold:
    """Approve a party, or reject it with a reason."""
    return tell_party(_decide(session, actor, Party, Act.PARTY_DECIDE, party_id, rejection, now))


def decide_facility(
    session: Session, actor: Actor, facility_id: int, rejection: Rejection | None, now: datetime
) -> FacilityTold:
    """Approve a facility, or reject it with a reason."""
    act = Act.FACILITY_DECIDE
    return tell_facility(_decide(session, actor, Facility, act, facility_id, rejection, now))


def decide_product(
    session: Session, actor: Actor, product_id: int, rejection: Rejection | None, now: datetime
) -> ProductTold:
    """Approve a product, with the pictures that wait at it, or reject it with a reason."""
    row = _decide(session, actor, Product, Act.PRODUCT_DECIDE, product_id, rejection, now)
    if rejection is None:
        approve_pictures_of(session, product_id, actor.account_id, now)
    return tell_product(row)


def _decide(
    session: Session,
    actor: Actor,
    table: type[Row],
    act: Act,
    row_id: int,
    rejection: Rejection | None,
    now: datetime,
) -> Row:
    """Decide once: what was approved stays so; what was rejected may be approved after all.

    Raises Unknown, and Conflict for a decision that was taken before.
    """
    permit(actor, act)
    row = session.scalars(locked(sa.select(table).where(table.id == row_id))).one_or_none()
    if row is None:
        raise unknown(table.__name__.lower())
    wanted = State.APPROVED if rejection is None else State.REJECTED
    check_undecided(row.state, wanted)
    row.state = wanted
    row.decided_by = actor.account_id
    row.decided_at = now
    row.decision_reason = None if rejection is None else rejection.reason
    record_act(session, actor, act, row_id, now, state=wanted.value)
    return row


def check_undecided(state: State, wanted: State) -> None:
    """Raises Conflict unless something in `state` can still become `wanted`."""
    if state is State.APPROVED:
        raise Conflict("decided", message("This was approved already; nothing was changed."))
    if state is State.REJECTED and wanted is State.REJECTED:
        raise Conflict("decided", message("This was rejected already; nothing was changed."))

"""A producer asks for stamps, for a batch or as a roll for a product; an officer may reject."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from stamps import LinkForm, linkable_lot
from traceapp.database import locked
from traceapp.records.batches import Batch
from traceapp.records.decided import State
from traceapp.records.facilities import Facility
from traceapp.records.parties import Party
from traceapp.records.products import Product
from traceapp.records.stamp_requests import StampRequest, for_production
from traceapp.records.stamp_runs import StampRun
from traceapp.services.authority import Act, Actor, permit, record_act
from traceapp.services.paging import Page, PageWish, page_by_id
from traceapp.services.refusals import Conflict, Unacceptable, message, unknown
from traceapp.services.registry.deciding import Rejection, check_undecided
from traceapp.services.registry.holding import check_not_held
from traceapp.services.registry.quotas import check_room, lock_batch
from traceapp.services.registry.recalling import check_not_recalled
from traceapp.services.values import (
    Count,
    Id,
    Maybe,
    Note,
    Sent,
    Told,
    When,
)


class NewStampRequest(Sent):
    """Without `batch_id` it is a roll. `link_form` defaults to gs1 where the product has a GTIN."""

    product_id: Id
    batch_id: Id | None = None
    quantity: Count
    hidden_code: bool = False
    link_form: LinkForm | None = None
    note: Maybe[Note] = None


class StampRequestTold(Told):
    """`run_id` is there once the request is approved."""

    id: int
    state: State
    party_id: int
    product_id: int
    batch_id: int | None
    quantity: int
    hidden_code: bool
    link_form: LinkForm
    note: str | None
    decision_reason: str | None
    decided_at: When | None
    created_at: When
    run_id: int | None


class Allowance(Told):
    """The limits of asking: percent of spoilage over a batch's units, stamps in one roll."""

    spoilage_percent: int
    roll_limit: int


def tell_request(session: Session, row: StampRequest) -> StampRequestTold:
    run_id = session.scalar(sa.select(StampRun.id).where(StampRun.request_id == row.id))
    columns = {
        name: getattr(row, name) for name in StampRequestTold.model_fields if name != "run_id"
    }
    return StampRequestTold(**columns, run_id=run_id)


def request_stamps(
    session: Session, actor: Actor, new: NewStampRequest, allowance: Allowance, now: datetime
) -> StampRequestTold:
    """Ask for stamps. The request counts against its batch from this moment on.

    Raises Unacceptable for ids that are another party's or do not belong together, and Conflict
    where something is not approved yet, is over, on hold, under recall, or where the batch has no
    room.
    """
    permit(actor, Act.REQUEST_CREATE)
    product = own_product(session, actor, new.product_id)
    batch = _batch_of(session, product, new.batch_id)
    check_approved(session, product, batch)
    if batch is None:
        if new.quantity > allowance.roll_limit:
            raise Unacceptable(
                "roll_limit",
                message("A roll has at most %(most)s stamps; send several requests."),
                field="quantity",
                most=allowance.roll_limit,
            )
    else:
        check_usable(session, batch, now)
        check_room(session, batch, new.quantity, allowance.spoilage_percent, "quantity")
    row = StampRequest(
        party_id=product.party_id,
        product_id=product.id,
        batch_id=new.batch_id,
        quantity=new.quantity,
        hidden_code=new.hidden_code,
        link_form=link_form_of(product, batch, new.link_form),
        note=new.note,
        state=State.SUBMITTED,
        created_by=actor.account_id,
        created_at=now,
    )
    session.add(row)
    session.flush()
    record_act(session, actor, Act.REQUEST_CREATE, row.id, now, quantity=new.quantity)
    return tell_request(session, row)


def own_product(session: Session, actor: Actor, product_id: int) -> Product:
    """The product that a body names. Raises Unacceptable unless it is the actor's to see."""
    product = session.get(Product, product_id)
    if product is None or not actor.owns(product.party_id):
        raise Unacceptable(
            "product_id",
            message("There is no such product, or it is not yours."),
            field="product_id",
        )
    return product


def _batch_of(session: Session, product: Product, batch_id: int | None) -> Batch | None:
    """The batch that a request names, locked; None for a roll. Raises Unacceptable."""
    if batch_id is None:
        return None
    found = session.get(Batch, batch_id)
    if found is None or found.product_id != product.id:
        raise Unacceptable("batch_id", message("This product has no such batch."), field="batch_id")
    return lock_batch(session, batch_id)


def check_approved(session: Session, product: Product, batch: Batch | None) -> None:
    """Raises Conflict unless party, product and the batch's facility are approved."""
    if session.get_one(Party, product.party_id).state is not State.APPROVED:
        raise Conflict(
            "party_not_approved",
            message("The party is not approved yet. Ask your officer to look at it."),
        )
    if product.state is not State.APPROVED:
        raise Conflict(
            "product_not_approved",
            message("The product is not approved yet. Ask your officer to look at it."),
        )
    if batch is None:
        return
    if session.get_one(Facility, batch.facility_id).state is not State.APPROVED:
        raise Conflict(
            "facility_not_approved",
            message("The facility is not approved yet. Ask your officer to look at it."),
        )


def check_usable(session: Session, batch: Batch, now: datetime) -> None:
    """Raises Conflict for a batch that is expired, on hold or under recall: no more stamps."""
    if batch.expires_at <= now:
        raise Conflict("batch_expired", message("Batch %(lot)s is expired."), lot=batch.lot)
    check_not_recalled(session, batch)
    check_not_held(session, batch)


def link_form_of(product: Product, batch: Batch | None, wish: LinkForm | None) -> LinkForm:
    """How the links will be written. Raises Unacceptable for a form the product cannot have."""
    if wish is None:
        return LinkForm.SHORT if product.gtin is None else LinkForm.GS1
    if wish is not LinkForm.SHORT and product.gtin is None:
        raise Unacceptable(
            "link_form", message("A GS1 link needs a product with a GTIN."), field="link_form"
        )
    if wish is LinkForm.GS1_LOT and (batch is None or not linkable_lot(batch.lot)):
        raise Unacceptable(
            "link_form",
            message("A link with a lot needs a batch whose lot GS1 can write."),
            field="link_form",
        )
    return wish


def lock_request(session: Session, request_id: int) -> StampRequest:
    """The request's row, locked until the transaction ends. Raises Unknown."""
    row = session.scalars(
        locked(sa.select(StampRequest).where(StampRequest.id == request_id))
    ).one_or_none()
    if row is None:
        raise unknown("stamp_request")
    return row


def reject_request(
    session: Session, actor: Actor, request_id: int, rejection: Rejection, now: datetime
) -> StampRequestTold:
    """Reject a request; its stamps stop counting. Raises Conflict for one already decided."""
    permit(actor, Act.REQUEST_DECIDE)
    row = lock_request(session, request_id)
    check_undecided(row.state, State.REJECTED)
    row.state = State.REJECTED
    row.decided_by = actor.account_id
    row.decided_at = now
    row.decision_reason = rejection.reason
    record_act(session, actor, Act.REQUEST_DECIDE, row.id, now, state=row.state.value)
    return tell_request(session, row)


def show_request(session: Session, actor: Actor, request_id: int) -> StampRequestTold:
    """Raises Unknown for a request that is not there, or not the actor's to see."""
    permit(actor, Act.REQUEST_READ)
    row = session.get(StampRequest, request_id)
    if row is None or not actor.owns(row.party_id):
        raise unknown("stamp_request")
    return tell_request(session, row)


def list_requests(session: Session, actor: Actor, wish: PageWish) -> Page[StampRequestTold]:
    permit(actor, Act.REQUEST_READ)
    query = sa.select(StampRequest).where(for_production())
    if not actor.sees_all:
        query = query.where(StampRequest.party_id == actor.party_id)
    return page_by_id(session, query, StampRequest.id, wish, lambda row: tell_request(session, row))

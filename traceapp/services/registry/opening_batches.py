"""Opening a batch: what was made together, when and where, and how long it keeps."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import sqlalchemy as sa
from pydantic import Field
from sqlalchemy.orm import Session

from traceapp.database import locked
from traceapp.records.batches import Batch
from traceapp.records.decided import State
from traceapp.records.facilities import Facility
from traceapp.records.parties import Party
from traceapp.records.products import Product
from traceapp.services.authority import Act, Actor, permit, record_act
from traceapp.services.paging import Page, PageWish, page_by_id
from traceapp.services.refusals import Conflict, Unacceptable, message, unknown
from traceapp.services.registry.product_kinds import ProductKinds, read_attributes
from traceapp.services.values import (
    Count,
    Id,
    Instant,
    Lot,
    Maybe,
    Sent,
    Told,
    When,
    Word,
)


class Expiry(Sent):
    """How long a batch keeps under one storage condition."""

    condition: Word
    expires_at: Instant


class NewBatch(Sent):
    """`quantity` counts units for sale. `sold_as` names the condition whose time counts."""

    product_id: Id
    facility_id: Id
    lot: Lot
    produced_at: Instant
    expires_at: Instant
    quantity: Count
    attributes: Annotated[dict[str, Any], Field(max_length=100)] | None = None
    expiries: Annotated[list[Expiry], Field(max_length=10)] | None = None
    sold_as: Maybe[Word] = None


class ExpiryTold(Told):
    condition: str
    expires_at: When


class BatchTold(Told):
    id: int
    product_id: int
    facility_id: int
    party_id: int
    lot: str
    produced_at: When
    expires_at: When
    expiries: list[ExpiryTold]
    sold_as: str | None
    quantity: int
    attributes: dict[str, Any]
    created_at: When


def tell_batch(row: Batch) -> BatchTold:
    return BatchTold.model_validate(row, from_attributes=True)


def open_batch(
    session: Session, actor: Actor, new: NewBatch, kinds: ProductKinds, now: datetime
) -> BatchTold:
    """Open a batch of a product; it needs no approval.

    Raises Unacceptable for another party's ids, times in the wrong order, or attributes that the
    product's kind does not know; Conflict for a lot that the product has already.
    """
    permit(actor, Act.BATCH_CREATE)
    product, facility = _ground(session, actor, new)
    check_times(new)
    attributes = read_attributes(kinds[product.kind], new.attributes or {})
    same_lot = sa.select(Batch.id).where(
        Batch.product_id == product.id, Batch.lot_folded == new.lot.casefold()
    )
    if session.scalar(same_lot) is not None:
        raise Conflict(
            "lot", message("This product has a batch with this lot already."), field="lot"
        )
    row = Batch(
        product_id=product.id,
        facility_id=facility.id,
        party_id=product.party_id,
        lot=new.lot,
        lot_folded=new.lot.casefold(),
        produced_at=new.produced_at,
        expires_at=new.expires_at,
        expiries=[each.model_dump(mode="json") for each in new.expiries or ()],
        sold_as=new.sold_as,
        quantity=new.quantity,
        attributes=attributes,
        created_by=actor.account_id,
        created_at=now,
    )
    session.add(row)
    session.flush()
    record_act(session, actor, Act.BATCH_CREATE, row.id, now, product_id=product.id)
    return tell_batch(row)


def _ground(session: Session, actor: Actor, new: NewBatch) -> tuple[Product, Facility]:
    """The product and the facility a batch stands on, of one party, which is the actor's.

    The product is locked, so that its kind cannot change while attributes are read by it.
    """
    found = locked(sa.select(Product).where(Product.id == new.product_id))
    product = session.scalars(found).one_or_none()
    if product is None or not actor.owns(product.party_id):
        raise Unacceptable(
            "product_id",
            message("There is no such product, or it is not yours."),
            field="product_id",
        )
    facility = session.get(Facility, new.facility_id)
    if facility is None or facility.party_id != product.party_id:
        raise Unacceptable(
            "facility_id",
            message("The product's party has no such facility."),
            field="facility_id",
        )
    party = session.get_one(Party, product.party_id)
    if State.REJECTED in (party.state, product.state, facility.state):
        raise Conflict(
            "rejected",
            message("The party, product or facility was rejected; nothing can build on it."),
        )
    return product, facility


def check_times(new: NewBatch | BatchTold) -> None:
    """Raises Unacceptable for times in the wrong order, or that do not agree with each other."""
    if new.expires_at <= new.produced_at:
        raise Unacceptable(
            "expires_at", message("The expiry must be after the production."), field="expires_at"
        )
    by_condition = {each.condition: each.expires_at for each in new.expiries or ()}
    if len(by_condition) != len(new.expiries or ()):
        raise Unacceptable(
            "expiries", message("Name each storage condition once."), field="expiries"
        )
    if any(moment <= new.produced_at for moment in by_condition.values()):
        raise Unacceptable(
            "expiries", message("The expiry must be after the production."), field="expiries"
        )
    if new.sold_as is not None and by_condition.get(new.sold_as) != new.expires_at:
        raise Unacceptable(
            "sold_as",
            message("sold_as must name one of the expiries, and expires_at must be its time."),
            field="sold_as",
        )


def show_batch(session: Session, actor: Actor, batch_id: int) -> BatchTold:
    """Raises Unknown for a batch that is not there, or not the actor's to see."""
    permit(actor, Act.BATCH_READ)
    row = session.get(Batch, batch_id)
    if row is None or not actor.owns(row.party_id):
        raise unknown("batch")
    return tell_batch(row)


def list_batches(session: Session, actor: Actor, wish: PageWish) -> Page[BatchTold]:
    permit(actor, Act.BATCH_READ)
    query = sa.select(Batch)
    if not actor.sees_all:
        query = query.where(Batch.party_id == actor.party_id)
    return page_by_id(session, query, Batch.id, wish, tell_batch)

"""Registering who makes what and where: parties, facilities and products.

What an officer creates is approved; what a producer creates waits for an officer, and her party
may prepare on it meanwhile.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

import sqlalchemy as sa
from pydantic import Field
from sqlalchemy.orm import Session

from traceapp.records.accounts import Account, Role
from traceapp.records.decided import State
from traceapp.records.facilities import Facility
from traceapp.records.parties import Party, PartyKind
from traceapp.records.products import Product
from traceapp.services.authority import Act, Actor, permit, record_act
from traceapp.services.paging import Page, PageWish, page_by_id
from traceapp.services.refusals import Conflict, Unacceptable, message, unknown
from traceapp.services.registry.product_kinds import ProductKinds
from traceapp.services.values import (
    Address,
    GtinText,
    Id,
    Maybe,
    Name,
    Note,
    Phone,
    Sent,
    Short,
    TaxCode,
    Told,
    When,
    Word,
)

KindName = Annotated[str, Field(min_length=1, max_length=32, pattern=r"^[a-z0-9_]+$")]
Latitude = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
Longitude = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
ShelfLife = Annotated[int, Field(ge=1, le=36500)]
Stars = Annotated[int, Field(ge=1, le=5)]


class NewParty(Sent):
    kind: PartyKind
    name: Name
    address: Address
    tax_code: Maybe[TaxCode] = None
    province: Maybe[Word] = None
    phone: Maybe[Phone] = None


class NewFacility(Sent):
    party_id: Id
    name: Name
    address: Address
    latitude: Latitude | None = None
    longitude: Longitude | None = None


class NewProduct(Sent):
    """`kind` is the name of a product kind. OCOP stars show only until `ocop_until`."""

    party_id: Id
    kind: KindName
    name: Name
    net_content: Short
    shelf_life_days: ShelfLife | None = None
    gtin: Maybe[GtinText] = None
    brand: Maybe[Word] = None
    standard: Maybe[Name] = None
    storage: Maybe[Note] = None
    warning: Maybe[Note] = None
    ocop_stars: Stars | None = None
    ocop_certificate: Maybe[Word] = None
    ocop_until: date | None = None


class DecidedTold(Told):
    """`decision_reason` is the last decision's: one that was sent again still shows why."""

    id: int
    state: State
    decision_reason: str | None
    created_at: When


class PartyTold(DecidedTold):
    """A party, as its own people and officers see it."""

    kind: PartyKind
    name: str
    tax_code: str | None
    address: str
    province: str | None
    phone: str | None


class FacilityTold(DecidedTold):
    party_id: int
    name: str
    address: str
    latitude: float | None
    longitude: float | None


class ProductTold(DecidedTold):
    party_id: int
    kind: str
    name: str
    net_content: str
    shelf_life_days: int | None
    gtin: str | None
    brand: str | None
    standard: str | None
    storage: str | None
    warning: str | None
    ocop_stars: int | None
    ocop_certificate: str | None
    ocop_until: date | None


def _mark(actor: Actor, now: datetime) -> dict[str, Any]:
    """The columns of a decision for something new."""
    officer = actor.role is Role.OFFICER
    return {
        "state": State.APPROVED if officer else State.SUBMITTED,
        "created_by": actor.account_id,
        "created_at": now,
        "decided_by": actor.account_id if officer else None,
        "decided_at": now if officer else None,
    }


def tell_party(row: Party) -> PartyTold:
    return PartyTold.model_validate(row, from_attributes=True)


def tell_facility(row: Facility) -> FacilityTold:
    return FacilityTold.model_validate(row, from_attributes=True)


def tell_product(row: Product) -> ProductTold:
    return ProductTold.model_validate(row, from_attributes=True)


def register_party(session: Session, actor: Actor, new: NewParty, now: datetime) -> PartyTold:
    """Register a party. A producer registers one, her own, and it becomes hers.

    Raises Conflict where a producer has a party already that was not rejected.
    """
    permit(actor, Act.PARTY_CREATE)
    check_party_kind(actor, new.kind)
    account = None
    if actor.role is Role.PRODUCER:
        # Locked before anything points at it, so that two such requests wait and do not deadlock.
        account = session.get_one(Account, actor.account_id, with_for_update=True)
        standing = None if account.party_id is None else session.get(Party, account.party_id)
        if standing is not None and standing.state is not State.REJECTED:
            raise Conflict(
                "has_party",
                message("Your account belongs to a party already. Ask an officer for another one."),
            )
    row = Party(**new.model_dump(), **_mark(actor, now))
    session.add(row)
    session.flush()
    if account is not None:
        account.party_id = row.id
    record_act(session, actor, Act.PARTY_CREATE, row.id, now)
    return tell_party(row)


def check_party_kind(actor: Actor, kind: PartyKind) -> None:
    """Raises Unacceptable where a producer calls herself a public authority."""
    if actor.role is Role.PRODUCER and kind is PartyKind.AUTHORITY:
        raise Unacceptable(
            "kind", message("An officer registers public authorities."), field="kind"
        )


def _party_of(session: Session, actor: Actor, party_id: int) -> Party:
    """A party that a body names, if it is the actor's to use. Raises Unacceptable."""
    party = session.get(Party, party_id)
    if party is None or not actor.owns(party_id):
        raise Unacceptable(
            "party_id", message("There is no such party, or it is not yours."), field="party_id"
        )
    if party.state is State.REJECTED:
        raise Conflict("rejected", message("This party was rejected; nothing can build on it."))
    return party


def register_facility(
    session: Session, actor: Actor, new: NewFacility, now: datetime
) -> FacilityTold:
    """Register a place where food is made. Raises Unacceptable for another's party."""
    permit(actor, Act.FACILITY_CREATE)
    _party_of(session, actor, new.party_id)
    row = Facility(**new.model_dump(), **_mark(actor, now))
    session.add(row)
    session.flush()
    record_act(session, actor, Act.FACILITY_CREATE, row.id, now, party_id=row.party_id)
    return tell_facility(row)


def register_product(
    session: Session, actor: Actor, new: NewProduct, kinds: ProductKinds, now: datetime
) -> ProductTold:
    """Register a product. Raises Unacceptable for another's party or a kind nobody described."""
    permit(actor, Act.PRODUCT_CREATE)
    _party_of(session, actor, new.party_id)
    check_kind(kinds, new.kind)
    row = Product(**new.model_dump(), **_mark(actor, now))
    session.add(row)
    session.flush()
    record_act(session, actor, Act.PRODUCT_CREATE, row.id, now, party_id=row.party_id)
    return tell_product(row)


def check_kind(kinds: ProductKinds, name: str) -> None:
    """Raises Unacceptable for a product kind that nobody described."""
    if name not in kinds:
        raise Unacceptable(
            "kind",
            message("There is no product kind of this name. Known kinds: %(known)s."),
            field="kind",
            known=", ".join(sorted(kinds)),
        )


def show_party(session: Session, actor: Actor, party_id: int) -> PartyTold:
    """Raises Unknown for a party that is not there, or not the actor's to see."""
    permit(actor, Act.PARTY_READ)
    row = session.get(Party, party_id)
    if row is None or not actor.owns(row.id):
        raise unknown("party")
    return tell_party(row)


def show_facility(session: Session, actor: Actor, facility_id: int) -> FacilityTold:
    """Raises Unknown for a facility that is not there, or not the actor's to see."""
    permit(actor, Act.FACILITY_READ)
    row = session.get(Facility, facility_id)
    if row is None or not actor.owns(row.party_id):
        raise unknown("facility")
    return tell_facility(row)


def show_product(session: Session, actor: Actor, product_id: int) -> ProductTold:
    """Raises Unknown for a product that is not there, or not the actor's to see."""
    permit(actor, Act.PRODUCT_READ)
    row = session.get(Product, product_id)
    if row is None or not actor.owns(row.party_id):
        raise unknown("product")
    return tell_product(row)


def list_parties(session: Session, actor: Actor, wish: PageWish) -> Page[PartyTold]:
    permit(actor, Act.PARTY_READ)
    query = sa.select(Party)
    if not actor.sees_all:
        query = query.where(Party.id == actor.party_id)
    return page_by_id(session, query, Party.id, wish, tell_party)


def list_facilities(session: Session, actor: Actor, wish: PageWish) -> Page[FacilityTold]:
    permit(actor, Act.FACILITY_READ)
    query = sa.select(Facility)
    if not actor.sees_all:
        query = query.where(Facility.party_id == actor.party_id)
    return page_by_id(session, query, Facility.id, wish, tell_facility)


def list_products(session: Session, actor: Actor, wish: PageWish) -> Page[ProductTold]:
    permit(actor, Act.PRODUCT_READ)
    query = sa.select(Product)
    if not actor.sees_all:
        query = query.where(Product.party_id == actor.party_id)
    return page_by_id(session, query, Product.id, wish, tell_product)

"""What a buyer is told of a stamp's origin: what it is, who made it where and how, and what else.

A household's tax code is its owner's citizen number, so no tax code is told.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from pydantic import Field
from sqlalchemy.orm import Session

from traceapp.records.activations import Activation
from traceapp.records.batches import Batch
from traceapp.records.corrections import told_to_buyers
from traceapp.records.decided import State
from traceapp.records.facilities import Facility
from traceapp.records.parties import Party, PartyKind
from traceapp.records.products import Product
from traceapp.records.ranges import in_force
from traceapp.records.recalls import Recall, RecallState, Severity
from traceapp.records.stamp_runs import StampRun
from traceapp.services.registry.opening_batches import ExpiryTold
from traceapp.services.registry.picturing import PictureOrigin, pictures_shown
from traceapp.services.registry.product_kinds import AttributeType, ProductKind, ProductKinds
from traceapp.services.values import Told, When, in_vietnam

MOST_OTHERS = 6  # further products of the same producer that a buyer is told of


class ProductOrigin(Told):
    """`ocop_stars` is null from the day its certificate lapses."""

    name: str
    kind: str
    net_content: str
    gtin: str | None
    shelf_life_days: int | None
    brand: str | None
    standard: str | None
    storage: str | None
    warning: str | None
    ocop_stars: int | None
    ocop_certificate: str | None
    ocop_until: date | None
    pictures: list[PictureOrigin] = Field(default_factory=list)

    def certified(self, now: datetime) -> bool:
        """Whether its certificate has not lapsed, where it has one."""
        return self.ocop_until is not None and in_vietnam(now).date() < self.ocop_until


class BatchOrigin(Told):
    lot: str
    produced_at: When
    expires_at: When
    sold_as: str | None
    expiries: list[ExpiryTold]
    attributes: dict[str, Any]


class ProducerOrigin(Told):
    kind: PartyKind
    name: str
    address: str
    province: str | None
    phone: str | None


class FacilityOrigin(Told):
    name: str
    address: str
    latitude: float | None
    longitude: float | None


class Step(Told):
    """One stage of the making: `name` is the attribute that states it, or produced, activated."""

    name: str
    date: str


class RecallOrigin(Told):
    state: RecallState
    severity: Severity
    reason: str
    notice: str
    opened_at: When
    closed_at: When | None


class FieldChange(Told):
    """`field` is a field of the batch's origin, or `attributes.<name>`."""

    field: str
    before: Any
    after: Any


class CorrectionOrigin(Told):
    """What was corrected after stamps of the batch were in use. `at` is when it took effect."""

    at: When
    reason: str | None
    fields: list[FieldChange]


class OtherProduct(Told):
    """Another product of the same producer, with the first of its pictures."""

    name: str
    net_content: str
    picture: PictureOrigin | None


class Origin(Told):
    product: ProductOrigin
    batch: BatchOrigin | None
    producer: ProducerOrigin
    facility: FacilityOrigin | None
    events: list[Step]
    recall: RecallOrigin | None
    corrections: list[CorrectionOrigin]
    other_products: list[OtherProduct] = Field(default_factory=list)


def tell_origin(
    session: Session,
    run: StampRun,
    activation: Activation | None,
    batch: Batch | None,
    recall: Recall | None,
    kinds: ProductKinds,
) -> Origin:
    """The origin of an issued stamp; a roll that waits has a product and no batch yet.

    It is told with its stars, whether or not their certificate has lapsed; see `without_stars`.
    """
    product = session.get_one(Product, run.product_id)
    producer = session.get_one(Party, run.party_id)
    facility = None if batch is None else session.get_one(Facility, batch.facility_id)
    return Origin(
        product=_product(product, pictures_shown(session, product.id)),
        batch=None if batch is None else _batch(batch, kinds[product.kind]),
        producer=ProducerOrigin.model_validate(producer, from_attributes=True),
        facility=None
        if facility is None
        else FacilityOrigin.model_validate(facility, from_attributes=True),
        events=[] if batch is None else _steps(batch, activation, kinds[product.kind]),
        recall=None
        if recall is None
        else RecallOrigin.model_validate(recall, from_attributes=True),
        corrections=[] if batch is None else _corrections(session, batch, kinds[product.kind]),
        other_products=_other_products(session, product),
    )


def without_stars(origin: Origin) -> Origin:
    """The origin of a product whose certificate has lapsed, or never was."""
    none = {"ocop_stars": None, "ocop_certificate": None, "ocop_until": None}
    return origin.model_copy(update={"product": origin.product.model_copy(update=none)})


def _product(row: Product, pictures: list[PictureOrigin]) -> ProductOrigin:
    told = ProductOrigin.model_validate(row, from_attributes=True)
    return told.model_copy(update={"pictures": pictures})


def _other_products(session: Session, product: Product) -> list[OtherProduct]:
    """What else the party sells: approved, and with stamps in use; the newest first."""
    in_use = (
        sa.select(Activation.id)
        .join(StampRun, StampRun.id == Activation.run_id)
        .where(StampRun.product_id == Product.id, in_force(Activation))
    )
    query = (
        sa.select(Product)
        .where(
            Product.party_id == product.party_id,
            Product.id != product.id,
            Product.state == State.APPROVED,
            in_use.exists(),
        )
        .order_by(Product.id.desc())
        .limit(MOST_OTHERS)
    )
    return [
        OtherProduct(
            name=row.name,
            net_content=row.net_content,
            picture=next(iter(pictures_shown(session, row.id)), None),
        )
        for row in session.scalars(query)
    ]


def _public(kind: ProductKind) -> frozenset[str]:
    """The attributes that buyers are shown."""
    return frozenset(each.name for each in kind.attributes if each.public)


def _corrections(session: Session, batch: Batch, kind: ProductKind) -> list[CorrectionOrigin]:
    """What buyers were shown otherwise before, oldest first; what they are not shown is left out.

    The quantity is one of these: how much a household makes is nobody's business.
    """
    shown = {"produced_at", "expires_at", "expiries", "sold_as"}
    shown |= {f"attributes.{name}" for name in _public(kind)}
    told = [
        CorrectionOrigin(
            at=row.decided_at or row.created_at,
            reason=row.reason,
            fields=[
                FieldChange(field=field, before=row.before[field], after=row.after[field])
                for field in sorted(shown & row.after.keys())
            ],
        )
        for row in told_to_buyers(session, batch.id)
    ]
    return [each for each in told if each.fields]


def _batch(row: Batch, kind: ProductKind) -> BatchOrigin:
    public = _public(kind)
    stated: Mapping[str, Any] = row.attributes
    return BatchOrigin(
        lot=row.lot,
        produced_at=row.produced_at,
        expires_at=row.expires_at,
        sold_as=row.sold_as,
        expiries=[ExpiryTold.model_validate(each) for each in row.expiries],
        attributes={name: value for name, value in stated.items() if name in public},
    )


def _steps(batch: Batch, activation: Activation | None, kind: ProductKind) -> list[Step]:
    """The steps that the batch states, in the order of their times in Vietnam.

    A step whose day alone is known stands before those of the same day whose hour is known.
    """
    steps = [
        Step(name=each.name, date=_in_vietnam(batch.attributes[each.name], each.type))
        for each in kind.attributes
        if each.step and each.public and each.name in batch.attributes
    ]
    steps.append(Step(name="produced", date=in_vietnam(batch.produced_at).isoformat()))
    if activation is not None:
        steps.append(Step(name="activated", date=in_vietnam(activation.created_at).isoformat()))
    return sorted(steps, key=lambda step: step.date)


def _in_vietnam(stated: str, kind: AttributeType) -> str:
    """A stated date as it is, a stated time in UTC+7, so that their texts sort by time."""
    if kind is AttributeType.TIME:
        return in_vietnam(datetime.fromisoformat(stated)).isoformat()
    return stated

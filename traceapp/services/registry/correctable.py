"""What can be corrected of a party, a facility, a product and a batch, and what differs then.

A correction is told as JSON: the fields that change, before and after. Each attribute of a batch is
a field of its own, `attributes.<name>`; times are in UTC+7.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import Field

from traceapp.records.corrections import Noun
from traceapp.records.parties import PartyKind
from traceapp.services.registry.opening_batches import BatchTold, Expiry, ExpiryTold, check_times
from traceapp.services.registry.product_kinds import AttributeType, ProductKind, read_attributes
from traceapp.services.registry.registering import (
    FacilityTold,
    KindName,
    Latitude,
    Longitude,
    PartyTold,
    ProductTold,
    ShelfLife,
    Stars,
)
from traceapp.services.values import (
    Address,
    Count,
    GtinText,
    Instant,
    Maybe,
    Name,
    Note,
    Phone,
    Sent,
    Short,
    TaxCode,
    Word,
    in_vietnam,
)

# Without a default in the API's document: what is left out is not sent, and null is not allowed.
_AS_IT_IS: Any = Field(default_factory=lambda: None)


class _Correction(Sent):
    """What is left out stays as it is; null clears what may be empty.

    `reason` is wanted where an officer has to decide, and where buyers are told of the change.
    """

    reason: Maybe[Note] = None


class PartyCorrection(_Correction):
    kind: PartyKind = _AS_IT_IS
    name: Name = _AS_IT_IS
    address: Address = _AS_IT_IS
    tax_code: Maybe[TaxCode] = None
    province: Maybe[Word] = None
    phone: Maybe[Phone] = None


class FacilityCorrection(_Correction):
    name: Name = _AS_IT_IS
    address: Address = _AS_IT_IS
    latitude: Latitude | None = None
    longitude: Longitude | None = None


class ProductCorrection(_Correction):
    """Kind, name, net content and GTIN can be corrected until the product is approved."""

    kind: KindName = _AS_IT_IS
    name: Name = _AS_IT_IS
    net_content: Short = _AS_IT_IS
    gtin: Maybe[GtinText] = None
    shelf_life_days: ShelfLife | None = None
    brand: Maybe[Word] = None
    standard: Maybe[Name] = None
    storage: Maybe[Note] = None
    warning: Maybe[Note] = None
    ocop_stars: Stars | None = None
    ocop_certificate: Maybe[Word] = None
    ocop_until: date | None = None


class BatchCorrection(_Correction):
    """`attributes` and `expiries` replace all that was stated before."""

    produced_at: Instant = _AS_IT_IS
    expires_at: Instant = _AS_IT_IS
    expiries: Annotated[list[Expiry], Field(max_length=10)] | None = None
    sold_as: Maybe[Word] = None
    quantity: Count = _AS_IT_IS
    attributes: Annotated[dict[str, Any], Field(max_length=100)] | None = None


Body = PartyCorrection | FacilityCorrection | ProductCorrection | BatchCorrection
Subject = PartyTold | FacilityTold | ProductTold | BatchTold

BODIES: Mapping[Noun, type[Body]] = {
    Noun.PARTY: PartyCorrection,
    Noun.FACILITY: FacilityCorrection,
    Noun.PRODUCT: ProductCorrection,
    Noun.BATCH: BatchCorrection,
}


def noun_of(body: Body) -> Noun:
    return next(noun for noun, model in BODIES.items() if isinstance(body, model))


@dataclass(frozen=True)
class Change:
    """What would stand, and where it differs from what stands, as JSON holds it."""

    wished: Subject
    before: dict[str, Any]
    after: dict[str, Any]

    @property
    def columns(self) -> frozenset[str]:
        """The columns that change; all attributes are in one."""
        return frozenset(field.partition(".")[0] for field in self.after)


def compare(standing: Subject, body: Body, kind: ProductKind | None) -> Change:
    """What a body would change. `kind` is that of a batch's product, else None.

    Raises Unacceptable for times or attributes with which the batch could not have been opened.
    """
    sent = {name: getattr(body, name) for name in body.model_fields_set if name != "reason"}
    if "expiries" in sent:
        sent["expiries"] = [
            ExpiryTold(condition=each.condition, expires_at=each.expires_at)
            for each in sent["expiries"] or ()
        ]
    if "attributes" in sent and kind is not None:
        sent["attributes"] = read_attributes(kind, sent["attributes"] or {})
    wished = standing.model_copy(update=sent)
    if isinstance(wished, BatchTold):
        check_times(wished)
    fields = frozenset(sent)
    before, after = state(standing, fields, kind), state(wished, fields, kind)
    changed = [name for name in before | after if before.get(name) != after.get(name)]
    return Change(
        wished,
        before={name: before.get(name) for name in changed},
        after={name: after.get(name) for name in changed},
    )


def state(
    subject: Subject, columns: frozenset[str], kind: ProductKind | None = None
) -> dict[str, Any]:
    """What a subject states in some of its columns, as JSON holds it."""
    stated = subject.model_dump(mode="json", include=set(columns))
    attributes: dict[str, Any] = stated.pop("attributes", {})
    times = {
        each.name for each in (kind.attributes if kind else ()) if each.type is AttributeType.TIME
    }
    for name, value in attributes.items():
        if name in times:  # An instant may be written in many zones, and is the same.
            value = in_vietnam(datetime.fromisoformat(value)).isoformat()
        stated[f"attributes.{name}"] = value
    return stated


def body_again(noun: Noun, standing: Subject, after: Mapping[str, Any]) -> Body:
    """The body that makes a kept correction, over what stands now."""
    sent = {field: value for field, value in after.items() if "." not in field}
    attributes = {field.partition(".")[2]: value for field, value in after.items() if "." in field}
    if attributes and isinstance(standing, BatchTold):
        whole = standing.attributes | attributes
        sent["attributes"] = {name: value for name, value in whole.items() if value is not None}
    return BODIES[noun].model_validate(sent)

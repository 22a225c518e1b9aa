"""The words for what signed-in pages show: kinds, fields, and values as people read them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask_babel import gettext

from traceapp.services.lists import Noun, PartyKind, VoidReason
from traceapp.services.refusals import message
from traceapp.services.registry.product_kinds import (
    Attribute,
    AttributeType,
    ProductKind,
    ProductKinds,
)
from traceapp.services.registry.reading_corrections import CorrectionTold
from traceapp.web import showing

PARTY_KINDS: dict[PartyKind, str] = {
    PartyKind.HOUSEHOLD: message("Household business"),
    PartyKind.COOPERATIVE: message("Cooperative"),
    PartyKind.COOPERATIVE_GROUP: message("Cooperative group"),
    PartyKind.ENTERPRISE: message("Enterprise"),
    PartyKind.AUTHORITY: message("Authority"),
}

# Each reason of a void: its name, and what it means.
VOID_REASONS: dict[VoidReason, tuple[str, str]] = {
    VoidReason.DAMAGED: (
        message("Damaged"),
        message("Torn, wet, or stuck on badly."),
    ),
    VoidReason.MISPRINTED: (
        message("Misprinted"),
        message("The print is pale, cut off, or cannot be scanned."),
    ),
    VoidReason.OVERPRINTED: (
        message("Too many printed"),
        message("The printer made more than were needed."),
    ),
    VoidReason.UNUSED: (
        message("Left over"),
        message("The batch is packed, and these stamps will not be used."),
    ),
    VoidReason.LOST: (
        message("Lost"),
        message("Nobody knows where they are."),
    ),
    VoidReason.STOLEN: (
        message("Stolen"),
        message("Somebody took them. Only an officer can undo this."),
    ),
    VoidReason.RECALLED: (
        message("The batch is recalled"),
        message("The products were called back, and are not to be sold."),
    ),
    VoidReason.OTHER: (
        message("Something else"),
        message("Write below what it is."),
    ),
}

FIELDS: dict[str, str] = {
    "kind": message("Kind"),
    "name": message("Name"),
    "address": message("Address"),
    "tax_code": message("Tax code"),
    "province": message("Province or city"),
    "phone": message("Telephone number"),
    "latitude": message("Latitude"),
    "longitude": message("Longitude"),
    "net_content": message("Net content"),
    "gtin": message("GTIN (barcode number)"),
    "shelf_life_days": message("Shelf life in days"),
    "brand": message("Brand"),
    "standard": message("Standard that it is made by"),
    "storage": message("How to store it"),
    "warning": message("Safety warning"),
    "ocop_stars": message("OCOP stars"),
    "ocop_certificate": message("OCOP certificate"),
    "ocop_until": message("The stars count until"),
    "produced_at": message("Produced"),
    "expires_at": message("Expiry"),
    "expiries": message("Expiry by storage condition"),
    "sold_as": message("Sold under"),
    "quantity": message("Units for sale"),
}

_NOTHING = message("not stated")
_TIMES = frozenset({"produced_at", "expires_at"})
_DAYS = frozenset({"ocop_until"})


@dataclass(frozen=True)
class Changed:
    """One field of a correction: what it is called, what stood there, and what is to stand."""

    label: str
    before: str
    after: str


def fact(attribute: Attribute, value: Any) -> str:
    """What a batch states in one attribute, as people read it."""
    if attribute.type is AttributeType.DATE:
        return showing.day(date.fromisoformat(value))
    if attribute.type is AttributeType.TIME:
        return showing.day_and_clock(datetime.fromisoformat(value))
    if attribute.type is AttributeType.LIST:
        return ", ".join(value)
    written = showing.number(value) if isinstance(value, int | float) else str(value)
    return f"{written} {attribute.unit}" if attribute.unit else written


def changes(told: CorrectionTold, kinds: ProductKinds, kind: ProductKind | None) -> list[Changed]:
    """A correction field by field, in the order of the form. `kind` is of a batch's product."""
    attributes = {each.name: each for each in (kind.attributes if kind else ())}
    order = [*FIELDS, *(f"attributes.{name}" for name in attributes)]
    fields = sorted(
        told.after, key=lambda name: (order.index(name) if name in order else len(order), name)
    )
    reader = _Reader(told.noun, kinds, attributes)
    return [
        Changed(reader.label(name), reader.text(name, told.before), reader.text(name, told.after))
        for name in fields
    ]


@dataclass(frozen=True)
class _Reader:
    """Reads the fields of corrections of one noun."""

    noun: Noun
    kinds: ProductKinds
    attributes: Mapping[str, Attribute]

    def label(self, field: str) -> str:
        attribute = self.attributes.get(field.partition(".")[2])
        if attribute is not None:
            return showing.named(attribute)
        return str(gettext(FIELDS[field])) if field in FIELDS else field.partition(".")[2]

    def text(self, field: str, values: Mapping[str, Any]) -> str:
        value = values.get(field)
        if value is None or value == "" or value == []:
            return str(gettext(_NOTHING))
        attribute = self.attributes.get(field.partition(".")[2])
        if attribute is not None:
            return fact(attribute, value)
        if field in _TIMES:
            return showing.day_and_clock(datetime.fromisoformat(value))
        if field in _DAYS:
            return showing.day(date.fromisoformat(value))
        if field == "expiries":
            return "; ".join(
                f"{each['condition']}: "
                f"{showing.day_and_clock(datetime.fromisoformat(each['expires_at']))}"
                for each in value
            )
        if field == "kind":
            return self._kind(value)
        return showing.number(value) if isinstance(value, int | float) else str(value)

    def _kind(self, value: str) -> str:
        if self.noun is Noun.PARTY:
            return str(gettext(PARTY_KINDS[PartyKind(value)]))
        return showing.named(self.kinds[value]) if value in self.kinds else value

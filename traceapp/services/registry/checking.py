"""The checklist: what the law asks a traceability system to hold, and what is not stated yet.

Circular 02/2024/TT-BKHCN together with Decree 37/2026/NĐ-CP. A gap is never a refusal; whoever asks
for stamps is shown it before.
"""

from __future__ import annotations

from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Session

from traceapp.records.activations import Activation
from traceapp.records.corrections import Noun
from traceapp.records.decided import State
from traceapp.records.facilities import Facility
from traceapp.records.parties import Party
from traceapp.records.pictures import standing
from traceapp.records.ranges import in_force
from traceapp.records.stamp_runs import StampRun, in_production
from traceapp.services.authority import Actor
from traceapp.services.refusals import message
from traceapp.services.registry.opening_batches import show_batch
from traceapp.services.registry.product_kinds import ProductKinds
from traceapp.services.registry.registering import ProductTold, show_product
from traceapp.services.values import Told


class CheckItem(StrEnum):
    """In the order of the law."""

    NAME = "name"
    PICTURE = "picture"
    PARTY_NAME = "party_name"
    PARTY_ADDRESS = "party_address"
    PARTY_IDENTIFIER = "party_identifier"
    ORIGIN = "origin"
    STAGES = "stages"
    PRODUCTION_TIME = "production_time"
    TRACE_CODE = "trace_code"
    BRAND = "brand"
    LOT = "lot"
    EXPIRY = "expiry"
    STANDARD = "standard"
    GTIN = "gtin"
    WARNING = "warning"


CHECK_LABELS: dict[CheckItem, str] = {
    CheckItem.NAME: message("Name of the product"),
    CheckItem.PICTURE: message("Picture of the product"),
    CheckItem.PARTY_NAME: message("Name of the producer"),
    CheckItem.PARTY_ADDRESS: message("Address of the producer"),
    CheckItem.PARTY_IDENTIFIER: message("Tax code of the producer"),
    CheckItem.ORIGIN: message("Place where it is made"),
    CheckItem.STAGES: message("Steps of the making, with their times"),
    CheckItem.PRODUCTION_TIME: message("Time of production"),
    CheckItem.TRACE_CODE: message("Trace code (comes with the stamps)"),
    CheckItem.BRAND: message("Brand"),
    CheckItem.LOT: message("Lot"),
    CheckItem.EXPIRY: message("Expiry"),
    CheckItem.STANDARD: message("Standard that it is made by"),
    CheckItem.GTIN: message("GTIN (where there is one)"),
    CheckItem.WARNING: message("Safety warning"),
}

# No gap where they are absent: the code comes with the stamps, and a GTIN is nobody's duty.
_NOT_WANTED_YET = frozenset({CheckItem.TRACE_CODE, CheckItem.GTIN})


class ChecklistItem(Told):
    """`where` is what it is stated of. `gaps` are the names of the steps that have no time."""

    name: CheckItem
    present: bool
    where: Noun
    gaps: tuple[str, ...] = ()

    @property
    def optional(self) -> bool:
        return self.name in _NOT_WANTED_YET


class Checklist(Told):
    items: tuple[ChecklistItem, ...]

    @property
    def missing(self) -> tuple[ChecklistItem, ...]:
        """What is wanted and not there."""
        return tuple(each for each in self.items if not each.present and not each.optional)


def checklist_of_product(session: Session, actor: Actor, product_id: int) -> Checklist:
    """What is stated of a product and its producer; batches have lists of their own.

    Raises Unknown for a product that is not there, or not the actor's to see.
    """
    product = show_product(session, actor, product_id)
    made_at = sa.select(Facility.id).where(
        Facility.party_id == product.party_id, Facility.state != State.REJECTED
    )
    issued = sa.select(StampRun.id).where(StampRun.product_id == product.id, in_production())
    return _in_order(
        *_of_product(session, product),
        _item(CheckItem.ORIGIN, Noun.FACILITY, _any(session, made_at)),
        _item(CheckItem.TRACE_CODE, Noun.PRODUCT, _any(session, issued)),
    )


def checklist_of_batch(
    session: Session, actor: Actor, batch_id: int, kinds: ProductKinds
) -> Checklist:
    """Everything the law asks for, of one batch.

    Raises Unknown for a batch that is not there, or not the actor's to see.
    """
    batch = show_batch(session, actor, batch_id)
    product = show_product(session, actor, batch.product_id)
    facility = session.get_one(Facility, batch.facility_id)
    steps = [each.name for each in kinds[product.kind].attributes if each.step]
    gaps = tuple(name for name in steps if name not in batch.attributes)
    issued = sa.select(StampRun.id).where(StampRun.batch_id == batch.id)
    activated = sa.select(Activation.id).where(
        Activation.batch_id == batch.id, in_force(Activation)
    )
    return _in_order(
        *_of_product(session, product),
        _item(CheckItem.ORIGIN, Noun.FACILITY, facility.address),
        ChecklistItem(name=CheckItem.STAGES, present=not gaps, where=Noun.BATCH, gaps=gaps),
        _item(CheckItem.PRODUCTION_TIME, Noun.BATCH, batch.produced_at),
        _item(CheckItem.TRACE_CODE, Noun.BATCH, _any(session, issued) or _any(session, activated)),
        _item(CheckItem.LOT, Noun.BATCH, batch.lot),
        _item(CheckItem.EXPIRY, Noun.BATCH, batch.expires_at),
    )


def _of_product(session: Session, product: ProductTold) -> list[ChecklistItem]:
    """What the product and its party state. A picture counts while it waits for an officer."""
    party = session.get_one(Party, product.party_id)
    return [
        _item(CheckItem.NAME, Noun.PRODUCT, product.name),
        _item(CheckItem.PICTURE, Noun.PRODUCT, standing(session, product.id)),
        _item(CheckItem.PARTY_NAME, Noun.PARTY, party.name),
        _item(CheckItem.PARTY_ADDRESS, Noun.PARTY, party.address),
        _item(CheckItem.PARTY_IDENTIFIER, Noun.PARTY, party.tax_code),
        _item(CheckItem.BRAND, Noun.PRODUCT, product.brand),
        _item(CheckItem.STANDARD, Noun.PRODUCT, product.standard),
        _item(CheckItem.GTIN, Noun.PRODUCT, product.gtin),
        _item(CheckItem.WARNING, Noun.PRODUCT, product.warning),
    ]


def _item(name: CheckItem, where: Noun, stated: object) -> ChecklistItem:
    return ChecklistItem(name=name, present=bool(stated), where=where)


def _any(session: Session, wanted: sa.Select[int]) -> bool:
    return session.scalar(wanted.limit(1)) is not None


def _in_order(*items: ChecklistItem) -> Checklist:
    order = list(CheckItem)
    return Checklist(items=tuple(sorted(items, key=lambda each: order.index(each.name))))

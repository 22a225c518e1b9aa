"""Corrections: what stands, what shall stand instead, yes or no."""

from __future__ import annotations

from typing import Any

from flask import url_for

from traceapp.services.authority import Act
from traceapp.services.desks.waiting import Waits
from traceapp.services.lists import Noun, State
from traceapp.services.refusals import message
from traceapp.services.registry.correcting import decide_correction
from traceapp.services.registry.deciding import Rejection
from traceapp.services.registry.opening_batches import show_batch
from traceapp.services.registry.product_kinds import ProductKind
from traceapp.services.registry.reading_corrections import CorrectionTold, show_correction
from traceapp.services.registry.registering import show_party, show_product
from traceapp.web.officer.audience import audience
from traceapp.web.officer.framing import framed
from traceapp.web.officer.going_on import REJECTED, decided
from traceapp.web.routing import Answer, Call
from traceapp.web.wording import changes

SUBJECT_PAGES: dict[Noun, tuple[str, str]] = {
    Noun.PARTY: ("officer.party", "party_id"),
    Noun.FACILITY: ("officer.facility", "facility_id"),
    Noun.PRODUCT: ("officer.product", "product_id"),
    Noun.BATCH: ("officer.batch", "batch_id"),
}


def _kind(call: Call, told: CorrectionTold) -> ProductKind | None:
    """The product kind of a batch's correction, which knows its attributes."""
    if told.noun is not Noun.BATCH:
        return None
    product_id = show_batch(call.session, call.actor, told.subject_id).product_id
    product = show_product(call.session, call.actor, product_id)
    return call.edge.kinds.get(product.kind)


@audience.page("/corrections/<id:correction_id>", Act.CORRECTION_READ)
def correction(call: Call, correction_id: int) -> Answer:
    """One correction, before and after."""
    told = show_correction(call.session, call.actor, correction_id)
    endpoint, number = SUBJECT_PAGES[told.noun]
    numbers: dict[str, Any] = {number: told.subject_id}
    return framed(
        call,
        "correction.html",
        told=told,
        waits=told.state is State.SUBMITTED,
        party=show_party(call.session, call.actor, told.party_id),
        subject_address=url_for(endpoint, **numbers),
        rows=changes(told, call.edge.kinds, _kind(call, told)),
        approving=call.form("approve_correction"),
        rejecting=call.form("reject_correction"),
    )


@audience.act("/corrections/<id:correction_id>/approval", Act.CORRECTION_DECIDE, on=correction)
def approve_correction(call: Call, correction_id: int) -> Answer:
    """Make the change."""
    correcting = call.edge.correcting
    decide_correction(call.session, call.actor, correction_id, None, correcting, call.now)
    said = message("Approved. It stands so from now on.")
    return decided(Waits.CORRECTION, correction_id, said)


@audience.act("/corrections/<id:correction_id>/rejection", Act.CORRECTION_DECIDE, on=correction)
def reject_correction(call: Call, correction_id: int) -> Answer:
    """Leave all as it is, and say why."""
    rejection = call.read(Rejection)
    correcting = call.edge.correcting
    decide_correction(call.session, call.actor, correction_id, rejection, correcting, call.now)
    return decided(Waits.CORRECTION, correction_id, REJECTED)

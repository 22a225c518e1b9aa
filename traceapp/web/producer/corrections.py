"""Correcting what was stated: a page with the form for each thing, holding what stands.

Only what was changed in the form is asked for. What an officer has approved, and a batch whose
stamps are in use, changes when an officer agrees; the page says so before.
"""

from __future__ import annotations

from typing import Any

from flask import url_for

from traceapp.services.authority import Act
from traceapp.services.desks.listing_batches import recalls_of_batch, stamps_of_batch
from traceapp.services.lists import Noun, State
from traceapp.services.refusals import message, unknown
from traceapp.services.registry.correctable import (
    Body,
    FacilityCorrection,
    PartyCorrection,
    ProductCorrection,
)
from traceapp.services.registry.correcting import correct
from traceapp.services.registry.opening_batches import show_batch
from traceapp.services.registry.reading_corrections import (
    CorrectionTold,
    show_correction,
    waiting_correction,
)
from traceapp.services.registry.registering import (
    FacilityTold,
    PartyTold,
    show_facility,
    show_product,
)
from traceapp.web.forms import Form, shown
from traceapp.web.producer.audience import audience
from traceapp.web.producer.batch_forms import (
    holds_rows,
    keeps_differently,
    read_correction,
    rows_shown,
    standing_form,
)
from traceapp.web.producer.facilities import read_facility
from traceapp.web.producer.filling import changed, position, standing
from traceapp.web.producer.party import kind_choices, own_party, province_choices
from traceapp.web.producer.products import product_kind_choices
from traceapp.web.routing import Answer, Call, done, page
from traceapp.web.wording import changes

SENT = message("It is sent. An officer looks at it first; until then the old words stand.")
MADE = message("It is corrected.")
SENT_AGAIN = message("It is corrected and sent to the officer again.")


def _correct(
    call: Call, subject_id: int, body: Body, to: str, state: State | None = None
) -> Answer:
    told = correct(call.session, call.actor, subject_id, body, call.edge.correcting, call.now)
    if told.state is State.SUBMITTED:
        return done(to, SENT)
    return done(to, SENT_AGAIN if state is State.REJECTED else MADE)


def _waiting(call: Call, noun: Noun, subject_id: int) -> CorrectionTold | None:
    return waiting_correction(call.session, call.actor, noun, subject_id)


def _own_party(call: Call) -> PartyTold:
    told = own_party(call)
    if told is None:
        raise unknown("party")
    return told


@audience.page("/party/correction", Act.CORRECTION_CREATE)
def party_correction(call: Call) -> Answer:
    """The form that corrects the own party."""
    told = _own_party(call)
    return page(
        "producer/correction_party.html",
        party=told,
        form=call.form("correct_party", standing(shown("", told)).values),
        kind_choices=kind_choices(),
        province_choices=province_choices(call, told.province),
        waiting=_waiting(call, Noun.PARTY, told.id),
    )


@audience.act("/party/correction", Act.CORRECTION_CREATE, on=party_correction)
def correct_party(call: Call) -> Answer:
    """Correct the own party."""
    told = _own_party(call)
    body = changed(call, shown("", told)).read(PartyCorrection, clearing=True)
    return _correct(call, told.id, body, url_for("producer.party"), told.state)


def _facility_form(told: FacilityTold) -> Form:
    return shown("", told, position=position(told.latitude, told.longitude))


@audience.page("/facilities/<id:facility_id>/correction", Act.CORRECTION_CREATE)
def facility_correction(call: Call, facility_id: int) -> Answer:
    """The form that corrects a place."""
    told = show_facility(call.session, call.actor, facility_id)
    form = _facility_form(told)
    return page(
        "producer/correction_facility.html",
        facility=told,
        form=call.form("correct_facility", standing(form).values),
        waiting=_waiting(call, Noun.FACILITY, facility_id),
    )


@audience.act(
    "/facilities/<id:facility_id>/correction", Act.CORRECTION_CREATE, on=facility_correction
)
def correct_facility(call: Call, facility_id: int) -> Answer:
    """Correct a place."""
    told = show_facility(call.session, call.actor, facility_id)
    different = changed(call, _facility_form(told))
    body = read_facility(different, FacilityCorrection, clearing=True)
    to = url_for("producer.facility", facility_id=facility_id)
    return _correct(call, facility_id, body, to, told.state)


@audience.page("/products/<id:product_id>/correction", Act.CORRECTION_CREATE)
def product_correction(call: Call, product_id: int) -> Answer:
    """The form that corrects a product."""
    told = show_product(call.session, call.actor, product_id)
    return page(
        "producer/correction_product.html",
        product=told,
        form=call.form("correct_product", standing(shown("", told)).values),
        kind_choices=product_kind_choices(call),
        kind=call.edge.kinds[told.kind],
        waiting=_waiting(call, Noun.PRODUCT, product_id),
    )


@audience.act("/products/<id:product_id>/correction", Act.CORRECTION_CREATE, on=product_correction)
def correct_product(call: Call, product_id: int) -> Answer:
    """Correct a product."""
    told = show_product(call.session, call.actor, product_id)
    body = changed(call, shown("", told)).read(ProductCorrection, clearing=True)
    to = url_for("producer.product", product_id=product_id)
    return _correct(call, product_id, body, to, told.state)


@audience.page("/batches/<id:batch_id>/correction", Act.CORRECTION_CREATE)
def batch_correction(call: Call, batch_id: int) -> Answer:
    """The form that corrects a batch; it says where buyers will be told."""
    told = show_batch(call.session, call.actor, batch_id)
    product = show_product(call.session, call.actor, told.product_id)
    kind = call.edge.kinds[product.kind]
    percent = call.edge.settings.spoilage_percent
    recalled = any(
        each.state.warns for each in recalls_of_batch(call.session, call.actor, batch_id)
    )
    form = call.form("correct_batch", standing(standing_form("", told, kind)).values)
    return page(
        "producer/correction_batch.html",
        batch=told,
        product=product,
        kind=kind,
        form=form,
        rows=rows_shown(form),
        keeps_differently=keeps_differently(form, product),
        more_open=holds_rows(form, 1),
        in_use=stamps_of_batch(call.session, call.actor, batch_id, percent).in_use,
        recalled=recalled,
        waiting=_waiting(call, Noun.BATCH, batch_id),
    )


@audience.act("/batches/<id:batch_id>/correction", Act.CORRECTION_CREATE, on=batch_correction)
def correct_batch(call: Call, batch_id: int) -> Answer:
    """Correct a batch."""
    told = show_batch(call.session, call.actor, batch_id)
    product = show_product(call.session, call.actor, told.product_id)
    body = read_correction(call, told, product, call.edge.kinds[product.kind])
    return _correct(call, batch_id, body, url_for("producer.batch", batch_id=batch_id))


@audience.page("/corrections/<id:correction_id>", Act.CORRECTION_READ)
def correction(call: Call, correction_id: int) -> Answer:
    """One correction: what it changes, and what became of it."""
    told = show_correction(call.session, call.actor, correction_id)
    kind = None
    if told.noun is Noun.BATCH:
        batch = show_batch(call.session, call.actor, told.subject_id)
        kind = call.edge.kinds[show_product(call.session, call.actor, batch.product_id).kind]
    subject, again = _places(told)
    return page(
        "producer/correction.html",
        told=told,
        lines_of=changes(told, call.edge.kinds, kind),
        subject=subject,
        again=again,
    )


def _places(told: CorrectionTold) -> tuple[str, str]:
    """The page of what is corrected, and the form that corrects it."""
    if told.noun is Noun.PARTY:
        return url_for("producer.party"), url_for("producer.party_correction")
    number: dict[str, Any] = {f"{told.noun.value}_id": told.subject_id}
    return (
        url_for(f"producer.{told.noun.value}", **number),
        url_for(f"producer.{told.noun.value}_correction", **number),
    )

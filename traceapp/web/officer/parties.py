"""Producers, their facilities and products: who they are, and whether they are approved."""

from __future__ import annotations

from traceapp.services.authority import Act
from traceapp.services.desks.dossier import party_things
from traceapp.services.desks.overseeing import party_lines
from traceapp.services.desks.waiting import Waits
from traceapp.services.lists import Noun, State
from traceapp.services.registry.checking import CHECK_LABELS, checklist_of_product
from traceapp.services.registry.deciding import (
    Rejection,
    decide_facility,
    decide_party,
    decide_product,
)
from traceapp.services.registry.lapsing import ocop_lapse
from traceapp.services.registry.picturing import list_pictures
from traceapp.services.registry.reading_corrections import waiting_correction
from traceapp.services.registry.registering import show_facility, show_party, show_product
from traceapp.services.values import in_vietnam
from traceapp.web.officer.audience import audience
from traceapp.web.officer.framing import framed
from traceapp.web.officer.going_on import APPROVED, REJECTED, decided
from traceapp.web.officer.listing import state_filter
from traceapp.web.officer.seeing import check_seen, seen, standing
from traceapp.web.officer.words import choices
from traceapp.web.routing import Answer, Call


@audience.page("/parties", Act.SEARCH)
def parties(call: Call) -> Answer:
    """Producers, newest first, with how much of everything they have."""
    wish = state_filter(call)
    return framed(
        call,
        "parties.html",
        lines=party_lines(call.session, call.actor, wish),
        state=wish.state,
        states=choices(State),
    )


@audience.page("/parties/<id:party_id>", Act.PARTY_READ)
def party(call: Call, party_id: int) -> Answer:
    """One producer, with the newest of everything that belongs to it."""
    told = show_party(call.session, call.actor, party_id)
    return framed(
        call,
        "party.html",
        told=told,
        things_of=party_things(call.session, call.actor, party_id),
        correction=waiting_correction(call.session, call.actor, Noun.PARTY, party_id),
        seen=seen(told),
        approving=call.form("approve_party"),
        rejecting=call.form("reject_party"),
    )


@audience.act("/parties/<id:party_id>/approval", Act.PARTY_DECIDE, on=party)
def approve_party(call: Call, party_id: int) -> Answer:
    """Let the producer go on."""
    check_seen(call, decide_party(call.session, call.actor, party_id, None, call.now))
    return decided(Waits.PARTY, party_id, APPROVED)


@audience.act("/parties/<id:party_id>/rejection", Act.PARTY_DECIDE, on=party)
def reject_party(call: Call, party_id: int) -> Answer:
    """Say no, and why."""
    rejection = call.read(Rejection)
    decide_party(call.session, call.actor, party_id, rejection, call.now)
    return decided(Waits.PARTY, party_id, REJECTED)


@audience.page("/facilities/<id:facility_id>", Act.FACILITY_READ)
def facility(call: Call, facility_id: int) -> Answer:
    """One place where food is made."""
    told = show_facility(call.session, call.actor, facility_id)
    return framed(
        call,
        "facility.html",
        told=told,
        party=show_party(call.session, call.actor, told.party_id),
        correction=waiting_correction(call.session, call.actor, Noun.FACILITY, facility_id),
        seen=seen(told),
        approving=call.form("approve_facility"),
        rejecting=call.form("reject_facility"),
    )


@audience.act("/facilities/<id:facility_id>/approval", Act.FACILITY_DECIDE, on=facility)
def approve_facility(call: Call, facility_id: int) -> Answer:
    """Let food be made there."""
    check_seen(call, decide_facility(call.session, call.actor, facility_id, None, call.now))
    return decided(Waits.FACILITY, facility_id, APPROVED)


@audience.act("/facilities/<id:facility_id>/rejection", Act.FACILITY_DECIDE, on=facility)
def reject_facility(call: Call, facility_id: int) -> Answer:
    """Say no, and why."""
    rejection = call.read(Rejection)
    decide_facility(call.session, call.actor, facility_id, rejection, call.now)
    return decided(Waits.FACILITY, facility_id, REJECTED)


@audience.page("/products/<id:product_id>", Act.PRODUCT_READ)
def product(call: Call, product_id: int) -> Answer:
    """One product: what it states, its pictures, its stars, what the law still misses."""
    told = show_product(call.session, call.actor, product_id)
    pictures = list_pictures(call.session, call.actor, product_id)
    today = in_vietnam(call.now).date()
    return framed(
        call,
        "product.html",
        told=told,
        party=show_party(call.session, call.actor, told.party_id),
        pictures=pictures,
        seen=seen(told, *standing(pictures)),
        lapse=ocop_lapse(told.ocop_until, today) if told.ocop_stars else None,
        checklist=checklist_of_product(call.session, call.actor, product_id),
        check_labels=CHECK_LABELS,
        correction=waiting_correction(call.session, call.actor, Noun.PRODUCT, product_id),
        approving=call.form("approve_product"),
        rejecting=call.form("reject_product"),
    )


@audience.act("/products/<id:product_id>/approval", Act.PRODUCT_DECIDE, on=product)
def approve_product(call: Call, product_id: int) -> Answer:
    """Approve it, with the pictures that wait at it."""
    told = decide_product(call.session, call.actor, product_id, None, call.now)
    check_seen(call, told, *standing(list_pictures(call.session, call.actor, product_id)))
    return decided(Waits.PRODUCT, product_id, APPROVED)


@audience.act("/products/<id:product_id>/rejection", Act.PRODUCT_DECIDE, on=product)
def reject_product(call: Call, product_id: int) -> Answer:
    """Say no, and why."""
    rejection = call.read(Rejection)
    decide_product(call.session, call.actor, product_id, rejection, call.now)
    return decided(Waits.PRODUCT, product_id, REJECTED)

"""What today asks of a producer: what is stopped, then the first steps, then what waits."""

from __future__ import annotations

from flask import url_for

from traceapp.services.authority import Act
from traceapp.services.desks.listing_batches import lately_expired
from traceapp.services.desks.own_desk import Rejected, own_desk
from traceapp.services.desks.waiting import Waits
from traceapp.services.lists import State
from traceapp.services.registry.lapsing import lapsing_products
from traceapp.services.registry.picturing import show_picture
from traceapp.web.producer.audience import audience
from traceapp.web.producer.first_steps import first_steps
from traceapp.web.producer.party import own_party
from traceapp.web.routing import Answer, Call, page

EXPIRED_SHOWN = 3


@audience.page("", Act.PARTY_READ)
def home(call: Call) -> Answer:
    """What is stopped, what waits, what was decided, what runs out."""
    party = own_party(call)
    desk = own_desk(call.session, call.actor, call.now)
    shown = {each.id for each in desk.newest_requests}
    return page(
        "producer/home.html",
        party=party,
        steps=first_steps(call, party),
        desk=desk,
        State=State,
        rejected=[
            (each, _place(call, each))
            for each in desk.rejected
            if not (each.kind is Waits.REQUEST and each.id in shown)
        ],
        lapsing=lapsing_products(call.session, call.actor, call.now) if party else [],
        expired=lately_expired(call.session, call.actor, EXPIRED_SHOWN, call.now),
    )


def _place(call: Call, what: Rejected) -> str:
    """Where what was rejected can be put right and sent again."""
    match what.kind:
        case Waits.PARTY:
            return url_for("producer.party_correction")
        case Waits.FACILITY:
            return url_for("producer.facility_correction", facility_id=what.id)
        case Waits.PRODUCT:
            return url_for("producer.product_correction", product_id=what.id)
        case Waits.REQUEST:
            return url_for("producer.request_told", request_id=what.id)
        case Waits.PICTURE:
            told = show_picture(call.session, call.actor, what.id)
            return url_for("producer.product", product_id=told.product_id, _anchor="pictures")
    return url_for("producer.correction", correction_id=what.id)

"""What today asks of a producer: first steps while something is missing, then what waits."""

from __future__ import annotations

from dataclasses import dataclass

from flask import url_for

from traceapp.services.authority import Act
from traceapp.services.lapsing import lapsing_products
from traceapp.services.listing_batches import BatchWish, lately_expired, newest_batches
from traceapp.services.lists import State
from traceapp.services.own_desk import OwnDesk, Rejected, own_desk
from traceapp.services.paging import PageWish
from traceapp.services.picturing import show_picture
from traceapp.services.refusals import message
from traceapp.services.registering import PartyTold, list_facilities, list_products
from traceapp.services.waiting import Waits
from traceapp.web.producer.audience import audience
from traceapp.web.producer.party import own_party
from traceapp.web.routing import Answer, Call, page

EXPIRED_SHOWN = 3


@dataclass(frozen=True)
class Step:
    """One of the first steps. `next` is the one to take now; `held_up` says what it waits for."""

    title: str
    more: str
    icon: str
    address: str
    done: bool
    next: bool = False
    held_up: str = ""


@audience.page("", Act.PARTY_READ)
def home(call: Call) -> Answer:
    """What waits, what was decided, what runs out."""
    party = own_party(call)
    desk = own_desk(call.session, call.actor, call.now)
    shown = {each.id for each in desk.newest_requests}
    return page(
        "producer/home.html",
        party=party,
        steps=_steps(call, party, desk),
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


def _steps(call: Call, party: PartyTold | None, desk: OwnDesk) -> list[Step]:
    """The way to the first stamps; empty once they were asked for."""
    if sum(desk.requests.values()):
        return []
    standing = party is not None and party.state is not State.REJECTED
    wish = PageWish()
    facilities = list_facilities(call.session, call.actor, wish).items if standing else ()
    products = list_products(call.session, call.actor, wish).items if standing else ()
    newest = (
        newest_batches(call.session, call.actor, BatchWish(limit=1), call.now).items
        if standing
        else ()
    )
    approved = {
        "party": party is not None and party.state is State.APPROVED,
        "product": any(each.state is State.APPROVED for each in products),
        "facility": any(each.state is State.APPROVED for each in facilities),
    }
    made = [
        Step(
            message("Register your household or business"),
            message("Name and address, as they are printed on the label."),
            "place",
            url_for("producer.party"),
            done=standing,
        ),
        Step(
            message("Add the place where you make it"),
            message("The workshop, the vat house, the kitchen."),
            "home",
            url_for("producer.new_facility"),
            done=any(each.state is not State.REJECTED for each in facilities),
        ),
        Step(
            message("Add a product, with a picture"),
            message("What is sold: name, net content, how long it keeps."),
            "product",
            url_for("producer.new_product"),
            done=any(each.state is not State.REJECTED for each in products),
        ),
        Step(
            message("Open the first batch"),
            message("What was made together, when, and from what."),
            "batch",
            url_for("producer.choose_product"),
            done=bool(newest),
        ),
        Step(
            message("Ask for stamps"),
            message("An officer approves them; then you print them."),
            "stamp",
            url_for("producer.asking", batch_id=newest[0].id)
            if newest
            else url_for("producer.asking"),
            done=False,
            held_up=""
            if all(approved.values())
            else message("An officer has to approve your household, place and product first."),
        ),
    ]
    first = next(place for place, step in enumerate(made) if not step.done)
    return [Step(**{**vars(step), "next": place == first}) for place, step in enumerate(made)]


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

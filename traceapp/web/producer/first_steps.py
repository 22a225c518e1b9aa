"""A producer's first steps, from her household to her first stamps, and which one is next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from flask import url_for

from traceapp.services.desks.listing_batches import BatchWish, newest_batches
from traceapp.services.desks.own_desk import has_asked
from traceapp.services.lists import State
from traceapp.services.paging import PageWish
from traceapp.services.refusals import message
from traceapp.services.registry.registering import (
    DecidedTold,
    PartyTold,
    list_facilities,
    list_products,
)
from traceapp.web.routing import Call


@dataclass(frozen=True)
class Step:
    """One of the first steps. `next` is the one to take now; `held_up` says what it waits for.

    `undecided` is one that is taken, and that an officer has not approved yet.
    """

    title: str
    more: str
    icon: str
    address: str
    done: bool
    undecided: bool = False
    next: bool = False
    held_up: str = ""


def first_steps(call: Call, party: PartyTold | None) -> list[Step]:
    """The way to the first stamps; empty once they were asked for."""
    if has_asked(call.session, call.actor):
        return []
    made = _made(call, party)
    first = next(place for place, step in enumerate(made) if not step.done)
    return [replace(step, next=place == first) for place, step in enumerate(made)]


def next_step(call: Call, party: PartyTold | None) -> Step | None:
    """The step to take now; None once stamps were asked for."""
    return next((step for step in first_steps(call, party) if step.next), None)


def _made(call: Call, party: PartyTold | None) -> list[Step]:
    asks = (call.session, call.actor)
    parties = _standing([] if party is None else [party])
    facilities = _standing(list_facilities(*asks, PageWish()).items if parties else [])
    products = _standing(list_products(*asks, PageWish()).items if parties else [])
    batches = newest_batches(*asks, BatchWish(limit=1), call.now).items if parties else []
    return [
        Step(
            message("Register your household or business"),
            message("Name and address, as they are printed on the label."),
            "place",
            url_for("producer.party"),
            done=bool(parties),
            undecided=not _approved(parties),
        ),
        Step(
            message("Add the place where you make it"),
            message("The workshop, the vat house, the kitchen."),
            "home",
            url_for("producer.new_facility"),
            done=bool(facilities),
            undecided=not _approved(facilities),
        ),
        Step(
            message("Add a product, with a picture"),
            message("What is sold: name, net content, how long it keeps."),
            "product",
            url_for("producer.new_product"),
            done=bool(products),
            undecided=not _approved(products),
        ),
        Step(
            message("Open the first batch"),
            message("What was made together, when, and from what."),
            "batch",
            url_for("producer.choose_product"),
            done=bool(batches),
        ),
        Step(
            message("Ask for stamps"),
            message("An officer approves them; then you print them."),
            "stamp",
            url_for("producer.asking", batch_id=batches[0].id if batches else None),
            done=False,
            held_up=""
            if all(_approved(each) for each in (parties, facilities, products))
            else message("An officer has to approve your household, place and product first."),
        ),
    ]


def _standing(decided: Sequence[DecidedTold]) -> list[DecidedTold]:
    """Those that an officer has not sent back."""
    return [each for each in decided if each.state is not State.REJECTED]


def _approved(decided: list[DecidedTold]) -> bool:
    return any(each.state is State.APPROVED for each in decided)

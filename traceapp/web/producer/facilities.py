"""The places where food is made."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from flask import url_for
from pydantic import BaseModel

from traceapp.services.authority import Act
from traceapp.services.lists import Noun
from traceapp.services.refusals import message
from traceapp.services.registry.lately_corrected import newest_corrections
from traceapp.services.registry.registering import NewFacility, register_facility, show_facility
from traceapp.web.forms import Slipped
from traceapp.web.producer.audience import audience
from traceapp.web.producer.filling import filled, with_position
from traceapp.web.producer.first_steps import next_step
from traceapp.web.producer.party import own_party
from traceapp.web.routing import Answer, Call, done, page
from traceapp.web.wording import changes

B = TypeVar("B", bound=BaseModel)


def read_facility(call: Call, model: type[B], *, clearing: bool = False) -> B:
    """What was sent of a facility. Slips of its numbers are told beside the one field of both."""
    try:
        return with_position(call).read(model, clearing=clearing)
    except Slipped as slipped:
        raise Slipped(
            [
                replace(slip, field="position") if slip.field.endswith("itude") else slip
                for slip in slipped.slips
            ]
        ) from None


@audience.page("/facilities/new", Act.FACILITY_CREATE)
def new_facility(call: Call) -> Answer:
    """The form of a new facility; the party's address is suggested, for many have one place."""
    told = own_party(call)
    if told is None:
        return done(url_for("producer.party"))
    return page(
        "producer/facility_new.html",
        form=call.form("register_place", address=told.address),
    )


@audience.act("/facilities/new", Act.FACILITY_CREATE, on=new_facility)
def register_place(call: Call) -> Answer:
    """Register a facility of the own party."""
    new = read_facility(filled(call, party_id=call.actor.party_id or 0), NewFacility)
    told = register_facility(call.session, call.actor, new, call.now)
    return done(
        url_for("producer.facility", facility_id=told.id),
        message("It is registered. An officer will look at it; you can go on meanwhile."),
    )


@audience.page("/facilities/<id:facility_id>", Act.FACILITY_READ)
def facility(call: Call, facility_id: int) -> Answer:
    """One place, and what was corrected of it."""
    told = show_facility(call.session, call.actor, facility_id)
    return page(
        "producer/facility.html",
        facility=told,
        step=next_step(call, own_party(call)),
        corrections=[
            (each, changes(each, call.edge.kinds, None))
            for each in newest_corrections(call.session, call.actor, Noun.FACILITY, told.id)
        ],
    )

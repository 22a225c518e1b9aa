"""Requests for stamps: what is asked for, what it stands on, yes or no."""

from __future__ import annotations

from pydantic import BaseModel

from traceapp.services.authority import Act
from traceapp.services.desks.dossier import request_story
from traceapp.services.desks.overseeing import request_lines
from traceapp.services.desks.waiting import Waits
from traceapp.services.lists import State
from traceapp.services.refusals import message
from traceapp.services.registry.checking import (
    CHECK_LABELS,
    checklist_of_batch,
    checklist_of_product,
)
from traceapp.services.registry.deciding import Rejection
from traceapp.services.registry.opening_batches import show_batch
from traceapp.services.registry.registering import show_product
from traceapp.services.runs.issuing import approve_request
from traceapp.services.runs.requesting import StampRequestTold, reject_request, show_request
from traceapp.web.officer.audience import audience
from traceapp.web.officer.framing import framed
from traceapp.web.officer.going_on import REJECTED, decided
from traceapp.web.officer.listing import state_filter
from traceapp.web.officer.seeing import check_seen, seen
from traceapp.web.officer.words import choices
from traceapp.web.routing import Answer, Call


@audience.page("/requests", Act.SEARCH)
def requests(call: Call) -> Answer:
    """Requests, newest first."""
    wish = state_filter(call)
    return framed(
        call,
        "requests.html",
        lines=request_lines(call.session, call.actor, wish),
        state=wish.state,
        states=choices(State),
    )


@audience.page("/requests/<id:request_id>", Act.REQUEST_READ)
def stamp_request(call: Call, request_id: int) -> Answer:
    """One request: what it is for, whether it fits, what the law still misses."""
    told = show_request(call.session, call.actor, request_id)
    percent = call.edge.settings.spoilage_percent
    if told.batch_id is None:
        checklist = checklist_of_product(call.session, call.actor, told.product_id)
    else:
        kinds = call.edge.kinds
        checklist = checklist_of_batch(call.session, call.actor, told.batch_id, kinds)
    return framed(
        call,
        "request.html",
        told=told,
        story=request_story(call.session, call.actor, request_id, percent),
        checklist=checklist,
        check_labels=CHECK_LABELS,
        seen=seen(*_grounds(call, told)),
        approving=call.form("approve_stamps"),
        rejecting=call.form("reject_stamps"),
    )


def _grounds(call: Call, told: StampRequestTold) -> list[BaseModel]:
    """What an approval rests on: the request, its product, its batch."""
    grounds: list[BaseModel] = [told, show_product(call.session, call.actor, told.product_id)]
    if told.batch_id is not None:
        grounds.append(show_batch(call.session, call.actor, told.batch_id))
    return grounds


@audience.act("/requests/<id:request_id>/approval", Act.REQUEST_DECIDE, on=stamp_request)
def approve_stamps(call: Call, request_id: int) -> Answer:
    """Give the request its run of stamps."""
    issuing = call.edge.issuing
    approved = approve_request(call.session, call.actor, request_id, issuing, call.now)
    told = show_request(call.session, call.actor, request_id)
    check_seen(call, *_grounds(call, told))
    return decided(
        Waits.REQUEST,
        request_id,
        message("Approved. The stamps have the serials %(first)s to %(last)s."),
        first=approved.run.first_serial,
        last=approved.run.last_serial,
    )


@audience.act("/requests/<id:request_id>/rejection", Act.REQUEST_DECIDE, on=stamp_request)
def reject_stamps(call: Call, request_id: int) -> Answer:
    """Say no, and why."""
    rejection = call.read(Rejection)
    reject_request(call.session, call.actor, request_id, rejection, call.now)
    return decided(Waits.REQUEST, request_id, REJECTED)

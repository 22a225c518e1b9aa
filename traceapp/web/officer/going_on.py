"""From one thing that waits to the next: where each is decided, and what an officer goes on to."""

from __future__ import annotations

from typing import Any

from flask import url_for

from traceapp.services.desks.waiting import Line, Waits, next_waiting
from traceapp.services.refusals import message
from traceapp.web.routing import Call, Done, done

APPROVED = message("Approved.")
REJECTED = message("Rejected. The producer reads your reason.")

# The page that a thing of each kind is looked at on, and what its number is called there.
PAGES: dict[Waits, tuple[str, str]] = {
    Waits.REQUEST: ("officer.stamp_request", "request_id"),
    Waits.HOLD: ("officer.hold", "hold_id"),
    Waits.RECALL: ("officer.recall", "recall_id"),
    Waits.CORRECTION: ("officer.correction", "correction_id"),
    Waits.PARTY: ("officer.party", "party_id"),
    Waits.FACILITY: ("officer.facility", "facility_id"),
    Waits.PRODUCT: ("officer.product", "product_id"),
    Waits.PICTURE: ("officer.picture", "picture_id"),
    Waits.REDRAW: ("officer.redraw_leave", "leave_id"),
}


def address_of(line: Line) -> str:
    """Where something that waits is decided."""
    return _address(line.kind, line.id)


def _address(kind: Waits, number: int, **given: Any) -> str:
    endpoint, name = PAGES[kind]
    numbers: dict[str, Any] = {name: number}
    return url_for(endpoint, **numbers, **given)


def decided(kind: Waits, number: int, said: str, **data: Any) -> Done:
    """A decision was made: back to what it is about, whose page then offers what waits next."""
    return done(_address(kind, number, decided=kind.value), said, **data)


def goes_on(call: Call) -> dict[str, Any]:
    """What a page shows after a decision, which its address tells: what waits next, if anything."""
    kind = call.query.get("decided")
    if kind not in list(Waits):
        return {"after_decision": False}
    following = next_waiting(call.session, call.actor, Waits(kind))
    return {
        "after_decision": True,
        "following": following,
        "following_address": None if following is None else address_of(following),
    }
